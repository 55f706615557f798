//! How a machine learns: up the gradient of the log-likelihood, `⟨-∂E/∂θ⟩_data - ⟨-∂E/∂θ⟩_model`. The second part is exact where all
//! states can be enumerated, else it comes from chains: contrastive divergence (Hinton 2002), persistent chains (Tieleman 2008), or
//! replicas at several temperatures.

use super::chains::{Chains, TemperedChains};
use super::examples::BinaryExamples;
use super::model::{BoltzmannModel, Units, angle, sigmoid};
use super::{GeneralMachine, RestrictedMachine};
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::protocol::{BoltzmannKind, BoltzmannRule, BoltzmannTrain};

/// More hidden units than this make a step too slow to watch.
const MOST_HIDDEN: u32 = 512;
/// Chains that stand for the machine while it learns.
const PERSISTENT: usize = 64;
/// Groups of replicas, each a chain at every temperature.
const TEMPERED_GROUPS: usize = 16;

enum Negative {
    Exact,
    Contrastive,
    Persistent(Chains),
    Tempered(TemperedChains),
}

/// A machine, and what moves it.
pub struct BoltzmannLearner {
    pub model: Box<dyn BoltzmannModel>,
    setup: BoltzmannTrain,
    negative: Negative,
    dice: Dice,
    velocity: Vec<f64>,
    step: u32,
}

/// All that a learner goes on with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LearnerState {
    pub(super) step: u32,
    pub(super) params: Vec<f64>,
    pub(super) velocity: Vec<f64>,
    pub(super) chains: Vec<Units>,
    /// How often the dice of batches, and those of chains, were thrown.
    pub(super) thrown: [u32; 2],
    /// Exchanges of replicas: tried, and made.
    pub(super) swaps: [u64; 2],
}

fn check(setup: &BoltzmannTrain, visible: usize) -> Result<(), LabError> {
    let BoltzmannTrain { hidden, k, rate, momentum, decay, steps, batch, .. } = *setup;
    let most = MOST_HIDDEN;
    ensure!((1..=most).contains(&hidden), "{hidden} hidden units cannot be learnt here; choose 1 to {most}");
    ensure!(BoltzmannTrain::K.holds(k), "{k} steps of a chain are not possible; choose {}", BoltzmannTrain::K);
    ensure!(BoltzmannTrain::RATE.holds(rate), "a rate of {rate} is not possible; choose {}", BoltzmannTrain::RATE);
    let interval = BoltzmannTrain::MOMENTUM;
    ensure!(interval.holds(momentum), "a momentum of {momentum} is not possible; choose {interval}");
    let interval = BoltzmannTrain::DECAY;
    ensure!(interval.holds(decay), "a decay of {decay} is not possible; choose {interval}");
    ensure!(BoltzmannTrain::STEPS.holds(steps), "{steps} steps cannot be learnt; choose {}", BoltzmannTrain::STEPS);
    let interval = BoltzmannTrain::BATCH;
    ensure!(interval.holds(batch), "a batch of {batch} is not possible; choose {interval}");
    let units = visible + hidden as usize;
    ensure!(
        setup.rule != BoltzmannRule::Exact || units <= super::MOST_ENUMERATED,
        "the exact gradient sums over 2^{units} states of {visible} visible and {hidden} hidden units; at most {} units can be enumerated, so choose contrastive divergence or fewer units",
        super::MOST_ENUMERATED
    );
    Ok(())
}

impl BoltzmannLearner {
    /// # Errors
    /// [`LabError::Setup`] where a setting is out of its limits, or where the machine would have to be enumerated and cannot be.
    pub fn new(setup: &BoltzmannTrain, examples: &BinaryExamples) -> Result<Self, LabError> {
        let (visible, hidden) = (examples.visible(), setup.hidden as usize);
        check(setup, visible)?;
        let model: Box<dyn BoltzmannModel> = match setup.kind {
            BoltzmannKind::General => Box::new(GeneralMachine::new(visible, hidden, setup.seed)?),
            BoltzmannKind::Restricted => {
                let mut machine = RestrictedMachine::new(visible, hidden, setup.seed);
                machine.set_visible_biases(&examples.log_odds());
                Box::new(machine)
            }
        };
        Ok(Self::of(model, setup))
    }

