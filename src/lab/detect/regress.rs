//! What moves a region onto the thing in it, by what a network makes of the region (Girshick et al. 2014, appendix C): ridge regression of
//! the four numbers that make a box of a region, of features by places.
//!
//! The paper has one for each class, of thousands of regions, and λ = 1000 by a validation set. Here is one for all classes, for a drawn set
//! has few regions of each, and λ is that of several which errs least on pictures that were left out; where none errs less than not moving at
//! all, nothing moves.

use super::anchors::{decoded_box, encoded};
use crate::lab::transfer::{FeatureTable, Standardise};
use crate::protocol::BoxCorners;

/// What the squares of weights may count beside those of errors, where rows of features have a mean square of 1.
const LAMBDAS: [f64; 5] = [1.0, 10.0, 100.0, 1000.0, 10_000.0];
const FOLDS: usize = 5;
/// From so many regions on.
const LEAST: usize = 10;

/// A region that covers a thing, and that thing.
#[derive(Clone, Copy)]
pub(super) struct CoveringRegion {
    pub(super) region: BoxCorners,
    pub(super) thing: BoxCorners,
    /// The number of their picture.
    pub(super) picture: usize,
}

pub(super) struct BoxRegression {
    numbers: [(Vec<f64>, f64); 4],
}

impl BoxRegression {
    /// `rows` are features of these regions. None of few, of none that say where, and where it would not help.
    pub(super) fn learnt(rows: &FeatureTable, pairs: &[CoveringRegion]) -> Option<Self> {
        if pairs.len() < LEAST || rows.columns() == 0 {
            return None;
        }
        let standard = Standardise::of(rows);
        let rows = &standard.table(rows);
        let targets: Vec<[f32; 4]> = pairs.iter().map(|pair| encoded(pair.region, pair.thing)).collect();
        let products = Products::of(rows);
        let of = |number: usize, places: &[usize]| -> Vec<f64> {
            places.iter().map(|&at| f64::from(targets[at][number])).collect()
        };
        let error = |lambda: f64| -> f64 {
            let fold = |fold: usize| {
                let is_out = |at: &usize| pairs[*at].picture % FOLDS == fold;
                let (out, kept): (Vec<usize>, Vec<usize>) = (0..pairs.len()).partition(is_out);
                if out.is_empty() || kept.is_empty() {
                    return 0.0;
                }
                let ridge = products.ridge(&kept, lambda);
                let number = |number: usize| -> f64 {
                    let found = ridge.solved(&of(number, &kept));
                    let asked = out.iter().zip(of(number, &out));
                    asked.map(|(&at, y)| (ridge.at(&found, at) - y).powi(2)).sum()
                };
                (0..4).map(number).sum::<f64>()
            };
            (0..FOLDS).map(fold).sum()
        };
        let still: f64 = targets.iter().flatten().map(|number| f64::from(*number).powi(2)).sum();
        let errors = LAMBDAS.map(|lambda| (lambda, error(lambda)));
        let (lambda, least) = errors.into_iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let all: Vec<usize> = (0..pairs.len()).collect();
        let ridge = products.ridge(&all, lambda);
        let one = |number: usize| {
            let (weight, bias) = ridge.weights(&ridge.solved(&of(number, &all)), rows);
            standard.undone(&weight, bias)
        };
        (least < still).then(|| Self { numbers: std::array::from_fn(one) })
    }

    /// The region, moved.
    pub(super) fn moved(&self, region: BoxCorners, row: &[f32]) -> BoxCorners {
        decoded_box(region, std::array::from_fn(|at| value(&self.numbers[at], row) as f32))
    }
}

fn value((weight, bias): &(Vec<f64>, f64), row: &[f32]) -> f64 {
    weight.iter().zip(row).map(|(w, x)| w * f64::from(*x)).sum::<f64>() + bias
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

    /// Regions whose features say where the thing is.
    #[test]
    fn regions_move_onto_things() {
        let (mut rows, mut pairs) = (Vec::new(), Vec::new());
        for at in 0..60_u32 {
            let [dx, dy] = [0, 1].map(|k| 20.0 * (unit(7 * at + k) - 0.5));
            let thing = [50.0, 40.0, 110.0, 90.0];
            let region = [50.0 + dx, 40.0 + dy, 110.0 + dx, 90.0 + dy];
            pairs.push(CoveringRegion { region, thing, picture: at as usize / 2 });
            rows.push(vec![dx, dy, unit(9000 + at)]);
        }
        let table = FeatureTable::from_rows(&rows);
        let learnt = BoxRegression::learnt(&table, &pairs).unwrap();
        let off =
            |corners: BoxCorners, thing: BoxCorners| corners.iter().zip(thing).map(|(a, b)| (a - b).abs()).sum::<f32>();
        let [before, after] = pairs.iter().zip(&rows).fold([0.0; 2], |[before, after], (pair, row)| {
            [before + off(pair.region, pair.thing), after + off(learnt.moved(pair.region, row), pair.thing)]
        });
        assert!(after < 0.1 * before, "{before} {after}");
        assert!(BoxRegression::learnt(&table, &pairs[..3]).is_none());
        // Features that say nothing move nothing.
        let blind: Vec<Vec<f32>> = (0..60).map(|at| numbers(3, 5000 + 97 * at)).collect();
        let blind = FeatureTable::from_rows(&blind);
        if let Some(learnt) = BoxRegression::learnt(&blind, &pairs) {
            let moved = learnt.moved(pairs[0].region, &[0.0; 3]);
            assert!(off(moved, pairs[0].region) < 12.0, "{moved:?}");
        }
    }
}
