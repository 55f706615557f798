//! What must hold of any machine, measured on small ones.

use super::chains::TemperedChains;
use super::learn::{contrastive_angles, exact_gradient, mean_log_likelihood};
use super::model::{BoltzmannModel, Units, log_sum_exp};
use super::{
    AnnealedRuns, Enumeration, GeneralMachine, HopfieldMemory, PartitionSum, RestrictedMachine, bars_and_stripes,
};
use crate::lab::dice::Dice;
use crate::lab::{LabError, Monitor};
use crate::protocol::RepresentFact;

/// Fact, expected, measured, limit.
type Measured = (RepresentFact, f64, f64, f64);

/// More than so many standard deviations of χ² are no chance.
const CHANCE: f64 = 4.0;
/// Of a sampler's test.
const DRAWS: u32 = 40_000;

pub(in crate::lab) async fn boltzmann_facts(watch: &impl Monitor) -> Result<Vec<Measured>, LabError> {
    let mut found = Vec::new();
    let machine = grown(8, 4, 1.0);
    let general = machine.as_general().ok_or_else(|| bad_setup!("twelve units are enumerated"))?;
    let all = Enumeration::of(&general)?;
    let rows: Vec<Vec<u8>> = (0..1_usize << 8).map(|code| (0..8).map(|at| (code >> at & 1) as u8).collect()).collect();
    let logs: Vec<f64> = rows.iter().map(|row| machine.minus_free_energy(row)).collect();
    found.push((RepresentFact::Total, 1.0, (log_sum_exp(&logs) - all.log_z).exp(), 1e-6));
    found.push((RepresentFact::Entropy, 0.0, all.mean_energy() - all.entropy() + all.log_z, 1e-9));
    found.push((RepresentFact::Gradient, 0.0, gradient_difference()?, 1e-6));
    let sides = PartitionSum::log_partition(&machine).map_or(f64::NAN, |log_z| (log_z - all.log_z).exp() - 1.0);
    found.push((RepresentFact::Sides, 0.0, sides, 1e-9));
    watch.rest().await?;
    let angles = contrastive_angles(&grown(9, 5, 0.7), &bars_and_stripes(3), &[1, 2, 5, 10, 20]).unwrap_or_default();
    let rises = angles.windows(2).filter(|pair| pair[1] > pair[0] + 1e-9).count();
    found.push((RepresentFact::Angle, 0.0, if angles.is_empty() { f64::NAN } else { rises as f64 }, 0.0));
    watch.rest().await?;
    let six = six_units()?;
    found.push((RepresentFact::Balance, 0.0, balance(&six, DRAWS)?, CHANCE));
    found.push((RepresentFact::Stationary, 0.0, stationary(&six, DRAWS)?, CHANCE));
    watch.rest().await?;
    found.push((RepresentFact::Tempering, 0.0, tempering(DRAWS / 4)?, CHANCE));
    watch.rest().await?;
    found.push((RepresentFact::Annealed, 0.0, annealed()?, CHANCE));
    watch.rest().await?;
    found.push((RepresentFact::Recall, 1.0, recalled(), 0.01));
    Ok(found)
}

/// A machine with weights of this size.
fn grown(visible: usize, hidden: usize, size: f64) -> RestrictedMachine {
    let mut machine = RestrictedMachine::new(visible, hidden, 5);
    let mut dice = Dice::new(17);
    machine.params_mut().iter_mut().for_each(|param| *param = size * f64::from(dice.normal()));
    machine
}

pub(super) fn six_units() -> Result<GeneralMachine, LabError> {
    let mut machine = GeneralMachine::new(4, 2, 3)?;
    let mut dice = Dice::new(23);
    for one in 0..6 {
        machine.set_bias(one, 0.5 * f64::from(dice.normal()));
        (0..one).for_each(|other| machine.connect(one, other, 0.8 * f64::from(dice.normal())));
    }
    Ok(machine)
}

/// Of a general machine with hidden units, and of a restricted one.
fn gradient_difference() -> Result<f64, LabError> {
    let rows = bars_and_stripes(2);
    let (mut general, mut restricted) = (six_units()?, grown(4, 3, 0.8));
    let one = against_differences(&mut general, &rows, true);
    Ok(one.max(against_differences(&mut restricted, &rows, false)))
}

/// A weight of a general machine stands twice among its parameters, above and below the diagonal.
pub(super) fn against_differences<M: BoltzmannModel>(model: &mut M, rows: &[Vec<u8>], is_twice: bool) -> f64 {
    const STEP: f64 = 1e-5;
    let Some(exact) = exact_gradient(model, rows) else { return f64::NAN };
    let units = model.visible() + model.hidden();
    let mut most = 0.0_f64;
    for (at, wanted) in exact.iter().enumerate() {
        let weight = is_twice && at < model.weights();
        let other = if weight { at % units * units + at / units } else { at };
        if weight && at == other {
            continue;
        }
        let mut at_step = |step: f64| {
            model.params_mut()[at] += step;
            if other != at {
                model.params_mut()[other] += step;
            }
            let log_z =
                model.as_general().and_then(|machine| Enumeration::of(&machine).ok()).map_or(f64::NAN, |all| all.log_z);
            let found = mean_log_likelihood(model, rows, log_z);
            model.params_mut()[at] -= step;
            if other != at {
                model.params_mut()[other] -= step;
            }
            found
        };
        let slope = (at_step(STEP) - at_step(-STEP)) / (2.0 * STEP);
        most = most.max((slope - wanted).abs());
    }
    most
}

