//! Pictures that a network would like best, and those that it cannot tell from a person's: the search, and what is told of it.

use super::ascent::{Ascent, StepInputs};
use super::evidence::{grids_of, layers_of};
use super::ladder::Ladder;
use super::model::LookModel;
use super::parametrisation::Parametrisation;
use super::probe::Probe;
use super::transform::{blurred, resampled};
use crate::data::{Rgb, png};
use crate::graph::Host as HostTensor;
#[cfg(not(target_arch = "wasm32"))]
use crate::lab::device::{Device, Model};
use crate::lab::device::{Models, Pace, Placed};
use crate::lab::dice::Dice;
use crate::lab::layer::layer_named;
use crate::lab::{Host, LabError, Monitor, Weights, check_class, pixels_from_rgb, predictions, seen, values_from};
use crate::models::Network;
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::Why;
use crate::protocol::{
    BackendUsed, Finding, FoundPicture, LayerGrid, OptimalFact, OptimalFound, OptimalGoal, OptimalPicture, PictureSpace,
};
use candle_core::Device as HostDevice;
#[cfg(not(target_arch = "wasm32"))]
use std::rc::Rc;

const MOST_STEPS: u32 = 10_000;
/// Pictures at once.
const MOST_UNITS: usize = 16;
/// A picture is blurred every so many steps.
const BLUR_EVERY: u32 = 4;
/// Between pictures that are told, whatever they cost.
const TELL_MILLIS: f64 = 250.0;
/// What rounding to 8 bits may change of a value.
const ROUNDING: f64 = 0.05;

pub(super) async fn optimal<H: Host>(
    job: &OptimalPicture,
    models: &mut Models<LookModel, 2>,
    host: &H,
    tell: &dyn Fn(OptimalFound),
) -> Result<OptimalFound, LabError> {
    let weights = host.weights(&job.network).await?;
    let picture = match job.goal {
        OptimalGoal::Units => None,
        _ => Some(host.picture(job.picture)?),
    };
    let ladder = Ladder::new(job, picture.as_deref(), weights.network())?;
    let run = async |models: &mut [Placed<LookModel>]| {
        let Placed { network, model, used, .. } = &mut models[0];
        ladder.search(network, used, model, host, tell).await
    };
    models.run(std::slice::from_ref(&weights), job.backend, host, run).await
}

/// The same on this device, of a picture that is at hand where the goal needs one.
///
/// # Errors
/// As of the search on a page.
#[cfg(not(target_arch = "wasm32"))]
pub async fn optimal_of(
    job: &OptimalPicture,
    picture: Option<&Rgb>,
    weights: &Rc<Weights>,
    device: &Device,
    watch: &impl Monitor,
) -> Result<OptimalFound, LabError> {
    let ladder = Ladder::new(job, picture, weights.network())?;
    let mut model = LookModel::on(weights, device).await?;
    let used = device.used(Why::Chosen);
    ladder.search(weights, &used, &mut model, watch, &|_| {}).await
}

/// A search that was checked for its network.
pub(super) struct ReadySearch {
    ascent: Ascent,
    /// What the network sees of the person's picture, where that has a part in it.
    picture: Option<Rgb>,
    layers: Vec<LayerGrid>,
}

impl ReadySearch {
    pub(super) fn new(job: &OptimalPicture, picture: Option<&Rgb>, network: &Network) -> Result<Self, LabError> {
        check(job, network)?;
        let layers = layers_of(network)?;
        let layer = match (&job.layer, job.goal) {
            (Some(path), _) => Some(layer_named(network, &network.layered(1)?, path)?.path),
            (None, OptimalGoal::Units) => None,
            (None, _) => Some(layers.last().map(|node| node.path.clone()).ok_or_else(|| {
                bad_setup!("no layer of {} has several places; name one that is to be asked", network.title)
            })?),
        };
        let picture = picture.map(|picture| seen(picture, network, job.fit)).transpose()?;
        let batch = if job.goal == OptimalGoal::Units { job.units.len() } else { 1 };
        let space = Parametrisation::new(job.space, batch, network);
        let ascent = Ascent { space, goal: job.goal, layer, is_alone: job.is_alone, is_shifted: job.is_shifted() };
        Ok(Self { ascent, picture, layers: grids_of(&layers) })
    }

