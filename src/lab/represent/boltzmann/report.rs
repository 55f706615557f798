//! What is told of a machine: how likely it makes the data, exactly where that is possible, and what its weights look like.

use super::examples::BinaryExamples;
use super::learn::{contrastive_angles, mean_log_likelihood};
use super::model::{BoltzmannModel, Units, log_sum_exp, sigmoid};
use super::{BoltzmannLearner, Enumeration, PartitionSum, RestrictedMachine};
use crate::lab::{LabError, Monitor};
use crate::protocol::{BoltzmannPoint, BoltzmannProgress, EnumeratedFigures};
use serde_bytes::ByteBuf;

/// Sides of up to so many units are summed while a machine learns: 65,536 states.
const MOST_SUMMED: usize = 16;
/// States that are summed between two looks at whether that is still wanted.
const SUMMED_AT_ONCE: u64 = 2048;
/// Examples that a point is measured on.
const MEASURED: usize = 200;
/// Steps of contrastive divergence whose angles are told.
const ANGLES: [u32; 7] = [1, 2, 5, 10, 20, 50, 100];
/// More states than this have no angles: all transitions are kept at once.
const MOST_ANGLED: usize = 17;
const SHOWN: usize = 12;

/// `ln Z` where a sum over states is short enough for every point.
pub(super) async fn exact_log_z(
    model: &dyn BoltzmannModel,
    restricted: Option<&RestrictedMachine>,
    most: usize,
    watch: &impl Monitor,
) -> Result<Option<f64>, LabError> {
    let Some(machine) = restricted else {
        return Ok(model.as_general().and_then(|machine| Enumeration::of(&machine).ok()).map(|all| all.log_z));
    };
    if machine.visible().min(machine.hidden()) > most {
        return Ok(None);
    }
    let Some(mut sum) = PartitionSum::new(machine) else { return Ok(None) };
    while sum.done() < sum.of() {
        sum.advance(SUMMED_AT_ONCE);
        watch.rest().await?;
    }
    Ok(Some(sum.log_z()))
}

/// After a step.
///
/// # Errors
/// [`LabError::Cancelled`]
pub async fn boltzmann_point(
    learner: &BoltzmannLearner,
    examples: &BinaryExamples,
    watch: &impl Monitor,
) -> Result<BoltzmannPoint, LabError> {
    let model = learner.model.copied();
    let log_z = exact_log_z(model.as_ref(), model.as_restricted(), MOST_SUMMED, watch).await?;
    let train = &examples.train[..examples.train.len().min(MEASURED)];
    let validation = &examples.validation[..examples.validation.len().min(MEASURED)];
    let of = |rows: &[Vec<u8>]| mean_log_likelihood(model.as_ref(), rows, 0.0);
    let free = [of(train), if validation.is_empty() { of(train) } else { of(validation) }];
    Ok(BoltzmannPoint {
        step: learner.step(),
        log_likelihood: log_z.map(|log_z| free.map(|free| free - log_z)),
        free_energy: free.map(|free| -free),
        reconstruction: reconstruction(model.as_ref(), train),
        log_z,
    })
}

/// Of the pixels, from the likeliest hidden units.
fn reconstruction(model: &dyn BoltzmannModel, rows: &[Vec<u8>]) -> f64 {
    let of = |row: &Vec<u8>| {
        let hidden = match model.as_restricted() {
            Some(machine) => {
                machine.hidden_fields(row).into_iter().map(|field| u8::from(sigmoid(field) > 0.5)).collect()
            }
            None => vec![0; model.hidden()],
        };
        let state = Units { visible: row.clone(), hidden };
        let log = |(&on, mean): (&u8, f64)| {
            let mean = mean.clamp(1e-9, 1.0 - 1e-9);
            if on == 1 { -mean.ln() } else { -(1.0 - mean).ln() }
        };
        row.iter().zip(model.means(&state, 1.0)).map(log).sum::<f64>()
    };
    rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64
}

/// What the machine gives each pattern, where these are all there are; and the KL divergence of their distribution from its own.
pub fn patterns_of(model: &dyn BoltzmannModel, examples: &BinaryExamples, log_z: f64) -> Option<(Vec<f64>, f64)> {
    if !examples.is_whole {
        return None;
    }
    let logs: Vec<f64> = examples.train.iter().map(|row| model.minus_free_energy(row) - log_z).collect();
    let count = logs.len() as f64;
    let divergence = -logs.iter().sum::<f64>() / count - count.ln();
    Some((logs.into_iter().map(f64::exp).collect(), divergence))
}

/// All states, where the machine is small.
pub(super) fn enumerated(model: &dyn BoltzmannModel, examples: &BinaryExamples) -> Option<EnumeratedFigures> {
    let all = Enumeration::of(&model.as_general()?).ok()?;
    let rows = 0..1_usize << model.visible();
    let row = |code: usize| (0..model.visible()).map(|at| (code >> at & 1) as u8).collect::<Vec<u8>>();
    let logs: Vec<f64> = rows.map(|code| model.minus_free_energy(&row(code))).collect();
    let small = model.as_restricted().filter(|machine| machine.visible() + machine.hidden() <= MOST_ANGLED);
    let angles = small.and_then(|machine| contrastive_angles(machine, &examples.train, &ANGLES));
    Some(EnumeratedFigures {
        states: 1 << (model.visible() + model.hidden()),
        log_z: all.log_z,
        total: (log_sum_exp(&logs) - all.log_z).exp(),
        entropy: all.entropy(),
        mean_energy: all.mean_energy(),
        angles: ANGLES.into_iter().zip(angles.unwrap_or_default()).collect(),
    })
}

/// What a run has come to; points, times and what is enumerated are put in by whoever drives it.
pub fn progress_of(learner: &BoltzmannLearner, examples: &BinaryExamples, of: u32) -> BoltzmannProgress {
    let model = learner.model.as_ref();
    let count = model.hidden().min(BoltzmannProgress::MOST_FILTERS);
    let filters: Vec<Vec<f64>> = (0..count).map(|hidden| model.filter(hidden)).collect();
    let largest = filters.iter().flatten().fold(1e-9_f64, |most, weight| most.max(weight.abs()));
    let byte = |weight: &f64| (128.0 + 127.0 * weight / largest).round() as u8;
    let pixels = |row: &Vec<u8>| ByteBuf::from(row.clone());
    // Of all patterns all, else a few.
    let shown = if examples.is_whole { examples.train.len() } else { SHOWN };
    BoltzmannProgress {
        step: learner.step(),
        of,
        seconds: 0.0,
        steps_per_second: 0.0,
        height: examples.height as u32,
        width: examples.width as u32,
        hidden: model.hidden() as u32,
        params: model.params().len() as u32,
        examples: [examples.train.len(), examples.validation.len()].map(|count| count as u32),
        points: Vec::new(),
        filters: filters.iter().map(|filter| filter.iter().map(byte).collect::<Vec<u8>>().into()).collect(),
        largest_weight: largest,
        shown: examples.train.iter().take(shown).map(pixels).collect(),
        patterns: None,
        enumerated: None,
        swapped: learner.swapped(),
    }
}
