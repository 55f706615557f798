//! What excites the channels of a layer (Zeiler & Fergus 2014): their strongest places among many pictures, and what of each picture it
//! is, by deconvnet and by guided backpropagation.

mod checks;
mod model;
mod pool;
mod scan;
mod strongest;
mod wall;

pub use pool::PicturePool;
pub(super) use strongest::misplaced;
pub(super) use wall::Wall;

use super::probe::{Rectifiers, has_rectifiers};
use crate::data::{Rgb, files::npy_from, labels, png};
use crate::lab::channels::{AskedLayer, Part, layers_of};
#[cfg(not(target_arch = "wasm32"))]
use crate::lab::device::{Device, Model};
use crate::lab::device::{Models, Pace, Placed};
use crate::lab::{Host, LabError, Monitor, Weights, label, pixels_from_rgb, values_from};
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::Why;
use crate::protocol::{
    BackendUsed, ClassMean, Excite, ExciteFact, ExciteFound, ExcitedPlace, Finding, LayerGrid, Pixels, Stage,
};
use checks::{FoundPlace, checks};
use model::ExciteModel;
use scan::Scan;
use std::rc::Rc;
use strongest::Strongest;
use wall::{patch, scaled, sheet};

/// Classes that are told.
const CLASSES: usize = 8;
/// Between walls that are told: they are large.
const TELL_MILLIS: f64 = 400.0;
/// Of a picture on the sheet, in pixels.
const SHEET_SIDE: usize = 112;
/// Grey is nothing.
const GREY: f32 = 128.0;

/// Networks that stay compiled, and the last search.
#[derive(Default)]
pub(super) struct ExciteSession {
    models: Models<ExciteModel, 2>,
    scan: Option<Scan>,
}

pub(super) async fn excite<H: Host>(
    job: &Excite,
    session: &mut ExciteSession,
    host: &H,
    tell: &dyn Fn(ExciteFound),
) -> Result<ExciteFound, LabError> {
    let weights = host.weights(&job.network).await?;
    let layer = layer_of(job, &weights)?;
    let pool = PicturePool::of(job, session.scan.as_ref().map(|scan| &scan.pool), host).await?;
    let known = session.scan.take().filter(|scan| scan.is_of(&weights, job.backend, job.fit, &pool, &layer));
    let mut scan = known.unwrap_or_else(|| Scan::new(&weights, job.backend, job.fit, pool, layer));
    let brought = host.examples().filter(|data| data.picture(0).is_some()).map(|data| data.name.clone());
    let run = async |models: &mut [Placed<ExciteModel>]| {
        let Placed { model, used, .. } = &mut models[0];
        let telling = Telling::new(job, &weights, brought.clone(), used, host.now_millis())?;
        telling.run(&mut scan, model, host, tell).await
    };
    let found = session.models.run(std::slice::from_ref(&weights), job.backend, host, run).await;
    // One that was stopped goes on when it is asked for again.
    session.scan = Some(scan);
    found
}

/// The same of pictures and a network that are at hand, on this device.
///
/// # Errors
/// [`LabError::Setup`] of a job that makes no sense for the network.
#[cfg(not(target_arch = "wasm32"))]
pub async fn excite_of(
    job: &Excite,
    pool: PicturePool,
    weights: &Rc<Weights>,
    device: &Device,
    watch: &impl Monitor,
) -> Result<ExciteFound, LabError> {
    let layer = layer_of(job, weights)?;
    let mut scan = Scan::new(weights, job.backend, job.fit, pool, layer);
    let mut model = ExciteModel::on(weights, device).await?;
    let used = device.used(Why::Chosen);
    Telling::new(job, weights, None, &used, watch.now_millis())?.run(&mut scan, &mut model, watch, &|_| {}).await
}

fn layer_of(job: &Excite, weights: &Weights) -> Result<AskedLayer, LabError> {
    let network = weights.network();
    let layer = AskedLayer::of(network, job.layer.as_deref())?;
    let (path, channels, title) = (&layer.path, layer.channels, &network.title);
    let is_there = job.channel.is_none_or(|channel| (channel as usize) < channels);
    let channel = job.channel.unwrap_or_default();
    ensure!(is_there, "{path} of {title} has {channels} channels, 0 the first, so there is no channel {channel}");
    Ok(layer)
}

