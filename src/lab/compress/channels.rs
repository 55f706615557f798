//! Whole channels: filters, what reads them, and what is added to them go together, so that fewer are really there and everything is
//! faster. Which matter least is said by magnitude (Li et al., "Pruning filters for efficient convnets", 2017), by the scales of batch
//! norms (Liu et al., "Network slimming", 2017) or by the first-order Taylor term (Molchanov et al., "Importance estimation for neural
//! network pruning", 2019).

use super::CompressBench;
use super::slopes::slopes;
use super::tune::{setup_of, values_of};
use super::working::WorkingNetwork;
use crate::lab::packed::{PackedTensor, TensorPacking};
use crate::lab::train::Trainer;
use crate::lab::{LabError, Monitor};
use crate::models::Architecture;
use crate::models::channels::{AxisRole, ChannelAxis, LinkedChannels};
use crate::models::outline::LinkedOutline;
use crate::models::spec::{LayerSplit, NetworkSpec};
use crate::protocol::{ChannelScore, CompressTask, LayerOutcome, Setup, Stage};
use std::collections::BTreeMap;

/// Batches over which the Taylor term is summed.
const BATCHES: u32 = 16;

/// The scores of a network's groups of channels.
pub(super) struct ScoredChannels {
    linked: LinkedChannels,
    /// Of a network without a text.
    graph: Option<LinkedOutline>,
    /// Of each group; infinite where nothing is known of it.
    scores: Vec<f64>,
}

/// The groups of a network's channels, and its graph where it has no text.
fn linked_of(work: &WorkingNetwork) -> Result<(LinkedChannels, Option<LinkedOutline>), LabError> {
    if let Some(spec) = work.network.spec() {
        return Ok((spec.linked_channels(), None));
    }
    let graph = work.outline()?.linked();
    Ok((graph.linked.clone(), Some(graph)))
}

impl ScoredChannels {
    /// # Errors
    /// [`LabError::Setup`] of a network no channels of which could go, of one without batch norms where they are asked for, and of data that it cannot be
    /// trained on where gradients are.
    pub(super) async fn of(
        work: &WorkingNetwork,
        task: &CompressTask,
        bench: &CompressBench,
        watch: &impl Monitor,
    ) -> Result<Self, LabError> {
        let (linked, graph) = linked_of(work)?;
        let title = &work.network.title;
        ensure!(
            linked.groups > 0,
            "{title} has no channels that could go: its layers lead from the picture to its classes, or mix all channels as attention and layer norms do"
        );
        let scores = match task.score {
            ChannelScore::Magnitude => by_magnitude(work, &linked)?,
            ChannelScore::BatchNorm => by_scale(work, &linked)?,
            ChannelScore::Taylor if graph.is_none() && bench.is_as_data() => {
                by_taylor(work, &linked, task, bench, watch).await?
            }
            ChannelScore::Taylor => by_slopes(work, &linked, bench, watch).await?,
        };
        ensure!(
            scores.iter().any(|score| score.is_finite()),
            "{title} has no batch norm behind a layer whose channels could go; choose magnitude or Taylor"
        );
        Ok(Self { linked, graph, scores })
    }

    /// By magnitude.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a network that has another graph for each number of pictures.
    pub(super) fn by_magnitude(work: &WorkingNetwork) -> Result<Self, LabError> {
        let (linked, graph) = linked_of(work)?;
        let scores = by_magnitude(work, &linked)?;
        Ok(Self { linked, graph, scores })
    }

