//! Does what fools one network fool another? (Szegedy et al. 2014, section 4.2.)

use super::super::device::Placed;
use super::super::{LabError, Monitor, Weights, predictions, seen};
use super::method::change;
use super::model_runner::ModelRunner;
use super::picture::{rgb_of, values_of};
use crate::data::Rgb;
use crate::protocol::{Attack, Prediction, Stage, TransferAttack, TransferCell, TransferRow};

/// A grid of more is no picture any more.
const MOST: usize = 8;

pub(super) fn check(job: &TransferAttack) -> Result<(), LabError> {
    let count = job.networks.len();
    ensure!((1..=MOST).contains(&count), "{count} networks make no grid; choose 1 to {MOST}");
    Ok(())
}

/// One attack on each network, without a target; the result in 8 bits, shown to all, each of which resizes it as it does
/// with any picture.
pub(super) async fn transfer(
    job: &TransferAttack,
    models: &mut [Placed<ModelRunner>],
    picture: &Rgb,
    watch: &impl Monitor,
) -> Result<Vec<TransferRow>, LabError> {
    let attack = Attack { target: None, ..job.attack.clone() };
    let of = (models.len() * models.len()) as u64;
    let mut rows = Vec::new();
    for from in 0..models.len() {
        let runner = &mut models[from].model;
        let network = runner.victim.network.clone();
        let clean = seen(picture, &network, attack.fit)?;
        let x = values_of(&clean, network.input[0])?;
        watch.step(Stage::Run, (from * job.networks.len()) as u64, of).await?;
        let logits = runner.look_at(&x).await?;
        let done = change(runner, &x, &logits, &attack, watch, |_, _, _| {}).await?;
        let changed = rgb_of(&done.x, network.input)?;
        let mut cells = Vec::new();
        for (to, Placed { network, model, .. }) in models.iter_mut().enumerate() {
            watch.step(Stage::Run, (from * job.networks.len() + to) as u64, of).await?;
            let before = first(model, network, &clean, to == from, &attack).await?;
            let after = first(model, network, &changed, to == from, &attack).await?;
            cells.push(TransferCell { network: model.victim.network.id.clone(), before, after });
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
    predictions(weights, &logits, 1)?.0.pop().ok_or_else(|| bad_setup!("a network gave no classes"))
}
