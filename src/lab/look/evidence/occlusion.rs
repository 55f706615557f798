//! Occlusion: a grey square slides over the network's input; each place gets the probability that it costs the class (Zeiler & Fergus
//! 2014), or, against another class, the difference of their logits.

use super::Filling;
use crate::lab::{LabError, Monitor, probability_of};
use crate::models::Network;
use crate::nn::Normalise;
use crate::protocol::Evidence;

/// More runs of a network than this are a mistake.
const MOST_PLACES: usize = 10_000;

pub(super) async fn fill<H: Monitor>(square: &Square, filling: &mut Filling<'_, H>) -> Result<(), LabError> {
    let places = square.places();
    (filling.map.side, [filling.map.xs, filling.map.ys]) = (square.side as u32, square.edges());
    let (whole, class) = (filling.map.whole.probability, filling.map.whole.index);
    let score = filling.score(&filling.logits);
    let clean = filling.clean.clone();
    let covered = |at: usize| square.over(&clean, places[at]);
    let hear = |filling: &mut Filling<'_, H>, logits: Vec<f32>| {
        let value = match filling.map.against {
            None => whole - probability_of(&filling.weights, &logits, class)?,
            Some(_) => score - filling.score(&logits),
        };
        filling.map.values.push(value);
        Ok(())
    };
    filling.hear_all(places.len(), covered, hear).await
}

/// Where it may be, and what it makes of an input. Lengths are in pixels.
pub(in crate::lab::look) struct Square {
    /// At most the input's shorter one.
    pub(in crate::lab::look) side: usize,
    pub(in crate::lab::look) stride: usize,
    pub(in crate::lab::look) grey: u8,
    /// Of the input: channels, height, width.
    pub(in crate::lab::look) shape: [usize; 3],
    pub(in crate::lab::look) normalise: Normalise,
}

impl Square {
    /// As the job wants it.
    pub(super) fn of(job: &Evidence, network: &Network) -> Result<Self, LabError> {
        let (title, [_, height, width]) = (&network.title, network.input);
        let shorter = height.min(width);
        let side = job.side.unwrap_or_else(|| Evidence::usual_side(shorter)) as usize;
        let stride = job.stride.unwrap_or_else(|| Evidence::usual_stride(shorter)) as usize;
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
    pub(in crate::lab::look) fn places(&self) -> Vec<[u32; 2]> {
        let [xs, ys] = self.edges();
        ys.iter().flat_map(|&y| xs.iter().map(move |&x| [x, y])).collect()
    }

    /// The input `[C, H, W]`, normalised, with the square at this place.
    pub(in crate::lab::look) fn over(&self, clean: &[f32], [x, y]: [u32; 2]) -> Vec<f32> {
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
