//! Where the maximum of each window is: the gradient of max pooling needs it.

use super::windows::{Windows, planes};
use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed, dtype_of};
use crate::processor::lanes::is_nan;
use candle_core::WithDType;

/// U32 `[batch, channels, windows…]`: row · width + column of the window's largest input; the first of equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolIndex {
    /// The windows of the pooling.
    pub windows: Windows,
    /// Windows down and across.
    pub size: [usize; 2],
}

impl PoolIndex {
    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let (h, w) = (x[0].dims()[2], x[0].dims()[3]);
        let [oh, ow] = self.size;
        let rows: Vec<_> = (0..oh).map(|o| self.windows.covered(0, o, h, oh)).collect();
        let columns: Vec<_> = (0..ow).map(|o| self.windows.covered(1, o, w, ow)).collect();
        computed(x, y, |x: &[&[T]]| {
            let mut found = Vec::with_capacity(y.elem_count());
            for plane in x[0].chunks_exact(h * w) {
                for rows in &rows {
                    for columns in &columns {
                        let mut best = rows.start * w + columns.start;
                        for r in rows.clone() {
                            for i in r * w + columns.start..r * w + columns.end {
                                if !is_nan(plane[best]) && (is_nan(plane[i]) || plane[i] > plane[best]) {
                                    best = i;
                                }
                            }
                        }
                        found.push(best as u32);
                    }
                }
            }
            found
        })
    }
}

impl Rule for PoolIndex {
    const NAME: &'static str = "pool_index";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [batch, channels, h, w] = x[0].float_nchw(Self::NAME)?;
        let [oh, ow] = self.size;
        let empty = |d, windows, size| (0..windows).any(|o| self.windows.covered(d, o, size, windows).is_empty());
        if empty(0, oh, h) || empty(1, ow, w) {
            return Err(ShapeError::bad(
                Self::NAME,
                format!("a window of {:?} covers nothing", self.size),
                &x[0].shape,
            ));
        }
        Ok(Spec::u32([batch, channels, oh, ow]))
    }

    // An index does not move with the values.
    rules! { form: kernel, gradient: none, cost: bytes }

    fn cases() -> Vec<Case> {
        let mut cases = Vec::new();
        for (windows, [h, w], size) in Windows::samples() {
            // Few different values: ties.
            for given in [Given::signed([2, 3, h, w]), Given::whole([2, 3, h, w], 3)] {
                cases.push(Case::new(PoolIndex { windows, size }, [given], move |x| {
                    let planes = x[0].flatten(0, 1)?;
                    let mut found = Vec::new();
                    for (i, j) in (0..size[0]).flat_map(|i| (0..size[1]).map(move |j| (i, j))) {
                        let rows = windows.covered(0, i, h, size[0]);
                        let columns = windows.covered(1, j, w, size[1]);
                        let part = planes.narrow(1, rows.start, rows.len())?.narrow(2, columns.start, columns.len())?;
                        let best = part.flatten_from(1)?.contiguous()?.argmax_keepdim(1)?.to_vec2::<u32>()?;
                        let wide = columns.len();
                        let at = |b: usize| (rows.start + b / wide) * w + columns.start + b % wide;
                        found.push(best.iter().map(|b| at(b[0] as usize) as u32).collect::<Vec<u32>>());
                    }
                    let by_plane = (0..6).flat_map(|p| found.iter().map(move |f| f[p])).collect::<Vec<u32>>();
                    Host::from_vec(by_plane, (2, 3, size[0], size[1]), x[0].device())
                }));
            }
        }
        cases
    }
}

impl KernelRule for PoolIndex {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        for_float!(Self::NAME, dtype_of(&x[0])?, T => self.typed::<T>(x, y))
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let launch = Launch::each(wgsl!("op/pool_index.wgsl"), 1, y.elem_count()).constants(self.windows.constants());
        vec![launch.constants(planes(&x[0].shape, &y.shape))]
    }
}

impl Tensor {
    /// Where in each window the maximum is.
    pub(super) fn pool_index(&self, windows: Windows, size: [usize; 2]) -> Result<Tensor, ShapeError> {
        self.then(PoolIndex { windows, size }, &[])
    }
}
