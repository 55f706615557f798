//! Tasks that want memory and nothing else: adding two marked numbers of a long row (Hochreiter & Schmidhuber 1997), and saying symbols
//! again after a long pause.

use crate::graph::{Host, Program, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::dice::Dice;
use crate::lab::trainer::{NamedVariable, Task, TrainConfig, Trainer};
use crate::nn::loss::{cross_entropy, mse};
use crate::nn::{LstmState, VarBuilder, gru, init, linear, lstm, rnn};
use crate::protocol::{LanguageModel, Optimiser, Rule, Schedule, ScheduleKind};
use candle_core::Device as HostDevice;

/// Rows of a step.
const BATCH: usize = 32;
/// Kinds of symbols that are copied, and how many.
const KINDS: usize = 8;
const SYMBOLS: usize = 3;
/// The bias of forget gates at the beginning.
const OPEN: f32 = 3.0;
/// Steps whose losses are averaged for what is told.
const TOLD: u32 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecallTask {
    /// Numbers in [0, 1), two of them marked, one in each half: their sum at the end. To say 1 always has a mean squared error of 1/6.
    Adding,
    /// Three symbols of eight kinds, a pause, and then the same: to guess costs ln 8 = 2.079 nats a symbol.
    Copying,
}

/// A model that learns one of them.
#[derive(Clone, Copy, Debug)]
pub struct Recall {
    pub task: RecallTask,
    pub model: LanguageModel,
    /// Numbers in the row, or length of the pause.
    pub length: usize,
    pub hidden: usize,
    pub steps: u32,
    pub rate: f64,
    pub seed: u32,
}

impl Recall {
    fn times(&self) -> usize {
        match self.task {
            RecallTask::Adding => self.length,
            RecallTask::Copying => self.length + 2 * SYMBOLS,
        }
    }

    /// Numbers of each time: value and mark, or one of the symbols, nothing, or “now say them”.
    fn inputs_of_time(&self) -> usize {
        match self.task {
            RecallTask::Adding => 2,
            RecallTask::Copying => KINDS + 2,
        }
    }

    /// What is said without memory.
    pub fn chance(&self) -> f64 {
        match self.task {
            RecallTask::Adding => 1.0 / 6.0,
            RecallTask::Copying => (KINDS as f64).ln(),
        }
    }

    /// Losses of a run, each the mean of a hundred steps on rows that were never seen before.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a model that is not recurrent, and what a device refuses.
    pub async fn learnt(self, tell: &mut dyn FnMut(u32, f64)) -> Result<Vec<f64>, LabError> {
        ensure!(
            self.model != LanguageModel::Transformer,
            "a transformer sees the whole row at once; choose a recurrent model"
        );
        ensure!(self.length >= 4, "a row of {} is too short to ask for memory; choose 4 or more", self.length);
        let optimiser = Optimiser { rule: Rule::Adam, rate: self.rate, clip: 1.0, ..Optimiser::default() };
        let schedule = Schedule { kind: ScheduleKind::Constant, warmup_steps: 0 };
        let config = TrainConfig { optimiser, schedule, seed: self.seed, steps_per_epoch: self.steps, epochs: 1 };
        let mut trainer = Trainer::of(self, config, &Device::Cpu).await?;
        let mut means = Vec::new();
        while trainer.step() < self.steps {
            trainer.advance()?;
            if trainer.step().is_multiple_of(TOLD) {
                let losses = trainer.losses().await?;
                let mean = losses.iter().map(|(_, numbers)| f64::from(numbers[0])).sum::<f64>() / losses.len() as f64;
                tell(trainer.step(), mean);
                means.push(mean);
            }
        }
        Ok(means)
    }
}

impl Task for Recall {
    type Extra = ();

    fn forward(&self, vb: &VarBuilder, _: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let graph = vb.graph();
        let (times, width, hidden) = (self.times(), self.inputs_of_time(), self.hidden);
        let x = graph.input("x", Spec::f32([times * BATCH, width]));
        let nothing = graph.full(0.0, Spec::f32([BATCH, hidden]))?;
        let states: Vec<Tensor> = match self.model {
            LanguageModel::Rnn => rnn(width, hidden, vb.pp("rnn"))?.seq(&x, &nothing)?,
            LanguageModel::Gru => {
                gru(width, hidden, vb.pp("gru"))?.seq(&x, &nothing)?.into_iter().map(|step| step.hidden).collect()
            }
            LanguageModel::Lstm | LanguageModel::Transformer => {
                let state = LstmState { h: nothing.clone(), c: nothing };
                lstm(width, hidden, vb.pp("lstm"))?.seq(&x, &state)?.into_iter().map(|step| step.state.h).collect()
            }
        };
        let said = match self.task {
            RecallTask::Adding => &states[times - 1..],
            RecallTask::Copying => &states[times - SYMBOLS..],
        };
        let said = Tensor::cat(&said.iter().collect::<Vec<_>>(), 0)?;
        Ok(vec![match self.task {
            RecallTask::Adding => {
                let targets = graph.input("targets", Spec::f32([BATCH, 1]));
                mse(&linear(hidden, 1, vb.pp("out"))?.forward(&said)?, &targets)?
            }
            RecallTask::Copying => {
                let targets = graph.input("targets", Spec::u32([SYMBOLS * BATCH]));
                cross_entropy(&linear(hidden, KINDS, vb.pp("out"))?.forward(&said)?, &targets, 0.0)?
            }
        }])
    }

    fn inputs(&mut self, step: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        let (times, width) = (self.times(), self.inputs_of_time());
        let mut dice = Dice::new(self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(step));
        let mut x = vec![0.0_f32; times * BATCH * width];
        let mut at =
            |time: usize, row: usize, number: usize, value: f32| x[(time * BATCH + row) * width + number] = value;
        let targets = match self.task {
            RecallTask::Adding => {
                let mut sums = vec![0.0_f32; BATCH];
                for (row, sum) in sums.iter_mut().enumerate() {
                    let half = times / 2;
                    let marked = [dice.below(half), half + dice.below(times - half)];
                    for time in 0..times {
                        let value = dice.unit();
                        at(time, row, 0, value);
                        if marked.contains(&time) {
                            at(time, row, 1, 1.0);
                            *sum += value;
                        }
                    }
                }
                Host::from_vec(sums, (BATCH, 1), &HostDevice::Cpu)?
            }
            RecallTask::Copying => {
                let mut all = vec![0_u32; SYMBOLS * BATCH];
                for row in 0..BATCH {
                    for time in 0..times {
                        if time < SYMBOLS {
                            let kind = dice.below(KINDS);
                            at(time, row, kind, 1.0);
                            all[time * BATCH + row] = kind as u32;
                        } else {
                            at(time, row, if time < times - SYMBOLS { KINDS } else { KINDS + 1 }, 1.0);
                        }
                    }
                }
                Host::new(all, &HostDevice::Cpu)?
            }
        };
        let x = Host::from_vec(x, (times * BATCH, width), &HostDevice::Cpu)?;
        Ok(vec![("x", x), ("targets", targets)])
    }

    /// As layers do, but for the forget gates of an LSTM, which start open (Gers et al. 2000; Jozefowicz et al. 2015).
    fn first_value(&self, (name, shape, start): &NamedVariable, seed: u32) -> Result<Host, LabError> {
        let value = init::value(*start, shape, u64::from(seed), name)?;
        if name != "lstm.bias_ih_l0" {
            return Ok(value);
        }
        let mut biases = value.to_vec1::<f32>()?;
        biases[self.hidden..2 * self.hidden].fill(OPEN);
        Ok(Host::new(biases, &HostDevice::Cpu)?)
    }

    fn program(&self, (): &()) -> Result<Program, LabError> {
        Err(bad_setup!("nothing else is asked of this task"))
    }
}