/// What the answers of a job have in common.
struct Telling<'a> {
    job: &'a Excite,
    weights: &'a Rc<Weights>,
    layers: Vec<LayerGrid>,
    brought: Option<String>,
    is_rectified: bool,
    used: &'a BackendUsed,
    start: f64,
}

impl<'a> Telling<'a> {
    fn new(
        job: &'a Excite,
        weights: &'a Rc<Weights>,
        brought: Option<String>,
        used: &'a BackendUsed,
        start: f64,
    ) -> Result<Self, LabError> {
        let (layers, is_rectified) = (layers_of(weights.network())?, has_rectifiers(weights.network())?);
        Ok(Self { job, weights, layers, brought, is_rectified, used, start })
    }

    async fn run<H: Monitor>(
        &self,
        scan: &mut Scan,
        model: &mut ExciteModel,
        host: &H,
        tell: &dyn Fn(ExciteFound),
    ) -> Result<ExciteFound, LabError> {
        let mut pace = Pace::new(host);
        pace.tell_every(TELL_MILLIS);
        let hear = |scan: &Scan| {
            let (mut found, _) = self.found(scan)?;
            found.elapsed_ms = host.now_millis() - self.start;
            tell(found);
            Ok(())
        };
        scan.run(model, host, &mut pace, hear).await?;
        let (mut found, places) = self.found(scan)?;
        let channel = found.channel as usize;
        let rules = [Rectifiers::Deconvnet, Rectifiers::Guided];
        let (mut beyond, mut has_beyond) = (0.0_f64, false);
        let mut gradients = Vec::new();
        for (at, placed) in places.iter().enumerate() {
            host.step(Stage::Run, at as u64, places.len() as u64).await?;
            let part = scan.layer.part(placed.strong.place as usize);
            for rectifiers in rules {
                let index = scan.layer.at(channel, placed.strong.place as usize);
                let gradient = model.back(&scan.layer, rectifiers, &placed.input, index).await?;
                let (pixels, outside) = self.shown(&gradient, &part)?;
                gradients.extend(gradient);
                beyond = beyond.max(outside.unwrap_or_default());
                has_beyond |= outside.is_some();
                let place = &mut found.places[at];
                match rectifiers {
                    Rectifiers::Deconvnet => place.deconvnet = Some(pixels),
                    Rectifiers::Guided | Rectifiers::Derivative => place.guided = Some(pixels),
                }
            }
            found.elapsed_ms = host.now_millis() - self.start;
            if pace.is_time_to_tell(host) {
                tell(found.clone());
            }
        }
        tell(found.clone());
        let network = self.weights.network();
        found.findings = checks(network, &scan.layer, channel, &places, model, host).await?;
        let dark = has_beyond.then_some((ExciteFact::Dark, 0.0, beyond, 0.0));
        let dark: Vec<Finding<ExciteFact>> = model.device().findings(dark);
        found.findings.extend(dark);
        found.sheet = Some(png::encode(&sheet_of(&found.places)?).into());
        let [channels, height, width] = network.input;
        found.npy = Some(npy_from(&gradients, &[places.len(), rules.len(), channels, height, width]).into());
        Ok(found)
    }

