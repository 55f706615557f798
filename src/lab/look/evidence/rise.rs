//! RISE (Petsiuk, Das & Saenko 2018): the network is asked about random parts of the picture. A place counts as much as the mean score of
//! those parts that show it is above that of all.

use super::Filling;
use crate::lab::dice::Dice;
use crate::lab::{LabError, Monitor, probability_of};
use crate::models::Network;
use crate::protocol::Evidence;
use std::cell::RefCell;
use std::collections::VecDeque;

pub(in crate::lab::look) struct Masks {
    count: usize,
    /// Along each side.
    cells: usize,
    seed: u32,
    /// Of the input: height, width.
    shape: [usize; 2],
}

impl Masks {
    pub(super) fn of(job: &Evidence, network: &Network) -> Result<Self, LabError> {
        let Evidence { masks, cells, seed, .. } = *job;
        let [_, height, width] = network.input;
        let most = height.min(width).min(64);
        ensure!((16..=10_000).contains(&masks), "{masks} masks say too little or take too long; choose 16 to 10000");
        ensure!((2..=most).contains(&(cells as usize)), "a mask of {cells} cells along each side; choose 2 to {most}");
        Ok(Self { count: masks as usize, cells: cells as usize, seed, shape: [height, width] })
    }

    /// Row by row, 1 where the picture is shown: cells drawn by a coin, interpolated, and shifted by less than a cell.
    fn drawn(&self, at: usize) -> Vec<f32> {
        let mut dice = Dice::new(self.seed.wrapping_mul(1031).wrapping_add(at as u32));
        let columns = self.cells + 2;
        let coins: Vec<f32> = (0..columns * columns).map(|_| f32::from(u8::from(dice.is(0.5)))).collect();
        let [down, across] = self.shape.map(|of| {
            let (shift, size) = (dice.unit(), of as f32 / self.cells as f32);
            (0..of).map(|at| at as f32 / size + shift).map(|at| (at as usize, at.fract())).collect::<Vec<_>>()
        });
        let along = |row: usize, (column, share): (usize, f32)| {
            coins[row * columns + column] * (1.0 - share) + coins[row * columns + column + 1] * share
        };
        let value =
            |(row, share): (usize, f32), column| along(row, column) * (1.0 - share) + along(row + 1, column) * share;
        down.iter()
            .flat_map(|&row| across.iter().map(move |&column| (row, column)))
            .map(|(row, column)| value(row, column))
            .collect()
    }
}

pub(super) async fn fill<H: Monitor>(masks: &Masks, filling: &mut Filling<'_, H>) -> Result<(), LabError> {
    filling.stretch_to_pixels();
    let (clean, places, class) = (filling.clean.clone(), filling.places(), filling.map.whole.index);
    // Those whose answer is awaited.
    let waiting = RefCell::new(VecDeque::new());
    let masked = |at: usize| {
        let mask = masks.drawn(at);
        let shown = clean.iter().enumerate().map(|(at, x)| x * mask[at % places]).collect();
        waiting.borrow_mut().push_back(mask);
        shown
    };
    let (mut shown, mut scored, mut all) = (vec![0.0_f64; places], vec![0.0_f64; places], [0.0_f64; 2]);
    let hear = |filling: &mut Filling<'_, H>, logits: Vec<f32>| {
        let score = f64::from(match filling.map.against {
            None => probability_of(&filling.weights, &logits, class)?,
            Some(_) => filling.score(&logits),
        });
        let mask = waiting.borrow_mut().pop_front().unwrap_or_default();
        for (at, weight) in mask.into_iter().map(f64::from).enumerate() {
            shown[at] += weight;
            scored[at] += score * weight;
        }
        all = [all[0] + 1.0, all[1] + score];
        let value = |at: usize| (scored[at] / shown[at].max(1e-9) - all[1] / all[0]) as f32;
        filling.map.values = (0..places).map(value).collect();
        Ok(())
    };
    filling.hear_all(masks.count, masked, hear).await
}
