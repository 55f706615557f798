//! A machine in a file, with all that it goes on learning with. Numbers are singles there, so a run that goes on is the same to seven digits.

use super::BoltzmannLearner;
use super::examples::BinaryExamples;
use super::learn::LearnerState;
use super::model::Units;
use crate::graph::{Host, Init, ShapeError};
use crate::lab::LabError;
use crate::lab::run::{RunCard, RunFile, run_bytes};
use crate::lab::trainer::NamedVariable;
use crate::nn::checkpoint::FileBytes;
use crate::protocol::{BoltzmannKind, BoltzmannTrain, RunPlan};
use candle_core::Device as HostDevice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// More pixels than this were never learnt here.
const MOST_PIXELS: usize = 1024;

/// What the file of a machine says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct BoltzmannCard {
    height: usize,
    width: usize,
    /// The set that it learns.
    data: String,
    setup: BoltzmannTrain,
    thrown: [u32; 2],
    swaps: [u64; 2],
}

const WEIGHT: &str = "weight";
const BIASES: [&str; 2] = ["visible_bias", "hidden_bias"];
const VELOCITY: &str = "velocity";
/// Of chains, units of both kinds.
const CHAINS: [&str; 2] = ["chain.visible", "chain.hidden"];

impl BoltzmannCard {
    /// Visible and hidden units.
    fn units(&self) -> [usize; 2] {
        [self.height * self.width, self.setup.hidden as usize]
    }
}

impl RunCard for BoltzmannCard {
    const KEY: &'static str = "neocog.boltzmann";
    const KIND: &'static str = "boltzmann-machine";
    const WHAT: &'static str = "Boltzmann machine";
    const NETWORK: &'static str = "a Boltzmann machine";

    fn refusal(&self) -> Option<&'static str> {
        let is_sound = [self.height, self.width].iter().all(|side| (1..=MOST_PIXELS).contains(side))
            && self.height * self.width <= MOST_PIXELS
            && BoltzmannTrain::HIDDEN.holds(self.setup.hidden);
        (!is_sound).then_some("it does not say how many units it has")
    }

    /// `W`, `[visible, hidden]`, or `[units, units]` of a general machine, and biases.
    fn weights(&self) -> Result<Vec<NamedVariable>, ShapeError> {
        let [visible, hidden] = self.units();
        let shape = match self.setup.kind {
            BoltzmannKind::Restricted => vec![visible, hidden],
            BoltzmannKind::General => vec![visible + hidden; 2],
        };
        let named = |name: &str, shape| (name.to_owned(), shape, Init::Const(0.0));
        Ok(vec![named(WEIGHT, shape), named(BIASES[0], vec![visible]), named(BIASES[1], vec![hidden])])
    }
}

/// A machine that learnt for some steps, and how.
pub struct BoltzmannRun {
    card: BoltzmannCard,
    pub setup: BoltzmannTrain,
    state: LearnerState,
}

fn flat(file: &RunFile<BoltzmannCard>, name: &str) -> Option<Vec<f64>> {
    let values = file.value(name)?.flatten_all().ok()?.to_vec1::<f32>().ok()?;
    Some(values.into_iter().map(f64::from).collect())
}

impl BoltzmannRun {
    pub fn of(learner: &BoltzmannLearner, examples: &BinaryExamples) -> Self {
        let (state, setup) = (learner.state(), BoltzmannTrain { resume: false, ..learner.setup().clone() });
        let BinaryExamples { name, height, width, .. } = examples;
        let (data, height, width) = (name.clone(), *height, *width);
        let LearnerState { thrown, swaps, .. } = state;
        Self { card: BoltzmannCard { height, width, data, setup: setup.clone(), thrown, swaps }, setup, state }
    }

    /// # Errors
    /// Those of [`RunFile::parse`].
    pub fn parse(name: &str, bytes: impl Into<FileBytes>) -> Result<Self, LabError> {
        let file = RunFile::<BoltzmannCard>::parse(name, bytes)?;
        let card = file.card.clone();
        let [visible, hidden] = card.units();
        let params: Vec<f64> =
            [WEIGHT, BIASES[0], BIASES[1]].iter().filter_map(|name| flat(&file, name)).flatten().collect();
        // Files may come without what is not the machine itself.
        let velocity = flat(&file, VELOCITY).filter(|velocity| velocity.len() == params.len());
        let velocity = velocity.unwrap_or_else(|| vec![0.0; params.len()]);
        let of_chains = CHAINS.map(|name| flat(&file, name).unwrap_or_default());
        let bits = |row: &[f64]| row.iter().map(|value| u8::from(*value >= 0.5)).collect::<Vec<u8>>();
        let rows = of_chains[0].chunks_exact(visible).zip(of_chains[1].chunks_exact(hidden));
        let chains = rows.map(|(visible, hidden)| Units { visible: bits(visible), hidden: bits(hidden) }).collect();
        let BoltzmannCard { thrown, swaps, .. } = card;
        let state = LearnerState { step: file.step, params, velocity, chains, thrown, swaps };
        let setup = BoltzmannTrain {
            seed: file.seed,
            batch: file.batch,
            steps: file.steps,
            resume: false,
            ..card.setup.clone()
        };
        Ok(Self { card, setup, state })
    }

    pub fn step(&self) -> u32 {
        self.state.step
    }

    /// As the bytes of a file.
    ///
    /// # Errors
    /// [`LabError::Checkpoint`]
    pub fn bytes(&self) -> Result<Vec<u8>, LabError> {
        let single = |values: &[f64], shape: &[usize]| {
            Host::from_vec(values.iter().map(|value| *value as f32).collect::<Vec<_>>(), shape, &HostDevice::Cpu)
        };
        let (mut values, mut from) = (BTreeMap::new(), 0);
        for (name, shape, _) in self.card.weights()? {
            let count = shape.iter().product::<usize>();
            values.insert(name, single(&self.state.params[from..from + count], &shape)?);
            from += count;
        }
        values.insert(VELOCITY.to_owned(), single(&self.state.velocity, &[from])?);
        let chains = &self.state.chains;
        if !chains.is_empty() {
            let wide = |of: fn(&Units) -> &Vec<u8>| {
                chains.iter().flat_map(|chain| of(chain).iter().map(|on| f64::from(*on))).collect::<Vec<f64>>()
            };
            let all = [wide(|chain| &chain.visible), wide(|chain| &chain.hidden)];
            for ((name, rows), units) in CHAINS.into_iter().zip(all).zip(self.card.units()) {
                values.insert(name.to_owned(), single(&rows, &[chains.len(), units])?);
            }
        }
        let BoltzmannTrain { steps, batch, rate, seed, .. } = self.setup;
        run_bytes(&self.card, &RunPlan { steps, batch, rate, seed }, self.state.step, &values)
    }

    /// The learner goes on where this one stopped.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where that is another run.
    pub fn taken_up(&self, learner: &mut BoltzmannLearner, examples: &BinaryExamples) -> Result<(), LabError> {
        let (own, other) = (learner.setup(), &self.setup);
        let differs = |what: &str| Err(LabError::RunDiffers { what: what.to_owned() });
        let is_as_large = learner.model.params().len() == self.state.params.len();
        match () {
            () if (own.kind, own.hidden, own.rule) != (other.kind, other.hidden, other.rule) => differs("machine"),
            () if self.card.data != examples.name || !is_as_large => differs("data set"),
            () if own.seed != other.seed => differs("seed"),
            () if own.batch != other.batch => differs("batch size"),
            () => {
                learner.go_on_after(&self.state);
                Ok(())
            }
        }
    }
}
