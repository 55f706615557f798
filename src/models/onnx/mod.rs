//! Networks from ONNX files (<https://onnx.ai>, opsets 7 to 28). A file is read once and becomes a checkpoint like any other:
//! its weights under their names, and its graph, without them, beside them. The graph is built for any number of pictures; what
//! it computes with shapes is computed while it is built.

mod array;
mod attention;
mod call;
mod constant;
mod error;
mod file;
mod head;
mod in_place;
mod joined;
mod messages;
mod norm;
mod pointwise;
mod product;
mod quantise;
mod recurrent;
mod reduce;
mod resize;
mod scatter;
mod shape;
mod table;
mod trial;
mod volume;
mod windows;
mod write;

pub use error::OnnxError;
pub use file::{GRAPH, to_checkpoint};
pub use head::StatedHead;
pub use messages::is_onnx;
pub use trial::{Trial, Verified};
pub use write::{OPSET, Stated, outline_to_graph, outline_to_onnx, tensor_to_onnx, to_onnx};

use super::head::OutputHead;
use super::{Brought, FileTrial};
use crate::graph::{Graph, Init, ShapeError, Spec, Tensor};
use crate::nn::VarBuilder;
use crate::nn::checkpoint::Checkpoint;
use array::{Kind, KnownArray, Value};
use call::{NodeCall, NodeValues, Refusal, refuse};
use rten_onnx::onnx::{GraphProto, ModelProto, NodeProto};
use std::collections::{BTreeMap, BTreeSet};

/// Branches in branches.
const DEEPEST: usize = 16;

/// The graph of a file, without its weights.
#[derive(Debug)]
struct Model {
    graph: GraphProto,
    opset: i64,
    /// What is small, or of whole numbers.
    known: BTreeMap<String, KnownArray>,
    /// The least and the largest number of values in 8 or 16 bits.
    limits: BTreeMap<String, [f64; 2]>,
    /// Tensors of the checkpoint.
    weights: BTreeMap<String, Vec<usize>>,
    /// Those of them that are running means and variances: training leaves them.
    statistics: BTreeSet<String>,
}

/// A network for pictures.
#[derive(Debug)]
pub struct OnnxGraph {
    model: Model,
    /// The name of the picture.
    input: String,
    shape: [usize; 3],
    /// Channels come last, as TensorFlow has them.
    channels_last: bool,
    /// Its sides are free.
    is_open: bool,
    /// The logits: what a last softmax reads, where there is one.
    output: String,
    /// Instead: which outputs are boxes or joints, and how they are read.
    head: Option<(Vec<String>, OutputHead)>,
}

impl OnnxGraph {
    /// Reads what [`to_checkpoint`] kept of a file; `shape_of` knows the tensors of the checkpoint.
    ///
    /// # Errors
    /// All of [`OnnxError`]: operators that are not supported are named together.
    pub fn read(bytes: &[u8], shape_of: impl Fn(&str) -> Option<Vec<usize>>) -> Result<Self, OnnxError> {
        let model = Model::read(bytes, shape_of)?;
        file::check_operators(&model.graph.node, model.opset)?;
        Self::of(model)
    }

    fn of(model: Model) -> Result<Self, OnnxError> {
        let (input, shape, channels_last, is_open) = file::picture(&model.graph)?;
        let output = logits(&model.graph)?;
        Ok(Self { model, input, shape, channels_last, is_open, output, head: None })
    }

    /// Logits of one picture.
    fn trial(&self) -> Result<Tensor, OnnxError> {
        let into = Graph::new();
        let [channels, height, width] = self.shape;
        self.build(&into.input("image", Spec::f32([1, channels, height, width])), &VarBuilder::new(&into))
    }

    /// How many classes it names; 0 where it gives boxes or joints.
    ///
    /// # Errors
    /// As of [`Self::build`].
    pub fn classes(&self) -> Result<usize, OnnxError> {
        if self.head.is_some() { Ok(0) } else { Ok(self.trial()?.dims()[1]) }
    }

