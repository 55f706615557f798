//! Where in a picture the evidence for a class lies: a map is begun, which a method fills.

mod attention;
mod cam;
mod gradient;
mod integrated;
mod occlusion;
mod rise;
mod slope;
mod smooth;

pub(super) use attention::{Attention, rollout};
pub(super) use cam::{cam, grad_cam, hires_cam};
pub(super) use integrated::on_the_way;
pub(super) use occlusion::Square;
pub(super) use smooth::Noise;

use super::model::LookModel;
use super::overlay::overlay;
use super::probe::{Probe, Probed, Rectifiers, has_rectifiers};
use crate::data::{Rgb, files::npy_from, png};
#[cfg(not(target_arch = "wasm32"))]
use crate::lab::device::{Device, Model};
use crate::lab::device::{Models, Pace, Placed};
use crate::lab::layer::layer_named;
use crate::lab::{Host, LabError, Monitor, Weights, check_class, pixels_from_rgb, predictions, seen, values_from};
use crate::models::{Network, WiredNode};
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::Why;
use crate::protocol::{
    BackendUsed, Baseline, Evidence, EvidenceCost, EvidenceFact, EvidenceFound, EvidenceMap, EvidenceMethod, Finding,
    LayerGrid, Prediction, Stage,
};
use attention::AttentionMap;
use std::rc::Rc;

/// Classes of the whole picture that are told.
const TOP: usize = 10;
/// Inputs that the network gets at once, where there are many.
const BATCH: usize = 16;

/// A map that is being filled.
pub(super) struct Filling<'a, H> {
    pub(super) host: &'a H,
    tell: &'a dyn Fn(EvidenceMap),
    pub(super) weights: Rc<Weights>,
    pub(super) model: &'a mut LookModel,
    /// What the network gets of the whole picture, and what it says of it.
    pub(super) clean: Vec<f32>,
    logits: Vec<f32>,
    /// Without places yet.
    pub(super) map: EvidenceMap,
    findings: Vec<Finding<EvidenceFact>>,
    cost: Option<EvidenceCost>,
    start_millis: f64,
    pace: Pace,
}

/// A job that was checked for its network.
pub(super) enum Ready {
    Gradient { by_input: bool, rectifiers: Rectifiers },
    Smooth(Noise),
    Integrated { steps: usize, baseline: Baseline },
    Layer { method: EvidenceMethod, layer: WiredNode },
    Square(Square),
    Rise(rise::Masks),
    Attention(AttentionMap),
}

/// A picture, and a network that was checked for what is asked of it.
pub(super) struct LookSubject {
    picture: Rc<Rgb>,
    pub(super) weights: Rc<Weights>,
    /// Those with several places.
    pub(super) layers: Vec<WiredNode>,
}

pub(super) async fn evidence<H: Host>(
    job: &Evidence,
    models: &mut Models<LookModel, 2>,
    host: &H,
    tell: &dyn Fn(EvidenceMap),
) -> Result<EvidenceFound, LabError> {
    let subject = LookSubject::of(job, host).await?;
    let ready = Ready::of(job, subject.weights.network(), &subject.layers)?;
    let run = async |models: &mut [Placed<LookModel>]| {
        let Placed { model, used, .. } = &mut models[0];
        found(job, &ready, &subject, model, used.clone(), host, tell).await
    };
    models.run(std::slice::from_ref(&subject.weights), job.backend, host, run).await
}

/// The same of a picture and a network that are at hand, on this device.
///
/// # Errors
/// [`LabError::Setup`] of a job that makes no sense for the network.
#[cfg(not(target_arch = "wasm32"))]
pub async fn evidence_of(
    job: &Evidence,
    picture: &Rc<Rgb>,
    weights: &Rc<Weights>,
    device: &Device,
    watch: &impl Monitor,
) -> Result<EvidenceFound, LabError> {
    let subject = LookSubject::new(job, picture.clone(), weights.clone())?;
    let ready = Ready::of(job, weights.network(), &subject.layers)?;
    let mut model = LookModel::on(weights, device).await?;
    found(job, &ready, &subject, &mut model, device.used(Why::Chosen), watch, &|_| {}).await
}

