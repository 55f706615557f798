//! How often a network is right, and how long it takes.

use super::CompressBench;
use crate::data::dataset::{Dataset, Examples, Part, Split};
use crate::lab::device::{Batched, Device};
use crate::lab::further::picture_planes;
use crate::lab::train::classes_in;
use crate::lab::wilson::share_of;
use crate::lab::{LabError, Monitor, Weights, label, seen, softmax::argmax, values_from};
use crate::models::Network;
use crate::protocol::{AccuracyShare, Fit, MeasuredOn, Stage};
use std::rc::Rc;

/// Pictures at once.
const BATCH: usize = 16;

/// Where examples were not chosen, their inputs are no more numbers than this.
const MOST_NUMBERS: usize = 1 << 24;

/// Examples as a network reads them, with the classes that it should say.
pub(super) struct MeasuredExamples {
    inputs: Vec<Vec<f32>>,
    labels: Vec<u32>,
    /// Whether the data's classes are the network's, in their order.
    pub(super) is_same: bool,
    pub(super) on: MeasuredOn,
}

/// On a device.
pub(super) struct NetworkMeasure {
    pub(super) accuracy: AccuracyShare,
    /// For one picture of a batch.
    pub(super) millis: f64,
}

impl MeasuredExamples {
    /// At most so many of the part for tests, evenly; 0 for all. Where there is none, of the part for validation.
    ///
    /// # Errors
    /// [`LabError::Setup`] of data with classes that the network does not know, and of data without such parts.
    pub(super) fn of(data: &Dataset, network: &Network, most: usize) -> Result<Self, LabError> {
        let classes = classes_in(&class_names(network), data)?;
        let [[wanted, ..], [got, ..]] = [network.input, data.shape];
        ensure!(
            wanted == got,
            "{} takes pictures of {wanted} channels, and those of {} have {got}; choose its own data",
            network.title,
            data.name
        );
        let (inputs, examples) = inputs_of(data, network, most, ASKED)?;
        let labels = examples.into_iter().map(|example| classes[data.labels[example] as usize]).collect();
        let is_same = classes.len() == network.classes && classes.iter().enumerate().all(|(at, of)| at as u32 == *of);
        Ok(Self { inputs, labels, is_same, on: MeasuredOn { set: data.name.clone(), is_agreement: false } })
    }

    /// The same of any pictures: right is what the network answers itself.
    ///
    /// # Errors
    /// As of [`Self::measure`].
    pub(super) async fn answered(
        data: &Dataset,
        weights: &Weights,
        most: usize,
        device: &Device,
        watch: &impl Monitor,
    ) -> Result<Self, LabError> {
        let network = weights.network();
        let room = (MOST_NUMBERS / network.input.iter().product::<usize>().max(1)).max(BATCH);
        let (inputs, _) = inputs_of(data, network, if most == 0 { room } else { most.min(room) }, ASKED)?;
        let mut model = Batched::new(weights.program(BATCH)?, device).await?;
        let mut labels = Vec::with_capacity(inputs.len());
        for inputs in inputs.chunks(BATCH) {
            watch.rest().await?;
            labels.extend(model.rows(inputs).await?.iter().map(|row| argmax(row) as u32));
        }
        Ok(Self { inputs, labels, is_same: false, on: MeasuredOn { set: data.name.clone(), is_agreement: true } })
    }

    /// # Errors
    /// [`LabError::Cancelled`], and what the device refuses.
    pub(super) async fn measure(
        &self,
        weights: &Weights,
        device: &Device,
        watch: &impl Monitor,
    ) -> Result<NetworkMeasure, LabError> {
        let mut model = Batched::new(weights.program(BATCH)?, device).await?;
        let (mut right, mut least) = (0, f64::INFINITY);
        for (inputs, labels) in self.inputs.chunks(BATCH).zip(self.labels.chunks(BATCH)) {
            watch.rest().await?;
            let start = watch.now_millis();
            let rows = model.rows(inputs).await?;
            least = least.min(watch.now_millis() - start);
            right += rows.iter().zip(labels).filter(|(row, label)| argmax(row) == **label as usize).count();
        }
        Ok(NetworkMeasure { accuracy: share_of(right, self.labels.len()), millis: least / BATCH as f64 })
    }

