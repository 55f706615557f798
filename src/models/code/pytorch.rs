//! PyTorch: a module whose layers and tensors have the names of the network's own.

mod op;

use super::lines::Lines;
use super::step::CodeStep;
use super::{CodeError, Known, outline_of, prepared};
use crate::graph::Host;
use crate::models::Network;
use crate::models::outline::{Outline, OutlineWork};
use op::{StepText, joined, tuple};
use std::collections::{BTreeMap, BTreeSet};

/// The network as a module of PyTorch, whose tensors have the names that they have in its file of weights.
///
/// # Errors
/// Where it has an op that PyTorch has not.
pub fn to_pytorch(network: &Network) -> Result<String, CodeError> {
    let outline = outline_of(network)?;
    let mut layers: BTreeMap<String, String> = BTreeMap::new();
    let mut tensors: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut constants: Vec<String> = Vec::new();
    let mixed = mixed(&outline);
    let mut lines = Lines::new(&outline);
    let mut whole = false;
    for (at, step) in outline.steps.iter().enumerate() {
        match &step.work {
            OutlineWork::Picture => lines.known(step.id, "image"),
            // Read where it is used.
            OutlineWork::Variable(_) => {}
            OutlineWork::Constant(value) => {
                let name = format!("constant_{}", constants.len());
                constants.push(format!("self.register_buffer(\"{name}\", {}, persistent=False)", constant(value)?));
                lines.known(step.id, format!("self.{name}"));
            }
            _ => {
                let call = StepText(CodeStep { outline: &outline, step });
                if let Some((path, layer)) = call.layer()
                    && !mixed.contains(&path)
                    && layers.get(&path).is_none_or(|known| *known == layer)
                {
                    layers.insert(path.clone(), layer);
                    let expression = call.module(&access(&path))?;
                    lines.step(at, &step.inputs[..1], expression, assigned);
                    continue;
                }
                for id in &step.inputs {
                    if let Some((name, shape)) = call.0.variable(*id) {
                        lines.known(*id, tensor(&name));
                        tensors.insert(name, shape);
                    }
                }
                let expression = call.expression()?;
                whole |= expression.text.contains("pictures");
                lines.step(at, &step.inputs, expression, assigned);
            }
        }
    }
    // What belongs to a layer is made with it.
    tensors.retain(|name, _| !name.rsplit_once('.').is_some_and(|(path, _)| layers.contains_key(path)));
    let mut root = Branch::default();
    layers.into_iter().for_each(|(path, layer)| root.at(&path).layer = Some(layer));
    for (name, shape) in tensors {
        let (path, last) = name.rsplit_once('.').unwrap_or(("", &name));
        root.at(path).tensors.push((last.to_owned(), shape));
    }
    let mut text = head(network);
    let arguments = root.arguments(2);
    text.push_str(&format!("        super().__init__({arguments})\n"));
    constants.iter().for_each(|line| text.push_str(&format!("        {line}\n")));
    text.push_str("\n    def forward(self, image):\n");
    if whole {
        text.push_str("        pictures = image.shape[0]\n");
    }
    lines.lines.iter().for_each(|line| text.push_str(&format!("        {line}\n")));
    text.push_str(&format!("        return {}\n", lines.result()));
    Ok(text)
}

/// The paths of layers beside whose tensors lies one that is not theirs: a bias for each place of a convolution, for example.
fn mixed(outline: &Outline) -> BTreeSet<String> {
    let mut layers: BTreeSet<String> = BTreeSet::new();
    let mut theirs: BTreeSet<String> = BTreeSet::new();
    for step in &outline.steps {
        let call = StepText(CodeStep { outline, step });
        if let Some((path, _)) = call.layer() {
            layers.insert(path);
            theirs.extend(step.inputs.iter().filter_map(|&id| call.0.variable(id)).map(|(name, _)| name));
        }
    }
    let names = outline.steps.iter().filter_map(|step| match &step.work {
        OutlineWork::Variable(name) => Some(name.as_str()),
        _ => None,
    });
    let strays = names.filter(|name| !theirs.contains(*name));
    let paths = strays.map(|name| name.rsplit_once('.').map_or("", |(path, _)| path));
    paths.filter(|path| layers.contains(*path)).map(str::to_owned).collect()
}

