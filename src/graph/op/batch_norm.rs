//! The second half of batch normalisation: every element by the moments of its channel (Ioffe & Szegedy 2015).

use super::moments::channel_row;
use super::{Case, ChannelSums, Form, Given, Rule, ShapeError, Spec, Tensor, literal};

/// `y = (x - mean) / √(var + ε) · weight + bias`. Inputs: x `[N, C, …]`, then mean, var, weight and bias of shape
/// `[1, C, 1, …]`. Elementwise, so that it fuses with what follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// ε, which keeps the square root away from zero.
    pub eps: f64,
}

impl Rule for BatchNorm {
    const NAME: &'static str = "batch_norm";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].floats(Self::NAME)?;
        if x[0].rank() < 2 {
            return Err(ShapeError::bad(Self::NAME, "wants [batch, channels, …]", &x[0].shape));
        }
        let mut row = vec![1; x[0].rank()];
        row[1] = x[0].shape[1];
        match x[1..].iter().find(|other| other.shape != row || other.dtype != x[0].dtype) {
            Some(other) => Err(ShapeError::mismatch(Self::NAME, &x[0].shape, &other.shape)),
            None => Ok(x[0].clone()),
        }
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        let eps = self.eps;
        let wgsl = format!("(({{0}} - {{1}}) * inverseSqrt({{2}} + {}) * {{3}} + {{4}})", literal(eps));
        Form::Pointwise(pointwise!(wgsl, T => move |x, y| {
            let (mean, var, weight, bias) = (x[1], x[2], x[3], x[4]);
            for (i, y) in y.iter_mut().enumerate() {
                *y = (x[0][i] - mean[i]) / (var[i] + eps as T).sqrt() * weight[i] + bias[i];
            }
        }))
    }

    /// With r = 1/√(var + ε) and per channel S = Σ dy, P = Σ dy (x - mean): dx = dy w r, dmean = -w r S, dvar = -½ w r³ P,
    /// dw = r P, db = S.
    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let [x, mean, var, weight, _] = [0, 1, 2, 3, 4].map(|k| &x[k]);
        let channels = x.dims()[1];
        let rstd = var.affine(1.0, self.eps)?.sqrt()?.recip()?;
        let scale = weight.mul(&rstd)?;
        let moments = Tensor::cat(&[&mean.reshape([1, channels])?, &var.reshape([1, channels])?], 0)?;
        let sums = dy.then(ChannelSums, &[x, &moments])?;
        let (sum, product) = (channel_row(&sums, 0, x.rank())?, channel_row(&sums, 1, x.rank())?);
        let dmean = scale.mul(&sum)?.neg()?;
        let dvar = scale.mul(&rstd.sqr()?)?.mul(&product)?.affine(-0.5, 0.0)?;
        let dx = dy.broadcast_mul(&scale)?;
        Ok(vec![Some(dx), Some(dmean), Some(dvar), Some(rstd.mul(&product)?), Some(sum)])
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        let case = |shape: [usize; 4]| {
            let row = [1, shape[1], 1, 1];
            let inputs = [
                Given::signed(shape),
                Given::signed(row),
                Given::positive(row),
                Given::signed(row),
                Given::signed(row),
            ];
            Case::new(BatchNorm { eps: 1e-5 }, inputs, |x| {
                let std = (&x[2] + 1e-5)?.sqrt()?;
                let unit = x[0].broadcast_sub(&x[1])?.broadcast_div(&std)?;
                unit.broadcast_mul(&x[3])?.broadcast_add(&x[4])
            })
        };
        vec![case([2, 3, 4, 5]), case([7, 1, 1, 1])]
    }
}

