//! From a file as people have it to a checkpoint, and what a file says of itself.

use super::constant::{kind_of, shape};
use super::{DEEPEST, OnnxError, call::Refusal, messages, table};
use crate::nn::checkpoint::{Part, bytes_from_parts};
use rten_onnx::onnx::{DataLocation, DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use safetensors::Dtype;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The tensor of bytes of a checkpoint that holds its graph, an ONNX model without its weights.
pub const GRAPH: &str = "onnx.graph";

/// Larger values are weights and nothing else; smaller ones may be limits, scales or shapes too.
const SMALL: usize = 64;

/// The side of pictures of a network that takes any.
const USUAL_SIDE: usize = 224;

/// The file as a checkpoint: its float tensors under their names, and the graph without them as [`GRAPH`]. `beside` gives the
/// files that lie beside it, by name, for weights that it keeps there.
///
/// # Errors
/// All of [`OnnxError`] but those of nodes, which are found when the graph is built.
pub fn to_checkpoint<'a>(
    bytes: impl Into<Cow<'a, [u8]>>,
    beside: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, OnnxError> {
    let bytes = bytes.into();
    messages::check(&bytes, DEEPEST)?;
    let mut model = ModelProto::parse_buf(&bytes).map_err(|error| OnnxError::Damaged { detail: error.to_string() })?;
    // The model has its own: of a large file there is no room for more than two.
    drop(bytes);
    opset(&model)?;
    let metadata: BTreeMap<String, String> = model
        .metadata_props
        .iter()
        .filter_map(|entry| Some((kept_key(entry.key.as_deref()?), entry.value.clone()?)))
        .collect();
    let Some(graph) = model.graph.as_mut() else {
        return Err(OnnxError::Damaged { detail: "it holds no graph; it may be another kind of file".to_owned() });
    };
    hoist(graph);
    let mut tensors: Vec<Part<'_>> = Vec::new();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for tensor in &mut graph.initializer {
        let name = tensor.name.clone().unwrap_or_default();
        fetch(tensor, &name, &mut files, beside)?;
        let shape = shape(tensor).map_err(|Refusal(why)| OnnxError::Tensor { name: name.clone(), why })?;
        let count = shape.iter().product::<usize>();
        if let Some((dtype, data)) = floats(tensor, count).filter(|_| !shape.is_empty()) {
            if data.len() * 8 != count * dtype.bitsize() {
                let why = format!("it has the shape {shape:?} and {} bytes", data.len());
                return Err(OnnxError::Tensor { name, why });
            }
            if count > SMALL {
                forget(tensor);
            }
            tensors.push(Part { name, dtype, shape, data: data.into() });
        }
    }
    let graph = model.write_buf().map_err(|error| OnnxError::Damaged { detail: error.to_string() })?;
    let shape = vec![graph.len()];
    tensors.push(Part { name: GRAPH.to_owned(), dtype: Dtype::U8, shape, data: graph.into() });
    // The header tells the order; readers want it by name.
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(bytes_from_parts(tensors, &metadata))
}

/// What this program said of a network it says of it again.
fn kept_key(key: &str) -> String {
    if key.starts_with("neocog.") { key.to_owned() } else { format!("onnx.{key}") }
}

/// Values of `Constant` nodes are initial values like all others.
fn hoist(graph: &mut GraphProto) {
    let mut moved = Vec::new();
    graph.node.retain_mut(|node| {
        if node.op_type.as_deref() != Some("Constant") {
            return true;
        }
        let value = node.attribute.iter_mut().find(|attribute| attribute.name.as_deref() == Some("value"));
        let (Some(mut tensor), Some(name)) = (value.and_then(|value| value.t.take()), node.output.first()) else {
            return true;
        };
        tensor.name = Some(name.clone());
        moved.push(tensor);
        false
    });
    graph.initializer.extend(moved);
}