async fn found<H: Monitor>(
    job: &Evidence,
    ready: &Ready,
    subject: &LookSubject,
    model: &mut LookModel,
    used: BackendUsed,
    host: &H,
    tell: &dyn Fn(EvidenceMap),
) -> Result<EvidenceFound, LabError> {
    let mut filling = subject.filling(job, model, used, host, tell).await?;
    ready.fill(&mut filling).await?;
    if let Ready::Gradient { rectifiers: Rectifiers::Derivative, .. } = ready {
        slope::check(&mut filling).await?;
    }
    let Filling { map, findings, cost, .. } = filling;
    let layer = ready.layer().map(|layer| layer.path.clone());
    let grid = |node: &WiredNode| Some(LayerGrid { path: node.path.clone(), shape: grid_of(node)? });
    let layers = subject.layers.iter().filter_map(grid).collect();
    let blocks = Attention::of(&subject.weights.network().layered(1)?).map(|found| found.grids()).unwrap_or_default();
    let (png, npy) = (png::encode(&overlay(&map)?).into(), npy_from(&map.values, &[map.ys.len(), map.xs.len()]).into());
    Ok(EvidenceFound { map, layer, layers, blocks, cost, findings, png, npy })
}

impl LookSubject {
    pub(super) async fn of(job: &Evidence, host: &impl Host) -> Result<Self, LabError> {
        Self::new(job, host.picture(job.picture)?, host.weights(&job.network).await?)
    }

    fn new(job: &Evidence, picture: Rc<Rgb>, weights: Rc<Weights>) -> Result<Self, LabError> {
        for class in [job.class, job.against] {
            check_class(weights.network(), class)?;
        }
        let layers = layers_of(weights.network())?;
        Ok(Self { picture, weights, layers })
    }

    /// A map that can be filled, as `model` sees the picture.
    pub(super) async fn filling<'a, H: Monitor>(
        &self,
        job: &Evidence,
        model: &'a mut LookModel,
        backend: BackendUsed,
        host: &'a H,
        tell: &'a dyn Fn(EvidenceMap),
    ) -> Result<Filling<'a, H>, LabError> {
        let (start_millis, pace, weights) = (host.now_millis(), Pace::new(host), self.weights.clone());
        let seen = seen(&self.picture, weights.network(), job.fit)?;
        let clean = values_from(&seen, weights.network())?;
        let logits = model.logits(&clean).await?;
        let (mut top, _) = predictions(&weights, &logits, logits.len())?;
        let of = |class: u32| top.iter().find(|one| one.index == class).cloned();
        let whole = job.class.and_then(of).unwrap_or_else(|| top[0].clone());
        let against = job.against.and_then(of);
        ensure!(
            against.as_ref().is_none_or(|against| against.index != whole.index),
            "{} against itself has no evidence; choose another class",
            whole.label
        );
        top.truncate(TOP);
        let seen = pixels_from_rgb(&seen);
        let map = EvidenceMap {
            method: job.method,
            seen,
            top,
            whole,
            against,
            side: 0,
            xs: vec![],
            ys: vec![],
            values: vec![],
            elapsed_ms: 0.0,
            backend,
        };
        let (findings, cost) = (Vec::new(), None);
        Ok(Filling { host, tell, weights, model, clean, logits, map, findings, cost, start_millis, pace })
    }
}

pub(super) fn grids_of(layers: &[WiredNode]) -> Vec<LayerGrid> {
    let grid = |node: &WiredNode| Some(LayerGrid { path: node.path.clone(), shape: grid_of(node)? });
    layers.iter().filter_map(grid).collect()
}

/// Channels, height and width of a layer with several places.
pub(super) fn grid_of(node: &WiredNode) -> Option<[usize; 3]> {
    match *node.shape.as_slice() {
        [_, channels, height, width] if height * width > 1 => Some([channels, height, width]),
        _ => None,
    }
}

pub(super) fn layers_of(network: &Network) -> Result<Vec<WiredNode>, LabError> {
    let nodes = network.layered(1)?.wiring();
    Ok(nodes.into_iter().skip(1).filter(|node| grid_of(node).is_some()).collect())
}

