//! How well the responses of a layer tell classes apart: by the nearest mean of a class. Of any number of pictures only the means of
//! classes are kept.

use crate::data::dataset::Dataset;
use crate::lab::LabError;

/// Pictures of a set, the classes taking turns.
pub(super) struct ChosenPictures {
    /// Of which the means are.
    pub(super) known: Vec<usize>,
    /// Which are told apart.
    pub(super) tested: Vec<usize>,
}

/// Every other picture of a class is tested.
pub(super) fn chosen(data: &Dataset, most: usize) -> Result<ChosenPictures, LabError> {
    let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); data.classes.len()];
    for (at, &label) in data.labels.iter().enumerate() {
        of_class[label as usize].push(at);
    }
    let (mut known, mut tested) = (Vec::new(), Vec::new());
    let rounds = of_class.iter().map(Vec::len).max().unwrap_or_default();
    let in_turn = (0..rounds).flat_map(|round| of_class.iter().map(move |all| (round, all.get(round).copied())));
    for (round, at) in in_turn.filter_map(|(round, at)| Some((round, at?))).take(most) {
        if round % 2 == 0 { known.push(at) } else { tested.push(at) }
    }
    let mut classes: Vec<u32> = known.iter().map(|&at| data.labels[at]).collect();
    classes.sort_unstable();
    classes.dedup();
    let (name, all, several) = (&data.name, known.len() + tested.len(), classes.len());
    ensure!(
        several > 1 && !tested.is_empty(),
        "{all} pictures of {name} tell no classes apart, which takes two of each; choose more"
    );
    Ok(ChosenPictures { known, tested })
}

/// Of the responses of one layer, while they come.
pub(super) struct ClassSums {
    /// Class by class.
    sums: Vec<f64>,
    counts: Vec<u32>,
    squares: f64,
    len: usize,
}

/// The means of classes.
pub(super) struct ClassMeans {
    /// Each with its class and its own squares.
    means: Vec<(u32, Vec<f32>, f64)>,
    /// The squared distance that two different pictures have on the average.
    pub(super) apart: f64,
}

/// What is found of one response.
pub(super) struct NearestMean {
    pub(super) class: u32,
    /// Squared distance to the mean of its own class, and on the average to those of others.
    pub(super) own: f64,
    pub(super) others: f64,
}

impl ClassSums {
    pub(super) fn new(classes: usize, len: usize) -> Self {
        Self { sums: vec![0.0; classes * len], counts: vec![0; classes], squares: 0.0, len }
    }

    pub(super) fn add(&mut self, response: &[f32], class: u32) {
        let sums = &mut self.sums[class as usize * self.len..][..self.len];
        for (sum, &value) in sums.iter_mut().zip(response) {
            *sum += f64::from(value);
            self.squares += f64::from(value).powi(2);
        }
        self.counts[class as usize] += 1;
    }

    pub(super) fn means(&self) -> ClassMeans {
        let sums = || self.sums.chunks_exact(self.len.max(1)).zip(&self.counts).zip(0..);
        let means = sums().filter(|((_, count), _)| **count > 0).map(|((sums, &count), class)| {
            let mean: Vec<f32> = sums.iter().map(|sum| (sum / f64::from(count)) as f32).collect();
            let squares = mean.iter().map(|value| f64::from(*value).powi(2)).sum();
            (class, mean, squares)
        });
        let count: f64 = self.counts.iter().map(|&count| f64::from(count)).sum();
        let whole = (0..self.len).map(|at| sums().map(|((sums, _), _)| sums[at]).sum::<f64>() / count);
        let variance = self.squares / count - whole.map(|mean| mean * mean).sum::<f64>();
        // Of two different ones: without the share in which one is compared with itself.
        ClassMeans { means: means.collect(), apart: 2.0 * variance.max(0.0) * count / (count - 1.0).max(1.0) }
    }
}

impl ClassMeans {
    /// `None` where the means hold no other class than its own.
    pub(super) fn nearest(&self, response: &[f32], class: u32) -> Option<NearestMean> {
        let squares = dot(response, response);
        let away = |mean: &[f32], its: f64| (squares - 2.0 * dot(response, mean) + its).max(0.0);
        let all: Vec<(u32, f64)> = self.means.iter().map(|(of, mean, its)| (*of, away(mean, *its))).collect();
        let (nearest, _) = all.iter().copied().reduce(|best, other| if other.1 < best.1 { other } else { best })?;
        let own = all.iter().find(|(of, _)| *of == class).map(|(_, away)| *away)?;
        let others = all.iter().filter(|(of, _)| *of != class).map(|(_, away)| *away);
        let count = others.clone().count();
        (count > 0).then(|| NearestMean { class: nearest, own, others: others.sum::<f64>() / count as f64 })
    }
}

/// In eight sums, which the processor adds up side by side.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    const SIDE_BY_SIDE: usize = 8;
    /// So many products are added up in single precision.
    const BLOCK: usize = 1024;
    let of_block = |(a, b): (&[f32], &[f32])| {
        let mut sums = [0.0_f32; SIDE_BY_SIDE];
        let (a, b) = (a.chunks_exact(SIDE_BY_SIDE), b.chunks_exact(SIDE_BY_SIDE));
        let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
        for (a, b) in a.zip(b) {
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum += a[at] * b[at];
            }
        }
        f64::from(sums.iter().sum::<f32>() + rest)
    };
    a.chunks(BLOCK).zip(b.chunks(BLOCK)).map(of_block).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::procedural::{Recipe, Set};

    #[test]
    fn the_nearest_mean_is_found_as_by_hand() {
        let rows = [([0.0, 1.0], 0), ([2.0, 1.0], 0), ([0.0, 5.0], 2), ([0.0, 7.0], 2)];
        let mut sums = ClassSums::new(3, 2);
        rows.iter().for_each(|(row, class)| sums.add(row, *class));
        let means = sums.means();
        // The means are (1, 1) and (0, 6); class 1 has no picture.
        let found = means.nearest(&[2.0, 2.0], 0).unwrap();
        assert_eq!((found.class, found.own, found.others), (0, 2.0, 20.0));
        assert_eq!(means.nearest(&[0.0, 4.0], 0).unwrap().class, 2);
        assert!(means.nearest(&[0.0, 4.0], 1).is_none());
        let pairs = (0..4).flat_map(|a| (0..4).filter(move |b| *b != a).map(move |b| (a, b)));
        let away =
            |(a, b): (usize, usize)| (0..2).map(|at| f64::from(rows[a].0[at] - rows[b].0[at]).powi(2)).sum::<f64>();
        let mean = pairs.map(away).sum::<f64>() / 12.0;
        assert!((means.apart - mean).abs() < 1e-12, "{} {mean}", means.apart);
    }

    #[test]
    fn classes_take_turns() {
        let data = Set::find("digits").unwrap().draw(&Recipe { count: 60, ..Recipe::default() }).unwrap();
        let ChosenPictures { known, tested } = chosen(&data, 40).unwrap();
        for class in 0..10 {
            let count = |of: &[usize]| of.iter().filter(|&&at| data.labels[at] == class).count();
            assert_eq!([count(&known), count(&tested)], [2, 2]);
        }
        assert!(known.iter().all(|at| !tested.contains(at)));
        assert!(chosen(&data, 10).is_err());
        let long: Vec<f32> = (0..3001).map(|at| (at as f32 * 0.37).sin()).collect();
        let plain: f64 = long.iter().map(|value| f64::from(*value).powi(2)).sum();
        assert!((dot(&long, &long) - plain).abs() < 1e-4);
    }
}
