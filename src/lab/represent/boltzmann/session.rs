//! What stays from job to job: the machine that was made last, and its chains.

use super::chains::Chains;
use super::examples::BinaryExamples;
use super::file::BoltzmannRun;
use super::model::{BoltzmannModel, FREE, held_at};
use super::partition::{AnnealedRuns, MOST_SIDE};
use super::report::{boltzmann_point, enumerated, exact_log_z, patterns_of};
use super::{BoltzmannLearner, mean_log_likelihood, progress_of};
use crate::lab::device::Pace;
use crate::lab::{Host, LabError};
use crate::protocol::{
    BoltzmannPoint, BoltzmannProgress, BoltzmannSweep, BoltzmannTrain, ChainState, Exported, OpenedMachine,
    PartitionReport, PartitionRun, Progress, SavedMachine, Stage, SweptChains,
};
use serde_bytes::ByteBuf;
use std::cell::RefCell;
use std::rc::Rc;

/// Points of a curve.
const POINTS: u32 = 100;
/// Where a point takes a sum over many states.
const FEW_POINTS: u32 = 12;
/// Sides of more units than this make such a sum.
const QUICK_SIDE: usize = 12;
/// More pixels than this are shown by their chances.
const CRISP: usize = 64;
const TELL_MILLIS: f64 = 140.0;
/// All states are summed for what is told as often as that takes no longer than learning does.
const ENUMERATE_EVERY: f64 = 0.25;

/// A machine as it is now.
struct Made {
    model: Box<dyn BoltzmannModel>,
    examples: Rc<BinaryExamples>,
    /// To go on with.
    run: Rc<BoltzmannRun>,
}

#[derive(Default)]
pub struct BoltzmannSession {
    made: RefCell<Option<Made>>,
    /// From a file, until something learns.
    opened: RefCell<Option<Rc<BoltzmannRun>>>,
    chains: RefCell<Option<(Chains, u64)>>,
}

impl BoltzmannSession {
    pub(in crate::lab) async fn learn(
        &self,
        setup: &BoltzmannTrain,
        host: &impl Host,
        tell: &dyn Fn(BoltzmannProgress),
    ) -> Result<BoltzmannProgress, LabError> {
        let examples = Rc::new(BinaryExamples::of(setup.data, setup.seed, host).await?);
        let mut learner = BoltzmannLearner::new(setup, &examples)?;
        if setup.resume {
            let opened = self.opened.borrow().clone();
            let before = opened.or_else(|| self.made.borrow().as_ref().map(|made| made.run.clone()));
            let before = before.ok_or_else(|| {
                bad_setup!("no training was stopped here, so none can go on; start one, or open a saved machine")
            })?;
            before.taken_up(&mut learner, &examples)?;
        }
        self.opened.replace(None);
        let first = learner.step();
        let side = examples.visible().min(setup.hidden as usize);
        let few = learner.model.as_restricted().is_some() && side > QUICK_SIDE;
        let every = setup.steps.div_ceil(if few { FEW_POINTS } else { POINTS }).max(1);
        let (mut curve, mut told) = (Vec::new(), 0);
        let mut pace = Pace::new(host);
        pace.tell_every(TELL_MILLIS);
        let (mut enumerating, mut known, mut patterns) = (0.0, None, None);
        self.put(&learner, &examples);
        loop {
            let step = learner.step();
            let is_last = step >= setup.steps;
            let is_first = curve.is_empty();
            if step.is_multiple_of(every) || is_last {
                let point = boltzmann_point(&learner, &examples, host).await?;
                let of = |log_z| patterns_of(learner.model.as_ref(), &examples, log_z);
                patterns = point.log_z.and_then(of).or(patterns);
                curve.push(point);
            }
            if pace.is_time_to_tell(host) || is_last || is_first {
                self.put(&learner, &examples);
                let before = host.now_millis();
                if is_last || enumerating < 1e3 * ENUMERATE_EVERY * pace.seconds(host) {
                    known = enumerated(learner.model.as_ref(), &examples);
                    enumerating += host.now_millis() - before;
                }
                let points: Vec<BoltzmannPoint> = if is_last { curve.clone() } else { curve[told..].to_vec() };
                told = curve.len();
                let progress = BoltzmannProgress {
                    seconds: pace.seconds(host),
                    steps_per_second: pace.per_second(host, step - first),
                    points,
                    patterns: patterns.clone(),
                    enumerated: known.clone(),
                    ..progress_of(&learner, &examples, setup.steps)
                };
                if is_last {
                    return Ok(progress);
                }
                let left = 1e3 * progress.seconds * f64::from(setup.steps - step) / f64::from((step - first).max(1));
                let millis_left = (step > first).then_some(left as u64);
                host.progress(Progress { stage: Stage::Run, done: step.into(), of: setup.steps.into(), millis_left });
                tell(progress);
            }
            learner.advance(&examples);
            let (rate, is_finite) = (setup.rate, learner.is_finite());
            ensure!(
                is_finite,
                "learning has diverged after {step} steps: a weight is no number; choose a rate below {rate}"
            );
            pace.rest(host).await?;
        }
    }

    /// The machine as it is now, for chains and estimates.
    fn put(&self, learner: &BoltzmannLearner, examples: &Rc<BinaryExamples>) {
        let run = Rc::new(BoltzmannRun::of(learner, examples));
        let made = Made { model: learner.model.copied(), examples: examples.clone(), run };
        self.made.replace(Some(made));
    }

