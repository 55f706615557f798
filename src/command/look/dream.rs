//! `neocog look dream`: a picture in which a layer sees more and more, or a film that goes into it.

use super::{Source, is_array, picture, saved, told};
use crate::command::{Failure, Report};
use crate::lab::device::Device;
use crate::lab::look::dream_of;
use crate::lab::{Monitor, NoMonitor};
use crate::protocol::{Dream, DreamFound, DreamRecord};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(in crate::command) struct DreamPicture {
    /// A PNG, JPEG, WebP, GIF or BMP file.
    image: PathBuf,
    #[command(flatten)]
    source: Source,
    /// Where the picture goes: an array in NumPy's format (.npy), else a PNG; of several frames an animated one.
    #[arg(long)]
    out: PathBuf,
    /// Its path; without it, the one half of the way up.
    #[arg(long, value_name = "PATH")]
    layer: Option<String>,
    /// One of its channels; without it, all.
    #[arg(long, value_name = "NUMBER")]
    channel: Option<u32>,
    /// Longer side of the picture in pixels; without it, such that all octaves have room for a tile.
    #[arg(long, value_name = "PIXELS")]
    side: Option<u32>,
    /// Sizes of the picture that are gone through.
    #[arg(long, default_value_t = Dream::default().octaves)]
    octaves: u32,
    /// Of one of them over the one before.
    #[arg(long, value_name = "RATIO", default_value_t = Dream::default().ratio)]
    octave_scale: f64,
    /// Side of a tile in pixels; without it, the network's own size, or a larger one where that is small.
    #[arg(long, value_name = "PIXELS")]
    tile: Option<u32>,
    /// Pixels by which the picture is rolled before each step, at most; without it, half a tile.
    #[arg(long, value_name = "PIXELS")]
    jitter: Option<u32>,
    /// In each octave.
    #[arg(long, default_value_t = Dream::default().steps)]
    steps: u32,
    /// Mean change of a step, in levels of 255.
    #[arg(long, default_value_t = Dream::default().rate)]
    rate: f64,
    /// Pictures of a film, each a part of the one before; 1 is a still.
    #[arg(long, default_value_t = Dream::default().frames)]
    frames: u32,
    /// By how much each shows less than the one before.
    #[arg(long, default_value_t = Dream::default().zoom)]
    zoom: f64,
    /// Steps in each octave of each frame but the first.
    #[arg(long, default_value_t = Dream::default().frame_steps)]
    frame_steps: u32,
    /// Of the rolls.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

pub(super) fn run(arguments: &DreamPicture, report: &mut Report<'_>) -> Result<(), Failure> {
    let DreamPicture { image, source, out, .. } = arguments;
    let (weights, picture) = (source.read()?, picture(image)?);
    let job = Dream {
        layer: arguments.layer.clone(),
        channel: arguments.channel,
        side: arguments.side,
        octaves: arguments.octaves,
        ratio: arguments.octave_scale,
        tile: arguments.tile,
        jitter: arguments.jitter,
        steps: arguments.steps,
        rate: arguments.rate,
        frames: arguments.frames,
        zoom: arguments.zoom,
        frame_steps: arguments.frame_steps,
        seed: arguments.seed,
        ..Dream::default()
    };
    if is_array(out) && job.frames > 1 {
        let sentence = format!("{} frames are no array; name a .png file", job.frames);
        return Err(Failure::Said(sentence));
    }
    let watch = NoMonitor::default();
    let found = pollster::block_on(dream_of(&job, &picture, &weights, &Device::Cpu, &watch, &|_| {}))?;
    saved(out, found.png.as_ref(), found.npy.as_ref())?;
    summed_up(&found, job.frames, watch.now_millis() / 1e3, report)?;
    report.line(&format!("  in {}", out.display()))?;
    told(&found.findings, report)
}

fn summed_up(found: &DreamFound, frames: u32, seconds: f64, report: &mut Report<'_>) -> Result<(), Failure> {
    let DreamFound { cost, picture, records, .. } = found;
    let ([tile_width, tile_height], gflops) = (cost.tile, cost.flops_per_tile as f64 / 1e9);
    let film = if frames > 1 { format!("{frames} frames of ") } else { String::new() };
    report.line(&format!(
        "{film}{} × {} pixels at {}: {} tiles of {tile_width} × {tile_height}, {gflops:.2} GFLOP each, in {seconds:.1} s",
        picture.width, picture.height, cost.layer, found.done
    ))?;
    for (at, octave) in cost.octaves.iter().enumerate() {
        let own = |record: &&DreamRecord| record.octave as usize == at;
        let (first, last) = (records.iter().find(own), records.iter().rfind(own));
        if let (Some(first), Some(last)) = (first, last) {
            report.line(&format!(
                "  {} × {} in {} tiles: {:.4} to {:.4}",
                octave.width, octave.height, octave.tiles, first.value, last.value
            ))?;
        }
    }
    Ok(())
}