    fn of(model: Box<dyn BoltzmannModel>, setup: &BoltzmannTrain) -> Self {
        let seed = setup.seed.wrapping_add(0x5eed);
        let negative = match setup.rule {
            BoltzmannRule::Exact => Negative::Exact,
            BoltzmannRule::Contrastive => Negative::Contrastive,
            BoltzmannRule::Persistent => Negative::Persistent(Chains::new(model.as_ref(), PERSISTENT, seed)),
            BoltzmannRule::Tempered => Negative::Tempered(TemperedChains::new(model.as_ref(), TEMPERED_GROUPS, seed)),
        };
        let velocity = vec![0.0; model.params().len()];
        Self { model, setup: setup.clone(), negative, dice: Dice::new(seed ^ 0x0da7_a000), velocity, step: 0 }
    }

    pub fn step(&self) -> u32 {
        self.step
    }

    pub(super) fn setup(&self) -> &BoltzmannTrain {
        &self.setup
    }

    pub(super) fn state(&self) -> LearnerState {
        let (chains, thrown, swaps) = match &self.negative {
            Negative::Exact | Negative::Contrastive => (Vec::new(), 0, [0; 2]),
            Negative::Persistent(chains) => (chains.states.clone(), chains.dice.thrown(), [0; 2]),
            Negative::Tempered(chains) => {
                (chains.states().cloned().collect(), chains.dice().thrown(), [chains.swaps_tried, chains.swaps_made])
            }
        };
        let (params, velocity) = (self.model.params().to_vec(), self.velocity.clone());
        LearnerState { step: self.step, params, velocity, chains, thrown: [self.dice.thrown(), thrown], swaps }
    }

    /// Goes on after another learner of the same machine. Chains that are not as many begin anew.
    pub(super) fn go_on_after(&mut self, state: &LearnerState) {
        self.step = state.step;
        self.model.params_mut().copy_from_slice(&state.params);
        self.velocity.copy_from_slice(&state.velocity);
        let [own, of_chains] = state.thrown;
        self.dice.go_on_after(own);
        match &mut self.negative {
            Negative::Persistent(chains) if chains.states.len() == state.chains.len() => {
                chains.states.clone_from(&state.chains);
                chains.dice.go_on_after(of_chains);
            }
            Negative::Tempered(chains) if chains.states().count() == state.chains.len() => {
                chains.states_mut().zip(&state.chains).for_each(|(own, state)| own.clone_from(state));
                chains.dice_mut().go_on_after(of_chains);
                [chains.swaps_tried, chains.swaps_made] = state.swaps;
            }
            _ => {}
        }
    }

    /// No parameter has grown out of bounds.
    pub fn is_finite(&self) -> bool {
        self.model.params().iter().all(|param| param.is_finite())
    }

    /// Of replicas, the share of exchanges that were made.
    pub fn swapped(&self) -> Option<f64> {
        match &self.negative {
            Negative::Tempered(chains) if chains.swaps_tried > 0 => {
                Some(chains.swaps_made as f64 / chains.swaps_tried as f64)
            }
            _ => None,
        }
    }

    /// One step up the gradient.
    pub fn advance(&mut self, examples: &BinaryExamples) {
        let batch = examples.drawn(self.setup.batch as usize, &mut self.dice);
        let mut gradient = clamped(self.model.as_ref(), &batch);
        let negative = self.negative_phase(&batch);
        gradient.iter_mut().zip(negative).for_each(|(up, down)| *up -= down);
        let weights = self.model.weights();
        let BoltzmannTrain { momentum, decay, steps, .. } = self.setup;
        // What chance has added to a gradient is forgotten only by ever smaller steps (Robbins & Monro 1951).
        let left = match self.negative {
            Negative::Exact => 1.0,
            _ => 1.0 - f64::from(self.step) / f64::from(steps.max(1)),
        };
        let rate = self.setup.rate * left;
        for (at, (param, velocity)) in self.model.params_mut().iter_mut().zip(&mut self.velocity).enumerate() {
            let pull = if at < weights { decay * *param } else { 0.0 };
            *velocity = momentum * *velocity + rate * (gradient[at] - pull);
            *param += *velocity;
        }
        self.step += 1;
    }

