//! What stays from job to job: the stack that was made last, and chains at its top.

use super::learn::StackLearner;
use super::net::BeliefNet;
use super::pictures::StackPictures;
use super::tune::TuneTrainer;
use crate::lab::device::{Device, Pace, choose};
use crate::lab::dice::Dice;
use crate::lab::represent::autoencoder::pictures_of;
use crate::lab::represent::{BoltzmannModel, Chains};
use crate::lab::trainer::{Driver, drive_lanes};
use crate::lab::{Host, LabError};
use crate::protocol::{
    BackendUsed, BoltzmannSweep, Progress, StackDream, StackDreams, StackProgress, StackTrain, StackTune, Stage,
    TuneLane, TunedStack,
};
use serde_bytes::ByteBuf;
use std::cell::RefCell;
use std::rc::Rc;

/// Pictures that a set is drawn with, all parts together.
const DRAWN: u32 = 5000;
const TELL_MILLIS: f64 = 140.0;
/// Points of each layer's curve.
const POINTS: u32 = 60;

struct MadeStack {
    net: Rc<BeliefNet>,
    pictures: Rc<StackPictures>,
    is_whole: bool,
}

/// Chains at the top of a stack of so many layers.
struct TopChains {
    layers: usize,
    chains: Chains,
    dice: Dice,
    sweeps: u64,
}

#[derive(Default)]
pub struct StackSession {
    made: RefCell<Option<MadeStack>>,
    top: RefCell<Option<TopChains>>,
}

fn nothing_made() -> LabError {
    bad_setup!("no stack was made yet; let one learn first")
}

/// Bytes of what the first units of a layer weigh: 128 is none, 255 the largest.
fn filters_of(net: &BeliefNet, layer: usize) -> (u32, Vec<ByteBuf>) {
    let units = net.layers[layer].hidden().min(StackProgress::FILTERS);
    let filters: Vec<Vec<f64>> = (0..units).map(|unit| net.filter(layer, unit)).collect();
    let largest = filters.iter().flatten().fold(1e-9_f64, |most, weight| most.max(weight.abs()));
    let bytes = |filter: &Vec<f64>| {
        filter.iter().map(|weight| (128.0 + 127.0 * weight / largest).round() as u8).collect::<Vec<u8>>().into()
    };
    (layer as u32, filters.iter().map(bytes).collect())
}

impl StackSession {
    pub(in crate::lab) async fn learn(
        &self,
        setup: &StackTrain,
        host: &impl Host,
        tell: &dyn Fn(StackProgress),
    ) -> Result<StackProgress, LabError> {
        let set = pictures_of(setup.data, setup.seed, DRAWN, host).await?;
        let pictures = Rc::new(StackPictures::of(&set)?);
        let mut learner = StackLearner::new(setup, &pictures)?;
        let (of, every) = (learner.steps(), setup.steps.div_ceil(POINTS).max(1));
        let mut curve = vec![learner.point()];
        let mut told = 0;
        let mut pace = Pace::new(host);
        pace.tell_every(TELL_MILLIS);
        let progress = |learner: &StackLearner, points, pace: &Pace, layers: &mut dyn Iterator<Item = usize>| {
            let net = &learner.net;
            StackProgress {
                layer: learner.layer() as u32,
                layers: setup.layers,
                step: learner.step(),
                of,
                seconds: pace.seconds(host),
                steps_per_second: pace.per_second(host, learner.step()),
                height: pictures.examples.height as u32,
                width: pictures.examples.width as u32,
                params: net.layers.iter().map(|machine| machine.params().len() as u32).sum(),
                examples: [&pictures.examples.train, &pictures.examples.validation].map(|rows| rows.len() as u32),
                points,
                filters: layers.map(|layer| filters_of(net, layer)).collect(),
            }
        };
        self.put(&learner, &pictures, false);
        while learner.step() < of {
            learner.advance()?;
            let step = learner.step();
            ensure!(
                learner.is_finite(),
                "learning has diverged after {step} steps: a weight is no number; choose a rate below {}",
                setup.rate
            );
            let point = (step - learner.layer() as u32 * setup.steps).is_multiple_of(every) || step == of;
            curve.extend(point.then(|| learner.point()));
            if pace.is_time_to_tell(host) || step == 1 {
                self.put(&learner, &pictures, false);
                let left = 1e3 * pace.seconds(host) * f64::from(of - step) / f64::from(step);
                let millis_left = Some(left as u64);
                host.progress(Progress { stage: Stage::Run, done: step.into(), of: of.into(), millis_left });
                let points = curve[told..].to_vec();
                told = curve.len();
                tell(progress(&learner, points, &pace, &mut std::iter::once(learner.layer())));
            }
            pace.rest(host).await?;
        }
        self.put(&learner, &pictures, true);
        Ok(progress(&learner, curve, &pace, &mut (0..learner.net.layers.len())))
    }

