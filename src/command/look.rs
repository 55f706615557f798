//! `neocog look`: where in a picture the evidence for a class lies, as an array or as a picture; what excites the channels of a layer; a
//! picture in the style of another; pictures that a network would like best.

mod dream;
mod excite;
mod invariance;
mod search;
mod style;

use super::classify::Resize;
use super::drive::write;
use super::pictures::{each_picture, picture};
use super::preprocessing::{Preprocessing, any_weights_from, weights_from};
use super::{Failure, Report};
use crate::lab::device::Device;
use crate::lab::look::evidence_of;
use crate::lab::{NoMonitor, Weights};
use crate::protocol::{Evidence, EvidenceMethod, Finding, OptimalGoal};
use clap::{Args, Subcommand};
use serde_bytes::ByteBuf;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::rc::Rc;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// The gradient of the class's logit.
    #[command(visible_alias = "saliency")]
    Gradient(Map),
    /// Each value of the picture times its gradient.
    InputGradient(Map),
    /// The mean gradient at noisy copies.
    SmoothGrad(Map),
    /// The gradient on the way from an empty picture.
    Integrated(Map),
    /// Guided backpropagation.
    Guided(Map),
    /// The deconvnet.
    Deconvnet(Map),
    /// Channels of a layer by the mean of their gradient.
    GradCam(Map),
    /// Channels of a layer by their gradient, place by place.
    HiresCam(Map),
    /// What each place adds to the logit.
    Cam(Map),
    /// What covering a place takes away.
    Occlusion(Map),
    /// What random parts of the picture show.
    Rise(Map),
    /// Pictures for which a class is likeliest, or a channel strongest.
    Optimal(search::UnitSearch),
    /// A picture to which a layer answers as to this one.
    Invert(search::PictureSearch),
    /// A layer's answer to a picture, exaggerated.
    Caricature(search::PictureSearch),
    /// Change a picture until a layer sees more and more in it; or make a film that goes into it.
    Dream(dream::DreamPicture),
    /// What the class's token of a transformer takes from each patch, in one block of attention.
    Attention(Map),
    /// The same through all blocks.
    Rollout(Map),
    /// Show what excites the channels of a layer, among many pictures.
    Excite(excite::ExciteSheet),
    /// Compare the responses of layers while a picture is transformed, beside how well they tell classes apart.
    Invariance(invariance::InvarianceCurves),
    /// Paint a picture in the style of another.
    Style(style::StylePicture),
}

/// The network that is asked.
#[derive(Args)]
struct Source {
    /// A file of weights, as `neocog classify` takes it; of `style` also that of a network that was trained for one style.
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
}

impl Source {
    /// Of a network that names classes.
    fn read(&self) -> Result<Rc<Weights>, Failure> {
        Ok(Rc::new(weights_from(&self.weights, self.model.as_deref(), &self.preprocessing)?))
    }

    fn read_any(&self) -> Result<Rc<Weights>, Failure> {
        Ok(Rc::new(any_weights_from(&self.weights, self.model.as_deref(), &self.preprocessing)?))
    }
}

#[derive(Args)]
pub(super) struct Map {
    /// PNG, JPEG, WebP, GIF or BMP files.
    #[arg(required = true)]
    images: Vec<PathBuf>,
    #[command(flatten)]
    source: Source,
    /// Where the map goes: an array in NumPy's format (.npy), else a PNG with orange for and blue against the class. Of several
    /// pictures a folder, which gets one of each by the picture's name.
    #[arg(long)]
    out: PathBuf,
    /// How the picture becomes square.
    #[arg(long, value_enum, default_value_t = Resize::Crop)]
    resize: Resize,
    /// The number of the class; without it, the likeliest one.
    #[arg(long)]
    class: Option<u32>,
    /// The number of the class to tell it from.
    #[arg(long)]
    against: Option<u32>,
    /// The layer of a CAM, by its path; without it, the last one with several places.
    #[arg(long)]
    layer: Option<String>,
    /// The attention, by its path; without it, the last one.
    #[arg(long)]
    block: Option<String>,
    /// One of its heads; without it, the mean of all.
    #[arg(long)]
    head: Option<u32>,
    /// Steps of integrated gradients.
    #[arg(long, default_value_t = Evidence::default().steps)]
    steps: u32,
    /// Of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let (method, map) = match arguments {
        Arguments::Gradient(map) => (EvidenceMethod::Gradient, map),
        Arguments::InputGradient(map) => (EvidenceMethod::InputGradient, map),
        Arguments::SmoothGrad(map) => (EvidenceMethod::SmoothGrad, map),
        Arguments::Integrated(map) => (EvidenceMethod::Integrated, map),
        Arguments::Guided(map) => (EvidenceMethod::Guided, map),
        Arguments::Deconvnet(map) => (EvidenceMethod::Deconvnet, map),
        Arguments::GradCam(map) => (EvidenceMethod::GradCam, map),
        Arguments::HiresCam(map) => (EvidenceMethod::HiresCam, map),
        Arguments::Cam(map) => (EvidenceMethod::Cam, map),
        Arguments::Occlusion(map) => (EvidenceMethod::Occlusion, map),
        Arguments::Rise(map) => (EvidenceMethod::Rise, map),
        Arguments::Optimal(arguments) => return search::of_units(arguments, report),
        Arguments::Invert(arguments) => return search::of_picture(OptimalGoal::Inversion, arguments, report),
        Arguments::Caricature(arguments) => return search::of_picture(OptimalGoal::Caricature, arguments, report),
        Arguments::Dream(arguments) => return dream::run(arguments, report),
        Arguments::Attention(map) => (EvidenceMethod::Attention, map),
        Arguments::Rollout(map) => (EvidenceMethod::Rollout, map),
        Arguments::Excite(arguments) => return excite::run(arguments, report),
        Arguments::Invariance(arguments) => return invariance::run(arguments, report),
        Arguments::Style(arguments) => return style::run(arguments, report),
    };
    mapped(method, map, report)
}

