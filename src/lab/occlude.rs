//! Occlude: a grey square slides over the network's input; each place gets the probability that it costs a class (Zeiler & Fergus
//! 2014).

use super::device::{Batched, Device, Models, Pace, Placed, max_difference, on_each};
use super::linear::{LinearNetwork, VALUES};
use super::{Host, LabError, Perform, check_class, evidence, probability_of, seen, values_from};
use crate::data::Rgb;
use crate::models::Network;
use crate::protocol::{EvidenceMap, Finding, Occlude, OccludeFact, Occluded, Occlusion};
use async_lock::Mutex;

/// More runs of a network than this are a mistake.
const MOST_PLACES: usize = 10_000;

/// The network of the last job stays compiled.
#[derive(Default)]
pub struct OccludeSession(Mutex<Models<Batched, 1>>);

impl<H: Host> Perform<H> for Occlude {
    type Kept = OccludeSession;

    async fn perform(self, kept: &Self::Kept, host: &H, tell: &dyn Fn(EvidenceMap)) -> Result<Occluded, LabError> {
        let job = match self {
            Occlude::Map(job) => job,
            Occlude::Check(choice) => return Ok(Occluded::Checked(on_each(choice, host, facts).await?)),
        };
        let (picture, weights) = (host.picture(job.picture)?, host.weights(&job.network).await?);
        let network = weights.network().clone();
        let square = Square::of(&job, &network)?;
        let mut models = host.or_cancelled(kept.0.lock()).await?;
        let run = async |models: &mut [Placed<Batched>]| map(&job, &picture, &square, &mut models[0], host, tell).await;
        Ok(Occluded::Mapped(Box::new(models.run(&[weights], job.backend, host, run).await?)))
    }
}

async fn map(
    job: &Occlusion,
    picture: &Rgb,
    square: &Square<'_>,
    Placed { network: weights, model, used, .. }: &mut Placed<Batched>,
    host: &impl Host,
    tell: &dyn Fn(EvidenceMap),
) -> Result<EvidenceMap, LabError> {
    let start = host.now_millis();
    let seen = seen(picture, weights.network(), job.fit)?;
    let clean = values_from(&seen, weights.network())?;
    let logits = model.rows(&[&clean]).await?.concat();
    let mut map = evidence::begun(weights, &seen, &logits, job.class, used.clone())?;
    (map.side, [map.xs, map.ys]) = (square.side as u32, square.edges());
    let (places, whole, mut pace) = (square.places(), map.whole.clone(), Pace::new(host));
    let covered = |at: usize| square.over(&clean, places[at]);
    let hear = |rows: Vec<Vec<f32>>| {
        for row in rows {
            map.values.push(whole.probability - probability_of(weights, &row, whole.index)?);
        }
        map.elapsed_ms = host.now_millis() - start;
        if pace.is_time_to_tell(host) {
            tell(map.clone());
        }
        Ok(())
    };
    model.rows_of_all(places.len(), covered, host, hear).await?;
    Ok(map)
}

/// Where it may be, and what it makes of an input. Lengths are in pixels.
struct Square<'a> {
    network: &'a Network,
    /// At most the input's shorter one.
    side: usize,
    stride: usize,
    grey: u8,
}

impl<'a> Square<'a> {
    /// As the job wants it.
    fn of(job: &Occlusion, network: &'a Network) -> Result<Self, LabError> {
        let (title, [_, height, width]) = (&network.title, network.input);
        let shorter = height.min(width);
        let side = job.side.unwrap_or_else(|| Occlusion::usual_side(shorter)) as usize;
        let stride = job.stride.unwrap_or_else(|| Occlusion::usual_stride(shorter)) as usize;
        let is_part = (1..=shorter).contains(&side);
        ensure!(
            is_part,
            "a square of {side} pixels does not cover a part of {title}'s input of {width} × {height}; choose 1 to {shorter}"
        );
        ensure!(stride > 0, "a stride of 0 never moves the square; choose 1 or more");
        check_class(network, job.class)?;
        let square = Self { network, side, stride, grey: job.grey };
        let [columns, rows] = square.edges().map(|edges| edges.len());
        let count = columns * rows;
        let is_possible = count <= MOST_PLACES;
        ensure!(
            is_possible,
            "a stride of {stride} means {count} places; choose a longer one, for {MOST_PLACES} at most"
        );
        Ok(square)
    }

    /// Left and upper edges; the last ones lie against the input's own.
    fn edges(&self) -> [Vec<u32>; 2] {
        let [_, height, width] = self.network.input;
        [width, height].map(|of| {
            let last = (of - self.side) as u32;
            (0..last).step_by(self.stride).chain([last]).collect()
        })
    }

    /// All `[x, y]`, row by row.
    fn places(&self) -> Vec<[u32; 2]> {
        let [xs, ys] = self.edges();
        ys.iter().flat_map(|&y| xs.iter().map(move |&x| [x, y])).collect()
    }

    /// The input `[C, H, W]`, normalised, with the square at this place.
    fn over(&self, clean: &[f32], [x, y]: [u32; 2]) -> Vec<f32> {
        let [channels, height, width] = self.network.input;
        let mut covered = clean.to_vec();
        for channel in 0..channels {
            let grey = self.network.normalise.value(channel, self.grey);
            for row in y as usize..y as usize + self.side {
                let from = (channel * height + row) * width + x as usize;
                covered[from..from + self.side].fill(grey);
            }
        }
        covered
    }
}

/// Of a linear network and a picture without any order.
async fn facts(device: &Device) -> Result<Vec<Finding<OccludeFact>>, LabError> {
    let linear = LinearNetwork::new([0.25, -0.5])?;
    let network = &linear.network;
    let mut model = Batched::new(linear.program(2)?, device).await?;
    let picture = Rgb::new(8, 8, (0..VALUES).map(|at| (at * 53 % 256) as u8).collect())?;
    let clean = values_from(&picture, network)?;
    let before = model.rows(&[&clean]).await?.concat();
    let square = Square { network, side: 3, stride: 2, grey: 128 };
    let mut apart = 0.0_f64;
    for place in square.places() {
        let after = model.rows(&[square.over(&clean, place)]).await?.concat();
        for class in 0..2 {
            let change = f64::from(after[class]) - f64::from(before[class]);
            apart = apart.max((change - reckoned(&linear.slope(class), &picture, place)).abs());
        }
    }
    let all = Square { side: 8, ..square };
    let grey = Rgb::new(8, 8, vec![128; VALUES])?;
    let rows = model.rows(&[all.over(&clean, [0, 0]), values_from(&grey, network)?]).await?;
    Ok(device.findings([
        (OccludeFact::Linear, 0.0, apart, 2e-5),
        (OccludeFact::Whole, 0.0, max_difference(&rows[0], &rows[1]), 1e-6),
    ]))
}

/// `-Σ w · (x - 128 / 255)` over a square of 3 × 3, from the picture's own bytes.
fn reckoned(slope: &[f64], picture: &Rgb, [x, y]: [u32; 2]) -> f64 {
    let pixels = (0..9).map(|at| (y as usize + at / 3) * 8 + x as usize + at % 3);
    let of = |at: usize| [0, 1, 2].map(|channel| (slope[channel * 64 + at], picture.pixels()[at * 3 + channel]));
    pixels.flat_map(of).map(|(w, byte)| w * (128.0 - f64::from(byte)) / 255.0).sum()
}
