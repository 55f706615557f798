//! Vision transformers with patches of 16 × 16 pixels (Dosovitskiy et al. 2021), tiny (Touvron et al. 2021) and base, with
//! torchvision's names.

use super::naming::{Pair, under};
use crate::graph::op::conv2d::Conv2d;
use crate::graph::{Init, ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d, layer_norm, linear};

const EPS: f64 = 1e-6;
const PATCH: usize = 16;
const LAYERS: usize = 12;
/// Numbers of a token that one head of the attention sees.
const OF_HEAD: usize = 64;

/// `width` is how many numbers a token has: 192 in the tiny one, 768 in the base one.
pub(super) fn forward(width: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let batch = x.dims()[0];
    let patches = Conv2d { stride: PATCH, ..config() };
    let y = conv2d(3, width, PATCH, patches, vb.pp("conv_proj"))?.forward(x)?;
    // One token for each patch, and before them one for the class.
    let y = y.flatten_from(2)?.transpose(1, 2)?;
    let class = vb.get_with_hints([1, 1, width], "class_token", Init::Const(0.0))?;
    let y = Tensor::cat(&[&class.broadcast_as([batch, 1, width])?, &y], 1)?;
    let encoder = vb.pp("encoder");
    let places = encoder.get_with_hints([1, y.dims()[1], width], "pos_embedding", Init::Uniform(0.02))?;
    let mut y = y.broadcast_add(&places)?;
    for layer in 0..LAYERS {
        let vb = encoder.pp("layers").pp(format!("encoder_layer_{layer}"));
        let normed = layer_norm(width, EPS, vb.pp("ln_1"))?.forward(&y)?;
        y = y.add(&attention(&normed, vb.pp("self_attention"))?)?;
        let normed = layer_norm(width, EPS, vb.pp("ln_2"))?.forward(&y)?;
        let inside = linear(width, 4 * width, vb.pp("mlp").pp(0))?.forward(&normed)?.gelu_erf()?;
        let outside = linear(4 * width, width, vb.pp("mlp").pp(3))?.forward(&inside)?;
        y = vb.made(y.add(&vb.pp("mlp").made(outside))?);
    }
    // The norm is each token's own: only the class's is wanted.
    let class = y.narrow(1, 0, 1)?.reshape([batch, width])?;
    let class = layer_norm(width, EPS, encoder.pp("ln"))?.forward(&class)?;
    linear(width, classes, vb.pp("heads").pp("head"))?.forward(&class)
}

/// Each token gathers from all tokens, in several ways at once (Vaswani et al. 2017).
fn attention(x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let &[batch, tokens, width] = x.dims() else {
        return Err(ShapeError::Rank { op: "attention", want: "3", got: x.dims().to_vec() });
    };
    let heads = width / OF_HEAD;
    // Queries, keys and values from one product.
    let weight = vb.get_with_hints([3 * width, width], "in_proj_weight", vb.weight_init())?;
    let bias = vb.get_with_hints([3 * width], "in_proj_bias", Init::Const(0.0))?;
    let all = x.reshape([batch * tokens, width])?.matmul(&weight.t()?)?.broadcast_add(&bias)?;
    // [3, batch, heads, tokens, of one head]
    let all = all.reshape([batch, tokens, 3, heads, OF_HEAD])?.permute([2, 0, 3, 1, 4])?;
    let part = |k: usize| all.narrow(0, k, 1)?.reshape([batch * heads, tokens, OF_HEAD]);
    let scores = part(0)?.affine(1.0 / (OF_HEAD as f64).sqrt(), 0.0)?.matmul(&part(1)?.t()?)?;
    let gathered = scores.softmax()?.matmul(&part(2)?)?;
    let gathered =
        gathered.reshape([batch, heads, tokens, OF_HEAD])?.transpose(1, 2)?.reshape([batch, tokens, width])?;
    Ok(vb.made(linear(width, width, vb.pp("out_proj"))?.forward(&gathered)?))
}

/// timm's names.
pub(super) fn names_of_timm() -> Vec<Pair> {
    let whole = [
        ("cls_token", "class_token"),
        ("pos_embed", "encoder.pos_embedding"),
        ("patch_embed.proj", "conv_proj"),
        ("norm", "encoder.ln"),
        ("head", "heads.head"),
    ];
    let parts = [
        ("norm1", "ln_1"),
        ("attn.qkv.weight", "self_attention.in_proj_weight"),
        ("attn.qkv.bias", "self_attention.in_proj_bias"),
        ("attn.proj", "self_attention.out_proj"),
        ("norm2", "ln_2"),
        ("mlp.fc1", "mlp.0"),
        ("mlp.fc2", "mlp.3"),
    ];
    let layer = |k| under(&format!("blocks.{k}"), &format!("encoder.layers.encoder_layer_{k}"), &parts);
    under("", "", &whole).into_iter().chain((0..LAYERS).flat_map(layer)).collect()
}

/// The names in the files that torchvision publishes.
pub(super) fn first_names() -> Vec<Pair> {
    let layer = |k| {
        let path = format!("encoder.layers.encoder_layer_{k}.mlp");
        under(&path, &path, &[("linear_1", "0"), ("linear_2", "3")])
    };
    (0..LAYERS).flat_map(layer).collect()
}
