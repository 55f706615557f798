//! Where in each window of a max pooling the maximum is: what its gradient needs.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::windows::Windows;
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
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
    fn typed<T: WithDType>(&self, x: &Host, y: &Spec) -> candle_core::Result<Host> {
        let (h, w) = (x.dims()[2], x.dims()[3]);
        let [oh, ow] = self.size;
        let rows: Vec<_> = (0..oh).map(|o| self.windows.covered(0, o, h, oh)).collect();
        let columns: Vec<_> = (0..ow).map(|o| self.windows.covered(1, o, w, ow)).collect();
        let found = with_elements(x, |x: &[T]| {
            let mut found = Vec::with_capacity(y.elem_count());
            for plane in x.chunks_exact(h * w) {
                for rows in &rows {
                    for columns in &columns {
                        let mut best = rows.start * w + columns.start;
                        for r in rows.clone() {
                            for i in r * w + columns.start..r * w + columns.end {
                                if plane[i] > plane[best] {
                                    best = i;
                                }
                            }
                        }
                        found.push(best as u32);
                    }
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
        let [batch, channels, h, w] = x[0].nchw(Self::NAME)?;
        if x[0].dtype == DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::F32, got: DType::U32 });
        }
        let [oh, ow] = self.size;
        let empty = |d, windows, size| (0..windows).any(|o| self.windows.covered(d, o, size, windows).is_empty());
        if empty(0, oh, h) || empty(1, ow, w) {
            let why = format!("a window of {:?} covers nothing", self.size);
            return Err(ShapeError::Bad { op: Self::NAME, why, got: x[0].shape.clone() });
        }
        Ok(Spec::u32([batch, channels, oh, ow]))
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
        match x[0].dtype() {
            candle_core::DType::F64 => self.typed::<f64>(&x[0], y),
            _ => self.typed::<f32>(&x[0], y),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let launch =
            Launch::flat(wgsl!("op/pool_index.wgsl"), 1, y.elem_count(), 64).constants(self.windows.constants());
        vec![launch.constants([
            ("COUNT", y.elem_count()),
            ("H", x[0].shape[2]),
            ("W", x[0].shape[3]),
            ("OH", self.size[0]),
            ("OW", self.size[1]),
        ])]
    }

    fn takes_epilogue(&self) -> bool {
        false
    }
}

impl Tensor {
    /// Where in each window the maximum is.
    pub(super) fn pool_index(&self, windows: Windows, size: [usize; 2]) -> Result<Tensor, ShapeError> {
        self.then(PoolIndex { windows, size }, &[])
    }
}
