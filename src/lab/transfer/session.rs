//! What a person has brought, and what was learnt of it: it stays from job to job.

use super::classes::ClassShelf;
use super::curve::{CurveLearning, CurveTask};
use super::learn::{Learning, TransferLearnt};
use super::model::TransferModel;
use super::store::{FeatureStore, input_of};
use super::tune::{TuneLog, TuneRun, TuneStart, TuneSubject};
use super::{TransferFile, feature_layer, transfer_facts};
use crate::data::Rgb;
use crate::lab::device::{Models, Placed};
use crate::lab::export::file_name;
use crate::lab::map::{FeatureMap, pca, tsne};
use crate::lab::{Host, LabError, Perform, Weights, rgb_from_pixels};
use crate::protocol::{
    ClassChange, ExportForm, Exported, FeaturePlaces, LearningCurve, OwnClasses, PredictTransfer, Progress, Stage,
    SweepRow, Transfer, TransferForm, TransferFound, TransferNews, TransferPrediction, TransferTask, Transferred,
};
use async_lock::Mutex;
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

#[derive(Default)]
pub struct TransferSession {
    shelf: Mutex<ClassShelf>,
    work: Mutex<Work>,
    learnt: RefCell<Option<Rc<Learned>>>,
    tuned: RefCell<Option<Rc<Weights>>>,
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

