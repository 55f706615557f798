//! `neocog brain`: networks beside what is known of brains.

mod cells;
mod neocognitron;

use super::{Failure, Report};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Show gratings, bars and noise to the units of a layer, and print how they are tuned.
    Tuning(cells::CellArguments),
    /// Print the Gabor functions nearest to what the units of a layer see.
    Gabor(cells::CellArguments),
    /// Grow a neocognitron, and print what it recognises, deformed too, beside networks that learn by gradient.
    Neocognitron(neocognitron::GrowNeocognitron),
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Tuning(arguments) => pollster::block_on(cells::tuning(arguments, report)),
        Arguments::Gabor(arguments) => pollster::block_on(cells::gabor(arguments, report)),
        Arguments::Neocognitron(arguments) => pollster::block_on(neocognitron::run(arguments, report)),
    }
}
