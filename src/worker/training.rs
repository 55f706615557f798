//! Train: what the lab needs of the session: files, and the folder in which the run is kept.

use super::context::JobContext;
use super::download::{download, name_of};
use super::folder::{Folder, Refused};
use super::host::JobHost;
use super::picture;
use super::session::Session;
use crate::data::files::{self, Found};
use crate::lab::train::{self, RunHost, RunStore, Saved, TrainSession};
use crate::lab::{Host, LabError, Perform, Watch, describe_network};
use crate::protocol::{AddData, DataReport, Exported, FetchData, Stage, Steer, Train, TrainAnswer, Trained, Trouble};
use async_lock::{Mutex, MutexGuard};
use serde_bytes::ByteBuf;
use std::rc::Rc;

/// Of all files that are dropped together.
const LIMIT_BYTES: u64 = 1 << 30;

const FILE: &str = "run.safetensors";

#[derive(Default)]
pub(super) struct Training {
    session: TrainSession,
    store: Store,
}

/// The run in `runs/run.safetensors`.
#[derive(Default)]
struct Store(Mutex<Option<Result<Folder, Refused>>>);

impl RunStore for Store {
    async fn keep(&self, saved: &Saved) -> Result<(), String> {
        let kept = match self.folder().await.as_ref() {
            Some(Ok(folder)) => folder.write(FILE, saved.bytes()).await,
            Some(Err(refused)) => Err(refused.clone()),
            None => Ok(()),
        };
        kept.map_err(|refused| refused.detail)
    }

    async fn stored(&self) -> Option<Saved> {
        let folder = self.folder().await;
        let bytes = folder.as_ref()?.as_ref().ok()?.read(FILE).await.ok()?;
        Saved::read(FILE, bytes).ok()
    }
}

impl Store {
    async fn folder(&self) -> MutexGuard<'_, Option<Result<Folder, Refused>>> {
        let mut folder = self.0.lock().await;
        if folder.is_none() {
            *folder = Some(Folder::open("runs").await);
        }
        folder
    }
}

impl Perform<JobHost<'_>> for Train {
    type Kept = Training;

    async fn perform(
        self,
        kept: &Training,
        host: &JobHost<'_>,
        tell: &dyn Fn(Trained),
    ) -> Result<TrainAnswer, LabError> {
        let JobHost { session, context } = *host;
        let Training { session: runs, store } = kept;
        let with = async || -> Result<RunHost<'_, _, _>, LabError> {
            Ok(RunHost { gpu: host.gpu().await?, examples: host.examples(), store, watch: context })
        };
        Ok(match self {
            Train::TrainOptions => {
                let stored = store.stored().await.map(|saved| saved.stored());
                TrainAnswer::TrainOptions(train::options(host.examples().as_deref(), stored))
            }
            Train::AddData(job) => TrainAnswer::Data(session.add_data(job, context).await?),
            Train::FetchData(job) => TrainAnswer::Data(session.fetch_data(job, context).await?),
            Train::DescribeNetwork(job) => {
                TrainAnswer::Described(describe_network(&job.text, job.shape, job.classes, job.batch))
            }
            Train::Train(job) => TrainAnswer::Trained(runs.train(context.id(), job, &with().await?, tell).await?),
            Train::Look(look) => TrainAnswer::Looked(runs.look(look, &with().await?).await?),
            Train::ExportRun => {
                let (name, bytes) = runs.export().await?;
                TrainAnswer::Exported(Exported { name, bytes: ByteBuf::from(bytes) })
            }
            Train::ImportRun(file) => {
                TrainAnswer::Imported(runs.import(&file.name, file.bytes.into_vec(), &with().await?).await?)
            }
        })
    }

    fn steer(kept: &Training, steer: Steer) {
        kept.session.steer(steer);
    }
}

impl Session {
    async fn add_data(&self, job: AddData, context: &JobContext) -> Result<DataReport, Trouble> {
        let given = job.files.into_iter().map(|file| files::DataFile { name: file.name, bytes: file.bytes.into_vec() });
        self.take_data(given.collect(), job.side, context).await
    }

    async fn fetch_data(&self, job: FetchData, context: &JobContext) -> Result<DataReport, Trouble> {
        let bytes = download(&job.url, LIMIT_BYTES, context).await?.bytes;
        let file = files::DataFile { name: name_of(&job.url), bytes };
        self.take_data(vec![file], job.side, context).await
    }

    async fn take_data(
        &self,
        given: Vec<files::DataFile>,
        side: Option<u32>,
        context: &JobContext,
    ) -> Result<DataReport, Trouble> {
        let bytes = given.iter().map(|file| file.bytes.len() as u64).sum();
        if bytes > LIMIT_BYTES {
            let file = given.first().map(|file| file.name.clone()).unwrap_or_default();
            return Err(Trouble::TooLarge { file, bytes, limit_bytes: LIMIT_BYTES });
        }
        context.step(Stage::Verify).await?;
        let data = match files::combine(given).map_err(LabError::from)? {
            Found::Dataset(data) => data,
            Found::Pictures(pictures) => {
                let mut gather = pictures.gather(side).map_err(LabError::from)?;
                let count = pictures.len() as u64;
                for (index, file) in pictures.iter().enumerate() {
                    let file = file.map_err(LabError::from)?;
                    Watch::step(context, Stage::Decode, index as u64, count).await?;
                    let picture = picture::decoded(file.name, &file.bytes, context).await?;
                    gather.add(&picture).map_err(LabError::from)?;
                }
                gather.finish().map_err(LabError::from)?
            }
        };
        let report = train::data_report(&data);
        *self.examples.borrow_mut() = Some(Rc::new(data));
        Ok(report)
    }
}
