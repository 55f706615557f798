//! Does what fools one network fool another? (Szegedy et al. 2014, section 4.2.)

use super::super::{LabError, Watch, Weights, predictions, seen};
use super::method::change;
use super::model_runner::ModelRunner;
use super::picture::{rgb_of, values_of};
use crate::data::Rgb;
use crate::protocol::{Attack, Prediction, Stage, Transfer, TransferCell, TransferRow};

/// A grid of more is no picture any more.
const MOST: usize = 8;

/// # Errors
/// [`LabError::Setup`] for none or too many networks.
pub(super) fn check(job: &Transfer) -> Result<(), LabError> {
    if job.networks.is_empty() || job.networks.len() > MOST {
        let detail = format!("{} networks make no grid; choose 1 to {MOST}", job.networks.len());
        return Err(LabError::Setup { detail });
    }
    Ok(())
}

/// One attack on each network, without a target; the result in 8 bits, shown to all, each of which resizes it as it does
/// with any picture.
pub(super) async fn transfer(
    job: &Transfer,
    runners: &mut [(&mut ModelRunner, &Weights)],
    picture: &Rgb,
    watch: &impl Watch,
) -> Result<Vec<TransferRow>, LabError> {
    let attack = Attack { target: None, ..job.attack.clone() };
    let of = (runners.len() * runners.len()) as u64;
    let mut rows = Vec::new();
    for from in 0..runners.len() {
        let runner = &mut *runners[from].0;
        let network = runner.victim.network.clone();
        let clean = seen(picture, &network, attack.fit)?;
        let x = values_of(&clean, network.input[0])?;
        watch.step(Stage::Run, (from * job.networks.len()) as u64, of).await?;
        let logits = runner.look_at(&x).await?;
        let done = change(runner, &x, &logits, &attack, watch, |_, _, _| {}).await?;
        let changed = rgb_of(&done.x, network.input)?;
        let mut cells = Vec::new();
        for (to, (runner, weights)) in runners.iter_mut().enumerate() {
            watch.step(Stage::Run, (from * job.networks.len() + to) as u64, of).await?;
            let before = first(runner, weights, &clean, to == from, &attack).await?;
            let after = first(runner, weights, &changed, to == from, &attack).await?;
            cells.push(TransferCell { network: runner.victim.network.id.clone(), before, after });
        }
        rows.push(TransferRow { network: network.id, cells });
    }
    Ok(rows)
}

/// The first class; the attacked network gets its own input back as it is.
async fn first(
    runner: &mut ModelRunner,
    weights: &Weights,
    picture: &Rgb,
    as_it_is: bool,
    attack: &Attack,
) -> Result<Prediction, LabError> {
    let channels = runner.victim.network.input[0];
    let x = match as_it_is {
        true => values_of(picture, channels)?,
        false => values_of(&seen(picture, &runner.victim.network, attack.fit)?, channels)?,
    };
    let logits = runner.look_at(&x).await?;
    let missing = || LabError::Setup { detail: "a network gave no classes".to_owned() };
    predictions(weights, &logits, 1)?.0.into_iter().next().ok_or_else(missing)
}
