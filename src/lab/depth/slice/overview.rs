//! The whole plane, asked at some points: which class is said where, and on the way from one picture to another.

use super::{Slicer, Window};
use crate::lab::device::Pace;
use crate::lab::predict::label;
use crate::lab::softmax::argmax;
use crate::lab::{LabError, Monitor};
use crate::models::Network;
use crate::protocol::{BackendUsed, SliceMap, Stage};

/// Squares along a side.
const SIDE: u32 = 20;
/// Steps on the way from the first picture to the second.
const STEPS: u32 = 60;

/// Classes that are said somewhere, in the order in which they were met.
pub(super) struct Overview {
    network: Network,
    /// Number, name in English, in Japanese.
    pub(super) classes: Vec<(u32, String, String)>,
}

impl Overview {
    pub(super) fn new(network: &Network) -> Self {
        Self { network: network.clone(), classes: Vec::new() }
    }

    /// Where a class stands among those that were met.
    pub(super) fn place_of(&mut self, class: usize) -> u32 {
        let known = self.classes.iter().position(|(known, ..)| *known as usize == class);
        known.unwrap_or_else(|| {
            let (en, ja) = label(&self.network, class);
            self.classes.push((class as u32, en, ja));
            self.classes.len() - 1
        }) as u32
    }
}

impl Slicer<'_> {
    /// What the network says of points of the plane, as it says of pictures.
    pub(super) async fn logits(&mut self, points: &[[f64; 2]]) -> Result<Vec<Vec<f32>>, LabError> {
        let mut found = Vec::new();
        for points in points.chunks(self.plain.batch()) {
            let inputs: Vec<Vec<f32>> = points.iter().map(|point| self.plane.at(*point)).collect();
            found.extend(self.plain.rows(&inputs).await?);
        }
        Ok(found)
    }

    fn said(&self, seen: &mut Overview, logits: &[f32]) -> (u32, f32) {
        let class = argmax(logits);
        (seen.place_of(class), self.weights.calibration().probabilities(logits)[class])
    }

    /// Tells of each row of squares that is known.
    pub(super) async fn overview(
        &mut self,
        seen: &mut Overview,
        mut map: SliceMap,
        watch: &impl Monitor,
        pace: &mut Pace,
        tell: &dyn Fn(SliceMap),
    ) -> Result<SliceMap, LabError> {
        let [left, lower, right, upper] = map.square;
        let share = |at: u32| (f64::from(at) + 0.5) / f64::from(SIDE);
        for row in 0..SIDE {
            watch.step(Stage::Run, u64::from(row), u64::from(SIDE)).await?;
            let y = upper - (upper - lower) * share(row);
            let points: Vec<[f64; 2]> = (0..SIDE).map(|at| [left + (right - left) * share(at), y]).collect();
            map.squares.extend(self.logits(&points).await?.iter().map(|logits| self.said(seen, logits)));
            if pace.is_time_to_tell(watch) {
                map.classes.clone_from(&seen.classes);
                tell(map.clone());
            }
        }
        let [from, to, _] = self.plane.corners;
        let step = |at: u32| f64::from(at) / f64::from(STEPS);
        let points: Vec<[f64; 2]> =
            (0..=STEPS).map(|at| [0, 1].map(|axis| from[axis] + step(at) * (to[axis] - from[axis]))).collect();
        let mut before: Option<Vec<u8>> = None;
        for points in points.chunks(self.stages.at_once(1)) {
            pace.rest(watch).await?;
            let logits = self.logits(points).await?;
            for (logits, (taken, _)) in logits.iter().zip(self.patterns(points).await?) {
                let switched = before.as_ref().map_or(0, |before| differing(before, &taken));
                let (class, probability) = self.said(seen, logits);
                map.way.push((class, probability, switched));
                map.kinks = taken.len() as u64;
                before = Some(taken);
            }
        }
        map.classes.clone_from(&seen.classes);
        Ok(map)
    }

    /// Before anything was asked.
    pub(super) fn empty(&self, window: Window, backend: BackendUsed) -> SliceMap {
        SliceMap {
            corners: self.plane.corners.map(|corner| corner.map(|at| at as f32)),
            square: self.plane.square(),
            side: SIDE,
            squares: Vec::new(),
            way: Vec::new(),
            classes: Vec::new(),
            window: window.edges(),
            regions: Vec::new(),
            count: 0,
            covered: 0.0,
            parts: Vec::new(),
            kinks: 0,
            checks: Vec::new(),
            elapsed_ms: 0.0,
            backend,
        }
    }
}

/// How many kinks are taken another way.
pub(super) fn differing(one: &[u8], other: &[u8]) -> u32 {
    one.iter().zip(other).filter(|(one, other)| one != other).count() as u32
}
