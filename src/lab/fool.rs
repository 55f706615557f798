//! Fool: adversarial examples, and pictures of nothing.
//!
//! Invariants:
//! - A picture is its values in [0, 1], as the network sees it before normalisation; nothing leaves that box.
//! - One plan per network, device and batch; an attack in a ball is that plan again and again, and reads nothing back.

mod attack;
mod bim;
mod deepfool;
mod facts;
mod fgsm;
mod invent;
mod lbfgs;
mod method;
mod minimise;
mod model_runner;
mod pgd;
mod picture;
mod route;
mod strength;
mod transfer;
mod victim;
mod walk;

pub use attack::reread;

use super::device::{Device, MaybeGpu, after_loss, choose, on_each, timed};
use super::{Host, LabError, Perform, Watch, Weights};
use crate::data::Rgb;
use crate::protocol::{BackendChoice, BackendUsed, Fool, FoolNews, Fooled, Stage};
use async_lock::Mutex;
use model_runner::ModelRunner;
use std::rc::Rc;
use victim::Victim;

/// What a job needs beside itself, in the order of [`Fool::pictures`] and [`Fool::networks`].
pub struct Materials {
    pub pictures: Vec<Rc<Rgb>>,
    pub weights: Vec<Rc<Weights>>,
}

/// So many networks stay compiled.
const KEPT: usize = 4;

/// What was compiled for earlier jobs.
#[derive(Default)]
pub struct Fooler {
    /// The one used last at the end.
    kept: Vec<Kept>,
}

struct Kept {
    weights: Rc<Weights>,
    runner: ModelRunner,
    choice: BackendChoice,
    used: BackendUsed,
}

impl Fooler {
    /// Does the job; `tell` hears how far long ones are.
    ///
    /// # Errors
    /// [`LabError::Setup`] for what makes no sense, [`LabError::NoGpu`] where the person chose one, [`LabError::NotFinite`],
    /// [`LabError::Cancelled`], and what a device refuses.
    pub async fn run(
        &mut self,
        job: &Fool,
        materials: &Materials,
        gpu: &MaybeGpu,
        watch: &impl Watch,
        tell: impl Fn(FoolNews),
    ) -> Result<Fooled, LabError> {
        check(job, materials)?;
        let choice = match job {
            Fool::Attack(job) => job.backend,
            Fool::Strength(job) => job.attack.backend,
            Fool::Transfer(job) => job.attack.backend,
            Fool::Invent(job) => job.backend,
            Fool::Check(choice) => {
                let facts = on_each(*choice, gpu, async |device| facts::facts(device, watch).await);
                return Ok(Fooled::Checked(facts.await?));
            }
        };
        let mut kept = Vec::new();
        for weights in &materials.weights {
            kept.push(self.take(weights, choice, gpu, watch).await?);
        }
        let mut found = play(job, materials, &mut kept, watch, &tell).await;
        if matches!(&found, Err(error) if error.is_device_lost()) {
            let (device, used) = after_loss(choice, gpu).await?;
            for kept in &mut kept {
                kept.runner = ModelRunner::new(Victim::of(&kept.weights), device.clone());
                kept.used = used.clone();
            }
            found = play(job, materials, &mut kept, watch, &tell).await;
        }
        // Whoever stops an attack often starts the next.
        self.kept.extend(kept);
        let surplus = self.kept.len().saturating_sub(KEPT);
        self.kept.drain(..surplus);
        found
    }

    /// What is compiled for these weights, else a new runner on the faster device.
    async fn take(
        &mut self,
        weights: &Rc<Weights>,
        choice: BackendChoice,
        gpu: &MaybeGpu,
        watch: &impl Watch,
    ) -> Result<Kept, LabError> {
        let at = self.kept.iter().position(|kept| Rc::ptr_eq(&kept.weights, weights) && kept.choice == choice);
        if let Some(at) = at {
            let kept = self.kept.remove(at);
            if !kept.runner.is_lost() {
                return Ok(kept);
            }
        }
        watch.step(Stage::Compile, 0, 1).await?;
        let victim = Victim::of(weights);
        let sample = async |device: &Device| {
            let mut runner = ModelRunner::new(victim.clone(), device.clone());
            let grey = vec![0.5; victim.len()];
            let goal = runner.one_hot(&[0])?;
            let cotangent = goal.zeros_like()?;
            timed(watch, async || runner.vjp(&[&grey], &goal, &cotangent).await.map(|_| ())).await
        };
        let (device, used) = choose(choice, gpu, sample).await?;
        Ok(Kept { weights: weights.clone(), runner: ModelRunner::new(victim.clone(), device), choice, used })
    }
}

