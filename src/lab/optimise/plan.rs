//! One program with its state, on one device.

use super::super::LabError;
use super::super::train::{Compiled, Device, Place};
use crate::graph::{Host, Program};

pub(in crate::lab) struct Bench {
    place: Place,
    plan: Compiled,
}

impl Bench {
    pub(in crate::lab) async fn new(program: Program, device: &Device) -> Result<Self, LabError> {
        let place = Place::new(device, &program)?;
        let plan = place.compile(program).await?;
        Ok(Self { place, plan })
    }

    /// Kernel calls of one run.
    pub(in crate::lab) fn dispatches(&self) -> usize {
        self.plan.dispatches()
    }

    /// Runs it; `value` gives each input by its name. What comes back is from before the state changed.
    pub(in crate::lab) async fn run(&mut self, value: impl Fn(&str) -> Host) -> Result<Vec<Host>, LabError> {
        self.plan.run(value).await
    }

    /// Runs it for what it does to its state; nothing is read back.
    pub(in crate::lab) fn step(&mut self, value: impl Fn(&str) -> Host) -> Result<(), LabError> {
        self.plan.step(value)
    }

    pub(in crate::lab) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        self.place.write(name, value)
    }

    pub(in crate::lab) async fn read(&self, name: &str) -> Result<Host, LabError> {
        Ok(self.place.read(&[name]).await?.remove(0))
    }
}
