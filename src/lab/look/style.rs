//! A picture in the style of another (Gatys, Ecker & Bethge 2016): the search, and what is told of it.

mod facts;
mod goal;
mod gram;
mod painter;

pub(super) use facts::facts;
pub(super) use goal::StyleGoal;
#[cfg(not(target_arch = "wasm32"))]
pub use painter::painted_by;
pub(super) use painter::{Painter, paint};

use super::evidence::{grids_of, layers_of};
use super::model::LookModel;
use super::parametrisation::Parametrisation;
#[cfg(not(target_arch = "wasm32"))]
use super::search::Slope;
use crate::data::{Rgb, png, resize::resize};
use crate::graph::Host as HostTensor;
#[cfg(not(target_arch = "wasm32"))]
use crate::lab::Weights;
use crate::lab::device::{AVAILABLE_BYTES, Models, Pace, Placed};
#[cfg(not(target_arch = "wasm32"))]
use crate::lab::device::{Device, Model};
use crate::lab::dice::Dice;
use crate::lab::layer::layer_named;
use crate::lab::minimise::{Bounds, Budget, minimise};
use crate::lab::{Host, LabError, Monitor, pixels_from_rgb, values_from};
use crate::models::Network;
use crate::protocol::{
    BackendUsed, Finding, LayerGrid, SearchRule, StyleFact, StyleFound, StyleLayer, StyleRecord, StyleStart,
    StyleTexture, StyleTransfer,
};
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::{PictureSpace, Why};
use goal::StyleTargets;
use gram::{Read, read, reading_bytes, soundness};
#[cfg(not(target_arch = "wasm32"))]
use std::rc::Rc;

const MOST_STEPS: u32 = 10_000;
const MOST_LAYERS: usize = 8;
/// Of the longer side.
const SIDES: std::ops::RangeInclusive<u32> = 32..=512;
/// Of a side of a picture: less holds no texture.
const LEAST: u32 = 16;
/// So many records have the whole curve, but for the last one.
const RECORDS: u32 = 40;
/// Between pictures that are told, whatever they cost.
const TELL_MILLIS: f64 = 250.0;
/// What rounding leaves of a zero, over the largest element of a Gram matrix.
const ROUNDING: f64 = 1e-5;

/// A job that was checked for its network, with its pictures in the sizes that are looked at.
struct Search<'a> {
    job: &'a StyleTransfer,
    network: &'a Network,
    goal: StyleGoal,
    layers: Vec<StyleLayer>,
    all: Vec<LayerGrid>,
    content: Rgb,
    style: Rgb,
}

pub(super) async fn style<H: Host>(
    job: &StyleTransfer,
    models: &mut Models<LookModel, 2>,
    host: &H,
    tell: &dyn Fn(StyleFound),
) -> Result<StyleFound, LabError> {
    let weights = host.weights(&job.network).await?;
    let (content, style) = (host.picture(job.picture)?, host.picture(job.style)?);
    let searches = Search::all(job, weights.network(), [&content, &style])?;
    let run = async |models: &mut [Placed<LookModel>]| {
        let Placed { model, used, .. } = &mut models[0];
        in_turn(&searches, model, used, host, tell).await
    };
    models.run(std::slice::from_ref(&weights), job.backend, host, run).await
}

/// The same of pictures and a network that are at hand, on this device.
///
/// # Errors
/// [`LabError::Setup`] of a job that makes no sense for the network or the pictures.
#[cfg(not(target_arch = "wasm32"))]
pub async fn style_of(
    job: &StyleTransfer,
    [content, style]: [&Rgb; 2],
    weights: &Rc<Weights>,
    device: &Device,
    watch: &impl Monitor,
) -> Result<StyleFound, LabError> {
    let searches = Search::all(job, weights.network(), [content, style])?;
    let mut model = LookModel::on(weights, device).await?;
    in_turn(&searches, &mut model, &device.used(Why::Chosen), watch, &|_| {}).await
}

/// What [`style_slope`] finds.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug)]
pub struct StyleSlope {
    /// Gram matrices of the style picture, layer by layer.
    pub grams: Vec<Vec<f32>>,
    /// Of the layers, the content and the neighbours, without their weights.
    pub terms: Vec<f32>,
    pub loss: f32,
    /// By what the network reads.
    pub gradient: Vec<f32>,
}

