//! Pictures in which a layer sees more and more (Mordvintsev, Olah & Tyka 2015, DeepDream): what is asked, what it takes, and what is
//! told of it.

mod film;
mod planes;
mod run;
mod tile;

pub(super) use tile::TileGoal;

use super::evidence::{grids_of, layers_of};
use super::model::LookModel;
use crate::data::Rgb;
use crate::data::preprocess::grey;
use crate::data::resize::resize;
use crate::graph::Host as HostTensor;
#[cfg(not(target_arch = "wasm32"))]
use crate::lab::device::{Device, Model};
use crate::lab::device::{Models, Placed};
use crate::lab::layer::layer_named;
use crate::lab::{Host, LabError};
#[cfg(not(target_arch = "wasm32"))]
use crate::lab::{Monitor, Weights};
use crate::models::Network;
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::Why;
use crate::protocol::{BackendChoice, Dream, DreamCost, DreamFound, DreamOctave, LayerGrid};
use planes::Tiling;
use run::DreamRun;
use std::cell::RefCell;
#[cfg(not(target_arch = "wasm32"))]
use std::rc::Rc;

const OCTAVES: std::ops::RangeInclusive<u32> = 1..=10;
const STEPS: std::ops::RangeInclusive<u32> = 1..=1000;
const FRAMES: std::ops::RangeInclusive<u32> = 1..=240;
/// Pixels of all frames together.
const MOST_PIXELS: u64 = 48_000_000;
/// Of the longer side.
const SIDES: std::ops::RangeInclusive<u32> = 16..=4096;
/// Of a side of the person's picture: in less there is nothing to see.
const LEAST: u32 = 16;
/// Of a tile.
const TILES: std::ops::RangeInclusive<u32> = 8..=1024;
/// Networks whose tiles were timed.
const MOST_TIMES: usize = 16;

/// How long a tile takes, where one was asked.
#[derive(Default)]
pub(super) struct TileTimes(RefCell<Vec<(TileKey, f64)>>);

/// A network, what its tiles are, and where it runs.
type TileKey = (String, TileGoal, BackendChoice);

impl TileTimes {
    fn get(&self, key: &TileKey) -> Option<f64> {
        self.0.borrow().iter().find(|(known, _)| known == key).map(|(_, millis)| *millis)
    }

    fn put(&self, key: TileKey, millis: f64) {
        let mut times = self.0.borrow_mut();
        times.retain(|(known, _)| *known != key);
        if times.len() >= MOST_TIMES {
            times.remove(0);
        }
        times.push((key, millis));
    }
}

pub(super) async fn dream<H: Host>(
    job: &Dream,
    models: &mut Models<LookModel, 2>,
    times: &TileTimes,
    host: &H,
    tell: &dyn Fn(DreamFound),
) -> Result<DreamFound, LabError> {
    let weights = host.weights(&job.network).await?;
    let picture = host.picture(job.picture)?;
    let ready = ReadyDream::new(job, &picture, weights.network())?;
    let run = async |models: &mut [Placed<LookModel>]| {
        let Placed { model, used, .. } = &mut models[0];
        DreamRun::new(&ready, used, host, tell)?.found(model, times).await
    };
    models.run(std::slice::from_ref(&weights), job.backend, host, run).await
}

/// What a dream takes; nothing is compiled for it.
pub(super) async fn dream_cost<H: Host>(job: &Dream, times: &TileTimes, host: &H) -> Result<DreamCost, LabError> {
    let weights = host.weights(&job.network).await?;
    let picture = host.picture(job.picture)?;
    let ready = ReadyDream::new(job, &picture, weights.network())?;
    Ok(DreamCost { millis_per_tile: times.get(&ready.key()), ..ready.cost })
}

/// The same as the job, of a picture and a network that are at hand, on this device.
///
/// # Errors
/// [`LabError::Setup`] of a job that makes no sense for the network or the picture.
#[cfg(not(target_arch = "wasm32"))]
pub async fn dream_of(
    job: &Dream,
    picture: &Rgb,
    weights: &Rc<Weights>,
    device: &Device,
    watch: &impl Monitor,
    tell: &dyn Fn(DreamFound),
) -> Result<DreamFound, LabError> {
    let ready = ReadyDream::new(job, picture, weights.network())?;
    let mut model = LookModel::on(weights, device).await?;
    let used = device.used(Why::Chosen);
    DreamRun::new(&ready, &used, watch, tell)?.found(&mut model, &TileTimes::default()).await
}

/// A dream that was checked for its network and its picture.
struct ReadyDream<'a> {
    job: &'a Dream,
    network: &'a Network,
    goal: TileGoal,
    /// What each channel of the layer counts.
    weights: HostTensor,
    /// In the size of the last octave.
    picture: Rgb,
    /// Height and width, from the smallest on.
    octaves: Vec<[usize; 2]>,
    cost: DreamCost,
}

