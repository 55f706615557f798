//! From a file as people have it to a checkpoint, and what a file says of itself.

use super::constant::{kind_of, shape};
use super::joined::joined;
use super::{DEEPEST, OnnxError, call::Refusal, in_place, messages, table};
use crate::nn::checkpoint::{Checkpoint, FileBytes, TensorEntry};
use rten_onnx::onnx::{DataLocation, DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use safetensors::Dtype;
use std::collections::BTreeMap;
use std::ops::Range;

/// The tensor of bytes of a checkpoint that holds its graph, an ONNX model without its weights.
pub const GRAPH: &str = "onnx.graph";

/// Larger values are weights and nothing else; smaller ones may be limits, scales or shapes too.
const SMALL: usize = 64;

/// The side of pictures of a network that takes any.
const USUAL_SIDE: usize = 224;

/// The file as a checkpoint: its float tensors under their names, and the graph without them as [`GRAPH`]. Large tensors stay where
/// they lie. `beside` gives the files that lie beside it, by name, for weights that it keeps there.
///
/// # Errors
/// All of [`OnnxError`] but those of nodes, which are found when the graph is built.
pub fn to_checkpoint(
    name: &str,
    file: impl Into<FileBytes>,
    beside: &dyn Fn(&str) -> Option<FileBytes>,
) -> Result<Checkpoint, OnnxError> {
    let mut files = Files { list: vec![(String::new(), file.into())], beside };
    let slim = in_place::without_large_values(&files.list[0].1)?;
    messages::check(&slim, DEEPEST)?;
    let mut model =
        ModelProto::parse_buf(&slim[..]).map_err(|error| OnnxError::Damaged { detail: error.to_string() })?;
    opset(&model)?;
    let metadata = model
        .metadata_props
        .iter()
        .filter_map(|entry| Some((kept_key(entry.key.as_deref()?), entry.value.clone()?)))
        .collect();
    let Some(graph) = model.graph.as_mut() else {
        return Err(OnnxError::Damaged { detail: "it holds no graph; it may be another kind of file".to_owned() });
    };
    hoist(graph);
    // Where each tensor lies: in which file, or in none where it became other numbers.
    let mut tensors: Vec<(TensorEntry, Option<usize>)> = Vec::new();
    let mut made: Vec<u8> = Vec::new();
    let mut make = |data: Vec<u8>| {
        let start = made.len();
        made.extend(data);
        start..made.len()
    };
    for tensor in &mut graph.initializer {
        let name = tensor.name.clone().unwrap_or_default();
        let refused = |Refusal(why)| OnnxError::Tensor { name: name.clone(), why };
        let shape = shape(tensor).map_err(refused)?;
        let count = shape.iter().product::<usize>();
        let own = tensor.data_type.and_then(dtype_of).filter(|_| count > SMALL && !shape.is_empty());
        if let Some((at, range)) = files.find(tensor, &name)? {
            if let Some((dtype, true)) = own {
                check_len(&name, &shape, dtype, range.len())?;
                forget(tensor);
                tensors.push((TensorEntry { name, dtype, shape, range }, Some(at)));
                continue;
            }
            let data = files.list[at].1.read(range).map_err(|detail| OnnxError::Unread { detail })?;
            tensor.raw_data = Some(std::cell::RefCell::new(data.into_owned()));
            forget_place(tensor);
        }
        if let Some((dtype, data)) = floats(tensor, count).filter(|_| !shape.is_empty()) {
            check_len(&name, &shape, dtype, data.len())?;
            if count > SMALL {
                forget(tensor);
            }
            tensors.push((TensorEntry { name, dtype, shape, range: make(data) }, None));
        }
    }
    let graph = model.write_buf().map_err(|error| OnnxError::Damaged { detail: error.to_string() })?;
    let shape = vec![graph.len()];
    let range = make(graph);
    tensors.push((TensorEntry { name: GRAPH.to_owned(), dtype: Dtype::U8, shape, range }, None));
    let mut parts: Vec<FileBytes> = files.list.into_iter().map(|(_, file)| file).collect();
    parts.push(made.into());
    let starts: Vec<usize> =
        parts.iter().scan(0, |end, file| Some(std::mem::replace(end, *end + file.len()))).collect();
    let placed = |(mut entry, at): (TensorEntry, Option<usize>)| {
        let start = starts[at.unwrap_or(starts.len() - 1)];
        entry.range = start + entry.range.start..start + entry.range.end;
        entry
    };
    let mut names: Vec<&str> = tensors.iter().map(|(entry, _)| entry.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|names| names[0] == names[1]) {
        return Err(OnnxError::Tensor { name: twice[0].to_owned(), why: "it is there twice".to_owned() });
    }
    let entries = tensors.into_iter().map(placed).collect();
    Ok(Checkpoint::of_parts(name, joined(parts), entries, metadata))
}

fn check_len(name: &str, shape: &[usize], dtype: Dtype, len: usize) -> Result<(), OnnxError> {
    if Some(len * 8) == shape.iter().product::<usize>().checked_mul(dtype.bitsize()) {
        return Ok(());
    }
    Err(OnnxError::Tensor { name: name.to_owned(), why: format!("it has the shape {shape:?} and {len} bytes") })
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

/// The file itself, without a name, and those beside it that were asked for.
struct Files<'a> {
    list: Vec<(String, FileBytes)>,
    beside: &'a dyn Fn(&str) -> Option<FileBytes>,
}

impl Files<'_> {
    /// In which of them the data of a tensor lie, and where; `None` where they are in the tensor.
    fn find(&mut self, tensor: &TensorProto, name: &str) -> Result<Option<(usize, Range<usize>)>, OnnxError> {
        if tensor.data_location != Some(DataLocation::EXTERNAL) {
            return Ok(None);
        }
        let about = |key: &str| {
            let entry = tensor.external_data.iter().find(|entry| entry.key.as_deref() == Some(key));
            entry.and_then(|entry| entry.value.clone())
        };
        let file = about("location").unwrap_or_default();
        let bad = |why: &str| OnnxError::BadData { file: file.clone(), tensor: name.to_owned(), why: why.to_owned() };
        let is_beside = !file.starts_with('/') && !file.contains('\\') && !file.contains(':');
        if !is_beside || file.split('/').any(|part| part == "..") {
            return Err(bad("its name leads out of the folder"));
        }
        let at = match self.list.iter().position(|(known, _)| *known == file) {
            Some(at) => at,
            None => {
                let data = (self.beside)(&file).ok_or_else(|| OnnxError::NoData { file: file.clone() })?;
                self.list.push((file.clone(), data));
                self.list.len() - 1
            }
        };
        let len = self.list[at].1.len();
        let number = |key: &str, default: usize| match about(key) {
            None => Ok(default),
            Some(text) => text.parse::<usize>().map_err(|_| bad(&format!("its {key} is {text}"))),
        };
        let start = number("offset", 0)?;
        let length = number("length", len.saturating_sub(start))?;
        let end = start.checked_add(length).filter(|&end| end <= len);
        let end = end.ok_or_else(|| bad(&format!("bytes {start} to {} of {len}", start.saturating_add(length))))?;
        Ok(Some((at, start..end)))
    }
}