/// The loss that [`style_of`] makes small and its gradient, at a picture as the network reads it, in the size of the content.
///
/// # Errors
/// As of [`style_of`].
#[cfg(not(target_arch = "wasm32"))]
pub async fn style_slope(
    job: &StyleTransfer,
    [content, style]: [&Rgb; 2],
    at: &[f32],
    weights: &Rc<Weights>,
    device: &Device,
) -> Result<StyleSlope, LabError> {
    let job = StyleTransfer { space: PictureSpace::Pixels, is_apart: false, ..job.clone() };
    let search = Search::all(&job, weights.network(), [content, style])?.remove(0);
    let model = LookModel::on(weights, device).await?;
    let (targets, _) = search.targets(&model).await?;
    let grams = search.grams(&model).await?.grams;
    let mut slopes = search.goal.slopes(search.network, model.values(), device).await?;
    slopes.begin(&targets.named())?;
    let Slope { told, loss, gradient, .. } = slopes.at(at, |name| targets.input(name)).await?;
    Ok(StyleSlope { grams, terms: told, loss, gradient })
}

/// One search after another; of several, the textures that they found are kept.
async fn in_turn(
    searches: &[Search<'_>],
    model: &mut LookModel,
    used: &BackendUsed,
    host: &impl Monitor,
    tell: &dyn Fn(StyleFound),
) -> Result<StyleFound, LabError> {
    let mut textures: Vec<StyleTexture> = Vec::new();
    let mut last = None;
    for search in searches {
        let tell = |found| tell(StyleFound { textures: textures.clone(), ..found });
        let found = search.run(model, used, host, &tell).await?;
        if searches.len() > 1 {
            let loss = found.curve.last().map_or(0.0, |record| record.total);
            textures.push(StyleTexture { path: search.layers[0].path.clone(), picture: found.picture.clone(), loss });
        }
        last = Some(found);
    }
    let last = last.ok_or_else(|| bad_setup!("no layer counts, so there is no style"))?;
    Ok(StyleFound { textures, ..last })
}

fn check(job: &StyleTransfer) -> Result<(), LabError> {
    let StyleTransfer { steps, content, variation, scale, side, .. } = *job;
    let rate = job.rate();
    ensure!((1..=MOST_STEPS).contains(&steps), "{steps} steps cannot be taken; choose 1 to {MOST_STEPS}");
    ensure!(rate > 0.0 && rate.is_finite(), "a rate of {rate} goes nowhere; choose one above 0");
    for (name, weight) in [("the content", content), ("the total variation", variation)] {
        ensure!(weight >= 0.0 && weight.is_finite(), "{name} cannot count {weight} times; choose 0 or more");
    }
    ensure!((0.1..=4.0).contains(&scale), "a style picture cannot be {scale} times as large; choose 0.1 to 4");
    if let Some(side) = side {
        ensure!(SIDES.contains(&side), "a side of {side} pixels is not between {} and {}", SIDES.start(), SIDES.end());
    }
    Ok(())
}

impl StyleTransfer {
    fn rate(&self) -> f64 {
        self.rate.unwrap_or_else(|| Self::usual_rate(self.space))
    }
}

/// Those that count; of any with a weight of 0 nothing is computed.
fn layers(job: &StyleTransfer, network: &Network, all: &[LayerGrid]) -> Result<Vec<StyleLayer>, LabError> {
    let named = if job.layers.is_empty() { StyleTransfer::usual_layers(all) } else { job.layers.clone() };
    for StyleLayer { path, weight } in &named {
        ensure!(*weight >= 0.0 && weight.is_finite(), "{path} cannot count {weight} times; choose 0 or more");
        let shape = layer_named(network, &network.layered(1)?, path)?.shape;
        ensure!(
            shape.len() > 2,
            "{path} of {} gives {:?}, which has no places; a Gram matrix needs channels, height and width",
            network.title,
            &shape[1..]
        );
    }
    let found: Vec<StyleLayer> = named.into_iter().filter(|layer| layer.weight > 0.0).collect();
    ensure!(!found.is_empty(), "no layer counts, so there is no style; give one of {}'s a weight", network.title);
    let count = found.len();
    ensure!(count <= MOST_LAYERS, "{count} layers cannot count at once; choose up to {MOST_LAYERS}");
    Ok(found)
}

fn content_layer(job: &StyleTransfer, network: &Network, all: &[LayerGrid]) -> Result<Option<String>, LabError> {
    if job.content == 0.0 || job.is_apart {
        return Ok(None);
    }
    Ok(match &job.content_layer {
        Some(path) => Some(layer_named(network, &network.layered(1)?, path)?.path),
        None => StyleTransfer::usual_content(all),
    })
}

/// The whole picture, its longer side this long.
fn scaled(picture: &Rgb, longer: f64, name: &str) -> Result<Rgb, LabError> {
    let [width, height] = [picture.width(), picture.height()];
    let factor = longer / f64::from(width.max(height));
    let to = [width, height].map(|side| ((f64::from(side) * factor).round() as u32).max(1));
    let least = width.min(height).min(to[0]).min(to[1]);
    ensure!(
        least >= LEAST,
        "the {name} has {width} × {height} pixels, {} × {} as it is looked at; both sides need {LEAST} or more",
        to[0],
        to[1]
    );
    Ok(resize(picture, to[0], to[1])?)
}

/// What was told of a search.
struct Progress<'a> {
    search: &'a Search<'a>,
    used: &'a BackendUsed,
    tell: &'a dyn Fn(StyleFound),
    pace: Pace,
    curve: Vec<StyleRecord>,
}

