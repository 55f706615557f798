//! What each layer keeps of a picture that is transformed, and how well it tells classes apart: the difficulty of recognition is that
//! what varies within a class must not matter while what differs between classes must.

mod checks;
mod classes;
mod facts;
mod layers;

mod transformed;
mod tray;

pub(super) use facts::shifted;

use super::model::LookModel;
use crate::data::Rgb;
use crate::data::dataset::Dataset;
#[cfg(not(target_arch = "wasm32"))]
use crate::lab::device::{Device, Model};
use crate::lab::device::{Models, Pace, Placed};
use crate::lab::layer::{AskedResponse, split};
use crate::lab::similarity::{correlation, cosine, squared_distance};
use crate::lab::softmax::argmax;
use crate::lab::train::dataset_of;
use crate::lab::{
    Host, LabError, Monitor, Weights, network_from_preset, predictions, probability_of, seen, thumbnail, values_from,
};
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::Why;
use crate::protocol::{
    BackendUsed, DataChoice, Invariance, InvarianceFound, LayerCurves, LayerShape, Stage, TransformedPicture,
};
use checks::checks;
use classes::{ChosenPictures, ClassMeans, ClassSums, chosen};
use layers::{all_of, layers_of};
use std::fmt::Write;
use std::rc::Rc;
use transformed::transformed;
use tray::varied;

/// Pictures at once, where their responses fit into so many bytes.
const MOST_BATCH: usize = 16;
const BATCH_BYTES: usize = 48 << 20;
/// For the sums of all classes at all layers.
const SUM_BYTES: usize = 96 << 20;
/// Of a transformed picture as it is shown, in pixels.
const SHOWN: u32 = 96;
const TELL_MILLIS: f64 = 300.0;
/// Of the weights of a network that has learnt nothing.
const SEED: u32 = 1;

/// A job that was checked for its network and its picture.
struct Comparison<'a> {
    job: &'a Invariance,
    weights: &'a Weights,
    values: Vec<f64>,
    untouched: usize,
    /// What the network reads of the picture, for each value.
    pictures: Vec<Rgb>,
    /// Pictures of the set.
    count: u32,
    layers: Vec<AskedResponse>,
    all: Vec<LayerShape>,
}

pub(super) async fn invariance<H: Host>(
    job: &Invariance,
    models: &mut Models<LookModel, 2>,
    host: &H,
    tell: &dyn Fn(InvarianceFound),
) -> Result<InvarianceFound, LabError> {
    let weights = match &job.untrained {
        Some(preset) => Rc::new(Weights::initial(network_from_preset(preset)?, SEED)?),
        None => host.weights(&job.network).await?,
    };
    let comparison = Comparison::of(job, &weights, &*host.picture(job.picture)?)?;
    let brought = host.examples();
    let choice = comparison.choice();
    let data = match choice.set == Invariance::TRAY {
        true => {
            let read = |&id: &u32| seen(&*host.picture(id)?, weights.network(), job.fit);
            let pictures = job.tray.iter().map(read).collect::<Result<Vec<_>, LabError>>()?;
            Rc::new(varied(&pictures, choice.count)?)
        }
        false => dataset_of(&choice, brought.as_ref(), host).await?,
    };
    let brought = brought.filter(|data| data.picture(0).is_some()).map(|data| data.name.clone());
    let run = async |models: &mut [Placed<LookModel>]| {
        let Placed { model, used, .. } = &mut models[0];
        let told = |found| tell(InvarianceFound { brought: brought.clone(), ..found });
        let found = comparison.run(&data, model, used, host, &told).await?;
        Ok(InvarianceFound { brought: brought.clone(), ..found })
    };
    models.run(std::slice::from_ref(&weights), job.backend, host, run).await
}

/// The same of a picture and a network that are at hand, on this device; of `data`, or the set that is drawn.
///
/// # Errors
/// [`LabError::Setup`] of a job that makes no sense for the network, the picture or the set.
#[cfg(not(target_arch = "wasm32"))]
pub async fn invariance_of(
    job: &Invariance,
    picture: &Rgb,
    data: Option<Rc<Dataset>>,
    weights: &Rc<Weights>,
    device: &Device,
    watch: &impl Monitor,
) -> Result<InvarianceFound, LabError> {
    let comparison = Comparison::of(job, weights, picture)?;
    let data = match data {
        Some(data) => data,
        None => dataset_of(&comparison.choice(), None, watch).await?,
    };
    let mut model = LookModel::on(weights, device).await?;
    comparison.run(&data, &mut model, &device.used(Why::Chosen), watch, &|_| {}).await
}

