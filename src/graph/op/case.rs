//! Test cases: an op on given inputs, and what candle says it should give.

use super::super::host::{candle_dtype, from_elements};
use super::super::{DType, Graph, Host, ShapeError, Spec, Tensor};
use super::Op;

/// How an input of a case is filled.
#[derive(Clone, Debug, PartialEq)]
pub enum Fill {
    /// Pseudo-random in (-1, 1), all different.
    Signed,
    /// Pseudo-random in (0.1, 1.1).
    Positive,
    /// Indices below this.
    Below(u32),
    /// Whole numbers below this, as floats: masks, ties.
    Whole(u32),
    /// Exactly these whole numbers.
    Listed(Vec<u32>),
}

/// One input of a case.
#[derive(Clone, Debug)]
pub struct Given {
    /// Shape and element type.
    pub spec: Spec,
    /// How it is filled.
    pub fill: Fill,
}

impl Given {
    /// F32 of this shape, [`Fill::Signed`].
    pub fn signed<const N: usize>(shape: [usize; N]) -> Self {
        Self { spec: Spec::f32(shape), fill: Fill::Signed }
    }

    /// F32 of this shape, [`Fill::Positive`].
    pub fn positive<const N: usize>(shape: [usize; N]) -> Self {
        Self { spec: Spec::f32(shape), fill: Fill::Positive }
    }

    /// U32 of this shape, [`Fill::Below`] `limit`.
    pub fn below<const N: usize>(shape: [usize; N], limit: u32) -> Self {
        Self { spec: Spec::u32(shape), fill: Fill::Below(limit) }
    }

    /// F32 of this shape, [`Fill::Whole`] numbers below `limit`.
    pub fn whole<const N: usize>(shape: [usize; N], limit: u32) -> Self {
        Self { spec: Spec::f32(shape), fill: Fill::Whole(limit) }
    }

    /// U32: what `pick` gives for each place.
    pub fn picked<const N: usize>(shape: [usize; N], pick: impl Fn(u32) -> u32) -> Self {
        let spec = Spec::u32(shape);
        let listed = (0..spec.elem_count() as u32).map(pick).collect();
        Self { spec, fill: Fill::Listed(listed) }
    }

    /// The same in another element type.
    pub fn of(mut self, dtype: DType) -> Self {
        self.spec.dtype = dtype;
        self
    }

    /// The elements, the same on every run; `salt` tells the inputs of a case apart.
    pub fn value(&self, salt: u32) -> candle_core::Result<Host> {
        let count = self.spec.elem_count();
        // A Weyl sequence through a 32-bit finaliser: well spread, and no two elements of a case coincide.
        let bits = |i: usize| {
            let mut x = (i as u32).wrapping_mul(0x9E37_79B9).wrapping_add(salt.wrapping_mul(0x85EB_CA6B) ^ 0x27D4_EB2F);
            x = (x ^ (x >> 16)).wrapping_mul(0x7FEB_352D);
            x = (x ^ (x >> 15)).wrapping_mul(0x846C_A68B);
            x ^ (x >> 16)
        };
        let unit = |i: usize| (bits(i) >> 8) as f32 / 16_777_216.0;
        let floats = |f: &dyn Fn(usize) -> f32| {
            let spec = Spec::f32(self.spec.shape.clone());
            from_elements((0..count).map(f).collect(), &spec)?.to_dtype(candle_dtype(self.spec.dtype))
        };
        match &self.fill {
            Fill::Signed => floats(&|i| unit(i) * 2.0 - 1.0),
            Fill::Positive => floats(&|i| unit(i) + 0.1),
            Fill::Whole(limit) => floats(&|i| (bits(i) % *limit) as f32),
            Fill::Below(limit) => from_elements((0..count).map(|i| bits(i) % *limit).collect(), &self.spec),
            Fill::Listed(listed) => from_elements(listed.clone(), &self.spec),
        }
    }
}

type Reference = Box<dyn Fn(&[Host]) -> candle_core::Result<Host>>;

/// An op, its inputs, and the same computed by candle alone.
pub struct Case {
    /// The op that is tested.
    pub op: Op,
    /// Its inputs.
    pub inputs: Vec<Given>,
    /// The same computed by candle, or in the plainest loops.
    pub reference: Reference,
    /// How far a GPU may be off, relative to the largest reference value (at least 1).
    pub tolerance: f64,
}

impl Case {
    /// `reference` computes the op with candle's own tensors (or, where candle lacks it, in the plainest loops).
    pub fn new(
        op: impl Into<Op>,
        inputs: impl Into<Vec<Given>>,
        reference: impl Fn(&[Host]) -> candle_core::Result<Host> + 'static,
    ) -> Self {
        Self { op: op.into(), inputs: inputs.into(), reference: Box::new(reference), tolerance: 2e-5 }
    }

    /// With another tolerance, for functions that WGSL specifies less exactly.
    pub fn within(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Whether GPUs compute it: only the CPU has F64.
    pub fn on_gpus(&self) -> bool {
        let specs: Vec<&Spec> = self.inputs.iter().map(|given| &given.spec).collect();
        !specs.iter().any(|spec| spec.dtype.is_wide()) && !self.op.spec(&specs).is_ok_and(|y| y.dtype.is_wide())
    }

    /// A graph that computes just this case; its inputs are named `x0`, `x1`, ….
    pub fn graph(&self) -> Result<(Vec<Tensor>, Tensor), ShapeError> {
        let graph = Graph::new();
        let inputs: Vec<Tensor> = self
            .inputs
            .iter()
            .enumerate()
            .map(|(k, given)| graph.input(&format!("x{k}"), given.spec.clone()))
            .collect();
        let y = graph.apply(self.op.clone(), &inputs.iter().collect::<Vec<_>>())?;
        Ok((inputs, y))
    }

    /// [`Self::values`] with NaN and both infinities among the singles: of every input, but of a convolution's pictures alone, whose
    /// padding would meet an infinite weight or not, by the kernel.
    pub fn poisoned(&self) -> candle_core::Result<Vec<Host>> {
        let is_conv = self.op.name().starts_with("conv");
        let mut values = self.values()?;
        for (k, (given, value)) in self.inputs.iter().zip(&mut values).enumerate() {
            let is_free = matches!(given.fill, Fill::Signed | Fill::Positive) && given.spec.dtype == DType::F32;
            let count = given.spec.elem_count();
            if !is_free || count == 0 || is_conv && k > 0 {
                continue;
            }
            let mut elements = value.flatten_all()?.to_vec1::<f32>()?;
            elements[(count / 7 + k) % count] = f32::NAN;
            if count > 6 {
                elements[(count * 3 / 7 + k) % count] = f32::INFINITY;
                elements[(count * 5 / 7 + k) % count] = f32::NEG_INFINITY;
            }
            *value = from_elements(elements, &given.spec)?;
        }
        Ok(values)
    }

    /// The values of all inputs, in order.
    pub fn values(&self) -> candle_core::Result<Vec<Host>> {
        self.inputs.iter().enumerate().map(|(k, given)| given.value(k as u32)).collect()
    }
}