    async fn perform(
        self,
        kept: &TransferSession,
        host: &H,
        tell: &dyn Fn(TransferNews),
    ) -> Result<Transferred, LabError> {
        match self {
            Transfer::Change(change) => {
                let mut shelf = host.or_cancelled(kept.shelf.lock()).await?;
                if matches!(change, ClassChange::Stopped) && kept_run(host).await.is_err() {
                    return Ok(Transferred::Classes(OwnClasses::default()));
                }
                Ok(Transferred::Classes(shelf.change(change, host).await?))
            }
            Transfer::Learn(task) => Ok(Transferred::Learnt(Box::new(kept.learn(task, host).await?))),
            Transfer::Sweep(task) => {
                let tell = |row| tell(TransferNews::Swept(row));
                Ok(Transferred::Swept(kept.sweep(&task, host, &tell).await?))
            }
            Transfer::Map(task) => Ok(Transferred::Mapped(kept.mapped(&task, host).await?)),
            Transfer::Compare(task) => Ok(Transferred::Compared(kept.compare(&task, false, host, tell).await?)),
            Transfer::GoOn(task) => Ok(Transferred::Compared(kept.compare(&task, true, host, tell).await?)),
            Transfer::Predict(PredictTransfer { picture }) => {
                let found = kept.predict(host.picture(picture)?, host).await?;
                Ok(Transferred::Predicted(TransferPrediction { picture, ..found }))
            }
            Transfer::See(frame) => Ok(Transferred::Seen(kept.predict(Rc::new(rgb_from_pixels(&frame)?), host).await?)),
            Transfer::Save(form) => Ok(Transferred::Saved(kept.save(&form)?)),
            Transfer::SaveProject(task) => {
                let shelf = host.or_cancelled(kept.shelf.lock()).await?;
                let bytes = shelf.saved(task, host).await?.into();
                Ok(Transferred::Saved(Exported { name: "transfer-project.zip".to_owned(), bytes }))
            }
            Transfer::SaveTuned(form) => Ok(Transferred::Saved(kept.save_tuned(form, host).await?)),
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
        store.restore(host).await;
        let run = async |models: &mut [Placed<TransferModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            Learning::new(&task, &subject, &weights, model, store, used, host)?.learn().await
        };
        let found = models.run(std::slice::from_ref(&weights), task.backend, host, run).await;
        store.keep(host).await?;
        let TransferLearnt { mut found, file } = found?;
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
        subject.plan(task.seed)?;
        let mut work = host.or_cancelled(self.work.lock()).await?;
        let Work { models, store } = &mut *work;
        store.restore(host).await;
        let run = async |models: &mut [Placed<TransferModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let mut tell = |row: &SweepRow| tell(row.clone());
            Learning::new(task, &subject, &weights, model, store, used, host)?.sweep(&mut tell).await
        };
        let rows = models.run(std::slice::from_ref(&weights), task.backend, host, run).await;
        store.keep(host).await?;
        rows
    }

    /// The pictures of the first fold are asked about, the others are learnt from, from two of each class to all.
    async fn compare(
        &self,
        task: &TransferTask,
        goes_on: bool,
        host: &impl Host,
        tell: &dyn Fn(TransferNews),
    ) -> Result<LearningCurve, LabError> {
        let start = host.now_millis();
        let weights = host.weights(&task.network).await?;
        let shelf = host.or_cancelled(self.shelf.lock()).await?;
        let (subject, _) = shelf.subject()?;
        let (learnt, asked) = subject.parted(task.seed)?;
        ensure!(
            learnt.least() > 1 && learnt.plan(task.seed).is_ok(),
            "a class has too few pictures for three parts, to learn from, to end in time, and to be asked about; give each at least three that differ"
        );
        let blocks = TuneStart::of(&weights, &subject.classes)?.blocks() as u32;
        let sizes = sizes(learnt.least());
        let compared = CurveTask { task, tune: Some(&task.tune), scratch: false };
        let of = TuneSubject { weights: &weights, compared, learnt: &learnt, asked: Some(&asked), sizes: &sizes };
        let kept = if goes_on { Some(kept_run(host).await?) } else { None };
        let keep = |bytes: Vec<u8>| -> Pin<Box<dyn Future<Output = Result<(), LabError>>>> {
            Box::pin(async move {
                // Where there is no room for it, nothing is lost but that it can go on later.
                let _ = host.keep(RUN, &bytes).await;
                Ok(())
            })
        };
        let log = TuneLog::new(of, kept, &keep)?;
        if !goes_on {
            let _ = host.keep(RUN, &[]).await;
            shelf.keep(task, host).await?;
        }
        drop(shelf);
        let gpu = host.gpu().await?;
        let mut work = host.or_cancelled(self.work.lock()).await?;
        let Work { models, store } = &mut *work;
        store.restore(host).await;
        let run = async |models: &mut [Placed<TransferModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let (mut rows, epochs) = (0, u64::from(task.tune.epochs));
            let mut hear = |news: TransferNews| {
                match &news {
                    TransferNews::Learnt(_) => rows += 1,
                    TransferNews::Tuned(epoch) => {
                        let (done, of) = (rows * epochs + u64::from(epoch.epoch), sizes.len() as u64 * epochs);
                        host.progress(Progress { stage: Stage::Run, done, of, millis_left: None });
                    }
                    TransferNews::Swept(_) => {}
                }
                tell(news);
            };
            let (asked, gpu, log) = (&asked, &gpu, &log);
            let (rows, last) = CurveLearning { of, asked, model, store, gpu, log, watch: host }.run(&mut hear).await?;
            Ok((rows, last, used.clone()))
        };
        let (rows, tuned, backend) = models.run(std::slice::from_ref(&weights), task.backend, host, run).await?;
        // What has ended does not go on.
        let _ = host.keep(RUN, &[]).await;
        let epochs = tuned.as_ref().map(|tuned| tuned.epochs.clone()).unwrap_or_default();
        self.tuned.replace(tuned.map(|tuned| Rc::new(tuned.weights)));
        let (asked, elapsed_ms) = (asked.labels.len() as u32, host.now_millis() - start);
        Ok(LearningCurve { rows, epochs, blocks, asked, elapsed_ms, backend })
    }

    /// So many pictures at most, evenly of all classes.
    async fn mapped(&self, task: &TransferTask, host: &impl Host) -> Result<FeaturePlaces, LabError> {
        const MOST: usize = 800;
        let start = host.now_millis();
        let weights = host.weights(&task.network).await?;
        let (subject, ids) = host.or_cancelled(self.shelf.lock()).await?.subject()?;
        ensure!(subject.labels.len() > 2, "{} pictures make no map; add more", subject.labels.len());
        let places = subject.places_of_each((MOST / subject.classes.len()).max(1), task.seed);
        let shown = subject.picked(&places);
        let layers = [feature_layer(weights.network(), task.layer.as_deref())?];
        let mut work = host.or_cancelled(self.work.lock()).await?;
        let Work { models, store } = &mut *work;
        store.restore(host).await;
        let run = async |models: &mut [Placed<TransferModel>]| {
            let Placed { model, .. } = &mut models[0];
            Ok(store.tables(model, &weights, task.fit, &layers, &shown.pictures, host).await?.remove(0))
        };
        let table = models.run(std::slice::from_ref(&weights), task.backend, host, run).await;
        store.keep(host).await?;
        let table = table?;
        let FeatureMap { places: tsne, divergence } = tsne(&table, host).await?;
        let pictures = places.iter().map(|&at| ids[at]).collect();
        let elapsed_ms = host.now_millis() - start;
        Ok(FeaturePlaces { pictures, labels: shown.labels, pca: pca(&table), tsne, divergence, elapsed_ms })
    }

    async fn save_tuned(&self, form: ExportForm, host: &impl Host) -> Result<Exported, LabError> {
        let tuned = self.tuned.borrow().clone();
        let tuned = tuned.ok_or_else(|| bad_setup!("no network was fine-tuned here yet; compare first"))?;
        let bytes = host.exported(form, tuned.network(), Some(&tuned)).await?;
        Ok(Exported { name: file_name("fine-tuned", form), bytes: bytes.into() })
    }

    fn learned(&self) -> Result<Rc<Learned>, LabError> {
        let learned = self.learnt.borrow().clone();
        learned.ok_or_else(|| bad_setup!("no classes were learnt here yet; train first"))
    }

    async fn predict(&self, picture: Rc<Rgb>, host: &impl Host) -> Result<TransferPrediction, LabError> {
        let learned = self.learned()?;
        let Learned { task, weights, file } = &*learned;
        let layers = [feature_layer(weights.network(), Some(&file.layer))?];
        let mut work = host.or_cancelled(self.work.lock()).await?;
        let start = host.now_millis();
        // Its features are not kept: a webcam has ever new pictures.
        let input = [input_of(weights, &picture, task.fit)?];
        let run = async |models: &mut [Placed<TransferModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let features = model.features(&layers, &input).await?.concat().concat();
            let distance = file.novelty.as_ref().map(|novelty| novelty.distance(&features));
            Ok((file.probabilities(&features), distance, used.clone()))
        };
        let (probabilities, distance, backend) =
            work.models.run(std::slice::from_ref(weights), task.backend, host, run).await?;
        Ok(TransferPrediction {
            picture: 0,
            classes: file.classes.clone(),
            probabilities,
            distance: distance.unwrap_or_default(),
            none_beyond: file.novelty.as_ref().map_or(2.0, |novelty| novelty.limit),
            elapsed_ms: host.now_millis() - start,
            backend,
        })
    }

    fn save(&self, form: &TransferForm) -> Result<Exported, LabError> {
        let Learned { file, weights, .. } = &*self.learned()?;
        let (name, bytes) = match form {
            TransferForm::Classifier => ("transfer.safetensors", file.bytes()?),
            TransferForm::Onnx => ("transfer.onnx", file.to_onnx(weights)?),
            TransferForm::Page(texts) => ("transfer.html", file.to_page(weights, texts)?),
        };
        Ok(Exported { name: name.to_owned(), bytes: bytes.into() })
    }
}

/// The file of a run of fine-tuning that may go on.
const RUN: &str = "fine-tuning.safetensors";

async fn kept_run(host: &impl Host) -> Result<TuneRun, LabError> {
    let bytes = host.kept(RUN).await.filter(|bytes| !bytes.is_empty());
    TuneRun::parse(RUN, bytes.ok_or(LabError::NoRun)?)
}

/// Two, four, eight and so on of each class, and all.
fn sizes(most: usize) -> Vec<usize> {
    let doubled = std::iter::successors(Some(2), |&each| Some(2 * each));
    doubled.take_while(|&each| each < most).chain([most.max(2)]).collect()
}
