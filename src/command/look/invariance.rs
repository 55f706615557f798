//! `neocog look invariance`: how alike the responses of layers stay while a picture is transformed, and how well they tell classes apart.

use super::{Source, picture, told};
use crate::command::classify::Resize;
use crate::command::drive::write;
use crate::command::evaluate::examples;
use crate::command::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::device::Device;
use crate::lab::look::invariance_of;
use crate::protocol::{Invariance, LayerCurves, Transformation};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(in crate::command) struct InvarianceCurves {
    /// A PNG, JPEG, WebP, GIF or BMP file.
    image: PathBuf,
    #[command(flatten)]
    source: Source,
    /// What is done to the picture.
    #[arg(long, value_enum, default_value_t = Way::Shift)]
    transform: Way,
    /// How far: pixels of a shift, degrees of a turn, pixels of a blur's standard deviation, the share of the area that is covered, else a
    /// factor.
    #[arg(long)]
    range: Option<f64>,
    /// Values over the range, the untouched one among them.
    #[arg(long, default_value_t = Invariance::default().values)]
    values: u32,
    /// A layer by its path, again for each; without any, seven of them.
    #[arg(long = "layer", value_name = "PATH")]
    layers: Vec<String>,
    /// Whose classes are told apart: files or folders with examples, as `look excite` takes them, or the name of a drawn set.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Pictures of that; without it 200, of a large network 40.
    #[arg(long)]
    pictures: Option<u32>,
    /// Where the curves go, as CSV.
    #[arg(long)]
    out: PathBuf,
    /// How pictures become square.
    #[arg(long, value_enum, default_value_t = Resize::Crop)]
    resize: Resize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Way {
    /// To both sides.
    Shift,
    /// Smaller and larger.
    Scale,
    /// Both ways around the middle.
    Turn,
    /// Darker and brighter.
    Light,
    /// Less contrast and more.
    Contrast,
    /// More and more blurred.
    Blur,
    /// More and more covered from the middle on.
    Occlude,
}

impl From<Way> for Transformation {
    fn from(way: Way) -> Self {
        match way {
            Way::Shift => Self::Shift,
            Way::Scale => Self::Scale,
            Way::Turn => Self::Turn,
            Way::Light => Self::Light,
            Way::Contrast => Self::Contrast,
            Way::Blur => Self::Blur,
            Way::Occlude => Self::Occlude,
        }
    }
}

pub(super) fn run(arguments: &InvarianceCurves, report: &mut Report<'_>) -> Result<(), Failure> {
    let InvarianceCurves { image, source, transform, range, values, layers, data, pictures, out, resize } = arguments;
    let (weights, picture) = (source.read()?, picture(image)?);
    let [_, height, width] = weights.network().input;
    let data = match data.is_empty() {
        true => None,
        false => Some(Rc::new(examples(data, Some(height.min(width) as u32))?)),
    };
    let job = Invariance {
        fit: (*resize).into(),
        transformation: (*transform).into(),
        range: *range,
        values: *values,
        layers: layers.clone(),
        pictures: *pictures,
        ..Invariance::default()
    };
    let watch = NoMonitor::default();
    let found = pollster::block_on(invariance_of(&job, &picture, data, &weights, &Device::Cpu, &watch))?;
    write(out, found.csv.as_deref().map_or(&[], |csv| csv))?;
    let untouched = found.untouched as usize;
    report.line(&format!(
        "{} values at {} layers; {} pictures of {} make the means of {} classes, {} others are told apart, in {:.1} s, in {}",
        found.strip.len(),
        found.layers.len(),
        found.known,
        found.set,
        found.classes,
        found.tested[0],
        found.elapsed_ms / 1e3,
        out.display()
    ))?;
    for layer in &found.layers {
        let LayerCurves { path, cosine, told, within, .. } = layer;
        let mean = |curve: &[f32]| f64::from(LayerCurves::mean(curve, untouched).unwrap_or_default());
        report.line(&format!(
            "  {path}: mean cosine {:.3}, told apart {:.1} %, transformed {:.1} %, own class over others {within:.3}",
            mean(cosine),
            100.0 * f64::from(told[untouched]),
            100.0 * mean(told),
        ))?;
    }
    for one in &found.strip {
        let probability = f64::from(one.top.probability) * 100.0;
        report.line(&format!("  {:.3}: {} {probability:.1} %", one.value, one.top.label))?;
    }
    told(&found.findings, report)
}
