//! A captioning network under training: one plan per step.

use super::graphs::{self, COUNTER, FIGURES, HEARD, MASK, Named, PICTURES, SAID};
use super::lessons::{Example, Lesson, pictures_from};
use super::vocabulary::Vocabulary;
use crate::graph::Host;
use crate::lab::LabError;
use crate::lab::device::{CompiledProgram, Device, DeviceState};
use crate::lab::train::{check_optimiser, figures, op_of};
use crate::models::show_and_tell::ShowAndTell;
use crate::nn::init;
use crate::protocol::{Optimiser, Schedule, Setup};
use candle_core::Device as HostDevice;
use std::collections::BTreeMap;

/// So many pictures are captioned at once when a network is measured.
pub(super) const MEASURED: usize = 64;

/// How it is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    pub optimiser: Optimiser,
    pub schedule: Schedule,
    pub batch: u32,
    pub steps: u32,
    /// Of the weights and of the order of the examples.
    pub seed: u32,
    /// Share of what the LSTM reads and says that is zero in training.
    pub dropout: f64,
}

pub struct Trainer {
    net: ShowAndTell,
    vocabulary: Vocabulary,
    times: usize,
    course: Course,
    state: DeviceState,
    train: CompiledProgram,
    /// Made when it is first measured.
    greedy: Option<CompiledProgram>,
    heard: Option<CompiledProgram>,
    weights: Vec<Named>,
    slots: Vec<String>,
    step: u32,
    /// The network that makes the features, by its id.
    eyes: String,
}

impl Trainer {
    /// With first weights.
    ///
    /// # Errors
    /// [`LabError::Setup`] for figures that make no sense, and what a device refuses.
    pub async fn new(
        net: ShowAndTell,
        vocabulary: Vocabulary,
        times: usize,
        course: Course,
        device: &Device,
    ) -> Result<Self, LabError> {
        check(&course)?;
        let (op, clip) = (op_of(course.optimiser.rule), [course.optimiser.clip, course.dropout]);
        let graph = graphs::training(&net, [course.batch as usize, times], op, clip)?;
        let state = device.state(&graph.program)?;
        let train = state.compile(graph.program).await?;
        for (name, shape, start) in &graph.weights {
            let mut value = init::value(*start, shape, u64::from(course.seed), name)?;
            if name == FORGETS {
                value = value.add(&open_forget_gates(net.hidden)?)?;
            }
            state.write(name, &value)?;
        }
        let (weights, slots) = (graph.weights, graph.slots);
        Ok(Self {
            net,
            vocabulary,
            times,
            course,
            state,
            train,
            greedy: None,
            heard: None,
            weights,
            slots,
            step: 0,
            eyes: String::new(),
        })
    }

    pub fn net(&self) -> &ShowAndTell {
        &self.net
    }

    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Words of the longest sentence, its end included.
    pub fn times(&self) -> usize {
        self.times
    }

    /// The network that makes the features, by its id; empty where pictures themselves are looked at.
    pub fn eyes(&self) -> &str {
        &self.eyes
    }

    pub(super) fn see_through(&mut self, network: &str) {
        network.clone_into(&mut self.eyes);
    }

    pub fn course(&self) -> &Course {
        &self.course
    }

    /// Steps done.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Kernel calls of a step.
    pub fn dispatches(&self) -> u32 {
        self.train.dispatches()
    }

    pub fn params(&self) -> u64 {
        self.weights.iter().map(|(_, shape, _)| shape.iter().product::<usize>() as u64).sum()
    }

    /// One step on these examples; with `read`, the loss before it.
    pub(super) async fn advance(&mut self, examples: &[Example], read: bool) -> Result<Option<f32>, LabError> {
        let lesson = Lesson::of(&examples.iter().collect::<Vec<_>>(), self.times)?;
        let setup = Setup {
            optimiser: self.course.optimiser.clone(),
            schedule: self.course.schedule.clone(),
            epochs: 1,
            ..Setup::default()
        };
        let figures = Host::new(&figures(&setup, self.step, self.course.steps).elements(), &HostDevice::Cpu)?;
        let counter = Host::new(&[self.course.seed, self.step], &HostDevice::Cpu)?;
        let value = |name: &str| match name {
            PICTURES => lesson.pictures.clone(),
            HEARD => lesson.heard.clone(),
            SAID => lesson.said.clone(),
            MASK => lesson.mask.clone(),
            FIGURES => figures.clone(),
            COUNTER => counter.clone(),
            _ => counter.clone(),
        };
        self.step += 1;
        if !read {
            self.train.step(value)?;
            return Ok(None);
        }
        let loss = self.train.run(value).await?.remove(0).flatten_all()?.to_vec1::<f32>()?[0];
        if !loss.is_finite() {
            return Err(LabError::NotFiniteRun { step: self.step, what: "the loss".to_owned() });
        }
        Ok(Some(loss))
    }

