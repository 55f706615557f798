//! What must hold of any captioning network and of any LSTM, measured.

use super::batch::PictureData;
use super::compiled::CompiledCaptioner;
use super::decode::decode;
use super::kept::Captioner;
use crate::data::scenes::{self, Scene, SceneKind};
use crate::graph::{Graph, Host, Program, Spec, grad};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::nn::{LstmState, VarBuilder, init, lstm};
use crate::protocol::{CaptionFact, Decode, Finding};
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Scenes on which decoders are compared.
const SCENES: u64 = 32;

pub(super) async fn facts(captioner: &Rc<Captioner>, device: &Device) -> Result<Vec<Finding<CaptionFact>>, LabError> {
    let mut compiled = CompiledCaptioner::new(captioner, device)?;
    let (mut same, mut apart) = (0, 0.0_f64);
    for index in 0..SCENES {
        let scene = Scene::drawn(SceneKind::HeldOut, 1, index);
        let picture = PictureData::Bytes(scenes::picture(&scene, None));
        let greedy = decode(&mut compiled, &picture, Decode::Greedy).await?;
        let one = decode(&mut compiled, &picture, Decode::Beam { width: 1 }).await?;
        same += u32::from(greedy.words == one.words);
        let read = compiled.read(&picture, &one.words).await?;
        let sum: f64 = one.words.iter().zip(&read.log_ps).map(|(&word, log_ps)| f64::from(log_ps[word as usize])).sum();
        apart = apart.max((sum - one.log_p).abs());
    }
    Ok(device.findings([
        (CaptionFact::BeamOfOne, SCENES as f64, f64::from(same), 0.0),
        (CaptionFact::SumOfWords, 0.0, apart, 1e-3),
        (CaptionFact::Carousel, 1.0, carousel(device).await?, 1e-6),
    ]))
}

const UNITS: usize = 8;
const TIMES: usize = 50;

/// Of `∂c_T/∂c_0`, the value that is furthest from 1, of an LSTM whose forget gates are at 1 and input gates at 0 (Hochreiter & Schmidhuber 1997).
async fn carousel(device: &Device) -> Result<f64, LabError> {
    let graph = Graph::new();
    let vb = VarBuilder::new(&graph);
    let x = graph.input("x", Spec::f32([TIMES, UNITS]));
    let [h, c] = ["h", "c"].map(|name| graph.input(name, Spec::f32([1, UNITS])));
    let steps = lstm(UNITS, UNITS, vb.clone())?.seq(&x, &LstmState { h, c: c.clone() })?;
    let last = steps.last().map_or(&c, |step| &step.state.c);
    let gradient = grad(&last.sum_all()?, &[&c])?.remove(0);
    let program = Program::step(&[&gradient], &[])?;
    let mut plan = device.compile(program).await?;
    for (name, tensor, start) in vb.parameters() {
        let mut value = init::value(start, tensor.dims(), 1, &name)?;
        if name == "bias_ih_l0" {
            // No weights of at most 1 each move these: σ(-100) is 0 and σ(100) is 1 in f32.
            let bias = [-100.0_f32, 100.0, 0.0, 0.0].into_iter().flat_map(|bias| [bias; UNITS]);
            value = Host::from_vec(bias.collect::<Vec<f32>>(), 4 * UNITS, &HostDevice::Cpu)?;
        }
        if plan.read(&[&name]).await.is_ok() {
            plan.write(&name, &value)?;
        }
    }
    let numbers = |rows: usize| Host::full(0.5_f32, (rows, UNITS), &HostDevice::Cpu);
    let (x, one) = (numbers(TIMES)?, numbers(1)?);
    let found = plan.run(|name| if name == "x" { x.clone() } else { one.clone() }).await?.remove(0);
    let found = found.flatten_all()?.to_vec1::<f32>()?;
    let from_one = |value: &f32| (value - 1.0).abs();
    let worst = found.iter().copied().max_by(|a, b| from_one(a).total_cmp(&from_one(b)));
    Ok(worst.map_or(f64::NAN, f64::from))
}