    pub(in crate::lab) fn sweep(&self, job: &BoltzmannSweep) -> Result<SweptChains, LabError> {
        let BoltzmannSweep { sweeps, chains: count, temperature, held, restart, seed } = job;
        let known = self.made.borrow();
        let Some(Made { model, examples, .. }) = known.as_ref() else { return Err(nothing_made()) };
        let model = model.as_ref();
        let interval = BoltzmannSweep::SWEEPS;
        ensure!(interval.holds(*sweeps), "{sweeps} sweeps at once are not possible; choose {interval}");
        let interval = BoltzmannSweep::CHAINS;
        ensure!(interval.holds(*count), "{count} chains are not possible; choose {interval}");
        let interval = BoltzmannSweep::TEMPERATURE;
        ensure!(interval.holds(*temperature), "a temperature of {temperature} is not possible; choose {interval}");
        let (visible, given) = (model.visible(), held.len());
        ensure!(
            (given == 0 || given == visible) && held.iter().all(|held| *held <= 2),
            "{given} pixels are held of a machine that has {visible}; give 0, 1 or 2 for each pixel, or nothing"
        );
        let mut kept = self.chains.borrow_mut();
        let fits = |chains: &Chains| {
            chains.states.len() == *count as usize
                && chains.states[0].visible.len() == visible
                && chains.states[0].hidden.len() == model.hidden()
        };
        let before = kept.take().filter(|(chains, _)| !restart && fits(chains));
        let (mut chains, done) = before.unwrap_or_else(|| (Chains::new(model, *count as usize, *seed), 0));
        for state in &mut chains.states {
            for (at, on) in state.visible.iter_mut().enumerate() {
                *on = held_at(held, at).unwrap_or(*on);
            }
        }
        chains.sweep(model, *sweeps, 1.0 / temperature, held);
        let shown = |state: &super::Units| {
            let pixels: Vec<u8> = match visible > CRISP {
                true => model.means(state, 1.0 / temperature).iter().map(|mean| (255.0 * mean).round() as u8).collect(),
                false => state.visible.iter().map(|on| 255 * on).collect(),
            };
            // What is held is as it is held.
            let pixel = |(at, pixel): (usize, u8)| {
                if held.get(at).is_some_and(|held| *held != FREE) { 255 * state.visible[at] } else { pixel }
            };
            ByteBuf::from(pixels.into_iter().enumerate().map(pixel).collect::<Vec<u8>>())
        };
        let states: Vec<ChainState> = chains
            .states
            .iter()
            .map(|state| ChainState {
                visible: shown(state),
                hidden: state.hidden.clone().into(),
                energy: model.energy(state),
            })
            .collect();
        let mean_energy = states.iter().map(|state| state.energy).sum::<f64>() / f64::from(*count);
        let sweeps = done + u64::from(*sweeps);
        *kept = Some((chains, sweeps));
        let [height, width] = [examples.height, examples.width].map(|side| side as u32);
        Ok(SweptChains { height, width, sweeps, chains: states, mean_energy })
    }

    pub(in crate::lab) async fn estimate(
        &self,
        job: &PartitionRun,
        host: &impl Host,
    ) -> Result<PartitionReport, LabError> {
        let PartitionRun { runs, temperatures, seed } = *job;
        let interval = PartitionRun::RUNS;
        ensure!(interval.holds(runs), "{runs} runs are not possible; choose {interval}");
        let interval = PartitionRun::TEMPERATURES;
        ensure!(interval.holds(temperatures), "{temperatures} temperatures are not possible; choose {interval}");
        let (model, examples, step) = {
            let known = self.made.borrow();
            let Some(Made { model, examples, run }) = known.as_ref() else { return Err(nothing_made()) };
            (model.copied(), examples.clone(), run.step())
        };
        let Some(machine) = model.as_restricted() else {
            return Err(bad_setup!(
                "annealed importance sampling here is for restricted machines; a general one is enumerated, and its partition function known exactly"
            ));
        };
        let start = host.now_millis();
        let mut annealed = AnnealedRuns::new(machine, examples.log_odds(), runs, temperatures, seed);
        while annealed.done() < annealed.of() {
            host.step(Stage::Run, annealed.done().into(), annealed.of().into()).await?;
            annealed.advance();
        }
        let found = annealed.estimate();
        let exact = exact_log_z(model.as_ref(), Some(machine), MOST_SIDE, host).await?;
        let of = |rows: &[Vec<u8>]| mean_log_likelihood(model.as_ref(), rows, found.log_z);
        let validation = if examples.validation.is_empty() { &examples.train } else { &examples.validation };
        Ok(PartitionReport {
            step,
            log_z: found.log_z,
            deviation: found.deviation,
            exact,
            log_likelihood: [of(&examples.train), of(validation)],
            runs,
            temperatures,
            elapsed_ms: host.now_millis() - start,
        })
    }

    /// A machine that was saved: the next training may go on with it. Gives how it learnt.
    pub(in crate::lab) fn open(&self, file: &SavedMachine) -> Result<OpenedMachine, LabError> {
        let run = BoltzmannRun::parse(&file.name, file.bytes.to_vec())?;
        let found = OpenedMachine { setup: run.setup.clone(), step: run.step() };
        self.opened.replace(Some(Rc::new(run)));
        Ok(found)
    }

    pub(in crate::lab) fn save(&self) -> Result<Exported, LabError> {
        let known = self.made.borrow();
        let Some(Made { run, .. }) = known.as_ref() else { return Err(nothing_made()) };
        let bytes = run.bytes()?.into();
        Ok(Exported { name: "boltzmann-machine.safetensors".to_owned(), bytes })
    }
}

fn nothing_made() -> LabError {
    bad_setup!("no Boltzmann machine was made yet; let one learn first")
}