    /// The stack as it is now.
    fn put(&self, learner: &StackLearner, pictures: &Rc<StackPictures>, is_whole: bool) {
        let made = MadeStack { net: Rc::new(learner.net.clone()), pictures: pictures.clone(), is_whole };
        self.made.replace(Some(made));
    }

    pub(in crate::lab) fn dream(&self, job: &StackDream) -> Result<StackDreams, LabError> {
        let StackDream { sweeps, chains: count, restart, seed } = *job;
        let interval = BoltzmannSweep::SWEEPS;
        ensure!(interval.holds(sweeps), "{sweeps} sweeps at once are not possible; choose {interval}");
        let interval = BoltzmannSweep::CHAINS;
        ensure!(interval.holds(count), "{count} chains are not possible; choose {interval}");
        let known = self.made.borrow();
        let MadeStack { net, pictures, .. } = known.as_ref().ok_or_else(nothing_made)?;
        let layers = net.layers.len();
        let top = net.layers.last().ok_or_else(nothing_made)?;
        let mut kept = self.top.borrow_mut();
        let fits = |kept: &TopChains| {
            let first = kept.chains.states.first();
            kept.layers == layers
                && kept.chains.states.len() == count as usize
                && first.is_some_and(|state| [state.visible.len(), state.hidden.len()] == [top.visible(), top.hidden()])
        };
        let mut now = kept.take().filter(|kept| !restart && fits(kept)).unwrap_or_else(|| TopChains {
            layers,
            chains: Chains::new(top, count as usize, seed),
            dice: Dice::new(seed ^ 0xd0e1),
            sweeps: 0,
        });
        now.chains.sweep(top, sweeps, 1.0, &[]);
        now.sweeps += u64::from(sweeps);
        let TopChains { chains, dice, .. } = &mut now;
        let byte = |chance: f64| (255.0 * chance).round() as u8;
        let pictures_now = chains
            .states
            .iter()
            .map(|state| net.down(state, dice).into_iter().map(byte).collect::<Vec<u8>>().into())
            .collect();
        let (sweeps, [height, width]) =
            (now.sweeps, [pictures.examples.height, pictures.examples.width].map(|side| side as u32));
        *kept = Some(now);
        Ok(StackDreams { height, width, layers: layers as u32, sweeps, pictures: pictures_now })
    }

    /// Two classifiers take turns.
    pub(in crate::lab) async fn tune(
        &self,
        job: &StackTune,
        host: &impl Host,
        tell: &dyn Fn(TunedStack),
    ) -> Result<TunedStack, LabError> {
        let known = StackTune::LABELLED;
        ensure!(known.holds(job.labelled), "{} labelled pictures are not possible; choose {known}", job.labelled);
        let (net, data) = {
            let known = self.made.borrow();
            let MadeStack { net, pictures, is_whole } = known.as_ref().ok_or_else(nothing_made)?;
            ensure!(*is_whole, "the stack has not learnt all of its layers; let it learn to the end first");
            (net.clone(), pictures.labelled(job.labelled as usize)?)
        };
        let gpu = host.gpu().await?;
        let sample =
            async |device: &Device| TuneTrainer::start(job, &net, false, &data, device).await?.step_millis(host).await;
        let (device, backend) = choose(job.backend, &gpu, sample).await?;
        let mut lanes = Vec::new();
        for is_random in [false, true] {
            let mut trainer = TuneTrainer::start(job, &net, is_random, &data, &device).await?;
            let right = vec![(0, trainer.right().await?)];
            lanes.push((trainer, TuneLane { right, ..TuneLane::default() }));
            host.rest().await?;
        }
        let first = lanes.first().map(|(trainer, _)| (trainer.steps(), trainer.steps_per_epoch(), trainer.params()));
        let (of, per_epoch, params) = first.unwrap_or_default();
        let (labelled, held_out) = (data.split.train.len() as u32, data.split.validation.len() as u32);
        let news = |step: u32, lanes: Vec<TuneLane>, backend: &BackendUsed, seconds: f64| {
            let backend = backend.clone();
            TunedStack { step, of, per_epoch, seconds, params, labelled, held_out, lanes, backend }
        };
        let mut driver = Driver::new(host, &gpu, job.backend, backend);
        let told = |step, lanes, backend: &BackendUsed, seconds| {
            host.progress(Progress { stage: Stage::Run, done: u64::from(step), of: of.into(), millis_left: None });
            tell(news(step, lanes, backend, seconds));
        };
        let lanes = drive_lanes(&mut driver, lanes, of, told).await?;
        Ok(news(of, lanes, driver.backend(), driver.seconds()))
    }
}