fn check(job: &Fool, materials: &Materials) -> Result<(), LabError> {
    let all_there = materials.pictures.len() == job.pictures().len() && materials.weights.len() == job.networks().len();
    let missing = || LabError::Setup { detail: "a picture or a network of the job is missing".to_owned() };
    if !all_there {
        return Err(missing());
    }
    let first = || materials.weights.first().ok_or_else(missing);
    match job {
        Fool::Attack(job) => attack::check(job, first()?),
        Fool::Strength(job) => {
            attack::check(&job.attack, first()?)?;
            strength::check(job)
        }
        Fool::Transfer(job) => {
            transfer::check(job)?;
            let free = crate::protocol::Attack { target: None, ..job.attack.clone() };
            materials.weights.iter().try_for_each(|weights| attack::check(&free, weights))
        }
        Fool::Invent(job) => invent::check(job, first()?),
        Fool::Check(_) => Ok(()),
    }
}

async fn play(
    job: &Fool,
    materials: &Materials,
    kept: &mut [Kept],
    watch: &impl Watch,
    tell: &impl Fn(FoolNews),
) -> Result<Fooled, LabError> {
    let missing = || LabError::Setup { detail: "a picture or a network of the job is missing".to_owned() };
    let picture = || materials.pictures.first().ok_or_else(missing);
    match job {
        Fool::Attack(job) => {
            let Kept { weights, runner, used, .. } = kept.first_mut().ok_or_else(missing)?;
            let tell = |news| tell(FoolNews::Attack(news));
            let found = attack::attack(job, runner, weights, picture()?, used.clone(), watch, tell).await?;
            Ok(Fooled::Attacked(Box::new(found)))
        }
        Fool::Strength(job) => {
            let kept = kept.first_mut().ok_or_else(missing)?;
            Ok(Fooled::Measured(strength::measure(job, &mut kept.runner, &materials.pictures, watch).await?))
        }
        Fool::Transfer(job) => {
            let mut of: Vec<(&mut ModelRunner, &Weights)> =
                kept.iter_mut().map(|kept| (&mut kept.runner, &*kept.weights)).collect();
            Ok(Fooled::Transferred(transfer::transfer(job, &mut of, picture()?, watch).await?))
        }
        Fool::Invent(job) => {
            let Kept { weights, runner, used, .. } = kept.first_mut().ok_or_else(missing)?;
            let context = invent::GenerateContext { job, runner, weights, used: used.clone() };
            Ok(Fooled::Invented(invent::invent(context, watch, &|news| tell(FoolNews::Invent(news))).await?))
        }
        Fool::Check(_) => Err(missing()),
    }
}

/// What is compiled stays between jobs.
#[derive(Default)]
pub struct Fooling {
    fooler: Mutex<Fooler>,
    /// Of what goes on for minutes, so that everything else need not wait for it.
    inventor: Mutex<Fooler>,
}

impl<H: Host> Perform<H> for Fool {
    type Kept = Fooling;

    async fn perform(self, kept: &Fooling, host: &H, tell: &dyn Fn(FoolNews)) -> Result<Fooled, LabError> {
        let pictures = self.pictures().into_iter().map(|id| host.picture(id)).collect::<Result<_, _>>()?;
        let mut weights = Vec::new();
        for network in self.networks() {
            weights.push(host.weights(&network).await?);
        }
        let gpu = host.gpu().await?;
        let fooler = if let Fool::Invent(_) = self { &kept.inventor } else { &kept.fooler };
        let mut fooler = host.or_cancelled(fooler.lock()).await?;
        let mut found = fooler.run(&self, &Materials { pictures, weights }, &gpu, host, tell).await?;
        if let Fooled::Attacked(attacked) = &mut found {
            let decoded = host.decoded("result.png", &attacked.png).await.ok();
            reread(attacked, decoded.as_ref());
        }
        Ok(found)
    }
}
