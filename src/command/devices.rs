//! `neocog devices`: what networks can run on.

use super::{Failure, Report};
use crate::backend::gpu::adapters;
use clap::Args;
use serde::Serialize;

#[derive(Args)]
pub(super) struct Arguments {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    device: &'static str,
    name: String,
    software: bool,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut rows = vec![Row { device: "cpu", name: format!("{threads} threads"), software: false }];
    let gpus = pollster::block_on(adapters());
    rows.extend(gpus.into_iter().map(|(name, software)| Row { device: "gpu", name, software }));
    for row in rows {
        if arguments.json {
            report.json(&row)?;
        } else {
            let kind = if row.software { ", a software adapter" } else { "" };
            report.line(&format!("{}  {}{kind}", row.device, row.name))?;
        }
    }
    Ok(())
}
