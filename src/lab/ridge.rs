//! Ridge regression of numbers from what a network makes of pictures: how far a region lies from a thing, where a joint is.
//!
//! How much the squares of weights count is that of several values which errs least on groups of rows that were left out.

use super::table::{FeatureTable, Standardise};

const FOLDS: usize = 5;

/// Rows of features, and their products, for several regressions.
pub(super) struct RidgeRows {
    standard: Standardise,
    rows: FeatureTable,
    products: Products,
}

#[derive(Clone, Debug)]
pub(super) struct RidgeFit {
    /// Of each number its weights and its bias.
    pub(super) numbers: Vec<(Vec<f64>, f64)>,
}

impl RidgeFit {
    pub(super) fn said(&self, row: &[f32]) -> impl Iterator<Item = f32> {
        let said = move |(weight, bias): &(Vec<f64>, f64)| {
            (weight.iter().zip(row).map(|(w, x)| w * f64::from(*x)).sum::<f64>() + bias) as f32
        };
        self.numbers.iter().map(said)
    }

    /// Says so much of what it says.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn scale(&mut self, by: f64) {
        for (weight, bias) in &mut self.numbers {
            weight.iter_mut().chain([bias]).for_each(|number| *number *= by);
        }
    }
}

impl RidgeRows {
    pub(super) fn of(rows: &FeatureTable) -> Self {
        let standard = Standardise::of(rows);
        let rows = standard.table(rows);
        Self { products: Products::of(&rows), standard, rows }
    }

    /// Of several `lambdas`, which are what squares of weights may count beside those of errors where rows of features have a mean square of 1,
    /// the one that errs least on rows that are left out, and the sum of its squared errors. The rows are the `known` ones with the numbers to
    /// be found for each; `group` tells of any row with which others it is left out together.
    pub(super) fn best<T: AsRef<[f32]>>(
        &self,
        known: &[usize],
        targets: &[T],
        group: impl Fn(usize) -> usize,
        lambdas: &[f64],
    ) -> Option<(f64, f64)> {
        let error = |lambda: f64| -> f64 {
            let fold = |fold: usize| {
                let is_out = |at: &usize| group(known[*at]) % FOLDS == fold;
                let (out, kept): (Vec<usize>, Vec<usize>) = (0..known.len()).partition(is_out);
                if out.is_empty() || kept.is_empty() {
                    return 0.0;
                }
                let ridge = self.products.ridge(&rows_of(known, &kept), lambda);
                let number = |number: usize| -> f64 {
                    let found = ridge.solved(&numbers_of(targets, number, &kept));
                    let asked = out.iter().zip(numbers_of(targets, number, &out));
                    asked.map(|(&at, y)| (ridge.at(&found, known[at]) - y).powi(2)).sum()
                };
                (0..count_of(targets)).map(number).sum::<f64>()
            };
            (0..FOLDS).map(fold).sum()
        };
        lambdas.iter().map(|&lambda| (lambda, error(lambda))).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// What ridge regression by the `known` rows says of the `asked` ones: of each its numbers.
    pub(super) fn said_of<T: AsRef<[f32]>>(
        &self,
        known: &[usize],
        targets: &[T],
        lambda: f64,
        asked: &[usize],
    ) -> Vec<Vec<f64>> {
        let all: Vec<usize> = (0..known.len()).collect();
        let ridge = self.products.ridge(known, lambda);
        let mut said = vec![Vec::with_capacity(count_of(targets)); asked.len()];
        for number in 0..count_of(targets) {
            let found = ridge.solved(&numbers_of(targets, number, &all));
            said.iter_mut().zip(asked).for_each(|(said, &row)| said.push(ridge.at(&found, row)));
        }
        said
    }

    /// `x·x'` of two rows, standardised.
    pub(super) fn product(&self, one: usize, other: usize) -> f64 {
        self.products.values[one * self.products.count + other]
    }

    /// Of all these rows.
    pub(super) fn fit<T: AsRef<[f32]>>(&self, known: &[usize], targets: &[T], lambda: f64) -> RidgeFit {
        let all: Vec<usize> = (0..known.len()).collect();
        let ridge = self.products.ridge(known, lambda);
        let one = |number: usize| {
            let (weight, bias) = ridge.weights(&ridge.solved(&numbers_of(targets, number, &all)), &self.rows);
            self.standard.undone(&weight, bias)
        };
        RidgeFit { numbers: (0..count_of(targets)).map(one).collect() }
    }
}

fn count_of<T: AsRef<[f32]>>(targets: &[T]) -> usize {
    targets.first().map_or(0, |target| target.as_ref().len())
}

fn numbers_of<T: AsRef<[f32]>>(targets: &[T], number: usize, places: &[usize]) -> Vec<f64> {
    places.iter().map(|&at| f64::from(targets[at].as_ref()[number])).collect()
}

fn rows_of(known: &[usize], places: &[usize]) -> Vec<usize> {
    places.iter().map(|&at| known[at]).collect()
}

/// `x·x'` of all rows.
struct Products {
    count: usize,
    values: Vec<f64>,
}

impl Products {
    fn of(rows: &FeatureTable) -> Self {
        let count = rows.rows();
        let mut values = vec![0.0; count * count];
        for one in 0..count {
            for other in 0..=one {
                let pairs = rows.row(one).iter().zip(rows.row(other));
                let product: f64 = pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                (values[one * count + other], values[other * count + one]) = (product, product);
            }
        }
        Self { count, values }
    }

