//! Multinomial logistic regression with L2 by L-BFGS: scikit-learn's objective, `½ ‖W‖² + C Σ -log softmax(W x + b)[y]`. Biases are
//! not regularised. Two classes are one row of weights there, the difference of ours; `½ ‖w₁ - w₀‖²` is regularised.

use crate::lab::LabError;
use crate::lab::minimise::{Bounds, Budget, minimise};
use crate::lab::softmax::{log_sum_exp, softmax};
use crate::lab::table::{FeatureTable, dot};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logistic {
    /// Above 0: what losses weigh.
    pub c: f64,
    pub evaluations: u32,
}

impl Default for Logistic {
    fn default() -> Self {
        Self { c: 1.0, evaluations: 1000 }
    }
}

/// The least value that was found, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticFit {
    /// Row by row, one for each class.
    pub weight: Vec<Vec<f64>>,
    pub bias: Vec<f64>,
    pub objective: f64,
}

impl Logistic {
    /// `labels` are below `classes`, of each of which there is one at least.
    ///
    /// # Errors
    /// None of its own.
    pub async fn fit(&self, table: &FeatureTable, labels: &[u32], classes: usize) -> Result<LogisticFit, LabError> {
        let parameters = classes * (table.columns() + 1);
        // Sets off as far as weights of unit length go; the first step in which it falls decides.
        let budget = Budget { evaluations: self.evaluations, first_step: 1.0, tolerance: 1e-11 };
        let bounds = Bounds { low: f64::NEG_INFINITY, high: f64::INFINITY };
        let value = async |at: &[f64]| Ok(self.objective(table, labels, classes, at));
        let found = minimise(vec![0.0; parameters], bounds, budget, value).await?;
        let (objective, _) = self.objective(table, labels, classes, &found);
        let rows = found.chunks_exact(table.columns() + 1);
        let (weight, bias) = rows.map(|row| (row[..table.columns()].to_vec(), row[table.columns()])).unzip();
        Ok(LogisticFit { weight, bias, objective })
    }

    /// The objective there.
    pub fn value(&self, table: &FeatureTable, labels: &[u32], at: &LogisticFit) -> f64 {
        let rows = at.weight.iter().zip(&at.bias).flat_map(|(weight, bias)| weight.iter().chain([bias]));
        self.objective(table, labels, at.bias.len(), &rows.copied().collect::<Vec<_>>()).0
    }

    /// With its gradient, `C Σ (p - y) x + W`. Of each class its weights, then its bias.
    fn objective(&self, table: &FeatureTable, labels: &[u32], classes: usize, at: &[f64]) -> (f64, Vec<f64>) {
        let (columns, stride) = (table.columns(), table.columns() + 1);
        // `½ ‖w₁ - w₀‖²` is twice `½ ‖W‖²` where the rows are each other's negative, as they are.
        let regularised = if classes == 2 { 2.0 } else { 1.0 };
        let (mut value, mut gradient) = (0.0, vec![0.0; at.len()]);
        for (row, &label) in table.iter().zip(labels) {
            let logits: Vec<f64> =
                at.chunks_exact(stride).map(|class| dot(&class[..columns], row) + class[columns]).collect();
            value += self.c * (log_sum_exp(logits.iter().copied()) - logits[label as usize]);
            for (class, p) in softmax(logits.iter().copied()).into_iter().enumerate() {
                let error = self.c * (p - f64::from(u8::from(class == label as usize)));
                let of = &mut gradient[class * stride..][..stride];
                of[..columns].iter_mut().zip(row).for_each(|(g, &x)| *g += error * f64::from(x));
                of[columns] += error;
            }
        }
        for (class, gradient) in at.chunks_exact(stride).zip(gradient.chunks_exact_mut(stride)) {
            let weight = &class[..columns];
            value += 0.5 * regularised * dot(weight, weight);
            gradient.iter_mut().zip(weight).for_each(|(g, w)| *g += regularised * w);
        }
        (value, gradient)
    }
}
