//! Which part of the plane is looked at, and how large it is for so many regions.

use super::overview::differing;
use super::{Slicer, Window, with_taken};
use crate::lab::softmax::argmax;
use crate::lab::{LabError, Monitor};
use crate::protocol::PictureSlice;
use std::rc::Rc;

/// Half a side that is tried first, and the largest.
const FIRST: f64 = 0.01;
const LARGEST: f64 = 0.5;
/// Sizes that are tried, and how near the number of lines must come.
const TRIES: u32 = 6;
const NEAR: f64 = 0.1;
/// Points on a way that is searched, and how often the part between two of them is.
const POINTS: u32 = 8;
const TURNS: u32 = 8;

impl Slicer<'_> {
    pub(super) async fn window(&mut self, job: &PictureSlice, watch: &impl Monitor) -> Result<Window, LabError> {
        let middle = match job.middle {
            Some(middle) => middle,
            None => self.boundary().await?,
        };
        // Of D lines that cross a diameter of a square some 2 D cross the square, and make 1 + 2 D + π/4 D² regions, where they lie every way.
        let wanted = (-1.0 + (1.0 + 0.785 * f64::from(job.regions.saturating_sub(1))).sqrt()) / 0.785;
        let mut reach = FIRST;
        for _ in 0..TRIES {
            watch.rest().await?;
            let found = self.lines(Window { middle, reach }).await?;
            let share = if found > 0.0 { (wanted / found).clamp(1.0 / 16.0, 16.0) } else { 16.0 };
            reach = (reach * share).min(LARGEST);
            if (share - 1.0).abs() < NEAR {
                break;
            }
        }
        Ok(Window { middle, reach })
    }

    /// Kinks that are taken another way at one end of a diameter than at the other, the mean of the diameters across and up.
    async fn lines(&mut self, window: Window) -> Result<f64, LabError> {
        let ends = [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]].map(|end| window.place(end));
        let mut found = Vec::new();
        for ends in ends.chunks(self.stages.at_once(1)) {
            found.extend(self.patterns(ends).await?);
        }
        let taken: Vec<Vec<u8>> = found.into_iter().map(|(taken, _)| taken).collect();
        Ok(f64::from(differing(&taken[0], &taken[1]) + differing(&taken[2], &taken[3])) / 2.0)
    }

    /// Where the answer changes on the way from the first picture to the second, or, where it does not, to the third; else the middle of the
    /// first way.
    async fn boundary(&mut self) -> Result<[f64; 2], LabError> {
        let [first, second, third] = self.plane.corners;
        for to in [second, third] {
            let at = |share: f64| [0, 1].map(|axis| first[axis] + share * (to[axis] - first[axis]));
            let (mut low, mut high) = (0.0, 1.0);
            let mut is_found = false;
            for _ in 0..TURNS {
                let share = |step: u32| low + (high - low) * f64::from(step) / f64::from(POINTS);
                let shares: Vec<f64> = (0..=POINTS).map(share).collect();
                let points: Vec<[f64; 2]> = shares.iter().map(|share| at(*share)).collect();
                let classes: Vec<usize> = self.logits(&points).await?.iter().map(|logits| argmax(logits)).collect();
                let Some(change) = classes.windows(2).position(|pair| pair[0] != pair[1]) else { break };
                is_found = true;
                (low, high) = (shares[change], shares[change + 1]);
            }
            if is_found {
                return Ok(at((low + high) / 2.0));
            }
        }
        Ok([0, 1].map(|axis| (first[axis] + second[axis]) / 2.0))
    }

    /// How every kink is taken at up to so many points as fit at once, all behind one another, and one hash of them as regions have it.
    pub(super) async fn patterns(&mut self, points: &[[f64; 2]]) -> Result<Vec<(Vec<u8>, u64)>, LabError> {
        let mut known: Vec<_> = points.iter().map(|point| self.stages.start(self.plane.at(*point))).collect();
        let mut found = vec![(Vec::new(), 0); points.len()];
        for at in 0..self.stages.count() {
            let arguments: Vec<Rc<Vec<f32>>> = self.stages.run(at, &mut known, 1).await?;
            let Some(kink) = self.stages.kink(at) else { break };
            let taken: Vec<Vec<u8>> = arguments.iter().map(|argument| kink.taken(argument)).collect();
            for ((known, argument), (taken, found)) in
                known.iter_mut().zip(&arguments).zip(taken.into_iter().zip(&mut found))
            {
                found.1 = with_taken(found.1, &taken);
                found.0.extend_from_slice(&taken);
                *known = self.stages.bent(at, known, argument, taken);
            }
        }
        Ok(found)
    }
}