    /// `min Σ (y - w·x - b)² + λ ‖w‖²` over `w` and `b` of these rows: `w = Σ a x` with `(K + λ) a = y - ȳ`, `K` the products of centred rows.
    fn ridge(&self, rows: &[usize], lambda: f64) -> Ridge<'_> {
        let count = rows.len() as f64;
        let of = |one: usize, other: usize| self.values[one * self.count + other];
        // The mean product of each of all rows with these, and the mean of these means.
        let means: Vec<f64> =
            (0..self.count).map(|one| rows.iter().map(|&other| of(one, other)).sum::<f64>() / count).collect();
        let whole = rows.iter().map(|&at| means[at]).sum::<f64>() / count;
        let side = rows.len();
        let mut factor = vec![0.0; side * side];
        for one in 0..side {
            for other in 0..=one {
                let (a, b) = (rows[one], rows[other]);
                let centred = of(a, b) - means[a] - means[b] + whole;
                let value = centred + if one == other { lambda } else { 0.0 };
                let (above, here) = (&factor[other * side..][..other], &factor[one * side..][..other]);
                let left = value - above.iter().zip(here).map(|(a, b)| a * b).sum::<f64>();
                factor[one * side + other] =
                    if one == other { left.max(f64::MIN_POSITIVE).sqrt() } else { left / factor[other * side + other] };
            }
        }
        Ridge { products: self, rows: rows.to_vec(), means, whole, factor }
    }
}

/// With Cholesky's factor of `K + λ`, by rows.
struct Ridge<'a> {
    products: &'a Products,
    rows: Vec<usize>,
    means: Vec<f64>,
    whole: f64,
    factor: Vec<f64>,
}

/// What each row counts, and the mean of what is to be found.
struct Dual {
    counts: Vec<f64>,
    mean: f64,
}

