//! Dropout (Srivastava et al. 2014), inverted: training scales up the values that stay, so that inference changes nothing.

use super::VarBuilder;
use crate::graph::{ShapeError, Tensor};

/// Zeroes values at random in training.
pub struct Dropout {
    /// Probability of each value to be zero.
    p: f64,
    vb: VarBuilder,
}

/// # Errors
/// [`ShapeError::Bad`] unless `0 ≤ p < 1`.
pub fn dropout(p: f64, vb: VarBuilder) -> Result<Dropout, ShapeError> {
    if !(0.0..1.0).contains(&p) {
        return Err(ShapeError::bad("dropout", format!("{p} is not in 0 ≤ p < 1"), &[]));
    }
    Ok(Dropout { p, vb })
}

impl Dropout {
    /// In training `mask · x / (1 - p)`, the mask drawn from (seed, step) and a key of this layer's own; else `x`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        match self.vb.training_mode() {
            Some(training) if self.p > 0.0 => {
                let uniform = x.graph().random_uniform(training.counter(), training.next_key(), x.dims())?;
                let mask = uniform.to_dtype(x.dtype())?.gt_scalar(self.p)?;
                x.broadcast_mul(&mask.affine(1.0 / (1.0 - self.p), 0.0)?)
            }
            _ => Ok(x.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuPlan;
    use crate::graph::{Graph, Host, Program, Spec};
    use candle_core::Device;

    #[test]
    fn it_keeps_the_mean_and_each_layer_drops_its_own() {
        let graph = Graph::new();
        let x = graph.full(1.0, Spec::f32([100, 100])).unwrap();
        let vb = VarBuilder::training(&graph, graph.input("counter", Spec::u32([2])));
        let y: Vec<Tensor> = (0..2).map(|_| dropout(0.25, vb.pp(0)).unwrap().forward(&x).unwrap()).collect();
        let plan = CpuPlan::new(Program::inference(&[&y[0], &y[1]], &|_| None).unwrap());
        let at = |step: u32| -> Vec<Vec<f32>> {
            let outputs = plan.run_now(&[Host::new(&[7_u32, step], &Device::Cpu).unwrap()]).unwrap();
            outputs.iter().map(|y| y.flatten_all().unwrap().to_vec1().unwrap()).collect()
        };
        let [a, b] = [at(1), at(2)];
        for values in a.iter().chain(&b) {
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            assert!((mean - 1.0).abs() < 0.03, "{mean}");
            assert!(values.iter().all(|&v| v == 0.0 || (v - 4.0 / 3.0).abs() < 1e-6));
        }
        assert!(a[0] != a[1] && a[0] != b[0] && a == at(1));
    }

    #[test]
    fn inference_changes_nothing() {
        let graph = Graph::new();
        let x = graph.input("x", Spec::f32([2, 3]));
        let y = dropout(0.5, VarBuilder::new(&graph)).unwrap().forward(&x).unwrap();
        assert_eq!(y.id(), x.id());
        assert!([-0.1, 1.0, f64::NAN].into_iter().all(|p| dropout(p, VarBuilder::new(&graph)).is_err()));
    }
}
