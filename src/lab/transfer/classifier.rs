//! From features and their classes to a classifier: linear ones as a row of weights for each class, and the nearest neighbours.

use super::logistic::Logistic;
use super::svm::{LinearSvm, Separation};
use crate::lab::LabError;
use crate::lab::table::{FeatureTable, RowSpace, Standardise, dot, square_distance};
use crate::protocol::{ClassifierKind, TransferTask};

/// What learns, and with which constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassifierRule {
    pub kind: ClassifierKind,
    /// Of the support vector machine and of logistic regression: what losses weigh.
    pub c: f64,
    /// How many neighbours vote.
    pub neighbours: u32,
    /// Of the order in which dual coordinate descent goes.
    pub seed: u32,
}

/// One of two forms, for features as a network gives them.
#[derive(Clone, Debug, PartialEq)]
pub enum FeatureClassifier {
    Linear(LinearRows),
    Neighbours(NearestNeighbours),
}

/// `W x + b`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearRows {
    /// One for each class.
    pub weight: Vec<Vec<f64>>,
    pub bias: Vec<f64>,
}

/// Votes of the nearest examples.
#[derive(Clone, Debug, PartialEq)]
pub struct NearestNeighbours {
    pub standard: Standardise,
    /// Standardised.
    pub examples: FeatureTable,
    pub labels: Vec<u32>,
    pub classes: usize,
    /// How many vote.
    pub neighbours: usize,
}

/// A classifier, and how exactly it was found.
pub struct Fitted {
    pub classifier: FeatureClassifier,
    /// Of support vector machines: the largest over the classes of the duality gap over the objective.
    pub relative_gap: Option<f64>,
}

impl ClassifierRule {
    /// # Errors
    /// [`LabError::Setup`] of figures that are out of their limits.
    pub fn of(task: &TransferTask) -> Result<Self, LabError> {
        let TransferTask { classifier: kind, c, neighbours, seed, .. } = *task;
        let known = TransferTask::C;
        ensure!(known.holds(c), "a constant C of {c} is not taken; choose {known}");
        let known = TransferTask::NEIGHBOURS;
        ensure!(known.holds(neighbours), "{neighbours} neighbours cannot vote; choose {known}");
        Ok(Self { kind, c, neighbours, seed })
    }

    /// `labels` are below `classes`, of each of which there is one at least.
    ///
    /// # Errors
    /// None of its own.
    pub async fn fit(&self, table: &FeatureTable, labels: &[u32], classes: usize) -> Result<Fitted, LabError> {
        let standard = Standardise::of(table);
        let table = standard.table(table);
        let exact = |rows| Fitted { classifier: FeatureClassifier::Linear(rows), relative_gap: None };
        Ok(match self.kind {
            ClassifierKind::Svm => {
                let (rows, gap) = in_row_space(&table, async |table| Ok(self.svm(table, labels, classes))).await?;
                let classifier = FeatureClassifier::Linear(rows.undone(&standard));
                Fitted { classifier, relative_gap: Some(gap) }
            }
            ClassifierKind::Logistic => {
                let logistic = Logistic { c: self.c, ..Logistic::default() };
                let fit = async |table: &FeatureTable| {
                    let found = logistic.fit(table, labels, classes).await?;
                    Ok((LinearRows { weight: found.weight, bias: found.bias }, ()))
                };
                let (rows, ()) = in_row_space(&table, fit).await?;
                exact(rows.undone(&standard))
            }
            ClassifierKind::Mean => exact(class_means(&table, labels, classes).undone(&standard)),
            ClassifierKind::Neighbours => {
                let neighbours = self.neighbours.max(1) as usize;
                let found =
                    NearestNeighbours { standard, examples: table, labels: labels.to_vec(), classes, neighbours };
                Fitted { classifier: FeatureClassifier::Neighbours(found), relative_gap: None }
            }
        })
    }

    /// Each class against all others; of two classes one against the other.
    fn svm(&self, table: &FeatureTable, labels: &[u32], classes: usize) -> (LinearRows, f64) {
        let svm = LinearSvm { c: self.c, ..LinearSvm::default() };
        let separate = |class: u32| {
            let is_in: Vec<bool> = labels.iter().map(|&label| label == class).collect();
            svm.separate(table, &is_in, self.seed)
        };
        let found: Vec<Separation> = if classes == 2 {
            let second = separate(1);
            vec![second.mirrored(), second]
        } else {
            (0..classes as u32).map(separate).collect()
        };
        let gap = found.iter().map(Separation::relative_gap).fold(0.0, f64::max);
        let (weight, bias) = found.into_iter().map(|found| (found.weight, found.bias)).unzip();
        (LinearRows { weight, bias }, gap)
    }
}

/// In the space of the rows, where that has far fewer dimensions.
async fn in_row_space<T>(
    table: &FeatureTable,
    fit: impl AsyncFnOnce(&FeatureTable) -> Result<(LinearRows, T), LabError>,
) -> Result<(LinearRows, T), LabError> {
    let Some(space) = RowSpace::of_few(table) else { return fit(table).await };
    let (LinearRows { weight, bias }, found) = fit(&space.coordinates).await?;
    let mut weight: Vec<Vec<f64>> = weight.iter().map(|along| space.back(along)).collect();
    weight.iter_mut().for_each(|weight| weight.resize(table.columns(), 0.0));
    Ok((LinearRows { weight, bias }, found))
}

