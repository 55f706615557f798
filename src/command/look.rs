//! `neocog look`: where in a picture the evidence for a class lies, as an array or as a picture.

use super::classify::Resize;
use super::drive::{read, write};
use super::preprocessing::{Preprocessing, weights_from};
use super::{Failure, Report};
use crate::data::{decode, files::npy_from, png};
use crate::lab::device::Device;
use crate::lab::look::{evidence_of, overlay};
use crate::lab::{LabError, NoMonitor};
use crate::protocol::{Evidence, EvidenceMethod};
use clap::Args;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(super) struct Arguments {
    /// How the evidence is found.
    #[arg(value_enum)]
    method: Method,
    /// A PNG, JPEG, WebP, GIF or BMP file.
    image: PathBuf,
    /// A file of weights, as `neocog classify` takes it.
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Where the map goes: an array in NumPy's format (.npy), else a PNG with orange for and blue against the class.
    #[arg(long)]
    out: PathBuf,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
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
    /// Steps of integrated gradients.
    #[arg(long, default_value_t = Evidence::default().steps)]
    steps: u32,
    /// Of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

spelled! {
    enum Method => EvidenceMethod {
        Gradient,
        InputGradient,
        SmoothGrad,
        Integrated,
        Guided,
        Deconvnet,
        GradCam,
        HiresCam,
        Cam,
        Occlusion,
        Rise,
    }
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let Arguments { method, image, weights, out, model, preprocessing, resize, class, against, layer, steps, seed } =
        arguments;
    let weights = Rc::new(weights_from(weights, model.as_deref(), preprocessing)?);
    let picture = decode(&image.display().to_string(), &read(image)?).map_err(LabError::from)?;
    let job = Evidence {
        method: (*method).into(),
        fit: (*resize).into(),
        class: *class,
        against: *against,
        layer: layer.clone(),
        steps: *steps,
        seed: *seed,
        ..Evidence::default()
    };
    let watch = NoMonitor::default();
    let found = pollster::block_on(evidence_of(&job, &Rc::new(picture), &weights, &Device::Cpu, &watch))?;
    let map = &found.map;
    let bytes = match out.extension().is_some_and(|ending| ending == "npy") {
        true => npy_from(&map.values, &[map.ys.len(), map.xs.len()]),
        false => png::encode(&overlay(map)?),
    };
    write(out, &bytes)?;
    let (rows, columns) = (map.ys.len(), map.xs.len());
    let at = found.layer.as_ref().map(|layer| format!(" of {layer}")).unwrap_or_default();
    report.line(&format!(
        "{} {:.1} %: {rows} × {columns} places{at}, the largest {:.4}, in {}",
        map.whole.label,
        f64::from(map.whole.probability) * 100.0,
        map.largest(),
        out.display()
    ))?;
    for finding in &found.findings {
        let verdict = if finding.holds() { "holds" } else { "does not hold" };
        report.line(&format!(
            "  {:?}: {:.6}, expected {}, {verdict}",
            finding.fact, finding.measured, finding.expected
        ))?;
    }
    Ok(())
}
