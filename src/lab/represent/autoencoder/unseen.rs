//! The error of a reconstruction as a measure of "never seen": what was not learnt does not come again (Japkowicz, Myers & Gluck 1995).

use super::examples::{bytes_of, looked_at};
use super::model::AutoencoderModel;
use super::shared::{CodeShared, mean_square};
use crate::data::dataset::Dataset;
use crate::data::resize::resize;
use crate::lab::train::dataset_of;
use crate::lab::{Host, LabError};
use crate::protocol::{DataChoice, Stage, UnseenKind, UnseenReport};

/// Pictures of the other kind that are drawn.
const DRAWN: u32 = 400;
/// Of the two distributions.
const BINS: usize = 24;
/// Pictures between two looks at whether that is still wanted.
const AT_ONCE: usize = 32;

/// Rows of numbers in 0…1, one after the other, and the name of their set.
struct OtherPictures {
    set: String,
    rows: Vec<f32>,
}

async fn others(kind: UnseenKind, shared: &CodeShared, host: &impl Host) -> Result<OtherPictures, LabError> {
    let set = shared.data.name.clone();
    let own = bytes_of(&shared.data, looked_at(&shared.data));
    let plane = shared.shape.picture[1] * shared.shape.picture[2];
    let rows = match kind {
        UnseenKind::OtherSet => {
            let set = if set == "shapes" { "digits" } else { "shapes" };
            let choice = DataChoice { set: set.to_owned(), seed: 1, count: DRAWN, ..DataChoice::default() };
            let drawn = dataset_of(&choice, None, host).await?;
            return Ok(OtherPictures { set: set.to_owned(), rows: brought_to(&drawn, shared.shape.picture)? });
        }
        // Half a turn of a plane is its pixels backwards.
        UnseenKind::UpsideDown => {
            own.chunks_exact(plane).flat_map(|plane| plane.iter().rev().map(|&byte| unit(byte))).collect()
        }
        UnseenKind::Negative => own.iter().map(|&byte| 1.0 - unit(byte)).collect(),
    };
    Ok(OtherPictures { set, rows })
}

