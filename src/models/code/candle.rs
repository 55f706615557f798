//! candle: a struct whose layers and tensors are read under the names of the network's own.

mod functions;
mod op;

use super::lines::Lines;
use super::step::CodeStep;
use super::{CodeError, Known, outline_of, prepared};
use crate::graph::Host;
use crate::models::Network;
use crate::models::outline::OutlineWork;
use functions::FUNCTIONS;
use op::{CandleText, number, tuple};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The network as source for candle, whose tensors have the names that they have in its file of weights.
///
/// # Errors
/// Where it has an op that candle has not.
pub fn to_candle(network: &Network) -> Result<String, CodeError> {
    let outline = outline_of(network)?;
    let mut fields = Fields::default();
    let mut lines = Lines::new(&outline);
    let mut whole = false;
    for (at, step) in outline.steps.iter().enumerate() {
        match &step.work {
            OutlineWork::Picture => lines.known(step.id, "image"),
            // Read where it is used.
            OutlineWork::Variable(_) => {}
            OutlineWork::Constant(value) => {
                let name = fields.take("constant", "Tensor", constant(value)?);
                lines.known(step.id, format!("self.{name}"));
            }
            _ => {
                let call = CandleText(CodeStep { outline: &outline, step });
                if let Some((path, kind, made)) = call.layer() {
                    let name = fields.take(&path, kind, made);
                    lines.step(at, &step.inputs[..1], call.module(&format!("self.{name}")), assigned);
                    continue;
                }
                for id in &step.inputs {
                    if let Some((name, shape)) = call.0.variable(*id) {
                        let field = fields.take(&name, "Tensor", got(&name, &shape));
                        lines.known(*id, format!("self.{field}"));
                    }
                }
                let expression = call.expression()?;
                whole |= expression.text.contains("pictures");
                lines.step(at, &step.inputs, expression, assigned);
            }
        }
    }
    let body = body(&fields, &lines, whole);
    let functions: String =
        FUNCTIONS.iter().filter(|(name, _)| body.contains(&format!("{name}("))).map(|row| row.1).collect();
    let text = format!("{body}{functions}");
    Ok(format!("{}{}{text}", head(network), imports(&fields, &text)))
}

fn assigned(name: &str, text: &str) -> String {
    format!("let {name} = {text};")
}

/// A tensor of the file.
pub(super) fn got(name: &str, shape: &[usize]) -> String {
    format!("vb.get({}, {name:?})?", tuple(shape))
}