impl Tensor {
    /// `(x - mean) / √(var + eps) · weight + bias`, all but x of shape `[1, C, 1, …]`.
    pub fn batch_norm(
        &self,
        mean: &Tensor,
        var: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        eps: f64,
    ) -> Result<Tensor, ShapeError> {
        self.then(BatchNorm { eps }, &[mean, var, weight, bias])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuPlan;
    use crate::graph::{DType, Graph, Host, Program, Wide, grad};

    /// The gradient also flows through the moments: the closed form of Ioffe & Szegedy, and its consequences.
    #[test]
    fn the_whole_gradient_has_no_part_along_ones_or_the_output() {
        let shape = [4, 3, 5, 2];
        let graph = Graph::new();
        let input = |name: &str, shape: &[usize]| graph.input(name, Spec::new(shape, DType::F64(Wide)));
        let (x, dy) = (input("x", &shape), input("dy", &shape));
        let (weight, bias) = (input("w", &[1, 3, 1, 1]), input("b", &[1, 3, 1, 1]));
        let moments = x.moments().unwrap();
        let row = |k| channel_row(&moments, k, 4).unwrap();
        let y = x.batch_norm(&row(0), &row(1), &weight, &bias, 1e-5).unwrap();
        let dx = grad(&y.mul(&dy).unwrap().sum_all().unwrap(), &[&x]).unwrap().remove(0);
        // dx = w r (dy - Σdy/M - x̂ Σ(dy x̂)/M)
        let ones = weight.ones_like().unwrap();
        let unit = x.batch_norm(&row(0), &row(1), &ones, &ones.zeros_like().unwrap(), 1e-5).unwrap();
        let mean = |t: &Tensor| t.sum_to(&[1, 3, 1, 1]).unwrap().affine(1.0 / 40.0, 0.0).unwrap();
        let along = unit.broadcast_mul(&mean(&dy.mul(&unit).unwrap())).unwrap();
        let rest = dy.broadcast_sub(&mean(&dy)).unwrap().sub(&along).unwrap();
        let scale = weight.div(&row(1).affine(1.0, 1e-5).unwrap().sqrt().unwrap()).unwrap();
        let closed = rest.broadcast_mul(&scale).unwrap();
        let off = dx.sub(&closed).unwrap().abs().unwrap().sum_all().unwrap();
        let sums = mean(&dx).abs().unwrap().sum_all().unwrap();
        let program = Program::inference(&[&off, &sums], &|_| None).unwrap();
        let value = |name: &str| match name {
            "x" => Given::signed(shape).of(DType::F64(Wide)).value(1),
            "dy" => Given::signed(shape).of(DType::F64(Wide)).value(2),
            _ => Given::positive([1, 3, 1, 1]).of(DType::F64(Wide)).value(3),
        };
        let inputs: Vec<Host> = program.inputs.iter().map(|(name, _)| value(name).unwrap()).collect();
        for found in CpuPlan::new(program).run_now(&inputs).unwrap() {
            let found = found.to_scalar::<f64>().unwrap();
            assert!(found < 1e-10, "{found}");
        }
    }

    /// Per layer: one pass for the moments, one for normalisation with ReLU; mask, sums and one for the way back.
    #[test]
    fn few_passes() {
        let graph = Graph::new();
        let x = graph.input("x", Spec::f32([4, 8, 6, 6]));
        let dy = graph.input("dy", Spec::f32([4, 8, 6, 6]));
        let variable =
            |name: &str| graph.variable(name, Spec::f32([1, 8, 1, 1]), crate::graph::Init::Const(1.0)).unwrap();
        let (weight, bias) = (variable("w"), variable("b"));
        let moments = x.moments().unwrap();
        let row = |k| channel_row(&moments, k, 4).unwrap();
        let y = x.batch_norm(&row(0), &row(1), &weight, &bias, 1e-5).unwrap().relu().unwrap();
        let large = |program: &Program| {
            let big = |id| program.node(id).spec.elem_count() > 100;
            let heavy = |s: &&crate::graph::pass::Step| big(s.output) || program.reads(s).into_iter().any(big);
            program.steps.iter().filter(heavy).count()
        };
        assert_eq!(large(&Program::step(&[&y], &[]).unwrap()), 2);
        let dx = crate::graph::vjp(&y, &dy, &[&x]).unwrap();
        assert_eq!(large(&Program::step(&[&y, &dx[0]], &[]).unwrap()), 5);
    }
}