fn unit(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

/// Pictures in the size and with the channels of others.
fn brought_to(set: &Dataset, [channels, height, width]: [usize; 3]) -> Result<Vec<f32>, LabError> {
    let mut rows = Vec::new();
    for at in 0..set.len() {
        let Some(picture) = set.picture(at) else { continue };
        let small = resize(&picture, width as u32, height as u32)?;
        let pixels = small.pixels().as_chunks::<3>().0;
        let grey = |pixel: &[u8; 3]| pixel.iter().map(|&byte| unit(byte)).sum::<f32>() / 3.0;
        for channel in 0..channels {
            rows.extend(
                pixels.iter().map(|pixel| if channels == 1 { grey(pixel) } else { unit(pixel[channel.min(2)]) }),
            );
        }
    }
    Ok(rows)
}

/// Errors of pictures, and the pictures again.
async fn judged(
    model: &mut AutoencoderModel,
    rows: &[f32],
    host: &impl Host,
) -> Result<(Vec<f64>, Vec<f32>), LabError> {
    let numbers = model.shape.numbers();
    let (mut errors, mut all) = (Vec::new(), Vec::with_capacity(rows.len()));
    for some in rows.chunks(AT_ONCE * numbers) {
        host.step(Stage::Run, errors.len() as u64, (rows.len() / numbers) as u64).await?;
        let (_, again) = model.again(some).await?;
        errors.extend(some.chunks_exact(numbers).zip(again.chunks_exact(numbers)).map(|(a, b)| mean_square(a, b)));
        all.extend(again);
    }
    Ok((errors, all))
}

pub(super) async fn unseen(
    kind: UnseenKind,
    model: &mut AutoencoderModel,
    shared: &CodeShared,
    host: &impl Host,
) -> Result<UnseenReport, LabError> {
    let numbers = shared.shape.numbers();
    let known: Vec<f32> = bytes_of(&shared.data, looked_at(&shared.data)).iter().map(|&byte| unit(byte)).collect();
    let OtherPictures { set, rows } = others(kind, shared, host).await?;
    let (own, own_again) = judged(model, &known, host).await?;
    let (other, other_again) = judged(model, &rows, host).await?;
    let shown = |rows: &[f32], again: &[f32], order: &[usize]| -> Vec<u8> {
        let byte = |value: &f32| (255.0 * value.clamp(0.0, 1.0)).round() as u8;
        let picture = |at: usize| {
            let at = at * numbers..(at + 1) * numbers;
            rows[at.clone()].iter().chain(&again[at]).map(byte).collect::<Vec<u8>>()
        };
        order.iter().take(UnseenReport::SHOWN).flat_map(|&at| picture(at)).collect()
    };
    let ordered = |errors: &[f64]| {
        let mut order: Vec<usize> = (0..errors.len()).collect();
        order.sort_by(|&one, &two| errors[one].total_cmp(&errors[two]));
        order
    };
    let strangest: Vec<usize> = ordered(&own).into_iter().rev().collect();
    Ok(UnseenReport {
        step: model.step(),
        kind,
        sets: [shared.data.name.clone(), set],
        counts: [own.len() as u32, other.len() as u32],
        auc: area_under_curve(&own, &other),
        bins: bins_of(&own, &other),
        shape: shared.shape.picture.map(|side| side as u32),
        missed: shown(&rows, &other_again, &ordered(&other)).into(),
        strange: shown(&known, &own_again, &strangest).into(),
    })
}

/// The chance that of one number of each the other's is larger, and half of the chance that they are equal (Hanley & McNeil 1982), by the
/// ranks of all.
pub fn area_under_curve(own: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        own.iter().map(|&error| (error, false)).chain(other.iter().map(|&error| (error, true))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum) = (0.0, 0.0);
    for equal in all.chunk_by(|a, b| a.0 == b.0) {
        let others = equal.iter().filter(|(_, is_other)| *is_other).count() as f64;
        let owns = equal.len() as f64 - others;
        sum += others * (below + 0.5 * owns);
        below += owns;
    }
    sum / (own.len() as f64 * other.len() as f64).max(1.0)
}

fn bins_of(own: &[f64], other: &[f64]) -> Vec<[f64; 3]> {
    let log = |error: &f64| error.max(1e-9).ln();
    let all = || own.iter().chain(other).map(log);
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let width = ((high - low) / BINS as f64).max(1e-9);
    let share = |errors: &[f64], bin: usize| {
        let place = |error: &f64| (((log(error) - low) / width) as usize).min(BINS - 1);
        errors.iter().filter(|error| place(error) == bin).count() as f64 / errors.len().max(1) as f64
    };
    (0..BINS).map(|bin| [(low + (bin + 1) as f64 * width).exp(), share(own, bin), share(other, bin)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_pairs_in_order() {
        let (own, other) = ([0.1, 0.4, 0.4, 0.9, 0.2], [0.4, 0.5, 0.95, 0.05]);
        let mut pairs = 0.0;
        for a in own {
            for b in other {
                pairs += if b > a {
                    1.0
                } else if b == a {
                    0.5
                } else {
                    0.0
                };
            }
        }
        assert!((area_under_curve(&own, &other) - pairs / 20.0).abs() < 1e-12);
        assert_eq!(area_under_curve(&[1.0, 2.0], &[3.0]), 1.0);
        assert_eq!(area_under_curve(&[1.0], &[1.0]), 0.5);
        let bins = bins_of(&own, &other);
        let [one, two] = [1, 2].map(|at| bins.iter().map(|bin| bin[at]).sum::<f64>());
        assert!((one - 1.0).abs() < 1e-12 && (two - 1.0).abs() < 1e-12);
    }
}
