//! Convolution on the CPU: image-to-column in blocks that stay in the cache, and one matrix product per block; the pictures
//! of a batch on all cores.

use super::super::{Around, DType, Host, Prepared, Spec, computed, with_elements};
use super::columns::{ColumnsView, Scratch, blocks, pictures_at_once, room};
use super::winograd::{self, cpu as tiles};
use super::{Conv2d, Extents, depthwise};
use crate::processor::finish::Finish;
use crate::processor::gemm::{Left, Matrix, Packed, Panels, Right, finished_product};
use crate::processor::lanes::{singles, singles_mut};
use crate::processor::parallel;
use candle_core::WithDType;

/// The filters of each group, rearranged for products; empty where this machine's product needs no rearranging.
type Filters<T> = Vec<Option<Packed<T>>>;

/// Filters that stay the same from run to run, made ready once.
pub(super) fn prepare(conv: &Conv2d, x: &Spec, w: &Host, y: &Spec) -> candle_core::Result<Option<Prepared>> {
    let e = conv.extents(x, &Spec::new(w.dims(), y.dtype), y);
    if y.dtype != DType::F32 || conv.is_depthwise(&e) {
        return Ok(None);
    }
    if tiles::pays(conv, &e) {
        return with_elements(w, |w: &[f32]| Some(Prepared::new(tiles::TransformedFilters::new(&e, w))));
    }
    let filters = with_elements(w, |w: &[f32]| ready(&e, w))?;
    Ok(filters.iter().all(Option::is_some).then(|| Prepared::new(filters)))
}

/// Multiply-accumulates, where they are fewer than those of the sums over all taps.
pub(super) fn macs(conv: &Conv2d, e: &Extents, is_prepared: bool) -> Option<u64> {
    (is_prepared && tiles::pays(conv, e)).then(|| winograd::macs(e))
}

fn ready<T: WithDType>(e: &Extents, w: &[T]) -> Filters<T> {
    w.chunks_exact(e.c_out * e.depth()).map(|w| Packed::new(Matrix::rows(w, e.depth()), e.c_out, e.depth())).collect()
}

pub(super) fn run<T: WithDType>(conv: &Conv2d, x: &[Host], y: &Spec, around: &Around<'_>) -> candle_core::Result<Host> {
    let [of_x, w] = [0, 1].map(|k| Spec::new(x[k].dims(), y.dtype));
    let e = conv.extents(&of_x, &w, y);
    let bounds = around.bounds.map(|bounds| bounds.map(T::from_f64));
    let holds_filters = |prepared: &&Prepared| {
        prepared.get::<tiles::TransformedFilters>().is_some() || prepared.get::<Filters<T>>().is_some()
    };
    let prepared = around.prepared.filter(holds_filters);
    // The filters that are prepared may be gone as they were.
    let read = if prepared.is_some() { &x[..1] } else { x };
    let all: Vec<Host> = read.iter().chain(&around.bias).cloned().collect();
    computed(&all, y, |all: &[&[T]]| {
        let filters = if read.len() > 1 { all[1] } else { &[] };
        convolve(conv, &e, all[0], filters, prepared, Finish { bias: all.get(read.len()).copied(), bounds })
    })
}

/// With filters of any run.
pub(in super::super) fn convolved<T: WithDType>(conv: &Conv2d, e: &Extents, x: &[T], w: &[T]) -> Vec<T> {
    convolve(conv, e, x, w, None, Finish::NONE)
}

fn convolve<T: WithDType>(
    conv: &Conv2d,
    e: &Extents,
    x: &[T],
    w: &[T],
    prepared: Option<&Prepared>,
    finish: Finish<'_, T>,
) -> Vec<T> {
    let mut y = vec![T::zero(); e.y_count()];
    if conv.is_depthwise(e) {
        depthwise::run(conv, e, x, w, finish, &mut y);
        return y;
    }
    if let (Some(filters), Some(x)) = (prepared.and_then(Prepared::get::<tiles::TransformedFilters>), singles(x))
        && let Some(to) = singles_mut(&mut y)
    {
        tiles::run(conv, e, x, filters, finish, to);
        return y;
    }
    let (pixels, depth) = (e.pixels(), e.depth());
    let y_picture = e.groups * e.c_out * pixels;
    let at_once = pictures_at_once(e);
    let own;
    let filters: Vec<Left<'_, T>> = match prepared.and_then(Prepared::get::<Filters<T>>) {
        Some(filters) => filters.iter().flatten().map(Left::Ready).collect(),
        None => {
            own = ready(e, w);
            let groups = w.chunks_exact(e.c_out * depth).zip(&own);
            groups.map(|(w, ready)| Left::of(Matrix::rows(w, depth), ready.as_ref())).collect()
        }
    };
    parallel::chunks(&mut y, at_once * y_picture, e.macs(), Scratch::new, |scratch, unit, y| {
        let x = &x[unit * at_once * e.x_picture()..];
        for block in blocks(e, y.len() / y_picture) {
            let width = block.width(e);
            for (group, &w) in filters.iter().enumerate() {
                let view = ColumnsView { conv, e, group, block: &block };
                let columns = if conv.is_pointwise(e) && block.pictures == 1 {
                    Matrix::rows(&x[group * e.c_in * pixels + block.start(e)..], pixels).into()
                } else {
                    let panels = Panels::new(depth, width);
                    Right::Panels(view.gather(x, panels, &mut scratch.columns), panels)
                };
                let (extents, finish) = ([e.c_out, width, depth], finish.rows_from(group * e.c_out));
                if block.pictures == 1 {
                    let y = &mut y[group * e.c_out * pixels + block.start(e)..];
                    finished_product(extents, w, columns, y, pixels, finish);
                } else {
                    let side_by_side = room(&mut scratch.outputs, e.c_out * width);
                    finished_product(extents, w, columns, side_by_side, width, finish);
                    view.store_outputs(side_by_side, y);
                }
            }
        }
    });
    y
}