    /// The largest difference of two networks' logits of the first examples, over the largest logit.
    ///
    /// # Errors
    /// What the device refuses.
    pub(super) async fn difference(&self, [one, other]: [&Weights; 2], device: &Device) -> Result<f64, LabError> {
        let inputs = &self.inputs[..BATCH.min(self.inputs.len())];
        let mut found = Vec::new();
        for weights in [one, other] {
            found.push(Batched::new(weights.program(BATCH)?, device).await?.rows(inputs).await?.concat());
        }
        let largest = found[0].iter().fold(f32::MIN_POSITIVE, |most, logit| most.max(logit.abs()));
        let apart = found[0].iter().zip(&found[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        Ok(f64::from(apart / largest))
    }

    /// Tells how many were asked about.
    pub(super) async fn tell(&self, watch: &impl Monitor, at: usize, of: usize) -> Result<(), LabError> {
        watch.step(Stage::Run, at as u64, of as u64).await
    }
}

/// Parts that are asked about.
const ASKED: [Part; 2] = [Part::Test, Part::Validation];

/// Inputs from which ranges and means are found: of the part for training, or, where it is empty, of that for validation.
///
/// # Errors
/// [`LabError::Setup`] of data that has neither.
pub(super) fn calibration(data: &Dataset, network: &Network, most: usize) -> Result<Vec<Vec<f32>>, LabError> {
    Ok(inputs_of(data, network, most, [Part::Train, Part::Validation])?.0)
}

/// The same with the class of each: that of the data, or, where it has others than the network, what the network says.
///
/// # Errors
/// As of [`calibration`].
pub(super) async fn labelled(
    bench: &CompressBench,
    weights: &Weights,
    most: usize,
    watch: &impl Monitor,
) -> Result<(Vec<Vec<f32>>, Vec<u32>), LabError> {
    let CompressBench { data, device, examples, .. } = bench;
    let (inputs, chosen) = inputs_of(data, weights.network(), most, [Part::Train, Part::Validation])?;
    if examples.on.is_agreement {
        let mut model = Batched::new(weights.program(BATCH)?, device).await?;
        let mut labels = Vec::with_capacity(inputs.len());
        for inputs in inputs.chunks(BATCH) {
            watch.rest().await?;
            labels.extend(model.rows(inputs).await?.iter().map(|row| argmax(row) as u32));
        }
        return Ok((inputs, labels));
    }
    let classes = classes_in(&class_names(weights.network()), data)?;
    let labels = chosen.into_iter().map(|example| classes[data.labels[example] as usize]).collect();
    Ok((inputs, labels))
}

/// Of pictures that a network learns from in its own size.
const LEARNT_BYTES: usize = 64 << 20;

/// What a network can learn from after it was compressed: the data as they are, or, where they are of another size or of other classes, as
/// many of their pictures as there is room for, as the network reads them, with the class of each: that of the data, or what the bench's
/// network says.
///
/// # Errors
/// [`LabError::Setup`] of data without pictures to learn from, and what the device refuses.
pub(super) async fn learnable(bench: &CompressBench, watch: &impl Monitor) -> Result<Rc<Dataset>, LabError> {
    let CompressBench { data, examples, weights, device, .. } = bench;
    let network = weights.network();
    if bench.is_as_data() {
        return Ok(data.clone());
    }
    let most = (LEARNT_BYTES / network.input.iter().product::<usize>().max(1)).max(1);
    let train = data.split.range(Part::Train);
    let count = most.min(train.len());
    ensure!(count > 0, "{} has no part to learn from; choose 0 epochs or other data", data.name);
    let chosen: Vec<usize> = (0..count).map(|at| train.start + at * train.len() / count).collect();
    let mut bytes = Vec::with_capacity(count * network.input.iter().product::<usize>());
    for &example in &chosen {
        let picture = data.picture(example).ok_or_else(|| bad_setup!("{} has no example {example}", data.name))?;
        bytes.extend(picture_planes(&picture, network, Fit::Crop)?);
        watch.rest().await?;
    }
    let mut made = Dataset {
        name: data.name.clone(),
        shape: network.input,
        classes: class_names(network),
        examples: Examples::Bytes(bytes),
        labels: vec![0; count],
        split: Split::of_counts([count, 0, 0]),
        notes: Vec::new(),
    };
    if examples.on.is_agreement {
        let answers = answers(weights, &made, device, watch).await?;
        made.labels = answers.chunks(network.classes).map(|row| argmax(row) as u32).collect();
    } else {
        let classes = classes_in(&made.classes, data)?;
        made.labels = chosen.into_iter().map(|example| classes[data.labels[example] as usize]).collect();
    }
    Ok(Rc::new(made))
}

/// Logits of every example of the part for training, row by row.
///
/// # Errors
/// What the device refuses.
pub(super) async fn answers(
    weights: &Weights,
    data: &Dataset,
    device: &Device,
    watch: &impl Monitor,
) -> Result<Vec<f32>, LabError> {
    let (train, mut found) = (data.split.range(Part::Train), Vec::new());
    let mut model = Batched::new(weights.program(BATCH)?, device).await?;
    for first in train.clone().step_by(BATCH) {
        watch.step(Stage::Run, (first - train.start) as u64, train.len() as u64).await?;
        let inputs = (first..train.end.min(first + BATCH)).map(|example| input(data, example, weights.network()));
        found.extend(model.rows(&inputs.collect::<Result<Vec<_>, _>>()?).await?.concat());
    }
    Ok(found)
}

/// As the network names them.
pub(super) fn class_names(network: &Network) -> Vec<String> {
    (0..network.classes).map(|class| label(network, class).0).collect()
}

/// Inputs and the numbers of their examples.
fn inputs_of(
    data: &Dataset,
    network: &Network,
    most: usize,
    parts: [Part; 2],
) -> Result<(Vec<Vec<f32>>, Vec<usize>), LabError> {
    let is_picture = matches!(data.examples, Examples::Bytes(_));
    ensure!(is_picture, "{} takes pictures, and {} has points", network.title, data.name);
    let parts = parts.map(|part| data.split.range(part));
    let range = parts.into_iter().find(|range| !range.is_empty());
    let range = range.ok_or_else(|| bad_setup!("{} has no part to measure with", data.name))?;
    let count = if most == 0 { range.len() } else { most.min(range.len()) };
    let examples: Vec<usize> = (0..count).map(|at| range.start + at * range.len() / count).collect();
    let inputs = examples.iter().map(|&example| input(data, example, network)).collect::<Result<_, _>>()?;
    Ok((inputs, examples))
}

/// Examples of the network's own size as they are, others as it sees pictures.
fn input(data: &Dataset, example: usize, network: &Network) -> Result<Vec<f32>, LabError> {
    if let (true, Examples::Bytes(bytes)) = (data.shape == network.input, &data.examples) {
        let (row, plane) = (data.row_len(), data.shape[1] * data.shape[2]);
        let normalise = &network.normalise;
        let value = |(at, byte): (usize, &u8)| {
            let channel = (at / plane).min(2);
            (f32::from(*byte) / 255.0 - normalise.mean[channel]) / normalise.std[channel]
        };
        return Ok(bytes[example * row..(example + 1) * row].iter().enumerate().map(value).collect());
    }
    let picture = data.picture(example).ok_or_else(|| bad_setup!("{} has no example {example}", data.name))?;
    values_from(&seen(&picture, network, Fit::Crop)?, network)
}