    /// Channels, height and width of its pictures; 224 where the file leaves a side open.
    pub fn input(&self) -> [usize; 3] {
        self.shape
    }

    /// Whether its pictures come with the channels last, as TensorFlow's do.
    pub fn channels_last(&self) -> bool {
        self.channels_last
    }

    /// Pictures `[batch, channels, height, width]` to logits `[batch, classes]`.
    ///
    /// # Errors
    /// [`OnnxError::Node`] names the first node that cannot be built and why; [`OnnxError::NotLogits`] where what comes out is
    /// no row of numbers for each picture.
    pub fn build(&self, x: &Tensor, vb: &VarBuilder) -> Result<Tensor, OnnxError> {
        let batch = x.dims()[0];
        if let Some((names, _)) = &self.head {
            return self.rows(names, x, vb);
        }
        let mut outputs = self.model.values(self.given(x)?, vb, batch, &[&self.output])?;
        let Some(Value::Live(y, _)) = outputs.pop() else { return Err(OnnxError::NotLogits { shape: Vec::new() }) };
        let not_logits = || OnnxError::NotLogits { shape: y.dims().to_vec() };
        // `[batch, classes]`, or the same with dimensions of 1 behind.
        match y.dims().split_first() {
            Some((&first, rest))
                if first == batch && rest.first().is_some_and(|&n| n == rest.iter().product::<usize>()) =>
            {
                y.reshape(vec![batch, rest[0]]).map_err(|_| not_logits())
            }
            _ => Err(not_logits()),
        }
    }

    fn given(&self, x: &Tensor) -> Result<[(String, Value); 1], OnnxError> {
        let input = if self.channels_last { x.permute(vec![0, 2, 3, 1]) } else { Ok(x.clone()) };
        let input = input.map_err(|error| OnnxError::Tensor { name: self.input.clone(), why: error.to_string() })?;
        Ok([(self.input.clone(), Value::float(input))])
    }

    /// Of each picture all numbers of these outputs, one behind the other.
    fn rows(&self, names: &[String], x: &Tensor, vb: &VarBuilder) -> Result<Tensor, OnnxError> {
        let batch = x.dims()[0];
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let values = self.model.values(self.given(x)?, vb, batch, &wanted)?;
        let row = |(name, value): (&String, &Value)| {
            let tensor = match value {
                Value::Live(tensor, _) => Ok(tensor.clone()),
                Value::Known(array) => array.live(x.graph()),
            };
            let row = tensor.and_then(|tensor| {
                let count = tensor.elem_count() / batch.max(1);
                tensor.reshape(vec![batch, count])
            });
            row.map_err(|error| OnnxError::Tensor { name: name.clone(), why: error.to_string() })
        };
        let rows = names.iter().zip(&values).map(row).collect::<Result<Vec<_>, _>>()?;
        let joined = Tensor::cat(&rows.iter().collect::<Vec<_>>(), 1);
        joined.map_err(|error| OnnxError::Tensor { name: names[0].clone(), why: error.to_string() })
    }
}

impl Model {
    fn read(bytes: &[u8], shape_of: impl Fn(&str) -> Option<Vec<usize>>) -> Result<Self, OnnxError> {
        messages::check(bytes, DEEPEST)?;
        let model = ModelProto::parse_buf(bytes).map_err(|error| OnnxError::Damaged { detail: error.to_string() })?;
        let opset = file::opset(&model)?;
        let graph = model.graph.ok_or_else(|| OnnxError::Damaged { detail: "it holds no graph".to_owned() })?;
        let (mut known, mut weights) = (BTreeMap::new(), BTreeMap::new());
        let mut limits = file::limits_of_inputs(&graph);
        for tensor in &graph.initializer {
            let name = tensor.name.clone().unwrap_or_default();
            if let Some(own) = tensor.data_type.and_then(file::limits) {
                limits.insert(name.clone(), own);
            }
            if let Some(shape) = shape_of(&name) {
                weights.insert(name.clone(), shape);
            }
            if file::holds_data(tensor) {
                let array =
                    constant::array(tensor).map_err(|Refusal(why)| OnnxError::Tensor { name: name.clone(), why })?;
                known.insert(name, array);
            } else if !weights.contains_key(&name) {
                return Err(OnnxError::Tensor { name, why: "its data is missing".to_owned() });
            }
        }
        let statistics = statistics(&graph.node);
        Ok(Self { graph, opset, known, limits, weights, statistics })
    }

