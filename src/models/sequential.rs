//! Layers one after another, each with its variables under its place from 0, as PyTorch's `nn.Sequential` names them.

use crate::graph::op::Conv2d;
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, batch_norm, conv2d, dropout, linear};

/// What the layers so far made of their input, and the place of the next one.
pub(super) struct Sequential {
    y: Tensor,
    vb: VarBuilder,
    place: usize,
}

impl Sequential {
    pub(super) fn new(x: &Tensor, vb: VarBuilder) -> Self {
        Self { y: x.clone(), vb, place: 0 }
    }

    /// One layer, which takes one place.
    pub(super) fn then(
        self,
        layer: impl FnOnce(&Tensor, VarBuilder) -> Result<Tensor, ShapeError>,
    ) -> Result<Self, ShapeError> {
        let vb = self.vb.pp(self.place);
        let y = vb.made(layer(&self.y, vb.clone())?);
        Ok(Self { y, place: self.place + 1, ..self })
    }

    /// With a bias.
    pub(super) fn conv(self, out: usize, kernel: usize, conv: Conv2d) -> Result<Self, ShapeError> {
        self.then(|x, vb| conv2d(x.dims()[1], out, kernel, conv, vb)?.forward(x))
    }

    pub(super) fn norm(self, eps: f64) -> Result<Self, ShapeError> {
        self.then(|x, vb| batch_norm(x.dims()[1], eps, vb)?.forward(x))
    }

    pub(super) fn relu(self) -> Result<Self, ShapeError> {
        self.then(|x, _| x.relu())
    }

    pub(super) fn max_pool(self, kernel: usize, stride: usize) -> Result<Self, ShapeError> {
        self.then(|x, _| x.pool2d(Pool2d::square(PoolFn::Max, kernel, stride)))
    }

    pub(super) fn linear(self, out: usize) -> Result<Self, ShapeError> {
        self.then(|x, vb| linear(x.dims()[1], out, vb)?.forward(x))
    }

    pub(super) fn dropout(self, share: f64) -> Result<Self, ShapeError> {
        self.then(|x, vb| dropout(share, vb)?.forward(x))
    }

    /// What all of them made.
    pub(super) fn end(self) -> Tensor {
        self.vb.made(self.y)
    }
}
