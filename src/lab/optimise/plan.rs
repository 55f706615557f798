//! One program with its state, on one device.

use super::super::LabError;
use super::super::train::{Compiled, Device, Place};
use crate::graph::{Host, Program};

pub(super) struct Bench {
    place: Place,
    plan: Compiled,
}

impl Bench {
    pub(super) async fn new(program: Program, device: &Device) -> Result<Self, LabError> {
        let place = Place::new(device, &program)?;
        let plan = place.compile(program).await?;
        Ok(Self { place, plan })
    }

    /// Runs it; `value` gives each input by its name. What comes back is from before the state changed.
    pub(super) async fn run(&mut self, value: impl Fn(&str) -> Host) -> Result<Vec<Host>, LabError> {
        self.plan.run(value).await
    }

    /// Runs it for what it does to its state; nothing is read back.
    pub(super) fn step(&mut self, value: impl Fn(&str) -> Host) -> Result<(), LabError> {
        self.plan.step(value)
    }

    pub(super) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        self.place.write(name, value)
    }

    pub(super) async fn read(&self, name: &str) -> Result<Host, LabError> {
        Ok(self.place.read(&[name]).await?.remove(0))
    }
}
