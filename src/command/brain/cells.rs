//! `neocog brain tuning` and `gabor`: how the units of a layer answer to gratings, bars and noise.

use crate::command::preprocessing::{Preprocessing, any_weights_from};
use crate::command::train::Where;
use crate::command::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::brain::cells_of;
use crate::protocol::{CellTask, CellsFound, GaborFit, GratingWindow, V1_OCTAVES, V1_WIDTH};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(in crate::command) struct CellArguments {
    /// A file of weights, as `neocog classify` takes it.
    weights: PathBuf,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// Path of the layer; without it, the first one whose units see 7 × 7 pixels or more.
    #[arg(long)]
    layer: Option<String>,
    #[arg(long, default_value_t = CellTask::default().orientations)]
    orientations: u32,
    #[arg(long, default_value_t = CellTask::default().frequencies)]
    frequencies: u32,
    #[arg(long, default_value_t = CellTask::default().phases)]
    phases: u32,
    /// In cycles per pixel; without it, half a cycle over what a unit sees.
    #[arg(long)]
    lowest: Option<f64>,
    #[arg(long, default_value_t = CellTask::default().highest)]
    highest: f64,
    #[arg(long, default_value_t = CellTask::default().contrast)]
    contrast: f64,
    /// How much of the picture a grating fills.
    #[arg(long, value_enum, default_value_t = Window::Full)]
    window: Window,
    /// Pictures of noise.
    #[arg(long, default_value_t = CellTask::default().noise)]
    noise: u32,
    #[arg(long, default_value_t = CellTask::default().seed)]
    seed: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    backend: Where,
    /// One JSON object with all curves, fields and fits.
    #[arg(long)]
    json: bool,
}

spelled! {
    enum Window => GratingWindow {
        /// All of it.
        Full,
        /// A disc as wide as what a unit sees.
        Disc,
    }
}

impl CellArguments {
    async fn found(&self) -> Result<CellsFound, Failure> {
        let weights = any_weights_from(&self.weights, self.model.as_deref(), &self.preprocessing)?;
        let Self { layer, orientations, frequencies, phases, lowest, highest, contrast, window, noise, seed, .. } =
            self;
        let job = CellTask {
            layer: layer.clone(),
            orientations: *orientations,
            frequencies: *frequencies,
            phases: *phases,
            lowest: *lowest,
            highest: *highest,
            contrast: *contrast,
            window: (*window).into(),
            noise: *noise,
            seed: *seed,
            ..CellTask::default()
        };
        let (device, _) = self.backend.device().await?;
        Ok(cells_of(&job, &weights, &device, &NoMonitor::default()).await?)
    }
}

pub(in crate::command) async fn tuning(arguments: &CellArguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let found = arguments.found().await?;
    if arguments.json {
        return report.json(&found);
    }
    head(&found, report)?;
    report.line(
        "channel  orientation  cycles/pixel  F1/F0           selectivity  width  octaves  light·dark  noise·slope",
    )?;
    for unit in &found.units {
        let Some(tuning) = &unit.tuning else {
            report.line(&format!("{:7}  silent", unit.channel))?;
            continue;
        };
        let kind = if tuning.is_simple() { "simple" } else { "complex" };
        let overlap = unit.bars.as_ref().map(|bars| bars.overlap);
        let agreement = unit.field.as_ref().and_then(|field| field.agreement);
        report.line(&format!(
            "{:7}  {:11.1}  {:12.4}  {:5.2} {kind:7}  {:13.2}  {}  {}  {}  {}",
            unit.channel,
            tuning.best.orientation,
            tuning.best.frequency,
            tuning.modulation(),
            tuning.selectivity,
            figure(tuning.width, 5, 1),
            figure(tuning.octaves, 7, 2),
            figure(overlap, 10, 2),
            figure(agreement, 11, 4),
        ))?;
    }
    let all = found.summary();
    report.line(&format!(
        "{} simple, {} complex, {} silent; medians: selectivity {}, width {} degrees ({} without; V1: near {V1_WIDTH}), {} octaves (V1: {} to {})",
        all.simple,
        all.complex,
        all.silent,
        figure(all.selectivity, 0, 2),
        figure(all.width, 0, 1),
        all.broad,
        figure(all.octaves, 0, 2),
        V1_OCTAVES[0],
        V1_OCTAVES[1],
    ))?;
    for finding in &found.findings {
        let state = if finding.holds() { "holds" } else { "does not hold" };
        report.line(&format!(
            "  {:?}: {:.3}, expected {} ± {:.2}, {state}",
            finding.fact, finding.measured, finding.expected, finding.limit
        ))?;
    }
    Ok(())
}

pub(in crate::command) async fn gabor(arguments: &CellArguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let found = arguments.found().await?;
    if arguments.json {
        return report.json(&found);
    }
    head(&found, report)?;
    report.line("channel  of     explained  orientation  cycles/pixel  phase   σ across  along   n_x   n_y      x      y  colour")?;
    for unit in &found.units {
        let Some(field) = &unit.field else {
            report.line(&format!("{:7}  silent", unit.channel))?;
            continue;
        };
        for (of, fit) in [("slope", &field.gabor), ("noise", &field.noise_gabor)] {
            if let Some(fit) = fit {
                report.line(&format!("{:7}  {of}  {}  {:6.2}", unit.channel, row(fit), field.colour))?;
            }
        }
    }
    let explained = found.summary().explained;
    report.line(&match explained {
        Some(explained) => format!("median explained {explained:.3}"),
        None => "no field of 5 × 5 pixels or more: nothing to fit".to_owned(),
    })
}

fn row(fit: &GaborFit) -> String {
    let [n_x, n_y] = fit.shape();
    format!(
        "{:9.3}  {:11.1}  {:12.4}  {:5.0}  {:8.2}  {:5.2}  {n_x:4.2}  {n_y:4.2}  {:5.2}  {:5.2}",
        fit.explained,
        fit.carrier.orientation,
        fit.carrier.frequency,
        fit.carrier.phase,
        fit.across,
        fit.along,
        fit.x,
        fit.y
    )
}

fn head(found: &CellsFound, report: &mut Report<'_>) -> Result<(), Failure> {
    let [high, wide] = found.sees;
    report.line(&format!(
        "{}: {} units, each sees {high} × {wide} pixels; {} pictures in {:.1} s",
        found.layer,
        found.units.len(),
        found.shown,
        found.elapsed_ms / 1e3
    ))
}

/// So many places wide, with so many behind the point.
fn figure(value: Option<f64>, wide: usize, places: usize) -> String {
    value.map_or_else(|| format!("{:>wide$}", "–"), |value| format!("{value:wide$.places$}"))
}