    /// What is said of up to [`MEASURED`] pictures, the likeliest word each time: without marks.
    pub(super) async fn said(&mut self, examples: &[Example]) -> Result<Vec<Vec<u32>>, LabError> {
        let count = examples.len().min(MEASURED);
        let Some(last) = examples.last() else { return Ok(Vec::new()) };
        let padded: Vec<_> = (0..MEASURED).map(|k| &examples.get(k).unwrap_or(last).picture).collect();
        let pictures = pictures_from(&padded)?;
        let greedy = match self.greedy.take() {
            Some(greedy) => greedy,
            None => self.state.compile(graphs::greedy(&self.net, [MEASURED, self.times])?).await?,
        };
        let found = self.greedy.insert(greedy).run(|_| pictures.clone()).await?;
        let words = found[0].reshape((self.times, MEASURED))?.t()?.to_vec2::<u32>()?;
        Ok(words.into_iter().take(count).map(before_end).collect())
    }

    /// The log-probability of up to [`MEASURED`] examples' words together, and how many words these are, ends included.
    pub(super) async fn log_p(&mut self, examples: &[Example]) -> Result<(f64, usize), LabError> {
        let count = examples.len().min(MEASURED);
        let padded: Vec<&Example> = examples.iter().cycle().take(MEASURED).collect();
        let lesson = Lesson::of(&padded, self.times)?;
        let plan = match self.heard.take() {
            Some(plan) => plan,
            None => self.state.compile(graphs::heard(&self.net, [MEASURED, self.times])?).await?,
        };
        let value = |name: &str| match name {
            PICTURES => lesson.pictures.clone(),
            HEARD => lesson.heard.clone(),
            _ => lesson.said.clone(),
        };
        let found = self.heard.insert(plan).run(value).await?.remove(0).to_vec1::<f32>()?;
        let mask = lesson.mask.to_vec1::<f32>()?;
        let rows = found.into_iter().zip(mask).enumerate().filter(|(row, _)| row % MEASURED < count);
        Ok(rows.fold(
            (0.0, 0),
            |(sum, words), (_, (log_p, mask))| {
                if mask > 0.0 { (sum + f64::from(log_p), words + 1) } else { (sum, words) }
            },
        ))
    }

    /// Weights; with `all` also what is needed to go on.
    pub async fn values(&self, all: bool) -> Result<BTreeMap<String, Host>, LabError> {
        let slots = self.slots.iter().filter(|_| all);
        let names: Vec<&str> = self.weights.iter().map(|(name, ..)| name).chain(slots).map(String::as_str).collect();
        let values = self.state.read(&names).await?;
        Ok(names.into_iter().map(str::to_owned).zip(values).collect())
    }

    /// Goes on after this step with values that [`Self::values`] gave.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where one is missing or has another shape.
    pub fn restore(&mut self, step: u32, value: impl Fn(&str) -> Option<Host>) -> Result<(), LabError> {
        self.take_weights(&value)?;
        self.take(&self.slots, &value)?;
        self.step = step;
        Ok(())
    }

    /// Other weights, as they are after training elsewhere.
    ///
    /// # Errors
    /// As [`Self::restore`].
    pub fn take_weights(&mut self, value: impl Fn(&str) -> Option<Host>) -> Result<(), LabError> {
        let names: Vec<String> = self.weights.iter().map(|(name, ..)| name.clone()).collect();
        self.take(&names, value)
    }

    fn take(&self, names: &[String], value: impl Fn(&str) -> Option<Host>) -> Result<(), LabError> {
        for name in names {
            let differs = || LabError::RunDiffers { what: "network".to_owned() };
            let value = value(name).ok_or_else(differs)?;
            self.state.write(name, &value).map_err(|_| differs())?;
        }
        Ok(())
    }
}

/// Where the forget gates' bias is.
const FORGETS: &str = "lstm.bias_hh_l0";

/// What is added to the biases of all gates: the forget gates begin open, so that the picture is still in mind at the end of the
/// sentence (Gers et al. 2000; Jozefowicz et al. 2015).
fn open_forget_gates(hidden: usize) -> candle_core::Result<Host> {
    let bias = [0.0_f32, FORGET_BIAS, 0.0, 0.0].into_iter().flat_map(|bias| vec![bias; hidden]);
    Host::from_vec(bias.collect::<Vec<f32>>(), 4 * hidden, &HostDevice::Cpu)
}

const FORGET_BIAS: f32 = 1.5;

/// The words before the end.
pub(super) fn before_end(words: Vec<u32>) -> Vec<u32> {
    words.into_iter().take_while(|&word| word != crate::models::show_and_tell::END).collect()
}

fn check(course: &Course) -> Result<(), LabError> {
    check_optimiser(&course.optimiser)?;
    let detail = if course.batch < 2 || course.batch > 1024 {
        format!("a batch of {} pictures; choose 2 to 1024", course.batch)
    } else if !(0.0..=0.9).contains(&course.dropout) {
        format!("a dropout of {}; choose 0 to 0.9", course.dropout)
    } else if course.steps == 0 {
        "0 steps train nothing; choose 1 or more".to_owned()
    } else {
        return Ok(());
    };
    Err(LabError::Setup { detail })
}
