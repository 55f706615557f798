//! Files of other programs: ONNX, which holds a network's graph, and PyTorch's weights.

use super::LabError;
use super::beside::{self, Beside};
use super::packed::PACKED;
use super::train::save::{MEAN, STD};
use super::written::{OWN, title_of};
use crate::data::pytorch::{self, is_pytorch};
use crate::graph::{ShapeError, Tensor};
use crate::models::head::{BoxForm, BoxHead, JointForm, JointHead, OutputHead};
use crate::models::onnx::{GRAPH, OnnxGraph, StatedHead, is_onnx, to_checkpoint};
use crate::models::{Architecture, Brought, FileTrial, Network};
use crate::nn::checkpoint::{Checkpoint, FileBytes};
use crate::nn::{Normalise, Resizing, VarBuilder};
use crate::protocol::WrittenNetwork;
use std::borrow::Cow;
use std::rc::Rc;

/// Names of classes in a file's own metadata, as several programs write them: a list, or an object by number, of JSON or of Python.
const NAMES: [&str; 4] = ["onnx.names", "onnx.labels", "onnx.classes", pytorch::LABELS];

/// Whether a file is of ONNX, or a checkpoint that was made of one, or of packed weights: whoever reads either is in one part.
pub fn holds_onnx(name: &str, bytes: &FileBytes) -> bool {
    let header = || {
        let start = bytes.read(0..9).ok()?;
        let (length, text) = start.split_first_chunk()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        (text == b"{" && length < bytes.len()).then(|| bytes.read(8..8 + length).ok())?
    };
    let keys = [GRAPH, PACKED].map(|key| format!("\"{key}\""));
    is_file(name, &start_of(bytes))
        || header()
            .is_some_and(|header| keys.iter().any(|key| header.windows(key.len()).any(|part| part == key.as_bytes())))
}

/// As much of a file as tells its format; nothing where it cannot be read, which whoever reads on will say.
pub(super) fn start_of(bytes: &FileBytes) -> Cow<'_, [u8]> {
    bytes.read(0..512).unwrap_or_default()
}

fn is_file(name: &str, bytes: &[u8]) -> bool {
    // A checkpoint's header of JSON begins behind its length.
    is_onnx(bytes) || (name.to_ascii_lowercase().ends_with(".onnx") && bytes.get(8) != Some(&b'{'))
}

/// The tensors and the graph of a file of ONNX; `None` of another file. `beside` gives files that lie beside it.
///
/// # Errors
/// [`LabError::Setup`] with a sentence on the file.
pub(super) fn from_onnx(name: &str, bytes: &FileBytes, beside: Beside<'_>) -> Result<Option<Checkpoint>, LabError> {
    if !is_file(name, &start_of(bytes)) {
        return Ok(None);
    }
    to_checkpoint(name, bytes.clone(), beside).map(Some).map_err(|error| bad_setup!("{name} {error}"))
}

/// The tensors of a file of PyTorch; `None` of another file.
///
/// # Errors
/// [`LabError::Setup`] with a sentence on the file.
pub(super) fn from_pytorch(name: &str, bytes: &FileBytes) -> Result<Option<Checkpoint>, LabError> {
    if !is_pytorch(name, &start_of(bytes)) {
        return Ok(None);
    }
    pytorch::to_checkpoint(name, bytes).map(Some).map_err(|error| bad_setup!("{name} {error}"))
}

/// The network whose graph lies in the checkpoint; `None` where there is none.
pub(super) fn network_of(checkpoint: &Checkpoint) -> Result<Option<Network>, LabError> {
    if checkpoint.shape(GRAPH).is_none() {
        return Ok(None);
    }
    let bytes = checkpoint.raw(GRAPH)?;
    let file = checkpoint.name();
    let bad = |error: &dyn std::fmt::Display| bad_setup!("{file} {error}");
    let stated = stated_head(checkpoint);
    let graph = OnnxGraph::find(&bytes, |name| checkpoint.shape(name).map(<[usize]>::to_vec), &stated);
    let graph = graph.map_err(|error| bad(&error))?;
    let classes = graph.classes().map_err(|error| bad(&error))?;
    let names = match graph.head() {
        Some(head) => names_in(checkpoint, head.classes()),
        None => {
            let numbered = || (0..classes).map(|class| class.to_string()).collect();
            // A thousand without names are ImageNet's.
            names_in(checkpoint, classes).or_else(|| (classes != 1000).then(numbered))
        }
    };
    let usual = match graph.head() {
        Some(head) => usual_of(head),
        None if graph.channels_last() => Normalise::SIGNED,
        None => Normalise::IMAGENET,
    };
    let normalise = normalise_of(checkpoint).unwrap_or(usual);
    let title = title_of(file).to_owned();
    Ok(Some(Network {
        id: format!("{OWN}{title}"),
        title,
        paper: "",
        input: graph.input(),
        classes,
        names,
        normalise,
        resizing: Resizing::default(),
        architecture: Architecture::Brought(Rc::new(graph)),
    }))
}

