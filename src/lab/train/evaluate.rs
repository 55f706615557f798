//! What a network in a file of weights makes of the examples of a data set.

use super::save::{CLASSES, MEAN, NETWORK, SETUP, STD, STEP, json, other};
use super::score::Row;
use super::task::Evaluator;
use super::{Tally, network_of};
use crate::data::dataset::{Dataset, Part};
use crate::lab::LabError;
use crate::lab::calibration::{Calibration, Judged, TEMPERATURE, UNKNOWN_BELOW};
use crate::nn::Normalise;
use crate::nn::checkpoint::Checkpoint;
use crate::protocol::{Measured, Setup};

/// A network of a file with a data set whose classes it knows; it may know more.
pub struct EvaluatedNetwork {
    file: Checkpoint,
    data: Dataset,
    evaluator: Evaluator,
    /// Which class of the network each class of the data is.
    classes: Vec<u32>,
    names: Vec<String>,
}

impl EvaluatedNetwork {
    /// # Errors
    /// [`LabError::OtherRun`] where the file carries no network, [`LabError::Setup`] where it does not know a class of the data,
    /// and a network that is not for such data.
    pub fn new(name: &str, bytes: Vec<u8>, data: Dataset) -> Result<Self, LabError> {
        let file = Checkpoint::parse(name, bytes)?;
        let about = |key: &str| file.metadata().get(key).ok_or_else(|| other(&file, key));
        let numbers = |key: &str| serde_json::from_str::<[f32; 3]>(about(key)?).map_err(|_| other(&file, key));
        let names: Vec<String> = match about(CLASSES) {
            Ok(text) => serde_json::from_str(text).map_err(|_| other(&file, CLASSES))?,
            Err(_) => data.classes.clone(),
        };
        let classes = classes_in(&names, &data)?;
        let network = network_of(about(NETWORK)?, data.shape, names.len())?;
        let normalise = Normalise { mean: numbers(MEAN)?, std: numbers(STD)? };
        let evaluator = Evaluator::new(&network, normalise, &data, |name| file.tensor(name).ok())?;
        Ok(Self { file, data, evaluator, classes, names })
    }

    /// Of the network.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The classes of the data, as the network numbers them.
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }

    /// # Errors
    /// What the file says of that cannot be read.
    pub fn calibration(&self) -> Result<Calibration, LabError> {
        Calibration::of(&self.file)
    }

    /// The logits of all examples of a part.
    pub fn judged(&self, part: Part) -> Result<Judged, LabError> {
        let mut judged = Judged::default();
        self.each(part, |row, label| judged.add(row.logits(), label))?;
        Ok(judged)
    }

    /// Loss, as the run had it, and errors on a part; `None` where it has no examples.
    pub fn measured(&self, part: Part) -> Result<Option<Measured>, LabError> {
        let about = |key: &str| self.file.metadata().get(key);
        let setup: Setup = about(SETUP).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let mut tally = Tally::new(setup.loss);
        self.each(part, |row, label| tally.add(row, label))?;
        Ok(tally.measured(about(STEP).and_then(|step| step.parse().ok()).unwrap_or(0)))
    }

    fn each(&self, part: Part, mut hear: impl FnMut(Row<'_>, u32)) -> Result<(), LabError> {
        let mut batch = 0;
        let mut take = |example: usize, row: Row<'_>| hear(row, self.classes[self.data.labels[example] as usize]);
        while self.evaluator.predict(part, batch, &mut take)? {
            batch += 1;
        }
        Ok(())
    }

    /// The same file, which says how its probabilities are calibrated.
    pub fn calibrated(&self, calibration: &Calibration) -> Result<Vec<u8>, LabError> {
        let mut metadata = self.file.metadata().clone();
        metadata.insert(TEMPERATURE.to_owned(), json(&calibration.temperature)?);
        metadata.remove(UNKNOWN_BELOW);
        if let Some(below) = &calibration.unknown_below {
            metadata.insert(UNKNOWN_BELOW.to_owned(), below.text());
        }
        Ok(self.file.with_metadata(&metadata))
    }
}

/// By their names; where one of the two has none, by their numbers.
fn classes_in(names: &[String], data: &Dataset) -> Result<Vec<u32>, LabError> {
    let same = |a: &str, b: &str| a.replace('_', " ").eq_ignore_ascii_case(&b.replace('_', " "));
    let are_numbers = |names: &[String]| names.iter().enumerate().all(|(at, name)| name.parse() == Ok(at));
    let (known, of) = (names.len(), data.classes.len());
    if (are_numbers(&data.classes) && of <= known) || (are_numbers(names) && of == known) {
        return Ok((0..of as u32).collect());
    }
    let number = |class: &String| {
        let found = names.iter().position(|name| same(name, class)).map(|at| at as u32);
        found.ok_or_else(|| {
            bad_setup!("the network knows {} classes, and \"{class}\" of these data is none of them", known)
        })
    };
    data.classes.iter().map(number).collect()
}

/// [`EvaluatedNetwork::measured`] of a file and data that are given for this alone.
///
/// # Errors
/// As of [`EvaluatedNetwork::new`].
pub fn evaluate(name: &str, bytes: Vec<u8>, data: Dataset, part: Part) -> Result<Option<Measured>, LabError> {
    EvaluatedNetwork::new(name, bytes, data)?.measured(part)
}
