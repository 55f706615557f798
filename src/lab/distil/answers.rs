//! Logits of a whole part of the data, kept on the host: errors are counted, and a class's bias is corrected, without asking
//! the network again.

use crate::protocol::BiasPoint;

/// Logits row by row, with what is right.
pub struct Answers {
    logits: Vec<f32>,
    labels: Vec<u32>,
    classes: usize,
}

impl Answers {
    /// `logits [labels, classes]`
    pub fn new(logits: Vec<f32>, labels: &[u32], classes: usize) -> Self {
        debug_assert_eq!(logits.len(), labels.len() * classes);
        Self { logits, labels: labels.to_vec(), classes: classes.max(1) }
    }

    /// Errors of all, and on the pictures of `class`, with `bias` added to that class's logit.
    pub fn at(&self, class: u32, bias: f32) -> BiasPoint {
        let (mut errors, mut of_class) = (0, 0);
        for (row, &label) in self.logits.chunks_exact(self.classes).zip(&self.labels) {
            let corrected = |k: usize| row[k] + if k as u32 == class { bias } else { 0.0 };
            let guess = (1..self.classes).fold(0, |best, k| if corrected(k) > corrected(best) { k } else { best });
            let wrong = guess as u32 != label;
            errors += u32::from(wrong);
            of_class += u32::from(wrong && label == class);
        }
        BiasPoint { bias, errors, of_class }
    }

    /// [`Self::at`] for `steps + 1` corrections from 0 to `most`.
    pub fn curve(&self, class: u32, most: f32, steps: u16) -> Vec<BiasPoint> {
        (0..=steps).map(|step| self.at(class, most * f32::from(step) / f32::from(steps.max(1)))).collect()
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.logits[row * self.classes..][..self.classes]
    }

    /// Rows worth a look, in order: the first of each class, and, up to `count` in all, those with the smallest distance
    /// between the two largest logits.
    pub fn telling(&self, count: usize) -> Vec<usize> {
        let first = |class: usize| self.labels.iter().position(|&label| label as usize == class);
        let mut chosen: Vec<usize> = (0..self.classes).filter_map(first).take(count).collect();
        let margin = |row: usize| {
            let (mut best, mut second) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
            for &logit in self.row(row) {
                if logit > best {
                    (best, second) = (logit, best);
                } else {
                    second = second.max(logit);
                }
            }
            best - second
        };
        let mut rest: Vec<usize> = (0..self.labels.len()).filter(|row| !chosen.contains(row)).collect();
        rest.sort_by(|&a, &b| margin(a).total_cmp(&margin(b)));
        let left = count.saturating_sub(chosen.len());
        chosen.extend(rest.into_iter().take(left));
        chosen.sort_unstable();
        chosen
    }

    pub fn count(&self, class: u32) -> u32 {
        self.labels.iter().filter(|&&label| label == class).count() as u32
    }
}

/// The point with the fewest errors, the first of equals.
pub fn best(curve: &[BiasPoint]) -> Option<BiasPoint> {
    curve.iter().copied().min_by_key(|point| point.errors)
}
