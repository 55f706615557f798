//! Linear support vector machines by dual coordinate descent (Hsieh, Chang, Lin, Keerthi & Sundararajan, "A Dual Coordinate Descent
//! Method for Large-scale Linear SVM", 2008), with LIBLINEAR's objective: the bias is the weight of a feature that is always 1, and
//! regularised as the others are.
//!
//! `min ½ ‖w‖² + C Σ max(0, 1 - y w·x)^p`, `p` 1 or 2. The dual is `max Σ α - ½ ‖Σ α y x‖² - ½ D Σ α²` with `0 ≤ α ≤ U`: `D = 0` and
//! `U = C` for `p = 1`, `D = 1 / 2C` and no limit for `p = 2`.

use crate::lab::dice::Dice;
use crate::lab::table::{FeatureTable, dot};

/// What it costs that an example is not on its side with a margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HingeLoss {
    /// `max(0, 1 - y w·x)`, L1.
    Hinge,
    /// Its square, L2.
    #[default]
    Squared,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearSvm {
    pub loss: HingeLoss,
    /// Above 0: what losses weigh.
    pub c: f64,
    /// It ends where the duality gap is less than this part of the objective.
    pub gap: f64,
    pub most_epochs: u32,
}

impl Default for LinearSvm {
    fn default() -> Self {
        Self { loss: HingeLoss::Squared, c: 1.0, gap: 5e-4, most_epochs: 2000 }
    }
}

/// One class against others.
#[derive(Clone, Debug, PartialEq)]
pub struct Separation {
    pub weight: Vec<f64>,
    pub bias: f64,
    /// The objective at these weights, and a bound of it from below.
    pub primal: f64,
    pub dual: f64,
    pub epochs: u32,
}

impl Separation {
    /// By which part of its value the objective is at most above the least.
    pub fn relative_gap(&self) -> f64 {
        (self.primal - self.dual) / self.primal.max(f64::MIN_POSITIVE)
    }

    /// The same seen from the other side.
    pub(super) fn mirrored(&self) -> Self {
        let weight = self.weight.iter().map(|w| -w).collect();
        Self { weight, bias: -self.bias, ..self.clone() }
    }
}

impl LinearSvm {
    /// `is_in` says of each row whether it is of the class; both kinds are there.
    pub fn separate(&self, table: &FeatureTable, is_in: &[bool], seed: u32) -> Separation {
        let (upper, diagonal) = match self.loss {
            HingeLoss::Hinge => (self.c, 0.0),
            HingeLoss::Squared => (f64::INFINITY, 0.5 / self.c),
        };
        let y: Vec<f64> = is_in.iter().map(|&is_in| if is_in { 1.0 } else { -1.0 }).collect();
        let curvature: Vec<f64> = table.iter().map(|row| dot(row, row) + 1.0 + diagonal).collect();
        let mut alpha = vec![0.0; y.len()];
        let mut order: Vec<usize> = (0..y.len()).collect();
        let mut dice = Dice::new(seed);
        let mut found = Separation { weight: vec![0.0; table.columns()], bias: 0.0, primal: 0.0, dual: 0.0, epochs: 0 };
        loop {
            (found.primal, found.dual) = self.objectives(&found, table, &y, &alpha, diagonal);
            if found.relative_gap() < self.gap || found.epochs >= self.most_epochs {
                return found;
            }
            // Fisher & Yates: another order in each epoch.
            (1..order.len()).rev().for_each(|at| order.swap(at, dice.below(at + 1)));
            for &at in &order {
                let row = table.row(at);
                let slope = y[at] * (dot(&found.weight, row) + found.bias) - 1.0 + diagonal * alpha[at];
                let next = (alpha[at] - slope / curvature[at]).clamp(0.0, upper);
                let step = (next - alpha[at]) * y[at];
                if step != 0.0 {
                    found.weight.iter_mut().zip(row).for_each(|(w, &x)| *w += step * f64::from(x));
                    found.bias += step;
                    alpha[at] = next;
                }
            }
            found.epochs += 1;
        }
    }

    fn objectives(&self, at: &Separation, table: &FeatureTable, y: &[f64], alpha: &[f64], diagonal: f64) -> (f64, f64) {
        let norm = 0.5 * (dot(&at.weight, &at.weight) + at.bias * at.bias);
        let slack = |(row, y): (&[f32], &f64)| (1.0 - y * (dot(&at.weight, row) + at.bias)).max(0.0);
        let losses: f64 = match self.loss {
            HingeLoss::Hinge => table.iter().zip(y).map(slack).sum(),
            HingeLoss::Squared => table.iter().zip(y).map(slack).map(|slack| slack * slack).sum(),
        };
        let dual = alpha.iter().map(|alpha| alpha - 0.5 * diagonal * alpha * alpha).sum::<f64>() - norm;
        (norm + self.c * losses, dual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs of points `±a` on axes of their own: each weight is that of one axis alone, and no bias helps.
    #[test]
    fn pairs_of_points_have_a_known_optimum() {
        let lengths = [0.5_f64, 1.0, 2.0, 4.0];
        let mut rows = Vec::new();
        for (axis, &length) in lengths.iter().enumerate() {
            for sign in [1.0, -1.0] {
                rows.push((0..4).map(|at| if at == axis { sign * length as f32 } else { 0.0 }).collect::<Vec<f32>>());
            }
        }
        let (table, is_in) = (FeatureTable::from_rows(&rows), [true, false].repeat(4));
        for c in [0.05, 0.5, 10.0] {
            // Of ½ w² + 2 C max(0, 1 - a w)²: w = 4 C a / (1 + 4 C a²). Of ½ w² + 2 C max(0, 1 - a w): w = min(2 C a, 1 / a).
            let rules = [
                (HingeLoss::Squared, (|c: f64, a: f64| 4.0 * c * a / (1.0 + 4.0 * c * a * a)) as fn(f64, f64) -> f64),
                (HingeLoss::Hinge, |c, a| (2.0 * c * a).min(1.0 / a)),
            ];
            for (loss, optimum) in rules {
                let svm = LinearSvm { loss, c, gap: 1e-10, most_epochs: 10_000 };
                let found = svm.separate(&table, &is_in, 3);
                assert!(found.relative_gap() < 1e-10, "{found:?}");
                assert!(found.bias.abs() < 1e-4, "{found:?}");
                for (weight, &length) in found.weight.iter().zip(&lengths) {
                    assert!((weight - optimum(c, length)).abs() < 1e-4, "{loss:?} {c} {length}: {weight}");
                }
            }
        }
    }
}
