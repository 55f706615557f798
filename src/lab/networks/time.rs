//! How long each node of a drawn graph takes on this device: the steps of the network's program one by one, each counted for the node
//! whose kernel it runs. What the step computes besides (a batch norm that was folded into its convolution, a rectifier behind it) is
//! within it, and has no time of its own.

use super::known;
use crate::graph::pass::{Step, StepWork};
use crate::graph::{NodeId, Program};
use crate::lab::device::Device;
use crate::lab::timing::{Course, ProgramTimes, devices, inference, name_of, step_times};
use crate::lab::{Host, LabError};
use crate::models::{Network, NetworkGraph, WiredNode};
use crate::protocol::{NodeTime, NodeTimes, NodesTimed, Sampling, TimeNodes};
use std::collections::BTreeSet;

/// A network has many steps, and a person waits.
const SAMPLING: Sampling = Sampling { samples: 3, sample_millis: 8.0 };

pub(super) async fn time<H: Host>(job: TimeNodes, host: &H) -> Result<NodesTimed, LabError> {
    let (network, weights) = known(&job.network, host).await?;
    let program = || inference(&network, &|name| weights.as_ref()?.value(name));
    let shares = Shares::of(&network, &program()?)?;
    // Nobody else computes meanwhile.
    let timed = host.alone(async |gpu| {
        let all = devices(job.backend, &gpu).await?;
        let mut course = Course::new(host, SAMPLING, (all.len() * shares.steps.len()) as u64);
        let mut timed = Vec::with_capacity(all.len());
        for device in &all {
            timed.push(shares.timed(device, step_times(program()?, device, &mut course).await?));
        }
        Ok(timed)
    });
    Ok(NodesTimed { network: job.network, devices: timed.await? })
}

/// Which node each step of a program is of.
struct Shares {
    wiring: Vec<WiredNode>,
    steps: Vec<Share>,
}

#[derive(Debug)]
struct Share {
    /// Places in the wiring: the node that the step is of, and those that it computes besides.
    owner: usize,
    within: BTreeSet<usize>,
}

impl Shares {
    /// Of a program that was made from a graph of this network.
    fn of(network: &Network, program: &Program) -> Result<Self, LabError> {
        let graph = network.layered(1)?;
        let wiring = graph.wiring();
        let places = places(&graph, &wiring);
        let place = |id: NodeId| places.get(program.origin(id)).copied().flatten().unwrap_or_default();
        let share = |step: &Step| {
            let computed = computed(step);
            let owner = place(computed.first().copied().unwrap_or(step.output));
            let within = computed.into_iter().map(place).filter(|&at| at != owner).collect();
            Share { owner, within }
        };
        Ok(Self { steps: program.steps.iter().map(share).collect(), wiring })
    }

    fn timed(&self, device: &Device, times: ProgramTimes) -> NodeTimes {
        let mut counts = vec![(0_u32, 0.0_f64); self.wiring.len()];
        for step in &times.steps {
            let (steps, millis) = &mut counts[self.steps[step.at].owner];
            *steps += 1;
            *millis += step.millis;
        }
        let path = |at: usize| self.wiring[at].path.clone();
        let node = |(at, &(steps, millis)): (usize, &(u32, f64))| {
            let within = self.steps.iter().find(|share| steps == 0 && share.within.contains(&at));
            let within = within.map(|share| path(share.owner));
            (steps > 0 || within.is_some()).then(|| NodeTime { path: path(at), millis, steps, within })
        };
        NodeTimes {
            kind: device.kind(),
            name: name_of(device),
            clock: times.clock,
            whole_millis: times.whole_millis,
            nodes: counts.iter().enumerate().filter_map(node).collect(),
        }
    }
}

/// The nodes that a step computes, its kernel first.
fn computed(step: &Step) -> Vec<NodeId> {
    match &step.work {
        StepWork::Fused { anchor, links, .. } => {
            anchor.iter().copied().chain(links.iter().map(|link| link.node)).collect()
        }
        StepWork::Copy { .. } | StepWork::Join => vec![step.output],
    }
}

/// The place in the wiring of each node of the graph; what only moves is of what it moves, and what depends on weights alone is of none.
fn places(graph: &NetworkGraph, wiring: &[WiredNode]) -> Vec<Option<usize>> {
    let nodes = graph.input.graph().nodes();
    let mut places = vec![None; nodes.len()];
    for (at, node) in wiring.iter().enumerate() {
        node.nodes.iter().for_each(|&id| places[id] = Some(at));
    }
    for (id, node) in nodes.iter().enumerate() {
        if places[id].is_none() {
            places[id] = node.inputs.iter().find_map(|&input| places[input]);
        }
    }
    places
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Shares, inference};
    use crate::models::Network;

    /// Chains, residual ways, dense joins, shuffled channels, squeezed gates, attention.
    const NETWORKS: [&str; 7] = [
        "squeezenet1_1",
        "cifar10_resnet20",
        "resnet18",
        "densenet121",
        "shufflenet_v2_x1_0",
        "mobilenet_v3_small",
        "vit_tiny_16",
    ];

    #[test]
    fn what_multiplies_has_a_step_of_its_own_and_what_is_fused_has_none() {
        for id in NETWORKS {
            let network = Network::find(id).unwrap();
            let shares = Shares::of(&network, &inference(&network, &|_| None).unwrap()).unwrap();
            let owned = |at: usize| shares.steps.iter().filter(|share| share.owner == at).count();
            let is_within = |at: usize| shares.steps.iter().any(|share| share.within.contains(&at));
            for (at, node) in shares.wiring.iter().enumerate() {
                assert!(node.macs == 0 || owned(at) > 0, "{id}: {} has no step", node.path);
            }
            let norms = shares.wiring.iter().enumerate().filter(|(_, node)| node.kind == "batch_norm");
            let (alone, fused): (Vec<_>, Vec<_>) = norms.partition(|(at, _)| owned(*at) > 0);
            println!("{id}: {} steps, {} norms alone, {} fused", shares.steps.len(), alone.len(), fused.len());
            assert!(fused.iter().all(|(at, _)| is_within(*at)), "{id}");
            // DenseNet's norms come before its convolutions.
            assert!(alone.is_empty() || id == "densenet121", "{id}: {:?}", alone[0].1.path);
        }
    }
}
