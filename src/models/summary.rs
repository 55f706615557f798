//! A network's parameters and multiply-accumulates, layer by layer, for one picture.

use super::Network;
use crate::graph::op::{Form, Matmul};
use crate::graph::{Kind, Node, ShapeError, Spec};

/// A network's size and cost for one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Of all layers.
    pub all: Totals,
    /// Of the convolutions.
    pub conv: Totals,
    /// Of the fully connected layers.
    pub fc: Totals,
    /// One by one, in the order in which they run.
    pub layers: Vec<LayerSummary>,
}

/// The sums over some layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many there are.
    pub layers: u32,
    /// Their parameters.
    pub params: u64,
    /// Their multiply-accumulates.
    pub macs: u64,
}

impl Totals {
    fn add(&mut self, layer: &LayerSummary) {
        self.layers += 1;
        self.params += layer.params;
        self.macs += layer.macs;
    }
}

/// A layer: the variables under one prefix and what is computed with them, or one kernel without variables.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSummary {
    /// The prefix of its variables, or the op.
    pub name: String,
    /// The op that computes it.
    pub op: &'static str,
    /// Of the output.
    pub shape: Vec<usize>,
    /// Its parameters.
    pub params: u64,
    /// Its multiply-accumulates.
    pub macs: u64,
}

/// Which nodes depend on no input.
pub(super) fn fixed(nodes: &[Node]) -> Vec<bool> {
    let mut fixed: Vec<bool> = Vec::with_capacity(nodes.len());
    for node in nodes {
        fixed.push(match &node.kind {
            Kind::Variable { .. } | Kind::Constant(_) => true,
            Kind::Input { .. } => false,
            Kind::Op(_) => node.inputs.iter().all(|&input| fixed[input]),
        });
    }
    fixed
}

/// The layer that a variable belongs to; some belong to the network itself.
fn owner(variable: &str) -> &str {
    variable.rsplit_once('.').map_or(variable, |(prefix, _)| prefix)
}

/// For each node the prefix of the first variable that it reads, directly or through ops on variables alone; of a variable its
/// own.
pub(super) fn owners(nodes: &[Node]) -> Vec<Option<String>> {
    let fixed = fixed(nodes);
    let mut owners: Vec<Option<String>> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let from_inputs = || node.inputs.iter().filter(|&&i| fixed[i]).find_map(|&i| owners[i].clone());
        owners.push(match &node.kind {
            Kind::Variable { name, .. } => Some(owner(name).to_owned()),
            Kind::Constant(_) | Kind::Input { .. } => None,
            Kind::Op(_) => from_inputs(),
        });
    }
    owners
}

/// Reads the layers off the network's graph. Running statistics are no parameters, as in PyTorch's counts.
pub fn summarise(network: &Network) -> Result<Summary, ShapeError> {
    let (x, _) = network.graph(1)?;
    let nodes = x.graph().nodes();
    let mut layers: Vec<LayerSummary> = Vec::new();
    let (owners, fixed) = (owners(&nodes), fixed(&nodes));
    for (id, node) in nodes.iter().enumerate() {
        if let (Kind::Op(op), false) = (&node.kind, fixed[id]) {
            let own = &owners[id];
            let specs: Vec<&Spec> = node.inputs.iter().map(|&i| &nodes[i].spec).collect();
            let macs = op.cost(&specs, &node.spec).macs;
            let name = match own {
                Some(prefix) => prefix.clone(),
                None if matches!(op.form(&specs, &node.spec), Form::Kernel(_)) => op.name().to_owned(),
                None => String::new(),
            };
            match layers.iter_mut().find(|layer| own.is_some() && layer.name == name) {
                Some(layer) => {
                    layer.macs += macs;
                    layer.shape.clone_from(&node.spec.shape);
                }
                None if !name.is_empty() => {
                    let op = match op.get::<Matmul>() {
                        Some(_) => "linear",
                        None if own.is_some() && macs == 0 => "batch_norm",
                        None => op.name(),
                    };
                    layers.push(LayerSummary { name, op, shape: node.spec.shape.clone(), params: 0, macs });
                }
                None => {}
            }
        }
    }
    for node in nodes.iter() {
        if let Kind::Variable { name, .. } = &node.kind
            && !name.contains(".running_")
            && let Some(layer) = layers.iter_mut().find(|layer| layer.name == owner(name))
        {
            layer.params += node.spec.elem_count() as u64;
        }
    }
    let mut summary = Summary { all: Totals::default(), conv: Totals::default(), fc: Totals::default(), layers };
    for layer in &summary.layers {
        summary.all.add(layer);
        match layer.op {
            "conv2d" => summary.conv.add(layer),
            "linear" => summary.fc.add(layer),
            _ => {}
        }
    }
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_parameter_counts() {
        let params = |id: &str| summarise(&Network::find(id).unwrap()).unwrap().all.params;
        assert_eq!(params("squeezenet1_0"), 1_248_424);
        assert_eq!(params("squeezenet1_1"), 1_235_496);
        assert_eq!(params("resnet18"), 11_689_512);
        assert_eq!(params("mobilenet_v1_100"), 4_231_976);
        assert_eq!(params("cifar10_resnet20"), 269_722);
        assert_eq!(params("cifar10_resnet56"), 853_018);
    }

    #[test]
    fn the_table_has_what_the_networks_have() {
        for (row, network) in crate::models::LISTED.iter().zip(crate::models::networks()) {
            let all = summarise(&network).unwrap().all;
            assert_eq!((row.id, row.params, row.macs), (network.id.as_str(), all.params, all.macs));
        }
    }

    #[test]
    fn published_operation_counts() {
        let macs = |id: &str| summarise(&Network::find(id).unwrap()).unwrap().all.macs as f64;
        // torchvision's own table: 0.349 and 1.814 G; MobileNets paper: 569 M.
        assert!((macs("squeezenet1_1") / 349e6 - 1.0).abs() < 0.01);
        assert!((macs("resnet18") / 1.814e9 - 1.0).abs() < 0.01);
        assert!((macs("mobilenet_v1_100") / 569e6 - 1.0).abs() < 0.01);
    }
}
