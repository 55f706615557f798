//! Responses of neurons from those of a layer, of pictures that were left out: by ridge regression and by partial least squares.

use crate::lab::FeatureTable;
use crate::lab::ridge::RidgeRows;

/// What squares of weights may count beside those of errors; the one that errs least within the pictures that are known is taken.
pub(super) const LAMBDAS: [f64; 5] = [1e-3, 1e-2, 1e-1, 1.0, 10.0];

/// A layer's rows, ready for both.
pub(super) struct Predictor {
    rows: RidgeRows,
    fold_of: Vec<usize>,
    folds: usize,
}

/// Of each neuron what is predicted of each picture.
pub(super) type Predicted = Vec<Vec<f64>>;

impl Predictor {
    /// `fold_of` says with which others each picture is left out.
    pub(super) fn new(rows: &FeatureTable, fold_of: &[usize]) -> Self {
        let folds = fold_of.iter().max().map_or(0, |last| last + 1);
        Self { rows: RidgeRows::of(rows), fold_of: fold_of.to_vec(), folds }
    }

    pub(super) fn folds(&self) -> usize {
        self.folds
    }

    fn parts(&self, fold: usize) -> (Vec<usize>, Vec<usize>) {
        (0..self.fold_of.len()).partition(|&at| self.fold_of[at] != fold)
    }

    /// Adds what ridge regression says of the pictures of a fold. `targets` has of each picture the responses of all neurons.
    pub(super) fn ridge(&self, targets: &[Vec<f32>], fold: usize, lambdas: &[f64], to: &mut Predicted) {
        let (known, asked) = self.parts(fold);
        let given: Vec<&[f32]> = known.iter().map(|&at| targets[at].as_slice()).collect();
        let lambda = match lambdas {
            [only] => *only,
            _ => self.rows.best(&known, &given, |at| place_in(&known, at), lambdas).map_or(1.0, |(best, _)| best),
        };
        for (&picture, said) in asked.iter().zip(self.rows.said_of(&known, &given, lambda, &asked)) {
            said.into_iter().enumerate().for_each(|(neuron, value)| to[neuron][picture] = value);
        }
    }

    /// The same by partial least squares with so many components.
    pub(super) fn least_squares(&self, targets: &[Vec<f32>], fold: usize, components: usize, to: &mut Predicted) {
        let (known, asked) = self.parts(fold);
        let given: Vec<Vec<f64>> =
            known.iter().map(|&at| targets[at].iter().copied().map(f64::from).collect()).collect();
        let product = |one: usize, other: usize| self.rows.product(one, other);
        let said = partial_least_squares(&known, &asked, &given, components, product);
        for (&picture, said) in asked.iter().zip(said) {
            said.into_iter().enumerate().for_each(|(neuron, value)| to[neuron][picture] = value);
        }
    }
}

fn place_in(known: &[usize], picture: usize) -> usize {
    known.iter().position(|&at| at == picture).unwrap_or_default()
}

/// Partial least squares with several responses at once (Wold 1966), by products of rows alone (Rosipal & Trejo 2001), which for these
/// products is the same as by the rows themselves. Of each picture asked the responses.
fn partial_least_squares(
    known: &[usize],
    asked: &[usize],
    targets: &[Vec<f64>],
    components: usize,
    product: impl Fn(usize, usize) -> f64,
) -> Vec<Vec<f64>> {
    let (count, neurons) = (known.len(), targets.first().map_or(0, Vec::len));
    let means: Vec<f64> =
        (0..neurons).map(|at| targets.iter().map(|row| row[at]).sum::<f64>() / count.max(1) as f64).collect();
    let mut y: Vec<Vec<f64>> =
        targets.iter().map(|row| row.iter().zip(&means).map(|(value, mean)| value - mean).collect()).collect();
    // Products of rows less the mean of the known ones.
    let raw: Vec<Vec<f64>> =
        known.iter().map(|&one| known.iter().map(|&other| product(one, other)).collect()).collect();
    let row_means: Vec<f64> = raw.iter().map(|row| row.iter().sum::<f64>() / count as f64).collect();
    let whole = row_means.iter().sum::<f64>() / count.max(1) as f64;
    let centred = |row: &[f64], mean: f64| -> Vec<f64> {
        row.iter().zip(&row_means).map(|(value, other)| value - mean - other + whole).collect()
    };
    let first: Vec<Vec<f64>> = raw.iter().zip(&row_means).map(|(row, mean)| centred(row, *mean)).collect();
    let tests: Vec<Vec<f64>> = asked
        .iter()
        .map(|&one| {
            let row: Vec<f64> = known.iter().map(|&other| product(one, other)).collect();
            let mean = row.iter().sum::<f64>() / count as f64;
            centred(&row, mean)
        })
        .collect();
    let mut kernel = first.clone();
    let (mut scores, mut others): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    let total: f64 = first.iter().enumerate().map(|(at, row)| row[at]).sum();
    for _ in 0..components.min(count.saturating_sub(1)) {
        let Some((score, other)) = component(&kernel, &y, total) else { break };
        deflate(&mut kernel, &score);
        for neuron in 0..neurons {
            let along: f64 = score.iter().zip(&y).map(|(score, row)| score * row[neuron]).sum();
            y.iter_mut().zip(&score).for_each(|(row, score)| row[neuron] -= along * score);
        }
        scores.push(score);
        others.push(other);
    }
    // Ŷ = K U (Tᵀ K U)⁻¹ Tᵀ Y.
    let found = scores.len();
    let through: Vec<Vec<f64>> = first.iter().map(|row| others.iter().map(|u| dot(row, u)).collect()).collect();
    let inner: Vec<Vec<f64>> = scores
        .iter()
        .map(|score| (0..found).map(|at| score.iter().zip(&through).map(|(s, row)| s * row[at]).sum()).collect())
        .collect();
    let right: Vec<Vec<f64>> = scores
        .iter()
        .map(|score| {
            (0..neurons).map(|at| score.iter().zip(targets).map(|(s, row)| s * (row[at] - means[at])).sum()).collect()
        })
        .collect();
    let weights = solved(inner, right);
    tests
        .iter()
        .map(|row| {
            let along: Vec<f64> = others.iter().map(|u| dot(row, u)).collect();
            let at = |neuron: usize| along.iter().zip(&weights).map(|(a, row)| a * row[neuron]).sum::<f64>();
            (0..neurons).map(|neuron| means[neuron] + at(neuron)).collect()
        })
        .collect()
}

