//! A block of causal attention (Vaswani et al. 2017), each part behind a layer norm, with the parameters of PyTorch's
//! `TransformerEncoderLayer(norm_first=True, activation="gelu")`.

use super::{LayerNorm, Linear, VarBuilder, layer_norm, linear};
use crate::graph::{Init, ShapeError, Spec, Tensor};

const EPS: f64 = 1e-5;
/// Instead of minus infinity, which WGSL does not have: nothing is left of it behind a softmax.
const NEVER: f64 = -1e9;

/// `x + attention(norm(x))`, then `x + mlp(norm(x))`; a time sees itself and earlier ones.
pub struct CausalBlock {
    norms: [LayerNorm; 2],
    in_weight: Tensor,
    in_bias: Tensor,
    out: Linear,
    inside: Linear,
    outside: Linear,
    heads: usize,
}

/// A block for `width` numbers of a time, which `heads` divides; the perceptron in it is four times as wide.
///
/// # Errors
/// Where a parameter is known with another shape, or `heads` does not divide `width`.
pub fn causal_block(width: usize, heads: usize, vb: VarBuilder) -> Result<CausalBlock, ShapeError> {
    if heads == 0 || !width.is_multiple_of(heads) {
        return Err(ShapeError::bad("causal_block", format!("{heads} heads do not divide {width} numbers"), &[width]));
    }
    let attention = vb.pp("self_attn");
    Ok(CausalBlock {
        in_weight: attention.get_with_hints([3 * width, width], "in_proj_weight", vb.weight_init())?,
        in_bias: attention.get_with_hints([3 * width], "in_proj_bias", Init::Const(0.0))?,
        out: linear(width, width, attention.pp("out_proj"))?,
        inside: linear(width, 4 * width, vb.pp("linear1"))?,
        outside: linear(4 * width, width, vb.pp("linear2"))?,
        norms: [layer_norm(width, EPS, vb.pp("norm1"))?, layer_norm(width, EPS, vb.pp("norm2"))?],
        heads,
    })
}

impl CausalBlock {
    /// `[batch, time, width]`.
    ///
    /// # Errors
    /// Where `x` has another shape.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let x = x.add(&self.attention(&self.norms[0].forward(x)?)?)?;
        let inside = self.inside.forward(&self.norms[1].forward(&x)?)?.gelu_erf()?;
        x.add(&self.outside.forward(&inside)?)
    }

    fn attention(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let &[batch, times, width] = x.dims() else {
            return Err(ShapeError::Rank { op: "attention", want: "3", got: x.dims().to_vec() });
        };
        let of_head = width / self.heads;
        let all = x.reshape([batch * times, width])?.matmul(&self.in_weight.t()?)?.broadcast_add(&self.in_bias)?;
        // [3, batch, heads, times, of one head]
        let all = all.reshape([batch, times, 3, self.heads, of_head])?.permute([2, 0, 3, 1, 4])?;
        let part = |k: usize| all.narrow(0, k, 1)?.reshape([batch * self.heads, times, of_head]);
        let scores = part(0)?.affine(1.0 / (of_head as f64).sqrt(), 0.0)?.matmul(&part(1)?.t()?)?;
        let later = |place: usize| if place % times > place / times { NEVER } else { 0.0 };
        let mask: Vec<f64> = (0..times * times).map(later).collect();
        let mask = x.graph().constant_of("attention", &mask, &Spec::new([1, times, times], x.dtype()))?;
        let gathered = scores.broadcast_add(&mask)?.softmax()?.matmul(&part(2)?)?;
        let gathered = gathered.reshape([batch, self.heads, times, of_head])?.transpose(1, 2)?;
        self.out.forward(&gathered.reshape([batch, times, width])?)
    }
}