impl<'a> Comparison<'a> {
    fn of(job: &'a Invariance, weights: &'a Weights, picture: &Rgb) -> Result<Self, LabError> {
        let network = weights.network();
        let [_, height, width] = network.input;
        let (by, shorter) = (job.transformation, height.min(width));
        let range = job.range.unwrap_or_else(|| by.usual_range(shorter));
        let limits = by.limits(shorter);
        let (low, high) = (limits.low, limits.high);
        ensure!(
            range > low && range <= high,
            "a range of {range} cannot be gone through: choose more than {low} and at most {high}"
        );
        let limits = Invariance::VALUES;
        ensure!(limits.holds(job.values), "{} values cannot be compared; choose {limits}", job.values);
        let limits = Invariance::PICTURES;
        let usual = || Ok(Invariance::usual_pictures(network.layered(1)?.wiring().iter().map(|node| node.macs).sum()));
        let count = job.pictures.map_or_else(usual, Ok::<u32, LabError>)?;
        ensure!(limits.holds(count), "{count} pictures cannot be told apart; choose {limits}");
        let seen = seen(picture, network, job.fit)?;
        let mut pixels = seen.pixels().chunks_exact(3);
        let first = pixels.next();
        ensure!(
            pixels.any(|pixel| Some(pixel) != first),
            "the network reads one colour alone of this picture, so that there is nothing to transform; choose another picture"
        );
        let (layers, all) = (layers_of(job, network)?, all_of(network)?);
        let (values, untouched) = by.values(range, job.values);
        let pictures = values.iter().map(|&value| transformed(&seen, by, value)).collect::<Result<_, _>>()?;
        Ok(Self { job, weights, values, untouched, pictures, count, layers, all })
    }

    /// The set that is drawn or brought, or the tray.
    fn choice(&self) -> DataChoice {
        let [channels, ..] = self.weights.network().input;
        let set = match Invariance::usual_set(channels) {
            // Nobody has named any of its pictures.
            Invariance::TRAY if self.job.tray.is_empty() => "shapes",
            set => set,
        };
        let usual = || DataChoice { set: set.to_owned(), ..DataChoice::default() };
        DataChoice { count: self.count, ..self.job.data.clone().unwrap_or_else(usual) }
    }

    async fn run<H: Monitor>(
        &self,
        data: &Dataset,
        model: &mut LookModel,
        used: &BackendUsed,
        host: &H,
        tell: &dyn Fn(InvarianceFound),
    ) -> Result<InvarianceFound, LabError> {
        let start = host.now_millis();
        ensure!(
            data.picture(0).is_some(),
            "the set {} has points and no pictures; choose one with pictures",
            data.name
        );
        let chosen = chosen(data, self.count as usize)?;
        let mut found = self.curves(model, used, host).await?;
        found.set = data.name.clone();
        found.classes = data.classes.len() as u32;
        found.known = chosen.known.len() as u32;
        found.tested = [0, chosen.tested.len() as u32];
        found.elapsed_ms = host.now_millis() - start;
        tell(found.clone());
        self.tell_apart(data, &chosen, model, host, &mut found, &|found: &InvarianceFound| {
            tell(InvarianceFound { elapsed_ms: host.now_millis() - start, ..found.clone() });
        })
        .await?;
        found.elapsed_ms = host.now_millis() - start;
        found.csv = Some(table(&found).into_bytes().into());
        found.findings = checks(self, &found, model, host).await?;
        Ok(found)
    }

    fn batch(layers: &[AskedResponse]) -> usize {
        let numbers: usize = layers.iter().map(AskedResponse::len).sum();
        (BATCH_BYTES / (4 * numbers).max(1)).clamp(1, MOST_BATCH)
    }

    fn input(&self, seen: &Rgb) -> Result<Vec<f32>, LabError> {
        values_from(seen, self.weights.network())
    }

