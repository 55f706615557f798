//! A stack learns greedily: each machine what the ones below, which do not change any more, make of the pictures.

use super::net::BeliefNet;
use super::pictures::StackPictures;
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::lab::represent::{BinaryExamples, BoltzmannLearner};
use crate::protocol::{BoltzmannKind, BoltzmannRule, BoltzmannTrain, StackPoint, StackTrain};
use std::rc::Rc;

/// Rows whose units say how often each is on, so that learning need not find that first.
const COUNTED: usize = 300;
/// Rows that a point is measured on.
const MEASURED: usize = 100;

pub struct StackLearner {
    /// Those that have learnt, and the one that learns.
    pub net: BeliefNet,
    setup: StackTrain,
    pictures: Rc<StackPictures>,
    learner: BoltzmannLearner,
    /// What the layer that learns reads, of pictures that are learnt from and of others.
    measured: [Vec<Vec<u8>>; 2],
    dice: Dice,
}

/// As one machine learns.
fn machine_of(setup: &StackTrain, layer: u32) -> BoltzmannTrain {
    let StackTrain { units, steps, k, rate, batch, seed, .. } = *setup;
    BoltzmannTrain {
        kind: BoltzmannKind::Restricted,
        rule: BoltzmannRule::Contrastive,
        hidden: units,
        momentum: 0.5,
        decay: 1e-4,
        seed: seed.wrapping_add(1000 * layer),
        steps,
        k,
        rate,
        batch,
        ..BoltzmannTrain::default()
    }
}

impl StackLearner {
    /// # Errors
    /// [`LabError::Setup`] of a figure out of its limits.
    pub fn new(setup: &StackTrain, pictures: &Rc<StackPictures>) -> Result<Self, LabError> {
        let StackTrain { layers, units, seed, .. } = *setup;
        let known = StackTrain::LAYERS;
        ensure!(known.holds(layers), "a stack of {layers} layers cannot be learnt here; choose {known}");
        let known = StackTrain::UNITS;
        ensure!(known.holds(units), "layers of {units} units cannot be learnt here; choose {known}");
        let learner = BoltzmannLearner::new(&machine_of(setup, 0), &pictures.examples)?;
        let mut made = Self {
            net: BeliefNet::default(),
            setup: setup.clone(),
            pictures: pictures.clone(),
            learner,
            measured: [const { Vec::new() }; 2],
            dice: Dice::new(seed ^ 0x57ac_4000),
        };
        made.begin();
        Ok(made)
    }

    /// The layer that learns, from 0.
    pub fn layer(&self) -> usize {
        self.net.layers.len().saturating_sub(1)
    }

    /// Of all layers together.
    pub fn step(&self) -> u32 {
        self.layer() as u32 * self.setup.steps + self.learner.step()
    }

    /// Of all layers together.
    pub fn steps(&self) -> u32 {
        self.setup.layers * self.setup.steps
    }

    pub fn is_finite(&self) -> bool {
        self.learner.is_finite()
    }

    /// What the layers below the one that learns make of rows, drawn once.
    fn read(&mut self, rows: &[usize], of_training: bool) -> Vec<Vec<u8>> {
        let examples = &self.pictures.examples;
        let from = if of_training || examples.validation.is_empty() { &examples.train } else { &examples.validation };
        let (net, dice, layers) = (&self.net, &mut self.dice, self.net.layers.len().saturating_sub(1));
        rows.iter().filter_map(|at| from.get(*at)).map(|row| net.up(row, layers, dice)).collect()
    }

    fn begin(&mut self) {
        self.net.layers.extend(self.learner.model.as_restricted().cloned());
        let rows: Vec<usize> = (0..MEASURED).collect();
        self.measured = [true, false].map(|of_training| self.read(&rows, of_training));
    }

    /// One step; a layer that has had all of its own is followed by the next.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a figure out of its limits.
    pub fn advance(&mut self) -> Result<(), LabError> {
        if self.learner.step() >= self.setup.steps && self.net.layers.len() < self.setup.layers as usize {
            let next = self.net.layers.len();
            let rows: Vec<usize> = (0..COUNTED).collect();
            let examples = &self.pictures.examples;
            let chosen = rows.iter().filter_map(|at| examples.train.get(*at));
            let read = chosen.map(|row| self.net.up(row, next, &mut self.dice)).collect();
            self.learner = BoltzmannLearner::new(&machine_of(&self.setup, next as u32), &BinaryExamples::rows(read))?;
            self.begin();
        }
        match self.layer() {
            0 => self.learner.advance(&self.pictures.examples),
            _ => {
                let count = self.pictures.examples.train.len();
                let rows: Vec<usize> = (0..self.setup.batch).map(|_| self.dice.below(count)).collect();
                let read = self.read(&rows, true);
                self.learner.advance(&BinaryExamples::rows(read));
            }
        }
        if let (Some(top), Some(machine)) = (self.net.layers.last_mut(), self.learner.model.as_restricted()) {
            top.clone_from(machine);
        }
        Ok(())
    }

    /// Where the layer has had all of its steps.
    pub fn point_at_end(&self) -> Option<StackPoint> {
        (self.learner.step() == self.setup.steps).then(|| self.point())
    }

    pub fn point(&self) -> StackPoint {
        let layer = self.layer();
        let reconstruction = [0, 1].map(|part: usize| self.net.reconstruction(layer, &self.measured[part]));
        StackPoint { layer: layer as u32, step: self.learner.step(), reconstruction }
    }
}