    /// Which groups stay within a share of the network's operations; every layer keeps one at least.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a budget that no layer of one channel fits.
    pub(super) fn within(&self, work: &WorkingNetwork, budget: f64) -> Result<Vec<bool>, LabError> {
        let whole = work.counts()?.macs.max(1);
        let wanted = (budget * whole as f64) as u64;
        let order = self.order();
        let needs = |count: usize| -> Result<u64, LabError> {
            let stay = self.without(&order[..count]);
            match &self.graph {
                Some(graph) => Ok(whole.saturating_sub(graph.saved(&stay))),
                None => Ok(self.text(work, &stay)?.totals().macs),
            }
        };
        let least = needs(order.len())?;
        ensure!(
            least <= wanted,
            "with one channel in each layer the network still needs {:.1} % of its operations, more than the {:.1} % of the budget",
            100.0 * least as f64 / whole as f64,
            100.0 * budget
        );
        let (mut few, mut many) = (0, order.len());
        while few < many {
            let middle = usize::midpoint(few, many);
            if needs(middle)? <= wanted {
                many = middle;
            } else {
                few = middle + 1;
            }
        }
        Ok(self.without(&order[..few]))
    }

    /// So large a share of each named layer's channels stays, and of the others all; those that layers share stay where one wants them.
    pub(super) fn by_layer(&self, share: &dyn Fn(&str) -> Option<f64>) -> Vec<bool> {
        let mut wanted = vec![false; self.scores.len()];
        for axis in self.filters() {
            let mut groups = distinct(axis);
            groups.sort_by(|&one, &other| self.scores[other].total_cmp(&self.scores[one]));
            let layer = axis.tensor.trim_end_matches(".weight");
            let stay =
                share(layer).map_or(groups.len(), |share| (share * groups.len() as f64).round().max(1.0) as usize);
            groups.into_iter().take(stay).for_each(|group| wanted[group] = true);
        }
        wanted
    }

    /// Names of the layers that can have fewer.
    pub(super) fn layers(&self) -> Vec<String> {
        let can = self.filters().filter(|axis| distinct(axis).len() > 1);
        can.map(|axis| axis.tensor.trim_end_matches(".weight").to_owned()).collect()
    }

    /// Groups from the least one on that can go one after another.
    fn order(&self) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.scores.len()).filter(|&group| self.scores[group].is_finite()).collect();
        all.sort_by(|&one, &other| self.scores[one].total_cmp(&self.scores[other]));
        // Channels that stay in any case count too.
        let mut left: Vec<usize> = self.filters().map(|axis| distinct(axis).len() + held(axis)).collect();
        all.retain(|&group| {
            let of = || self.filters().enumerate().filter(move |(_, axis)| axis.groups.contains(&Some(group)));
            let can_go = of().all(|(at, _)| left[at] > 1);
            if can_go {
                let places: Vec<usize> = of().map(|(at, _)| at).collect();
                places.into_iter().for_each(|at| left[at] -= 1);
            }
            can_go
        });
        all
    }

    fn filters(&self) -> impl Iterator<Item = &ChannelAxis> {
        self.linked.axes.iter().filter(|axis| axis.role == AxisRole::Filters)
    }

    fn without(&self, gone: &[usize]) -> Vec<bool> {
        let mut stay = vec![true; self.scores.len()];
        gone.iter().for_each(|&group| stay[group] = false);
        stay
    }

    fn text(&self, work: &WorkingNetwork, stay: &[bool]) -> Result<NetworkSpec, LabError> {
        let spec = spec_of(work)?;
        let width = |name: &str| -> Option<LayerSplit> {
            let tensor = format!("{name}.weight");
            let axis = self.filters().find(|axis| axis.tensor == tensor)?;
            let width = axis.groups.iter().filter(|group| group.is_none_or(|group| stay[group])).count();
            (width < axis.groups.len()).then_some(LayerSplit::Narrow(width))
        };
        let text = spec.rewritten(&width).text;
        NetworkSpec::parse(&text, spec.data(), spec.classes()).map_err(|errors| {
            let first = errors.first().map(ToString::to_string).unwrap_or_default();
            bad_setup!("the network of fewer channels has a fault: {first}")
        })
    }

    /// The network of the channels that stay, and what became of its layers.
    ///
    /// # Errors
    /// None of groups of this network.
    pub(super) fn narrowed(
        &self,
        work: &WorkingNetwork,
        stay: &[bool],
    ) -> Result<(WorkingNetwork, Vec<LayerOutcome>), LabError> {
        let mut made = work.clone();
        if self.graph.is_none() {
            made.network.architecture = Architecture::Written(self.text(work, stay)?.into());
        }
        let mut outcomes = Vec::new();
        for tensor in &mut made.tensors {
            let before = tensor.values.len();
            let square = |values: &[f32]| values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
            let whole = square(&tensor.values);
            let axes: Vec<&ChannelAxis> = self.linked.axes.iter().filter(|axis| axis.tensor == tensor.name).collect();
            for axis in &axes {
                let places = (0..axis.groups.len()).filter(|&at| axis.groups[at].is_none_or(|group| stay[group]));
                *tensor = picked(tensor, axis.axis, &places.collect::<Vec<_>>());
            }
            if axes.iter().any(|axis| axis.role == AxisRole::Filters) {
                outcomes.push(LayerOutcome {
                    name: tensor.name.trim_end_matches(".weight").to_owned(),
                    shape: work.tensor(&tensor.name)?.shape.clone(),
                    rank: None,
                    is_spatial: false,
                    kept: tensor.values.len() as f64 / before.max(1) as f64,
                    lost: (1.0 - square(&tensor.values) / whole.max(f64::MIN_POSITIVE)).max(0.0).sqrt(),
                });
            }
        }
        if let Some(graph) = &self.graph {
            made.take_graph(&graph.narrowed(stay))?;
        }
        Ok((made, outcomes))
    }

    /// The same network whose channels that go give zero everywhere, where their activation of zero is zero.
    pub(super) fn silenced(&self, work: &WorkingNetwork, stay: &[bool]) -> WorkingNetwork {
        let mut made = work.clone();
        for axis in self.linked.axes.iter().filter(|axis| axis.axis == 0 && !axis.tensor.contains(".running_")) {
            let Some(tensor) = made.tensors.iter_mut().find(|tensor| tensor.name == axis.tensor) else { continue };
            let row = tensor.values.len() / axis.groups.len().max(1);
            for (row, group) in tensor.values.chunks_mut(row.max(1)).zip(&axis.groups) {
                if group.is_some_and(|group| !stay[group]) {
                    row.fill(0.0);
                }
            }
        }
        made
    }
}

