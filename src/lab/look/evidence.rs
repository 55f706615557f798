//! Where in a picture the evidence for a class lies: a map is begun, which a method fills.

mod cam;
mod gradient;
mod occlusion;
mod slope;

pub(super) use cam::{cam, grad_cam, hires_cam};
pub(super) use occlusion::Square;

use super::model::LookModel;
use super::probe::{Probe, Probed};
use crate::lab::device::{Models, Pace, Placed};
use crate::lab::layer::layer_named;
use crate::lab::{Host, LabError, Weights, check_class, pixels_from_rgb, predictions, seen, values_from};
use crate::models::{Network, WiredNode};
use crate::protocol::{
    Evidence, EvidenceFact, EvidenceFound, EvidenceMap, EvidenceMethod, Finding, LayerGrid, Prediction, Stage,
};
use std::rc::Rc;

/// Classes of the whole picture that are told.
const TOP: usize = 10;
/// Inputs that the network gets at once, where there are many.
const BATCH: usize = 16;

/// A map that is being filled.
pub(super) struct Filling<'a, H> {
    host: &'a H,
    tell: &'a dyn Fn(EvidenceMap),
    weights: Rc<Weights>,
    model: &'a mut LookModel,
    /// What the network gets of the whole picture, and what it says of it.
    clean: Vec<f32>,
    logits: Vec<f32>,
    /// Without places yet.
    map: EvidenceMap,
    findings: Vec<Finding<EvidenceFact>>,
    start_millis: f64,
    pace: Pace,
}

/// A job that was checked for its network.
enum Ready {
    Gradient { by_input: bool },
    Layer { method: EvidenceMethod, layer: WiredNode },
    Square(Square),
}

pub(super) async fn evidence<H: Host>(
    job: &Evidence,
    models: &mut Models<LookModel, 2>,
    host: &H,
    tell: &dyn Fn(EvidenceMap),
) -> Result<EvidenceFound, LabError> {
    let (picture, weights) = (host.picture(job.picture)?, host.weights(&job.network).await?);
    let network = weights.network();
    for class in [job.class, job.against] {
        check_class(network, class)?;
    }
    let layers = layers_of(network)?;
    let ready = Ready::of(job, network, &layers)?;
    let run = async |models: &mut [Placed<LookModel>]| {
        let (start_millis, pace) = (host.now_millis(), Pace::new(host));
        let Placed { network: weights, model, used, .. } = &mut models[0];
        let seen = seen(&picture, weights.network(), job.fit)?;
        let clean = values_from(&seen, weights.network())?;
        let logits = model.logits(&clean).await?;
        let (mut top, _) = predictions(weights, &logits, logits.len())?;
        let of = |class: u32| top.iter().find(|one| one.index == class).cloned();
        let whole = job.class.and_then(of).unwrap_or_else(|| top[0].clone());
        let against = job.against.and_then(of);
        ensure!(
            against.as_ref().is_none_or(|against| against.index != whole.index),
            "{} against itself has no evidence; choose another class",
            whole.label
        );
        top.truncate(TOP);
        let (seen, backend) = (pixels_from_rgb(&seen), used.clone());
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
        let weights = weights.clone();
        let findings = Vec::new();
        let mut filling = Filling { host, tell, weights, model, clean, logits, map, findings, start_millis, pace };
        ready.fill(&mut filling).await?;
        filling.map.elapsed_ms = host.now_millis() - start_millis;
        Ok((filling.map, filling.findings))
    };
    let (map, findings) = models.run(std::slice::from_ref(&weights), job.backend, host, run).await?;
    let layer = ready.layer().map(|layer| layer.path.clone());
    Ok(EvidenceFound { map, layer, layers: grids_of(&layers), findings })
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
    fn of(job: &Evidence, network: &Network, layers: &[WiredNode]) -> Result<Self, LabError> {
        Ok(match job.method {
            EvidenceMethod::Gradient => Self::Gradient { by_input: false },
            EvidenceMethod::InputGradient => Self::Gradient { by_input: true },
            EvidenceMethod::GradCam | EvidenceMethod::HiresCam | EvidenceMethod::Cam => {
                Self::Layer { method: job.method, layer: layer_of(job, network, layers)? }
            }
            EvidenceMethod::Occlusion => Self::Square(Square::of(job, network)?),
        })
    }

    fn layer(&self) -> Option<&WiredNode> {
        match self {
            Self::Layer { layer, .. } => Some(layer),
            Self::Gradient { .. } | Self::Square(_) => None,
        }
    }

    async fn fill<H: Host>(&self, filling: &mut Filling<'_, H>) -> Result<(), LabError> {
        match self {
            Self::Gradient { by_input } => gradient::fill(*by_input, filling).await,
            Self::Layer { method, layer } => cam::fill(*method, layer, filling).await,
            Self::Square(square) => occlusion::fill(square, filling).await,
        }
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

impl<H: Host> Filling<'_, H> {
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
    fn stretch(&mut self, [rows, columns]: [usize; 2]) {
        let [_, height, width] = self.weights.network().input;
        let edges = |count: usize, of: usize| (0..count).map(|at| (at * of / count) as u32).collect();
        (self.map.xs, self.map.ys) = (edges(columns, width), edges(rows, height));
        self.map.side = width.div_ceil(columns).max(height.div_ceil(rows)) as u32;
    }

    /// What one run says of the whole picture, by it or by a layer.
    async fn probe(&mut self, layer: Option<&str>) -> Result<Probed, LabError> {
        let clean = self.clean.clone();
        self.probe_at(Probe { from: None, layer: layer.map(str::to_owned), batch: 1 }, &clean).await
    }

    async fn probe_at(&mut self, probe: Probe, input: &[f32]) -> Result<Probed, LabError> {
        let found = self.model.probe(&probe, &[input], &self.weights_of_logits()).await?.pop();
        found.ok_or_else(|| bad_setup!("a plan gave less than was asked of it"))
    }

    /// The logits of `count` inputs, each made when its turn comes.
    async fn hear_all(
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
