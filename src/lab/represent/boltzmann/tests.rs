//! Machines against sums that are written out.

use super::chains::Chains;
use super::facts::{against_differences, balance, six_units, stationary};
use super::model::{BoltzmannModel, Units};
use super::{
    AnnealedRuns, BinaryExamples, BoltzmannLearner, BoltzmannRun, Enumeration, GeneralMachine, HopfieldMemory,
    PartitionSum, RestrictedMachine, bars_and_stripes, contrastive_angles, mean_log_likelihood,
};
use crate::data::procedural::{Recipe, Set};
use crate::lab::dice::Dice;
use crate::protocol::{BoltzmannKind, BoltzmannRule, BoltzmannTrain};

fn random(visible: usize, hidden: usize, size: f64, seed: u32) -> RestrictedMachine {
    let mut machine = RestrictedMachine::new(visible, hidden, seed);
    let mut dice = Dice::new(seed + 100);
    machine.params_mut().iter_mut().for_each(|param| *param = size * f64::from(dice.normal()));
    machine
}

fn states(units: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..1_usize << units).map(move |code| (0..units).map(|at| (code >> at & 1) as u8).collect())
}

fn split(state: &[u8], visible: usize) -> Units {
    Units { visible: state[..visible].to_vec(), hidden: state[visible..].to_vec() }
}

#[test]
fn an_enumeration_is_the_sum_over_states() {
    let machine = six_units().unwrap();
    let all = Enumeration::of(&machine).unwrap();
    let weights: Vec<f64> = states(6).map(|state| (-machine.energy(&split(&state, 4))).exp()).collect();
    let z: f64 = weights.iter().sum();
    assert!((all.log_z - z.ln()).abs() < 1e-12);
    let probabilities = all.probabilities();
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let (singles, pairs) = all.moments();
    for one in 0..6 {
        for other in 0..6 {
            let both: f64 =
                states(6).zip(&weights).filter(|(s, _)| s[one] == 1 && s[other] == 1).map(|(_, w)| w / z).sum();
            assert!((pairs[one * 6 + other] - both).abs() < 1e-12, "{one} {other}");
        }
        assert!((singles[one] - pairs[one * 7]).abs() < 1e-15);
    }
    let marginal = all.marginal(4);
    for (code, visible) in states(4).enumerate() {
        let sum: f64 =
            states(2).map(|hidden| (-machine.energy(&Units { visible: visible.clone(), hidden })).exp()).sum();
        assert!((marginal[code] - sum / z).abs() < 1e-12);
        assert!((machine.minus_free_energy(&visible) - sum.ln()).abs() < 1e-12);
    }
}

#[test]
fn a_restricted_machine_is_a_general_one_without_some_connections() {
    let machine = random(5, 3, 1.0, 2);
    let general = machine.as_general().unwrap();
    for state in states(8) {
        let state = split(&state, 5);
        assert!((machine.energy(&state) - general.energy(&state)).abs() < 1e-12);
        assert!((machine.minus_free_energy(&state.visible) - general.minus_free_energy(&state.visible)).abs() < 1e-12);
    }
    let log_z = Enumeration::of(&general).unwrap().log_z;
    for by in [machine.clone(), machine.transposed()] {
        assert!((PartitionSum::log_partition(&by).unwrap() - log_z).abs() < 1e-12);
    }
    // Fields so large that a product of them would be infinite.
    let wild = random(12, 6, 60.0, 3);
    let exact = Enumeration::of(&wild.as_general().unwrap()).unwrap().log_z;
    assert!((PartitionSum::log_partition(&wild).unwrap() / exact - 1.0).abs() < 1e-12);
    let (one, other) = (machine.expected().unwrap(), general.expected().unwrap());
    for at in 0..5 {
        for hidden in 0..3 {
            assert!((one[at * 3 + hidden] - other[at * 8 + 5 + hidden]).abs() < 1e-12);
        }
        assert!((one[15 + at] - other[64 + at]).abs() < 1e-12);
    }
    // More hidden units than visible ones: summed over the others.
    let wide = random(3, 6, 1.0, 4);
    let (one, other) = (wide.expected().unwrap(), wide.as_general().unwrap().expected().unwrap());
    assert!((0..6).all(|hidden| (one[18 + 3 + hidden] - other[81 + 3 + hidden]).abs() < 1e-12));
}

