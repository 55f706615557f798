//! `neocog brain`: networks beside what is known of brains.

mod cells;
mod neocognitron;
mod stream;

use super::{Failure, Report};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Compare matrices of dissimilarities: each layer's with the population's.
    Rdm(stream::StreamArguments),
    /// Predict the responses of neurons from each layer, by ridge regression and by partial least squares, beside the noise ceiling.
    Predict(stream::StreamArguments),
    /// Show gratings, bars and noise to the units of a layer, and print how they are tuned.
    Tuning(cells::CellArguments),
    /// Print the Gabor functions nearest to what the units of a layer see.
    Gabor(cells::CellArguments),
    /// Grow a neocognitron, and print what it recognises, deformed too, beside networks that learn by gradient.
    Neocognitron(neocognitron::GrowNeocognitron),
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Rdm(arguments) => stream::rdm(arguments, report),
        Arguments::Predict(arguments) => stream::predict(arguments, report),
        Arguments::Tuning(arguments) => pollster::block_on(cells::tuning(arguments, report)),
        Arguments::Gabor(arguments) => pollster::block_on(cells::gabor(arguments, report)),
        Arguments::Neocognitron(arguments) => pollster::block_on(neocognitron::run(arguments, report)),
    }
}
