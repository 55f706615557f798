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
mod model_runner;
mod pgd;
mod picture;
mod schedule;
mod strength;
mod transfer;
mod walk;

use super::device::{Models, Placed, on_each};
use super::{Host, LabError, Perform, Weights};
use crate::data::Rgb;
use crate::protocol::{Attack, Content, Fool, FoolNews, Fooled};
use async_lock::Mutex;
use model_runner::ModelRunner;
use std::rc::Rc;

/// Networks that stay compiled between jobs.
#[derive(Default)]
pub struct FoolSession {
    attacks: Mutex<Models<ModelRunner, 4>>,
    /// These go on for minutes: other jobs need not wait for them.
    inventions: Mutex<Models<ModelRunner, 4>>,
}

impl<H: Host> Perform<H> for Fool {
    type Kept = FoolSession;

    async fn perform(mut self, kept: &FoolSession, host: &H, tell: &dyn Fn(FoolNews)) -> Result<Fooled, LabError> {
        let pictures = self.pictures_mut().into_iter().map(|id| host.picture(*id));
        let pictures: Vec<Rc<Rgb>> = pictures.collect::<Result<_, _>>()?;
        let mut weights = Vec::new();
        for network in self.networks() {
            weights.push(host.weights(&network).await?);
        }
        check(&self, &weights)?;
        let choice = match &self {
            Fool::Attack(job) => job.backend,
            Fool::Strength(job) => job.attack.backend,
            Fool::Transfer(job) => job.attack.backend,
            Fool::Invent(job) => job.backend,
            Fool::Check(choice) => *choice,
        };
        let models = if let Fool::Invent(_) = self { &kept.inventions } else { &kept.attacks };
        let mut models = host.or_cancelled(models.lock()).await?;
        let run = async |models: &mut [Placed<ModelRunner>]| run_with(models, &self, &pictures, host, tell).await;
        let mut found = models.run(&weights, choice, host, run).await?;
        if let Fooled::Attacked(attacked) = &mut found {
            let decoded = host.decoded("result.png", &attacked.png).await.ok();
            attacked.png_is_exact = decoded.map(|rgb| rgb.to_rgba() == attacked.result.rgba.as_slice());
        }
        Ok(found)
    }
}

fn check(job: &Fool, weights: &[Rc<Weights>]) -> Result<(), LabError> {
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
    pictures: &[Rc<Rgb>],
    host: &impl Host,
    tell: &dyn Fn(FoolNews),
) -> Result<Fooled, LabError> {
    Ok(match job {
        Fool::Attack(job) => {
            let tell = |news| tell(FoolNews::Attack(news));
            Fooled::Attacked(Box::new(attack::attack(job, &mut models[0], &pictures[0], host, tell).await?))
        }
        Fool::Strength(job) => Fooled::Measured(strength::measure(job, &mut models[0].model, pictures, host).await?),
        Fool::Transfer(job) => Fooled::Transferred(transfer::transfer(job, models, &pictures[0], host).await?),
        Fool::Invent(job) => {
            let Placed { network, model, used, .. } = &mut models[0];
            let context = invent::GenerateContext { job, runner: model, weights: network, used: used.clone() };
            Fooled::Invented(invent::invent(context, host, &|news| tell(FoolNews::Invent(news))).await?)
        }
        Fool::Check(choice) => {
            let facts = on_each(*choice, host, async |device| facts::facts(device, host).await);
            Fooled::Checked(facts.await?)
        }
    })
}
