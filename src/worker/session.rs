//! What a worker holds between jobs, and what each job does with it.

use super::context::JobContext;
use super::download::download;
use super::folder::{Folder, Refused};
use super::keeping::Keeping;
use super::parts::{FindGpu, Parts, Performer};
use super::picture;
use super::store::Store;
use crate::data::dataset::Dataset;
use crate::data::{Rgb, gallery, labels};
use crate::lab::device::MaybeGpu;
use crate::lab::{self, Engine, Shipped, Weights};
use crate::models::Network;
use crate::protocol::{
    AddPicture, BackendChoice, CachedWeights, Classify, Compare, EngineStatus, ExperimentId, ExperimentJob, Held, Job,
    NO_WEBGPU, Outcome, SWITCHED_OFF, ShippedReport, Start, Trouble, TroubleKind, trouble,
};
use crate::sorted::SortedMap;
use async_lock::{Mutex, MutexGuard};
use core::arch::wasm32::memory_size;
use js_sys::Reflect;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub(super) struct Session {
    pub(super) parts: Parts,
    pictures: RefCell<SortedMap<u32, Rc<Rgb>>>,
    last_picture: Cell<u32>,
    /// By network.
    pub(super) weights: RefCell<SortedMap<String, Rc<Weights>>>,
    /// One job at a time uses it.
    pub(super) engine: Mutex<Engine>,
    /// Whether the GPU was looked for; the first job that needs the engine does that.
    is_started: Cell<bool>,
    /// `None` until it is first needed.
    store: Mutex<Option<Result<Store, Refused>>>,
    /// The folder in which a run of training is kept, once it was wanted.
    runs: Mutex<Option<Result<Folder, Refused>>>,
    /// The examples that the person gave last.
    pub(super) examples: RefCell<Option<Rc<Dataset>>>,
    /// What experiments keep between jobs.
    kept: RefCell<SortedMap<ExperimentId, Rc<dyn Any>>>,
}

/// Of WebAssembly's memory.
const PAGE_BYTES: u64 = 1 << 16;

