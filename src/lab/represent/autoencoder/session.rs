//! What stays from job to job: the autoencoder that was trained last, and its state as it is looked at.

use super::card::AutoencoderCard;
use super::examples::{DRAWN, bytes_of, pictures_of, told_examples};
use super::model::AutoencoderModel;
use super::shared::CodeShared;
use super::task::AutoencoderTrainer;
use super::unseen::unseen;
use crate::data::dataset::Part;
use crate::lab::device::Device;
use crate::lab::run::{TrainedRun, watch};
use crate::lab::{Host, LabError};
use crate::protocol::{
    AutoencoderProgress, AutoencoderTrain, CodeExamples, DecodeCodes, DecodedPictures, Exported, Interval, RunProgress,
    Stage, UnseenKind, UnseenReport,
};
use async_lock::Mutex;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[derive(Default)]
pub struct AutoencoderSession {
    trained: RefCell<Option<TrainedRun<AutoencoderCard>>>,
    shared: RefCell<Option<Rc<CodeShared>>>,
    model: Mutex<Option<AutoencoderModel>>,
}

/// Pictures between two looks at whether codes are still wanted.
const AT_ONCE: usize = 64;
/// Numbers of a code beyond this are no place that a decoder knows.
const FARTHEST: Interval = Interval::real(-1e6, 1e6);

impl AutoencoderSession {
    pub(in crate::lab) async fn learn(
        &self,
        setup: &AutoencoderTrain,
        host: &impl Host,
        tell: &dyn Fn(AutoencoderProgress),
    ) -> Result<AutoencoderProgress, LabError> {
        let data = pictures_of(setup.data, setup.seed, DRAWN, host).await?;
        let shared = Rc::new(CodeShared::new(setup, &data)?);
        let before = self.trained.borrow().clone();
        let make = async |device: &Device| AutoencoderTrainer::with_shared(setup, &data, &shared, device).await;
        let is_first = Cell::new(true);
        let hear = |run: RunProgress| {
            // The first time on, whoever asks for pictures means this network's.
            if shared.state.borrow().is_some() {
                self.shared.replace(Some(shared.clone()));
            }
            tell(AutoencoderProgress {
                run,
                examples: is_first.replace(false).then(|| told_examples(&data, shared.looked_at())),
                board: shared.news(),
                components_error: shared.components_error(),
            });
        };
        let keep = |trained| _ = self.trained.replace(Some(trained));
        let run = watch(make, setup.backend, setup.resume, before, host, &hear, &keep).await?;
        self.shared.replace(Some(shared.clone()));
        while !shared.look_for_components()? {
            host.rest().await?;
        }
        Ok(AutoencoderProgress {
            run,
            examples: Some(told_examples(&data, shared.looked_at())),
            board: shared.last_board(),
            components_error: shared.components_error(),
        })
    }

    /// What was looked at last.
    fn shared(&self) -> Result<Rc<CodeShared>, LabError> {
        let shared = self.shared.borrow().clone();
        shared.ok_or_else(|| bad_setup!("no autoencoder was trained here yet; let one learn first"))
    }

    pub(in crate::lab) async fn decode(
        &self,
        job: &DecodeCodes,
        host: &impl Host,
    ) -> Result<DecodedPictures, LabError> {
        let shared = self.shared()?;
        let (given, most, wanted) = (job.codes.len(), DecodeCodes::MOST, shared.shape.code);
        ensure!(given <= most, "{given} codes at once are not possible; give at most {most}");
        for code in &job.codes {
            let count = code.len();
            ensure!(count == wanted, "a code of {count} numbers was given to a decoder of {wanted}");
            ensure!(code.iter().all(|&value| FARTHEST.holds(value)), "a code must be numbers of {FARTHEST}");
        }
        let mut kept = host.or_cancelled(self.model.lock()).await?;
        let model = current(&mut kept, &shared).await?;
        let pixels = model.decoded(&job.codes).await?;
        let pixels: Vec<u8> = pixels.into_iter().map(|value| (255.0 * value.clamp(0.0, 1.0)).round() as u8).collect();
        Ok(DecodedPictures {
            shape: shared.shape.picture.map(|side| side as u32),
            step: model.step(),
            pixels: pixels.into(),
        })
    }

    /// How well errors tell pictures of another kind.
    pub(in crate::lab) async fn unseen(&self, kind: UnseenKind, host: &impl Host) -> Result<UnseenReport, LabError> {
        let shared = self.shared()?;
        let mut kept = host.or_cancelled(self.model.lock()).await?;
        unseen(kind, current(&mut kept, &shared).await?, &shared, host).await
    }

    /// Of pictures that were not learnt from, at most so many, and their codes.
    pub(in crate::lab) async fn codes(
        &self,
        count: usize,
        host: &impl Host,
    ) -> Result<(CodeExamples, Vec<Vec<f32>>), LabError> {
        let shared = self.shared()?;
        let parts = [Part::Validation, Part::Test, Part::Train].map(|part| shared.data.split.range(part));
        let places: Vec<usize> = parts.into_iter().flatten().take(count).collect();
        let mut kept = host.or_cancelled(self.model.lock()).await?;
        let model = current(&mut kept, &shared).await?;
        let mut codes = Vec::new();
        for some in places.chunks(AT_ONCE) {
            host.step(Stage::Run, codes.len() as u64, places.len() as u64).await?;
            let rows: Vec<f32> = some
                .iter()
                .flat_map(|&at| bytes_of(&shared.data, at..at + 1))
                .map(|&byte| f32::from(byte) / 255.0)
                .collect();
            codes.extend(model.again(&rows).await?.0);
        }
        Ok((told_examples(&shared.data, places.iter().copied()), codes))
    }

    pub(in crate::lab) fn save(&self) -> Result<Exported, LabError> {
        let trained = self.trained.borrow().as_ref().map(|trained| trained.file.clone());
        let file = trained.ok_or_else(|| bad_setup!("no autoencoder was trained here yet; let one learn first"))?;
        Ok(Exported { name: "autoencoder.safetensors".to_owned(), bytes: file.whole()?.into() })
    }
}

/// With the weights of the last look.
async fn current<'a>(
    kept: &'a mut Option<AutoencoderModel>,
    shared: &CodeShared,
) -> Result<&'a mut AutoencoderModel, LabError> {
    if kept.as_ref().is_none_or(|model| model.shape != shared.shape) {
        *kept = Some(AutoencoderModel::new(&shared.shape).await?);
    }
    let state = shared.state.borrow().clone();
    match (kept, state) {
        (Some(model), Some(state)) => {
            // Another training may have come to the same step.
            if !model.is_of(&state) {
                model.take(&state)?;
            }
            Ok(model)
        }
        _ => Err(bad_setup!("no autoencoder was trained here yet; let one learn first")),
    }
}
