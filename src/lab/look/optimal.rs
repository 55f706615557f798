//! Pictures that a network would like best, and those that it cannot tell from a person's.

mod told;
mod wall;

pub(super) use told::side_by_side;

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
use crate::lab::{Host, LabError, Monitor, Weights, check_class, seen, values_from};
use crate::models::{Network, WiredNode};
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::Why;
use crate::protocol::{
    BackendUsed, LayerGrid, OptimalFact, OptimalFound, OptimalGoal, OptimalPicture, PictureSimilarity, PictureSpace,
};
use candle_core::Device as HostDevice;
use serde_bytes::ByteBuf;
#[cfg(not(target_arch = "wasm32"))]
use std::rc::Rc;

const MOST_STEPS: u32 = 10_000;
/// Pictures at once.
const MOST_UNITS: usize = 16;
/// A picture is blurred every so many steps.
const BLUR_EVERY: u32 = 4;
/// Between pictures that are told, whatever they cost.
const TELL_MILLIS: f64 = 250.0;
/// So many times may an answer be as strong without diversity.
const STRONGER: f64 = 2.0;

pub(super) async fn optimal<H: Host>(
    job: &OptimalPicture,
    models: &mut Models<LookModel, 2>,
    host: &H,
    tell: &dyn Fn(OptimalFound),
) -> Result<OptimalFound, LabError> {
    let weights = host.weights(&job.network).await?;
    let picture = match job.goal {
        OptimalGoal::Units | OptimalGoal::Wall => None,
        OptimalGoal::Inversion | OptimalGoal::Caricature => Some(host.picture(job.picture)?),
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
            (None, OptimalGoal::Units | OptimalGoal::Wall) => None,
            (None, _) => Some(layers.last().map(|node| node.path.clone()).ok_or_else(|| {
                bad_setup!("no layer of {} has several places; name one that is to be asked", network.title)
            })?),
        };
        let picture = picture.map(|picture| seen(picture, network, job.fit)).transpose()?;
        let space = match job.goal {
            OptimalGoal::Units => Parametrisation::new(job.space, job.units.len(), network),
            OptimalGoal::Inversion | OptimalGoal::Caricature => Parametrisation::new(job.space, 1, network),
            OptimalGoal::Wall => wall::space(job.space, layer.as_deref(), network)?,
        };
        let apart = match job.goal {
            OptimalGoal::Units if job.diversity > 0.0 => Some(apart_at(layer.as_deref(), &layers, network)?),
            _ => None,
        };
        let ascent =
            Ascent { space, goal: job.goal, layer, is_alone: job.is_alone, is_shifted: job.is_shifted(), apart };
        Ok(Self { ascent, picture, layers: grids_of(&layers) })
    }

    pub(super) fn npy(&self, shown: &[Vec<f32>]) -> ByteBuf {
        self.ascent.space.npy(shown).into()
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

/// The layer whose Gram matrices tell pictures apart: the one that is asked, or the last one with several places.
fn apart_at(layer: Option<&str>, layers: &[WiredNode], network: &Network) -> Result<String, LabError> {
    if let Some(path) = layer {
        let shape = layer_named(network, &network.layered(1)?, path)?.shape;
        if shape.len() > 2 && shape[2..].iter().product::<usize>() > 1 {
            return Ok(path.to_owned());
        }
    }
    let last = layers.last().map(|node| node.path.clone());
    last.ok_or_else(|| bad_setup!("no layer of {} has several places in which pictures could differ", network.title))
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
    let diversity = job.diversity;
    ensure!(
        (0.0..=100.0).contains(&diversity),
        "diversity cannot count {diversity} times the unit's answer; choose 0 to 100"
    );
    if job.goal == OptimalGoal::Units {
        let count = job.units.len();
        let is_one = count > 1 && job.units.iter().all(|unit| *unit == job.units[0]);
        ensure!(
            diversity == 0.0 || is_one,
            "diversity is of several pictures of one unit; ask for the same one two or more times"
        );
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

/// One of several searches.
#[derive(Clone, Debug, Default)]
struct Pass {
    /// Steps of those before it.
    from: u32,
    /// Of each picture.
    units: Vec<u32>,
    /// What similarity costs.
    diversity: f64,
}

/// How a search stands.
struct Climbed {
    /// The value of each picture.
    values: Vec<f32>,
    /// As the network reads them.
    shown: Vec<Vec<f32>>,
    /// The mean similarity of two of them, where that counts.
    alike: Option<f32>,
}

impl Climbed {
    /// What is told has a value for each picture, and their similarity where that counts.
    fn new(mut values: Vec<f32>, shown: Vec<Vec<f32>>) -> Self {
        let alike = values.get(shown.len()).copied();
        values.truncate(shown.len());
        Self { values, shown, alike }
    }

    /// The mean of the values.
    fn strength(&self) -> f64 {
        self.values.iter().map(|&value| f64::from(value)).sum::<f64>() / self.values.len().max(1) as f64
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
    /// With the pictures as the network reads them.
    pub(super) async fn run<H: Monitor>(
        &self,
        model: &mut LookModel,
        host: &H,
        tell: &dyn Fn(OptimalFound),
    ) -> Result<(OptimalFound, Vec<Vec<f32>>), LabError> {
        let Self { job, ascent, .. } = *self;
        let mut pace = Pace::new(host);
        pace.tell_every(TELL_MILLIS);
        if job.goal == OptimalGoal::Wall {
            return self.wall(model, &mut pace, host, tell).await;
        }
        let mut pass = Pass { units: job.units.clone(), ..Pass::default() };
        let mut plain = None;
        if ascent.apart.is_some() {
            // From the same noise, without diversity: what the answer is then is the measure of what diversity may cost.
            let (first, _) = self.climb(model, &pass, &mut pace, host, tell).await?;
            pass = Pass { from: job.steps, diversity: job.diversity * first.strength().abs(), ..pass };
            plain = Some(first);
        }
        let (climbed, begun) = self.climb(model, &pass, &mut pace, host, tell).await?;
        let mut found = self.found(model, self.steps(), &climbed).await?;
        found.steps_per_second = pace.per_second(host, self.steps());
        let pictures: Vec<Rgb> =
            climbed.shown.iter().map(|picture| ascent.space.rgb(picture)).collect::<Result<_, _>>()?;
        found.findings = self.findings(model, &pictures, &climbed.values).await?;
        if let (Some(plain), Some(begun)) = (plain, begun) {
            let (with, without) = (climbed.alike.unwrap_or_default(), plain.alike.unwrap_or_default());
            let kept = climbed.strength() / plain.strength();
            let facts = [
                (OptimalFact::Diverse, 0.0, f64::from(with / without), 1.0),
                (OptimalFact::Strong, 0.0, if kept > 0.0 { 1.0 / kept } else { f64::INFINITY }, STRONGER),
            ];
            found.findings.extend(model.device().findings(facts));
            found.alike = Some(PictureSimilarity { begun, plain: Some(without), shown: with, kept: Some(kept as f32) });
        }
        found.sheet = Some(png::encode(&side_by_side(&pictures)?).into());
        Ok((found, climbed.shown))
    }

    /// Of all searches together.
    fn steps(&self) -> u32 {
        let times = if self.ascent.apart.is_some() { 2 } else { 1 };
        times * self.job.steps
    }

    /// [`Self::way`], told as it goes; with the similarity at its beginning.
    async fn climb<H: Monitor>(
        &self,
        model: &mut LookModel,
        pass: &Pass,
        pace: &mut Pace,
        host: &H,
        tell: &dyn Fn(OptimalFound),
    ) -> Result<(Climbed, Option<f32>), LabError> {
        let mut begun = None;
        let hear = async |model: &mut LookModel, step: u32, now: &Climbed, per_second: f32| {
            begun = begun.or(now.alike);
            let mut found = self.found(model, step, now).await?;
            found.alike =
                now.alike.zip(begun).map(|(shown, begun)| PictureSimilarity { begun, plain: None, shown, kept: None });
            found.steps_per_second = per_second;
            tell(found);
            Ok(())
        };
        // The first step is heard, whatever the time.
        pace.tell_soon();
        let climbed = self.way(model, pass, pace, host, hear).await?;
        Ok((climbed, begun))
    }

    /// From noise, or from what waves give, as far as the steps go.
    async fn way<H: Monitor>(
        &self,
        model: &mut LookModel,
        pass: &Pass,
        pace: &mut Pace,
        host: &H,
        mut hear: impl AsyncFnMut(&mut LookModel, u32, &Climbed, f32) -> Result<(), LabError>,
    ) -> Result<Climbed, LabError> {
        let Self { job, ascent, .. } = *self;
        let mut dice = Dice::new(job.seed);
        let (start, target) = (ascent.space.start(|| dice.normal())?, self.target(model).await?);
        let ascender = model.ascender(ascent).await?;
        let units = self.units(&pass.units, ascender.units)?;
        ascender.begin(&start, target.as_ref(), job.rate())?;
        let [_, height, width] = ascent.space.input;
        let blur = if job.blur > 0.0 { Some([blurred(height, job.blur)?, blurred(width, job.blur)?]) } else { None };
        let still = [resampled(height, 1.0, 0.0)?, resampled(width, 1.0, 0.0)?];
        let inputs = |[rows, columns]: [HostTensor; 2]| {
            let penalties = [job.l2, job.variation, pass.diversity].map(|weight| weight as f32);
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
                let now = Climbed::new(values, ascender.pictures().await?);
                let done = pass.from + step + 1;
                hear(model, done, &now, pace.per_second(host, done)).await?;
            }
            pace.rest(host).await?;
        }
        // At the end of its cosine the rate is nothing: what is asked once more stays as it is.
        let ascender = model.ascender(ascent).await?;
        let values = ascender.step(job.steps, job.steps, &inputs(still), true).await?.unwrap_or_default();
        Ok(Climbed::new(values, ascender.pictures().await?))
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
    fn units(&self, units: &[u32], count: usize) -> Result<HostTensor, LabError> {
        let batch = self.ascent.space.batch;
        let mut rows = vec![0.0_f32; batch * count];
        if !self.job.goal.has_picture() {
            for (at, &unit) in units.iter().enumerate().take(batch) {
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
}