impl Session {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts,
            pictures: RefCell::default(),
            last_picture: Cell::default(),
            weights: RefCell::default(),
            engine: Mutex::default(),
            is_started: Cell::default(),
            store: Mutex::default(),
            runs: Mutex::default(),
            examples: RefCell::default(),
            kept: RefCell::default(),
        }
    }

    pub(super) async fn run(&self, job: Job, context: &JobContext) -> Result<Outcome, Trouble> {
        match job {
            Job::Start(start) => self.start(start, context).await.map(Outcome::Status),
            Job::MeetGpu => {
                let mut engine = self.engine(context).await?;
                self.meet_gpu(&mut engine, context).await?;
                Ok(Outcome::Gpu(engine.gpu().report()))
            }
            Job::AddPicture(job) => self.add_picture(job, context).await,
            Job::RemovePicture(id) => {
                self.pictures.borrow_mut().remove(&id);
                Ok(Outcome::Removed(id))
            }
            Job::DropWeights(job) => {
                (context.or_cancelled(self.keeping()).await??.drop_weights)(self, job, context).await
            }
            Job::DownloadWeights(job) => {
                (context.or_cancelled(self.keeping()).await??.download_weights)(self, job, context).await
            }
            Job::PrepareWeights(job) => {
                (context.or_cancelled(self.keeping()).await??.prepare_weights)(self, job, context).await
            }
            Job::DeleteWeights(job) => (context.or_cancelled(self.keeping()).await??.delete_weights)(self, job).await,
            Job::Classify(job) => self.classify(job, context).await,
            Job::Compare(job) => self.compare(job, context).await,
            Job::LoseGpu => {
                self.engine(context).await?.gpu().lose();
                Ok(Outcome::Steered)
            }
            Job::Held => self.held(context).await.map(Outcome::Held),
            Job::Experiment(job) => {
                let work = self.work(&job, context).await?;
                (work.perform)(job.content, context).await
            }
            Job::Steer(job) => (self.work(&job, context).await?.steer)(self, job.content),
            // Handled on arrival; nothing is left to do.
            Job::Cancel(id) => Ok(Outcome::Removed(id)),
        }
    }

    /// What it takes to keep weights of a person's own.
    async fn keeping(&self) -> Result<Keeping, Trouble> {
        Ok((self.parts.keeping)().await?)
    }

    /// Fetched first where it is not here yet.
    async fn work(&self, job: &ExperimentJob, context: &JobContext) -> Result<Performer, Trouble> {
        context.or_cancelled((self.parts.experiments)(job.experiment)()).await??.of(job.experiment)
    }

    /// What this experiment keeps between jobs; it is always asked for as the same type.
    pub(super) fn kept<K: Default + 'static>(&self, experiment: ExperimentId) -> Rc<K> {
        let known = self.kept.borrow().get(&experiment).cloned();
        known.and_then(|kept| kept.downcast().ok()).unwrap_or_else(|| {
            let kept = Rc::new(K::default());
            self.kept.borrow_mut().insert(experiment, kept.clone());
            kept
        })
    }

    async fn held(&self, context: &JobContext) -> Result<Held, Trouble> {
        let [gpu_bytes, gpu_buffers] = self.engine(context).await?.gpu().held();
        Ok(Held { wasm_bytes: memory_size(0) as u64 * PAGE_BYTES, gpu_bytes, gpu_buffers })
    }

    async fn start(&self, start: Start, context: &JobContext) -> Result<EngineStatus, Trouble> {
        let cached = self.cached().await;
        let mut engine = context.or_cancelled(self.engine.lock()).await?;
        *engine = match start.without_gpu {
            true => Engine::without_gpu(SWITCHED_OFF),
            false => engine_of_this_browser(),
        };
        self.is_started.set(true);
        // Where both were measured before, the faster one answers; else the CPU at once, and the GPU is looked for afterwards.
        let is_measured = matches!(self.store().await.as_ref(), Some(Ok(store)) if store.has_races());
        if is_measured {
            // A part that is missing is told of when somebody asks for the GPU.
            let _ = self.meet_gpu(&mut engine, context).await;
        }
        let mut own = self.own(&cached).await?;
        // Those that find boxes or joints are asked elsewhere.
        own.retain(Network::names_classes);
        let ready = |network: &str| {
            self.weights.borrow().contains_key(network) || cached.iter().any(|kept| kept.network == network)
        };
        let mut networks = lab::network_reports(ready, &own)?;
        for network in &mut networks {
            let kept = cached.iter().rfind(|kept| kept.network == network.id);
            if let Some(kept) = kept {
                network.preprocess = kept.preprocess.clone().unwrap_or_else(|| network.preprocess.clone());
                network.fits.clone_from(&kept.fits);
            }
        }
        Ok(EngineStatus {
            gpu: engine.gpu().report(),
            networks,
            catalogue: lab::catalogue(),
            cached,
            gallery: gallery::names().iter().map(|&name| name.to_owned()).collect(),
        })
    }

    /// Looks for the GPU, unless that was done; with what drives it fetched first.
    pub(super) async fn meet_gpu(&self, engine: &mut Engine, context: &JobContext) -> Result<(), Trouble> {
        if engine.gpu().is_met() {
            return Ok(());
        }
        let FindGpu(find) = context.or_cancelled((self.parts.gpu)()).await??;
        engine.gpu().meet(find).await;
        if let (Some(Ok(gpu)), Some(Ok(store))) = (engine.gpu().known(), self.store().await.as_ref()) {
            engine.remember(store.races(gpu.name()));
        }
        Ok(())
    }

    /// The GPU, looked for; the engine itself is free for others afterwards.
    pub(super) async fn gpu(&self, context: &JobContext) -> Result<MaybeGpu, Trouble> {
        let mut engine = self.engine(context).await?;
        self.meet_gpu(&mut engine, context).await?;
        Ok(engine.gpu().clone())
    }

    async fn add_picture(&self, job: AddPicture, context: &JobContext) -> Result<Outcome, Trouble> {
        let (name, rgb) = picture::rgb_from(job, self.parts.gallery, context).await?;
        let id = self.last_picture.get() + 1;
        let report = picture::report(id, name, &rgb)?;
        self.last_picture.set(id);
        self.pictures.borrow_mut().insert(id, Rc::new(rgb));
        Ok(Outcome::Picture(report))
    }

    async fn classify(&self, job: Classify, context: &JobContext) -> Result<Outcome, Trouble> {
        let picture = self.picture(job.picture)?;
        let mut engine = self.engine(context).await?;
        if job.backend == BackendChoice::Gpu {
            self.meet_gpu(&mut engine, context).await?;
        }
        let weights = self.weights(&job.network, context).await?;
        let before = engine.races().clone();
        let found = engine.classify(&weights, &picture, &job, context).await?;
        if *engine.races() != before {
            self.remember(&engine).await;
        }
        Ok(Outcome::Classified(found))
    }

    async fn compare(&self, job: Compare, context: &JobContext) -> Result<Outcome, Trouble> {
        let picture = self.picture(job.picture)?;
        let mut engine = self.engine(context).await?;
        self.meet_gpu(&mut engine, context).await?;
        let weights = self.weights(&job.network, context).await?;
        let found = engine.compare(&weights, &picture, &job, context).await?;
        self.remember(&engine).await;
        Ok(Outcome::Compared(found))
    }

    pub(super) fn picture(&self, id: u32) -> Result<Rc<Rgb>, Trouble> {
        self.pictures.borrow().get(&id).cloned().ok_or(trouble::UnknownPicture { picture: id }.into())
    }

    pub(super) async fn engine(&self, context: &JobContext) -> Result<MutexGuard<'_, Engine>, Trouble> {
        let mut engine = context.or_cancelled(self.engine.lock()).await?;
        if !self.is_started.replace(true) {
            *engine = engine_of_this_browser();
        }
        Ok(engine)
    }

    /// The person's own networks: in memory, and of earlier visits.
    pub(super) async fn own(&self, cached: &[CachedWeights]) -> Result<Vec<Network>, Trouble> {
        let mut own: Vec<Network> = {
            let weights = self.weights.borrow();
            let loaded = weights.values().map(|weights| weights.network()).filter(|network| lab::is_own(&network.id));
            loaded.cloned().collect()
        };
        if cached.iter().any(|kept| kept.written.is_some()) {
            (self.keeping().await?.add_own)(&mut own, cached);
        }
        Ok(own)
    }

    /// Of a network that names classes.
    pub(super) async fn weights(&self, network: &str, context: &JobContext) -> Result<Rc<Weights>, Trouble> {
        let weights = self.loaded(network, context).await?;
        weights.must_name_classes()?;
        Ok(weights)
    }

    /// In memory, else from the page's own folder or from an earlier visit.
    pub(super) async fn loaded(&self, network: &str, context: &JobContext) -> Result<Rc<Weights>, Trouble> {
        let known = self.weights.borrow().get(network).cloned();
        if let Some(weights) = known {
            self.learn_names(weights.network()).await?;
            return Ok(weights);
        }
        let weights = match Shipped::find(network) {
            Some(shipped) => from_page(&shipped, context).await?,
            None => (self.keeping().await?.kept_weights)(self, network).await?,
        };
        self.learn_names(weights.network()).await?;
        let weights = Rc::new(weights);
        self.weights.borrow_mut().insert(weights.network().id.clone(), weights.clone());
        Ok(weights)
    }

    /// What its classes are called, where the engine's own program does not say.
    async fn learn_names(&self, network: &Network) -> Result<(), Trouble> {
        if network.names.is_none() && network.classes == 1000 && labels::imagenet(0).is_none() {
            labels::learn_imagenet((self.parts.names)().await?);
        }
        Ok(())
    }

    /// That a race is not kept costs the next visit a second.
    async fn remember(&self, engine: &Engine) {
        if let (Some(Ok(gpu)), Some(Ok(store))) = (engine.gpu().known(), self.store().await.as_mut()) {
            let _ = store.remember(gpu.name(), engine.races()).await;
        }
    }

    pub(super) async fn cached(&self) -> Vec<CachedWeights> {
        match self.store().await.as_ref() {
            Some(Ok(store)) => store.list().to_vec(),
            Some(Err(_)) | None => Vec::new(),
        }
    }

    pub(super) async fn runs(&self) -> MutexGuard<'_, Option<Result<Folder, Refused>>> {
        let mut folder = self.runs.lock().await;
        if folder.is_none() {
            *folder = Some(Folder::open("runs").await);
        }
        folder
    }

    pub(super) async fn store(&self) -> MutexGuard<'_, Option<Result<Store, Refused>>> {
        let mut store = self.store.lock().await;
        // One that only wants a part that could not be fetched is tried again the next time.
        if store.is_none() {
            *store = Store::open(self.parts.keeping).await;
        }
        store
    }
}

