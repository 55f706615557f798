//! `neocog pose`: where a person's joints are.

mod train;

use super::{Failure, Report};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Train DeepPose on figures that the program draws. An interrupted run goes on when the same command is given again.
    Train(train::TrainPose),
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Train(train) => pollster::block_on(train::run(train, report)),
    }
}
