//! Weights of a person's own: taken in, kept for the next visit, found again, deleted; and the networks of the table, which have
//! no others. A part of the engine, fetched with the first of them: what comes with the page takes none of this.

use super::context::JobContext;
use super::download::{download, name_of, sha256_of};
use super::kept_blob::{blob_from, bytes_of};
use super::parts::Answer;
use super::session::Session;
use super::store::Index;
use crate::lab::FileBytes;
use crate::lab::{self, LabError, Weights};
use crate::models::Network;
use crate::protocol::{
    CachedWeights, DeleteWeights, DownloadWeights, DropWeights, NetworkReport, Outcome, PrepareWeights, Preprocess,
    Stage, Trouble, TroubleKind, WeightsLoaded, WeightsPrepared, WeightsWarning, trouble,
};
use std::pin::Pin;
use std::rc::Rc;
use web_sys::Blob;

/// Of a weights file, where the job sets no other.
const LIMIT_BYTES: u64 = 1 << 30;

#[derive(Clone, Copy)]
pub struct Keeping {
    pub(super) drop_weights: for<'a> fn(&'a Session, DropWeights, &'a JobContext) -> Answer<'a>,
    pub(super) download_weights: for<'a> fn(&'a Session, DownloadWeights, &'a JobContext) -> Answer<'a>,
    pub(super) prepare_weights: for<'a> fn(&'a Session, PrepareWeights, &'a JobContext) -> Answer<'a>,
    pub(super) delete_weights: for<'a> fn(&'a Session, DeleteWeights) -> Answer<'a>,
    /// Those of a network that an earlier visit left.
    pub(super) kept_weights: for<'a> fn(&'a Session, &'a str) -> Found<'a>,
    /// The networks that are described in what earlier visits left, but for those that are there.
    pub(super) add_own: fn(&mut Vec<Network>, &[CachedWeights]),
    pub(super) index_from: fn(&[u8]) -> Index,
    pub(super) bytes_of_index: fn(&Index) -> Result<Vec<u8>, String>,
}

type Found<'a> = Pin<Box<dyn Future<Output = Result<Weights, Trouble>> + 'a>>;

pub fn keeping() -> Keeping {
    Keeping {
        drop_weights: |session, job, context| Box::pin(session.drop_weights(job, context)),
        download_weights: |session, job, context| Box::pin(session.download_weights(job, context)),
        prepare_weights: |session, job, context| Box::pin(session.prepare_weights(job, context)),
        delete_weights: |session, job| Box::pin(session.delete_weights(job)),
        kept_weights: |session, network| Box::pin(session.kept_weights(network)),
        add_own,
        // One that cannot be read counts as empty.
        index_from: |json| serde_json::from_slice(json).unwrap_or_default(),
        bytes_of_index: |index| serde_json::to_vec(index).map_err(|error| error.to_string()),
    }
}

/// A file of weights, and what came with it.
struct Brought {
    name: String,
    bytes: Vec<u8>,
    sha256: String,
    /// By its name.
    beside: Vec<(String, FileBytes)>,
}

/// By its name, whatever folders it came in.
fn beside_of(files: &[(String, FileBytes)], wanted: &str) -> Option<FileBytes> {
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    files.iter().find(|(name, _)| last(name) == last(wanted)).map(|(_, bytes)| bytes.clone())
}

fn prepared(weights: Weights, preprocess: Option<&Preprocess>) -> Result<Weights, LabError> {
    match preprocess {
        Some(preprocess) => weights.preprocessed(preprocess),
        None => Ok(weights),
    }
}

fn report_of(weights: &Weights) -> Result<NetworkReport, LabError> {
    Ok(NetworkReport { fits: weights.fits().to_vec(), ..lab::network_report(weights.network())? })
}

/// As it was taken and prepared on an earlier visit.
fn as_kept(weights: Weights, kept: &CachedWeights) -> Result<Weights, LabError> {
    let weights = match kept.fits.first() {
        Some(id) if !weights.fits().is_empty() => weights.taken_as(id)?,
        Some(_) | None => weights,
    };
    prepared(weights, kept.preprocess.as_ref())
}

fn add_own(own: &mut Vec<Network>, cached: &[CachedWeights]) {
    for kept in cached {
        if let Some(written) = &kept.written
            && !own.iter().any(|network| network.id == kept.network)
        {
            own.extend(lab::written_from(&kept.network, written));
        }
    }
}