/// `m·x - ½ ‖m‖²`, `m` the mean of a class: the largest is that of the nearest mean.
fn class_means(table: &FeatureTable, labels: &[u32], classes: usize) -> LinearRows {
    let mut weight = vec![vec![0.0; table.columns()]; classes];
    let mut counts = vec![0.0_f64; classes];
    for (row, &label) in table.iter().zip(labels) {
        weight[label as usize].iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        counts[label as usize] += 1.0;
    }
    for (mean, count) in weight.iter_mut().zip(counts) {
        mean.iter_mut().for_each(|sum| *sum /= count.max(1.0));
    }
    let bias = weight.iter().map(|mean| -0.5 * dot(mean, mean)).collect();
    LinearRows { weight, bias }
}

impl LinearRows {
    fn undone(&self, standard: &Standardise) -> Self {
        let rows = self.weight.iter().zip(&self.bias).map(|(weight, &bias)| standard.undone(weight, bias));
        let (weight, bias) = rows.unzip();
        Self { weight, bias }
    }
}

impl FeatureClassifier {
    /// Of each class; the largest is the answer.
    pub fn scores(&self, row: &[f32]) -> Vec<f32> {
        match self {
            Self::Linear(LinearRows { weight, bias }) => {
                weight.iter().zip(bias).map(|(weight, bias)| (dot(weight, row) + bias) as f32).collect()
            }
            Self::Neighbours(nearest) => nearest.scores(row),
        }
    }
}

impl NearestNeighbours {
    /// The share of the votes. Of two classes with as many, the one whose first voter is nearer has a little more: less than half a
    /// vote.
    fn scores(&self, row: &[f32]) -> Vec<f32> {
        let row: Vec<f32> = self.standard.row(row).collect();
        let mut all: Vec<(f64, u32)> = self
            .examples
            .iter()
            .zip(&self.labels)
            .map(|(other, &label)| (square_distance(&row, other), label))
            .collect();
        let voters = self.neighbours.min(all.len());
        if voters < all.len() {
            all.select_nth_unstable_by(voters, |a, b| a.0.total_cmp(&b.0));
        }
        all.truncate(voters);
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let share = 1.0 / voters.max(1) as f32;
        let mut scores = vec![0.0; self.classes];
        for (rank, (_, label)) in all.into_iter().enumerate() {
            let is_first = scores[label as usize] == 0.0;
            let nearer = if is_first { 0.49 * (1.0 - rank as f32 * share) } else { 0.0 };
            scores[label as usize] += share * (1.0 + nearer);
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kind: ClassifierKind) -> ClassifierRule {
        ClassifierRule { kind, c: 1.0, neighbours: 3, seed: 1 }
    }

    /// Three clouds, more numbers than rows.
    fn clouds() -> (FeatureTable, Vec<u32>) {
        let value = |at: usize| ((at * 2_654_435_761) % 1000) as f32 / 1000.0;
        let row = |row: usize| (0..64).map(move |at| value(64 * row + at) + if at % 3 == row % 3 { 0.6 } else { 0.0 });
        let rows: Vec<Vec<f32>> = (0..24).map(|at| row(at).collect()).collect();
        (FeatureTable::from_rows(&rows), (0..24).map(|at| at % 3).collect())
    }

    #[test]
    fn every_rule_tells_clouds_apart() {
        let (table, labels) = clouds();
        let (learnt, asked): (Vec<usize>, Vec<usize>) = ((0..15).collect(), (15..24).collect());
        let known: Vec<u32> = learnt.iter().map(|&at| labels[at]).collect();
        for kind in ClassifierKind::ALL {
            let fitted = pollster::block_on(rule(kind).fit(&table.picked(&learnt), &known, 3)).unwrap();
            for &at in &asked {
                let scores = fitted.classifier.scores(table.row(at));
                assert_eq!(crate::lab::softmax::argmax(&scores), labels[at] as usize, "{kind:?} {scores:?}");
            }
        }
    }

    #[test]
    fn the_space_of_the_rows_changes_nothing() {
        let (table, labels) = clouds();
        let standard = Standardise::of(&table).table(&table);
        for kind in [ClassifierKind::Svm, ClassifierKind::Logistic] {
            let inside = pollster::block_on(rule(kind).fit(&table, &labels, 3)).unwrap().classifier;
            let outside = match kind {
                ClassifierKind::Svm => rule(kind).svm(&standard, &labels, 3).0,
                _ => {
                    let fit = pollster::block_on(Logistic::default().fit(&standard, &labels, 3)).unwrap();
                    LinearRows { weight: fit.weight, bias: fit.bias }
                }
            };
            let outside = FeatureClassifier::Linear(outside);
            for (row, made) in table.iter().zip(standard.iter()) {
                for (a, b) in inside.scores(row).iter().zip(outside.scores(made)) {
                    assert!((a - b).abs() < 2e-2, "{kind:?} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn neighbours_vote_and_the_nearer_decides() {
        let rows = [[0.0_f32, 0.0], [1.0, 0.0], [3.0, 0.0], [9.0, 0.0]];
        let rule = ClassifierRule { neighbours: 2, ..rule(ClassifierKind::Neighbours) };
        let fitted = pollster::block_on(rule.fit(&FeatureTable::from_rows(&rows), &[0, 1, 1, 0], 2)).unwrap();
        let answer = |x: f32| crate::lab::softmax::argmax(&fitted.classifier.scores(&[x, 0.0]));
        // One vote each between 0 and 1: the nearer one's.
        assert_eq!([answer(0.4), answer(0.6), answer(2.0), answer(100.0)], [0, 1, 1, 0]);
    }
}
