//! What moves a region onto the thing in it, by what a network makes of the region (Girshick et al. 2014, appendix C): ridge regression of
//! the four numbers that make a box of a region.
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
const STEPS: usize = 200;
/// Of the residual, over what it was at first.
const EXACT: f64 = 1e-10;

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
    /// `rows` are standardised features of these regions. None of few, and where it would not help.
    pub(super) fn learnt(rows: &FeatureTable, pairs: &[CoveringRegion], standard: &Standardise) -> Option<Self> {
        if pairs.len() < LEAST {
            return None;
        }
        let targets: Vec<[f32; 4]> = pairs.iter().map(|pair| encoded(pair.region, pair.thing)).collect();
        let of = |number: usize, places: &[usize]| -> Vec<f64> {
            places.iter().map(|&at| f64::from(targets[at][number])).collect()
        };
        let error = |lambda: f64| -> f64 {
            let fold = |fold: usize| {
                let (out, kept): (Vec<usize>, Vec<usize>) = (0..pairs.len()).partition(|&at| pairs[at].picture % FOLDS == fold);
                if out.is_empty() || kept.is_empty() {
                    return 0.0;
                }
                let (learnt, asked) = (rows.picked(&kept), rows.picked(&out));
                let number = |number: usize| -> f64 {
                    let found = ridge(&learnt, &of(number, &kept), lambda);
                    asked.iter().zip(of(number, &out)).map(|(row, y)| (value(&found, row) - y).powi(2)).sum()
                };
                (0..4).map(number).sum::<f64>()
            };
            (0..FOLDS).map(fold).sum()
        };
        let still: f64 = targets.iter().flatten().map(|number| f64::from(*number).powi(2)).sum();
        let errors = LAMBDAS.map(|lambda| (lambda, error(lambda)));
        let (lambda, least) = errors.into_iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let all: Vec<usize> = (0..pairs.len()).collect();
        let one = |number: usize| {
            let (weight, bias) = ridge(rows, &of(number, &all), lambda);
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

/// `min Σ (y - w·x - b)² + λ ‖w‖²` over `w` and `b`, by conjugate gradients on the normal equations (Hestenes & Stiefel 1952).
fn ridge(rows: &FeatureTable, target: &[f64], lambda: f64) -> (Vec<f64>, f64) {
    let (count, columns) = (rows.rows() as f64, rows.columns());
    let mut mean = vec![0.0; columns];
    rows.iter().for_each(|row| mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x) / count));
    let middle = target.iter().sum::<f64>() / count;
    let centred: Vec<Vec<f64>> =
        rows.iter().map(|row| row.iter().zip(&mean).map(|(x, mean)| f64::from(*x) - mean).collect()).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    // X'v
    let across = |values: &[f64]| {
        let mut sum = vec![0.0; columns];
        for (row, value) in centred.iter().zip(values) {
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += value * x);
        }
        sum
    };
    let normal = |w: &[f64]| {
        let along: Vec<f64> = centred.iter().map(|row| dot(row, w)).collect();
        let mut found = across(&along);
        found.iter_mut().zip(w).for_each(|(found, w)| *found += lambda * w);
        found
    };
    let mut weight = vec![0.0; columns];
    let mut residual = across(&target.iter().map(|y| y - middle).collect::<Vec<_>>());
    let mut way = residual.clone();
    let first = dot(&residual, &residual);
    let mut size = first;
    for _ in 0..STEPS {
        if size <= EXACT * EXACT * first {
            break;
        }
        let ahead = normal(&way);
        let step = size / dot(&way, &ahead);
        weight.iter_mut().zip(&way).for_each(|(w, d)| *w += step * d);
        residual.iter_mut().zip(&ahead).for_each(|(r, a)| *r -= step * a);
        let next = dot(&residual, &residual);
        way.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + next / size * *d);
        size = next;
    }
    let bias = middle - dot(&weight, &mean);
    (weight, bias)
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
            let (weight, bias) = ridge(&FeatureTable::from_rows(&table), &target, 0.3);
            let error = |at: usize| {
                target[at] - bias - table[at].iter().zip(&weight).map(|(x, w)| f64::from(*x) * w).sum::<f64>()
            };
            assert!((0..rows).map(error).sum::<f64>().abs() < 1e-9);
            for column in 0..columns {
                let slope: f64 = (0..rows).map(|at| -2.0 * error(at) * f64::from(table[at][column])).sum();
                assert!((slope + 2.0 * 0.3 * weight[column]).abs() < 1e-8, "{column}");
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
        let standard = Standardise::of(&table);
        let learnt = BoxRegression::learnt(&standard.table(&table), &pairs, &standard).unwrap();
        let off = |corners: BoxCorners, thing: BoxCorners| {
            corners.iter().zip(thing).map(|(a, b)| (a - b).abs()).sum::<f32>()
        };
        let [before, after] = pairs.iter().zip(&rows).fold([0.0; 2], |[before, after], (pair, row)| {
            [before + off(pair.region, pair.thing), after + off(learnt.moved(pair.region, row), pair.thing)]
        });
        assert!(after < 0.1 * before, "{before} {after}");
        assert!(BoxRegression::learnt(&standard.table(&table), &pairs[..3], &standard).is_none());
        // Features that say nothing move nothing.
        let blind: Vec<Vec<f32>> = (0..60).map(|at| numbers(3, 5000 + 97 * at)).collect();
        let blind = FeatureTable::from_rows(&blind);
        let standard = Standardise::of(&blind);
        if let Some(learnt) = BoxRegression::learnt(&standard.table(&blind), &pairs, &standard) {
            let moved = learnt.moved(pairs[0].region, &[0.0; 3]);
            assert!(off(moved, pairs[0].region) < 12.0, "{moved:?}");
        }
    }
}