    pub(super) fn search<'a>(
        &'a self,
        job: &'a OptimalPicture,
        weights: &'a Weights,
        used: &'a BackendUsed,
    ) -> Search<'a> {
        Search { job, ready: self, ascent: &self.ascent, weights, used }
    }
}

fn check(job: &OptimalPicture, network: &Network) -> Result<(), LabError> {
    let OptimalPicture { steps, zoom, l2, variation, blur, .. } = *job;
    let [_, height, width] = network.input;
    let shorter = height.min(width);
    ensure!((1..=MOST_STEPS).contains(&steps), "{steps} steps cannot be taken; choose 1 to {MOST_STEPS}");
    let rate = job.rate();
    ensure!(rate > 0.0 && rate.is_finite(), "a rate of {rate} goes nowhere; choose one above 0");
    ensure!((0.0..=0.5).contains(&zoom), "a zoom of {zoom} is not between 0 and 0.5 of the picture");
    for (name, weight) in [("the squares", l2), ("the total variation", variation)] {
        ensure!(weight >= 0.0 && weight.is_finite(), "{name} cannot count {weight} times; choose 0 or more");
    }
    ensure!((0.0..=16.0).contains(&blur), "a blur of {blur} pixels is not between 0 and 16");
    let jitter = job.jitter.unwrap_or_default() as usize;
    ensure!(
        jitter < shorter,
        "a shift by {jitter} pixels leaves nothing of a picture of {width} × {height}; choose less"
    );
    ensure!(
        shorter > 1 || job.space == PictureSpace::Pixels,
        "a picture of {width} × {height} is no sum of waves; search for its pixels"
    );
    if job.goal == OptimalGoal::Units {
        let count = job.units.len();
        ensure!(
            (1..=MOST_UNITS).contains(&count),
            "{count} pictures cannot be searched for at once; choose 1 to {MOST_UNITS}"
        );
        if job.layer.is_none() {
            job.units.iter().try_for_each(|&unit| check_class(network, Some(unit)))?;
        }
    }
    Ok(())
}

impl OptimalPicture {
    fn rate(&self) -> f64 {
        self.rate.unwrap_or_else(|| Self::usual_rate(self.goal))
    }

    /// What a layer answered to a picture where it stands is not to be compared with its answer to a shifted one.
    fn is_shifted(&self) -> bool {
        let is_free = !matches!(self.goal, OptimalGoal::Inversion);
        is_free && (self.zoom > 0.0 || self.jitter != Some(0))
    }
}

/// It on a device.
pub(super) struct Search<'a> {
    job: &'a OptimalPicture,
    ready: &'a ReadySearch,
    ascent: &'a Ascent,
    weights: &'a Weights,
    used: &'a BackendUsed,
}

