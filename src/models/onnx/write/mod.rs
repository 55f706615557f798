//! From a network to an ONNX file: a node or a few for each step of its outline, its weights under their names.

mod function;
mod op;
mod pool;
mod writer;

use super::OnnxError;
use crate::graph::host::with_elements;
use crate::graph::{Host, NodeId, Tensor};
use crate::models::Network;
use crate::models::outline::{Extent, Outline, OutlineWork};
use rten_onnx::onnx::{
    DataType, Dimension, GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};
use rten_onnx::protobuf::{EncodeMessage, ProtobufError, ValueWriter};
use writer::Writer;

/// The version of the operators in files that are written.
pub const OPSET: i64 = 18;

/// Of the file format, which every program with [`OPSET`] reads.
const FORMAT: i64 = 8;

/// A format of length-delimited messages cannot say more in one of them.
const LARGEST: u64 = (1 << 31) - 1;

/// What a file says of itself: keys and texts.
pub type Stated = Vec<(String, String)>;

/// The network with these weights as an ONNX file, for any number of pictures; `stated` becomes its metadata.
///
/// # Errors
/// [`OnnxError::Unwritten`] where it holds an op that ONNX cannot say, a variable without a value or more than 2 GiB.
pub fn to_onnx(network: &Network, value: &dyn Fn(&str) -> Option<Host>, stated: Stated) -> Result<Vec<u8>, OnnxError> {
    let outline = Outline::of(network).map_err(|error| unwritten(&error))?;
    outline_to_onnx(&outline, &network.title, value, stated)
}

/// What a tensor of a graph is computed from, with inputs of any number and kind.
///
/// # Errors
/// As of [`to_onnx`].
pub fn tensor_to_onnx(output: &Tensor, value: &dyn Fn(&str) -> Option<Host>) -> Result<Vec<u8>, OnnxError> {
    let outline = Outline::of_tensor(output).ok_or_else(|| unwritten(&"its graph cannot be read"))?;
    outline_to_onnx(&outline, "", value, Stated::new())
}

/// What these steps compute, for any number of pictures.
///
/// # Errors
/// As of [`to_onnx`].
pub fn outline_to_onnx(
    outline: &Outline,
    title: &str,
    value: &dyn Fn(&str) -> Option<Host>,
    stated: Stated,
) -> Result<Vec<u8>, OnnxError> {
    let entry = |(key, text)| StringStringEntryProto { key: Some(key), value: Some(text) };
    let model = ModelProto { metadata_props: stated.into_iter().map(entry).collect(), ..plain() };
    assembled(outline, &model, &graph_of(outline)?, title, value)
}

/// The same without the values of its weights, as [`GRAPH`](super::GRAPH) is.
///
/// # Errors
/// As of [`to_onnx`].
pub fn outline_to_graph(outline: &Outline) -> Result<Vec<u8>, OnnxError> {
    let mut graph = graph_of(outline)?;
    for step in &outline.steps {
        if let OutlineWork::Variable(name) = &step.work {
            let dims = step.shape.iter().map(|extent| extent_of(*extent) as i64).collect();
            let (data_type, name) = (Some(DataType::FLOAT), Some(name.clone()));
            graph.initializer.push(TensorProto { dims, data_type, name, ..TensorProto::default() });
        }
    }
    Ok(encoded(&ModelProto { graph: Some(graph), ..plain() })?)
}

fn graph_of(outline: &Outline) -> Result<GraphProto, OnnxError> {
    let mut writer = Writer::new(outline);
    for step in &outline.steps {
        writer.step(step)?;
    }
    let Writer { nodes, values, .. } = writer.finished()?;
    let described = |id: NodeId, name: &str| -> Option<ValueInfoProto> {
        let step = outline.step(id)?;
        Some(described(name, &step.shape, writer::type_of(step.dtype)?))
    };
    let inputs = outline.steps.iter().filter(|step| matches!(step.work, OutlineWork::Picture));
    Ok(GraphProto {
        node: nodes,
        initializer: values,
        input: inputs.filter_map(|step| described(step.id, &writer::input_name(outline, step.id))).collect(),
        output: described(outline.output, writer::OUTPUT).into_iter().collect(),
        value_info: Vec::new(),
    })
}

