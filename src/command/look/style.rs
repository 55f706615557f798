//! `neocog look style`: a picture in the style of another.

use super::{Source, picture, saved, told};
use crate::command::{Failure, Report};
use crate::data::Rgb;
use crate::lab::device::Device;
use crate::lab::look::{painted_by, style_of};
use crate::lab::{Monitor, NoMonitor, Weights};
use crate::protocol::{PictureSpace, QuickStyle, SearchRule, StyleLayer, StyleStart, StyleTransfer};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(in crate::command) struct StylePicture {
    /// The picture whose content is kept.
    content: PathBuf,
    /// The picture whose style it gets; a network that was trained for one style wants none.
    style: Option<PathBuf>,
    #[command(flatten)]
    source: Source,
    /// Where the picture goes: an array in NumPy's format (.npy), else a PNG.
    #[arg(long)]
    out: PathBuf,
    /// A layer of the style by its path, and its weight: `features.3=0.5`; again for each layer. Without any, five of them.
    #[arg(long = "layer", value_name = "PATH[=WEIGHT]", value_parser = layer)]
    layers: Vec<StyleLayer>,
    /// The layer of the content; without it, one two thirds of the way up.
    #[arg(long, value_name = "PATH")]
    content_layer: Option<String>,
    /// Weight of the content; 0 paints the style alone.
    #[arg(long, value_name = "WEIGHT", default_value_t = StyleTransfer::default().content)]
    keep: f64,
    /// Weight of the total variation.
    #[arg(long, value_name = "WEIGHT", default_value_t = StyleTransfer::default().variation)]
    variation: f64,
    /// Begin with noise instead of the content.
    #[arg(long)]
    noise: bool,
    /// What the search changes.
    #[arg(long, value_enum, default_value_t = Space::Waves)]
    space: Space,
    /// Longer side of the picture in pixels.
    #[arg(long, value_name = "PIXELS")]
    side: Option<u32>,
    /// Longer side of the style picture over that: a smaller one has finer strokes.
    #[arg(long, default_value_t = StyleTransfer::default().scale)]
    scale: f64,
    /// Go down with L-BFGS instead of Adam.
    #[arg(long)]
    lbfgs: bool,
    #[arg(long, default_value_t = StyleTransfer::default().steps)]
    steps: u32,
    /// Learning rate at the start.
    #[arg(long)]
    rate: Option<f64>,
    /// Of the noise.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Space {
    /// Waves of all lengths.
    Waves,
    Pixels,
}

fn layer(text: &str) -> Result<StyleLayer, String> {
    let (path, weight) = text.rsplit_once('=').unwrap_or((text, "1"));
    let weight = weight.parse().map_err(|_| format!("{weight} is no weight; 0.5 for example is one"))?;
    Ok(StyleLayer { path: path.to_owned(), weight })
}

pub(super) fn run(arguments: &StylePicture, report: &mut Report<'_>) -> Result<(), Failure> {
    let StylePicture { content, style, source, out, noise, .. } = arguments;
    let (weights, content) = (source.read_any()?, picture(content)?);
    if weights.network().is_painter() {
        return quick(&content, &weights, arguments, report);
    }
    let Some(style) = style else {
        let sentence = format!("{} learnt no style, so a picture that has one is wanted", weights.network().title);
        return Err(Failure::Said(sentence));
    };
    let style = picture(style)?;
    let job = StyleTransfer {
        layers: arguments.layers.clone(),
        content_layer: arguments.content_layer.clone(),
        content: arguments.keep,
        variation: arguments.variation,
        start: if *noise { StyleStart::Noise } else { StyleStart::Content },
        space: match arguments.space {
            Space::Waves => PictureSpace::Frequencies,
            Space::Pixels => PictureSpace::Pixels,
        },
        side: arguments.side,
        scale: arguments.scale,
        rule: if arguments.lbfgs { SearchRule::Lbfgs } else { SearchRule::Adam },
        steps: arguments.steps,
        rate: arguments.rate,
        seed: arguments.seed,
        ..StyleTransfer::default()
    };
    let watch = NoMonitor::default();
    let found = pollster::block_on(style_of(&job, [&content, &style], &weights, &Device::Cpu, &watch))?;
    saved(out, found.png.as_ref(), found.npy.as_ref())?;
    let seconds = watch.now_millis() / 1e3;
    let (width, height) = (found.picture.width, found.picture.height);
    report.line(&format!("{width} × {height} pixels, {} steps in {seconds:.1} s, in {}", job.steps, out.display()))?;
    if let [first, .., last] = found.curve.as_slice() {
        report.line(&format!("  loss {:.4} to {:.4}", first.total, last.total))?;
        for (at, layer) in found.layers.iter().enumerate() {
            let StyleLayer { path, weight } = layer;
            report.line(&format!("  {path} × {weight}: {:.4} to {:.4}", first.layers[at], last.layers[at]))?;
        }
        if let Some(path) = &found.content_layer {
            report.line(&format!("  content at {path}: {:.4} to {:.4}", first.content, last.content))?;
        }
    }
    told(&found.findings, report)
}

/// At once, by a network that was trained for one style.
fn quick(
    picture: &Rgb,
    weights: &Rc<Weights>,
    arguments: &StylePicture,
    report: &mut Report<'_>,
) -> Result<(), Failure> {
    let (job, watch) = (QuickStyle { side: arguments.side, ..QuickStyle::default() }, NoMonitor::default());
    let found = pollster::block_on(painted_by(&job, picture, weights, &Device::Cpu, &watch))?;
    saved(&arguments.out, Some(&found.png), Some(&found.npy))?;
    let (width, height, seconds) = (found.picture.width, found.picture.height, found.elapsed_ms / 1e3);
    report.line(&format!("{width} × {height} pixels in {seconds:.1} s, in {}", arguments.out.display()))
}
