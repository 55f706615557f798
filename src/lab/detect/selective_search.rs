//! Regions that may be things: Uijlings, van de Sande, Gevers & Smeulders, "Selective search for object recognition", 2013, in its fast form:
//! two colour spaces, two scales of the segmentation that it begins with, and two measures of what is alike.

use super::segment::{ColourPlanes, ColourSpace, Segmentation, gaussian, segmented};
use crate::data::Rgb;
use crate::lab::dice::Dice;
use crate::lab::{LabError, Monitor};
use crate::protocol::{BoxCorners, Stage};
use crate::sorted::SortedMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const SPACES: [ColourSpace; 2] = [ColourSpace::Hsv, ColourSpace::Lab];
/// `k` of the segmentation, and its least part in pixels.
const SCALES: [u32; 2] = [50, 100];
/// Bins of a channel's histogram.
const COLOUR_BINS: usize = 25;
/// Bins of a channel's derivative in a direction, and directions.
const TEXTURE_BINS: usize = 10;
const DIRECTIONS: usize = 8;
/// Of the derivatives, in pixels.
const SIGMA: f32 = 1.0;
/// Of the order of regions.
const SEED: u32 = 2013;

/// Regions of a picture, and the segmentation that the first of them come from.
pub struct SelectiveSearch {
    pub first: Segmentation,
    /// No two the same, the likeliest first.
    pub regions: Vec<BoxCorners>,
    /// Milliseconds for segmentations and for merging.
    pub millis: [f64; 2],
}

/// A region while it is merged.
#[derive(Clone)]
struct Region {
    pixels: u32,
    /// Left, top, right and bottom, the last two beyond it.
    bounds: [u32; 4],
    /// Each sums up to 1.
    colour: Vec<f32>,
    texture: Vec<f32>,
    neighbours: SortedMap<u32, ()>,
    is_there: bool,
}

/// What of two regions is compared; size and how well they fill their box always are.
#[derive(Clone, Copy)]
struct Likeness {
    colour: bool,
    texture: bool,
}

const LIKENESSES: [Likeness; 2] = [Likeness { colour: true, texture: true }, Likeness { colour: false, texture: true }];