impl Progress<'_> {
    fn tell(&self, step: u32, shown: &[f32], host: &impl Monitor) -> Result<(), LabError> {
        let picture = self.search.goal.space.rgb(shown)?;
        let mut found = self.search.found(step, &picture, &self.curve, self.used);
        found.steps_per_second = self.pace.per_second(host, step + 1);
        (self.tell)(found);
        Ok(())
    }
}

impl<'a> Search<'a> {
    /// One for all layers, or one for each.
    fn all(job: &'a StyleTransfer, network: &'a Network, [content, style]: [&Rgb; 2]) -> Result<Vec<Self>, LabError> {
        check(job)?;
        let all = grids_of(&layers_of(network)?);
        let layers = layers(job, network, &all)?;
        let [channels, height, width] = network.input;
        let side = f64::from(job.side.unwrap_or_else(|| StyleTransfer::usual_side(height.min(width))));
        let content = scaled(content, side, "picture")?;
        let style = scaled(style, side * job.scale, "style picture")?;
        let input = [channels, content.height() as usize, content.width() as usize];
        let space = Parametrisation { space: job.space, batch: 1, input, normalise: network.normalise };
        let content_layer = content_layer(job, network, &all)?;
        let of = |layers: Vec<StyleLayer>| {
            let styles = layers.iter().map(|layer| layer.path.clone()).collect();
            let goal = StyleGoal { space: space.clone(), styles, content: content_layer.clone() };
            Self { job, network, goal, layers, all: all.clone(), content: content.clone(), style: style.clone() }
        };
        let each = layers.iter().map(|layer| of(vec![layer.clone()]));
        let searches: Vec<Self> = if job.is_apart { each.collect() } else { vec![of(layers)] };
        searches.iter().try_for_each(Self::check_memory)?;
        Ok(searches)
    }

    /// What it takes, before anything is allocated.
    fn check_memory(&self) -> Result<(), LabError> {
        let paths = self.paths();
        let size = |picture: &Rgb| [picture.height(), picture.width()].map(|side| side as usize);
        let sides = [
            ("a picture", &self.content, self.goal.bytes(self.network)?),
            ("a style picture", &self.style, reading_bytes(self.network, size(&self.style), &paths)?),
        ];
        for (name, picture, needed) in sides {
            ensure!(
                needed <= AVAILABLE_BYTES,
                "{name} of {} × {} pixels takes {:.1} GB with {} up to {}, and {:.1} GB are there; choose a smaller side or layers \
                 nearer to the input",
                picture.width(),
                picture.height(),
                needed as f64 / 1e9,
                self.network.title,
                paths.join(", "),
                AVAILABLE_BYTES as f64 / 1e9
            );
        }
        Ok(())
    }

