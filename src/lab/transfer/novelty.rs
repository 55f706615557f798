//! Whether a picture is of none of the classes: its features are farther from all that were learnt from than those of pictures that were
//! held out are (Sun, Ming, Zhu & Li, "Out-of-distribution detection with deep nearest neighbors", 2022, with the nearest one).

use crate::lab::table::{FeatureTable, dot, square_distance};

/// So many of the pictures that were held out are known again.
const KNOWN: f64 = 0.95;

/// What was learnt from, and how near a picture of these classes is to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Novelty {
    /// Rows of length one.
    pub examples: FeatureTable,
    /// A picture that is farther than this from all of them is of none of the classes.
    pub limit: f64,
}

impl Novelty {
    /// Calibrated on these pictures: each is held against those that are not in its fold.
    pub fn of(table: &FeatureTable, folds: &[usize]) -> Self {
        let examples = unit(table);
        let nearest = |at: usize| {
            let others = (0..examples.rows()).filter(|&other| folds[other] != folds[at]);
            others.map(|other| square_distance(examples.row(at), examples.row(other))).fold(f64::INFINITY, f64::min)
        };
        let mut all: Vec<f64> = (0..examples.rows()).map(|at| nearest(at).sqrt()).collect();
        all.sort_by(f64::total_cmp);
        let place = (KNOWN * all.len() as f64).ceil() as usize;
        let limit = all.get(place.saturating_sub(1)).copied().filter(|limit| limit.is_finite()).unwrap_or(2.0);
        Self { examples, limit }
    }

    /// From the nearest example: from 0, in the same direction, to 2, in the opposite one.
    pub fn distance(&self, row: &[f32]) -> f64 {
        let row = unit(&FeatureTable::from_rows(&[row]));
        let all = self.examples.iter().map(|example| square_distance(example, row.row(0)));
        all.fold(f64::INFINITY, f64::min).sqrt()
    }

    pub fn is_none(&self, row: &[f32]) -> bool {
        self.distance(row) > self.limit
    }
}

/// Each row with length one; one of nothing stays.
fn unit(table: &FeatureTable) -> FeatureTable {
    let scaled = |row: &[f32]| -> Vec<f32> {
        let length = dot(row, row).sqrt().max(f64::MIN_POSITIVE);
        row.iter().map(|&x| (f64::from(x) / length) as f32).collect()
    };
    FeatureTable::from_rows(&table.iter().map(scaled).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_another_direction_is_none() {
        // Two fans of directions, 40 in each; lengths make no difference.
        let at = |angle: f32, length: f32| [length * angle.cos(), length * angle.sin()];
        let rows: Vec<[f32; 2]> =
            (0..80).map(|n| at((n % 2) as f32 * 1.2 + (n / 2) as f32 * 0.005, 1.0 + (n % 7) as f32)).collect();
        let folds: Vec<usize> = (0..80).map(|n| n / 2 % 5).collect();
        let novelty = Novelty::of(&FeatureTable::from_rows(&rows), &folds);
        let kept = rows.iter().filter(|row| !novelty.is_none(*row)).count();
        assert_eq!(kept, 80);
        assert!((0.004..0.02).contains(&novelty.limit), "{}", novelty.limit);
        assert!(novelty.is_none(&at(0.7, 3.0)) && novelty.is_none(&at(-2.0, 1.0)));
        assert!(!novelty.is_none(&at(0.101, 50.0)));
        // The nearest is the one at 0, and 2 sin((2π - 4.34) / 2) away.
        assert!((novelty.distance(&at(1.2 + std::f32::consts::PI, 1.0)) - 1.651).abs() < 1e-2);
    }
}