    /// These values of the graph, where its inputs have those; `batch` is the number of pictures where the file was made for one.
    fn values(
        &self,
        inputs: impl IntoIterator<Item = (String, Value)>,
        vb: &VarBuilder,
        batch: usize,
        wanted: &[&str],
    ) -> Result<Vec<Value>, OnnxError> {
        let known = self.known.iter().map(|(name, array)| (name.clone(), Value::Known(array.clone())));
        let mut values: BTreeMap<String, Value> = known.chain(inputs).collect();
        let needed = needed(&self.graph.node, wanted);
        let run = Run { of: self, vb, batch };
        run.nodes(self.graph.node.iter().zip(needed).filter_map(|(node, is)| is.then_some(node)), &mut values)?;
        wanted.iter().map(|name| run.value(name, &values).ok_or_else(|| file::unknown(name))).collect()
    }
}

impl Brought for OnnxGraph {
    fn forward(&self, x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError> {
        self.build(x, &vb).map_err(|error| ShapeError::bad("onnx", error, x.dims()))
    }

    fn head(&self) -> Option<&OutputHead> {
        self.head.as_ref().map(|(_, head)| head)
    }

    fn trial(
        &self,
        checkpoint: &Checkpoint,
        inputs: &[Vec<u8>],
        outputs: &[Vec<u8>],
    ) -> Result<Box<dyn FileTrial>, String> {
        match Trial::new(checkpoint, inputs, outputs) {
            Ok(trial) => Ok(Box::new(trial)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The graph while it is built.
struct Run<'a> {
    of: &'a Model,
    vb: &'a VarBuilder,
    batch: usize,
}

impl Run<'_> {
    fn nodes<'n>(
        &self,
        nodes: impl Iterator<Item = &'n NodeProto>,
        values: &mut BTreeMap<String, Value>,
    ) -> Result<(), OnnxError> {
        for node in nodes {
            let given = self.node(node, values).map_err(|Refusal(why)| file::refused(node, self.of.opset, why))?;
            if given.len() < node.output.iter().filter(|name| !name.is_empty()).count() {
                return Err(file::refused(node, self.of.opset, format!("it gives {} values", node.output.len())));
            }
            for (name, value) in node.output.iter().zip(given) {
                values.insert(name.clone(), value);
            }
        }
        Ok(())
    }

    fn node(&self, node: &NodeProto, values: &mut BTreeMap<String, Value>) -> NodeValues {
        let op = node.op_type.as_deref().unwrap_or_default();
        let mut inputs = Vec::with_capacity(node.input.len());
        for name in &node.input {
            inputs.push(if name.is_empty() {
                None
            } else {
                Some(self.value(name, values).ok_or_else(|| Refusal(format!("its input {name} comes from nowhere")))?)
            });
        }
        if op == "If" {
            return self.branch(node, &inputs, values);
        }
        let limits = node.input.iter().map(|name| self.of.limits.get(name).copied()).collect();
        let variable = |at: usize| node.input.get(at).and_then(|name| self.variable(name));
        let call = NodeCall { node, opset: self.of.opset, graph: self.vb.graph(), inputs, limits, variable: &variable };
        match table::rule(op) {
            Some(rule) => rule(&call, self.batch),
            None => refuse("it is not supported"),
        }
    }

    /// The branch of a condition that is known.
    fn branch(&self, node: &NodeProto, inputs: &[Option<Value>], values: &BTreeMap<String, Value>) -> NodeValues {
        let Some(Some(Value::Known(condition))) = inputs.first() else {
            return refuse("its condition depends on the picture");
        };
        let name = if condition.single().is_some_and(|value| value != 0.0) { "then_branch" } else { "else_branch" };
        let attribute = node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name));
        let Some(graph) = attribute.and_then(|attribute| attribute.g.as_ref()) else {
            return refuse(format!("it has no {name}"));
        };
        let mut inner = values.clone();
        for tensor in &graph.initializer {
            inner.insert(tensor.name.clone().unwrap_or_default(), Value::Known(constant::array(tensor)?));
        }
        self.nodes(graph.node.iter(), &mut inner).map_err(|error| Refusal(error.to_string()))?;
        let outputs = graph.output.iter().map(|output| output.name.as_deref().unwrap_or_default());
        let given =
            outputs.map(|name| self.value(name, &inner).ok_or_else(|| Refusal(format!("{name} comes from nowhere"))));
        given.collect()
    }

