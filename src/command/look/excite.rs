//! `neocog look excite`: what excites a channel of a layer among many pictures, as a sheet; or all channels, as a wall.

use super::{Source, is_array, picture, told};
use crate::command::classify::Resize;
use crate::command::drive::write;
use crate::command::evaluate::examples;
use crate::command::{Failure, Report};
use crate::data::{Rgb, png};
use crate::lab::device::Device;
use crate::lab::look::{PicturePool, excite_of};
use crate::lab::{LabError, NoMonitor};
use crate::protocol::{DataChoice, Excite};
use clap::Args;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(in crate::command) struct ExciteSheet {
    #[command(flatten)]
    source: Source,
    /// Files or folders with examples (MNIST's, CIFAR-10's or -100's, an .npz, pictures by class), or the name of a drawn set.
    #[arg(long, num_args = 1.., value_name = "PATH", required_unless_present = "pictures", conflicts_with = "pictures")]
    data: Vec<PathBuf>,
    /// Pictures without classes.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pictures: Vec<PathBuf>,
    /// The layer, by its path; without it, the last one whose places see at most half of the picture's side.
    #[arg(long, value_name = "PATH")]
    layer: Option<String>,
    /// The channel: its nine strongest patches, then what excites it of each by deconvnet and by guided backpropagation. Without it, all
    /// channels, each by its strongest patch.
    #[arg(long)]
    channel: Option<u32>,
    /// Where the picture goes, as PNG; or what excites the channel of each patch, as an array in NumPy's format (.npy).
    #[arg(long)]
    out: PathBuf,
    /// How pictures become square.
    #[arg(long, value_enum, default_value_t = Resize::Crop)]
    resize: Resize,
}

pub(super) fn run(arguments: &ExciteSheet, report: &mut Report<'_>) -> Result<(), Failure> {
    let ExciteSheet { source, layer, channel, out, resize, .. } = arguments;
    let weights = source.read()?;
    let [_, height, width] = weights.network().input;
    let pool = pool_of(arguments, height.min(width) as u32)?;
    let job = Excite { fit: (*resize).into(), layer: layer.clone(), channel: *channel, ..Excite::default() };
    let found = pollster::block_on(excite_of(&job, pool, &weights, &Device::Cpu, &NoMonitor::default()))?;
    let wall = &found.wall.pixels;
    let bytes = match (channel, &found.sheet) {
        (Some(_), Some(sheet)) => sheet.to_vec(),
        _ => png::encode(&Rgb::from_rgba_over_white(wall.width, wall.height, &wall.rgba).map_err(LabError::from)?),
    };
    match &found.npy {
        Some(array) if is_array(out) => write(out, array)?,
        _ => write(out, &bytes)?,
    }
    let [channels, rows, columns] = found.shape;
    report.line(&format!(
        "{} of {rows} × {columns} places and {channels} channels, {} of them excited by {} pictures, in {}",
        found.layer,
        found.live,
        found.seen,
        out.display()
    ))?;
    for place in &found.places {
        let ([left, top, wide, high], [row, column]) = (place.field, place.place);
        report.line(&format!(
            "  channel {}: {:.4} in picture {} ({}), place {row}, {column}, which sees {wide} × {high} pixels at {left}, {top}",
            found.channel, place.value, place.picture, place.label[0]
        ))?;
    }
    told(&found.findings, report)
}

/// Pictures by class get the size that the network reads.
fn pool_of(arguments: &ExciteSheet, side: u32) -> Result<PicturePool, Failure> {
    let ExciteSheet { data, pictures, .. } = arguments;
    if !pictures.is_empty() {
        let pictures = pictures.iter().map(|path| picture(path).map(Rc::new)).collect::<Result<Vec<_>, _>>()?;
        return Ok(PicturePool::Tray { ids: (0..pictures.len() as u32).collect(), pictures });
    }
    let data = examples(data, Some(side))?;
    if data.picture(0).is_none() {
        let name = &data.name;
        return Err(Failure::Said(format!("{name} has points and no pictures; choose a set with pictures")));
    }
    Ok(PicturePool::Set { choice: DataChoice { set: data.name.clone(), ..DataChoice::default() }, data: Rc::new(data) })
}
