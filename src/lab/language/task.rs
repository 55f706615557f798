//! Learning what comes next: the graph of a step, what each step reads, and what files say of a run.
//!
//! A step reads windows of a fixed length from places by chance, each from states of nothing: what a step reads follows from the seed and
//! its number alone, and gradients go back through the whole window and no further.

use super::corpus::{Corpus, JudgedPart};
use super::model::{LanguageNet, TARGETS, UNITS};
use super::reader::{WindowValues, judged_nats};
use crate::graph::{Graph, Host, Program, ShapeError, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::lab::run::{RunCard, RunFile, RunTask};
use crate::lab::trainer::{NamedVariable, Task, Trainer};
use crate::nn::VarBuilder;
use crate::nn::loss::cross_entropy;
use crate::protocol::{Interval, LanguageTrain, TextUnit};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// A language model that learns a text.
pub struct LanguageTask {
    pub(super) net: LanguageNet,
    pub(super) corpus: Rc<Corpus>,
    pub(super) batch: usize,
    pub(super) seed: u32,
}

pub type LanguageTrainer = Trainer<LanguageTask>;

/// A program beside the step: it reads the judged part with targets.
#[derive(Clone, Copy, PartialEq)]
pub struct JudgingProgram;

impl LanguageTask {
    fn judged(&self) -> JudgedPart {
        self.corpus.judged(self.net.window)
    }
}

impl Task for LanguageTask {
    type Extra = JudgingProgram;

    fn forward(&self, vb: &VarBuilder, _: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let graph: &Graph = vb.graph();
        let rows = Spec::u32([self.net.window * self.batch]);
        let [units, targets] = [UNITS, TARGETS].map(|name| graph.input(name, rows.clone()));
        let states = self.net.nothing(graph, self.batch)?;
        let read = self.net.network(vb)?.read(&units, self.batch, &states)?;
        Ok(vec![cross_entropy(&read.logits, &targets, 0.0)?])
    }

    fn inputs(&mut self, step: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        let window = self.net.window;
        let mut dice = Dice::new(self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(step));
        let places = self.corpus.trained() - window;
        let texts: Vec<Vec<u32>> =
            (0..self.batch).map(|_| self.corpus.window(dice.below(places), window + 1)).collect();
        let values = WindowValues::of(&texts, Vec::new())?;
        Ok(vec![(UNITS, values.value(UNITS)), (TARGETS, values.value(TARGETS))])
    }

    fn program(&self, _: &JudgingProgram) -> Result<Program, LabError> {
        self.net.reads([self.net.window, self.judged().rows], true)
    }
}

/// What a file says of its network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LanguageCard {
    pub net: LanguageNet,
    pub units: TextUnit,
    /// Names of units by their numbers.
    pub vocabulary: Vec<String>,
}

pub type LanguageFile = RunFile<LanguageCard>;

impl RunCard for LanguageCard {
    const KEY: &'static str = "neocog.language";
    const KIND: &'static str = "language-model";
    const WHAT: &'static str = "language model";
    const NETWORK: &'static str = "a language model";

    fn refusal(&self) -> Option<&'static str> {
        let LanguageNet { words, hidden, blocks, window, .. } = self.net;
        let holds = |known: Interval, size: usize| u32::try_from(size).is_ok_and(|size| known.holds(size));
        match () {
            () if self.vocabulary.len() != words || words == 0 => Some("it does not name what it writes"),
            () if !(holds(LanguageTrain::HIDDEN, hidden)
                && holds(LanguageTrain::BLOCKS, blocks)
                && holds(LanguageTrain::WINDOW, window)) =>
            {
                Some("it has sizes that are not possible here")
            }
            () => None,
        }
    }

    fn weights(&self) -> Result<Vec<NamedVariable>, ShapeError> {
        self.net.weights()
    }
}

impl RunTask for LanguageTask {
    type Card = LanguageCard;

    const EXAMPLES: &'static str = "windows";
    const BATCH: Interval = LanguageTrain::BATCH;
    const WEIGHT_DECAY: f64 = 0.01;
    const WARMUP: u32 = 50;
    const MEASUREMENTS: u32 = 40;

    fn batch(&self) -> u32 {
        self.batch as u32
    }

    fn card(&self) -> LanguageCard {
        let vocabulary = self.corpus.vocabulary.names().to_vec();
        LanguageCard { net: self.net, units: self.corpus.units(), vocabulary }
    }

    fn take_up(&mut self, card: &LanguageCard) -> Result<(), LabError> {
        let differs = |what: &str| Err(LabError::RunDiffers { what: what.to_owned() });
        match () {
            () if card.net != self.net => differs("network"),
            () if card.vocabulary != self.corpus.vocabulary.names() => differs("text"),
            () => Ok(()),
        }
    }

    async fn learn(trainer: &mut LanguageTrainer) -> Result<(), LabError> {
        trainer.advance()
    }

    /// Perplexity on the judged part.
    async fn measured(trainer: &mut LanguageTrainer) -> Result<Option<Vec<f64>>, LabError> {
        let (net, corpus, part) = (trainer.task.net, trainer.task.corpus.clone(), trainer.task.judged());
        let plan = trainer.extra(JudgingProgram).await?;
        let run = async |values: &WindowValues| plan.run(|name| values.value(name)).await;
        let nats = judged_nats(&net, &corpus, &part, run).await?;
        Ok(Some(vec![(nats.iter().sum::<f64>() / nats.len() as f64).exp()]))
    }
}