impl Ready {
    pub(super) fn of(job: &Evidence, network: &Network, layers: &[WiredNode]) -> Result<Self, LabError> {
        Ok(match job.method {
            EvidenceMethod::Gradient => Self::Gradient { by_input: false, rectifiers: Rectifiers::Derivative },
            EvidenceMethod::InputGradient => Self::Gradient { by_input: true, rectifiers: Rectifiers::Derivative },
            EvidenceMethod::Guided => Self::rectified(Rectifiers::Guided, network)?,
            EvidenceMethod::Deconvnet => Self::rectified(Rectifiers::Deconvnet, network)?,
            EvidenceMethod::SmoothGrad => Self::Smooth(Noise::of(job)?),
            EvidenceMethod::Integrated => {
                let Evidence { steps, baseline, .. } = *job;
                ensure!((1..=1024).contains(&steps), "{steps} steps cannot be gone; choose 1 to 1024");
                Self::Integrated { steps: steps as usize, baseline }
            }
            EvidenceMethod::GradCam | EvidenceMethod::HiresCam | EvidenceMethod::Cam => {
                Self::Layer { method: job.method, layer: layer_of(job, network, layers)? }
            }
            EvidenceMethod::Occlusion => Self::Square(Square::of(job, network)?),
            EvidenceMethod::Rise => Self::Rise(rise::Masks::of(job, network)?),
            EvidenceMethod::Rollout => Self::Attention(AttentionMap::rollout_of(network)?),
            EvidenceMethod::Attention => {
                Self::Attention(AttentionMap::block_of(network, job.block.as_deref(), job.head)?)
            }
        })
    }

    fn rectified(rectifiers: Rectifiers, network: &Network) -> Result<Self, LabError> {
        ensure!(
            has_rectifiers(network)?,
            "{} has no rectifiers, so nothing is held back: this would be its gradient; choose that",
            network.title
        );
        Ok(Self::Gradient { by_input: false, rectifiers })
    }

    fn layer(&self) -> Option<&WiredNode> {
        match self {
            Self::Layer { layer, .. } => Some(layer),
            Self::Gradient { .. } | Self::Smooth(_) | Self::Integrated { .. } => None,
            Self::Square(_) | Self::Rise(_) | Self::Attention(_) => None,
        }
    }

    pub(super) async fn fill<H: Monitor>(&self, filling: &mut Filling<'_, H>) -> Result<(), LabError> {
        match self {
            Self::Gradient { by_input, rectifiers } => gradient::fill(*by_input, *rectifiers, filling).await,
            Self::Smooth(noise) => smooth::fill(noise, filling).await,
            Self::Integrated { steps, baseline } => integrated::fill(*steps, *baseline, filling).await,
            Self::Layer { method, layer } => cam::fill(*method, layer, filling).await,
            Self::Square(square) => occlusion::fill(square, filling).await,
            Self::Rise(masks) => rise::fill(masks, filling).await,
            Self::Attention(map) => map.fill(filling).await,
        }?;
        filling.map.elapsed_ms = filling.host.now_millis() - filling.start_millis;
        Ok(())
    }
}

fn layer_of(job: &Evidence, network: &Network, layers: &[WiredNode]) -> Result<WiredNode, LabError> {
    let title = &network.title;
    let Some(path) = &job.layer else {
        let last = layers.last().cloned();
        return last.ok_or_else(|| {
            bad_setup!("no layer of {title} has several places; choose a method that needs none, such as the gradient")
        });
    };
    let node = layer_named(network, &network.layered(1)?, path)?;
    let shape = &node.shape[1..];
    ensure!(
        grid_of(&node).is_some(),
        "{path} of {title} gives {shape:?}, which has no places to map; choose a layer of channels, height and width"
    );
    Ok(node)
}