impl Search<'_> {
    pub(super) async fn run<H: Monitor>(
        &self,
        model: &mut LookModel,
        host: &H,
        tell: &dyn Fn(OptimalFound),
    ) -> Result<OptimalFound, LabError> {
        let Self { job, ascent, .. } = *self;
        let mut pace = Pace::new(host);
        pace.tell_every(TELL_MILLIS);
        let mut dice = Dice::new(job.seed);
        let (start, target) = (ascent.space.start(|| dice.normal())?, self.target(model).await?);
        let ascender = model.ascender(ascent).await?;
        let units = self.units(ascender.units)?;
        ascender.begin(&start, target.as_ref(), job.rate())?;
        let [_, height, width] = ascent.space.input;
        let blur = if job.blur > 0.0 { Some([blurred(height, job.blur)?, blurred(width, job.blur)?]) } else { None };
        let still = [resampled(height, 1.0, 0.0)?, resampled(width, 1.0, 0.0)?];
        let inputs = |[rows, columns]: [HostTensor; 2]| {
            let penalties = [job.l2 as f32, job.variation as f32];
            StepInputs { units: units.clone(), rows, columns, penalties }
        };
        for step in 0..job.steps {
            let is_told = pace.is_time_to_tell(host);
            let ascender = model.ascender(ascent).await?;
            if let Some([rows, columns]) = blur.as_ref().filter(|_| step % BLUR_EVERY == BLUR_EVERY - 1) {
                ascender.blur(rows, columns)?;
            }
            let shift = if ascent.is_shifted { self.shift(&mut dice)? } else { still.clone() };
            let values = ascender.step(step, job.steps, &inputs(shift), is_told).await?;
            if let Some(values) = values {
                let shown = ascender.pictures().await?;
                let mut found = self.found(model, step + 1, &shown, &values).await?;
                found.steps_per_second = pace.per_second(host, step + 1);
                tell(found);
            }
            pace.rest(host).await?;
        }
        // At the end of its cosine the rate is nothing: what is asked once more stays as it is.
        let ascender = model.ascender(ascent).await?;
        let values = ascender.step(job.steps, job.steps, &inputs(still), true).await?.unwrap_or_default();
        let shown = ascender.pictures().await?;
        let mut found = self.found(model, job.steps, &shown, &values).await?;
        found.steps_per_second = pace.per_second(host, job.steps);
        let pictures: Vec<Rgb> = shown.iter().map(|picture| ascent.space.rgb(picture)).collect::<Result<_, _>>()?;
        found.findings = self.findings(model, &pictures, &values).await?;
        found.sheet = Some(png::encode(&side_by_side(&pictures)?).into());
        Ok(found)
    }

    /// What the layer answers to the person's picture.
    async fn target(&self, model: &mut LookModel) -> Result<Option<HostTensor>, LabError> {
        let (Some(picture), OptimalGoal::Inversion | OptimalGoal::Caricature) =
            (self.ready.picture.as_ref(), self.job.goal)
        else {
            return Ok(None);
        };
        let (network, path) = (self.weights.network(), self.ascent.layer.as_deref().unwrap_or_default());
        let answer = self.answer(model, picture).await?;
        ensure!(
            answer.iter().any(|value| *value != 0.0),
            "{path} of {} answers nothing to this picture; choose another layer",
            network.title
        );
        let shape = layer_named(network, &network.layered(1)?, path)?.shape;
        Ok(Some(HostTensor::from_vec(answer, shape, &HostDevice::Cpu)?))
    }

    /// All that the layer, or the network, says of a picture in 8 bits.
    async fn answer(&self, model: &mut LookModel, picture: &Rgb) -> Result<Vec<f32>, LabError> {
        let input = values_from(picture, self.weights.network())?;
        let Some(layer) = &self.ascent.layer else { return model.logits(&input).await };
        let probe = Probe { layer: Some(layer.clone()), ..Probe::of_picture(1) };
        let class = vec![0.0; self.weights.network().classes];
        let found = model.probe(&probe, &[&input], &class).await?.pop();
        Ok(found.ok_or_else(|| bad_setup!("a plan gave less than was asked of it"))?.activation)
    }

    /// A 1 at the unit of each picture.
    fn units(&self, count: usize) -> Result<HostTensor, LabError> {
        let batch = self.ascent.space.batch;
        let mut rows = vec![0.0_f32; batch * count];
        if self.job.goal == OptimalGoal::Units {
            for (at, &unit) in self.job.units.iter().enumerate() {
                let layer = self.ascent.layer.as_deref().unwrap_or("the network");
                ensure!((unit as usize) < count, "{layer} has {count} channels, so there is no channel {unit}");
                rows[at * count + unit as usize] = 1.0;
            }
        }
        Ok(HostTensor::from_vec(rows, (batch, count), &HostDevice::Cpu)?)
    }

    /// Matrices for the rows and the columns.
    fn shift(&self, dice: &mut Dice) -> Result<[HostTensor; 2], LabError> {
        let [_, height, width] = self.ascent.space.input;
        let most = self.job.jitter.unwrap_or_else(|| OptimalPicture::usual_jitter(height.min(width)));
        let zoom = 1.0 + self.job.zoom * (2.0 * f64::from(dice.unit()) - 1.0);
        let mut by = || f64::from(most) * (2.0 * f64::from(dice.unit()) - 1.0);
        Ok([resampled(height, zoom, by().round())?, resampled(width, zoom, by().round())?])
    }

    async fn found(
        &self,
        model: &mut LookModel,
        step: u32,
        shown: &[Vec<f32>],
        values: &[f32],
    ) -> Result<OptimalFound, LabError> {
        let mut pictures = Vec::new();
        for (at, (picture, &value)) in shown.iter().zip(values).enumerate() {
            let rgb = self.ascent.space.rgb(picture)?;
            let logits = model.logits(&values_from(&rgb, self.weights.network())?).await?;
            let (top, _) = predictions(self.weights, &logits, logits.len())?;
            let unit = self.job.units.get(at).copied().unwrap_or_default();
            let is_class = self.job.goal == OptimalGoal::Units && self.ascent.layer.is_none();
            let wanted = top.iter().position(|said| is_class && said.index == unit).unwrap_or_default();
            let said = top[wanted].clone();
            let psnr = self
                .ready
                .picture
                .as_ref()
                .filter(|_| self.job.goal == OptimalGoal::Inversion)
                .map(|own| psnr(own, &rgb));
            pictures.push(FoundPicture { unit, layer: None, pixels: pixels_from_rgb(&rgb), value, said, psnr });
        }
        Ok(OptimalFound {
            step,
            of: self.job.steps,
            pictures,
            sheet: None,
            steps_per_second: 0.0,
            layer: self.ascent.layer.clone(),
            layers: self.ready.layers.clone(),
            findings: Vec::new(),
            backend: self.used.clone(),
        })
    }

    /// Waves give pictures within the range of pixels, so that only rounding comes between them and what is shown.
    async fn findings(
        &self,
        model: &mut LookModel,
        pictures: &[Rgb],
        values: &[f32],
    ) -> Result<Vec<Finding<OptimalFact>>, LabError> {
        if self.job.goal != OptimalGoal::Units || self.ascent.space.is_pixels() {
            return Ok(Vec::new());
        }
        let (units, is_last) = (model.ascender(self.ascent).await?.units, self.is_channels_last()?);
        let mut furthest = 1.0_f64;
        for ((picture, &unit), &value) in pictures.iter().zip(&self.job.units).zip(values) {
            let answer = self.answer(model, picture).await?;
            let again = match self.ascent.layer {
                None if self.job.is_alone => log_odds(&answer, unit as usize),
                _ => mean_of(&answer, units, unit as usize, is_last),
            };
            let ratio = again / f64::from(value);
            if (ratio - 1.0).abs() > (furthest - 1.0).abs() {
                furthest = ratio;
            }
        }
        Ok(model.device().findings([(OptimalFact::Shown, 1.0, furthest, ROUNDING)]))
    }

    /// A transformer's layers are `[B, tokens, C]`.
    fn is_channels_last(&self) -> Result<bool, LabError> {
        let network = self.weights.network();
        let Some(path) = &self.ascent.layer else { return Ok(false) };
        Ok(layer_named(network, &network.layered(1)?, path)?.shape.len() == 3)
    }
}

