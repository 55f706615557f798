//! What a person has brought, and what was learnt of it: it stays from job to job.

use super::classes::ClassShelf;
use super::learn::{Learning, TransferLearnt};
use super::model::TransferModel;
use super::store::{FeatureStore, KnownPicture};
use super::{TransferFile, feature_layer, transfer_facts};
use crate::lab::device::{Models, Placed};
use crate::lab::{Host, LabError, Perform, Weights};
use crate::protocol::{
    Exported, PredictTransfer, SweepRow, Transfer, TransferFound, TransferPrediction, TransferTask, Transferred,
};
use async_lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Default)]
pub struct TransferSession {
    shelf: Mutex<ClassShelf>,
    work: Mutex<Work>,
    learnt: RefCell<Option<Rc<Learned>>>,
}

#[derive(Default)]
struct Work {
    models: Models<TransferModel, 2>,
    store: FeatureStore,
}

/// The classifier that was learnt last.
struct Learned {
    task: TransferTask,
    weights: Rc<Weights>,
    file: TransferFile,
}

impl<H: Host> Perform<H> for Transfer {
    type Kept = TransferSession;

    async fn perform(self, kept: &TransferSession, host: &H, tell: &dyn Fn(SweepRow)) -> Result<Transferred, LabError> {
        match self {
            Transfer::Change(change) => {
                let mut shelf = host.or_cancelled(kept.shelf.lock()).await?;
                Ok(Transferred::Classes(shelf.change(change, host).await?))
            }
            Transfer::Learn(task) => Ok(Transferred::Learnt(Box::new(kept.learn(task, host).await?))),
            Transfer::Sweep(task) => Ok(Transferred::Swept(kept.sweep(&task, host, tell).await?)),
            Transfer::Predict(question) => Ok(Transferred::Predicted(kept.predict(question, host).await?)),
            Transfer::Save => Ok(Transferred::Saved(kept.save()?)),
            Transfer::Check(_) => Ok(Transferred::Checked(transfer_facts().await?)),
        }
    }
}

impl TransferSession {
    async fn learn(&self, task: TransferTask, host: &impl Host) -> Result<TransferFound, LabError> {
        let weights = host.weights(&task.network).await?;
        let (subject, ids) = host.or_cancelled(self.shelf.lock()).await?.subject()?;
        let mut work = host.or_cancelled(self.work.lock()).await?;
        let Work { models, store } = &mut *work;
        let run = async |models: &mut [Placed<TransferModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            Learning::new(&task, &subject, &weights, model, store, used, host)?.learn().await
        };
        let found = models.run(std::slice::from_ref(&weights), task.backend, host, run).await?;
        let TransferLearnt { mut found, file } = found;
        found.answers.iter_mut().for_each(|held| held.picture = ids[held.picture as usize]);
        self.learnt.replace(Some(Rc::new(Learned { task, weights, file })));
        Ok(found)
    }

    async fn sweep(
        &self,
        task: &TransferTask,
        host: &impl Host,
        tell: &dyn Fn(SweepRow),
    ) -> Result<Vec<SweepRow>, LabError> {
        let weights = host.weights(&task.network).await?;
        let (subject, _) = host.or_cancelled(self.shelf.lock()).await?.subject()?;
        let mut work = host.or_cancelled(self.work.lock()).await?;
        let Work { models, store } = &mut *work;
        let run = async |models: &mut [Placed<TransferModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let mut tell = |row: &SweepRow| tell(row.clone());
            Learning::new(task, &subject, &weights, model, store, used, host)?.sweep(&mut tell).await
        };
        models.run(std::slice::from_ref(&weights), task.backend, host, run).await
    }

    fn learned(&self) -> Result<Rc<Learned>, LabError> {
        let learned = self.learnt.borrow().clone();
        learned.ok_or_else(|| bad_setup!("no classes were learnt here yet; train first"))
    }

    async fn predict(&self, question: PredictTransfer, host: &impl Host) -> Result<TransferPrediction, LabError> {
        let learned = self.learned()?;
        let Learned { task, weights, file } = &*learned;
        let picture = [KnownPicture::new(host.picture(question.picture)?)?];
        let layers = [feature_layer(weights.network(), Some(&file.layer))?];
        let mut work = host.or_cancelled(self.work.lock()).await?;
        let Work { models, store } = &mut *work;
        let start = host.now_millis();
        let run = async |models: &mut [Placed<TransferModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let table = store.tables(model, weights, task.fit, &layers, &picture, host).await?.remove(0);
            let distance = file.novelty.as_ref().map(|novelty| novelty.distance(table.row(0)));
            Ok((file.probabilities(table.row(0)), distance, used.clone()))
        };
        let (probabilities, distance, backend) =
            models.run(std::slice::from_ref(weights), task.backend, host, run).await?;
        Ok(TransferPrediction {
            picture: question.picture,
            classes: file.classes.clone(),
            probabilities,
            distance: distance.unwrap_or_default(),
            none_beyond: file.novelty.as_ref().map_or(2.0, |novelty| novelty.limit),
            elapsed_ms: host.now_millis() - start,
            backend,
        })
    }

    fn save(&self) -> Result<Exported, LabError> {
        let bytes = self.learned()?.file.bytes()?;
        Ok(Exported { name: "transfer.safetensors".to_owned(), bytes: bytes.into() })
    }
}
