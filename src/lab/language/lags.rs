//! How far back a model remembers: the gradient of the loss of one unit by the features of the unit k earlier.

use super::corpus::Corpus;
use super::model::{LanguageNet, UNITS};
use super::session::TrainedModel;
use super::task::LanguageFile;
use crate::graph::state::Layout;
use crate::graph::{Host, Program};
use crate::lab::LabError;
use crate::lab::device::{CompiledProgram, Device};
use crate::protocol::{GradientLags, LagRun};
use candle_core::Device as HostDevice;

/// Places of the judged part over which the mean is taken.
const PLACES: usize = 64;

/// A program on the CPU with the weights of a file.
pub(super) async fn with_weights(
    program: Program,
    net: &LanguageNet,
    value: impl Fn(&str) -> Option<Host>,
) -> Result<CompiledProgram, LabError> {
    // Not every program wants all of them.
    let layout = Layout::of(&program);
    let plan = Device::Cpu.compile(program).await?;
    for (name, expected, _) in net.weights()?.into_iter().filter(|(name, ..)| layout.find(name).is_some()) {
        let missing = || LabError::MissingTensor {
            file: "the file".to_owned(),
            network: "a language model".to_owned(),
            tensor: name.clone(),
            expected,
        };
        plan.write(&name, &value(&name).ok_or_else(missing)?)?;
    }
    Ok(plan)
}

/// Norms of k = 1, 2, … of the gradient in the mean over places of the judged part; a transformer sees its window and no more.
///
/// # Errors
/// What a device refuses.
pub async fn gradient_lags(model: &TrainedModel) -> Result<GradientLags, LabError> {
    let TrainedModel { file, corpus, progress } = model;
    let norms = lags_of(file, corpus).await?;
    Ok(GradientLags { model: progress.model, step: file.step, norms })
}

async fn lags_of(file: &LanguageFile, corpus: &Corpus) -> Result<Vec<f64>, LabError> {
    let net = file.card.net;
    let farthest = LagRun::FARTHEST as usize;
    let times = if net.states() == 0 { farthest.min(net.window) } else { farthest };
    let mut plan = with_weights(net.looks_back([times, PLACES])?, &net, |name| file.value(name)).await?;
    let part = corpus.judged(net.window).range();
    let span = part.len().max(1);
    let texts: Vec<Vec<u32>> = (0..PLACES)
        .map(|place| corpus.window((part.start + place * span / PLACES).saturating_sub(times), times + 1))
        .collect();
    let units: Vec<u32> = (0..times).flat_map(|time| texts.iter().map(move |text| text[time])).collect();
    let targets: Vec<u32> = texts.iter().map(|text| text[times]).collect();
    let [units, targets] = [Host::new(units, &HostDevice::Cpu)?, Host::new(targets, &HostDevice::Cpu)?];
    let found = plan.run(|name| if name == UNITS { units.clone() } else { targets.clone() }).await?.remove(0);
    let rows = found.to_vec2::<f32>()?;
    let norm = |row: &Vec<f32>| row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    let of_lag = |lag: usize| {
        let first = (times - lag) * PLACES;
        rows[first..first + PLACES].iter().map(norm).sum::<f64>() / PLACES as f64
    };
    Ok((1..=times).map(of_lag).collect())
}
