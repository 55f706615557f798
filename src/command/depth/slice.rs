//! `neocog depth slice`: the regions of a network of pictures over a part of the plane through three of them.

use crate::command::pictures::picture;
use crate::command::preprocessing::{Preprocessing, weights_from};
use crate::command::train::Where;
use crate::command::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::depth::slice_of;
use crate::protocol::{PictureSlice, SliceMap};
use clap::Args;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(in crate::command) struct SliceArguments {
    /// A file of weights, as `neocog classify` takes it, of a network that is piecewise linear.
    weights: PathBuf,
    /// Three: PNG, JPEG, WebP, GIF or BMP files.
    #[arg(long = "picture", required = true, num_args = 1.., value_name = "PATH")]
    pictures: Vec<PathBuf>,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// The middle of the part, from the first picture on in distances between the first two: across towards the second, up towards the
    /// third. Without it, where the answer changes on the way from the first picture to another.
    #[arg(long, num_args = 2, value_names = ["X", "Y"], allow_negative_numbers = true)]
    middle: Option<Vec<f64>>,
    /// About so many regions are looked at.
    #[arg(long, default_value_t = PictureSlice::default().regions)]
    regions: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    backend: Where,
    /// One JSON object with all polygons.
    #[arg(long)]
    json: bool,
}

pub(super) async fn slice(arguments: &SliceArguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let SliceArguments { weights, pictures, model, preprocessing, middle, regions, backend, json } = arguments;
    let weights = Rc::new(weights_from(weights, model.as_deref(), preprocessing)?);
    let pictures = pictures.iter().map(|path| Ok(Rc::new(picture(path)?))).collect::<Result<Vec<_>, Failure>>()?;
    let middle = middle.as_ref().map(|at| [at[0], at[1]]);
    let job = PictureSlice { middle, regions: *regions, ..PictureSlice::default() };
    let (device, _) = backend.device().await?;
    let map = slice_of(&job, &pictures, &weights, &device, &NoMonitor::default()).await?;
    if *json { report.json(&map) } else { told(&map, report) }
}

fn told(map: &SliceMap, report: &mut Report<'_>) -> Result<(), Failure> {
    let SliceMap { corners, window: [left, lower, right, upper], count, kinks, way, classes, .. } = map;
    let said = |class: u32| &classes[class as usize].1;
    let [first, second, third] = corners.map(|[x, y]| format!("{x:.3} {y:.3}"));
    report.line(&format!("pictures at {first}, {second} and {third}; {kinks} kinks"))?;
    let switched: u32 = way.iter().map(|(_, _, switched)| switched).sum();
    let [from, to] = [way.first(), way.last()].map(|end| end.map_or("", |(class, ..)| said(*class)));
    report.line(&format!(
        "from {from} to {to}: {switched} kinks taken another way in {} steps",
        way.len().saturating_sub(1)
    ))?;
    let [x, y] = [(left + right) / 2.0, (lower + upper) / 2.0];
    report.line(&format!("around {x:.4} {y:.4}, {:.3e} wide: {count} regions", right - left))?;
    for (place, (_, name, _)) in classes.iter().enumerate() {
        let parts = map.parts.iter().filter(|part| part.class as usize == place).count();
        if parts > 0 {
            report.line(&format!("  {name}: {parts} parts"))?;
        }
    }
    report.line(&format!("in {:.1} s", map.elapsed_ms / 1e3))?;
    for finding in &map.checks {
        let state = if finding.holds() { "holds" } else { "does not hold" };
        report
            .line(&format!("  {:?}: {:.2e}, at most {:.0e}, {state}", finding.fact, finding.measured, finding.limit))?;
    }
    Ok(())
}