    /// How alike the responses to the picture are to those to it untouched, and what the network says of each.
    async fn curves<H: Monitor>(
        &self,
        model: &mut LookModel,
        used: &BackendUsed,
        host: &H,
    ) -> Result<InvarianceFound, LabError> {
        let batch = Self::batch(&self.layers);
        let plan = model.responses(&self.layers, batch).await?;
        let count = self.pictures.len();
        let reference = plan.rows(&[self.input(&self.pictures[self.untouched])?]).await?.concat();
        let (wholes, logits) = split(&self.layers, &reference);
        let class = argmax(logits) as u32;
        let pooled: Vec<Vec<f32>> = self.layers.iter().zip(&wholes).map(|(layer, whole)| layer.pooled(whole)).collect();
        let mut layers: Vec<LayerCurves> = self.layers.iter().map(blank).collect();
        let mut strip = Vec::with_capacity(count);
        for from in (0..count).step_by(batch) {
            host.step(Stage::Run, from as u64, count as u64).await?;
            let pictures = &self.pictures[from..count.min(from + batch)];
            let inputs = pictures.iter().map(|picture| self.input(picture)).collect::<Result<Vec<_>, _>>()?;
            for (row, picture) in plan.rows(&inputs).await?.iter().zip(pictures) {
                let (responses, logits) = split(&self.layers, row);
                for (at, response) in responses.into_iter().enumerate() {
                    let curves = &mut layers[at];
                    curves.cosine.push(cosine(response, wholes[at]));
                    curves.correlation.push(correlation(response, wholes[at]));
                    curves.pooled.push(cosine(&self.layers[at].pooled(response), &pooled[at]));
                }
                let top = predictions(self.weights, logits, 1)?.0.into_iter().next();
                strip.push(TransformedPicture {
                    value: self.values[strip.len()],
                    seen: thumbnail(picture, SHOWN)?,
                    top: top.ok_or_else(|| bad_setup!("this network has no classes"))?,
                    kept: probability_of(self.weights, logits, class)?,
                });
            }
        }
        Ok(InvarianceFound {
            transformation: self.job.transformation,
            strip,
            untouched: self.untouched as u32,
            layers,
            all: self.all.clone(),
            set: String::new(),
            classes: 0,
            known: 0,
            tested: [0; 2],
            brought: None,
            csv: None,
            findings: Vec::new(),
            elapsed_ms: 0.0,
            backend: used.clone(),
        })
    }

    /// How well each layer tells the pictures of a set apart under each value, and how far apart two of them are.
    async fn tell_apart<H: Monitor>(
        &self,
        data: &Dataset,
        chosen: &ChosenPictures,
        model: &mut LookModel,
        host: &H,
        found: &mut InvarianceFound,
        tell: &dyn Fn(&InvarianceFound),
    ) -> Result<(), LabError> {
        let (classes, values) = (data.classes.len(), self.values.len());
        let most = SUM_BYTES / (size_of::<f64>() * classes * self.layers.len()).max(1);
        let layers: Vec<AskedResponse> = self.layers.iter().map(|layer| layer.within(most)).collect();
        for (curves, layer) in found.layers.iter_mut().zip(&layers) {
            curves.squares = layer.squares.map(|squares| squares.map(|side| side as u32));
        }
        let batch = Self::batch(&layers);
        let plan = model.responses(&layers, batch).await?;
        let mut pace = Pace::new(host);
        pace.tell_every(TELL_MILLIS);
        let (known, tested) = (chosen.known.len(), chosen.tested.len());
        let of = (known + tested * values) as u64;

        let read = |at: usize| {
            let picture = data.picture(at).ok_or_else(|| bad_setup!("there is no picture {at} in {}", data.name))?;
            seen(&picture, self.weights.network(), self.job.fit)
        };
        let mut sums: Vec<ClassSums> = layers.iter().map(|layer| ClassSums::new(classes, layer.len())).collect();
        for from in (0..known).step_by(batch) {
            host.step(Stage::Run, from as u64, of).await?;
            let some = &chosen.known[from..known.min(from + batch)];
            let inputs = some.iter().map(|&at| self.input(&read(at)?)).collect::<Result<Vec<_>, _>>()?;
            for (row, &at) in plan.rows(&inputs).await?.iter().zip(some) {
                let (responses, _) = split(&layers, row);
                sums.iter_mut().zip(responses).for_each(|(sums, response)| sums.add(response, data.labels[at]));
            }
        }
        let means: Vec<ClassMeans> = sums.iter().map(ClassSums::means).collect();
        drop(sums);

        let inputs = self.pictures.iter().map(|picture| self.input(picture)).collect::<Result<Vec<_>, _>>()?;
        let reference = plan.rows(&inputs[self.untouched..=self.untouched]).await?.concat();
        let (wholes, _) = split(&layers, &reference);
        for some in inputs.chunks(batch) {
            for row in plan.rows(some).await? {
                for (at, response) in split(&layers, &row).0.into_iter().enumerate() {
                    let away = squared_distance(response, wholes[at]);
                    let share = if means[at].apart > 0.0 { away / means[at].apart } else { 0.0 };
                    found.layers[at].distance.push((1.0 - share) as f32);
                }
            }
        }

        let mut tally = Tally::new(layers.len(), values);
        let all: Vec<(usize, usize)> =
            chosen.tested.iter().flat_map(|&at| (0..values).map(move |value| (at, value))).collect();
        let mut last: Option<(usize, Rgb)> = None;
        for some in all.chunks(batch) {
            host.step(Stage::Run, known as u64 + tally.seen, of).await?;
            let mut inputs = Vec::with_capacity(some.len());
            for &(at, value) in some {
                let picture = match last.take() {
                    Some((known, picture)) if known == at => picture,
                    _ => read(at)?,
                };
                inputs.push(self.input(&transformed(&picture, self.job.transformation, self.values[value])?)?);
                last = Some((at, picture));
            }
            for (row, &(at, value)) in plan.rows(&inputs).await?.iter().zip(some) {
                for (layer, response) in split(&layers, row).0.into_iter().enumerate() {
                    let Some(nearest) = means[layer].nearest(response, data.labels[at]) else { continue };
                    let is_own = nearest.class == data.labels[at];
                    tally.add(
                        [layer, value],
                        is_own,
                        (value == self.untouched).then_some([nearest.own, nearest.others]),
                    );
                }
                tally.seen += 1;
            }
            let is_whole = tally.seen >= values as u64;
            if is_whole && pace.is_time_to_tell(host) {
                tally.tell(found);
                tell(found);
            }
        }
        tally.tell(found);
        Ok(())
    }
}