/// What the struct holds, and how each part of it is made.
#[derive(Default)]
struct Fields {
    /// Name, type, expression.
    rows: Vec<(String, &'static str, String)>,
    names: BTreeSet<String>,
}

impl Fields {
    /// The name of the field that is made so; one that is made already is the same one.
    fn take(&mut self, path: &str, kind: &'static str, made: String) -> String {
        if let Some((name, ..)) = self.rows.iter().find(|(.., known)| *known == made) {
            return name.clone();
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let mut stem: String = path.chars().map(plain).collect();
        while stem.contains("__") {
            stem = stem.replace("__", "_");
        }
        let is_word = stem.starts_with(|c: char| c.is_ascii_lowercase()) && !KEYWORDS.contains(&stem.as_str());
        if !is_word {
            stem = format!("layer_{stem}").trim_end_matches('_').to_owned();
        }
        let mut name = stem.clone();
        for round in 2.. {
            if self.names.insert(name.clone()) {
                break;
            }
            name = format!("{stem}_{round}");
        }
        self.rows.push((name.clone(), kind, made));
        name
    }

    fn has(&self, start: &str) -> bool {
        self.rows.iter().any(|(.., made)| made.starts_with(start))
    }
}

/// Words that no field can have for its name and that a path may be.
const KEYWORDS: [&str; 12] =
    ["as", "box", "const", "final", "fn", "in", "loop", "match", "mod", "move", "self", "type"];

fn head(network: &Network) -> String {
    let [channels, height, width] = network.input;
    let (title, classes, prepared) = (network.title.replace(['\n', '\r'], " "), network.classes, prepared(network));
    format!(
        "//! {title}, as Neocog has it: for candle-core and candle-nn 0.11.
//!
//! ```ignore
//! let device = Device::Cpu;
//! let file = std::fs::read(\"weights.safetensors\")?;
//! let network = Network::new(VarBuilder::from_buffered_safetensors(file, DType::F32, &device)?)?;
//! let logits = network.forward(&image)?; // [pictures, {channels}, {height}, {width}] → [pictures, {classes}]
//! ```
//!
//! {prepared}

"
    )
}

fn imports(fields: &Fields, text: &str) -> String {
    let core = [("D", "D::Minus1"), ("DType", "DType::"), ("Module", ".forward(&"), ("ModuleT", ".forward_t(")];
    let mut core: Vec<&str> = core.iter().filter(|(_, sign)| text.contains(sign)).map(|row| row.0).collect();
    core.extend(["Result", "Tensor"]);
    let kinds = ["BatchNorm", "Conv2d", "LayerNorm", "Linear"];
    let makers = ["batch_norm", "conv2d", "conv2d_no_bias", "layer_norm", "linear", "linear_no_bias"];
    let mut nn: Vec<&str> = kinds.into_iter().filter(|kind| fields.rows.iter().any(|row| row.1 == *kind)).collect();
    nn.extend(["Conv2dConfig"].iter().filter(|name| text.contains(*name)));
    nn.push("VarBuilder");
    nn.extend(makers.into_iter().filter(|maker| fields.has(&format!("{maker}("))));
    nn.extend(["ops"].iter().filter(|_| text.contains(" ops::") || text.contains("(ops::") || text.contains("&ops::")));
    nn.sort_by_key(|name| (name.starts_with(|c: char| c.is_lowercase()), *name));
    format!("use candle_core::{{{}}};\nuse candle_nn::{};\n\n", core.join(", "), listed(&nn))
}

fn listed(names: &[&str]) -> String {
    match names {
        [one] => (*one).to_owned(),
        _ => format!("{{{}}}", names.join(", ")),
    }
}

fn body(fields: &Fields, lines: &Lines<'_>, whole: bool) -> String {
    let mut text = "pub struct Network {\n".to_owned();
    let mut put = |line: &str| _ = writeln!(text, "{line}");
    fields.rows.iter().for_each(|(name, kind, _)| put(&format!("    {name}: {kind},")));
    put("}\n\nimpl Network {\n    pub fn new(vb: VarBuilder) -> Result<Self> {\n        Ok(Self {");
    fields.rows.iter().for_each(|(name, _, made)| put(&format!("            {name}: {made},")));
    put("        })\n    }\n\n    pub fn forward(&self, image: &Tensor) -> Result<Tensor> {");
    if whole {
        put("        let pictures = image.dim(0)?;");
    }
    lines.lines.iter().for_each(|line| put(&format!("        {line}")));
    put(&format!("        Ok({})\n    }}\n}}", lines.result()));
    text
}

fn constant(value: &Host) -> Result<String, CodeError> {
    let known = Known::of(value)?;
    let kind = if known.is_whole { "u32" } else { "f32" };
    let literal = |value: f64| match known.is_whole {
        true => format!("{value}"),
        false => number(f64::from(value as f32), "f32"),
    };
    let (first, shape) = (known.first(), tuple(&known.dims));
    if known.is_full() {
        return Ok(format!("Tensor::full({}, {shape}, vb.device())?", number(first, "f32_")));
    }
    if known.counts() {
        return Ok(format!("Tensor::arange({first}u32, {}u32, vb.device())?", first + known.values.len() as f64));
    }
    known.check()?;
    let list = known.values.iter().map(|&value| literal(value)).collect::<Vec<_>>().join(", ");
    Ok(format!("Tensor::from_vec::<_, {kind}>(vec![{list}], {shape}, vb.device())?"))
}