impl SelectiveSearch {
    /// At most `most` regions. It takes time in proportion to the pixels; its authors made pictures 500 pixels wide.
    ///
    /// # Errors
    /// [`LabError::Cancelled`].
    pub async fn of(picture: &Rgb, most: usize, watch: &impl Monitor) -> Result<Self, LabError> {
        let mut millis = [0.0; 2];
        let mut first = None;
        // Of each region its rank, as published: how late it was made, times chance.
        let mut found: Vec<(f32, [u32; 4])> = Vec::new();
        let mut dice = Dice::new(SEED);
        let all = (SPACES.len() * SCALES.len()) as u64;
        for (at, space) in SPACES.into_iter().enumerate() {
            let start = watch.now_millis();
            let planes = ColourPlanes::of(picture, space);
            let gradients = gradients(&planes);
            millis[0] += watch.now_millis() - start;
            for (scale_at, scale) in SCALES.into_iter().enumerate() {
                watch.step(Stage::Run, (at * SCALES.len() + scale_at) as u64, all).await?;
                let start = watch.now_millis();
                let parts = segmented(&planes, scale as f32, scale);
                millis[0] += watch.now_millis() - start;
                let start = watch.now_millis();
                let regions = regions_of(&parts, &planes, &gradients);
                for likeness in LIKENESSES {
                    let merged = merged(regions.clone(), likeness, picture.width() * picture.height());
                    let count = merged.len();
                    let ranked = merged.into_iter().enumerate().map(|(at, bounds)| ((count - at) as f32, bounds));
                    found.extend(ranked.map(|(rank, bounds)| (rank * dice.unit(), bounds)));
                }
                millis[1] += watch.now_millis() - start;
                first.get_or_insert(parts);
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Of each box the first place in that order.
        let mut places: Vec<([u32; 4], usize)> = found.iter().enumerate().map(|(at, (_, of))| (*of, at)).collect();
        places.sort_unstable();
        places.dedup_by_key(|(bounds, _)| *bounds);
        let mut order: Vec<usize> = places.into_iter().map(|(_, at)| at).collect();
        order.sort_unstable();
        let regions = order.into_iter().take(most).map(|at| found[at].1.map(|at| at as f32)).collect();
        let first = first.ok_or_else(|| bad_setup!("a picture without pixels has no regions"))?;
        Ok(Self { first, regions, millis })
    }
}

/// Of each channel and direction, the derivative where it is positive, over the largest of the channel: 0 to 1.
fn gradients(colours: &ColourPlanes) -> Vec<Vec<f32>> {
    let smooth = gaussian(SIGMA);
    let half = (smooth.len() / 2) as f32;
    let slope: Vec<f32> =
        smooth.iter().enumerate().map(|(at, value)| value * (at as f32 - half) / (SIGMA * SIGMA)).collect();
    let mut found = Vec::with_capacity(3 * DIRECTIONS);
    for plane in &colours.planes {
        let across = colours.filtered(plane, [&slope, &smooth]);
        let down = colours.filtered(plane, [&smooth, &slope]);
        let most = across.iter().zip(&down).map(|(x, y)| x.hypot(*y)).fold(f32::MIN_POSITIVE, f32::max);
        for direction in 0..DIRECTIONS {
            let (sine, cosine) = (direction as f32 * std::f32::consts::TAU / DIRECTIONS as f32).sin_cos();
            let along = across.iter().zip(&down).map(|(x, y)| ((cosine * x + sine * y) / most).clamp(0.0, 1.0));
            found.push(along.collect());
        }
    }
    found
}

/// The parts of a segmentation with their histograms and their neighbours.
fn regions_of(parts: &Segmentation, colours: &ColourPlanes, gradients: &[Vec<f32>]) -> Vec<Region> {
    let blank = Region {
        pixels: 0,
        bounds: [u32::MAX, u32::MAX, 0, 0],
        colour: vec![0.0; 3 * COLOUR_BINS],
        texture: vec![0.0; 3 * DIRECTIONS * TEXTURE_BINS],
        neighbours: SortedMap::default(),
        is_there: true,
    };
    let mut regions = vec![blank; parts.count];
    let bin = |share: f32, bins: usize| ((share * bins as f32) as usize).min(bins - 1);
    let width = parts.width;
    for (at, &label) in parts.labels.iter().enumerate() {
        let region = &mut regions[label as usize];
        region.pixels += 1;
        let (x, y) = ((at % width) as u32, (at / width) as u32);
        let [left, top, right, bottom] = region.bounds;
        region.bounds = [left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)];
        for (channel, plane) in colours.planes.iter().enumerate() {
            region.colour[channel * COLOUR_BINS + bin(plane[at].max(0.0) / 255.0, COLOUR_BINS)] += 1.0;
        }
        for (which, plane) in gradients.iter().enumerate() {
            region.texture[which * TEXTURE_BINS + bin(plane[at], TEXTURE_BINS)] += 1.0;
        }
        let beside = [(x + 1 < width as u32).then_some(at + 1), Some(at + width).filter(|at| *at < parts.labels.len())];
        for other in beside.into_iter().flatten() {
            let other = parts.labels[other];
            if other != label {
                regions[label as usize].neighbours.insert(other, ());
                regions[other as usize].neighbours.insert(label, ());
            }
        }
    }
    for region in &mut regions {
        for histogram in [&mut region.colour, &mut region.texture] {
            let sum: f32 = histogram.iter().sum();
            histogram.iter_mut().for_each(|value| *value /= sum.max(1.0));
        }
    }
    regions
}

/// All regions of the hierarchy, the parts first, the whole picture last: the two neighbours that are most alike become one until there is one.
fn merged(mut regions: Vec<Region>, likeness: Likeness, pixels: u32) -> Vec<[u32; 4]> {
    let mut waiting = BinaryHeap::new();
    let pair = |regions: &[Region], a: u32, b: u32| {
        let alike = likeness.of(&regions[a as usize], &regions[b as usize], pixels);
        // The bits of numbers that are not negative are in their order.
        (alike.max(0.0).to_bits(), Reverse(a), Reverse(b))
    };
    for (a, region) in (0_u32..).zip(&regions) {
        waiting.extend(region.neighbours.keys().filter(|b| **b > a).map(|&b| pair(&regions, a, b)));
    }
    let mut found: Vec<[u32; 4]> = regions.iter().map(|region| region.bounds).collect();
    while let Some((_, Reverse(a), Reverse(b))) = waiting.pop() {
        let [one, other] = [a, b].map(|at| &regions[at as usize]);
        if !one.is_there || !other.is_there {
            continue;
        }
        let mut both = one.with(other);
        both.neighbours.remove(&a);
        both.neighbours.remove(&b);
        let made = regions.len() as u32;
        for gone in [a, b] {
            regions[gone as usize].is_there = false;
        }
        for &near in both.neighbours.keys() {
            let neighbours = &mut regions[near as usize].neighbours;
            neighbours.remove(&a);
            neighbours.remove(&b);
            neighbours.insert(made, ());
        }
        found.push(both.bounds);
        regions.push(both);
        let near: Vec<u32> = regions[made as usize].neighbours.keys().copied().collect();
        waiting.extend(near.into_iter().map(|near| pair(&regions, near, made)));
    }
    found
}

impl Region {
    /// Both as one, with the neighbours of both, themselves among them.
    fn with(&self, other: &Self) -> Self {
        let [a, b] = [self.bounds, other.bounds];
        let pixels = self.pixels + other.pixels;
        let [own, theirs] = [self.pixels, other.pixels].map(|of| of as f32 / pixels as f32);
        let mean = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| own * a + theirs * b).collect();
        let mut neighbours = self.neighbours.clone();
        for &near in other.neighbours.keys() {
            neighbours.insert(near, ());
        }
        Self {
            pixels,
            bounds: [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])],
            colour: mean(&self.colour, &other.colour),
            texture: mean(&self.texture, &other.texture),
            neighbours,
            is_there: true,
        }
    }
}

impl Likeness {
    /// The sum of what is compared, each from 0 to 1: the intersections of histograms, how small both are, and how little of the box around
    /// both is neither.
    fn of(self, a: &Region, b: &Region, pixels: u32) -> f32 {
        let intersection = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a.min(*b)).sum::<f32>();
        let mut sum = 0.0;
        if self.colour {
            sum += intersection(&a.colour, &b.colour);
        }
        if self.texture {
            sum += intersection(&a.texture, &b.texture);
        }
        let both = (a.pixels + b.pixels) as f32;
        let [left, top] = [0, 1].map(|at| a.bounds[at].min(b.bounds[at]));
        let [right, bottom] = [2, 3].map(|at| a.bounds[at].max(b.bounds[at]));
        let around = ((right - left) * (bottom - top)) as f32;
        sum + (1.0 - both / pixels as f32) + (1.0 - (around - both) / pixels as f32)
    }
}