    fn paths(&self) -> Vec<&str> {
        self.goal.styles.iter().map(String::as_str).collect()
    }

    async fn run(
        &self,
        model: &mut LookModel,
        used: &BackendUsed,
        host: &impl Monitor,
        tell: &dyn Fn(StyleFound),
    ) -> Result<StyleFound, LabError> {
        let Self { job, goal, .. } = self;
        let mut pace = Pace::new(host);
        pace.tell_every(TELL_MILLIS);
        let (targets, mut findings) = self.targets(model).await?;
        let start = self.start()?;
        let mut progress = Progress { search: self, used, tell, pace, curve: Vec::new() };
        let shown = match job.rule {
            SearchRule::Adam => self.by_adam(model, &start, &targets, &mut progress, host).await?,
            SearchRule::Lbfgs => self.by_lbfgs(model, &start, &targets, &mut progress, host).await?,
        };
        let picture = goal.space.rgb(&shown)?;
        let Progress { curve, pace, .. } = progress;
        let mut found = self.found(job.steps, &picture, &curve, used);
        found.steps_per_second = pace.per_second(host, job.steps);
        let ratio = |pair: &[StyleRecord]| f64::from(pair[1].total) / f64::from(pair[0].total);
        let rises = curve.windows(2).map(ratio).fold(0.0, f64::max);
        // A loss that rests at its least may do so.
        findings.extend(model.device().findings([(StyleFact::Falls, 0.0, rises, 1.0 + 1e-4)]));
        found.findings = findings;
        found.png = Some(png::encode(&picture).into());
        found.npy = Some(goal.space.npy(&[shown]).into());
        Ok(found)
    }

    /// What the network reads at the end.
    async fn by_adam<M: Monitor>(
        &self,
        model: &mut LookModel,
        start: &HostTensor,
        targets: &StyleTargets,
        progress: &mut Progress<'_>,
        host: &M,
    ) -> Result<Vec<f32>, LabError> {
        let Self { job, goal, .. } = self;
        model.stylist(goal).await?.begin(start, &targets.named(), job.rate())?;
        let every = job.steps.div_ceil(RECORDS);
        for step in 0..=job.steps {
            progress.pace.rest(host).await?;
            // At the end of its cosine the rate is nothing: what is asked once more stays as it is.
            let is_told = step % every == 0 || step == job.steps;
            let searcher = model.stylist(goal).await?;
            let terms = searcher.step([step, job.steps], is_told, |name| targets.input(name)).await?;
            let Some(terms) = terms else { continue };
            progress.curve.push(self.record(step, &terms)?);
            if step < job.steps && progress.pace.is_time_to_tell(host) {
                let shown = searcher.pictures().await?.concat();
                progress.tell(step, &shown, host)?;
            }
        }
        Ok(model.stylist(goal).await?.pictures().await?.concat())
    }

    /// The same; each gradient counts as a step, and what lowered the loss is recorded.
    async fn by_lbfgs<M: Monitor>(
        &self,
        model: &LookModel,
        start: &HostTensor,
        targets: &StyleTargets,
        progress: &mut Progress<'_>,
        host: &M,
    ) -> Result<Vec<f32>, LabError> {
        let Self { job, goal, network, .. } = self;
        let mut slopes = goal.slopes(network, model.values(), model.device()).await?;
        slopes.begin(&targets.named())?;
        let start: Vec<f64> = start.flatten_all()?.to_vec1::<f32>()?.into_iter().map(f64::from).collect();
        let first_step = job.rate() * (start.len() as f64).sqrt();
        let budget = Budget { evaluations: job.steps + 1, first_step, tolerance: 0.0 };
        let bounds = Bounds { low: f64::NEG_INFINITY, high: f64::INFINITY };
        let every = job.steps.div_ceil(RECORDS);
        let (mut step, mut best, mut last) = (0, (f32::INFINITY, Vec::new()), None);
        let descent = minimise(start, bounds, budget, async |at: &[f64]| {
            progress.pace.rest(host).await?;
            let paint: Vec<f32> = at.iter().map(|&value| value as f32).collect();
            let found = slopes.at(&paint, |name| targets.input(name)).await?;
            if found.loss < best.0 {
                best = (found.loss, found.picture);
                let record = self.record(step, &found.told)?;
                let is_due = progress.curve.last().is_none_or(|last| step >= last.step + every);
                if is_due {
                    progress.curve.push(record.clone());
                }
                last = Some(record).filter(|_| !is_due);
                if progress.pace.is_time_to_tell(host) {
                    progress.tell(step, &best.1, host)?;
                }
            }
            step += 1;
            Ok((f64::from(found.loss), found.gradient.into_iter().map(f64::from).collect()))
        });
        descent.await?;
        progress.curve.extend(last);
        Ok(best.1)
    }

