//! Occlude: a grey square slides over the network's input; each place gets the probability that it costs a class (Zeiler & Fergus
//! 2014).

use super::device::{Batched, Device, max_difference, on_each};
use super::evidence::{EvidenceSession, Filling};
use super::linear::{LinearNetwork, VALUES};
use super::{Host, LabError, Perform, probability_of, values_from};
use crate::data::Rgb;
use crate::models::Network;
use crate::nn::Normalise;
use crate::protocol::{AboutClass, EvidenceMap, Finding, Occlude, OccludeFact, Occluded, Occlusion};

/// More runs of a network than this are a mistake.
const MOST_PLACES: usize = 10_000;

impl<H: Host> Perform<H> for Occlude {
    type Kept = EvidenceSession;

    async fn perform(self, kept: &Self::Kept, host: &H, tell: &dyn Fn(EvidenceMap)) -> Result<Occluded, LabError> {
        match self {
            Occlude::Map(job) => {
                let map = kept.map(job.about(), host, tell, |network| Square::of(&job, network), fill);
                Ok(Occluded::Mapped(Box::new(map.await?)))
            }
            Occlude::Check(choice) => Ok(Occluded::Checked(on_each(choice, host, facts).await?)),
        }
    }
}

async fn fill<H: Host>(square: &Square, filling: &mut Filling<'_, H>) -> Result<(), LabError> {
    let (places, weights, clean) = (square.places(), filling.weights, filling.clean.clone());
    (filling.map.side, [filling.map.xs, filling.map.ys]) = (square.side as u32, square.edges());
    let (whole, class) = (filling.map.whole.probability, filling.map.whole.index);
    let covered = |at: usize| square.over(&clean, places[at]);
    filling.fill(covered, |logits| Ok(whole - probability_of(weights, logits, class)?)).await
}

/// Where it may be, and what it makes of an input. Lengths are in pixels.
struct Square {
    /// At most the input's shorter one.
    side: usize,
    stride: usize,
    grey: u8,
    /// Of the input: channels, height, width.
    shape: [usize; 3],
    normalise: Normalise,
}

impl Square {
    /// As the job wants it.
    fn of(job: &Occlusion, network: &Network) -> Result<Self, LabError> {
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
        let square = Self { side, stride, grey: job.grey, shape: network.input, normalise: network.normalise };
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
        let [_, height, width] = self.shape;
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
        let [channels, height, width] = self.shape;
        let mut covered = clean.to_vec();
        for channel in 0..channels {
            let grey = self.normalise.value(channel, self.grey);
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
    let square = Square { side: 3, stride: 2, grey: 128, shape: network.input, normalise: network.normalise };
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
