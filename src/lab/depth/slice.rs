//! The linear regions of a network of pictures over a part of the plane through three of them, exactly: every number of the network is an affine
//! map of the plane within a region of what comes before, and each rectifier and each window of a pooling layer cuts it (Balestriero &
//! Baraniuk 2018; Humayun et al., SplineCam, 2023).
//!
//! A region needs three passes through the network: of its value at the middle, and of what is gained across and up. Regions go from kink to
//! kink, as many at once as fit, the farthest ones first, so that few of them lie in memory.

mod checks;
mod kink;
mod overview;
mod plane;
mod stages;
mod window;

use super::regions::{Affine, Polygon, area, envelope, rectangle, value};
use crate::data::Rgb;
use crate::lab::device::{Batched, Device, Model, Pace, again_if_lost, choose};
use crate::lab::{Host, LabError, Monitor, Weights, seen, values_from};
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::Why;
use crate::protocol::{BackendUsed, ClassPart, DrawnRegion, Fit, PictureSlice, SliceMap, Stage};
use kink::ROWS;
use overview::Overview;
use plane::Plane;
use stages::{KnownNumbers, Stages};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// So many times the regions that were asked for are not gone beyond.
const BEYOND: u32 = 8;
const TELL_MILLIS: f64 = 250.0;
/// Middles of regions at which the network is asked for the checks.
const TESTED: usize = 48;

/// A part of the window, and what is known of the network there.
struct Cell {
    /// In half sides of the window, around its middle.
    polygon: Polygon,
    known: KnownNumbers,
    /// Of all pieces that were taken.
    pattern: u64,
    active: u32,
}

/// A region of the network.
struct SliceRegion {
    polygon: Polygon,
    pattern: u64,
    active: u32,
    logits: Vec<Affine>,
}

/// A window: its middle and half its side.
#[derive(Clone, Copy)]
struct Window {
    middle: [f64; 2],
    reach: f64,
}

impl Window {
    /// From half sides around the middle to the plane.
    fn place(self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.middle[0] + self.reach * x, self.middle[1] + self.reach * y]
    }

    fn edges(self) -> [f64; 4] {
        let ([left, lower], [right, upper]) = (self.place([-1.0, -1.0]), self.place([1.0, 1.0]));
        [left, lower, right, upper]
    }
}

/// One hash for all pieces so far.
fn with_taken(pattern: u64, taken: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (pattern, taken).hash(&mut hasher);
    hasher.finish()
}

pub(super) async fn slice(job: &PictureSlice, host: &impl Host, tell: &dyn Fn(SliceMap)) -> Result<SliceMap, LabError> {
    let weights = host.weights(&job.network).await?;
    let pictures = job.pictures.iter().map(|&id| host.picture(id)).collect::<Result<Vec<_>, _>>()?;
    let plane = plane(job, &pictures, &weights)?;
    let gpu = host.gpu().await?;
    let sample = async |device: &Device| Batched::sample(&weights, device, host).await;
    let chosen = choose(job.backend, &gpu, sample).await?;
    let run = async |device: &Device, used: BackendUsed| {
        Slicer::new(&weights, &plane, device, host).await?.run(job, used, host, tell).await
    };
    again_if_lost(job.backend, &gpu, chosen, run).await
}

/// The same of pictures and a network that are at hand, on this device.
///
/// # Errors
/// [`LabError::Setup`] of figures out of their limits, of pictures that make no plane, and of a network that is not piecewise linear.
#[cfg(not(target_arch = "wasm32"))]
pub async fn slice_of(
    job: &PictureSlice,
    pictures: &[Rc<Rgb>],
    weights: &Rc<Weights>,
    device: &Device,
    watch: &impl Monitor,
) -> Result<SliceMap, LabError> {
    let plane = plane(job, pictures, weights)?;
    let mut slicer = Slicer::new(weights, &plane, device, watch).await?;
    slicer.run(job, device.used(Why::Chosen), watch, &|_| {}).await
}

