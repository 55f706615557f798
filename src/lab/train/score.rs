//! What logits are worth: guess, probabilities and loss of each example, in f64 on the host. Twins of [`crate::nn::loss`],
//! without label smoothing.

use super::LabError;
use crate::graph::Host;
use crate::lab::softmax::{argmax, log_sum_exp, probabilities};
use crate::protocol::Loss;

/// Logits of some examples, row by row.
pub(super) struct Scores {
    logits: Vec<f32>,
    classes: usize,
}

impl Scores {
    /// `[examples, classes]`
    pub(super) fn of(logits: &Host) -> Result<Self, LabError> {
        let classes = logits.dim(1)?;
        Ok(Self { logits: logits.flatten_all()?.to_vec1()?, classes })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.logits.chunks_exact(self.classes.max(1)).map(Row)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Row<'a>(&'a [f32]);

impl Row<'_> {
    pub(super) fn logits(&self) -> &[f32] {
        self.0
    }

    /// The class of the largest logit, the first of equals.
    pub(super) fn guess(&self) -> u32 {
        argmax(self.0) as u32
    }

    pub(super) fn probabilities(&self) -> Vec<f32> {
        probabilities(self.0)
    }

    pub(super) fn loss(&self, loss: Loss, label: u32) -> f64 {
        let pairs =
            || self.0.iter().zip(0..).map(|(&logit, class)| (f64::from(logit), f64::from(u8::from(class == label))));
        let classes = self.0.len() as f64;
        match loss {
            Loss::CrossEntropy => {
                log_sum_exp(self.0.iter().copied().map(f64::from)) - f64::from(self.0[label as usize])
            }
            Loss::SquaredError => pairs().map(|(x, target)| (x - target).powi(2)).sum::<f64>() / classes,
            // softplus(x) - t·x, the exponent never positive.
            Loss::BinaryCrossEntropy => {
                pairs().map(|(x, target)| x.max(0.0) + (-x.abs()).exp().ln_1p() - target * x).sum::<f64>() / classes
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuPlan;
    use crate::graph::{Graph, Program};
    use crate::lab::train::task::loss_of;
    use candle_core::Device;

    #[test]
    fn losses_are_those_that_training_makes_small() {
        let values = [0.5f32, -1.25, 3.0, 40.0, -40.0, 0.0];
        let logits =
            Host::new(&[[values[0], values[1], values[2]], [values[3], values[4], values[5]]], &Device::Cpu).unwrap();
        let labels = [2u32, 1];
        for loss in Loss::ALL {
            let graph = Graph::new();
            let x = graph.constant(&logits).unwrap();
            let truth = graph.constant(&Host::new(&labels, &Device::Cpu).unwrap()).unwrap();
            let mean = loss_of(loss, &x, &truth, 0.0).unwrap();
            let program = Program::step(&[&mean], &[]).unwrap();
            let found =
                CpuPlan::new(program).run_now(&[]).unwrap()[0].flatten_all().unwrap().to_vec1::<f32>().unwrap()[0];
            let scores = Scores::of(&logits).unwrap();
            let own: f64 = scores.rows().zip(labels).map(|(row, label)| row.loss(loss, label)).sum::<f64>() / 2.0;
            assert!((f64::from(found) - own).abs() < 1e-5 * own.abs().max(1.0), "{loss:?}: {found} {own}");
        }
        let guesses: Vec<u32> = Scores::of(&logits).unwrap().rows().map(|row| row.guess()).collect();
        assert_eq!(guesses, [2, 0]);
    }
}
