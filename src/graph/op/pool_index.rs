//! Where in its plane the maximum of each window is: what max pooling saves for its gradient.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{Host, ShapeError, Spec, Tensor};
use super::windows::{Columns, Windows, samples};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use candle_core::WithDType;

/// `row · width + column` (U32) of the largest input of each window, the first of equals; inputs are
/// `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolIndex {
    pub windows: Windows,
}

impl PoolIndex {
    fn typed<T: WithDType>(&self, x: &Host, y: &Spec) -> candle_core::Result<Host> {
        let (h, w, oh, ow) = (x.dims()[2], x.dims()[3], y.shape[2], y.shape[3]);
        let (rows, columns) = (self.windows.taps(0, h, oh), Columns::new(self.windows.taps(1, w, ow)));
        let found = with_elements(x, |x: &[T]| {
            let mut found: Vec<u32> = Vec::with_capacity(y.elem_count());
            let mut best = vec![(T::zero(), 0u32); ow];
            for plane in x.chunks_exact(h * w) {
                for rows in &rows {
                    let start = rows.start * w;
                    for ((best, at), taps) in best.iter_mut().zip(&columns.taps) {
                        (*best, *at) = (plane[start + taps.start], (start + taps.start) as u32);
                    }
                    for (r, row) in rows.clone().zip(plane[start..].chunks_exact(w)) {
                        columns.fold(row, &mut best, |(best, at), v, q| {
                            // The place by arithmetic: nobody can predict the branch that it would be.
                            let better = v > best;
                            let (here, mask) = ((r * w + q) as u32, u32::from(better).wrapping_neg());
                            (if better { v } else { best }, at ^ ((at ^ here) & mask))
                        });
                    }
                    found.extend(best.iter().map(|(_, at)| at));
                }
            }
            found
        })?;
        from_elements(found, y)
    }
}

impl Rule for PoolIndex {
    const NAME: &'static str = "pool_index";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [oh, ow] = self.windows.outputs(Self::NAME, x[0])?;
        Ok(Spec::u32([x[0].shape[0], x[0].shape[1], oh, ow]))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    /// An index does not move with the values.
    fn vjp(&self, _: &[Tensor], _: &Tensor, _: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![None])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |windows: Windows, x: Given| {
            let [h, w] = [x.spec.shape[2], x.spec.shape[3]];
            Case::new(PoolIndex { windows }, [x], move |x| {
                let [oh, ow] = windows.outputs("test", &Spec::f32([2, 3, h, w])).unwrap_or_default();
                let planes = x[0].flatten_to(1)?.to_vec3::<f32>()?;
                let mut found = Vec::new();
                for plane in &planes {
                    for rows in windows.taps(0, h, oh) {
                        for columns in windows.taps(1, w, ow) {
                            // A later one must be larger; max_by would take the last of equals.
                            let places = rows.clone().flat_map(|r| columns.clone().map(move |q| (r, q)));
                            let better = |a: (usize, usize), b: (usize, usize)| {
                                if plane[b.0][b.1] > plane[a.0][a.1] { b } else { a }
                            };
                            found.extend(places.reduce(better).map(|(r, q)| (r * w + q) as u32));
                        }
                    }
                }
                Host::from_vec(found, (2, 3, oh, ow), x[0].device())
            })
        };
        let mut cases: Vec<Case> =
            samples().into_iter().map(|(windows, [h, w])| case(windows, Given::signed([2, 3, h, w]))).collect();
        // Ties everywhere.
        cases.extend(samples().into_iter().map(|(windows, [h, w])| case(windows, Given::whole([2, 3, h, w], 3))));
        cases
    }
}

impl KernelRule for PoolIndex {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match x[0].dtype() {
            candle_core::DType::F64 => self.typed::<f64>(&x[0], y),
            _ => self.typed::<f32>(&x[0], y),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let launch = Launch::flat(wgsl!("op/pool_index.wgsl"), 1, y.elem_count(), 64);
        vec![launch.constants([("COUNT", y.elem_count())]).constants(self.windows.constants(&x[0].shape, &y.shape))]
    }

    fn takes_epilogue(&self) -> bool {
        false
    }
}
