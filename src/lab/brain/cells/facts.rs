//! What must hold of cells that are made so that their answers are known: reckoned on the processor, in double precision.

use super::field::NoisePictures;
use super::gabor::gabor_fit;
use super::tuning::GratingSet;
use crate::lab::dice::Dice;
use crate::lab::{LabError, Monitor};
use crate::protocol::{BrainFact, GaborFit, Grating, field_places};

/// Gabor functions that are fitted, on so many pixels a side, with noise of this part of their amplitude.
const FITTED: usize = 40;
const SIDE: usize = 16;
const NOISE: f64 = 0.02;
/// Of pictures of noise.
const FEW: usize = 1_000;
const MANY: usize = 16_000;

/// Fact, expected, measured, limit.
pub async fn cell_facts(watch: &impl Monitor) -> Result<Vec<(BrainFact, f64, f64, f64)>, LabError> {
    let mut dice = Dice::new(23);
    let mut between = |low: f64, high: f64| low + (high - low) * f64::from(dice.unit());
    let mut made = |turn: f64| {
        let frequency = between(0.1, 0.25);
        let carrier = Grating { orientation: turn, frequency, phase: between(-180.0, 180.0) };
        GaborFit {
            x: between(-2.0, 2.0),
            y: between(-2.0, 2.0),
            // Ringach's n_x and n_y.
            across: between(0.35, 0.6) / frequency,
            along: between(0.35, 0.8) / frequency,
            amplitude: between(0.2, 2.0),
            carrier,
            explained: 1.0,
        }
    };
    let gabors: Vec<GaborFit> = (0..FITTED).map(|at| made(180.0 * at as f64 / FITTED as f64)).collect();
    let (mut turned, mut stretched) = (0.0_f64, 0.0_f64);
    let mut dice = Dice::new(29);
    for gabor in &gabors {
        watch.rest().await?;
        let noise = NOISE * gabor.amplitude;
        let values: Vec<f64> =
            field_places(SIDE, SIDE).map(|[x, y]| gabor.at(x, y) + noise * f64::from(dice.normal())).collect();
        let Some(found) = gabor_fit(&values, [SIDE; 2]) else {
            (turned, stretched) = (f64::INFINITY, f64::INFINITY);
            continue;
        };
        turned = turned.max(apart(found.carrier.orientation, gabor.carrier.orientation));
        stretched = stretched.max((found.carrier.frequency / gabor.carrier.frequency - 1.0).abs());
    }

    let set = GratingSet::new([12, 9, 12], [0.05, 0.4]);
    let (mut peaks, mut frequencies) = (0.0_f64, 0.0_f64);
    let (mut simple, mut complex) = (0.0, 0.0);
    const CELLS: usize = 8;
    for gabor in gabors.iter().step_by(FITTED / CELLS) {
        watch.rest().await?;
        let other = GaborFit {
            carrier: Grating { phase: gabor.carrier.phase + 90.0, ..gabor.carrier },
            x: gabor.x,
            y: gabor.y,
            ..*gabor
        };
        let [one, quadrature] = [gabor, &other].map(|gabor| answers(gabor, &set));
        let energy: Vec<f32> = one.iter().zip(&quadrature).map(|(a, b)| a * a + b * b).collect();
        if let (Some(found), Some(squared)) = (set.tuning(&one), set.tuning(&energy)) {
            simple += found.modulation() / CELLS as f64;
            complex += squared.modulation() / CELLS as f64;
            peaks = peaks.max(apart(found.best.orientation, gabor.carrier.orientation));
            frequencies = frequencies.max((found.best.frequency / gabor.carrier.frequency - 1.0).abs());
        }
    }
    let [few, many] = [FEW, MANY].map(|count| reverse_error(&gabors[0], count));
    Ok(vec![
        (BrainFact::Orientation, 0.0, turned, 1.0),
        (BrainFact::Frequency, 0.0, stretched, 0.02),
        (BrainFact::Simple, std::f64::consts::FRAC_PI_2, simple, 0.05),
        (BrainFact::Complex, 0.0, complex, 0.1),
        (BrainFact::Peak, 0.0, peaks, 1.0),
        (BrainFact::PeakFrequency, 0.0, frequencies, 0.02),
        (BrainFact::Reverse, (MANY / FEW) as f64, few / many, 4.0),
    ])
}

/// Between two orientations, in degrees.
fn apart(one: f64, other: f64) -> f64 {
    ((one - other + 90.0).rem_euclid(180.0) - 90.0).abs()
}

/// Of a linear unit with this field.
fn answers(gabor: &GaborFit, set: &GratingSet) -> Vec<f32> {
    const WIDE: usize = 41;
    let field: Vec<([f64; 2], f64)> = field_places(WIDE, WIDE).map(|[x, y]| ([x, y], gabor.at(x, y))).collect();
    let answer = |at: usize| {
        let grating = set.grating(at);
        field.iter().map(|([x, y], weight)| weight * grating.at(*x, *y)).sum::<f64>() as f32
    };
    (0..set.len()).map(answer).collect()
}

/// The squared error of a linear unit's field by reverse correlation, over its square.
fn reverse_error(gabor: &GaborFit, count: usize) -> f64 {
    let field: Vec<f64> = field_places(SIDE, SIDE).map(|[x, y]| gabor.at(x, y)).collect();
    let mut noise = NoisePictures::new(31);
    let mut found = vec![0.0; field.len()];
    for _ in 0..count {
        let signs = noise.signs(field.len());
        let answer: f64 = field.iter().zip(&signs).map(|(weight, &sign)| weight * f64::from(sign)).sum();
        found.iter_mut().zip(&signs).for_each(|(sum, &sign)| *sum += answer * f64::from(sign) / count as f64);
    }
    let off: f64 = field.iter().zip(&found).map(|(a, b)| (a - b).powi(2)).sum();
    off / field.iter().map(|value| value * value).sum::<f64>()
}