/// Data that lies in another file.
fn fetch(
    tensor: &mut TensorProto,
    name: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
    beside: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<(), OnnxError> {
    if tensor.data_location != Some(DataLocation::EXTERNAL) {
        return Ok(());
    }
    let about = |key: &str| {
        tensor
            .external_data
            .iter()
            .find(|entry| entry.key.as_deref() == Some(key))
            .and_then(|entry| entry.value.clone())
    };
    let file = about("location").unwrap_or_default();
    let bad = |why: &str| OnnxError::BadData { file: file.clone(), tensor: name.to_owned(), why: why.to_owned() };
    let is_beside = !file.is_empty() && !file.starts_with('/') && !file.contains('\\') && !file.contains(':');
    if !is_beside || file.split('/').any(|part| part == "..") {
        return Err(bad("its name leads out of the folder"));
    }
    if !files.contains_key(&file) {
        let data = beside(&file).ok_or_else(|| OnnxError::NoData { file: file.clone() })?;
        files.insert(file.clone(), data);
    }
    let whole = &files[&file];
    let number = |key: &str, default: usize| match about(key) {
        None => Ok(default),
        Some(text) => text.parse::<usize>().map_err(|_| bad(&format!("its {key} is {text}"))),
    };
    let start = number("offset", 0)?;
    let length = number("length", whole.len().saturating_sub(start))?;
    let part = start.checked_add(length).and_then(|end| whole.get(start..end));
    let part =
        part.ok_or_else(|| bad(&format!("bytes {start} to {} of {}", start.saturating_add(length), whole.len())))?;
    tensor.raw_data = Some(std::cell::RefCell::new(part.to_vec()));
    tensor.data_location = None;
    tensor.external_data.clear();
    Ok(())
}

/// Floats as a checkpoint keeps them; eight bits of a quantised network become halves, which hold each exactly.
fn floats(tensor: &TensorProto, count: usize) -> Option<(Dtype, Vec<u8>)> {
    let raw = tensor.raw_data.as_ref().map(|raw| raw.borrow()).filter(|raw| !raw.is_empty());
    let halves = |values: &mut dyn Iterator<Item = i32>| -> Vec<u8> {
        values.flat_map(|value| half::f16::from_f32(value as f32).to_le_bytes()).collect()
    };
    let data_type = tensor.data_type?;
    let dtype = match data_type {
        DataType::FLOAT => Dtype::F32,
        DataType::DOUBLE => Dtype::F64,
        DataType::FLOAT16 | DataType::INT8 | DataType::UINT8 => Dtype::F16,
        DataType::BFLOAT16 => Dtype::BF16,
        _ => return None,
    };
    let data = match (data_type, raw) {
        // Small whole numbers are zero points and axes.
        (DataType::INT8 | DataType::UINT8, _) if count <= SMALL => return None,
        (DataType::INT8, Some(raw)) => halves(&mut raw.iter().map(|&byte| i32::from(byte as i8))),
        (DataType::UINT8, Some(raw)) => halves(&mut raw.iter().map(|&byte| i32::from(byte))),
        (DataType::INT8 | DataType::UINT8, None) => halves(&mut tensor.int32_data.iter().copied()),
        (_, Some(raw)) => raw.clone(),
        (DataType::FLOAT, None) => tensor.float_data.iter().flat_map(|value| value.to_le_bytes()).collect(),
        (DataType::DOUBLE, None) => tensor.double_data.iter().flat_map(|value| value.to_le_bytes()).collect(),
        (_, None) => tensor.int32_data.iter().flat_map(|&value| (value as u16).to_le_bytes()).collect(),
    };
    Some((dtype, data))
}

fn forget(tensor: &mut TensorProto) {
    tensor.raw_data = None;
    tensor.float_data.clear();
    tensor.double_data.clear();
    tensor.int32_data.clear();
}

/// Whether the value itself stands in the graph; an empty one does.
pub(super) fn holds_data(tensor: &TensorProto) -> bool {
    let is_raw = tensor.raw_data.as_ref().is_some_and(|raw| !raw.borrow().is_empty());
    let typed = tensor.float_data.len() + tensor.int32_data.len() + tensor.int64_data.len() + tensor.double_data.len();
    is_raw || typed > 0 || tensor.dims.contains(&0)
}

pub(super) fn opset(model: &ModelProto) -> Result<i64, OnnxError> {
    let standard = |domain: Option<&str>| matches!(domain, None | Some("" | "ai.onnx"));
    let version = model.opset_import.iter().find(|set| standard(set.domain.as_deref())).and_then(|set| set.version);
    match version {
        Some(opset @ 7..=28) => Ok(opset),
        // Files of 2017 name none, and are of the first.
        other => Err(OnnxError::Opset { opset: other.unwrap_or(1) }),
    }
}

/// All operators that nobody builds, with how often and where first.
pub(super) fn check_operators(nodes: &[NodeProto], opset: i64) -> Result<(), OnnxError> {
    let mut missing: BTreeMap<String, (usize, String)> = BTreeMap::new();
    collect(nodes, &mut missing);
    if missing.is_empty() {
        return Ok(());
    }
    let each = missing.into_iter().map(|(op, (count, first))| format!("{count} × {op} (first {first})"));
    Err(OnnxError::Unsupported { list: each.collect::<Vec<_>>().join(", "), opset })
}

fn collect(nodes: &[NodeProto], missing: &mut BTreeMap<String, (usize, String)>) {
    for node in nodes {
        let (op, domain) = (node.op_type.as_deref().unwrap_or_default(), node.domain.as_deref().unwrap_or_default());
        let is_standard = ["", "ai.onnx"].contains(&domain);
        if !is_standard || (op != "If" && table::rule(op).is_none()) {
            let name = if is_standard { op.to_owned() } else { format!("{domain}.{op}") };
            missing.entry(name).or_insert_with(|| (0, called(node))).0 += 1;
        }
        for graph in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
            collect(&graph.node, missing);
        }
    }
}

