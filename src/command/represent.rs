//! `neocog represent`: what a network makes of data that nobody has labelled.

mod autoencoder;
mod stack;

use super::drive::{read, write};
use super::evaluate::examples;
use super::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::represent::{
    AnnealedRuns, BinaryExamples, BoltzmannLearner, BoltzmannModel, BoltzmannRun, PartitionSum, boltzmann_point,
    mean_log_likelihood, patterns_of,
};
use crate::protocol::{BoltzmannData, BoltzmannKind, BoltzmannPoint, BoltzmannRule, BoltzmannTrain, PartitionRun};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Train an autoencoder, and print how well it gives pictures again, beside as many principal components.
    Autoencoder(Box<autoencoder::TrainAutoencoder>),
    /// Train a Boltzmann machine, and print how likely it makes the data: exactly where its states can be summed, and by annealed
    /// importance sampling.
    Boltzmann(TrainBoltzmann),
    /// Train restricted machines on top of each other, and then a classifier from their weights and one from random ones.
    Stack(stack::TrainStack),
}

#[derive(Args)]
pub(super) struct TrainBoltzmann {
    /// bars3, bars4, digits, or files or folders with pictures (MNIST's, an .npz, pictures by class); half the brightness is on.
    /// bars3, or what the machine of --from learnt, where not given.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Go on with a machine that was saved, by --out or from the page. Settings that are not given are its own.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Any two units are connected, not only visible with hidden ones.
    #[arg(long)]
    general: bool,
    /// As the data are learnt well, where not given; so the settings below.
    #[arg(long)]
    hidden: Option<u32>,
    #[arg(long, value_enum)]
    rule: Option<Gradient>,
    /// Steps of a chain for each step of learning.
    #[arg(long)]
    k: Option<u32>,
    #[arg(long)]
    rate: Option<f64>,
    #[arg(long)]
    momentum: Option<f64>,
    /// Of the weights, towards nothing.
    #[arg(long)]
    decay: Option<f64>,
    #[arg(long)]
    steps: Option<u32>,
    #[arg(long)]
    batch: Option<u32>,
    #[arg(long)]
    seed: Option<u32>,
    /// Of annealed importance sampling.
    #[arg(long, default_value_t = 100)]
    runs: u32,
    #[arg(long, default_value_t = 1000)]
    temperatures: u32,
    /// Where the weights go.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

spelled! {
    enum Gradient => BoltzmannRule {
        /// Sum over all states.
        Exact,
        /// CD-k.
        Contrastive,
        /// Chains that go on from step to step.
        Persistent,
        /// The same at several temperatures, which exchange places.
        Tempered,
    }
}

#[derive(Serialize)]
struct Found {
    steps: u32,
    seconds: f64,
    /// Mean ln p of examples for training and of others, in nats.
    log_likelihood: Option<[f64; 2]>,
    divergence: Option<f64>,
    log_z: Option<f64>,
    annealed_log_z: Option<f64>,
    annealed_deviation: Option<f64>,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Autoencoder(train) => pollster::block_on(autoencoder::run(train, report)),
        Arguments::Stack(train) => pollster::block_on(stack::run(train, report)),
        Arguments::Boltzmann(train) => pollster::block_on(boltzmann(train, report)),
    }
}

fn setup_of(arguments: &TrainBoltzmann, before: Option<&BoltzmannRun>) -> BoltzmannTrain {
    let data = match arguments.data.as_slice() {
        [] => before.map_or(BoltzmannData::Bars3, |before| before.setup.data),
        [one] if one.as_os_str() == "bars3" => BoltzmannData::Bars3,
        [one] if one.as_os_str() == "bars4" => BoltzmannData::Bars4,
        [one] if one.as_os_str() == "digits" => BoltzmannData::Digits,
        _ => BoltzmannData::Own,
    };
    let usual = before.map_or_else(|| BoltzmannTrain::usual(data), |before| before.setup.clone());
    BoltzmannTrain {
        data,
        kind: if arguments.general { BoltzmannKind::General } else { usual.kind },
        hidden: arguments.hidden.unwrap_or(usual.hidden),
        rule: arguments.rule.map_or(usual.rule, Into::into),
        k: arguments.k.unwrap_or(usual.k),
        rate: arguments.rate.unwrap_or(usual.rate),
        momentum: arguments.momentum.unwrap_or(usual.momentum),
        decay: arguments.decay.unwrap_or(usual.decay),
        steps: arguments.steps.unwrap_or(usual.steps),
        batch: arguments.batch.unwrap_or(usual.batch),
        seed: arguments.seed.unwrap_or(usual.seed),
        resume: before.is_some(),
    }
}

