//! A recurrent model through time: the same network once for each unit of a text, each copy fed by the one before.

use super::lags::with_weights;
use super::model::UNITS;
use super::session::{TrainedModel, name_of};
use crate::graph::Host;
use crate::lab::LabError;
use crate::protocol::{UnrollRun, UnrolledCopy, UnrolledReport};
use candle_core::Device as HostDevice;

fn norm(row: &[f32]) -> f64 {
    row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

/// # Errors
/// [`LabError::Setup`] of a transformer, which has no copies in time, and of a text of fewer than two units.
pub(super) async fn unrolled(model: &TrainedModel, job: &UnrollRun) -> Result<UnrolledReport, LabError> {
    let TrainedModel { file, corpus, .. } = model;
    let net = file.card.net;
    ensure!(
        net.states() > 0,
        "a {} sees its whole window at once and has no copies in time; choose a recurrent network",
        name_of(net.model)
    );
    let most = UnrollRun::SHOWN + 1;
    let units = match job.text.is_empty() {
        true => corpus.window(corpus.judged(net.window).first, most),
        false => corpus.vocabulary.read(&job.text, corpus.units()),
    };
    let units = &units[..units.len().min(most)];
    ensure!(units.len() > 1, "{} unit is too short a text to be read through time; write a few words", units.len());
    let times = units.len() - 1;
    let mut plan = with_weights(net.unrolls(times)?, &net, |name| file.value(name)).await?;
    let [read, next] = [&units[..times], &units[1..]];
    let [said, wanted] = [Host::new(read, &HostDevice::Cpu)?, Host::new(next, &HostDevice::Cpu)?];
    let found = plan.run(|name| if name == UNITS { said.clone() } else { wanted.clone() }).await?;
    let log_p = found[0].flatten_all()?.to_vec1::<f32>()?;
    let [gradients, states] = [found[1].to_vec2::<f32>()?, found[2].to_vec2::<f32>()?];
    let name = |unit: u32| corpus.vocabulary.name(unit).to_owned();
    let copies = (0..times).map(|at| UnrolledCopy {
        text: name(read[at]),
        next: name(next[at]),
        probability: log_p[at].exp(),
        gradient: norm(&gradients[at]),
        activity: norm(&states[at]) / (net.hidden as f64).sqrt(),
        units: states[at].iter().copied().take(UnrolledCopy::UNITS).collect(),
    });
    let params = net.weights()?.iter().map(|(_, shape, _)| shape.iter().product::<usize>() as u64).sum();
    Ok(UnrolledReport { model: net.model, step: file.step, params, copies: copies.collect() })
}