/// What is usual for such a network: the YOLO family takes pixels from 0 to 1, SSD from -1 to 1, networks for joints as a classifier's.
fn usual_of(head: &OutputHead) -> Normalise {
    match head {
        OutputHead::Boxes(BoxHead { form: BoxForm::Apart { .. }, is_letterboxed: false, is_cut, .. }) => {
            if *is_cut {
                Normalise::IMAGENET
            } else {
                Normalise::SIGNED
            }
        }
        OutputHead::Boxes(_) | OutputHead::Joints(JointHead { form: JointForm::Columns { .. }, .. }) => Normalise::UNIT,
        OutputHead::Joints(_) => Normalise::IMAGENET,
    }
}

/// What the exporter of the YOLO family writes into a file: names, the task, height and width, and how many joints there are.
fn stated_head(checkpoint: &Checkpoint) -> StatedHead {
    let said = |key: &str| checkpoint.metadata().get(key);
    let two = |key: &str| serde_json::from_str::<[usize; 2]>(said(key)?).ok();
    StatedHead {
        classes: said("onnx.names").and_then(|text| names_of(text)).map(|names| names.len()),
        task: said("onnx.task").cloned(),
        joints: two("onnx.kpt_shape"),
        size: two("onnx.imgsz").filter(|size| size.iter().all(|side| (32..=4096).contains(side))),
    }
}

/// A list of names, or names by number from 0: of JSON, or as Python prints them, `{0: 'person', 1: "driver's seat"}`.
fn names_of(text: &str) -> Option<Vec<String>> {
    let json = serde_json::from_str(text).or_else(|_| serde_json::from_str(&json_from_python(text))).ok()?;
    let value: serde_json::Value = json;
    let count = value.as_array().map(Vec::len).or(value.as_object().map(serde_json::Map::len))?;
    beside::names_in(&value, count)
}

/// Keys in quotes, and all quotes double.
fn json_from_python(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    let mut quote = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, '\'' | '"') => {
                quote = Some(letter);
                json.push('"');
            }
            (None, '0'..='9') => {
                json.push('"');
                json.push(letter);
                while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                    json.push(digit);
                }
                json.push('"');
            }
            (Some(of), _) if letter == of => {
                quote = None;
                json.push('"');
            }
            (Some(_), '\\') => match letters.next() {
                Some(quoted @ ('\'' | '"')) if quoted == '\'' => json.push(quoted),
                Some(other) => json.extend(['\\', other]),
                None => {}
            },
            (Some(_), '"') => json.push_str("\\\""),
            (_, other) => json.push(other),
        }
    }
    json
}

/// As a file says that this program wrote.
fn normalise_of(checkpoint: &Checkpoint) -> Option<Normalise> {
    let three = |key: &str| -> Option<[f32; 3]> { serde_json::from_str(checkpoint.metadata().get(key)?).ok() };
    let (mean, std) = (three(MEAN)?, three(STD)?);
    (mean.iter().all(|mean| mean.is_finite()) && std.iter().all(|std| std.is_normal() && *std > 0.0))
        .then_some(Normalise { mean, std })
}

pub(super) fn names_in(checkpoint: &Checkpoint, classes: usize) -> Option<Vec<String>> {
    let text = NAMES.iter().find_map(|key| checkpoint.metadata().get(*key))?;
    names_of(text).filter(|names| names.len() == classes)
}

/// What is listed of a file that is not read yet.
#[derive(Debug)]
struct Kept([u64; 2]);

impl Brought for Kept {
    fn forward(&self, x: &Tensor, _: VarBuilder) -> Result<Tensor, ShapeError> {
        Err(ShapeError::bad("onnx", "its graph lies in its file, which is not read yet", x.dims()))
    }

    fn totals(&self) -> Option<[u64; 2]> {
        Some(self.0)
    }

    fn trial(&self, _: &Checkpoint, _: &[Vec<u8>], _: &[Vec<u8>]) -> Result<Box<dyn FileTrial>, String> {
        Err("its graph lies in its file, which is not read yet".to_owned())
    }
}

/// From what is kept of a file whose graph lies in it.
pub(super) fn kept(id: &str, about: &WrittenNetwork) -> Option<Network> {
    let [classes, params, macs] = about.brought?;
    Some(Network {
        id: id.to_owned(),
        title: about.title.clone(),
        paper: "",
        input: about.shape,
        classes: classes as usize,
        names: (!about.classes.is_empty()).then(|| about.classes.clone()),
        normalise: Normalise::IMAGENET,
        resizing: Resizing::default(),
        architecture: Architecture::Brought(Rc::new(Kept([params, macs]))),
    })
}
