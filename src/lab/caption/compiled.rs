//! A trained captioning network on one device: its programs, each compiled when it is first wanted.

use super::batch::{PictureData, pictures_from};
use super::graphs::{self, INPUTS, MASK, PARENTS, PICTURES, TARGETS};
use super::kept::Captioner;
use crate::graph::pass::PassError;
use crate::graph::{Host, Program};
use crate::lab::LabError;
use crate::lab::device::{Cache, CompiledProgram, Device, DeviceState};
use crate::models::show_and_tell::{END, START};
use crate::protocol::Decode;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Sentences that are followed at once.
pub(super) const BEAMS: usize = Decode::WIDTH.high as usize;
/// All programs of a network.
const PLANS: usize = 5;

pub(super) struct CompiledCaptioner {
    pub(super) captioner: Rc<Captioner>,
    state: DeviceState,
    plans: Cache<&'static str, CompiledProgram>,
}

/// A sentence as it was read: log-probabilities `[times][words]`, and the gates `[times + 1][6 · hidden]`.
pub(super) struct ReadBack {
    pub(super) log_ps: Vec<Vec<f32>>,
    pub(super) gates: Vec<Vec<f32>>,
}

impl CompiledCaptioner {
    pub(super) fn new(captioner: &Rc<Captioner>, device: &Device) -> Result<Self, LabError> {
        let net = captioner.net;
        let state = device.state(&graphs::everything(&net, BEAMS)?)?;
        for (tensor, expected, _) in graphs::weights_of(&net)? {
            let missing = || LabError::MissingTensor {
                file: "the file".to_owned(),
                network: "a captioning network".to_owned(),
                tensor: tensor.clone(),
                expected,
            };
            state.write(&tensor, &captioner.value(&tensor).ok_or_else(missing)?)?;
        }
        Ok(Self { captioner: captioner.clone(), state, plans: Cache::new(PLANS) })
    }

    /// The program of this name, made where there is none yet.
    async fn plan(
        &mut self,
        name: &'static str,
        program: impl FnOnce() -> Result<Program, PassError>,
    ) -> Result<&mut CompiledProgram, LabError> {
        let state = &self.state;
        self.plans.get(name, async || state.compile(program()?).await).await
    }

    pub(super) fn is_lost(&self) -> bool {
        self.state.device().is_lost()
    }

    pub(super) fn times(&self) -> usize {
        self.captioner.times
    }

    /// The likeliest word each time, all in one plan: numbers and their log-probabilities, the end included where it is said.
    pub(super) async fn greedy(&mut self, picture: &PictureData) -> Result<Vec<(u32, f32)>, LabError> {
        let (net, times) = (self.captioner.net, self.times());
        let pictures = pictures_from(&[picture])?;
        let plan = self.plan("greedy", || graphs::greedy(&net, [1, times])).await?;
        let found = plan.run(|_| pictures.clone()).await?;
        let said = found[0].to_vec1::<u32>()?.into_iter().zip(found[1].to_vec1::<f32>()?);
        let mut words = Vec::new();
        for (word, log_p) in said {
            words.push((word, log_p));
            if word == END {
                break;
            }
        }
        Ok(words)
    }

    /// Looks at a picture: all beams begin anew.
    pub(super) async fn encode(&mut self, picture: &PictureData) -> Result<(), LabError> {
        let net = self.captioner.net;
        let pictures = pictures_from(&[picture])?;
        self.plan("encode", || graphs::encode(&net, BEAMS)).await?.step(|_| pictures.clone())
    }

    /// Each beam goes on from another one of the last step with a word. Log-probabilities of what may follow, beam by beam.
    pub(super) async fn step(&mut self, beams: &[(u32, u32)]) -> Result<Vec<Vec<f32>>, LabError> {
        let net = self.captioner.net;
        let all = |of: fn(&(u32, u32)) -> u32| -> Vec<u32> { (0..BEAMS).map(|k| beams.get(k).map_or(0, of)).collect() };
        let parents = Host::new(all(|beam| beam.0), &HostDevice::Cpu)?;
        let inputs = Host::new(all(|beam| beam.1), &HostDevice::Cpu)?;
        let plan = self.plan("step", || graphs::step(&net, BEAMS)).await?;
        let found = plan.run(|name| if name == PARENTS { parents.clone() } else { inputs.clone() }).await?;
        let mut log_ps = found[0].to_vec2::<f32>()?;
        log_ps.truncate(beams.len());
        Ok(log_ps)
    }

    /// What the network thinks of a sentence, all words at once.
    pub(super) async fn read(&mut self, picture: &PictureData, said: &[u32]) -> Result<ReadBack, LabError> {
        let (net, times) = (self.captioner.net, self.times());
        let pictures = pictures_from(&[picture])?;
        let inputs = Host::new(inputs(said, times), &HostDevice::Cpu)?;
        let plan = self.plan("read", || graphs::read(&net, times)).await?;
        let found = plan.run(|name| if name == PICTURES { pictures.clone() } else { inputs.clone() }).await?;
        Ok(ReadBack { log_ps: found[0].to_vec2()?, gates: found[1].to_vec2()? })
    }

    /// The gradient of each word's log-probability by the picture: `[times, 3, side, side]` of which the first `said.len()` count.
    pub(super) async fn explain(&mut self, picture: &PictureData, said: &[u32]) -> Result<Host, LabError> {
        let (net, times) = (self.captioner.net, self.times());
        let pictures = pictures_from(&[picture])?;
        // Sentences lie time by time, and each copy of the picture has the same.
        let each = |words: Vec<u32>| -> Vec<u32> { words.into_iter().flat_map(|word| vec![word; times]).collect() };
        let padded = (0..times).map(|time| said.get(time).copied().unwrap_or(END)).collect();
        let inputs = Host::new(each(inputs(said, times)), &HostDevice::Cpu)?;
        let said = Host::new(each(padded), &HostDevice::Cpu)?;
        let mask = Host::eye(times, candle_core::DType::F32, &HostDevice::Cpu)?.flatten_all()?;
        let plan = self.plan("explain", || graphs::explain(&net, times)).await?;
        let value = |name: &str| match name {
            PICTURES => pictures.clone(),
            INPUTS => inputs.clone(),
            MASK => mask.clone(),
            TARGETS => said.clone(),
            _ => said.clone(),
        };
        Ok(plan.run(value).await?.remove(0))
    }
}

/// What the decoder reads before each word.
fn inputs(said: &[u32], times: usize) -> Vec<u32> {
    (0..times).map(|time| if time == 0 { START } else { said.get(time - 1).copied().unwrap_or(END) }).collect()
}
