//! Pictures of pixels that are on or off, with their classes: what a stack learns from, and what classifiers are measured with.

use crate::data::dataset::{Dataset, Examples, Part, Split};
use crate::lab::LabError;
use crate::lab::represent::BinaryExamples;
use crate::lab::represent::boltzmann::binary;
use std::rc::Rc;

/// Pictures that a classifier is measured with, at most.
const HELD_OUT: usize = 5000;

pub struct StackPictures {
    pub examples: BinaryExamples,
    set: Rc<Dataset>,
}

impl StackPictures {
    /// # Errors
    /// [`LabError::Setup`] where they are no pictures, too large, or only one.
    pub fn of(set: &Rc<Dataset>) -> Result<Self, LabError> {
        Ok(Self { examples: BinaryExamples::of_set(set)?, set: set.clone() })
    }

    /// So many pictures for training, of the classes in turn, and as validation those that no stack has learnt from; all pixels on or off.
    ///
    /// # Errors
    /// [`LabError::Setup`] where there are too few pictures or classes.
    pub fn labelled(&self, count: usize) -> Result<Rc<Dataset>, LabError> {
        let (set, classes) = (&self.set, self.set.classes.len());
        let name = &set.name;
        ensure!(
            classes > 1,
            "“{name}” has {classes} class; a classifier needs two at least, so bring pictures by class"
        );
        let all = set.split.range(Part::Train);
        let known = all.len();
        ensure!(
            count <= known,
            "{count} labelled pictures were asked for, “{name}” has {known} for training; choose fewer"
        );
        let others = [Part::Validation, Part::Test].map(|part| set.split.range(part));
        let held_out: Vec<usize> = others.into_iter().flatten().take(HELD_OUT).collect();
        ensure!(!held_out.is_empty(), "“{name}” has no pictures but those that are learnt from; bring more");
        let row = binary(set)?;
        let mut by_class: Vec<Vec<usize>> = vec![Vec::new(); classes];
        all.for_each(|at| by_class[set.labels[at] as usize].push(at));
        let in_turn = (0..known).flat_map(|turn| by_class.iter().filter_map(move |of| of.get(turn).copied()));
        let chosen: Vec<usize> = in_turn.take(count).chain(held_out).collect();
        let bytes = chosen.iter().flat_map(|at| row(*at)).map(|on| 255 * on).collect();
        let labels = chosen.iter().map(|at| set.labels[*at]).collect();
        let [_, height, width] = set.shape;
        let split = Split { train: 0..count, validation: count..chosen.len(), test: chosen.len()..chosen.len() };
        let made = Dataset::new(name, [1, height, width], set.classes.clone(), Examples::Bytes(bytes), labels, split)?;
        Ok(Rc::new(made))
    }
}
