//! A model reads: log-probabilities of a text, in windows side by side or unit by unit.

use super::corpus::{Corpus, JudgedPart};
use super::model::{LanguageNet, STATES, UNITS};
use crate::graph::Host;
use crate::lab::LabError;
use crate::lab::device::{CompiledProgram, Device, DeviceState};
use candle_core::{DType, Device as HostDevice};

/// Nats of each unit of a part, row after row: `run` is given the values of a program of [`LanguageNet::reads`] with targets, whose batch is
/// the part's rows. Recurrent networks carry their states on from a window before the part; a transformer sees half a window or more before
/// each unit.
pub(super) async fn judged_nats(
    net: &LanguageNet,
    corpus: &Corpus,
    part: &JudgedPart,
    mut run: impl AsyncFnMut(&WindowValues) -> Result<Vec<Host>, LabError>,
) -> Result<Vec<f64>, LabError> {
    let JudgedPart { first, rows, row } = *part;
    let window = net.window;
    let step = if net.states() == 0 { window / 2 } else { window };
    // What was read before the first unit that counts.
    let before = if net.states() == 0 { window - step } else { window }.min(first);
    let mut nats = vec![0.0; rows * row];
    let mut states = states_of(net, rows)?;
    let mut at = 0;
    while at < before + row {
        let texts: Vec<Vec<u32>> =
            (0..rows).map(|one| corpus.window(first + one * row + at - before, window + 1)).collect();
        let values = WindowValues::of(&texts, std::mem::take(&mut states))?;
        let mut found = run(&values).await?;
        let log_p = found.remove(0).to_vec1::<f32>()?;
        states = found;
        for (place, log_p) in log_p.into_iter().enumerate() {
            let (time, one) = (place / rows, place % rows);
            // Of the unit that follows the one that was read.
            let unit = at + time + 1;
            let counts =
                unit >= before && unit < before + row && (net.states() > 0 || time + step >= window || at == 0);
            if counts {
                nats[one * row + unit - before] = -f64::from(log_p);
            }
        }
        at += step;
    }
    Ok(nats)
}

pub(super) fn states_of(net: &LanguageNet, batch: usize) -> Result<Vec<Host>, LabError> {
    let zeros = |_| Host::zeros((batch, net.hidden), DType::F32, &HostDevice::Cpu);
    Ok((0..net.states()).map(zeros).collect::<Result<_, _>>()?)
}

/// The inputs of a program that reads.
pub(super) struct WindowValues {
    units: Host,
    targets: Host,
    states: Vec<Host>,
}

impl WindowValues {
    /// Rows of a unit more than are read: each is followed by a target.
    pub(super) fn of(texts: &[Vec<u32>], states: Vec<Host>) -> Result<Self, LabError> {
        let times = texts.first().map_or(0, |text| text.len().saturating_sub(1));
        let side_by_side = |off: usize| -> Vec<u32> {
            (0..times).flat_map(|time| texts.iter().map(move |text| text[time + off])).collect()
        };
        let host = |values: Vec<u32>| Host::new(values, &HostDevice::Cpu);
        Ok(Self { units: host(side_by_side(0))?, targets: host(side_by_side(1))?, states })
    }

    pub(super) fn value(&self, name: &str) -> Host {
        match STATES.iter().position(|state| *state == name).and_then(|at| self.states.get(at)) {
            Some(state) => state.clone(),
            None if name == UNITS => self.units.clone(),
            None => self.targets.clone(),
        }
    }
}

/// A model on a device, unit by unit.
pub(super) struct UnitReader {
    pub(super) net: LanguageNet,
    plan: CompiledProgram,
    state: DeviceState,
    states: Vec<Host>,
    /// Of a transformer, which has no states: what it has read.
    recent: Vec<u32>,
}

impl UnitReader {
    pub(super) async fn new(
        net: LanguageNet,
        device: &Device,
        value: impl Fn(&str) -> Option<Host>,
    ) -> Result<Self, LabError> {
        let times = if net.states() == 0 { net.window } else { 1 };
        let program = net.reads([times, 1], false)?;
        let state = device.state(&program)?;
        let plan = state.compile(program).await?;
        let reader = Self { net, plan, state, states: states_of(&net, 1)?, recent: Vec::new() };
        reader.take_weights(value)?;
        Ok(reader)
    }

    /// Other weights of the same network.
    pub(super) fn take_weights(&self, value: impl Fn(&str) -> Option<Host>) -> Result<(), LabError> {
        for (tensor, expected, _) in self.net.weights()? {
            let missing = || LabError::MissingTensor {
                file: "the file".to_owned(),
                network: "a language model".to_owned(),
                tensor: tensor.clone(),
                expected,
            };
            self.state.write(&tensor, &value(&tensor).ok_or_else(missing)?)?;
        }
        Ok(())
    }

    pub(super) fn forget(&mut self) -> Result<(), LabError> {
        self.states = states_of(&self.net, 1)?;
        self.recent.clear();
        Ok(())
    }

    /// Log-probabilities of all units that may follow this one.
    pub(super) async fn read(&mut self, unit: u32) -> Result<Vec<f32>, LabError> {
        let host = |units: &[u32]| Host::new(units, &HostDevice::Cpu);
        if self.net.states() > 0 {
            let units = host(&[unit])?;
            let states = &self.states;
            let value = |name: &str| {
                STATES.iter().position(|state| *state == name).map_or_else(|| units.clone(), |at| states[at].clone())
            };
            let mut found = self.plan.run(value).await?;
            let log_p = found.remove(0);
            self.states = found;
            return Ok(log_p.flatten_all()?.to_vec1()?);
        }
        let window = self.net.window;
        if self.recent.len() == window {
            self.recent.drain(..window / 2);
        }
        self.recent.push(unit);
        let last = self.recent.len() - 1;
        // What stands behind the last unit is not seen by it.
        let mut padded = self.recent.clone();
        padded.resize(window, 0);
        let units = host(&padded)?;
        let found = self.plan.run(|_| units.clone()).await?.remove(0);
        Ok(found.get(last)?.to_vec1()?)
    }
}