impl<H: Monitor> Filling<'_, H> {
    fn class(&self) -> usize {
        self.map.whole.index as usize
    }

    /// What the map is about, as weights of the logits: 1 of the class, -1 of the one against it.
    fn weights_of_logits(&self) -> Vec<f32> {
        let mut weights = vec![0.0; self.logits.len()];
        weights[self.class()] = 1.0;
        if let Some(Prediction { index, .. }) = self.map.against {
            weights[index as usize] = -1.0;
        }
        weights
    }

    /// The class's logit, less that of the one against it.
    fn score(&self, logits: &[f32]) -> f32 {
        let against = self.map.against.as_ref().map_or(0.0, |against| logits[against.index as usize]);
        logits[self.class()] - against
    }

    /// The map's places are those of a grid of this height and width, stretched over the input.
    pub(super) fn stretch(&mut self, [rows, columns]: [usize; 2]) {
        let [_, height, width] = self.weights.network().input;
        let edges = |count: usize, of: usize| (0..count).map(|at| (at * of / count) as u32).collect();
        (self.map.xs, self.map.ys) = (edges(columns, width), edges(rows, height));
        self.map.side = width.div_ceil(columns).max(height.div_ceil(rows)) as u32;
    }

    pub(super) fn places(&self) -> usize {
        self.map.count()
    }

    /// What the network gets of a picture without what is in this one.
    pub(super) fn emptied(&self, as_what: Baseline) -> Vec<f32> {
        let network = self.weights.network();
        integrated::start_of(as_what, &self.clean, network.input, &network.normalise)
    }

    /// The places are the pixels.
    pub(super) fn stretch_to_pixels(&mut self) {
        let [_, height, width] = self.weights.network().input;
        self.stretch([height, width]);
    }

    /// The mean of the gradients by `count` pictures; the map is meanwhile what `shown` makes of it.
    async fn mean_gradient(
        &mut self,
        count: usize,
        input: impl Fn(usize) -> Vec<f32>,
        shown: impl Fn(&[f32]) -> Vec<f32>,
    ) -> Result<Vec<f32>, LabError> {
        let weights = self.weights_of_logits();
        let Self { host, tell, model, map, start_millis, pace, .. } = self;
        let hear = async |done: usize, mean: Vec<f32>| {
            host.step(Stage::Run, done as u64, count as u64).await?;
            map.elapsed_ms = host.now_millis() - *start_millis;
            if done > 0 && pace.is_time_to_tell(*host) {
                map.values = shown(&mean);
                tell(map.clone());
            }
            Ok(())
        };
        model.mean_gradient(count, input, &weights, hear).await
    }

    /// What one run says of the whole picture.
    async fn probe(&mut self, probe: Probe) -> Result<Probed, LabError> {
        let clean = self.clean.clone();
        self.probe_at(probe, &clean).await
    }

    async fn probe_at(&mut self, probe: Probe, input: &[f32]) -> Result<Probed, LabError> {
        let found = self.model.probe(&probe, &[input], &self.weights_of_logits()).await?.pop();
        found.ok_or_else(|| bad_setup!("a plan gave less than was asked of it"))
    }

    /// The logits of `count` inputs, each made when its turn comes.
    pub(super) async fn hear_all(
        &mut self,
        count: usize,
        input: impl Fn(usize) -> Vec<f32>,
        mut hear: impl FnMut(&mut Self, Vec<f32>) -> Result<(), LabError>,
    ) -> Result<(), LabError> {
        for from in (0..count).step_by(BATCH) {
            self.host.step(Stage::Run, from as u64, count as u64).await?;
            let inputs: Vec<Vec<f32>> = (from..count.min(from + BATCH)).map(&input).collect();
            for logits in self.model.answers(BATCH).await?.rows(&inputs).await? {
                hear(self, logits)?;
            }
            self.tell();
        }
        Ok(())
    }

    /// Of the map as far as it is known.
    fn tell(&mut self) {
        self.map.elapsed_ms = self.host.now_millis() - self.start_millis;
        if self.pace.is_time_to_tell(self.host) {
            (self.tell)(self.map.clone());
        }
    }

    fn found(&mut self, fact: EvidenceFact, expected: f64, measured: f64, limit: f64) {
        let found = self.model.device().findings([(fact, expected, measured, limit)]);
        self.findings.extend(found);
    }
}