impl Ridge<'_> {
    fn solved(&self, target: &[f64]) -> Dual {
        let side = self.rows.len();
        let mean = target.iter().sum::<f64>() / side as f64;
        let mut counts: Vec<f64> = target.iter().map(|y| y - mean).collect();
        for one in 0..side {
            let (known, rest) = counts.split_at_mut(one);
            let row = &self.factor[one * side..];
            let sum: f64 = row.iter().zip(known).map(|(l, x)| l * *x).sum();
            rest[0] = (rest[0] - sum) / row[one];
        }
        for one in (0..side).rev() {
            let sum: f64 = (one + 1..side).map(|other| self.factor[other * side + one] * counts[other]).sum();
            counts[one] = (counts[one] - sum) / self.factor[one * side + one];
        }
        Dual { counts, mean }
    }

    /// What is found for any of all rows.
    fn at(&self, found: &Dual, row: usize) -> f64 {
        let product = |(&at, count): (&usize, &f64)| {
            let of = self.products.values[row * self.products.count + at];
            count * (of - self.means[row] - self.means[at] + self.whole)
        };
        found.mean + self.rows.iter().zip(&found.counts).map(product).sum::<f64>()
    }

    /// `w` and `b`.
    fn weights(&self, found: &Dual, rows: &FeatureTable) -> (Vec<f64>, f64) {
        let (columns, count) = (rows.columns(), self.rows.len() as f64);
        let (mut weight, mut mean) = (vec![0.0; columns], vec![0.0; columns]);
        // The counts' sum is 0, so that centring changes nothing.
        for (&at, by) in self.rows.iter().zip(&found.counts) {
            for ((w, m), x) in weight.iter_mut().zip(&mut mean).zip(rows.row(at)) {
                *w += by * f64::from(*x);
                *m += f64::from(*x) / count;
            }
        }
        let bias = found.mean - weight.iter().zip(&mean).map(|(w, m)| w * m).sum::<f64>();
        (weight, bias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::linear::unit;

    fn numbers(count: usize, salt: u32) -> Vec<f32> {
        (0..count as u32).map(|at| unit(31 * at + salt) - 0.5).collect()
    }

    /// Where the gradient of the objective, reckoned from its definition, is nothing.
    #[test]
    fn ridge_is_at_its_least() {
        for (rows, columns) in [(12, 5), (6, 20)] {
            let table: Vec<Vec<f32>> = (0..rows).map(|at| numbers(columns, 1000 * at as u32)).collect();
            let target: Vec<f64> = numbers(rows, 77).into_iter().map(f64::from).collect();
            let all: Vec<usize> = (0..rows).collect();
            let features = FeatureTable::from_rows(&table);
            let products = Products::of(&features);
            let ridge = products.ridge(&all, 0.3);
            let found = ridge.solved(&target);
            let (weight, bias) = ridge.weights(&found, &features);
            let error = |at: usize| {
                target[at] - bias - table[at].iter().zip(&weight).map(|(x, w)| f64::from(*x) * w).sum::<f64>()
            };
            assert!((0..rows).map(error).sum::<f64>().abs() < 1e-9);
            for column in 0..columns {
                let slope: f64 = (0..rows).map(|at| -2.0 * error(at) * f64::from(table[at][column])).sum();
                assert!((slope + 2.0 * 0.3 * weight[column]).abs() < 1e-8, "{column}");
            }
            for (at, y) in target.iter().enumerate() {
                assert!((y - error(at) - ridge.at(&found, at)).abs() < 1e-9, "{at}");
            }
        }
    }

    /// Features that say what is asked, of some rows; others are not looked at.
    #[test]
    fn what_features_say_is_learnt_and_noise_is_not() {
        let table: Vec<Vec<f32>> = (0..60).map(|at| numbers(4, 1000 * at)).collect();
        let rows = RidgeRows::of(&FeatureTable::from_rows(&table));
        let known: Vec<usize> = (0..60).filter(|at| at % 3 > 0).collect();
        let asked = |row: &[f32]| [2.0 * row[0] - row[2] + 0.5, row[1]];
        let targets: Vec<[f32; 2]> = known.iter().map(|&at| asked(&table[at])).collect();
        let (lambda, error) = rows.best(&known, &targets, |row| row, &[0.01, 1.0]).unwrap();
        assert!(lambda == 0.01 && error < 0.01 * known.len() as f64, "{lambda} {error}");
        let fit = rows.fit(&known, &targets, lambda);
        for row in table.iter().step_by(3) {
            for (said, asked) in fit.said(row).zip(asked(row)) {
                assert!((said - asked).abs() < 0.1, "{said} {asked}");
            }
        }
        let noise: Vec<Vec<f32>> = (0..60).map(|at| numbers(2, 70_000 + 911 * at)).collect();
        let all: Vec<usize> = (0..60).collect();
        let (lambda, _) = rows.best(&all, &noise, |row| row, &[1.0, 1000.0]).unwrap();
        assert_eq!(lambda, 1000.0);
        assert!(rows.fit(&all, &noise, lambda).said(&table[0]).all(|said| said.abs() < 0.2));
    }
}