    /// With what must hold of the Gram matrices.
    async fn targets(&self, model: &LookModel) -> Result<(StyleTargets, Vec<Finding<StyleFact>>), LabError> {
        let Self { network, goal, job, .. } = self;
        let seen = |picture: &Rgb| -> Result<_, LabError> {
            Ok((values_from(picture, network)?, [picture.height() as usize, picture.width() as usize]))
        };
        let style = self.grams(model).await?;
        let content = match &goal.content {
            Some(path) => {
                let (values, size) = seen(&self.content)?;
                let asked = (&[][..], Some(path.as_str()));
                read(network, model.values(), model.device(), (&values, size), asked).await?.activation
            }
            None => None,
        };
        let whole: f64 = self.layers.iter().map(|layer| layer.weight).sum();
        let mut weights: Vec<f64> = self.layers.iter().map(|layer| layer.weight / whole).collect();
        weights.extend(goal.content.as_ref().map(|_| job.content));
        weights.push(job.variation);
        let [mut apart, mut least] = [0.0, f64::INFINITY];
        for gram in &style.grams {
            let found = soundness(gram);
            (apart, least) = (found[0].max(apart), found[1].min(least));
        }
        let findings = model.device().findings([
            (StyleFact::Symmetric, 0.0, apart, ROUNDING),
            (StyleFact::Definite, 0.0, least.min(0.0), ROUNDING),
        ]);
        Ok((goal.targets(&style, content.as_ref(), &weights)?, findings))
    }

    /// Of the style picture.
    async fn grams(&self, model: &LookModel) -> Result<Read, LabError> {
        let values = values_from(&self.style, self.network)?;
        let size = [self.style.height() as usize, self.style.width() as usize];
        read(self.network, model.values(), model.device(), (&values, size), (&self.paths(), None)).await
    }

    fn start(&self) -> Result<HostTensor, LabError> {
        let mut dice = Dice::new(self.job.seed);
        match self.job.start {
            StyleStart::Noise => self.goal.space.start(|| dice.normal()),
            StyleStart::Content => self.goal.space.paint_of(&self.content),
        }
    }

    fn record(&self, step: u32, terms: &[f32]) -> Result<StyleRecord, LabError> {
        let count = self.layers.len();
        let whole: f64 = self.layers.iter().map(|layer| layer.weight).sum();
        let of_style = self.layers.iter().zip(terms).map(|(layer, &term)| layer.weight / whole * f64::from(term));
        let content = self.goal.content.as_ref().map_or(0.0, |_| terms[count]);
        let variation = terms[terms.len() - 1];
        let rest = self.job.content * f64::from(content) + self.job.variation * f64::from(variation);
        let total = of_style.sum::<f64>() + rest;
        ensure!(total.is_finite(), "the loss is no number any more after {step} steps; choose a smaller rate");
        Ok(StyleRecord { step, total: total as f32, content, layers: terms[..count].to_vec() })
    }

    fn found(&self, step: u32, picture: &Rgb, curve: &[StyleRecord], used: &BackendUsed) -> StyleFound {
        StyleFound {
            step,
            of: self.job.steps,
            picture: pixels_from_rgb(picture),
            png: None,
            npy: None,
            curve: curve.to_vec(),
            layers: self.layers.clone(),
            content_layer: self.goal.content.clone(),
            all: self.all.clone(),
            textures: Vec::new(),
            steps_per_second: 0.0,
            findings: Vec::new(),
            backend: used.clone(),
        }
    }
}
