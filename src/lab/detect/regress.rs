//! What moves a region onto the thing in it, by what a network makes of the region (Girshick et al. 2014, appendix C): ridge regression of
//! the four numbers that make a box of a region, for each class by itself.

use super::anchors::{decoded_box, encoded};
use crate::lab::transfer::{FeatureTable, Standardise};
use crate::protocol::BoxCorners;

/// What the squares of weights count beside those of errors. The paper has 1000 for features of another size; here rows of features have a
/// mean square of 1.
const LAMBDA: f64 = 1.0;
/// From so many examples on.
const LEAST: usize = 4;
const STEPS: usize = 200;
/// Of the residual, over what it was at first.
const EXACT: f64 = 1e-10;

/// Of one class.
pub(super) struct BoxRegression {
    numbers: [(Vec<f64>, f64); 4],
}

impl BoxRegression {
    /// `rows` are standardised features of regions, `pairs` each region with the thing that it covers. None of few examples.
    pub(super) fn learnt(rows: &FeatureTable, pairs: &[(BoxCorners, BoxCorners)], standard: &Standardise) -> Option<Self> {
        if pairs.len() < LEAST {
            return None;
        }
        let targets: Vec<[f32; 4]> = pairs.iter().map(|(region, thing)| encoded(*region, *thing)).collect();
        let one = |number: usize| {
            let target: Vec<f64> = targets.iter().map(|of| f64::from(of[number])).collect();
            let (weight, bias) = ridge(rows, &target, LAMBDA);
            standard.undone(&weight, bias)
        };
        Some(Self { numbers: std::array::from_fn(one) })
    }

    /// The region, moved.
    pub(super) fn moved(&self, region: BoxCorners, row: &[f32]) -> BoxCorners {
        let number = |(weight, bias): &(Vec<f64>, f64)| {
            (weight.iter().zip(row).map(|(w, x)| w * f64::from(*x)).sum::<f64>() + bias) as f32
        };
        decoded_box(region, std::array::from_fn(|at| number(&self.numbers[at])))
    }
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
            pairs.push(([50.0 + dx, 40.0 + dy, 110.0 + dx, 90.0 + dy], thing));
            rows.push(vec![dx, dy, unit(9000 + at)]);
        }
        let table = FeatureTable::from_rows(&rows);
        let standard = Standardise::of(&table);
        let learnt = BoxRegression::learnt(&standard.table(&table), &pairs, &standard).unwrap();
        let off = |corners: BoxCorners, thing: BoxCorners| {
            corners.iter().zip(thing).map(|(a, b)| (a - b).abs()).sum::<f32>()
        };
        let [before, after] = pairs.iter().zip(&rows).fold([0.0; 2], |[before, after], ((region, thing), row)| {
            [before + off(*region, *thing), after + off(learnt.moved(*region, row), *thing)]
        });
        assert!(after < 0.1 * before, "{before} {after}");
        assert!(BoxRegression::learnt(&standard.table(&table), &pairs[..3], &standard).is_none());
    }
}