#[test]
fn the_exact_gradient_is_that_of_the_log_likelihood() {
    let rows = bars_and_stripes(2);
    assert_eq!(rows.len(), 6);
    let general = against_differences(&mut six_units().unwrap(), &rows, true);
    let restricted = against_differences(&mut random(4, 3, 1.0, 5), &rows, false);
    println!("differences {general:e}, {restricted:e}");
    assert!(general < 1e-8 && restricted < 1e-8);
}

#[test]
fn samplers_obey_balance_and_a_wrong_one_does_not() {
    let machine = six_units().unwrap();
    let (one, other) = (balance(&machine, 200_000).unwrap(), stationary(&machine, 120_000).unwrap());
    println!("balance {one:.2}, stationary {other:.2}");
    assert!(one.abs() < 4.0 && other.abs() < 4.0);
    // The test sees a chain of another machine.
    let mut off = machine.clone();
    off.set_bias(0, machine.biases()[0] + 0.3);
    let mut dice = Dice::new(4);
    let mut state = Units::tossed(&off, &mut dice);
    let (count, mut on) = (40_000, 0);
    for _ in 0..count {
        off.sweep(&mut state, 1.0, &[], &mut dice);
        on += u32::from(state.visible[0]);
    }
    let expected = Enumeration::of(&machine).unwrap().moments().0[0];
    assert!((f64::from(on) / f64::from(count) - expected).abs() > 0.02);
}

#[test]
fn chains_keep_what_is_held_and_follow_the_temperature() {
    let machine = random(9, 4, 1.0, 6);
    let held = [2, 1, 0, 0, 0, 0, 0, 0, 2];
    let mut chains = Chains::new(&machine, 8, 1);
    chains.sweep(&machine, 5, 1.0, &held);
    assert!(chains.states.iter().all(|state| [0, 1, 8].map(|at| state.visible[at]) == [1, 0, 1]));
    let mut energy = |beta: f64| {
        (0..400)
            .map(|_| {
                chains.sweep(&machine, 1, beta, &[]);
                chains.states.iter().map(|state| machine.energy(state)).sum::<f64>() / 8.0 / 400.0
            })
            .sum::<f64>()
    };
    let exact = Enumeration::of(&machine.as_general().unwrap()).unwrap().mean_energy();
    let [cold, usual, hot] = [4.0, 1.0, 0.2].map(&mut energy);
    println!("⟨E⟩ {cold:.3} {usual:.3} ({exact:.3}) {hot:.3}");
    assert!(cold < usual && usual < hot && (usual - exact).abs() < 0.1);
}

#[test]
fn contrastive_divergence_turns_to_the_gradient_as_k_grows() {
    let angles = contrastive_angles(&random(9, 6, 0.8, 7), &bars_and_stripes(3), &[1, 2, 5, 10, 50, 200]).unwrap();
    println!("{angles:?}");
    assert!(angles.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9));
    assert!(angles[0] > 5.0 && angles[5] < 1.0, "{angles:?}");
}

fn divergence(setup: &BoltzmannTrain) -> f64 {
    let examples = BinaryExamples::bars(3);
    let mut learner = BoltzmannLearner::new(setup, &examples).unwrap();
    (0..setup.steps).for_each(|_| learner.advance(&examples));
    let log_z = Enumeration::of(&learner.model.as_general().unwrap()).unwrap().log_z;
    -(examples.train.len() as f64).ln() - mean_log_likelihood(learner.model.as_ref(), &examples.train, log_z)
}

#[test]
fn bars_and_stripes_are_learnt() {
    let usual = BoltzmannTrain::default();
    let general = BoltzmannTrain { kind: BoltzmannKind::General, hidden: 4, rate: 0.2, steps: 600, ..usual.clone() };
    let tempered =
        BoltzmannTrain { rule: BoltzmannRule::Tempered, rate: 0.2, momentum: 0.5, steps: 6000, ..usual.clone() };
    for (name, setup) in
        [("exact", BoltzmannTrain { steps: 1500, ..usual }), ("tempered", tempered), ("general", general)]
    {
        let start = std::time::Instant::now();
        let found = divergence(&setup);
        println!("{name}: KL {found:.4} after {} steps, {:.1} s", setup.steps, start.elapsed().as_secs_f64());
        assert!(found < 0.1, "{name}: {found}");
    }
}