/// What was found of the set so far.
struct Tally {
    values: usize,
    /// Pictures under a value.
    seen: u64,
    /// By layer and value: how many are nearest to their own class, of how many.
    own: Vec<[u32; 2]>,
    /// By layer, of untouched ones: squared distances to the mean of the own class, and to others.
    away: Vec<[f64; 2]>,
}

impl Tally {
    fn new(layers: usize, values: usize) -> Self {
        Self { values, seen: 0, own: vec![[0; 2]; layers * values], away: vec![[0.0; 2]; layers] }
    }

    fn add(&mut self, [layer, value]: [usize; 2], is_own: bool, away: Option<[f64; 2]>) {
        let [own, of] = &mut self.own[layer * self.values + value];
        (*own, *of) = (*own + u32::from(is_own), *of + 1);
        if let Some(away) = away {
            self.away[layer].iter_mut().zip(away).for_each(|(sum, away)| *sum += away);
        }
    }

    fn tell(&self, found: &mut InvarianceFound) {
        found.tested[0] = (self.seen / self.values as u64) as u32;
        for (at, curves) in found.layers.iter_mut().enumerate() {
            let own = &self.own[at * self.values..][..self.values];
            curves.told = own.iter().map(|[own, of]| *own as f32 / (*of).max(1) as f32).collect();
            let [own, others] = self.away[at];
            curves.within = if others > 0.0 { (own / others) as f32 } else { 1.0 };
        }
    }
}

fn blank(layer: &AskedResponse) -> LayerCurves {
    LayerCurves {
        path: layer.path.clone(),
        shape: layer.shape.clone(),
        cosine: Vec::new(),
        correlation: Vec::new(),
        pooled: Vec::new(),
        distance: Vec::new(),
        told: Vec::new(),
        within: 1.0,
        squares: None,
    }
}

/// A row for each layer and value.
fn table(found: &InvarianceFound) -> String {
    let mut text = String::from("layer,path,value,cosine,correlation,pooled_cosine,distance_similarity,told_apart\n");
    for (number, layer) in found.layers.iter().enumerate() {
        let LayerCurves { path, cosine, correlation, pooled, distance, told, .. } = layer;
        for (at, TransformedPicture { value, .. }) in found.strip.iter().enumerate() {
            let all = [cosine, correlation, pooled, distance, told].map(|curve| curve[at].to_string()).join(",");
            // Writing to a string cannot fail.
            _ = writeln!(text, "{number},{path},{value},{all}");
        }
    }
    text
}
