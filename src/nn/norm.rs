//! Batch normalisation (Ioffe & Szegedy 2015), with running statistics as PyTorch keeps them, and layer normalisation (Ba,
//! Kiros & Hinton 2016).

use super::VarBuilder;
use crate::graph::{Init, ShapeError, Tensor};

/// How far a running statistic goes towards the batch's in one step: PyTorch's default.
const MOMENTUM: f64 = 0.1;

/// `(x - mean) / √(var + ε) · weight + bias` per channel of `[B, C, H, W]` or `[B, C]`: with the running statistics at
/// inference and where they are frozen, with the batch's own moments in training.
pub struct BatchNorm {
    weight: Tensor,
    bias: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    eps: f64,
    vb: VarBuilder,
}

impl BatchNorm {
    /// # Errors
    /// [`ShapeError::Bad`] where `x` is neither `[B, C, H, W]` nor `[B, C]` of these channels, or where a batch for training
    /// has a single value per channel.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let channels = self.weight.elem_count();
        if !matches!(x.dims(), &[_, c] | &[_, c, _, _] if c == channels) {
            return Err(bad(format!("it wants [batch, {channels}] or [batch, {channels}, height, width]"), x));
        }
        let is_training = self.vb.training_mode().is_some() && !self.vb.is_frozen("running_mean");
        let y = if is_training { self.forward_training(x) } else { self.forward_inference(x) };
        Ok(self.vb.made(y?))
    }

    /// One scale and one shift per channel. The scale folds into a convolution before it.
    fn forward_inference(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let scale = self.weight.broadcast_div(&self.running_var.affine(1.0, self.eps)?.sqrt()?)?;
        let shift = self.bias.broadcast_sub(&self.running_mean.broadcast_mul(&scale)?)?;
        let mut shape = vec![1; x.rank()];
        shape[1] = self.weight.elem_count();
        x.broadcast_mul(&scale.reshape(shape.clone())?)?.broadcast_add(&shift.reshape(shape)?)
    }

    /// The batch's moments, biased; the running variance takes the unbiased one.
    fn forward_training(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let channels = self.weight.elem_count();
        let count = x.elem_count() / channels.max(1);
        if count < 2 {
            return Err(bad("training needs more than one value per channel: a larger batch".to_owned(), x));
        }
        let picture = if x.rank() == 2 { x.reshape([x.dims()[0], channels, 1, 1])? } else { x.clone() };
        let moments = picture.moments()?;
        let (mean, var) = (moments.narrow(0, 0, 1)?, moments.narrow(0, 1, 1)?);
        if let Some(training) = self.vb.training_mode() {
            let unbiased = count as f64 / (count - 1) as f64;
            for (running, batch, factor) in [(&self.running_mean, &mean, 1.0), (&self.running_var, &var, unbiased)] {
                let batch = batch.reshape([channels])?.affine(MOMENTUM * factor, 0.0)?;
                training.record(running.clone(), running.affine(1.0 - MOMENTUM, 0.0)?.broadcast_add(&batch)?);
            }
        }
        let wide = |t: &Tensor| t.reshape([1, channels, 1, 1]);
        let y = picture.batch_norm(&wide(&mean)?, &wide(&var)?, &wide(&self.weight)?, &wide(&self.bias)?, self.eps)?;
        if x.rank() == 2 { y.reshape(x.dims()) } else { Ok(y) }
    }
}

fn bad(why: String, x: &Tensor) -> ShapeError {
    ShapeError::bad("batch_norm", why, x.dims())
}

/// A batch norm over `num_features` channels: `weight` and `bias` are trained, `running_mean` and `running_var` are statistics,
/// `[num_features]` each.
///
/// # Errors
/// Where one of them is known with another shape.
pub fn batch_norm(num_features: usize, eps: f64, vb: VarBuilder) -> Result<BatchNorm, ShapeError> {
    Ok(BatchNorm {
        weight: vb.get_with_hints([num_features], "weight", Init::Const(1.0))?,
        bias: vb.get_with_hints([num_features], "bias", Init::Const(0.0))?,
        running_mean: vb.get_statistic([num_features], "running_mean", Init::Const(0.0))?,
        running_var: vb.get_statistic([num_features], "running_var", Init::Const(1.0))?,
        eps,
        vb,
    })
}

/// `(x - mean) / √(var + ε) · weight + bias`, with the mean and the (biased) variance along one dimension.
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    eps: f64,
    vb: VarBuilder,
}

impl LayerNorm {
    /// Along the last dimension.
    ///
    /// # Errors
    /// Where it has not as many numbers as there are weights.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        self.forward_along(x, x.rank().saturating_sub(1))
    }

    /// Along any dimension: for `[B, C, H, W]` and 1 it is PyTorch's on `[B, H, W, C]`.
    ///
    /// # Errors
    /// Where it has not as many numbers as there are weights.
    pub fn forward_along(&self, x: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        let size = self.weight.elem_count();
        if x.dims().get(dim) != Some(&size) {
            return Err(ShapeError::bad("layer_norm", format!("dimension {dim} must have {size} numbers"), x.dims()));
        }
        let mut shape = vec![1; x.rank()];
        shape[dim] = size;
        let centred = x.broadcast_sub(&x.mean_keepdim(dim)?)?;
        let scale = centred.sqr()?.mean_keepdim(dim)?.affine(1.0, self.eps)?.sqrt()?.recip()?;
        let y = centred.broadcast_mul(&scale)?.broadcast_mul(&self.weight.reshape(shape.clone())?)?;
        Ok(self.vb.made(y.broadcast_add(&self.bias.reshape(shape)?)?))
    }
}