fn plane(job: &PictureSlice, pictures: &[Rc<Rgb>], weights: &Weights) -> Result<Plane, LabError> {
    let (known, regions) = (PictureSlice::REGIONS, job.regions);
    ensure!(known.holds(regions), "{regions} regions are not looked at; choose {known}");
    let known = PictureSlice::MIDDLE;
    for at in job.middle.iter().flatten() {
        ensure!(known.holds(*at), "a part around {at} is not looked at; choose {known}");
    }
    let read = |picture: &Rc<Rgb>| values_from(&seen(picture, weights.network(), Fit::Crop)?, weights.network());
    let inputs = pictures.iter().map(read).collect::<Result<Vec<_>, LabError>>()?;
    let count = inputs.len();
    let inputs: Result<[Vec<f32>; 3], _> = inputs.try_into();
    Plane::through(&inputs.map_err(|_| bad_setup!("a plane goes through three pictures; {count} were given"))?)
}

/// A network that is asked about a plane.
struct Slicer<'a> {
    weights: &'a Weights,
    plane: &'a Plane,
    stages: Stages,
    plain: Batched,
}

impl<'a> Slicer<'a> {
    async fn new(
        weights: &'a Rc<Weights>,
        plane: &'a Plane,
        device: &Device,
        watch: &impl Monitor,
    ) -> Result<Self, LabError> {
        watch.step(Stage::Compile, 0, 1).await?;
        let stages = Stages::new(weights, device).await?;
        Ok(Self { weights, plane, stages, plain: Batched::on(weights, device).await? })
    }

    async fn run(
        &mut self,
        job: &PictureSlice,
        backend: BackendUsed,
        watch: &impl Monitor,
        tell: &dyn Fn(SliceMap),
    ) -> Result<SliceMap, LabError> {
        let mut pace = Pace::new(watch);
        pace.tell_every(TELL_MILLIS);
        let mut seen = Overview::new(self.weights.network());
        let window = self.window(job, watch).await?;
        let map = self.empty(window, backend);
        let mut map = self.overview(&mut seen, map, watch, &mut pace, tell).await?;
        map.elapsed_ms = 1e3 * pace.seconds(watch);
        tell(map.clone());

        let mut drawn = Drawn::new(seen, window);
        let mut regions: Vec<SliceRegion> = Vec::new();
        let mut waiting: Vec<Vec<Cell>> = (0..self.stages.count()).map(|_| Vec::new()).collect();
        let known = self.stages.start(self.plane.around(window.middle));
        waiting[0].push(Cell { polygon: rectangle([-1.0, -1.0, 1.0, 1.0]), known, pattern: 0, active: 0 });
        let at_once = self.stages.at_once(ROWS);
        // The farthest stage with enough to do, else the first with anything.
        while let Some(at) = (0..waiting.len())
            .rev()
            .find(|&at| waiting[at].len() >= at_once)
            .or_else(|| (0..waiting.len()).find(|&at| !waiting[at].is_empty()))
        {
            pace.rest(watch).await?;
            let from = waiting[at].len().saturating_sub(at_once);
            let cells = waiting[at].split_off(from);
            for child in self.cut(at, cells, window.reach).await? {
                match child {
                    Cut::Inner(cell) => waiting[at + 1].push(cell),
                    Cut::Last(region) => {
                        drawn.add(&region);
                        regions.push(region);
                    }
                }
            }
            let most = job.regions * BEYOND;
            let open: usize = waiting.iter().map(Vec::len).sum();
            ensure!(
                regions.len() + open <= most as usize,
                "the part that was chosen has more than {most} regions; choose fewer, and a smaller part is looked at"
            );
            if pace.is_time_to_tell(watch) {
                drawn.show(&mut map, true);
                map.elapsed_ms = 1e3 * pace.seconds(watch);
                tell(map.clone());
            }
        }
        drawn.show(&mut map, false);
        map.elapsed_ms = 1e3 * pace.seconds(watch);
        map.checks = self.checks(window, &regions, &map).await?;
        Ok(map)
    }