fn assigned(name: &str, text: &str) -> String {
    format!("{name} = {text}")
}

fn head(network: &Network) -> String {
    let [channels, height, width] = network.input;
    format!(
        r#""""{title}, as Neocog has it.

    from safetensors.torch import load_file

    network = Network().eval()
    network.load_state_dict(load_file("weights.safetensors"), strict=False)
    logits = network(image)  # [pictures, {channels}, {height}, {width}] → [pictures, {classes}]

{prepared}
"""

import torch
import torch.nn.functional as F
from torch import nn


class Part(nn.ModuleDict):
    """Layers by name, and tensors of their own."""

    def __init__(self, layers={{}}, tensors={{}}):
        super().__init__(layers)
        for name, shape in tensors.items():
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)))


class Network(Part):
    def __init__(self):
"#,
        title = network.title.replace(['"', '\\'], "'"),
        classes = network.classes,
        prepared = prepared(network),
    )
}

/// Layers and tensors below a path.
#[derive(Default)]
struct Branch {
    layer: Option<String>,
    inside: BTreeMap<String, Branch>,
    tensors: Vec<(String, Vec<usize>)>,
}

impl Branch {
    fn at(&mut self, path: &str) -> &mut Branch {
        let mut part = self;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            part = part.inside.entry(name.to_owned()).or_default();
        }
        part
    }

    fn text(&self, depth: usize) -> String {
        match &self.layer {
            Some(layer) if self.inside.is_empty() && self.tensors.is_empty() => layer.clone(),
            _ => format!("Part({})", self.arguments(depth)),
        }
    }

    /// Layers in the order in which people count.
    fn arguments(&self, depth: usize) -> String {
        let mut names: Vec<&String> = self.inside.keys().collect();
        names.sort_by_key(|name| (name.parse::<u64>().unwrap_or(u64::MAX), (*name).clone()));
        let space = "    ".repeat(depth);
        let row = |name: &String| format!("{space}    {name:?}: {},\n", self.inside[name].text(depth + 1));
        let layers: String = names.into_iter().map(row).collect();
        let layers = if layers.is_empty() { "{}".to_owned() } else { format!("{{\n{layers}{space}}}") };
        if self.tensors.is_empty() {
            return layers;
        }
        let tensors = self.tensors.iter().map(|(name, shape)| format!("{name:?}: {}", tuple(shape)));
        format!("{layers}, {{{}}}", tensors.collect::<Vec<_>>().join(", "))
    }
}

/// The layer of this path.
fn access(path: &str) -> String {
    let parts = path.split('.').filter(|part| !part.is_empty()).map(|part| format!("[{part:?}]"));
    format!("self{}", parts.collect::<String>())
}

fn tensor(name: &str) -> String {
    let (path, last) = name.rsplit_once('.').unwrap_or(("", name));
    let is_plain = last.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && last.chars().next().is_some_and(|first| !first.is_ascii_digit());
    let of = access(path);
    if is_plain { format!("{of}.{last}") } else { format!("{of}.get_parameter({last:?})") }
}

fn constant(value: &Host) -> Result<String, CodeError> {
    let known = Known::of(value)?;
    let number = |value: f64| match value {
        _ if value.is_nan() => "torch.nan".to_owned(),
        _ if value.is_infinite() => format!("{}torch.inf", if value < 0.0 { "-" } else { "" }),
        _ if known.is_whole => format!("{value}"),
        _ => format!("{:?}", value as f32),
    };
    let first = known.first();
    if known.is_full() {
        return Ok(format!("torch.full({}, {})", tuple(&known.dims), number(first)));
    }
    if known.counts() {
        return Ok(format!("torch.arange({first}, {})", first + known.values.len() as f64));
    }
    known.check()?;
    let list = known.values.iter().map(|&value| number(value)).collect::<Vec<_>>().join(", ");
    let shape = if known.dims.len() == 1 { String::new() } else { format!(".reshape({})", joined(&known.dims)) };
    Ok(format!("torch.tensor([{list}]){shape}"))
}