#[test]
fn digits_are_weighed_exactly_and_by_annealing() {
    let set = Set::find("digits").unwrap().draw(&Recipe { count: 600, ..Recipe::default() }).unwrap();
    let examples = BinaryExamples::of_set(&set).unwrap();
    let rule = BoltzmannRule::Persistent;
    let setup = BoltzmannTrain { rule, hidden: 16, steps: 300, momentum: 0.5, batch: 20, ..BoltzmannTrain::default() };
    let mut learner = BoltzmannLearner::new(&setup, &examples).unwrap();
    (0..setup.steps).for_each(|_| learner.advance(&examples));
    let machine = learner.model.as_restricted().unwrap();
    let start = std::time::Instant::now();
    let exact = PartitionSum::log_partition(machine).unwrap();
    let summed = start.elapsed().as_secs_f64();
    let mut runs = AnnealedRuns::new(machine, examples.log_odds(), 50, 300, 1);
    (0..runs.of()).for_each(|_| runs.advance());
    let found = runs.estimate();
    let likelihood = mean_log_likelihood(machine, &examples.train, exact);
    let off = (found.log_z - exact) / found.deviation;
    println!(
        "ln Z {exact:.3} ({summed:.2} s), annealed {:.3} ± {:.3} ({off:.1} deviations), ln p {likelihood:.1}",
        found.log_z, found.deviation
    );
    assert!(off.abs() < 4.0 && found.deviation < 1.0);
    let base = RestrictedMachine::new(784, 1, 1);
    assert!(
        likelihood > mean_log_likelihood(&base, &examples.train, PartitionSum::log_partition(&base).unwrap()) + 100.0
    );
}

#[test]
fn a_memory_holds_0_138_patterns_a_unit() {
    let (mut memory, mut dice, mut curve) = (HopfieldMemory::new(400), Dice::new(2), Vec::new());
    for count in [20, 40, 56, 80, 120] {
        while memory.patterns().len() < count {
            memory.store(&mut dice);
        }
        let overlap = |pattern: usize| {
            let (cue, mut dice) = (memory.cue(pattern, 0.1, &mut Dice::new(pattern as u32)), Dice::new(7));
            memory.overlap(&memory.recalled(cue, &mut dice), pattern)
        };
        curve.push((0..20).map(overlap).sum::<f64>() / 20.0);
    }
    println!("{curve:?}");
    assert!(curve[0] > 0.99 && curve[1] > 0.97 && curve[3] < 0.9 && curve[4] < 0.6, "{curve:?}");
    let mut state = memory.cue(0, 0.3, &mut dice);
    let before = memory.energy(&state);
    memory.settle(&mut state, &mut dice);
    assert!(memory.energy(&state) < before);
}

#[test]
fn too_many_units_are_refused_by_their_number() {
    let said = |error: crate::lab::LabError| error.to_string();
    assert!(said(GeneralMachine::new(16, 5, 1).unwrap_err()).contains("2^21 states"));
    let examples = BinaryExamples::bars(4);
    let setup = BoltzmannTrain { rule: BoltzmannRule::Exact, hidden: 8, ..BoltzmannTrain::default() };
    let refused = BoltzmannLearner::new(&setup, &examples).err().map(said).unwrap();
    assert!(refused.contains("2^24") && refused.contains("at most 20"), "{refused}");
    let setup = BoltzmannTrain { rate: 3.0, ..setup };
    assert!(BoltzmannLearner::new(&setup, &examples).err().map(said).unwrap().contains("a rate of 3"));
}

/// Chains and dice are in the file too: what a run with replicas comes to after it is the same.
#[test]
fn a_run_with_chains_goes_on_from_its_file() {
    let examples = BinaryExamples::bars(3);
    let setup = BoltzmannTrain { rule: BoltzmannRule::Tempered, steps: 400, ..BoltzmannTrain::default() };
    let mut learner = BoltzmannLearner::new(&setup, &examples).unwrap();
    (0..100).for_each(|_| learner.advance(&examples));
    let bytes = BoltzmannRun::of(&learner, &examples).bytes().unwrap();
    let run = BoltzmannRun::parse("a file", bytes).unwrap();
    assert_eq!((run.step(), &run.setup), (100, &setup));
    let mut other = BoltzmannLearner::new(&setup, &examples).unwrap();
    run.taken_up(&mut other, &examples).unwrap();
    for learner in [&mut learner, &mut other] {
        (0..30).for_each(|_| learner.advance(&examples));
    }
    let off = learner.model.params().iter().zip(other.model.params()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(off < 1e-5 && learner.swapped() == other.swapped() && learner.step() == 130, "{off}");
}