/// What elements of this type become in a checkpoint, and whether they lie in the file in that form.
fn dtype_of(data_type: DataType) -> Option<(Dtype, bool)> {
    Some(match data_type {
        DataType::FLOAT => (Dtype::F32, true),
        DataType::DOUBLE => (Dtype::F64, true),
        DataType::FLOAT16 => (Dtype::F16, true),
        DataType::BFLOAT16 => (Dtype::BF16, true),
        // Halves hold each of 256 numbers exactly.
        DataType::INT8 | DataType::UINT8 => (Dtype::F16, false),
        _ => return None,
    })
}

/// Floats as a checkpoint keeps them.
fn floats(tensor: &TensorProto, count: usize) -> Option<(Dtype, Vec<u8>)> {
    let raw = tensor.raw_data.as_ref().map(|raw| raw.borrow()).filter(|raw| !raw.is_empty());
    let halves = |values: &mut dyn Iterator<Item = i32>| -> Vec<u8> {
        values.flat_map(|value| half::f16::from_f32(value as f32).to_le_bytes()).collect()
    };
    let data_type = tensor.data_type?;
    let (dtype, _) = dtype_of(data_type)?;
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
    forget_place(tensor);
}

fn forget_place(tensor: &mut TensorProto) {
    tensor.data_location = None;
    tensor.external_data.clear();
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

/// The one input that is no weight: its name, channels, height and width, whether the channels come last, and whether a side is free.
pub(super) fn picture(graph: &GraphProto) -> Result<(String, [usize; 3], bool, bool), OnnxError> {
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
    let is_open = height.is_none() || width.is_none();
    Ok((name, [channels.map_or(3, |c| c as usize), sides[0], sides[1]], channels_last, is_open))
}
