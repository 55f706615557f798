//! Runs as files: the weights with their network's text, and for going on, what the optimiser keeps too.

use super::task::Evaluator;
use super::{Classification, LabError, Trainer};
use crate::data::dataset::{Dataset, Part};
use crate::lab::Monitor;
use crate::lab::batch::MEASURED;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::nn::checkpoint::{Checkpoint, bytes_from_tensors, halved};
use crate::protocol::{BackendKind, CurvePoint, Measured, Setup, Stage};
use candle_core::{Device, Tensor as Host};
use std::collections::BTreeMap;

/// Names in the file's metadata.
pub(in crate::lab) const NETWORK: &str = "neocog.network";
pub(in crate::lab) const SHAPE: &str = "neocog.shape";
pub(super) const SETUP: &str = "neocog.setup";
pub(super) const STEP: &str = "neocog.step";
const STEPS: &str = "neocog.steps";
const BACKEND: &str = "neocog.backend";
pub(in crate::lab) const CLASSES: &str = "neocog.classes";
pub(in crate::lab) const MEAN: &str = "neocog.mean";
pub(in crate::lab) const STD: &str = "neocog.std";

/// Tensors of a run that is kept to go on: step, loss, accuracy and rate of each step; step, loss, accuracy, errors and number
/// of examples of each measurement.
const CURVE: &str = "run.curve";
const VALIDATION: &str = "run.validation";

/// The same in the metadata of a file of weights alone, as JSON: whoever loads such a file elsewhere finds weights and nothing
/// else among its tensors.
const TOLD: &str = "neocog.curve";

/// What a file of weights holds.
pub struct WeightsFile {
    tensors: BTreeMap<String, Host>,
    metadata: BTreeMap<String, String>,
}

impl WeightsFile {
    pub fn halved(mut self) -> Result<Self, LabError> {
        for tensor in self.tensors.values_mut() {
            *tensor = halved(tensor)?;
        }
        Ok(self)
    }

    /// With what a page has drawn of the run. Steps and counts are exact up to 2²⁴.
    pub(super) fn with_curves(mut self, curve: &[CurvePoint], validation: &[Measured]) -> Result<Self, LabError> {
        let points = curve.iter().flat_map(|p| [p.step as f32, p.loss, p.accuracy, p.rate]);
        let measured =
            validation.iter().flat_map(|m| [m.step as f32, m.loss, m.accuracy, m.errors as f32, m.of as f32]);
        for (name, columns, values) in
            [(CURVE, 4, points.collect::<Vec<f32>>()), (VALIDATION, 5, measured.collect::<Vec<f32>>())]
        {
            let rows = values.len() / columns;
            if rows > 0 {
                self.tensors.insert(name.to_owned(), Host::from_vec(values, (rows, columns), &Device::Cpu)?);
            }
        }
        Ok(self)
    }

    /// [`Self::with_curves`] without a tensor.
    pub(super) fn with_curves_told(mut self, curve: &[CurvePoint], validation: &[Measured]) -> Result<Self, LabError> {
        self.metadata.insert(TOLD.to_owned(), json(&(curve, validation))?);
        Ok(self)
    }

    pub(super) fn with_backend(mut self, kind: BackendKind) -> Self {
        let word = match kind {
            BackendKind::Cpu => "cpu",
            BackendKind::Gpu => "gpu",
        };
        self.metadata.insert(BACKEND.to_owned(), word.to_owned());
        self
    }

    /// A safetensors file; `name` is for messages.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, LabError> {
        Ok(bytes_from_tensors(name, &self.tensors, &self.metadata)?)
    }
}

pub(in crate::lab) fn json(value: &impl serde::Serialize) -> Result<String, LabError> {
    serde_json::to_string(value).map_err(|error| bad_setup!("{error}"))
}

impl Trainer<Classification> {
    /// The weights, and with `all` what is needed to go on.
    ///
    /// # Errors
    /// [`LabError::NotFiniteRun`] where a weight alone is no number: no file that others read holds one.
    pub async fn kept(&self, all: bool) -> Result<WeightsFile, LabError> {
        if !all && let Some(what) = self.first_not_finite().await? {
            return Err(LabError::NotFiniteRun { step: self.step(), what });
        }
        let tensors = self.values(all).await?;
        let Classification { setup, data, batches, .. } = &self.task;
        let Normalise { mean, std } = batches.normalised;
        let metadata = [
            (NETWORK, setup.network.clone()),
            (SHAPE, json(&data.shape)?),
            (SETUP, json(setup)?),
            (STEP, self.step().to_string()),
            (STEPS, self.steps().to_string()),
            (CLASSES, json(&batches.classes)?),
            (MEAN, json(&mean)?),
            (STD, json(&std)?),
        ];
        Ok(WeightsFile { tensors, metadata: metadata.map(|(name, value)| (name.to_owned(), value)).into() })
    }