fn plain() -> ModelProto {
    ModelProto {
        ir_version: Some(FORMAT),
        graph: None,
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(OPSET) }],
        metadata_props: Vec::new(),
        producer_name: Some("neocog".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    }
}

fn unwritten(why: &dyn std::fmt::Display) -> OnnxError {
    OnnxError::Unwritten { why: why.to_string() }
}

impl From<ProtobufError> for OnnxError {
    fn from(error: ProtobufError) -> Self {
        unwritten(&error)
    }
}

fn described(name: &str, shape: &[Extent], elements: DataType) -> ValueInfoProto {
    let dim = |extent: &Extent| match *extent {
        Extent::Fixed(extent) => Dimension { dim_value: Some(extent as i64), dim_param: None },
        Extent::Batch(1) => Dimension { dim_value: None, dim_param: Some("batch".to_owned()) },
        Extent::Batch(times) => Dimension { dim_value: None, dim_param: Some(format!("{times} * batch")) },
    };
    let shape = TensorShapeProto { dim: shape.iter().map(dim).collect() };
    let tensor = TypeProtoTensor { elem_type: Some(elements), shape: Some(shape) };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto { tensor_type: Some(tensor), sequence: None }),
    }
}

fn encoded(message: &impl EncodeMessage) -> Result<Vec<u8>, ProtobufError> {
    let mut bytes = Vec::new();
    message.encode(ValueWriter::new(&mut bytes))?;
    Ok(bytes)
}

/// The number and the length of a field that is a message, a text or bytes.
fn opened(number: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut rest = length;
    while rest >= 128 {
        bytes.push((rest & 127) as u8 | 128);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

fn text_field(number: u8, text: &str) -> Vec<u8> {
    [opened(number, text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// The file, written once from its start to its end: of the weights one alone lies in memory beside it.
fn assembled(
    outline: &Outline,
    model: &ModelProto,
    graph: &GraphProto,
    title: &str,
    value: &dyn Fn(&str) -> Option<Host>,
) -> Result<Vec<u8>, OnnxError> {
    // Fields of a message come in any order; a graph's name is its second and a tensor its fifth.
    let title = if title.is_empty() { "network" } else { title };
    let head = [encoded(graph)?, text_field(2, title)].concat();
    let mut weights = Vec::new();
    for step in &outline.steps {
        let OutlineWork::Variable(name) = &step.work else { continue };
        let shape: Vec<usize> = step.shape.iter().map(|extent| extent_of(*extent)).collect();
        let dims = shape.iter().map(|&extent| extent as i64).collect();
        let about =
            TensorProto { dims, data_type: Some(DataType::FLOAT), name: Some(name.clone()), ..Default::default() };
        let data = 4 * shape.iter().product::<usize>() as u64;
        let start = [encoded(&about)?, opened(9, data)].concat();
        weights.push((name, shape, [opened(5, start.len() as u64 + data), start].concat(), data));
    }
    let inside = head.len() as u64 + weights.iter().map(|(.., start, data)| start.len() as u64 + data).sum::<u64>();
    if inside > LARGEST {
        return Err(unwritten(&format!("it would have {inside} bytes, and no such file more than {LARGEST}")));
    }
    let mut bytes = encoded(model)?;
    bytes.reserve(inside as usize + 16);
    bytes.extend(opened(7, inside));
    bytes.extend(head);
    for (name, shape, start, _) in weights {
        bytes.extend(start);
        let missing = || unwritten(&format!("its tensor {name} has no value"));
        let value = value(name).filter(|value| value.dims() == shape).ok_or_else(missing)?;
        let value = value.to_dtype(candle_core::DType::F32).and_then(|value| value.contiguous());
        let written = value.and_then(|value| {
            with_elements(&value, |x: &[f32]| x.iter().for_each(|value| bytes.extend(value.to_le_bytes())))
        });
        written.map_err(|error| unwritten(&error))?;
    }
    Ok(bytes)
}

/// Weights know no pictures.
fn extent_of(extent: Extent) -> usize {
    match extent {
        Extent::Fixed(extent) | Extent::Batch(extent) => extent,
    }
}
