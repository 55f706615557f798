//! `neocog brain neocognitron`: one grows, and stands beside networks that learn by gradient.

use crate::command::evaluate::examples;
use crate::command::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::brain::{DigitPictures, GrownNeocognitron};
use crate::lab::device::Device;
use crate::protocol::{
    Deformation, NeocognitronReport, NeocognitronRun, ToleranceModel, ToleranceReport, ToleranceRow, ToleranceRun, Why,
};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Args)]
pub(in crate::command) struct GrowNeocognitron {
    /// digits, or files or folders with pictures (MNIST's, an .npz, pictures by class).
    #[arg(long, num_args = 1.., value_name = "PATH", default_value = "digits")]
    data: Vec<PathBuf>,
    /// Pictures that it grows from.
    #[arg(long, default_value_t = NeocognitronRun::default().examples)]
    examples: u32,
    /// Planes of the second stage, at most.
    #[arg(long, default_value_t = NeocognitronRun::default().planes)]
    planes: u32,
    /// The threshold with which planes of the second stage grow.
    #[arg(long, default_value_t = NeocognitronRun::default().growth)]
    growth: f64,
    /// The threshold of the last stage.
    #[arg(long, default_value_t = NeocognitronRun::default().classes)]
    classes: f64,
    /// Train the others too, and try all on deformed pictures.
    #[arg(long)]
    tolerance: bool,
    /// Held-out pictures that are deformed.
    #[arg(long, default_value_t = ToleranceRun::default().pictures)]
    tried: u32,
    /// Times that the others go over the pictures.
    #[arg(long, default_value_t = ToleranceRun::default().epochs)]
    epochs: u32,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Found {
    planes: [u32; 3],
    connections: u32,
    right: u32,
    held: u32,
    tolerance: Option<ToleranceReport>,
}

const HEAD: [&str; 4] = ["neocognitron", "LeCun 1989", "all connected", "convolutional"];

pub(super) async fn run(arguments: &GrowNeocognitron, report: &mut Report<'_>) -> Result<(), Failure> {
    let GrowNeocognitron { examples: count, planes, growth, classes, seed, .. } = *arguments;
    let interval = NeocognitronRun::EXAMPLES;
    if !interval.holds(f64::from(count)) {
        return Err(Failure::Said(format!("{count} pictures are not possible; choose {interval}")));
    }
    let job = NeocognitronRun { examples: count, planes, growth, classes, seed, ..NeocognitronRun::default() };
    let pictures = DigitPictures::of_set(&examples(&arguments.data, None)?, count)?;
    let watch = NoMonitor::default();
    let (grown, found) = GrownNeocognitron::from_pictures(&job, pictures, &watch, &|_| {}).await?;
    let NeocognitronReport { progress, right, held, grown: passes, .. } = found;
    let [s1, s2, s3] = progress.planes;
    report.line(&format!(
        "{s1}, {s2} and {s3} planes, {} connections learnt, in {:.1} s; passes over the pictures added {passes:?} planes to the last stage",
        progress.connections, progress.seconds
    ))?;
    report.line(&format!(
        "{right} of {held} held-out pictures recognised, {:.1} %",
        100.0 * f64::from(right) / f64::from(held)
    ))?;
    let tolerance = if arguments.tolerance {
        let job = ToleranceRun { pictures: arguments.tried, epochs: arguments.epochs, seed, ..ToleranceRun::default() };
        let place = async |_: &_| Ok((Device::Cpu, Device::Cpu.used(Why::Chosen)));
        let found = grown.tolerance(&job, &watch, place, &|_| {}).await?;
        report.line(&table(&found))?;
        Some(found)
    } else {
        None
    };
    if arguments.json {
        let found = Found { planes: progress.planes, connections: progress.connections, right, held, tolerance };
        report.line(&serde_json::to_string(&found).unwrap_or_default())?;
    }
    Ok(())
}

fn table(found: &ToleranceReport) -> String {
    let mut lines = vec![format!("{:<18}", "") + &HEAD.map(|name| format!("{name:>15}")).concat()];
    let weights = ToleranceModel::ALL.iter().zip(&found.weights).map(|(_, weights)| format!("{weights:>15}"));
    lines.push(format!("{:<18}", "weights") + &weights.collect::<String>());
    for ToleranceRow { by, value, right } in &found.rows {
        let name = match by {
            Deformation::Shift => format!("shift {value} px"),
            Deformation::Turn => format!("turn {value}°"),
            Deformation::Scale => format!("scale {value}"),
            Deformation::Bend => format!("elastic {value} px"),
        };
        let shares =
            right.iter().map(|right| format!("{:>13.1} %", 100.0 * f64::from(*right) / f64::from(found.pictures)));
        lines.push(format!("{name:<18}") + &shares.collect::<String>());
    }
    lines.join("\n")
}
