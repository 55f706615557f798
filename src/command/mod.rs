//! The native command `neocog`: the same engine without a browser.

/// An enum of the engine as the command line spells it.
macro_rules! spelled {
    ($(#[$about:meta])* $vis:vis enum $name:ident => $of:ty { $($(#[$help:meta])* $variant:ident),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, clap::ValueEnum)]
        $vis enum $name {
            $($(#[$help])* $variant),*
        }

        impl From<$name> for $of {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => Self::$variant),*
                }
            }
        }
    };
}

mod activations;
mod bench;
mod brain;
mod caption;
mod classify;
mod compress;
mod depth;
mod detect;
mod devices;
mod distil;
mod drive;
mod evaluate;
mod export;
mod language;
mod look;
mod pictures;
mod pose;
mod preprocessing;
mod represent;
mod run;
mod summary;
mod train;
mod transfer;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// A deep-vision laboratory, from the command line.
#[derive(Parser)]
#[command(name = "neocog", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the five best classes of pictures.
    Classify(classify::Arguments),
    /// Write what a layer of a network makes of a picture.
    Activations(activations::Arguments),
    /// Write where in a picture the evidence for a class lies, or a picture in the style of another.
    #[command(subcommand)]
    Look(Box<look::Arguments>),
    /// Print parameters and multiply-accumulates of a network, layer by layer, or of all networks.
    Summary(summary::Arguments),
    /// Write a network with its weights for other programs.
    Export(export::Arguments),
    /// Train a network on files of examples.
    Train(Box<train::Arguments>),
    /// Tell apart classes of one's own, from a few pictures, by the features of a trained network.
    Transfer(Box<transfer::Arguments>),
    /// Make a network smaller, and print what that costs: low rank, pruning, shared weights, integers.
    Compress(Box<compress::Arguments>),
    /// Find things in pictures, and say what they are.
    #[command(subcommand)]
    Detect(Box<detect::Arguments>),
    /// Count the linear regions of networks of rectifiers.
    #[command(subcommand)]
    Depth(Box<depth::Arguments>),
    /// Hold networks beside what is known of brains.
    #[command(subcommand)]
    Brain(Box<brain::Arguments>),
    /// Find the joints of people.
    #[command(subcommand)]
    Pose(Box<pose::Arguments>),
    /// See what a network makes of data without labels: Boltzmann machines.
    #[command(subcommand)]
    Represent(Box<represent::Arguments>),
    /// Learn what comes next in a text, write, and measure: recurrent networks and a transformer beside n-grams.
    #[command(subcommand)]
    Language(Box<language::Arguments>),
    /// A large network teaches a small one: the experiment of Hinton, Vinyals and Dean on MNIST.
    Distil(distil::Arguments),
    /// Count the errors of a trained network.
    Evaluate(evaluate::Arguments),
    /// Train a network that says what is in a picture, or count how often one is right.
    Caption(caption::Arguments),
    /// Measure how fast this engine is here, and how near to what the device can do at best.
    Bench(bench::Arguments),
    /// Print the devices that networks can run on.
    Devices(devices::Arguments),
}

/// What a subcommand reports: lines for people or for programs, on standard output.
struct Report<'a>(&'a mut dyn Write);

impl Report<'_> {
    fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.0, "{text}").map_err(|error| match error.kind() {
            // Whoever reads, `head` for example, has read enough.
            std::io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Said(format!("standard output cannot be written: {error}")),
        })
    }

    fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|error| Failure::Said(error.to_string()))?;
        self.line(&text)
    }
}

/// Why the command ends with a failure.
enum Failure {
    /// One sentence for standard error.
    Said(String),
    /// All has been said already.
    Reported,
    Closed,
}

impl<E: Into<crate::lab::LabError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Said(crate::protocol::Trouble::from(error.into()).to_string())
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let mut report = Report(&mut out);
    let done = match Arguments::parse().command {
        Command::Classify(arguments) => classify::run(&arguments, &mut report),
        Command::Activations(arguments) => activations::run(&arguments, &mut report),
        Command::Look(arguments) => look::run(&arguments, &mut report),
        Command::Summary(arguments) => summary::run(&arguments, &mut report),
        Command::Export(arguments) => export::run(&arguments, &mut report),
        Command::Train(arguments) => train::run(&arguments, &mut report),
        Command::Transfer(arguments) => transfer::run(&arguments, &mut report),
        Command::Compress(arguments) => compress::run(&arguments, &mut report),
        Command::Detect(arguments) => detect::run(&arguments, &mut report),
        Command::Depth(arguments) => depth::run(&arguments, &mut report),
        Command::Brain(arguments) => brain::run(&arguments, &mut report),
        Command::Pose(arguments) => pose::run(&arguments, &mut report),
        Command::Represent(arguments) => represent::run(&arguments, &mut report),
        Command::Language(arguments) => language::run(&arguments, &mut report),
        Command::Distil(arguments) => distil::run(&arguments, &mut report),
        Command::Evaluate(arguments) => evaluate::run(&arguments, &mut report),
        Command::Caption(arguments) => caption::run(&arguments, &mut report),
        Command::Bench(arguments) => bench::run(&arguments, &mut report),
        Command::Devices(arguments) => devices::run(&arguments, &mut report),
    };
    match done {
        Ok(()) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(Failure::Reported) => ExitCode::FAILURE,
        Err(Failure::Said(sentence)) => {
            eprintln!("neocog: {sentence}");
            ExitCode::FAILURE
        }
    }
}