fn spec_of(work: &WorkingNetwork) -> Result<&NetworkSpec, LabError> {
    let title = &work.network.title;
    work.network.spec().ok_or_else(|| bad_setup!("{title} is not described by text"))
}

fn distinct(axis: &ChannelAxis) -> Vec<usize> {
    let mut groups: Vec<usize> = axis.groups.iter().flatten().copied().collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn held(axis: &ChannelAxis) -> usize {
    axis.groups.iter().filter(|group| group.is_none()).count()
}

/// The tensor with these places along an axis alone.
fn picked(tensor: &PackedTensor, axis: usize, places: &[usize]) -> PackedTensor {
    let mut shape = tensor.shape.clone();
    let inner: usize = shape[axis + 1..].iter().product();
    let outer: usize = shape[..axis].iter().product();
    let row = shape[axis] * inner;
    let values = (0..outer)
        .flat_map(|at| places.iter().flat_map(move |&place| at * row + place * inner..at * row + (place + 1) * inner))
        .map(|at| tensor.values[at])
        .collect();
    shape[axis] = places.len();
    PackedTensor { shape, values, packing: TensorPacking::Plain, ..tensor.clone() }
}

/// Adds what each filter says to its group; `of` gives a number for each filter of a tensor.
fn summed(
    work: &WorkingNetwork,
    linked: &LinkedChannels,
    role: AxisRole,
    of: impl Fn(&PackedTensor) -> Vec<f64>,
) -> Result<[Vec<f64>; 2], LabError> {
    let (mut sums, mut counts) = (vec![0.0; linked.groups], vec![0.0; linked.groups]);
    for axis in linked.axes.iter().filter(|axis| axis.role == role) {
        for (group, value) in axis.groups.iter().zip(of(work.tensor(&axis.tensor)?)) {
            if let Some(group) = *group {
                sums[group] += value;
                counts[group] += 1.0;
            }
        }
    }
    Ok([sums, counts])
}

fn means([sums, counts]: [Vec<f64>; 2]) -> Vec<f64> {
    sums.into_iter().zip(counts).map(|(sum, count)| if count > 0.0 { sum / count } else { f64::INFINITY }).collect()
}

/// The norm of each filter over the mean norm of its layer's.
fn by_magnitude(work: &WorkingNetwork, linked: &LinkedChannels) -> Result<Vec<f64>, LabError> {
    let norms = |tensor: &PackedTensor| {
        let row = tensor.values.len() / tensor.shape[0].max(1);
        let norm = |row: &[f32]| row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        let norms: Vec<f64> = tensor.values.chunks(row.max(1)).map(norm).collect();
        let mean = norms.iter().sum::<f64>() / norms.len().max(1) as f64;
        norms.into_iter().map(|norm| norm / mean.max(f64::MIN_POSITIVE)).collect()
    };
    Ok(means(summed(work, linked, AxisRole::Filters, norms)?))
}

fn by_scale(work: &WorkingNetwork, linked: &LinkedChannels) -> Result<Vec<f64>, LabError> {
    let scales = |tensor: &PackedTensor| tensor.values.iter().map(|value| f64::from(value.abs())).collect();
    Ok(means(summed(work, linked, AxisRole::Scales, scales)?))
}

/// The square of the change of the loss that a group's absence would make, to the first order: of its weights times their gradients.
async fn by_taylor(
    work: &WorkingNetwork,
    linked: &LinkedChannels,
    task: &CompressTask,
    bench: &CompressBench,
    watch: &impl Monitor,
) -> Result<Vec<f64>, LabError> {
    let CompressBench { data, device, .. } = bench;
    let network = &work.network;
    let text = network.spec().map(|spec| spec.text().to_owned()).unwrap_or_default();
    let setup = Setup { network: text, epochs: 1, ..setup_of(task, data.split.train.len()) };
    let mut trainer = Trainer::from_weights(setup, data.clone(), network.normalise, device).await?;
    let values = values_of(work)?;
    trainer.take_weights(|name| values.get(name).cloned())?;
    let batches = BATCHES.min(trainer.steps());
    let mut scores = vec![0.0; linked.groups];
    for batch in 0..batches {
        watch.step(Stage::Run, u64::from(batch), u64::from(batches)).await?;
        let mut gradients = BTreeMap::new();
        for (name, gradient) in trainer.gradients_at(batch).await? {
            gradients.insert(name, gradient.flatten_all()?.to_vec1::<f32>()?);
        }
        add_squares(work, linked, &gradients, &mut scores)?;
    }
    Ok(scores)
}

/// The same by the network's graph itself.
async fn by_slopes(
    work: &WorkingNetwork,
    linked: &LinkedChannels,
    bench: &CompressBench,
    watch: &impl Monitor,
) -> Result<Vec<f64>, LabError> {
    let mut scores = vec![0.0; linked.groups];
    for gradients in slopes(work, bench, BATCHES as usize, watch).await? {
        add_squares(work, linked, &gradients, &mut scores)?;
    }
    Ok(scores)
}

/// Of one batch.
fn add_squares(
    work: &WorkingNetwork,
    linked: &LinkedChannels,
    gradients: &BTreeMap<String, Vec<f32>>,
    scores: &mut [f64],
) -> Result<(), LabError> {
    let products = |tensor: &PackedTensor| {
        let row = (tensor.values.len() / tensor.shape[0].max(1)).max(1);
        let Some(gradient) = gradients.get(&tensor.name) else { return vec![0.0; tensor.shape[0]] };
        let both = tensor.values.chunks(row).zip(gradient.chunks(row));
        both.map(|(w, g)| w.iter().zip(g).map(|(&w, &g)| f64::from(w) * f64::from(g)).sum::<f64>()).collect()
    };
    let [sums, _] = summed(work, linked, AxisRole::Filters, products)?;
    scores.iter_mut().zip(sums).for_each(|(score, sum)| *score += sum * sum);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::compress::low_rank::{split, split_layers};
    use crate::lab::device::{Batched, Device};
    use crate::lab::export::exported;
    use crate::lab::{NoMonitor, Weights};
    use crate::models::Network;
    use crate::protocol::{ExportForm, FactorWay};
    use pollster::block_on;

    /// Of the table of networks, with small pictures and few classes.
    fn weights(id: &str) -> Weights {
        let network = Network::find(id).unwrap();
        Weights::initial(Network { input: [3, 64, 64], classes: 7, names: None, ..network }, 5).unwrap()
    }

    fn logits(weights: &Weights) -> Vec<f32> {
        let value = |of: usize, at: usize| ((of * 131 + at) as f32 * 0.61).sin();
        let inputs: Vec<Vec<f32>> = (0..2).map(|of| (0..3 * 64 * 64).map(|at| value(of, at)).collect()).collect();
        block_on(block_on(Batched::new(weights.program(2).unwrap(), &Device::Cpu)).unwrap().rows(&inputs))
            .unwrap()
            .concat()
    }

    fn apart(one: &[f32], other: &[f32]) -> f32 {
        let largest = one.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest
    }

    /// The file of a network, opened again, and out of an ONNX file.
    fn opened(work: &WorkingNetwork) -> [Weights; 2] {
        let read = Weights::from_bytes("made.safetensors", work.bytes().unwrap()).unwrap();
        let onnx = exported(ExportForm::Onnx, read.network(), Some(&read)).unwrap();
        [read, Weights::from_bytes("made.onnx", onnx).unwrap()]
    }

    #[test]
    fn networks_without_a_text_lose_channels_as_if_they_were_zero() {
        for id in [
            "squeezenet1_1",
            "resnet18",
            "googlenet",
            "densenet121",
            "shufflenet_v2_x1_0",
            "mobilenet_v2",
            "mobilenet_v3_small",
        ] {
            let work = WorkingNetwork::of(&weights(id)).unwrap();
            let scored = ScoredChannels::by_magnitude(&work).unwrap();
            let stay = scored.within(&work, 0.6).unwrap();
            let (narrowed, outcomes) = scored.narrowed(&work, &stay).unwrap();
            let (before, after) = (work.counts().unwrap(), narrowed.counts().unwrap());
            assert!(10 * after.macs <= 6 * before.macs && after.params < before.params, "{id}: {}", after.macs);
            assert!(outcomes.iter().any(|layer| layer.kept < 0.9), "{id}");
            let silenced = logits(&scored.silenced(&work, &stay).weights().unwrap());
            assert!(apart(&silenced, &logits(&work.weights().unwrap())) > 1e-3, "{id}: nothing went");
            for read in opened(&narrowed) {
                let off = apart(&silenced, &logits(&read));
                assert!(off < 1e-3, "{id}: {off}");
                let found = crate::models::summarise(read.network()).unwrap().all;
                assert_eq!(found.macs, after.macs, "{id}");
            }
        }
    }

    #[test]
    fn networks_without_a_text_become_two_layers_of_each() {
        let work = WorkingNetwork::of(&weights("squeezenet1_1")).unwrap();
        let whole = logits(&work.weights().unwrap());
        for way in FactorWay::ALL {
            let layers = block_on(split_layers(&work, way, &NoMonitor::default())).unwrap();
            let full: Vec<_> = layers.iter().map(|layer| layer.full()).collect();
            let (made, outcomes) = split(&work, &layers, &full).unwrap();
            assert!(outcomes.len() == 26 && made.tensors.len() == work.tensors.len() + 26);
            for read in opened(&made) {
                let off = apart(&whole, &logits(&read));
                assert!(off < 1e-3, "{way:?}: {off}");
            }
        }
    }
}