fn code_of(state: &[u8]) -> usize {
    state.iter().enumerate().map(|(at, on)| usize::from(*on) << at).sum()
}

/// χ² less its mean, over its standard deviation.
fn deviations(squares: f64, degrees: f64) -> f64 {
    (squares - degrees) / (2.0 * degrees).sqrt()
}

/// From states that are drawn by their probabilities, one step: as many go one way as the other, where `p(x) T(x, y) = p(y) T(y, x)`.
pub(super) fn balance(machine: &GeneralMachine, draws: u32) -> Result<f64, LabError> {
    let probabilities = Enumeration::of(machine)?.probabilities();
    let (mut dice, states, units) = (Dice::new(71), probabilities.len(), machine.units());
    let mut counts = vec![0_u32; states * states];
    for _ in 0..draws {
        let from = drawn(&probabilities, &mut dice);
        let mut state: Vec<u8> = (0..units).map(|at| (from >> at & 1) as u8).collect();
        machine.flip_one(&mut state, &mut dice);
        counts[from * states + code_of(&state)] += 1;
    }
    let (mut squares, mut degrees) = (0.0, 0.0);
    for one in 0..states {
        for other in 0..one {
            let [there, back] = [counts[one * states + other], counts[other * states + one]].map(f64::from);
            if there + back >= 10.0 {
                squares += (there - back).powi(2) / (there + back);
                degrees += 1.0;
            }
        }
    }
    Ok(deviations(squares, degrees))
}

fn drawn(probabilities: &[f64], dice: &mut Dice) -> usize {
    let mut left = f64::from(dice.unit());
    for (state, probability) in probabilities.iter().enumerate() {
        left -= probability;
        if left < 0.0 {
            return state;
        }
    }
    probabilities.len() - 1
}

/// Counts of states against their probabilities; states that are too rare for χ² are one together.
fn against(counts: &[u32], probabilities: &[f64]) -> f64 {
    let draws: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    let (mut squares, mut kinds, mut rest) = (0.0, 0.0, [0.0; 2]);
    for (count, probability) in counts.iter().zip(probabilities) {
        let expected = draws * probability;
        if expected < 8.0 {
            rest = [rest[0] + f64::from(*count), rest[1] + expected];
        } else {
            squares += (f64::from(*count) - expected).powi(2) / expected;
            kinds += 1.0;
        }
    }
    if rest[1] >= 1.0 {
        squares += (rest[0] - rest[1]).powi(2) / rest[1];
        kinds += 1.0;
    }
    deviations(squares, kinds - 1.0)
}

/// Chains from coins, long enough that the beginning is forgotten and neighbours of one chain are as good as independent.
pub(super) fn stationary(machine: &GeneralMachine, draws: u32) -> Result<f64, LabError> {
    const BETWEEN: u32 = 8;
    let probabilities = Enumeration::of(machine)?.probabilities();
    let mut dice = Dice::new(91);
    let mut state = Units::tossed(machine, &mut dice);
    (0..100).for_each(|_| machine.sweep(&mut state, 1.0, &[], &mut dice));
    let mut counts = vec![0; probabilities.len()];
    for _ in 0..draws / 4 {
        (0..BETWEEN).for_each(|_| machine.sweep(&mut state, 1.0, &[], &mut dice));
        counts[code_of(&[state.visible.as_slice(), &state.hidden].concat())] += 1;
    }
    Ok(against(&counts, &probabilities))
}

fn tempering(draws: u32) -> Result<f64, LabError> {
    let machine = grown(5, 3, 1.2);
    let general = machine.as_general().ok_or_else(|| bad_setup!("eight units are enumerated"))?;
    let probabilities = Enumeration::of(&general)?.marginal(5);
    let mut chains = TemperedChains::new(&machine, 8, 29);
    (0..60).for_each(|_| chains.sweep(&machine));
    let mut counts = vec![0; probabilities.len()];
    for _ in 0..draws / 8 {
        (0..6).for_each(|_| chains.sweep(&machine));
        chains.cold().for_each(|state| counts[code_of(&state.visible)] += 1);
    }
    Ok(against(&counts, &probabilities))
}

fn annealed() -> Result<f64, LabError> {
    let machine = grown(20, 8, 0.6);
    let exact = PartitionSum::log_partition(&machine).unwrap_or(f64::NAN);
    let mut runs = AnnealedRuns::new(&machine, vec![0.0; 20], 100, 200, 3);
    (0..runs.of()).for_each(|_| runs.advance());
    let found = runs.estimate();
    Ok((found.log_z - exact) / found.deviation)
}

fn recalled() -> f64 {
    let (mut memory, mut dice) = (HopfieldMemory::new(200), Dice::new(37));
    (0..8).for_each(|_| memory.store(&mut dice));
    let found = (0..8).map(|pattern| {
        let cue = memory.cue(pattern, 0.1, &mut dice);
        memory.overlap(&memory.recalled(cue, &mut dice), pattern)
    });
    found.sum::<f64>() / 8.0
}
