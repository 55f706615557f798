//! `neocog depth`: the linear regions of networks over a plane.

mod slice;

use super::drive::read;
use super::{Failure, Report};
use crate::lab::depth::{DenseLayer, ReluNet, built, regions_of};
use crate::protocol::{Construction, ConstructionKind, RegionMap};
use clap::{Args, Subcommand};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Count the linear regions of a network of rectifiers after each layer, exactly.
    Regions(Regions),
    /// Cut a part of the plane through three pictures into the linear regions of a network that reads them, exactly.
    Slice(slice::SliceArguments),
}

spelled! {
    enum Kind => ConstructionKind {
        /// Each layer folds the square onto itself (Montúfar et al. 2014).
        Folding,
        /// Each layer folds a line in two (Telgarsky 2016).
        Tent,
    }
}

#[derive(Args)]
pub(super) struct Regions {
    /// A network as JSON: a list of layers, each {"weight": [[…], …], "bias": […]}, a row for each output; the first takes two numbers, and
    /// rectifiers follow each but the last. Without it, one that is made by hand.
    file: Option<PathBuf>,
    /// Left, lower, right and upper edge of what is looked at.
    #[arg(long, num_args = 4, value_names = ["LEFT", "LOWER", "RIGHT", "UPPER"], allow_negative_numbers = true, requires = "file")]
    domain: Option<Vec<f64>>,
    /// Made by hand, over the square from 0 to 1.
    #[arg(long, value_enum, default_value_t = Kind::Folding, conflicts_with = "file")]
    kind: Kind,
    #[arg(long, default_value_t = Construction::default().layers, conflicts_with = "file")]
    layers: u32,
    /// Rectifiers in each layer; a tent has two.
    #[arg(long, default_value_t = Construction::default().width, conflicts_with = "file")]
    width: u32,
    /// One JSON object with all polygons.
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Layer {
    weight: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Regions(regions) => regions.run(report),
        Arguments::Slice(arguments) => pollster::block_on(slice::slice(arguments, report)),
    }
}

impl Regions {
    fn run(&self, report: &mut Report<'_>) -> Result<(), Failure> {
        let Self { file, domain, kind, layers, width, json } = self;
        let map = match file {
            Some(file) => {
                let shown = file.display();
                let layers: Vec<Layer> = serde_json::from_slice(&read(file)?).map_err(|error| {
                    Failure::Said(format!(
                        "{shown} is no list of layers, each with weight (a row for each output) and bias: {error}"
                    ))
                })?;
                let layers = layers.into_iter().map(|Layer { weight, bias }| DenseLayer { weight, bias });
                let mut edges = [-1.0, -1.0, 1.0, 1.0];
                domain.iter().flatten().zip(&mut edges).for_each(|(given, edge)| *edge = *given);
                if edges[0] >= edges[2] || edges[1] >= edges[3] {
                    return Err(Failure::Said(format!(
                        "{edges:?} is no rectangle: left is below right, and lower below upper"
                    )));
                }
                regions_of(&ReluNet::new(layers.collect())?, edges, &[])?
            }
            None => built(&Construction { kind: (*kind).into(), layers: *layers, width: *width })?,
        };
        if *json { report.json(&map) } else { told(&map, report) }
    }
}

fn told(map: &RegionMap, report: &mut Report<'_>) -> Result<(), Failure> {
    report.line(&format!("{} parameters", map.params))?;
    for (at, layer) in map.layers.iter().enumerate() {
        let (count, width) = (layer.regions.len(), layer.width);
        let area: f64 = layer.regions.iter().map(|region| region.area).sum();
        let most = layer.most.map_or_else(String::new, |most| format!(", at most {most}"));
        report.line(&format!(
            "after layer {} of {width} rectifiers: {count} regions (such a network can have {}{most}), area {area:.9}",
            at + 1,
            layer.least
        ))?;
    }
    Ok(())
}
