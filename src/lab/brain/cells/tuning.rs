//! Tuning curves of a unit from its answers to gratings and to bars.

use crate::lab::similarity::correlation;
use crate::protocol::{BarTuning, Grating, UnitTuning};
use std::f64::consts::TAU;

/// What is shown: orientations in degrees, evenly over half a turn; frequencies in cycles per pixel, rising; phases in degrees, evenly
/// over a turn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GratingSet {
    pub(super) orientations: Vec<f64>,
    pub(super) frequencies: Vec<f64>,
    pub(super) phases: Vec<f64>,
}

impl GratingSet {
    pub(super) fn new([orientations, frequencies, phases]: [usize; 3], [lowest, highest]: [f64; 2]) -> Self {
        let evenly = |count: usize, turn: f64| (0..count).map(|at| turn * at as f64 / count as f64).collect();
        let ratio = |at: usize| (highest / lowest).powf(at as f64 / (frequencies.max(2) - 1) as f64);
        Self {
            orientations: evenly(orientations, 180.0),
            frequencies: (0..frequencies).map(|at| lowest * ratio(at)).collect(),
            phases: evenly(phases, 360.0),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.orientations.len() * self.frequencies.len() * self.phases.len()
    }

    /// Phases one after the other, then frequencies, then orientations.
    pub(super) fn grating(&self, at: usize) -> Grating {
        let (phase, rest) = (at % self.phases.len(), at / self.phases.len());
        let (frequency, orientation) = (rest % self.frequencies.len(), rest / self.frequencies.len());
        Grating {
            orientation: self.orientations[orientation],
            frequency: self.frequencies[frequency],
            phase: self.phases[phase],
        }
    }

    /// By answers less the answer to grey, in the order of [`Self::grating`]; none of a unit that no grating excites.
    pub(super) fn tuning(&self, answers: &[f32]) -> Option<UnitTuning> {
        let phases = self.phases.len();
        let waves: Vec<[f64; 3]> = answers.chunks_exact(phases).map(mean_and_harmonic).collect();
        let (columns, rows) = (self.frequencies.len(), self.orientations.len());
        let height = |[mean, harmonic, _]: [f64; 3]| mean.max(harmonic);
        let peak = (0..waves.len()).max_by(|&one, &other| height(waves[one]).total_cmp(&height(waves[other])))?;
        let [mean, harmonic, phase] = waves[peak];
        if !(mean > 0.0 && harmonic.is_finite()) {
            return None;
        }
        let (row, column) = (peak / columns, peak % columns);
        let is_simple = harmonic > mean;
        let said = |row: usize, column: usize| {
            let [mean, harmonic, _] = waves[row * columns + column];
            if is_simple { harmonic } else { mean }
        };
        let by_orientation: Vec<f64> = (0..rows).map(|row| said(row, column)).collect();
        let by_frequency: Vec<f64> = (0..columns).map(|column| said(row, column)).collect();

        let step = 180.0 / rows as f64;
        // Over the orientations around the best one, at one frequency.
        let ridge = |column: usize| {
            let beside = [row + rows - 1, row, row + 1].map(|row| said(row % rows, column));
            summit([-step, 0.0, step], beside)
        };
        let [turn, highest] = ridge(column);
        let orientation = (self.orientations[row] + turn).rem_euclid(180.0);
        let frequency = match column.checked_sub(1).filter(|_| column + 1 < columns) {
            Some(before) => {
                let three = [before, column, column + 1];
                summit(three.map(|at| self.frequencies[at]), three.map(|at| ridge(at)[1]))[0]
            }
            None => self.frequencies[column],
        };
        let orthogonal = (rows % 2 == 0).then(|| by_orientation[(row + rows / 2) % rows]);
        let peak_of_curve = by_orientation[row];
        Some(UnitTuning {
            best: Grating { orientation, frequency, phase: phase.to_degrees() },
            shown: [row as u32, column as u32],
            mean,
            harmonic,
            selectivity: resultant(&by_orientation, &self.orientations),
            index: orthogonal.map(|orthogonal| (peak_of_curve - orthogonal) / (peak_of_curve + orthogonal)),
            width: width(&by_orientation, row, highest, step),
            octaves: octaves(&by_frequency, &self.frequencies, column),
            by_orientation: single(&by_orientation),
            by_frequency: single(&by_frequency),
            by_phase: answers[peak * phases..(peak + 1) * phases].to_vec(),
        })
    }
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

/// Of what is above zero: the mean, the amplitude of the first harmonic, and the phase in radians at which that is largest.
fn mean_and_harmonic(answers: &[f32]) -> [f64; 3] {
    let count = answers.len() as f64;
    let [mut sum, mut cosine, mut sine] = [0.0; 3];
    for (at, &answer) in answers.iter().enumerate() {
        let (s, c) = (TAU * at as f64 / count).sin_cos();
        let answer = f64::from(answer.max(0.0));
        (sum, cosine, sine) = (sum + answer, cosine + answer * c, sine + answer * s);
    }
    [sum / count, 2.0 * cosine.hypot(sine) / count, sine.atan2(cosine)]
}

/// Where a Gauss curve through three points is highest, and how high; the middle one where they make no summit.
fn summit(x: [f64; 3], y: [f64; 3]) -> [f64; 2] {
    if y.iter().any(|y| *y <= 0.0) {
        return [x[1], y[1]];
    }
    let [before, here, after] = y.map(f64::ln);
    let (left, right) = (x[1] - x[0], x[2] - x[1]);
    let (rise, fall) = ((here - before) / left, (here - after) / right);
    // ln y = here + slope t + bend t² with t from the middle one.
    let bend = -(rise + fall) / (left + right);
    let slope = (rise * right - fall * left) / (left + right);
    if bend >= 0.0 {
        return [x[1], y[1]];
    }
    let t = (-slope / (2.0 * bend)).clamp(-left, right);
    [x[1] + t, (here + slope * t + bend * t * t).exp()]
}

fn resultant(answers: &[f64], orientations: &[f64]) -> f64 {
    let [mut cosine, mut sine] = [0.0; 2];
    for (answer, orientation) in answers.iter().zip(orientations) {
        let (s, c) = (2.0 * orientation.to_radians()).sin_cos();
        (cosine, sine) = (cosine + answer * c, sine + answer * s);
    }
    cosine.hypot(sine) / answers.iter().sum::<f64>()
}

/// From a peak on: how far it is, in steps with parts, until the curve is down to `half`; none where it does not fall that far.
fn falls(half: f64, curve: impl Iterator<Item = f64>) -> Option<f64> {
    let mut before = f64::INFINITY;
    for (at, here) in curve.enumerate() {
        if here <= half {
            let part = if before.is_finite() { (before - half) / (before - here) } else { 0.0 };
            return Some((at as f64 - 1.0 + part).max(0.0));
        }
        before = here;
    }
    None
}

/// Full width of a curve over half a turn at half of its height.
fn width(curve: &[f64], peak: usize, highest: f64, step: f64) -> Option<f64> {
    let (count, half) = (curve.len(), highest / 2.0);
    let after = falls(half, (0..=count / 2).map(|at| curve[(peak + at) % count]))?;
    let before = falls(half, (0..=count / 2).map(|at| curve[(peak + count - at) % count]))?;
    Some(step * (before + after))
}

/// Between the frequencies on either side at which the curve is down to half of its peak, by the logarithm.
fn octaves(curve: &[f64], frequencies: &[f64], peak: usize) -> Option<f64> {
    let half = curve[peak] / 2.0;
    let after = falls(half, curve[peak..].iter().copied())?;
    let before = falls(half, curve[..=peak].iter().rev().copied())?;
    let step = (frequencies.last()? / frequencies.first()?).log2() / (frequencies.len() - 1) as f64;
    Some(step * (before + after))
}

/// What is shown: bars of these orientations at so many places across what a unit sees; of a light bar, then of a dark one, the places one
/// after the other, then the orientations. `answers` are less the answer to grey; `at` is the best orientation of those shown.
pub(super) fn bar_tuning(answers: &[f32], orientations: usize, at: usize) -> BarTuning {
    let both = answers.len() / orientations;
    let of = |orientation: usize| &answers[orientation * both..(orientation + 1) * both];
    let largest = |orientation: usize| of(orientation).iter().copied().fold(0.0, f32::max);
    let (light, dark) = of(at).split_at(both / 2);
    BarTuning {
        by_orientation: (0..orientations).map(largest).collect(),
        overlap: f64::from(correlation(light, dark)),
        light: light.to_vec(),
        dark: dark.to_vec(),
    }
}