/// The same weights, which stay with the browser: in the file that is kept of them, if there is one. Where that is impossible,
/// they stay in memory.
async fn outside(weights: Weights, file: Option<Blob>) -> Weights {
    let made = || blob_from(&mut weights.parts()).ok();
    let Some(blob) = file.or_else(made) else { return weights };
    let Ok(bytes) = bytes_of(blob).await else { return weights };
    weights.clone().moved_to(bytes).unwrap_or(weights)
}

impl Session {
    async fn drop_weights(&self, job: DropWeights, context: &JobContext) -> Result<Outcome, Trouble> {
        let bytes = job.beside.iter().map(|file| file.bytes.len() as u64).sum::<u64>() + job.bytes.len() as u64;
        if bytes > LIMIT_BYTES {
            return Err(trouble::TooLarge { file: job.name, bytes, limit_bytes: LIMIT_BYTES }.into());
        }
        context.step(Stage::Verify).await?;
        let sha256 = sha256_of(&job.bytes);
        let beside = job.beside.into_iter().map(|file| (file.name, file.bytes.into_vec().into())).collect();
        let brought = Brought { name: job.name, bytes: job.bytes.into_vec(), sha256, beside };
        self.take_weights(brought, job.preprocess, context).await
    }

    async fn download_weights(&self, job: DownloadWeights, context: &JobContext) -> Result<Outcome, Trouble> {
        let found = download(&job.url, job.limit_bytes.unwrap_or(LIMIT_BYTES), context).await?;
        let entry = lab::catalogue().into_iter().find(|entry| entry.url == job.url);
        let (title, published) = entry.map_or((None, None), |entry| (Some(entry.title), entry.sha256));
        for expected in job.sha256.into_iter().chain(published) {
            if !expected.eq_ignore_ascii_case(&found.sha256) {
                return Err(trouble::Checksum { url: job.url, expected, found: found.sha256 }.into());
            }
        }
        context.step(Stage::Verify).await?;
        let name = title.unwrap_or_else(|| name_of(&job.url));
        let brought = Brought { name, bytes: found.bytes, sha256: found.sha256, beside: Vec::new() };
        self.take_weights(brought, job.preprocess, context).await
    }

    /// Of any kind of file; what reads ONNX is fetched with the first that needs it.
    async fn read_weights(
        &self,
        name: &str,
        bytes: FileBytes,
        beside: &[(String, FileBytes)],
    ) -> Result<Weights, Trouble> {
        let beside = |wanted: &str| beside_of(beside, wanted);
        if lab::holds_onnx(name, &bytes) {
            return Ok(((self.parts.onnx)().await?.read)(name, bytes, &beside)?);
        }
        Ok(Weights::without_onnx(name, bytes, &beside)?)
    }

    /// Checks them, keeps them for the next visit, and uses them from now on.
    async fn take_weights(
        &self,
        Brought { name, bytes, sha256, beside }: Brought,
        preprocess: Option<Preprocess>,
        context: &JobContext,
    ) -> Result<Outcome, Trouble> {
        let size = bytes.len() as u64;
        let weights = context.or_cancelled(self.read_weights(&name, bytes.into(), &beside)).await??;
        let weights = prepared(weights, preprocess.as_ref())?;
        let network = weights.network().id.clone();
        let mut warnings = weights.warnings().to_vec();
        context.step(Stage::Store).await?;
        let (written, report) = (weights.written(), report_of(&weights)?);
        let bytes = weights.kept_len() as u64;
        let (preprocess, fits) = (Some(weights.preprocess()), weights.fits().to_vec());
        let entry =
            CachedWeights { name, network: network.clone(), bytes, sha256: sha256.clone(), written, preprocess, fits };
        let (mut kept_name, mut file) = (entry.name.clone(), None);
        match self.store().await.as_mut() {
            Some(Ok(store)) => match store.keep(entry, &mut weights.parts()).await {
                Ok(name) => {
                    kept_name = name;
                    file = store.file_of_network(&network).await;
                }
                Err(refused) => match refused.full(bytes) {
                    Some(full) => return Err(full),
                    None => warnings.push(WeightsWarning::NotCached { detail: refused.detail }),
                },
            },
            Some(Err(refused)) => warnings.push(WeightsWarning::NotCached { detail: refused.detail.clone() }),
            None => {}
        }
        let weights = if bytes < Weights::LARGE_BYTES as u64 { weights } else { outside(weights, file).await };
        self.weights.borrow_mut().insert(network.clone(), Rc::new(weights));
        let cached = self.cached().await;
        let name = kept_name;
        let loaded = WeightsLoaded { network, name, bytes: size, sha256, warnings, report, cached };
        Ok(Outcome::Weights(loaded.into()))
    }