    /// Goes on where a run of the same setup was saved. Of a file of weights alone, the optimiser begins anew.
    ///
    /// # Errors
    /// [`LabError::OtherRun`] where the file is of another setup or is not whole.
    pub fn go_on(&mut self, file: &Checkpoint) -> Result<(), LabError> {
        let (setup, step) = setup_of(file)?;
        if let Some(what) = self.difference(&setup) {
            return Err(other(file, what));
        }
        for name in self.names(false) {
            // What is missing or damaged is told with the file's name.
            file.tensor(name)?;
        }
        self.restore(step, |name| file.tensor(name).ok())
    }
}

pub(super) fn other(file: &Checkpoint, what: &str) -> LabError {
    LabError::OtherRun { file: file.name().to_owned(), what: what.to_owned() }
}

pub(super) fn setup_of(file: &Checkpoint) -> Result<(Setup, u32), LabError> {
    let text = file.metadata().get(SETUP).ok_or_else(|| other(file, "setup"))?;
    let setup = serde_json::from_str(text).map_err(|_| other(file, "setup"))?;
    let step = file.metadata().get(STEP).and_then(|step| step.parse().ok()).ok_or_else(|| other(file, "step"))?;
    Ok((setup, step))
}

/// Where the run was trained, if the file says so.
pub(super) fn backend_of(file: &Checkpoint) -> Option<BackendKind> {
    match file.metadata().get(BACKEND)?.as_str() {
        "cpu" => Some(BackendKind::Cpu),
        "gpu" => Some(BackendKind::Gpu),
        _ => None,
    }
}

/// Steps of the whole run; 0 where the file does not say.
pub(super) fn steps_of(file: &Checkpoint) -> u32 {
    file.metadata().get(STEPS).and_then(|steps| steps.parse().ok()).unwrap_or(0)
}

/// Empty where the file has none.
pub(super) fn curves_of(file: &Checkpoint) -> Result<(Vec<CurvePoint>, Vec<Measured>), LabError> {
    if let Some(text) = file.metadata().get(TOLD) {
        return serde_json::from_str(text).map_err(|_| other(file, "curve"));
    }
    let rows = |name: &str| match file.tensor(name) {
        Ok(rows) => rows.to_vec2::<f32>().map_err(|_| other(file, "curve")),
        Err(_) => Ok(Vec::new()),
    };
    let point = |row: Vec<f32>| match row[..] {
        [step, loss, accuracy, rate] => Ok(CurvePoint { step: step as u32, loss, accuracy, rate }),
        _ => Err(other(file, "curve")),
    };
    let measured = |row: Vec<f32>| match row[..] {
        [step, loss, accuracy, errors, of] => {
            Ok(Measured { step: step as u32, loss, accuracy, errors: errors as u32, of: of as u32 })
        }
        _ => Err(other(file, "curve")),
    };
    let curve = rows(CURVE)?.into_iter().map(point).collect::<Result<_, _>>()?;
    let validation = rows(VALIDATION)?.into_iter().map(measured).collect::<Result<_, _>>()?;
    Ok((curve, validation))
}

/// Logits of every example of a part, row by row, on the CPU; `value` has the weights by name.
///
/// # Errors
/// [`LabError::MissingTensor`], [`LabError::Cancelled`].
pub async fn answers_of(
    network: &NetworkSpec,
    normalise: Normalise,
    value: impl Fn(&str) -> Option<Host>,
    data: &Dataset,
    part: Part,
    watch: &impl Monitor,
) -> Result<Vec<f32>, LabError> {
    let evaluator = Evaluator::new(network, normalise, data, value)?;
    let (mut answers, mut batch) = (Vec::new(), 0);
    let of = data.split.range(part).len() as u64;
    loop {
        watch.step(Stage::Run, (batch * MEASURED) as u64, of).await?;
        if !evaluator.predict(part, batch, |_, row| answers.extend_from_slice(row.logits()))? {
            return Ok(answers);
        }
        batch += 1;
    }
}