    fn negative_phase(&mut self, batch: &[&Vec<u8>]) -> Vec<f64> {
        let (model, k) = (self.model.as_ref(), self.setup.k);
        let mut sums = vec![0.0; model.params().len()];
        match &mut self.negative {
            Negative::Exact => return model.expected().unwrap_or(sums),
            Negative::Contrastive => {
                for row in batch {
                    let mut state = Units { visible: row.to_vec(), hidden: vec![0; model.hidden()] };
                    (0..k).for_each(|_| model.sweep(&mut state, 1.0, &[], &mut self.dice));
                    model.add_free(&state, &mut sums, 1.0 / batch.len() as f64);
                }
            }
            Negative::Persistent(chains) => {
                chains.sweep(model, k, 1.0, &[]);
                let share = 1.0 / chains.states.len() as f64;
                chains.states.iter().for_each(|state| model.add_free(state, &mut sums, share));
            }
            Negative::Tempered(chains) => {
                (0..k).for_each(|_| chains.sweep(model));
                let share = 1.0 / chains.count() as f64;
                chains.cold().for_each(|state| model.add_free(state, &mut sums, share));
            }
        }
        sums
    }
}

fn clamped(model: &dyn BoltzmannModel, rows: &[&Vec<u8>]) -> Vec<f64> {
    let mut sums = vec![0.0; model.params().len()];
    rows.iter().for_each(|row| model.add_clamped(row, &mut sums, 1.0 / rows.len() as f64));
    sums
}

/// Exactly, up the log-likelihood; none where the states cannot be enumerated.
pub fn exact_gradient(model: &dyn BoltzmannModel, rows: &[Vec<u8>]) -> Option<Vec<f64>> {
    let rows: Vec<&Vec<u8>> = rows.iter().collect();
    let expected = model.expected()?;
    Some(clamped(model, &rows).into_iter().zip(expected).map(|(up, down)| up - down).collect())
}

/// The mean `ln p(v)` of a machine with this `ln Z`.
pub fn mean_log_likelihood(model: &dyn BoltzmannModel, rows: &[Vec<u8>], log_z: f64) -> f64 {
    rows.iter().map(|row| model.minus_free_energy(row)).sum::<f64>() / rows.len().max(1) as f64 - log_z
}

/// The angle in degrees of what CD-k goes along in the mean to the exact gradient, for each of the rising `ks`: the chain's distribution is
/// followed exactly over all visible states.
pub fn contrastive_angles(machine: &RestrictedMachine, rows: &[Vec<u8>], ks: &[u32]) -> Option<Vec<f64>> {
    let exact = exact_gradient(machine, rows)?;
    let (visible, hidden) = (machine.visible(), machine.hidden());
    let of_code = |code: usize, units: usize| (0..units).map(|at| (code >> at & 1) as u8).collect::<Vec<u8>>();
    let product = |means: &[f64]| {
        let mut chances = vec![1.0];
        for mean in means {
            let on: Vec<f64> = chances.iter().map(|chance| chance * mean).collect();
            chances.iter_mut().for_each(|chance| *chance *= 1.0 - mean);
            chances.extend(on);
        }
        chances
    };
    let turned = machine.transposed();
    let given = |by: &RestrictedMachine, code: usize, units: usize| {
        product(&by.hidden_fields(&of_code(code, units)).into_iter().map(sigmoid).collect::<Vec<_>>())
    };
    let down: Vec<Vec<f64>> = (0..1 << visible).map(|code| given(machine, code, visible)).collect();
    let up: Vec<Vec<f64>> = (0..1 << hidden).map(|code| given(&turned, code, hidden)).collect();
    let moved = |from: &[f64], by: &[Vec<f64>], to: usize| {
        let mut sums = vec![0.0; 1 << to];
        for (share, chances) in from.iter().zip(by).filter(|(share, _)| **share > 0.0) {
            sums.iter_mut().zip(chances).for_each(|(sum, chance)| *sum += share * chance);
        }
        sums
    };
    let mut now = vec![0.0; 1 << visible];
    for row in rows {
        let code: usize = row.iter().enumerate().map(|(at, on)| usize::from(*on) << at).sum();
        now[code] += 1.0 / rows.len() as f64;
    }
    let positive = clamped(machine, &rows.iter().collect::<Vec<_>>());
    let (mut done, mut angles) = (0, Vec::new());
    for &k in ks {
        for _ in done..k {
            now = moved(&moved(&now, &down, hidden), &up, visible);
        }
        done = done.max(k);
        let mut gradient = positive.clone();
        for (code, share) in now.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            machine.add_clamped(&of_code(code, visible), &mut gradient, -share);
        }
        angles.push(angle(&gradient, &exact));
    }
    Some(angles)
}