fn mapped(method: EvidenceMethod, arguments: &Map, report: &mut Report<'_>) -> Result<(), Failure> {
    let Map { images, source, out, resize, class, against, layer, block, head, steps, seed } = arguments;
    let weights = source.read()?;
    let job = Evidence {
        method,
        fit: (*resize).into(),
        class: *class,
        against: *against,
        layer: layer.clone(),
        block: block.clone(),
        head: *head,
        steps: *steps,
        seed: *seed,
        ..Evidence::default()
    };
    if let [image] = images.as_slice() {
        return map_of(&job, image, &weights, std::slice::from_ref(out), report);
    }
    std::fs::create_dir_all(out).map_err(|error| {
        let out = out.display();
        Failure::Said(format!(
            "{out} cannot hold the maps of {} pictures: {error}; name a folder by --out",
            images.len()
        ))
    })?;
    let outs = images.iter().map(|image| out.join(image.file_name().unwrap_or(image.as_os_str())));
    let outs: Vec<PathBuf> = outs.collect();
    if let Some((at, twice)) = outs.iter().enumerate().find(|(at, out)| outs[..*at].contains(out)) {
        let name = twice.file_name().unwrap_or_default().display();
        return Err(Failure::Said(format!(
            "picture {} is called {name} as one before it, and so would be its map; rename one of them",
            at + 1
        )));
    }
    let mut outs = outs.iter();
    each_picture(images, false, report, |image, report| {
        let Some(out) = outs.next() else { return Ok(()) };
        let files = ["png", "npy"].map(|ending| out.with_added_extension(ending));
        map_of(&job, image, &weights, &files, report)
    })
}

/// In each of the files, as its name wants it.
fn map_of(
    job: &Evidence,
    image: &Path,
    weights: &Rc<Weights>,
    outs: &[PathBuf],
    report: &mut Report<'_>,
) -> Result<(), Failure> {
    let (picture, watch) = (picture(image)?, NoMonitor::default());
    let found = pollster::block_on(evidence_of(job, &Rc::new(picture), weights, &Device::Cpu, &watch))?;
    let map = &found.map;
    for out in outs {
        write(out, if is_array(out) { &found.npy } else { &found.png })?;
    }
    let (rows, columns) = (map.ys.len(), map.xs.len());
    let at = found.layer.as_ref().map(|layer| format!(" of {layer}")).unwrap_or_default();
    let files: Vec<String> = outs.iter().map(|out| out.display().to_string()).collect();
    report.line(&format!(
        "{} {:.1} %: {rows} × {columns} places{at}, the largest {:.4}, in {}",
        map.whole.label,
        f64::from(map.whole.probability) * 100.0,
        map.largest(),
        files.join(" and ")
    ))?;
    told(&found.findings, report)
}

/// By its name: an array in NumPy's format instead of a picture.
fn is_array(out: &Path) -> bool {
    out.extension().is_some_and(|ending| ending == "npy")
}

/// An answer's array or its picture, whichever the name wants.
fn saved(out: &Path, picture: Option<&ByteBuf>, array: Option<&ByteBuf>) -> Result<(), Failure> {
    let file = if is_array(out) { array } else { picture };
    write(out, file.map_or(&[], |file| file))
}

/// A line for each.
fn told<F: Debug>(findings: &[Finding<F>], report: &mut Report<'_>) -> Result<(), Failure> {
    for finding in findings {
        let verdict = if finding.holds() { "holds" } else { "does not hold" };
        report.line(&format!(
            "  {:?}: {:.6}, expected {}, {verdict}",
            finding.fact, finding.measured, finding.expected
        ))?;
    }
    Ok(())
}
