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

use super::device::{MaybeGpu, Models, Placed, on_each};
use super::{Host, LabError, Perform, Watch, Weights};
use crate::data::Rgb;
use crate::protocol::{Attack, Fool, FoolNews, Fooled};
use async_lock::Mutex;
use model_runner::ModelRunner;
use std::rc::Rc;

/// The pictures and networks of a job, in the order of [`Fool::pictures`] and [`Fool::networks`].
pub struct FoolInputs {
    pub pictures: Vec<Rc<Rgb>>,
    pub weights: Vec<Rc<Weights>>,
}

/// So many networks stay compiled.
const KEPT: usize = 4;

/// Does jobs one at a time, with the networks that were compiled for earlier ones.
pub struct Attacker(Models<ModelRunner>);

impl Default for Attacker {
    fn default() -> Self {
        Self(Models::new(KEPT))
    }
}

impl Attacker {
    /// Does the job; `tell` hears how far long ones are.
    ///
    /// # Errors
    /// [`LabError::Setup`] for what makes no sense, [`LabError::NoGpu`] where the person chose one, [`LabError::NotFinite`],
    /// [`LabError::Cancelled`].
    pub async fn run(
        &mut self,
        job: &Fool,
        inputs: &FoolInputs,
        gpu: &MaybeGpu,
        watch: &impl Watch,
        tell: impl Fn(FoolNews),
    ) -> Result<Fooled, LabError> {
        check(job, inputs)?;
        let choice = match job {
            Fool::Attack(job) => job.backend,
            Fool::Strength(job) => job.attack.backend,
            Fool::Transfer(job) => job.attack.backend,
            Fool::Invent(job) => job.backend,
            Fool::Check(choice) => *choice,
        };
        let run = async |models: &mut [Placed<ModelRunner>]| run_with(models, job, inputs, gpu, watch, &tell).await;
        self.0.run(&inputs.weights, choice, gpu, watch, run).await
    }
}

fn check(job: &Fool, FoolInputs { pictures, weights }: &FoolInputs) -> Result<(), LabError> {
    let all_there = (pictures.len(), weights.len()) == (job.pictures().len(), job.networks().len());
    ensure!(all_there, "a picture or a network of the job is missing");
    match job {
        Fool::Attack(job) => attack::check(job, &weights[0]),
        Fool::Strength(job) => {
            attack::check(&job.attack, &weights[0])?;
            strength::check(job)
        }
        Fool::Transfer(job) => {
            transfer::check(job)?;
            let free = Attack { target: None, ..job.attack.clone() };
            weights.iter().try_for_each(|weights| attack::check(&free, weights))
        }
        Fool::Invent(job) => invent::check(job, &weights[0]),
        Fool::Check(_) => Ok(()),
    }
}

async fn run_with(
    models: &mut [Placed<ModelRunner>],
    job: &Fool,
    inputs: &FoolInputs,
    gpu: &MaybeGpu,
    watch: &impl Watch,
    tell: &impl Fn(FoolNews),
) -> Result<Fooled, LabError> {
    Ok(match job {
        Fool::Attack(job) => {
            let tell = |news| tell(FoolNews::Attack(news));
            Fooled::Attacked(Box::new(attack::attack(job, &mut models[0], &inputs.pictures[0], watch, tell).await?))
        }
        Fool::Strength(job) => {
            Fooled::Measured(strength::measure(job, &mut models[0].model, &inputs.pictures, watch).await?)
        }
        Fool::Transfer(job) => Fooled::Transferred(transfer::transfer(job, models, &inputs.pictures[0], watch).await?),
        Fool::Invent(job) => {
            let Placed { network, model, used, .. } = &mut models[0];
            let context = invent::GenerateContext { job, runner: model, weights: network, used: used.clone() };
            Fooled::Invented(invent::invent(context, watch, &|news| tell(FoolNews::Invent(news))).await?)
        }
        Fool::Check(choice) => {
            Fooled::Checked(on_each(*choice, gpu, async |device| facts::facts(device, watch).await).await?)
        }
    })
}

/// What stays between jobs.
#[derive(Default)]
pub struct FoolSession {
    attacker: Mutex<Attacker>,
    /// For what goes on for minutes, so that other jobs need not wait for it.
    inventor: Mutex<Attacker>,
}

impl<H: Host> Perform<H> for Fool {
    type Kept = FoolSession;

    async fn perform(self, kept: &FoolSession, host: &H, tell: &dyn Fn(FoolNews)) -> Result<Fooled, LabError> {
        let pictures = self.pictures().into_iter().map(|id| host.picture(id)).collect::<Result<_, _>>()?;
        let mut weights = Vec::new();
        for network in self.networks() {
            weights.push(host.weights(&network).await?);
        }
        let gpu = host.gpu().await?;
        let attacker = if let Fool::Invent(_) = self { &kept.inventor } else { &kept.attacker };
        let mut attacker = host.or_cancelled(attacker.lock()).await?;
        let mut found = attacker.run(&self, &FoolInputs { pictures, weights }, &gpu, host, tell).await?;
        if let Fooled::Attacked(attacked) = &mut found {
            let decoded = host.decoded("result.png", &attacked.png).await.ok();
            reread(attacked, decoded.as_ref());
        }
        Ok(found)
    }
}
