//! Captioning as a task: pictures with sentences, and the programs that measure what is said.

use super::batch::{CaptionBatch, Example, pictures_from};
use super::graphs::{self, INPUTS, MASK, PICTURES, TARGETS};
use super::vocabulary::Vocabulary;
use crate::graph::{Host, Program, Tensor};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::trainer::{NamedVariable, Task, TrainConfig, Trainer, check_optimiser};
use crate::models::show_and_tell::ShowAndTell;
use crate::nn::{VarBuilder, init};
use crate::protocol::{Optimiser, Schedule};
use candle_core::Device as HostDevice;

/// So many pictures are captioned at once when a network is measured.
pub(super) const MEASURED: usize = 64;

/// How a captioning network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptionConfig {
    pub optimiser: Optimiser,
    pub schedule: Schedule,
    pub batch: u32,
    pub steps: u32,
    /// Of the weights and of the order of the examples.
    pub seed: u32,
    /// Share of what the LSTM reads and says that is zero in training.
    pub dropout: f64,
}

pub trait ExampleSource {
    /// The `batch` examples of the step with this number, from 0.
    fn examples(&mut self, step: u32, batch: usize, vocabulary: &Vocabulary) -> Vec<Example>;
}

/// A network that learns sentences.
pub struct Captioning<S> {
    pub(super) net: ShowAndTell,
    pub(super) vocabulary: Vocabulary,
    /// Words of the longest sentence, its end included.
    pub(super) times: usize,
    /// The network that makes the features, by its id; empty where pictures themselves are looked at.
    pub(super) backbone: String,
    pub(super) batch: usize,
    pub(super) dropout: f64,
    pub(super) source: S,
}

/// A program beside the step, for [`MEASURED`] pictures.
#[derive(Clone, Copy, PartialEq)]
pub enum CaptionProgram {
    /// The likeliest word each time.
    Greedy,
    /// What is thought of sentences as they are given.
    LogP,
}

impl<S: ExampleSource> Task for Captioning<S> {
    type Extra = CaptionProgram;

    fn forward(&self, vb: &VarBuilder, _: &Tensor) -> Result<Vec<Tensor>, LabError> {
        Ok(vec![graphs::loss(&self.net, vb, [self.batch, self.times], self.dropout)?])
    }

    fn inputs(&mut self, step: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        let examples = self.source.examples(step, self.batch, &self.vocabulary);
        let CaptionBatch { pictures, inputs, targets, mask } =
            CaptionBatch::of(&examples.iter().collect::<Vec<_>>(), self.times)?;
        Ok(vec![(PICTURES, pictures), (INPUTS, inputs), (TARGETS, targets), (MASK, mask)])
    }

    /// The forget gates begin open, so that the picture is still in compiled at the end of the sentence (Gers et al. 2000;
    /// Jozefowicz et al. 2015).
    fn first_value(&self, (name, shape, start): &NamedVariable, seed: u32) -> Result<Host, LabError> {
        let value = init::value(*start, shape, u64::from(seed), name)?;
        if name != FORGETS {
            return Ok(value);
        }
        let hidden = self.net.hidden;
        let bias = [0.0_f32, FORGET_BIAS, 0.0, 0.0].into_iter().flat_map(|bias| vec![bias; hidden]);
        let bias = Host::from_vec(bias.collect::<Vec<f32>>(), 4 * hidden, &HostDevice::Cpu)?;
        Ok(value.add(&bias)?)
    }

    fn program(&self, extra: &CaptionProgram) -> Result<Program, LabError> {
        let size = [MEASURED, self.times];
        Ok(match extra {
            CaptionProgram::Greedy => graphs::greedy(&self.net, size)?,
            CaptionProgram::LogP => graphs::log_p(&self.net, size)?,
        })
    }
}

/// Where the forget gates' bias is, and what is added to it.
const FORGETS: &str = "lstm.bias_hh_l0";
const FORGET_BIAS: f32 = 1.5;