/// A layer norm of `size` numbers, with a `weight` and a `bias` for each.
///
/// # Errors
/// Where one of them is known with another shape.
pub fn layer_norm(size: usize, eps: f64, vb: VarBuilder) -> Result<LayerNorm, ShapeError> {
    Ok(LayerNorm {
        weight: vb.get_with_hints([size], "weight", Init::Const(1.0))?,
        bias: vb.get_with_hints([size], "bias", Init::Const(0.0))?,
        eps,
        vb,
    })
}

// candle-nn, which it is compared with, is a native dependency.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuPlan;
    use crate::graph::op::Given;
    use crate::graph::{Graph, Host, Program, Spec};
    use candle_core::{DType, Device, Var};
    use std::collections::HashMap;

    /// The start of a batch norm over three channels, under candle's names.
    fn start() -> HashMap<String, Host> {
        ["weight", "bias", "running_mean", "running_var"]
            .into_iter()
            .zip(0..)
            .map(|(name, salt)| (name.to_owned(), Given::positive([3]).value(salt).unwrap()))
            .collect()
    }

    /// Output, new running mean and new running variance of one training step.
    fn step(given: Given) -> Vec<Host> {
        let graph = Graph::new();
        let counter = graph.input("counter", Spec::u32([2]));
        let x = graph.input("x", given.spec.clone());
        let vb = VarBuilder::training(&graph, counter);
        let y = batch_norm(3, 1e-5, vb.clone()).unwrap().forward(&x).unwrap();
        let updates = vb.training_mode().unwrap().updates();
        assert_eq!(vb.parameters().into_iter().map(|(name, ..)| name).collect::<Vec<_>>(), ["weight", "bias"]);
        assert_eq!(
            vb.statistics().into_iter().map(|(name, ..)| name).collect::<Vec<_>>(),
            ["running_mean", "running_var"]
        );
        let start = start();
        let outputs = [&y, &updates[0].1, &updates[1].1];
        let program = Program::inference(&outputs, &|name| start.get(name).cloned().map(Into::into)).unwrap();
        let inputs: Vec<Host> = program
            .inputs
            .iter()
            .map(|(name, _)| match name.as_str() {
                "x" => given.value(9).unwrap(),
                _ => Host::new(&[1_u32, 2], &Device::Cpu).unwrap(),
            })
            .collect();
        CpuPlan::new(program).run_now(&inputs).unwrap()
    }

    fn close(got: &Host, want: &Host) {
        assert_eq!(got.dims(), want.dims());
        let off = (got - want).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        assert!(off.to_scalar::<f32>().unwrap() < 2e-6, "{got} {want}");
    }

    #[test]
    fn a_training_step_is_candles() {
        let vars: HashMap<_, _> = start().into_iter().map(|(k, v)| (k, Var::from_tensor(&v).unwrap())).collect();
        let of = |name: &str| vars[name].as_tensor().clone();
        let theirs =
            candle_nn::BatchNorm::new(3, of("running_mean"), of("running_var"), of("weight"), of("bias"), 1e-5);
        let theirs = theirs.unwrap();
        let given = Given::signed([4, 3, 5, 2]);
        let want = candle_nn::ModuleT::forward_t(&theirs, &given.value(9).unwrap(), true).unwrap();
        let got = step(given);
        close(&got[0], &want);
        close(&got[1], theirs.running_mean());
        close(&got[2], theirs.running_var());
    }

    #[test]
    fn rows_are_pictures_of_one_pixel() {
        let got = step(Given::signed([6, 3]));
        let x = Given::signed([6, 3]).value(9).unwrap().to_dtype(DType::F64).unwrap();
        let mean = x.mean_keepdim(0).unwrap();
        let unbiased = x.var_keepdim(0).unwrap();
        let of = |name: &str| start()[name].to_dtype(DType::F64).unwrap();
        let std = (unbiased.affine(5.0 / 6.0, 1e-5)).unwrap().sqrt().unwrap();
        let unit = x.broadcast_sub(&mean).unwrap().broadcast_div(&std).unwrap();
        let want = unit.broadcast_mul(&of("weight")).unwrap().broadcast_add(&of("bias")).unwrap();
        close(&got[0], &want.to_dtype(DType::F32).unwrap());
        let moved = |name: &str, batch: &Host| {
            let batch = (batch.flatten_all().unwrap() * 0.1).unwrap();
            ((of(name) * 0.9).unwrap() + batch).unwrap().to_dtype(DType::F32).unwrap()
        };
        close(&got[1], &moved("running_mean", &mean));
        close(&got[2], &moved("running_var", &unbiased));
    }

    #[test]
    fn one_value_per_channel_has_no_variance() {
        let graph = Graph::new();
        let x = graph.input("x", Spec::f32([1, 3, 1, 1]));
        let layer = |vb| batch_norm(3, 1e-5, vb).unwrap();
        let training = VarBuilder::training(&graph, graph.input("counter", Spec::u32([2])));
        assert!(layer(training).forward(&x).unwrap_err().to_string().contains("larger batch"));
        assert!(layer(VarBuilder::new(&graph)).forward(&x).is_ok());
        let flat = graph.input("flat", Spec::f32([4, 7]));
        assert!(layer(VarBuilder::new(&graph)).forward(&flat).is_err());
    }
}
