//! `neocog bench`: how fast this engine is on this device, and how near to what the device can do at best.

use super::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::device::MaybeGpu;
use crate::lab::speed::{speed, workloads};
use crate::protocol::{BackendChoice, Sampling, Speed};
use clap::{Args, ValueEnum};

#[derive(Args)]
pub(super) struct Arguments {
    /// Only rows whose name contains this: `kernels/`, `weight gradient`, `inference/resnet18`, … Without it all of them, or
    /// none where layers are asked for.
    filter: Option<String>,
    #[arg(long, value_enum, default_value_t = Where::Auto)]
    device: Where,
    /// Time every layer of this network.
    #[arg(long, value_name = "NETWORK")]
    layers: Option<String>,
    /// One short sample of each figure: to see that it works.
    #[arg(long)]
    quick: bool,
    /// The whole as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Where {
    /// The CPU, and the GPU if there is one.
    Auto,
    Gpu,
    Cpu,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let Arguments { filter, device, layers, quick, json } = arguments;
    let (backend, gpu) = match device {
        Where::Auto => (BackendChoice::Auto, pollster::block_on(MaybeGpu::find())),
        Where::Gpu => (BackendChoice::Gpu, pollster::block_on(MaybeGpu::find())),
        Where::Cpu => (BackendChoice::Cpu, MaybeGpu::none("the CPU was chosen")),
    };
    let sampling = if *quick { Sampling::QUICK } else { Sampling::default() };
    if let Some(part) = filter.as_ref().filter(|part| !workloads().iter().any(|row| row.name.contains(*part))) {
        let advice = "`neocog bench` without a name runs all of them";
        return Err(Failure::Said(format!("no row is called …{part}…; {advice}")));
    }
    let all = layers.is_none().then(String::new);
    let job = Speed { backend, rows: filter.clone().or(all), layers: layers.clone(), sampling };
    let found = pollster::block_on(speed(&job, &gpu, &NoMonitor::default(), |_| {}))?;
    if *json { report.json(&found) } else { report.line(found.markdown().trim_end()) }
}
