//! What must hold whatever the network.

use super::channels::ScoredChannels;
use super::low_rank::{split, split_layers};
use super::share::codebook;
use super::working::WorkingNetwork;
use crate::lab::device::{Batched, Device};
use crate::lab::linear::unit;
use crate::lab::{LabError, Monitor, Weights};
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::{CompressFact, FactorWay, Finding};

/// A residual block, strides, paddings, and a fully connected layer in front of the last one.
const TEXT: &str = "\
conv 6 5 pad 2
tanh
residual
  conv 6 3 pad 1 no_bias
  batchnorm
  relu
end
conv 8 3 stride 2
relu
linear 12
tanh
linear classes
";
const SHAPE: [usize; 3] = [3, 11, 9];
const CLASSES: usize = 5;
const BATCH: usize = 4;

/// # Errors
/// What the device refuses.
pub async fn compress_facts(device: &Device, watch: &impl Monitor) -> Result<Vec<Finding<CompressFact>>, LabError> {
    let found = [
        (CompressFact::FullRank, 0.0, full_rank(device, watch).await?, 1e-4),
        (CompressFact::Channels, 0.0, channels(device, watch).await?, 1e-4),
        (CompressFact::Clusters, 0.0, clusters(), 1e-6),
    ];
    Ok(device.findings(found))
}

/// A network of our own, and its logits of a few inputs.
struct Probe<'a> {
    weights: Weights,
    inputs: Vec<Vec<f32>>,
    device: &'a Device,
}

impl<'a> Probe<'a> {
    fn new(device: &'a Device) -> Result<Self, LabError> {
        let spec = NetworkSpec::parse(TEXT, SHAPE, CLASSES).map_err(|_| bad_setup!("a text of our own has a fault"))?;
        let names = (0..CLASSES).map(|class| class.to_string()).collect();
        let network = Network::written("facts", "facts", spec, names, Normalise::UNIT);
        let input = |at: u32| -> Vec<f32> { (0..297).map(|place| unit(997 * at + place) - 0.5).collect() };
        let inputs = (0..BATCH as u32).map(input).collect();
        Ok(Self { weights: Weights::initial(network, 3)?, inputs, device })
    }

    /// By its text, and by its graph, as networks without a text are.
    fn forms(&self) -> Result<[WorkingNetwork; 2], LabError> {
        let text = WorkingNetwork::of(&self.weights)?;
        let mut graph = text.clone();
        graph.take_graph(&text.outline()?)?;
        Ok([text, graph])
    }

    async fn logits(&self, weights: &Weights) -> Result<Vec<f32>, LabError> {
        Ok(Batched::new(weights.program(BATCH)?, self.device).await?.rows(&self.inputs).await?.concat())
    }

    /// The largest difference of two networks' logits, over the largest.
    async fn apart(&self, [one, other]: [&Weights; 2]) -> Result<f64, LabError> {
        let (one, other) = (self.logits(one).await?, self.logits(other).await?);
        let largest = one.iter().fold(f32::MIN_POSITIVE, |most, logit| most.max(logit.abs()));
        Ok(f64::from(one.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest))
    }
}

async fn full_rank(device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
    let probe = Probe::new(device)?;
    let mut worst = 0.0_f64;
    for (work, way) in probe.forms()?.iter().flat_map(|work| FactorWay::ALL.map(|way| (work, way))) {
        let layers = split_layers(work, way, watch).await?;
        let full: Vec<_> = layers.iter().map(|layer| layer.full()).collect();
        let (made, _) = split(work, &layers, &full)?;
        worst = worst.max(probe.apart([&probe.weights, &made.weights()?]).await?);
    }
    Ok(worst)
}

/// Without half of the operations; the rest of the difference is whether anything changed at all.
async fn channels(device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
    let probe = Probe::new(device)?;
    let mut worst = 0.0_f64;
    for work in probe.forms()? {
        watch.rest().await?;
        let scored = ScoredChannels::by_magnitude(&work)?;
        let stay = scored.within(&work, 0.5)?;
        let (narrowed, _) = scored.narrowed(&work, &stay)?;
        let (silenced, narrowed) = (scored.silenced(&work, &stay).weights()?, narrowed.weights()?);
        if probe.apart([&probe.weights, &narrowed]).await? == 0.0 {
            return Ok(f64::INFINITY);
        }
        worst = worst.max(probe.apart([&silenced, &narrowed]).await?);
    }
    Ok(worst)
}

/// Means of four clusters, each of eight numbers.
fn clusters() -> f64 {
    let centre = [-3.0_f32, -1.0, 0.5, 2.0];
    let weights: Vec<f32> = (0..32).map(|at| centre[at % 4] + 0.2 * (unit(at as u32) - 0.5)).collect();
    let mean = |of: usize| weights.iter().skip(of).step_by(4).map(|&weight| f64::from(weight)).sum::<f64>() / 8.0;
    let found = codebook(&weights, 4);
    if found.len() != 4 {
        return f64::INFINITY;
    }
    found.iter().enumerate().map(|(at, value)| (f64::from(*value) - mean(at)).abs()).fold(0.0, f64::max)
}
