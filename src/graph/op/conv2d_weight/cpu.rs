//! The weight gradient on the CPU: columns times gradient, summed over the pictures.

use super::super::conv2d::columns::{ColumnsView, Scratch, blocks, pictures_at_once, walk_channel};
use super::super::conv2d::{Conv2d, Extents};
use super::super::{Host, Spec, computed};
use super::Conv2dWeight;
use crate::processor::gemm::{Matrix, Panels, add_product};
use crate::processor::parallel;
use candle_core::WithDType;

/// Most partial sums, and the most elements that all of them together hold.
const MOST_PARTIALS: usize = 16;
const MOST_ELEMENTS: usize = 1 << 22;

impl Conv2dWeight {
    pub(super) fn typed<T: WithDType>(&self, x: &[Host], dw: &Spec) -> candle_core::Result<Host> {
        let [of_x, dy] = [0, 1].map(|k| Spec::new(x[k].dims(), dw.dtype));
        let e = self.conv.extents(&of_x, dw, &dy);
        computed(x, dw, |x: &[&[T]]| correlate(&self.conv, &e, x[0], x[1]))
    }
}

fn correlate<T: WithDType>(conv: &Conv2d, e: &Extents, x: &[T], dy: &[T]) -> Vec<T> {
    let (pixels, depth) = (e.pixels(), e.depth());
    let count = e.groups * e.c_out * depth;
    if conv.is_depthwise(e) {
        let mut dw = vec![T::zero(); count];
        parallel::chunks(&mut dw, depth, e.macs(), || (), |(), group, dw| depthwise(conv, e, group, x, dy, dw));
        return dw;
    }
    // The batch is cut into as many parts as its shape allows, whatever the number of cores, and the parts are summed in order:
    // the same sums on every machine.
    let at_once = pictures_at_once(e);
    let units = e.batch.div_ceil(at_once);
    let partials = (MOST_ELEMENTS / count.max(1)).min(MOST_PARTIALS).min(units).max(1);
    // Transposed, [c_in · kh · kw, c_out] of each group: so the columns, the larger operand, need no rearranging.
    let mut sums = vec![T::zero(); partials * count];
    parallel::chunks(&mut sums, count, e.macs(), Scratch::new, |scratch, partial, dw| {
        for unit in partial * units / partials..(partial + 1) * units / partials {
            let first = unit * at_once;
            let x = &x[first * e.x_picture()..];
            let dy = &dy[first * e.groups * e.c_out * pixels..];
            for block in blocks(e, at_once.min(e.batch - first)) {
                let width = block.width(e);
                for (group, dw) in dw.chunks_exact_mut(e.c_out * depth).enumerate() {
                    let view = ColumnsView { conv, e, group, block: &block };
                    let columns = if conv.is_pointwise(e) && block.pictures == 1 {
                        Matrix::rows(&x[group * e.c_in * pixels + block.start(e)..], pixels)
                    } else {
                        let panels = Panels::rows(depth, width);
                        Matrix::rows(view.gather(x, panels, &mut scratch.columns), width)
                    };
                    let dy = view.outputs(dy, &mut scratch.outputs);
                    add_product([depth, e.c_out, width], columns, dy.transposed(), dw, e.c_out);
                }
            }
        }
    });
    let (sum, others) = sums.split_at_mut(count);
    for other in others.chunks_exact(count.max(1)) {
        sum.iter_mut().zip(other).for_each(|(sum, &part)| *sum += part);
    }
    let mut dw = Vec::with_capacity(count);
    for group in sum.chunks_exact((depth * e.c_out).max(1)) {
        (0..e.c_out).for_each(|o| dw.extend(group[o..].iter().step_by(e.c_out)));
    }
    dw
}

/// One channel: each tap is a sum of products over all rows of all pictures.
fn depthwise<T: WithDType>(conv: &Conv2d, e: &Extents, group: usize, x: &[T], dy: &[T], dw: &mut [T]) {
    let (plane, pixels) = (e.h * e.w, e.pixels());
    for place in (0..e.batch).map(|picture| picture * e.groups + group) {
        let (x, dy) = (&x[place * plane..][..plane], &dy[place * pixels..][..pixels]);
        let mut sums = vec![[T::zero(); LANES]; dw.len()];
        walk_channel(conv, e, |tap, column, valid, first| {
            add_products(&dy[column..][valid], &x[first..], conv.stride, &mut sums[tap]);
        });
        dw.iter_mut().zip(sums).for_each(|(dw, sum)| sum.into_iter().for_each(|lane| *dw += lane));
    }
}

/// Sums side by side: a chain of additions that waits for itself is slow, and its rounding errors grow.
const LANES: usize = 16;

/// `Σ a[k] · b[k · stride]`, spread over the lanes.
fn add_products<T: WithDType>(a: &[T], b: &[T], stride: usize, sum: &mut [T; LANES]) {
    if stride > 1 {
        a.iter().zip(b.iter().step_by(stride)).enumerate().for_each(|(k, (&a, &b))| sum[k % LANES] += a * b);
        return;
    }
    let b = &b[..a.len()];
    let (a_runs, b_runs) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_runs.remainder().iter().zip(b_runs.remainder());
    rest.zip(sum.iter_mut()).for_each(|((&a, &b), sum)| *sum += a * b);
    for (a, b) in a_runs.zip(b_runs) {
        for k in 0..LANES {
            sum[k] += a[k] * b[k];
        }
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::super::super::conv2d::{Padding, case_extents};
    use super::super::super::{Conv2d, ConvTranspose2d, Given, Op, Rule};
    use super::Conv2dWeight;
    use crate::graph::host::evaluate;
    use crate::graph::{Host, Spec};

    /// On one core and on all: the same bits. The test cases, and some that are work for many.
    #[test]
    fn the_number_of_cores_changes_nothing() {
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let large = [
            ([40, 8, 12, 12], [16, 8, 3, 3], 1, 1),
            ([33, 16, 4, 4], [24, 8, 3, 3], 1, 2),
            ([3, 64, 20, 20], [96, 64, 3, 3], 1, 1),
            ([9, 32, 9, 9], [32, 1, 3, 3], 1, 32),
            ([17, 32, 12, 12], [32, 32, 5, 5], 2, 1),
            ([24, 24, 14, 14], [48, 24, 1, 1], 0, 1),
        ];
        let large = large.map(|(x, w, padding, groups)| {
            (x, w, Conv2d { padding: Padding::even(padding), stride: 1, dilation: 1, groups })
        });
        for (x, w, conv) in case_extents().into_iter().chain(large) {
            let (x, w, size, kernel) = (Spec::f32(x), Spec::f32(w), [x[2], x[3]], [w[2], w[3]]);
            let dy = conv.spec(&[&x, &w]).unwrap();
            let ops: [(Op, [&Spec; 2], &Spec); 3] = [
                (conv.clone().into(), [&x, &w], &dy),
                (ConvTranspose2d { conv: conv.clone(), size }.into(), [&dy, &w], &x),
                (Conv2dWeight { conv, kernel }.into(), [&x, &dy], &w),
            ];
            for (op, inputs, y) in ops {
                let values: Vec<Host> = (0..)
                    .zip(inputs)
                    .map(|(k, spec)| Given { spec: spec.clone(), ..Given::signed([1]) }.value(k).unwrap())
                    .collect();
                let run = || evaluate(&op, &values, y).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
                assert!(run() == one.install(run), "{op:?}");
            }
        }
    }
}
