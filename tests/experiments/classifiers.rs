//! Classifiers of features beside scikit-learn's (`tests/fixtures/transfer.py`).

use neocog::lab::FeatureTable;
use neocog::lab::transfer::{ClassifierRule, HingeLoss, LinearSvm, Logistic, Separation};
use neocog::protocol::ClassifierKind;
use pollster::block_on;
use serde::Deserialize;

#[derive(Deserialize)]
struct Problem {
    name: String,
    features: Vec<Vec<f32>>,
    labels: Vec<u32>,
    svm: Vec<StoredSvm>,
    logistic: Vec<StoredRegression>,
    asked: Vec<Vec<f32>>,
    mean: Vec<u32>,
    neighbours: Vec<u32>,
}

#[derive(Deserialize)]
struct StoredSvm {
    loss: String,
    c: f64,
    weight: Vec<Vec<f64>>,
    bias: Vec<f64>,
    objective: Vec<f64>,
}

#[derive(Deserialize)]
struct StoredRegression {
    c: f64,
    weight: Vec<Vec<f64>>,
    bias: Vec<f64>,
    objective: f64,
    probability: Vec<f64>,
}

impl Problem {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("../fixtures/transfer.json")).unwrap()
    }

    fn table(&self) -> FeatureTable {
        FeatureTable::from_rows(&self.features)
    }

    fn classes(&self) -> usize {
        *self.labels.iter().max().unwrap() as usize + 1
    }
}

/// `‖a - b‖ / ‖b‖`.
fn relative(a: &[f64], b: &[f64]) -> f64 {
    let difference: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    (difference / b.iter().map(|b| b * b).sum::<f64>()).sqrt()
}

#[test]
fn support_vector_machines_reach_scikit_learns_objective() {
    for problem in Problem::all() {
        let table = problem.table();
        for stored in &problem.svm {
            let loss = if stored.loss == "hinge" { HingeLoss::Hinge } else { HingeLoss::Squared };
            // Of two classes the second against the first, else each against all others.
            let classes = if problem.classes() == 2 { 1..2 } else { 0..problem.classes() as u32 };
            for (row, class) in classes.enumerate() {
                let is_in: Vec<bool> = problem.labels.iter().map(|&label| label == class).collect();
                let svm = LinearSvm { loss, c: stored.c, ..LinearSvm::default() };
                let found = svm.separate(&table, &is_in, 1);
                let about = format!("{}, {loss:?}, C = {}, class {class}", problem.name, stored.c);
                assert!(found.relative_gap() < 1e-3, "{about}: a gap of {}", found.relative_gap());
                let objective = found.primal / stored.objective[row] - 1.0;
                assert!(objective.abs() < 1e-3, "{about}: {} beside {}", found.primal, stored.objective[row]);
                assert!(found.dual <= stored.objective[row] * (1.0 + 1e-9), "{about}: no bound from below");
                // To the weights themselves, where it goes on.
                let exact = LinearSvm { gap: 1e-9, most_epochs: 100_000, ..svm };
                let Separation { weight, bias, .. } = exact.separate(&table, &is_in, 1);
                let (ours, theirs) =
                    ([weight, vec![bias]].concat(), [stored.weight[row].clone(), vec![stored.bias[row]]].concat());
                assert!(relative(&ours, &theirs) < 1e-3, "{about}: {ours:?} beside {theirs:?}");
            }
        }
    }
}

#[test]
fn logistic_regression_is_scikit_learns() {
    for problem in Problem::all() {
        for stored in &problem.logistic {
            let regression = Logistic { c: stored.c, ..Logistic::default() };
            let found = block_on(regression.fit(&problem.table(), &problem.labels, problem.classes())).unwrap();
            let about = format!("{}, C = {}", problem.name, stored.c);
            let objective = found.objective / stored.objective - 1.0;
            assert!(objective.abs() < 1e-6, "{about}: {} beside {}", found.objective, stored.objective);
            // Of two classes one row, our rows' difference.
            let (weight, bias) = if problem.classes() == 2 {
                let row = found.weight[1].iter().zip(&found.weight[0]).map(|(b, a)| b - a).collect();
                (vec![row], vec![found.bias[1] - found.bias[0]])
            } else {
                (found.weight.clone(), found.bias.clone())
            };
            assert!(relative(&weight.concat(), &stored.weight.concat()) < 1e-3, "{about}: {weight:?}");
            let apart = bias.iter().zip(&stored.bias).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(apart < 1e-3, "{about}: {bias:?} beside {:?}", stored.bias);
            for ((row, &label), probability) in problem.features.iter().zip(&problem.labels).zip(&stored.probability) {
                let logit = |class: usize| {
                    let products = found.weight[class].iter().zip(row).map(|(w, &x)| w * f64::from(x));
                    products.sum::<f64>() + found.bias[class]
                };
                let all: f64 = (0..problem.classes()).map(|class| (logit(class) - logit(label as usize)).exp()).sum();
                assert!((1.0 / all - probability).abs() < 1e-3, "{about}");
            }
        }
    }
}

#[test]
fn means_and_neighbours_answer_as_scikit_learns() {
    for problem in Problem::all() {
        for (kind, answers) in
            [(ClassifierKind::Mean, &problem.mean), (ClassifierKind::Neighbours, &problem.neighbours)]
        {
            let rule = ClassifierRule { kind, c: 1.0, neighbours: 3, seed: 1 };
            let fitted = block_on(rule.fit(&problem.table(), &problem.labels, problem.classes())).unwrap();
            for (row, &answer) in problem.asked.iter().zip(answers) {
                let scores = fitted.classifier.scores(row);
                let best = (1..scores.len()).fold(0, |best, at| if scores[at] > scores[best] { at } else { best });
                // Of a tie among three neighbours scikit-learn takes the lower number; ours the nearer one.
                let votes = |class: usize| (scores[class] * 3.0).floor();
                let is_tie = kind == ClassifierKind::Neighbours && votes(best) < 2.0;
                assert!(best == answer as usize || is_tie, "{}, {kind:?}: {scores:?}, {answer}", problem.name);
            }
        }
    }
}
