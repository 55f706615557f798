//! What moves a region onto the thing in it, by what a network makes of the region (Girshick et al. 2014, appendix C): ridge regression of
//! the four numbers that make a box of a region, of features by places.
//!
//! The paper has one for each class, of thousands of regions, and λ = 1000 by a validation set. Here is one for all classes, for a drawn set
//! has few regions of each; where it errs no less than not moving on pictures that were left out, nothing moves.

use super::anchors::{decoded_box, encoded};
use crate::lab::FeatureTable;
use crate::lab::ridge::{RidgeFit, RidgeRows};
use crate::protocol::BoxCorners;

/// What the squares of weights may count.
const LAMBDAS: [f64; 5] = [1.0, 10.0, 100.0, 1000.0, 10_000.0];
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

pub(super) struct BoxRegression(RidgeFit);

impl BoxRegression {
    /// `rows` are features of these regions. None of few, of none that say where, and where it would not help.
    pub(super) fn learnt(rows: &FeatureTable, pairs: &[CoveringRegion]) -> Option<Self> {
        if pairs.len() < LEAST || rows.columns() == 0 {
            return None;
        }
        let targets: Vec<[f32; 4]> = pairs.iter().map(|pair| encoded(pair.region, pair.thing)).collect();
        let all: Vec<usize> = (0..pairs.len()).collect();
        let rows = RidgeRows::of(rows);
        let (lambda, error) = rows.best(&all, &targets, |row| pairs[row].picture, &LAMBDAS)?;
        let still: f64 = targets.iter().flatten().map(|number| f64::from(*number).powi(2)).sum();
        (error < still).then(|| Self(rows.fit(&all, &targets, lambda)))
    }

    /// The region, moved.
    pub(super) fn moved(&self, region: BoxCorners, row: &[f32]) -> BoxCorners {
        let mut by = [0.0; 4];
        by.iter_mut().zip(self.0.said(row)).for_each(|(by, said)| *by = said);
        decoded_box(region, by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::linear::unit;

    fn numbers(count: usize, salt: u32) -> Vec<f32> {
        (0..count as u32).map(|at| unit(31 * at + salt) - 0.5).collect()
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
