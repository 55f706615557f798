//! The error over the size of the code: one short training for each, beside as many principal components.

use super::examples::{DRAWN, pictures_of};
use super::shared::CodeShared;
use super::task::{AutoencoderTrainer, CodeErrors};
use crate::data::dataset::Part;
use crate::lab::device::{Device, Pace, choose};
use crate::lab::{Host, LabError};
use crate::protocol::{AutoencoderTrain, CodeSizeRow, CodeSizes, Progress, Stage};
use std::rc::Rc;

/// Of codes that are smaller than the pictures; `tell` hears of each.
pub(in crate::lab) async fn over_sizes(
    job: &CodeSizes,
    host: &impl Host,
    tell: &dyn Fn(CodeSizeRow),
) -> Result<Vec<CodeSizeRow>, LabError> {
    let setup = AutoencoderTrain { code: CodeSizes::SIZES[0], resume: false, ..job.setup.clone() };
    let data = pictures_of(setup.data, setup.seed, DRAWN, host).await?;
    let sizes: Vec<u32> = CodeSizes::SIZES.into_iter().filter(|&code| (code as usize) < data.row_len()).collect();
    ensure!(!sizes.is_empty(), "these pictures have {} numbers, no more than the smallest code", data.row_len());
    let first = Rc::new(CodeShared::new(&setup, &data)?);
    let sample = async |device: &Device| {
        AutoencoderTrainer::with_shared(&setup, &data, &first, device).await?.step_millis(host).await
    };
    let (device, _) = choose(setup.backend, &host.gpu().await?, sample).await?;
    let of = u64::from(setup.steps) * sizes.len() as u64;
    let (mut rows, mut done, mut pace) = (Vec::new(), 0, Pace::new(host));
    for code in sizes {
        let setup = AutoencoderTrain { code, ..setup.clone() };
        let mut trainer = AutoencoderTrainer::start(&setup, &data, &device).await?;
        while trainer.step() < setup.steps {
            trainer.learn().await?;
            if trainer.is_full() {
                trainer.losses().await?;
            }
            done += 1;
            if pace.is_time_to_tell(host) {
                let millis_left = 1e3 * pace.seconds(host) * (of - done) as f64 / done as f64;
                host.progress(Progress { stage: Stage::Run, done, of, millis_left: Some(millis_left as u64) });
            }
            pace.rest(host).await?;
        }
        let part = if data.split.range(Part::Validation).is_empty() { Part::Train } else { Part::Validation };
        let CodeErrors { autoencoder, components, .. } = trainer.errors(part).await?;
        let row = CodeSizeRow { code, autoencoder, components };
        tell(row);
        rows.push(row);
    }
    Ok(rows)
}
