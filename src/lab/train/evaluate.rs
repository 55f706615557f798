//! What a network in a file of weights makes of the examples of a data set.

use super::save::{CLASSES, MEAN, NETWORK, SETUP, STD, STEP, json, other};
use super::score::{Row, Scores};
use super::task::Evaluator;
use super::{Tally, network_of};
use crate::backend::cpu::CpuPlan;
use crate::data::dataset::{Dataset, Examples, Part};
use crate::graph::Host;
use crate::lab::calibration::{Calibration, Judged, TEMPERATURE, UNKNOWN_BELOW};
use crate::lab::packed::unpacked;
use crate::lab::{Beside, LabError, Weights, label, seen, values_from};
use crate::models::Network;
use crate::nn::Normalise;
use crate::nn::checkpoint::Checkpoint;
use crate::protocol::{Fit, Measured, Preprocess, Setup};
use candle_core::Device as HostDevice;

/// A network of a file with a data set whose classes it knows; it may know more.
pub struct EvaluatedNetwork {
    file: Checkpoint,
    data: Dataset,
    scorer: Scorer,
    /// Which class of the network each class of the data is.
    classes: Vec<u32>,
    names: Vec<String>,
}

/// What gives the logits.
enum Scorer {
    /// A network for just such examples.
    Trained(Evaluator),
    /// Any other one, which sees the examples as it sees pictures.
    Brought { weights: Box<Weights>, plan: CpuPlan },
}

/// Pictures that another network sees at once.
const SEEN: usize = 8;

impl EvaluatedNetwork {
    /// Of any file of weights; what lies beside it and `by` say how pictures are prepared.
    ///
    /// # Errors
    /// As of [`Self::new`], and those of [`Weights::from_files`].
    pub fn brought(
        name: &str,
        bytes: Vec<u8>,
        beside: Beside<'_>,
        by: &Preprocess,
        data: Dataset,
    ) -> Result<Self, LabError> {
        let is_trained = |file: Checkpoint| file.metadata().get(NETWORK).is_some();
        if *by == Preprocess::default() && Checkpoint::parse(name, bytes.as_slice()).is_ok_and(is_trained) {
            return Self::new(name, bytes, data);
        }
        let weights = Weights::from_files(name, bytes, beside)?.preprocessed(by)?;
        let network = weights.network();
        let names: Vec<String> = (0..network.classes).map(|class| label(network, class).0).collect();
        let classes = classes_in(&names, &data)?;
        ensure!(
            matches!(data.examples, Examples::Bytes(_)),
            "{} takes pictures, and {} has points",
            network.title,
            data.name
        );
        let plan = CpuPlan::new(weights.program(SEEN)?);
        let scorer = Scorer::Brought { plan, weights: weights.clone().into() };
        Ok(Self { file: weights.into_checkpoint(), data, scorer, classes, names })
    }

    /// # Errors
    /// [`LabError::OtherRun`] where the file carries no network, [`LabError::Setup`] where it does not know a class of the data,
    /// and a network that is not for such data.
    pub fn new(name: &str, bytes: Vec<u8>, data: Dataset) -> Result<Self, LabError> {
        let file = Checkpoint::parse(name, bytes)?;
        let file = unpacked(&file)?.unwrap_or(file);
        let about = |key: &str| file.metadata().get(key).ok_or_else(|| other(&file, key));
        let numbers = |key: &str| serde_json::from_str::<[f32; 3]>(about(key)?).map_err(|_| other(&file, key));
        let names: Vec<String> = match about(CLASSES) {
            Ok(text) => serde_json::from_str(text).map_err(|_| other(&file, CLASSES))?,
            Err(_) => data.classes.clone(),
        };
        let classes = classes_in(&names, &data)?;
        let network = network_of(about(NETWORK)?, data.shape, names.len())?;
        let normalise = Normalise { mean: numbers(MEAN)?, std: numbers(STD)? };
        let scorer = Scorer::Trained(Evaluator::new(&network, normalise, &data, |name| file.tensor(name).ok())?);
        Ok(Self { file, data, scorer, classes, names })
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
        let mut take = |example: usize, row: Row<'_>| hear(row, self.classes[self.data.labels[example] as usize]);
        match &self.scorer {
            Scorer::Trained(evaluator) => {
                let mut batch = 0;
                while evaluator.predict(part, batch, &mut take)? {
                    batch += 1;
                }
            }
            Scorer::Brought { weights, plan } => {
                let examples: Vec<usize> = self.data.split.range(part).collect();
                for examples in examples.chunks(SEEN) {
                    let scores = Scores::of(&plan.run_now(&[self.seen(weights.network(), examples)?])?[0])?;
                    scores.rows().zip(examples).for_each(|(row, &example)| take(example, row));
                }
            }
        }
        Ok(())
    }

    /// [`SEEN`] inputs of a network, as Classify makes them; zero where there are not so many examples.
    fn seen(&self, network: &Network, examples: &[usize]) -> Result<Host, LabError> {
        let [channels, height, width] = network.input;
        let mut values = Vec::with_capacity(SEEN * channels * height * width);
        for picture in examples.iter().filter_map(|&example| self.data.picture(example)) {
            values.extend(values_from(&seen(&picture, network, Fit::Crop)?, network)?);
        }
        values.resize(SEEN * channels * height * width, 0.0);
        Ok(Host::from_vec(values, (SEEN, channels, height, width), &HostDevice::Cpu)?)
    }

    /// The same file, which says how its probabilities are calibrated.
    pub fn calibrated(&self, calibration: &Calibration) -> Result<Vec<u8>, LabError> {
        let mut metadata = self.file.metadata().clone();
        metadata.insert(TEMPERATURE.to_owned(), json(&calibration.temperature)?);
        metadata.remove(UNKNOWN_BELOW);
        if let Some(below) = &calibration.unknown_below {
            metadata.insert(UNKNOWN_BELOW.to_owned(), below.text());
        }
        Ok(self.file.with_metadata(&metadata)?)
    }
}

/// By their names; where one of the two has none, by their numbers.
pub(in crate::lab) fn classes_in(names: &[String], data: &Dataset) -> Result<Vec<u32>, LabError> {
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
