//! What a student learns from: some of the examples that the teacher has answered.

use super::super::LabError;
use crate::data::dataset::{Dataset, Examples, Part, Split};
use crate::graph::Host;
use candle_core::Device;
use std::rc::Rc;

/// The transfer set, as a data set of its own; validation and test are those of the whole.
pub struct TransferSet {
    pub data: Rc<Dataset>,
    /// Which examples of the whole its part for training has, in order.
    rows: Vec<usize>,
}

impl TransferSet {
    /// The first `count` examples for training (all, without) that are not of the class `omit`.
    pub fn of(data: &Dataset, count: Option<usize>, omit: Option<u32>) -> Result<Self, LabError> {
        let left_in = |row: &usize| Some(data.labels[*row]) != omit;
        let train = data.split.range(Part::Train).filter(left_in);
        let rows: Vec<usize> = train.take(count.unwrap_or(usize::MAX)).collect();
        ensure!(!rows.is_empty(), "a transfer set without examples teaches nothing");
        let held_out = data.split.range(Part::Validation).chain(data.split.range(Part::Test));
        let all: Vec<usize> = rows.iter().copied().chain(held_out).collect();
        let row = data.row_len();
        let examples = match &data.examples {
            Examples::Bytes(bytes) => Examples::Bytes(picked(bytes, &all, row)),
            Examples::Points(points) => Examples::Points(picked(points, &all, row)),
        };
        let split = Split::of_counts([
            rows.len(),
            data.split.range(Part::Validation).len(),
            data.split.range(Part::Test).len(),
        ]);
        let labels = all.iter().map(|&row| data.labels[row]).collect();
        let made = Dataset::new(data.name.clone(), data.shape, data.classes.clone(), examples, labels, split)?;
        Ok(Self { data: Rc::new(made), rows })
    }

    /// Of a teacher's logits for the whole part for training, those for this set: `[examples, classes]`.
    pub fn soft(&self, answers: &[f32]) -> Result<Host, LabError> {
        let classes = self.data.classes.len();
        let soft = picked(answers, &self.rows, classes);
        Ok(Host::from_vec(soft, (self.rows.len(), classes), &Device::Cpu)?)
    }
}

fn picked<T: Copy>(values: &[T], rows: &[usize], len: usize) -> Vec<T> {
    rows.iter().flat_map(|&row| &values[row * len..][..len]).copied().collect()
}

/// The same examples with those for validation among those for training.
pub fn with_validation(mut data: Dataset) -> Dataset {
    let [train, validation, test] = Part::ALL.map(|part| data.split.range(part).len());
    data.split = Split::of_counts([train + validation, 0, test]);
    data
}