fn engine_of_this_browser() -> Engine {
    let navigator = super::scope().navigator();
    match Reflect::get(&navigator, &"gpu".into()).is_ok_and(|gpu| gpu.is_object()) {
        true => Engine::default(),
        false => Engine::without_gpu(NO_WEBGPU),
    }
}

async fn from_page(shipped: &Shipped, context: &JobContext) -> Result<Weights, Trouble> {
    let bytes = shipped_bytes(shipped.title, &shipped.report, context).await?;
    Ok(Weights::of_shipped(shipped, bytes)?)
}

/// A file that comes with the page, from the folder beside it.
pub(super) async fn shipped_bytes(
    title: &str,
    report: &ShippedReport,
    context: &JobContext,
) -> Result<Vec<u8>, Trouble> {
    let failed = |detail: String| Trouble::from(trouble::NotShipped { network: title.to_owned(), detail });
    let found = match download(&format!("./models/{}", report.file), report.bytes, context).await {
        Ok(found) => found,
        Err(trouble) if matches!(trouble.kind(), TroubleKind::Http | TroubleKind::Unreachable) => {
            return Err(failed(trouble.list()));
        }
        Err(other) => return Err(other),
    };
    if found.sha256 != report.sha256 {
        return Err(failed(format!("{} is not the file that this page was made with", report.file)));
    }
    Ok(found.bytes)
}
