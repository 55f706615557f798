//! `neocog brain`: networks beside what is known of brains.

mod neocognitron;

use super::{Failure, Report};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Grow a neocognitron, and print what it recognises, deformed too, beside networks that learn by gradient.
    Neocognitron(neocognitron::GrowNeocognitron),
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Neocognitron(arguments) => pollster::block_on(neocognitron::run(arguments, report)),
    }
}