    fn value(&self, name: &str, values: &BTreeMap<String, Value>) -> Option<Value> {
        match values.get(name) {
            Some(value) => Some(value.clone()),
            None => self.variable(name)?.ok().map(Value::float),
        }
    }

    /// A tensor of the checkpoint.
    fn variable(&self, name: &str) -> Option<Result<Tensor, ShapeError>> {
        let shape = self.of.weights.get(name)?.clone();
        Some(match self.of.statistics.contains(name) {
            true => self.vb.get_statistic(shape, name, Init::Const(0.0)),
            false => self.vb.get_with_hints(shape, name, Init::Const(0.0)),
        })
    }
}

/// What batch norms read as their means and variances.
fn statistics(nodes: &[NodeProto]) -> BTreeSet<String> {
    let norms = nodes.iter().filter(|node| node.op_type.as_deref() == Some("BatchNormalization"));
    norms.flat_map(|node| node.input.iter().skip(3).take(2).cloned()).collect()
}

/// For each node, whether one of these values depends on it.
fn needed(nodes: &[NodeProto], wanted: &[&str]) -> Vec<bool> {
    let mut open: BTreeSet<&str> = wanted.iter().copied().collect();
    let mut needed = vec![false; nodes.len()];
    for (at, node) in nodes.iter().enumerate().rev() {
        if node.output.iter().any(|name| open.contains(name.as_str())) {
            needed[at] = true;
            open.extend(node.input.iter().map(String::as_str));
            for graph in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
                open.extend(outer(graph));
            }
        }
    }
    needed
}

/// All that a branch reads; its own values among them do no harm.
fn outer(graph: &GraphProto) -> Vec<&str> {
    let inner = graph.node.iter().flat_map(|node| node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()));
    let own = graph.node.iter().flat_map(|node| node.input.iter().map(String::as_str));
    let given = graph.output.iter().filter_map(|output| output.name.as_deref());
    own.chain(given).chain(inner.flat_map(outer)).collect()
}

/// The first output; what a last softmax reads of it, for that is what experiments work on.
fn logits(graph: &GraphProto) -> Result<String, OnnxError> {
    let first = graph.output.first().and_then(|output| output.name.clone());
    let name = first.ok_or_else(|| OnnxError::Damaged { detail: "its graph has no output".to_owned() })?;
    let mut at = name.as_str();
    while let Some(node) = graph.node.iter().find(|node| node.output.iter().any(|output| output == at)) {
        let op = node.op_type.as_deref().unwrap_or_default();
        let is_last = ["Softmax", "LogSoftmax", "Identity"].contains(&op);
        match node.input.first() {
            Some(input) if is_last => at = input,
            _ => break,
        }
    }
    Ok(at.to_owned())
}