/// Its name, else what it gives.
fn called(node: &NodeProto) -> String {
    let name = node.name.as_deref().filter(|name| !name.is_empty());
    name.or(node.output.first().map(String::as_str)).unwrap_or("without a name").to_owned()
}

pub(super) fn refused(node: &NodeProto, opset: i64, why: String) -> OnnxError {
    OnnxError::Node { op: node.op_type.clone().unwrap_or_default(), node: called(node), opset, why }
}

pub(super) fn unknown(name: &str) -> OnnxError {
    OnnxError::Damaged { detail: format!("no node gives {name}") }
}

/// The least and the largest number of this type of 8 or 16 bits.
pub(super) fn limits(dtype: DataType) -> Option<[f64; 2]> {
    Some(match dtype {
        DataType::INT8 => [-128.0, 127.0],
        DataType::UINT8 => [0.0, 255.0],
        DataType::INT16 => [-32768.0, 32767.0],
        DataType::UINT16 => [0.0, 65535.0],
        _ => return None,
    })
}

pub(super) fn limits_of_inputs(graph: &GraphProto) -> BTreeMap<String, [f64; 2]> {
    let of = |input: &ValueInfoProto| {
        let dtype = input.r#type.as_ref()?.tensor_type.as_ref()?.elem_type?;
        Some((input.name.clone()?, limits(dtype)?))
    };
    graph.input.iter().filter_map(of).collect()
}

/// Inputs without a value of their own.
pub(super) fn free_inputs(graph: &GraphProto) -> Vec<&ValueInfoProto> {
    let is_given = |name: &str| graph.initializer.iter().any(|tensor| tensor.name.as_deref() == Some(name));
    graph.input.iter().filter(|input| !input.name.as_deref().is_some_and(is_given)).collect()
}

/// The one input that is no weight: its name, channels, height and width, and whether the channels come last.
pub(super) fn picture(graph: &GraphProto) -> Result<(String, [usize; 3], bool), OnnxError> {
    let not = |why: String| OnnxError::NotPictures { why };
    let free = free_inputs(graph);
    let [input] = free[..] else {
        let names: Vec<&str> = free.iter().filter_map(|input| input.name.as_deref()).collect();
        return Err(not(format!("it has {} inputs ({})", free.len(), names.join(", "))));
    };
    let name = input.name.clone().unwrap_or_default();
    let tensor = input.r#type.as_ref().and_then(|of| of.tensor_type.as_ref());
    let dtype = tensor.and_then(|tensor| tensor.elem_type).unwrap_or(DataType::FLOAT);
    let dims: Vec<Option<i64>> = tensor
        .and_then(|tensor| tensor.shape.as_ref())
        .map(|shape| shape.dim.iter().map(|dim| dim.dim_value.filter(|&extent| extent > 0)).collect())
        .unwrap_or_default();
    let shown =
        || dims.iter().map(|dim| dim.map_or_else(|| "?".to_owned(), |d| d.to_string())).collect::<Vec<_>>().join(" × ");
    let &[_, a, b, c] = dims.as_slice() else {
        return Err(not(format!("its input {name} is {} ({})", shown(), dtype.name().unwrap_or("of another type"))));
    };
    if kind_of(dtype) != Some(super::Kind::Float) {
        return Err(not(format!("its input {name} holds {} numbers", dtype.name().unwrap_or("unknown"))));
    }
    let is_colour = |extent: Option<i64>| matches!(extent, Some(1 | 3));
    let channels_last = !is_colour(a) && is_colour(c);
    let (channels, height, width) = if channels_last { (c, a, b) } else { (a, b, c) };
    if channels.is_some() && !is_colour(channels) {
        return Err(not(format!("its input {name} is {} and no picture of 1 or 3 channels", shown())));
    }
    let side = |extent: Option<i64>| extent.map_or(USUAL_SIDE, |extent| extent as usize);
    let sides = [side(height), side(width)];
    if sides.iter().any(|&side| side > 4096) {
        return Err(not(format!("its input {name} is {}", shown())));
    }
    Ok((name, [channels.map_or(3, |c| c as usize), sides[0], sides[1]], channels_last))
}
