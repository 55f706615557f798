//! Nodes and known values as they are collected, with names that no other has.

use super::{OnnxError, op, unwritten};
use crate::graph::host::with_elements;
use crate::graph::{DType, Host, NodeId};
use crate::models::outline::{Extent, Outline, OutlineStep, OutlineWork};
use rten_onnx::onnx::{AttributeProto, AttributeType, DataType, NodeProto, TensorProto};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What the graph gives.
pub(super) const OUTPUT: &str = "logits";

pub(super) struct Writer<'a> {
    outline: &'a Outline,
    /// Of each step.
    names: BTreeMap<NodeId, String>,
    taken: BTreeSet<String>,
    pub(super) nodes: Vec<NodeProto>,
    pub(super) values: Vec<TensorProto>,
}

/// A setting of a node.
pub(super) enum Setting {
    Int(i64),
    Ints(Vec<i64>),
    Float(f64),
    Text(&'static str),
}

pub(super) type Settings<'a> = &'a [(&'a str, Setting)];

/// Integers are 64 bits wide, as ONNX's own are.
pub(super) fn type_of(dtype: DType) -> Option<DataType> {
    match dtype {
        DType::F32 => Some(DataType::FLOAT),
        DType::U32 => Some(DataType::INT64),
        DType::F64(_) => None,
    }
}

/// Of an input of the graph: its place among them, where there are several.
pub(super) fn input_name(outline: &Outline, id: NodeId) -> String {
    let inputs: Vec<NodeId> =
        outline.steps.iter().filter(|step| matches!(step.work, OutlineWork::Picture)).map(|step| step.id).collect();
    match inputs.iter().position(|&own| own == id) {
        Some(at) if inputs.len() > 1 => format!("x{at}"),
        _ => "image".to_owned(),
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(outline: &'a Outline) -> Self {
        let mut taken: BTreeSet<String> = [OUTPUT.to_owned()].into();
        taken.extend(outline.steps.iter().filter_map(|step| match &step.work {
            OutlineWork::Variable(name) => Some(name.clone()),
            OutlineWork::Picture => Some(input_name(outline, step.id)),
            _ => None,
        }));
        Self { outline, names: BTreeMap::new(), taken, nodes: Vec::new(), values: Vec::new() }
    }

    /// Writes a step.
    pub(super) fn step(&mut self, step: &OutlineStep) -> Result<(), OnnxError> {
        if type_of(step.dtype).is_none() {
            return Err(unwritten(&"it computes in doubles"));
        }
        let name = match &step.work {
            OutlineWork::Picture => input_name(self.outline, step.id),
            OutlineWork::Variable(name) => name.clone(),
            OutlineWork::Constant(value) => self.constant(value)?,
            _ => {
                let before = self.nodes.len();
                let made = op::write(self, step)?;
                self.called(step, before, made)
            }
        };
        self.names.insert(step.id, name);
        Ok(())
    }

    /// Gives the last node of a step the name of its module, where it has one.
    fn called(&mut self, step: &OutlineStep, before: usize, made: String) -> String {
        let module = step.module.as_deref();
        for node in &mut self.nodes[before..] {
            let (op, output) = (node.op_type.as_deref().unwrap_or_default(), node.output[0].as_str());
            node.name = Some(module.map_or_else(|| output.to_owned(), |module| format!("{module}/{op}")));
        }
        let wanted = if step.id == self.outline.output { Some(OUTPUT.to_owned()) } else { step.module.clone() };
        let is_last = self.nodes.len() > before && self.nodes.last().is_some_and(|node| node.output[0] == made);
        let free = wanted.filter(|name| name == OUTPUT || !self.taken.contains(name));
        let Some(name) = free.filter(|_| is_last) else { return made };
        self.taken.insert(name.clone());
        if let Some(node) = self.nodes.last_mut() {
            node.output[0].clone_from(&name);
        }
        name
    }

    /// The last step is the output, whatever computed it; and no two nodes have one name.
    pub(super) fn finished(mut self) -> Result<Self, OnnxError> {
        let last = self.name(self.outline.output)?;
        if last != OUTPUT {
            self.nodes.push(node("Identity", vec![last], OUTPUT, &[]));
        }
        let mut seen = BTreeSet::new();
        for (at, node) in self.nodes.iter_mut().enumerate() {
            if !node.name.as_ref().is_some_and(|name| seen.insert(name.clone())) {
                node.name = Some(format!("{}_{at}", node.name.as_deref().unwrap_or("node")));
            }
        }
        Ok(self)
    }

    /// Of the value of an earlier step.
    pub(super) fn name(&self, id: NodeId) -> Result<String, OnnxError> {
        self.names.get(&id).cloned().ok_or_else(|| unwritten(&"a step reads one that is not there"))
    }

    /// The shape of an earlier step's value.
    pub(super) fn shape(&self, id: NodeId) -> Vec<Extent> {
        self.outline.step(id).map(|step| step.shape.clone()).unwrap_or_default()
    }

    fn fresh(&mut self, stem: &str) -> String {
        let mut at = self.nodes.len() + self.values.len();
        loop {
            let name = format!("{}_{at}", stem.to_ascii_lowercase());
            if self.taken.insert(name.clone()) {
                return name;
            }
            at += 1;
        }
    }

    /// A node; gives the name of its value.
    pub(super) fn node(&mut self, op: &str, inputs: &[&str], settings: Settings<'_>) -> String {
        let output = self.fresh(op);
        let inputs = inputs.iter().map(|&input| input.to_owned()).collect();
        self.nodes.push(node(op, inputs, &output, settings));
        output
    }

    /// A known value, once for all that read it.
    fn value(&mut self, data_type: DataType, dims: Vec<i64>, data: Vec<u8>) -> String {
        let is_same = |own: &&TensorProto| {
            own.data_type == Some(data_type)
                && own.dims == dims
                && own.raw_data.as_ref().is_some_and(|raw| *raw.borrow() == data)
        };
        if let Some(name) = self.values.iter().find(is_same).and_then(|own| own.name.clone()) {
            return name;
        }
        let name = self.fresh("constant");
        let raw_data = Some(RefCell::new(data));
        self.values.push(TensorProto {
            dims,
            data_type: Some(data_type),
            raw_data,
            name: Some(name.clone()),
            ..TensorProto::default()
        });
        name
    }

    /// Whole numbers in a row: axes, extents, places.
    pub(super) fn ints(&mut self, values: &[i64]) -> String {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.value(DataType::INT64, vec![values.len() as i64], data)
    }

    /// One number without dimensions.
    pub(super) fn number(&mut self, value: f64) -> String {
        self.value(DataType::FLOAT, Vec::new(), (value as f32).to_le_bytes().to_vec())
    }

    /// A whole number without dimensions, from 0 to 255.
    pub(super) fn byte(&mut self, value: u8) -> String {
        self.value(DataType::UINT8, Vec::new(), vec![value])
    }

    pub(super) fn floats(&mut self, dims: &[usize], values: &[f64]) -> String {
        let data = values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect();
        self.value(DataType::FLOAT, dims.iter().map(|&extent| extent as i64).collect(), data)
    }

    fn constant(&mut self, value: &Host) -> Result<String, OnnxError> {
        let dims = value.dims().iter().map(|&extent| extent as i64).collect();
        let (data_type, data) = match value.dtype() {
            candle_core::DType::U32 => {
                let wide = |x: &[u32]| x.iter().flat_map(|&value| i64::from(value).to_le_bytes()).collect();
                (DataType::INT64, with_elements(value, wide))
            }
            _ => {
                let narrow = |x: &[f32]| x.iter().flat_map(|value| value.to_le_bytes()).collect();
                (DataType::FLOAT, with_elements(value, narrow))
            }
        };
        Ok(self.value(data_type, dims, data.map_err(|error| unwritten(&error))?))
    }

    /// Extents as a value, where they may be the number of pictures, which is read off the first input then.
    pub(super) fn extents(&mut self, shape: &[Extent]) -> Result<String, OnnxError> {
        if let Some(known) = shape.iter().map(|extent| fixed(*extent)).collect::<Option<Vec<i64>>>() {
            return Ok(self.ints(&known));
        }
        let image = self.outline.steps.iter().find(|step| matches!(step.work, OutlineWork::Picture));
        let image = self.name(image.ok_or_else(|| unwritten(&"it has no input"))?.id)?;
        let batch = self.node("Shape", &[&image], &[("start", Setting::Int(0)), ("end", Setting::Int(1))]);
        let mut parts = Vec::new();
        for extent in shape {
            parts.push(match *extent {
                Extent::Fixed(extent) => self.ints(&[extent as i64]),
                Extent::Batch(1) => batch.clone(),
                Extent::Batch(times) => {
                    let times = self.ints(&[times as i64]);
                    self.node("Mul", &[&batch, &times], &[])
                }
            });
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Ok(self.node("Concat", &parts, &[("axis", Setting::Int(0))]))
    }
}

pub(super) fn fixed(extent: Extent) -> Option<i64> {
    match extent {
        Extent::Fixed(extent) => Some(extent as i64),
        Extent::Batch(_) => None,
    }
}

fn node(op: &str, input: Vec<String>, output: &str, settings: Settings<'_>) -> NodeProto {
    let attribute = settings.iter().map(|(name, setting)| {
        let plain = AttributeProto { name: Some((*name).to_owned()), ..AttributeProto::default() };
        match setting {
            Setting::Int(value) => AttributeProto { i: Some(*value), r#type: Some(AttributeType::INT), ..plain },
            Setting::Ints(values) => {
                AttributeProto { ints: values.clone(), r#type: Some(AttributeType::INTS), ..plain }
            }
            Setting::Float(value) => {
                AttributeProto { f: Some(*value as f32), r#type: Some(AttributeType::FLOAT), ..plain }
            }
            Setting::Text(text) => {
                AttributeProto { s: Some((*text).to_owned()), r#type: Some(AttributeType::STRING), ..plain }
            }
        }
    });
    NodeProto {
        domain: None,
        name: Some(output.to_owned()),
        input,
        output: vec![output.to_owned()],
        op_type: Some(op.to_owned()),
        attribute: attribute.collect(),
    }
}