    /// Some cells cut by the kink of a stage, or, of the last stage, what the network says there.
    async fn cut(&mut self, at: usize, mut cells: Vec<Cell>, reach: f64) -> Result<Vec<Cut>, LabError> {
        let mut known: Vec<KnownNumbers> = cells.iter_mut().map(|cell| std::mem::take(&mut cell.known)).collect();
        let arguments = self.stages.run(at, &mut known, ROWS).await?;
        let mut found = Vec::new();
        for ((cell, known), argument) in cells.into_iter().zip(known).zip(arguments) {
            let Cell { polygon, pattern, active, .. } = cell;
            let count = argument.iter().filter(|number| !number.is_finite()).count() as u64;
            if count > 0 {
                let (file, tensor) = (self.weights.name().to_owned(), "activations".to_owned());
                return Err(LabError::NotFinite { file, tensor, count });
            }
            match self.stages.kink(at) {
                Some(kink) => {
                    for (polygon, taken) in kink.split(&argument, &polygon, reach) {
                        let active = active + kink.active(&taken);
                        let pattern = with_taken(pattern, &taken);
                        let known = self.stages.bent(at, &known, &argument, taken);
                        found.push(Cut::Inner(Cell { polygon, known, pattern, active }));
                    }
                }
                None => {
                    let count = argument.len() / ROWS;
                    let logit = |class: usize| {
                        let [constant, across, up] = [0, 1, 2].map(|row| f64::from(argument[row * count + class]));
                        [across * reach, up * reach, constant]
                    };
                    let logits = (0..count).map(logit).collect();
                    found.push(Cut::Last(SliceRegion { polygon, pattern, active, logits }));
                }
            }
        }
        Ok(found)
    }
}

enum Cut {
    Inner(Cell),
    Last(SliceRegion),
}

/// Regions as they are drawn, and how many of them were told of.
struct Drawn {
    seen: Overview,
    window: Window,
    regions: Vec<DrawnRegion>,
    parts: Vec<ClassPart>,
    told: [usize; 2],
    covered: f64,
}

impl Drawn {
    fn new(seen: Overview, window: Window) -> Self {
        Self { seen, window, regions: Vec::new(), parts: Vec::new(), told: [0; 2], covered: 0.0 }
    }

    fn corners(&self, polygon: &[[f64; 2]]) -> Vec<[f32; 2]> {
        // In half sides: the plane's own numbers differ too little.
        polygon.iter().map(|corner| corner.map(|at| at as f32)).collect()
    }

    fn add(&mut self, region: &SliceRegion) {
        let whole = area(&region.polygon);
        self.covered += whole / 4.0;
        let middle = middle(&region.polygon);
        let parts = envelope(&region.polygon, &region.logits);
        let said = parts.iter().map(|(class, _)| &region.logits[*class]);
        let steepest = said.max_by(|a, b| value(**a, middle).total_cmp(&value(**b, middle)));
        let slope = steepest.map_or(0.0, |[across, up, _]| across.hypot(*up) / self.window.reach);
        for (class, part) in &parts {
            let class = self.seen.place_of(*class);
            self.parts.push(ClassPart { class, corners: self.corners(part) });
        }
        self.regions.push(DrawnRegion {
            corners: self.corners(&region.polygon),
            area: whole * self.window.reach.powi(2),
            active: region.active,
            slope: slope as f32,
        });
    }

    /// All, or those that are new.
    fn show(&mut self, map: &mut SliceMap, only_new: bool) {
        let from = if only_new { self.told } else { [0; 2] };
        map.regions = self.regions[from[0]..].to_vec();
        map.parts = self.parts[from[1]..].to_vec();
        self.told = [self.regions.len(), self.parts.len()];
        (map.count, map.covered) = (self.regions.len() as u32, self.covered);
        map.classes.clone_from(&self.seen.classes);
    }
}

fn middle(polygon: &[[f64; 2]]) -> [f64; 2] {
    [0, 1].map(|axis| polygon.iter().map(|corner| corner[axis]).sum::<f64>() / polygon.len() as f64)
}