/// Of a class: the logarithm of its probability over that of all others.
fn log_odds(logits: &[f32], class: usize) -> f64 {
    let others = logits.iter().enumerate().filter(|(at, _)| *at != class).map(|(_, &logit)| f64::from(logit));
    let most = others.clone().fold(f64::NEG_INFINITY, f64::max);
    f64::from(logits[class]) - most - others.map(|logit| (logit - most).exp()).sum::<f64>().ln()
}

/// Of one channel, over all places.
fn mean_of(answer: &[f32], channels: usize, channel: usize, is_last: bool) -> f64 {
    let places = answer.len() / channels;
    let at = |place: usize| if is_last { place * channels + channel } else { channel * places + place };
    (0..places).map(|place| f64::from(answer[at(place)])).sum::<f64>() / places as f64
}

/// Pictures of one size in rows, as many in each as there are rows, or one more.
pub(super) fn side_by_side(pictures: &[Rgb]) -> Result<Rgb, LabError> {
    /// White, between two of them.
    const GAP: usize = 2;
    let (width, height) = (pictures[0].width() as usize, pictures[0].height() as usize);
    let columns = (1..).find(|columns| columns * columns >= pictures.len()).unwrap_or(1);
    let rows = pictures.len().div_ceil(columns);
    let (across, down) = (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP);
    let mut pixels = vec![255_u8; across * down * 3];
    for (at, picture) in pictures.iter().enumerate() {
        let (left, top) = (at % columns * (width + GAP), at / columns * (height + GAP));
        for (row, line) in picture.pixels().chunks_exact(3 * width).enumerate() {
            let from = ((top + row) * across + left) * 3;
            pixels[from..from + line.len()].copy_from_slice(line);
        }
    }
    Ok(Rgb::new(across as u32, down as u32, pixels)?)
}

/// Peak signal-to-noise ratio of two pictures of one size, in decibels.
fn psnr(a: &Rgb, b: &Rgb) -> f32 {
    let squares = a.pixels().iter().zip(b.pixels()).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    let mean = squares.sum::<f64>() / a.pixels().len() as f64;
    (10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()) as f32
}