impl<S: ExampleSource> Trainer<Captioning<S>> {
    pub(super) async fn captioning(
        of: (ShowAndTell, Vocabulary, usize),
        source: S,
        config: CaptionConfig,
        epochs: u32,
        device: &Device,
    ) -> Result<Self, LabError> {
        check(&config)?;
        let (net, vocabulary, times) = of;
        let CaptionConfig { optimiser, schedule, batch, steps, seed, dropout } = config;
        let (batch, backbone) = (batch as usize, String::new());
        let task = Captioning { net, vocabulary, times, backbone, batch, dropout, source };
        let config = TrainConfig { optimiser, schedule, seed, steps_per_epoch: steps / epochs.max(1), epochs };
        Self::of(task, config, device).await
    }

    pub fn vocabulary(&self) -> &Vocabulary {
        &self.task.vocabulary
    }

    /// Words of the longest sentence, its end included.
    pub fn times(&self) -> usize {
        self.task.times
    }

    /// The mean loss of a word at each step since this was last asked.
    ///
    /// # Errors
    /// [`LabError::NotFiniteRun`] where a loss is no number.
    pub async fn word_losses(&mut self) -> Result<Vec<(u32, f32)>, LabError> {
        Ok(self.losses().await?.into_iter().map(|(step, numbers)| (step, numbers[0])).collect())
    }

    /// What is said of up to [`MEASURED`] pictures, the likeliest word each time: without marks.
    pub(super) async fn said(&mut self, examples: &[Example]) -> Result<Vec<Vec<u32>>, LabError> {
        let (count, times) = (examples.len().min(MEASURED), self.times());
        let Some(last) = examples.last() else { return Ok(Vec::new()) };
        let padded: Vec<_> = (0..MEASURED).map(|k| &examples.get(k).unwrap_or(last).picture).collect();
        let pictures = pictures_from(&padded)?;
        let found = self.extra(CaptionProgram::Greedy).await?.run(|_| pictures.clone()).await?;
        let words = found[0].reshape((times, MEASURED))?.t()?.to_vec2::<u32>()?;
        Ok(words.into_iter().take(count).map(before_end).collect())
    }

    /// The log-probability of up to [`MEASURED`] examples' words together, and how many words these are, ends included.
    pub(super) async fn log_p(&mut self, examples: &[Example]) -> Result<(f64, usize), LabError> {
        let count = examples.len().min(MEASURED);
        let padded: Vec<&Example> = examples.iter().cycle().take(MEASURED).collect();
        let batch = CaptionBatch::of(&padded, self.times())?;
        let value = |name: &str| match name {
            PICTURES => batch.pictures.clone(),
            INPUTS => batch.inputs.clone(),
            _ => batch.targets.clone(),
        };
        let found = self.extra(CaptionProgram::LogP).await?.run(value).await?.remove(0).to_vec1::<f32>()?;
        let mask = batch.mask.to_vec1::<f32>()?;
        let counted = found.into_iter().zip(mask).enumerate();
        let counted = counted.filter(|&(row, (_, mask))| row % MEASURED < count && mask > 0.0);
        Ok(counted.fold((0.0, 0), |(sum, words), (_, (log_p, _))| (sum + f64::from(log_p), words + 1)))
    }
}

fn before_end(words: Vec<u32>) -> Vec<u32> {
    words.into_iter().take_while(|&word| word != crate::models::show_and_tell::END).collect()
}

fn check(config: &CaptionConfig) -> Result<(), LabError> {
    let CaptionConfig { batch, dropout, steps, .. } = *config;
    check_optimiser(&config.optimiser)?;
    ensure!((2..=1024).contains(&batch), "a batch of {batch} pictures; choose 2 to 1024");
    ensure!((0.0..=0.9).contains(&dropout), "a dropout of {dropout}; choose 0 to 0.9");
    ensure!(steps > 0, "0 steps train nothing; choose 1 or more");
    Ok(())
}