    /// The pictures of this network are prepared so from now on, on the next visit too.
    async fn prepare_weights(&self, job: PrepareWeights, context: &JobContext) -> Result<Outcome, Trouble> {
        if lab::Shipped::find(&job.network).is_some() {
            let detail = "the pictures of a network that comes with the page are prepared as it was trained".to_owned();
            return Err(trouble::BadSetup { detail }.into());
        }
        let mut weights = (*self.weights(&job.network, context).await?).clone();
        if let Some(id) = &job.taken_as {
            weights = weights.taken_as(id)?;
        }
        let weights = weights.preprocessed(&job.preprocess)?;
        let report = report_of(&weights)?;
        if let Some(Ok(store)) = self.store().await.as_mut() {
            // Where that is impossible, it holds for this visit.
            let _ = store.prepare(&job.network, &report).await;
        }
        self.weights.borrow_mut().remove(&job.network);
        self.weights.borrow_mut().insert(report.id.clone(), Rc::new(weights));
        Ok(Outcome::Prepared(WeightsPrepared { report, cached: self.cached().await }))
    }

    async fn delete_weights(&self, job: DeleteWeights) -> Result<Outcome, Trouble> {
        if let Some(Ok(store)) = self.store().await.as_mut() {
            let network = store.list().iter().find(|kept| kept.name == job.name).map(|kept| kept.network.clone());
            store.delete(&job.name).await.map_err(|refused| trouble::BadJob { detail: refused.detail })?;
            // What is left of that network, if anything, is read when it is next wanted.
            network.iter().for_each(|network| _ = self.weights.borrow_mut().remove(network));
        }
        self.weights.borrow_mut().retain(|_, weights| weights.name() != job.name);
        Ok(Outcome::Cached(self.cached().await))
    }

    /// By its id, with or without weights.
    async fn network(&self, id: &str) -> Result<Network, Trouble> {
        let unknown = || LabError::UnknownNetwork { network: id.to_owned() };
        if let Some(network) = lab::find_network(id) {
            return Ok(network);
        }
        let cached = self.cached().await;
        Ok(self.own(&cached).await?.into_iter().find(|network| network.id == id).ok_or_else(unknown)?)
    }

    async fn kept_weights(&self, network: &str) -> Result<Weights, Trouble> {
        let network = self.network(network).await?;
        let missing = || LabError::WeightsMissing { network: network.id.clone() };
        let mut store = self.store().await;
        let Some(Ok(store)) = store.as_mut() else { return Err(missing().into()) };
        let kept = store.of_network(&network.id).cloned().ok_or_else(missing)?;
        let weights = match store.read(&kept).await {
            Ok(bytes) => match self.read_weights(&kept.name, bytes, &[]).await {
                // The file is as good as before.
                Err(missing) if missing.is(TroubleKind::PartMissing) => return Err(missing),
                Ok(weights) => as_kept(weights, &kept).map_err(Trouble::from),
                Err(refused) => Err(refused),
            },
            Err(_) => Err(missing().into()),
        };
        // An own network is called after its file, which may have got another name in the store.
        let weights = match weights {
            Ok(weights) if lab::is_own(&network.id) => {
                let names = kept.written.iter().flat_map(|written| &written.classes).cloned().collect::<Vec<_>>();
                Ok(weights.called(&network.id).named(&names))
            }
            other => other,
        };
        match weights {
            Ok(weights) if weights.network().id == network.id => Ok(weights),
            // A file that cannot be used (any more) must not stand in the way of a good one.
            refused => {
                let _ = store.delete(&kept.name).await;
                Err(refused.err().unwrap_or_else(|| missing().into()))
            }
        }
    }
}
