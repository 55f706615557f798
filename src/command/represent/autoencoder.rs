//! `neocog represent autoencoder`: pictures through codes of few numbers, beside as many principal components.

use crate::command::drive::write;
use crate::command::evaluate::examples;
use crate::command::train::Where;
use crate::command::{Failure, Report};
use crate::data::dataset::Part;
use crate::lab::represent::{AutoencoderTrainer, CodeErrors};
use crate::lab::run::SaveAs;
use crate::protocol::{AutoencoderTrain, CodeNetwork, CodeRule};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

#[derive(Args)]
pub(in crate::command) struct TrainAutoencoder {
    /// digits, shapes, or files or folders with pictures (MNIST's, CIFAR's, an .npz, pictures by class).
    #[arg(long, num_args = 1.., value_name = "PATH", default_value = "digits")]
    data: Vec<PathBuf>,
    /// Numbers of a code.
    #[arg(long, default_value_t = 2)]
    code: u32,
    #[arg(long, value_enum, default_value_t = Layers::Dense)]
    network: Layers,
    #[arg(long, value_enum, default_value_t = Rule::Plain)]
    rule: Rule,
    /// Denoising: the share of pixels that are set to nothing. Else what the penalty counts beside the nats of a picture. As is usual for
    /// the rule, where not given; so the settings below.
    #[arg(long)]
    strength: Option<f64>,
    /// Units of the first hidden layer; each further one has half as many.
    #[arg(long)]
    width: Option<u32>,
    /// Hidden layers before the code.
    #[arg(long)]
    layers: Option<u32>,
    #[arg(long)]
    steps: Option<u32>,
    #[arg(long)]
    batch: Option<u32>,
    #[arg(long)]
    rate: Option<f64>,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
    /// Where the weights go.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

spelled! {
    enum Layers => CodeNetwork {
        /// One matrix to the code and one back.
        Linear,
        /// Fully connected layers.
        Dense,
        /// Convolutions.
        Convolutional,
    }
}

spelled! {
    enum Rule => CodeRule {
        Plain,
        /// Pixels are set to nothing at random.
        Denoising,
        /// Units of the code are rarely on.
        Sparse,
        /// A code moves little with its picture.
        Contractive,
        /// A code is a normal distribution.
        Variational,
    }
}

#[derive(Serialize)]
struct Found {
    steps: u32,
    seconds: f64,
    /// Mean squared error of a number in 0 to 1, on the part for testing.
    autoencoder: f64,
    principal_components: f64,
    pictures: u32,
    /// Of a linear one, to the components.
    angle_degrees: Option<f64>,
}

/// Ten lines of a run.
const LINES: u32 = 10;

fn setup_of(arguments: &TrainAutoencoder) -> AutoencoderTrain {
    let usual = AutoencoderTrain::default().with_rule(arguments.rule.into()).with_network(arguments.network.into());
    let rule = arguments.rule.into();
    AutoencoderTrain {
        rule,
        code: arguments.code,
        strength: arguments.strength.unwrap_or(usual.strength),
        width: arguments.width.unwrap_or(usual.width),
        layers: arguments.layers.unwrap_or(usual.layers),
        steps: arguments.steps.unwrap_or(usual.steps),
        batch: arguments.batch.unwrap_or(usual.batch),
        rate: arguments.rate.unwrap_or(usual.rate),
        seed: arguments.seed,
        ..usual
    }
}

pub(super) async fn run(arguments: &TrainAutoencoder, report: &mut Report<'_>) -> Result<(), Failure> {
    let (setup, data) = (setup_of(arguments), Rc::new(examples(&arguments.data, None)?));
    let (device, _) = arguments.device.device().await?;
    let mut trainer = AutoencoderTrainer::start(&setup, &data, &device).await?;
    let [train, test] = [Part::Train, measured(&data.split)].map(|part| data.split.range(part).len());
    report.line(&format!("{} parameters; {train} pictures for training, {test} others", trainer.params()))?;
    let (start, every) = (Instant::now(), setup.steps.div_ceil(LINES).max(1));
    while trainer.step() < setup.steps {
        trainer.learn().await?;
        let step = trainer.step();
        if trainer.is_full() || step.is_multiple_of(every) || step == setup.steps {
            let losses = trainer.losses().await?;
            if step.is_multiple_of(every) || step == setup.steps {
                report.line(&line(&losses, step))?;
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let CodeErrors { pictures, autoencoder, components } = trainer.errors(measured(&data.split)).await?;
    let angle = trainer.angle().await?;
    let code = setup.code;
    report.line(&format!(
        "mean squared error of a pixel on {pictures} other pictures, values from 0 to 1: {autoencoder:.5} through a code of {code}, \
         {components:.5} by {code} principal components"
    ))?;
    if let Some(angle) = angle {
        report.line(&format!("largest principal angle to the components: {angle:.3}°"))?;
    }
    if let Some(out) = &arguments.out {
        write(out, &trainer.saved(SaveAs::Weights, &out.display().to_string()).await?)?;
    }
    if arguments.json {
        let found = Found {
            steps: trainer.step(),
            seconds,
            autoencoder,
            principal_components: components,
            pictures,
            angle_degrees: angle,
        };
        report.json(&found)?;
    }
    Ok(())
}

/// Where nothing is learnt from, if there is such a part.
fn measured(split: &crate::data::dataset::Split) -> Part {
    let parts = [Part::Test, Part::Validation];
    parts.into_iter().find(|part| !split.range(*part).is_empty()).unwrap_or(Part::Train)
}

/// Means of the last losses.
fn line(losses: &[(u32, Vec<f32>)], step: u32) -> String {
    let mean = |at: usize| losses.iter().map(|(_, numbers)| f64::from(numbers[at])).sum::<f64>() / losses.len() as f64;
    format!("step {step:6}  loss {:.5}  squared error {:.5}  penalty {:.4}", mean(0), mean(1), mean(2))
}