/// Of length 1 along the pictures, and what it is drawn from; none where nothing is left. Wold's turns `t ∝ K u, c ∝ Yᵀ t, u ∝ Y c` are
/// those of `c ∝ Yᵀ K Y c`, which is smaller.
fn component(kernel: &[Vec<f64>], y: &[Vec<f64>], total: f64) -> Option<(Vec<f64>, Vec<f64>)> {
    const TURNS: usize = 1000;
    const STILL: f64 = 1e-26;
    let neurons = y.first().map_or(0, Vec::len);
    let columns: Vec<Vec<f64>> = (0..neurons).map(|at| y.iter().map(|row| row[at]).collect()).collect();
    let through: Vec<Vec<f64>> =
        columns.iter().map(|column| kernel.iter().map(|row| dot(row, column)).collect()).collect();
    let products: Vec<Vec<f64>> =
        through.iter().map(|one| columns.iter().map(|other| dot(one, other)).collect()).collect();
    // Begin with the response that varies most.
    let first = (0..neurons).max_by(|&a, &b| products[a][a].total_cmp(&products[b][b]))?;
    let mut along: Vec<f64> = products[first].clone();
    for turn in 0..TURNS {
        let next = match turn {
            0 => along.clone(),
            _ => products.iter().map(|row| dot(row, &along)).collect::<Vec<f64>>(),
        };
        let length = dot(&next, &next).sqrt();
        if length == 0.0 {
            return None;
        }
        let next: Vec<f64> = next.into_iter().map(|value| value / length).collect();
        let change: f64 = next.iter().zip(&along).map(|(a, b)| (a - b).powi(2)).sum();
        along = next;
        if change < STILL {
            break;
        }
    }
    let mut other: Vec<f64> = y.iter().map(|row| dot(row, &along)).collect();
    let length = dot(&other, &other).sqrt();
    other.iter_mut().for_each(|value| *value /= length);
    let mut score: Vec<f64> = kernel.iter().map(|row| dot(row, &other)).collect();
    let length = dot(&score, &score).sqrt();
    if !length.is_finite() || length <= 1e-12 * total {
        return None;
    }
    score.iter_mut().for_each(|value| *value /= length);
    Some((score, other))
}

/// `(I - t tᵀ) K (I - t tᵀ)`.
fn deflate(kernel: &mut [Vec<f64>], score: &[f64]) {
    let along: Vec<f64> = kernel.iter().map(|row| dot(row, score)).collect();
    let whole = dot(&along, score);
    for (row, (score_here, along_here)) in kernel.iter_mut().zip(score.iter().zip(&along)) {
        for (value, (score, along)) in row.iter_mut().zip(score.iter().zip(&along)) {
            *value += whole * score_here * score - score_here * along - along_here * score;
        }
    }
}

/// Gauss's elimination, with the largest pivot of each column.
fn solved(mut a: Vec<Vec<f64>>, mut b: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let count = a.len();
    for at in 0..count {
        let Some(pivot) = (at..count).max_by(|&x, &y| a[x][at].abs().total_cmp(&a[y][at].abs())) else { break };
        a.swap(at, pivot);
        b.swap(at, pivot);
        let by = a[at][at];
        if by == 0.0 {
            continue;
        }
        for row in 0..count {
            let factor = a[row][at] / by;
            if row == at || factor == 0.0 {
                continue;
            }
            let (from_a, from_b) = (a[at].clone(), b[at].clone());
            a[row].iter_mut().zip(&from_a).for_each(|(value, from)| *value -= factor * from);
            b[row].iter_mut().zip(&from_b).for_each(|(value, from)| *value -= factor * from);
        }
    }
    for (at, row) in b.iter_mut().enumerate() {
        let by = a[at][at];
        row.iter_mut().for_each(|value| *value = if by == 0.0 { 0.0 } else { *value / by });
    }
    b
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    crate::lab::eigen::dot(a, b)
}