/// What was given, or what a machine learnt before.
fn data_of(arguments: &TrainBoltzmann, kind: BoltzmannData) -> Result<BinaryExamples, Failure> {
    let set = match kind {
        BoltzmannData::Bars3 => return Ok(BinaryExamples::bars(3)),
        BoltzmannData::Bars4 => return Ok(BinaryExamples::bars(4)),
        BoltzmannData::Digits => examples(&[PathBuf::from("digits")], None)?,
        BoltzmannData::Own if arguments.data.is_empty() => {
            let said = "the machine learnt pictures of its own, which its file does not hold; give them by --data";
            return Err(Failure::Said(said.to_owned()));
        }
        BoltzmannData::Own => examples(&arguments.data, None)?,
    };
    Ok(BinaryExamples::of_set(&set)?)
}

/// Ten lines of a run.
const LINES: u32 = 10;

async fn boltzmann(arguments: &TrainBoltzmann, report: &mut Report<'_>) -> Result<(), Failure> {
    let before = match &arguments.from {
        Some(file) => Some(BoltzmannRun::parse(&file.display().to_string(), read(file)?)?),
        None => None,
    };
    let setup = setup_of(arguments, before.as_ref());
    let data = data_of(arguments, setup.data)?;
    for (given, interval, what) in [
        (arguments.runs, PartitionRun::RUNS, "runs"),
        (arguments.temperatures, PartitionRun::TEMPERATURES, "temperatures"),
    ] {
        if !interval.holds(given) {
            return Err(Failure::Said(format!("{given} {what} are not possible; choose {interval}")));
        }
    }
    let mut learner = BoltzmannLearner::new(&setup, &data)?;
    report.line(&format!(
        "{} visible and {} hidden units, {} parameters; {} examples for training, {} for validation",
        learner.model.visible(),
        learner.model.hidden(),
        learner.model.params().len(),
        data.train.len(),
        data.validation.len()
    ))?;
    if let Some(before) = &before {
        before.taken_up(&mut learner, &data)?;
        report.line(&format!("going on after step {} of {}", learner.step(), setup.steps))?;
    }
    let (watch, start) = (NoMonitor::default(), Instant::now());
    let every = setup.steps.div_ceil(LINES).max(1);
    let mut last = boltzmann_point(&learner, &data, &watch).await?;
    while learner.step() < setup.steps {
        learner.advance(&data);
        if learner.step().is_multiple_of(every) || learner.step() == setup.steps {
            last = boltzmann_point(&learner, &data, &watch).await?;
            report.line(&line(&last, &data, divergence(learner.model.as_ref(), &data, &last)))?;
        }
        if !learner.is_finite() {
            let step = learner.step();
            return Err(Failure::Said(format!("learning has diverged after {step} steps; choose a smaller --rate")));
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let annealed = match learner.model.as_restricted() {
        Some(machine) => {
            let (runs, temperatures) = (arguments.runs, arguments.temperatures);
            let mut annealing = AnnealedRuns::new(machine, data.log_odds(), runs, temperatures, setup.seed);
            while annealing.done() < annealing.of() {
                annealing.advance();
            }
            let found = annealing.estimate();
            let exact = PartitionSum::log_partition(machine);
            let log = mean_log_likelihood(learner.model.as_ref(), &data.train, exact.unwrap_or(found.log_z));
            let said = exact.map_or_else(|| "not known exactly".to_owned(), |exact| format!("exactly {exact:.3}"));
            report.line(&format!(
                "ln Z: {said}, annealed {:.3} ± {:.3} (three deviations); ln p of an example {log:.3}",
                found.log_z,
                3.0 * found.deviation
            ))?;
            Some(found)
        }
        None => None,
    };
    if let Some(out) = &arguments.out {
        write(out, &BoltzmannRun::of(&learner, &data).bytes()?)?;
    }
    if arguments.json {
        report.json(&Found {
            steps: learner.step(),
            seconds,
            log_likelihood: last.log_likelihood,
            divergence: divergence(learner.model.as_ref(), &data, &last),
            log_z: last.log_z,
            annealed_log_z: annealed.map(|found| found.log_z),
            annealed_deviation: annealed.map(|found| found.deviation),
        })?;
    }
    Ok(())
}

fn divergence(model: &dyn BoltzmannModel, data: &BinaryExamples, point: &BoltzmannPoint) -> Option<f64> {
    patterns_of(model, data, point.log_z?).map(|(_, divergence)| divergence)
}

fn line(point: &BoltzmannPoint, data: &BinaryExamples, divergence: Option<f64>) -> String {
    let pair = |[train, other]: [f64; 2]| match data.validation.is_empty() {
        true => format!("{train:.3}"),
        false => format!("{train:.3} (validation {other:.3})"),
    };
    let exact = point.log_likelihood.map(|found| format!("  ln p {}", pair(found)));
    let divergence = divergence.map(|found| format!("  KL {found:.4}"));
    format!(
        "step {:6}{}{}  free energy {}  reconstruction {:.3}",
        point.step,
        exact.unwrap_or_default(),
        divergence.unwrap_or_default(),
        pair(point.free_energy),
        point.reconstruction
    )
}