impl<'a> ReadyDream<'a> {
    fn new(job: &'a Dream, picture: &Rgb, network: &'a Network) -> Result<Self, LabError> {
        check(job, picture)?;
        let layers = grids_of(&layers_of(network)?);
        let layer = layer_of(job, network, &layers)?;
        let (goal, channels, flops_per_tile) = tiles_of(job, network, &layer)?;
        let [tile_height, tile_width] = goal.size();
        let own = [picture.width(), picture.height()];
        let side = job.side.unwrap_or_else(|| job.usual_side(own, tile_height.max(tile_width) as u32));
        let longer = f64::from(own[0].max(own[1]));
        let [width, height] = own.map(|of| ((f64::from(of) * f64::from(side) / longer).round() as u32).max(1));
        ensure!(
            SIDES.contains(&width.max(height)),
            "a side of {} pixels is not between {} and {}; choose another one",
            width.max(height),
            SIDES.start(),
            SIDES.end()
        );
        let octaves: Vec<[usize; 2]> =
            (0..job.octaves).rev().map(|at| octave([height, width], job.ratio, at)).collect();
        let [least_height, least_width] = octaves[0];
        ensure!(
            least_height >= tile_height && least_width >= tile_width,
            "the smallest of {} octaves is {least_width} × {least_height} pixels, and a tile {tile_width} × {tile_height}; choose \
             fewer octaves, a larger picture or a smaller tile",
            job.octaves
        );
        let made = u64::from(job.frames + film::fade(job.frames));
        let pixels = u64::from(width) * u64::from(height);
        ensure!(
            job.frames == 1 || made * pixels <= MOST_PIXELS,
            "{} frames of {width} × {height} pixels are too much to keep; choose fewer or smaller ones",
            job.frames
        );
        let counted: Vec<DreamOctave> = octaves.iter().map(|&size| counted(size, goal.size())).collect();
        let in_one: u64 = counted.iter().map(|octave| u64::from(octave.tiles)).sum();
        // Each octave of the first frame is asked once more at its end.
        let passes = u64::from(job.steps) + 1 + (made - 1) * u64::from(job.frame_steps);
        let cost = DreamCost {
            octaves: counted,
            tile: [tile_width as u32, tile_height as u32],
            tiles: u32::try_from(in_one * passes).unwrap_or(u32::MAX),
            flops_per_tile,
            millis_per_tile: None,
            layer: layer.clone(),
            layers,
        };
        let weights = tile::weights(job.channel, channels, &layer)?;
        let picture = if network.input[0] == 1 { grey(picture)? } else { picture.clone() };
        let picture = resize(&picture, width, height)?;
        Ok(Self { job, network, goal, weights, picture, octaves, cost })
    }

    fn key(&self) -> TileKey {
        (self.network.id.clone(), self.goal.clone(), self.job.backend)
    }
}

fn check(job: &Dream, picture: &Rgb) -> Result<(), LabError> {
    let Dream { octaves, ratio, steps, rate, frames, zoom, frame_steps, .. } = *job;
    let (width, height) = (picture.width(), picture.height());
    ensure!(
        width.min(height) >= LEAST,
        "the picture has {width} × {height} pixels; both sides need {LEAST} or more to dream on"
    );
    ensure!(OCTAVES.contains(&octaves), "{octaves} octaves cannot be gone through; choose 1 to {}", OCTAVES.end());
    ensure!((1.1..=4.0).contains(&ratio), "an octave cannot be {ratio} times the one before; choose 1.1 to 4");
    for steps in [steps, frame_steps] {
        ensure!(STEPS.contains(&steps), "{steps} steps cannot be taken; choose 1 to {}", STEPS.end());
    }
    ensure!(
        rate > 0.0 && rate <= 64.0,
        "a step cannot change a pixel by {rate} levels of 255; choose more than 0 and up to 64"
    );
    ensure!(FRAMES.contains(&frames), "{frames} frames cannot be made; choose 1 to {}", FRAMES.end());
    ensure!((1.0..=2.0).contains(&zoom), "a zoom of {zoom} is not between 1 and 2");
    if let Some(tile) = job.tile {
        ensure!(TILES.contains(&tile), "a tile of {tile} pixels is not between {} and {}", TILES.start(), TILES.end());
    }
    Ok(())
}

fn layer_of(job: &Dream, network: &Network, layers: &[LayerGrid]) -> Result<String, LabError> {
    let named = job.layer.clone().or_else(|| Dream::usual_layer(layers));
    let path = named
        .ok_or_else(|| bad_setup!("no layer of {} has several places; name one that is to be asked", network.title))?;
    Ok(layer_named(network, &network.layered(1)?, &path)?.path)
}

/// With how many channels the layer has, and the operations of a tile.
fn tiles_of(job: &Dream, network: &Network, layer: &str) -> Result<(TileGoal, usize, u64), LabError> {
    let [_, height, width] = network.input;
    let of = |size: [usize; 2]| -> Result<_, LabError> {
        let goal = TileGoal::new(network, layer, size);
        let (channels, flops) = goal.counted(network)?;
        Ok((goal, channels, flops))
    };
    match job.tile {
        Some(tile) => of([tile as usize; 2]),
        None => {
            let usual = Dream::usual_tile([height, width]) as usize;
            of([usual; 2]).or_else(|_| of([height, width]))
        }
    }
}

/// Height and width of the octave so many below the last.
fn octave(size: [u32; 2], ratio: f64, below: u32) -> [usize; 2] {
    size.map(|side| ((f64::from(side) / ratio.powi(below as i32)).round() as usize).max(1))
}

fn counted([height, width]: [usize; 2], tile: [usize; 2]) -> DreamOctave {
    let tiles = Tiling::count_of([height, width], tile) as u32;
    DreamOctave { width: width as u32, height: height as u32, tiles }
}