    /// As far as it is known, without what of the pictures it is; and the inputs for that.
    fn found(&self, scan: &Scan) -> Result<(ExciteFound, Vec<FoundPlace>), LabError> {
        let network = self.weights.network();
        let [_, height, width] = network.input;
        let AskedLayer { path, channels, rows, columns, field, .. } = &scan.layer;
        let channel = self.job.channel.map_or_else(|| scan.strongest_channel(), |channel| channel as usize);
        let mut places = Vec::new();
        let mut inputs = Vec::new();
        for &strong in scan.strongest[channel].all() {
            let seen = scan.seen(strong.picture as usize)?;
            let part = scan.layer.part(strong.place as usize);
            inputs.push(FoundPlace { strong, input: values_from(&seen, network)? });
            places.push(ExcitedPlace {
                value: strong.value,
                picture: strong.picture,
                label: self.label(scan, scan.class(strong.picture as usize) as usize),
                place: [strong.place / *columns as u32, strong.place % *columns as u32],
                field: [part.columns.start, part.rows.start, part.columns.len(), part.rows.len()].map(|at| at as u32),
                patch: pixels_from_rgb(&patch(&seen, &part)?),
                seen: pixels_from_rgb(&seen),
                deconvnet: None,
                guided: None,
            });
        }
        let means = scan.means(channel).into_iter().take(CLASSES);
        let classes = means.map(|(class, mean, count)| ClassMean { label: self.label(scan, class), mean, count });
        let values: Vec<f32> = scan.strongest.iter().map(Strongest::value).collect();
        let found = ExciteFound {
            layer: path.clone(),
            shape: [*channels, *rows, *columns],
            layers: self.layers.clone(),
            field: field.map(|field| field.map(|field| field.size as u32)),
            input: [height as u32, width as u32],
            seen: scan.done() as u32,
            of: scan.pool.len() as u32,
            live: values.iter().filter(|value| **value > 0.0).count() as u32,
            wall: scan.wall.told(values),
            channel: channel as u32,
            places,
            classes: classes.collect(),
            is_labelled: scan.pool.classes().is_some(),
            brought: self.brought.clone(),
            is_rectified: self.is_rectified,
            sheet: None,
            npy: None,
            findings: Vec::new(),
            elapsed_ms: 0.0,
            backend: self.used.clone(),
        };
        Ok((found, inputs))
    }

    fn label(&self, scan: &Scan, class: usize) -> [String; 2] {
        let Some(name) = scan.pool.classes().and_then(|classes| classes.get(class)) else {
            return label(self.weights.network(), class).into();
        };
        let known = labels::cifar().iter().find(|label| label.en == name.as_str());
        known.map_or_else(|| [name.clone(), name.clone()], |label| [label.en.to_owned(), label.ja.to_owned()])
    }

    /// The part of a gradient as a picture, and the largest value beyond the part over the largest of all, where there is anything beyond.
    fn shown(&self, gradient: &[f32], part: &Part) -> Result<(Pixels, Option<f64>), LabError> {
        let [channels, height, width] = self.weights.network().input;
        let plane = height * width;
        let [mut most, mut beyond] = [0.0_f32; 2];
        for (at, value) in gradient.iter().enumerate() {
            most = most.max(value.abs());
            if !part.has(at % plane / width, at % width) {
                beyond = beyond.max(value.abs());
            }
        }
        let scale = if most > 0.0 { 127.0 / most } else { 0.0 };
        let of =
            |channel: usize, pixel: usize| (GREY + scale * gradient[channel % channels * plane + pixel]).round() as u8;
        let pixels = (0..plane).flat_map(|pixel| [0, 1, 2].map(|channel| of(channel, pixel))).collect();
        let picture = Rgb::new(width as u32, height as u32, pixels)?;
        let is_part = part.rows.len() < height || part.columns.len() < width;
        let share = f64::from(beyond) / f64::from(most.max(f32::MIN_POSITIVE));
        Ok((pixels_from_rgb(&patch(&picture, part)?), is_part.then_some(share)))
    }
}

fn sheet_of(places: &[ExcitedPlace]) -> Result<Rgb, LabError> {
    let of = |read: fn(&ExcitedPlace) -> Option<&Pixels>| -> Result<Vec<Rgb>, LabError> {
        let opaque = |pixels: &Pixels| Rgb::from_rgba_over_white(pixels.width, pixels.height, &pixels.rgba);
        places.iter().filter_map(read).map(|pixels| scaled(&opaque(pixels)?, SHEET_SIDE)).collect()
    };
    let blocks = [of(|place| Some(&place.patch))?, of(|place| place.deconvnet.as_ref())?, of(|p| p.guided.as_ref())?];
    sheet(&blocks, SHEET_SIDE)
}
