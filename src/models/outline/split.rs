//! A graph in which a layer with weights became two.

use super::{Extent, Outline, OutlineStep, OutlineWork};
use crate::graph::NodeId;
use crate::graph::op::Conv2d;
use crate::graph::op::conv2d::Padding;
use crate::models::spec::{LayerForm, LayerSplit, WeightedLayer};
use std::collections::BTreeMap;

/// Ids of a graph that is split leave room for so many steps before each one.
const ROOM: NodeId = 4;

/// A graph, and the names of the weights of layers that are two now.
pub struct SplitOutline {
    /// The steps.
    pub outline: Outline,
    /// By the layer's name: the weights of both.
    pub names: BTreeMap<String, [String; 2]>,
}

/// What a tensor of weights is called without its ending.
fn layer_of(tensor: &str) -> &str {
    tensor.strip_suffix(".weight").unwrap_or(tensor)
}

impl Outline {
    /// Whether it is for any number of pictures.
    pub fn is_open(&self) -> bool {
        let mut pictures = self.steps.iter().filter(|step| matches!(step.work, OutlineWork::Picture));
        pictures.all(|step| matches!(step.shape.first(), Some(Extent::Batch(1))))
    }

    fn known(&self, id: NodeId) -> Option<Vec<usize>> {
        let fixed = |extent: &Extent| match *extent {
            Extent::Fixed(extent) => Some(extent),
            Extent::Batch(_) => None,
        };
        self.step(id)?.shape.iter().map(fixed).collect()
    }

    /// The name of the weights of a convolution or a fully connected layer that no other step reads.
    fn weights_of(&self, step: &OutlineStep) -> Option<&str> {
        if !matches!(step.work, OutlineWork::Convolution(_) | OutlineWork::Linear) {
            return None;
        }
        let id = *step.inputs.get(1)?;
        let OutlineWork::Variable(name) = &self.step(id)?.work else { return None };
        let readers = self.steps.iter().flat_map(|step| &step.inputs).filter(|input| **input == id).count();
        (readers == 1).then_some(name)
    }

    /// Layers whose weights can be approximated, from the first on.
    pub fn weighted(&self) -> Vec<WeightedLayer> {
        let of = |step: &OutlineStep| -> Option<WeightedLayer> {
            let name = layer_of(self.weights_of(step)?).to_owned();
            let (form, places) = match (&step.work, self.known(step.inputs[1])?.as_slice()) {
                (OutlineWork::Convolution(conv), &[out, depth, rows, columns]) => {
                    let is_whole = conv.groups == 1;
                    let is_separable = is_whole && conv.stride == 1 && rows > 1 && columns > 1;
                    let map = step.shape[2..].iter().map(|extent| match extent {
                        Extent::Fixed(extent) => Some(*extent as u64),
                        Extent::Batch(_) => None,
                    });
                    let places = map.product::<Option<u64>>()?;
                    (LayerForm::Conv { out, depth, kernel: [rows, columns], is_whole, is_separable }, places)
                }
                (OutlineWork::Linear, &[units, inputs]) => (LayerForm::Linear { units, inputs, map: None }, 1),
                _ => return None,
            };
            Some(WeightedLayer { name, form, places })
        };
        self.steps.iter().filter_map(of).collect()
    }

    /// The same in which each layer that `split` says is two; narrow ones are for [`super::LinkedOutline`].
    pub fn split(&self, split: &dyn Fn(&str) -> Option<LayerSplit>) -> SplitOutline {
        let mut names = BTreeMap::new();
        let mut steps: Vec<OutlineStep> = Vec::new();
        let moved = |id: NodeId| ROOM * id + ROOM - 1;
        let mut gone = Vec::new();
        for step in &self.steps {
            let mut own = step.clone();
            own.id = moved(step.id);
            own.inputs.iter_mut().for_each(|id| *id = moved(*id));
            let parts = self.weights_of(step).and_then(|weight| {
                let layer = layer_of(weight);
                Some((layer, self.parts(step, &own, layer, split(layer)?)?))
            });
            let Some((layer, parts)) = parts else {
                steps.push(own);
                continue;
            };
            gone.push(own.inputs[1]);
            names.insert(layer.to_owned(), [0, 1].map(|at| format!("{layer}.{at}.weight")));
            steps.extend(parts);
        }
        steps.retain(|step| !gone.contains(&step.id));
        SplitOutline { outline: Outline { steps, output: moved(self.output) }, names }
    }

    /// Both weights and both layers; `own` is the step under its new id.
    fn parts(&self, step: &OutlineStep, own: &OutlineStep, layer: &str, split: LayerSplit) -> Option<[OutlineStep; 4]> {
        let weights = self.known(step.inputs[1])?;
        let from = &self.step(step.inputs[0])?.shape;
        let (rank, is_spatial) = match split {
            LayerSplit::Channel(rank) => (rank, false),
            LayerSplit::Spatial(rank) => (rank, true),
            LayerSplit::Narrow(_) => return None,
        };
        let mut between = step.shape.clone();
        between[1] = Extent::Fixed(rank);
        let (shapes, works) = match (&step.work, weights.as_slice()) {
            (OutlineWork::Convolution(conv), &[out, depth, rows, columns]) => {
                let Padding { top, bottom, left, right } = conv.padding;
                let (first, second, shapes) = if is_spatial {
                    // A column moves down alone.
                    between[3] = from[3];
                    let down = Padding { left: 0, right: 0, top, bottom };
                    let across = Padding { top: 0, bottom: 0, left, right };
                    let shapes = [vec![rank, depth, rows, 1], vec![out, rank, 1, columns]];
                    (Conv2d { padding: down, ..conv.clone() }, Conv2d { padding: across, ..conv.clone() }, shapes)
                } else {
                    let second = Conv2d { padding: Padding::even(0), stride: 1, dilation: 1, groups: 1 };
                    (conv.clone(), second, [vec![rank, depth, rows, columns], vec![out, rank, 1, 1]])
                };
                (shapes, [first, second].map(OutlineWork::Convolution))
            }
            (OutlineWork::Linear, &[units, inputs]) => {
                ([vec![rank, inputs], vec![units, rank]], [OutlineWork::Linear, OutlineWork::Linear])
            }
            _ => return None,
        };
        let start = own.id + 1 - ROOM;
        let [of_first, of_second] = shapes.map(|shape| shape.into_iter().map(Extent::Fixed).collect::<Vec<_>>());
        let [first, second] = works;
        let weight = |at: usize, shape: Vec<Extent>| OutlineStep {
            id: start + at,
            work: OutlineWork::Variable(format!("{layer}.{at}.weight")),
            inputs: Vec::new(),
            shape,
            dtype: step.dtype,
            module: None,
        };
        let mut inputs = own.inputs.clone();
        (inputs[0], inputs[1]) = (start + 2, start + 1);
        Some([
            weight(0, of_first),
            weight(1, of_second),
            OutlineStep {
                id: start + 2,
                work: first,
                inputs: vec![own.inputs[0], start],
                shape: between,
                dtype: step.dtype,
                module: None,
            },
            OutlineStep { work: second, inputs, ..own.clone() },
        ])
    }
}
