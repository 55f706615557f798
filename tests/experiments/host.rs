//! A session for tests: what a job asks of its host, without a page.

use neocog::data::dataset::Dataset;
use neocog::data::{Rgb, decode, gallery};
use neocog::lab::device::MaybeGpu;
use neocog::lab::{Host, LabError, Monitor, Perform, Shipped, Weights, exported};
use neocog::models::Network;
use neocog::protocol::{ExportForm, Facts, Finding, Progress, ShippedReport, Trouble, trouble};
use pollster::block_on;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

pub(crate) struct TestHost {
    pub(crate) gpu: MaybeGpu,
    /// A job's picture is the one of its number, else the first.
    pub(crate) pictures: Vec<Rc<Rgb>>,
    /// A job's network is the one of its name, else, without a name, the first.
    pub(crate) weights: Vec<Rc<Weights>>,
    pub(crate) examples: Option<Rc<Dataset>>,
    /// The run that was kept last.
    /// What an experiment keeps, by its name.
    pub(crate) kept: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The job is cancelled after so many pauses.
    pub(crate) pauses_left: Cell<Option<u32>>,
    pub(crate) heard: RefCell<Vec<Progress>>,
    /// Milliseconds by which each look at the clock moves it on; without them it tells the time.
    pub(crate) tick_millis: Option<f64>,
    pub(crate) ticked: Cell<f64>,
    pub(crate) start: Instant,
}

impl TestHost {
    pub(crate) fn on(gpu: MaybeGpu) -> Self {
        Self {
            gpu,
            pictures: Vec::new(),
            weights: Vec::new(),
            examples: None,
            kept: RefCell::default(),
            pauses_left: Cell::default(),
            heard: RefCell::default(),
            tick_millis: None,
            ticked: Cell::default(),
            start: Instant::now(),
        }
    }

    pub(crate) fn without_gpu() -> Self {
        Self::on(MaybeGpu::none("none is wanted"))
    }

    /// With the GPU of this machine, where there is one; also the number of devices.
    pub(crate) fn on_all() -> (Self, usize) {
        let gpu = crate::gpu::gpu().ok_or_else(|| "there is none".to_owned());
        let devices = if gpu.is_ok() { 2 } else { 1 };
        (Self::on(MaybeGpu::from(gpu)), devices)
    }

    pub(crate) fn impatient(pauses: u32) -> Self {
        Self { pauses_left: Cell::new(Some(pauses)), ..Self::without_gpu() }
    }
}

impl TestHost {
    /// On the CPU, with a picture and a network.
    pub(crate) fn with(picture: &Rc<Rgb>, weights: &Rc<Weights>) -> Self {
        Self { pictures: vec![picture.clone()], weights: vec![weights.clone()], ..Self::without_gpu() }
    }

    /// What comes of a job where none was done before.
    pub(crate) fn answer<E: Perform<Self>>(&self, job: E) -> Result<E::Answer, LabError> {
        block_on(job.perform(&E::Kept::default(), self, &|_| {}))
    }

    /// That each of these is refused with a sentence that has this part.
    pub(crate) fn refuses<E: Perform<Self>>(&self, jobs: impl IntoIterator<Item = (E, &'static str)>) {
        for (job, part) in jobs {
            let said = self.answer(job).err().map(|error| error.to_string());
            assert!(said.as_ref().is_some_and(|said| said.contains(part)), "{said:?} has no {part:?}");
        }
    }
}

/// A network that comes with the page.
pub(crate) fn shipped(id: &str) -> Rc<Weights> {
    let row = Shipped::find(id).unwrap();
    Rc::new(Weights::of_shipped(&row, shipped_file(&row.report.file)).unwrap())
}

/// The file as it is kept.
pub(crate) fn file_of(weights: &Weights) -> Vec<u8> {
    weights.parts().flat_map(|part| part.unwrap().into_owned()).collect()
}

pub(crate) fn shipped_file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models").join(name)).unwrap()
}

/// A picture of the drawn gallery.
pub(crate) fn drawing(name: &str) -> Rc<Rgb> {
    Rc::new(gallery::draw(name).unwrap())
}

/// That every fact was found, and holds, on each of so many devices.
pub(crate) fn assert_facts<F: Facts + Debug>(findings: &[Finding<F>], devices: usize) {
    for finding in findings {
        println!("{finding:?}");
        assert!(finding.holds(), "{finding:?}");
    }
    for fact in F::ALL {
        let found = findings.iter().filter(|finding| finding.fact == *fact).count();
        assert_eq!(found, devices, "{fact:?}");
    }
}

impl TestHost {
    fn loaded(&self, network: &str) -> Result<Rc<Weights>, LabError> {
        let known = self.weights.iter().find(|weights| network.is_empty() || weights.network().id == network);
        known.cloned().ok_or_else(|| LabError::WeightsMissing { network: network.to_owned() })
    }
}

impl Monitor for TestHost {
    fn now_millis(&self) -> f64 {
        match self.tick_millis {
            Some(tick) => self.ticked.replace(self.ticked.get() + tick),
            None => self.start.elapsed().as_secs_f64() * 1e3,
        }
    }

    fn progress(&self, progress: Progress) {
        self.heard.borrow_mut().push(progress);
    }

    fn is_cancelled(&self) -> bool {
        self.pauses_left.get() == Some(0)
    }

    async fn pause(&self) {
        self.pauses_left.set(self.pauses_left.get().map(|left| left.saturating_sub(1)));
    }
}

impl Host for TestHost {
    fn picture(&self, picture: u32) -> Result<Rc<Rgb>, LabError> {
        let known = self.pictures.get(picture as usize).or(self.pictures.first()).cloned();
        known.ok_or_else(|| Trouble::from(trouble::UnknownPicture { picture }).into())
    }

    async fn any_weights(&self, network: &str) -> Result<Rc<Weights>, LabError> {
        self.loaded(network)
    }

    async fn weights(&self, network: &str) -> Result<Rc<Weights>, LabError> {
        let weights = self.loaded(network)?;
        weights.must_name_classes()?;
        Ok(weights)
    }

    async fn gpu(&self) -> Result<MaybeGpu, LabError> {
        Ok(self.gpu.clone())
    }

    async fn alone<T>(&self, work: impl AsyncFnOnce(MaybeGpu) -> Result<T, LabError>) -> Result<T, LabError> {
        work(self.gpu.clone()).await
    }

    fn job(&self) -> u32 {
        1
    }

    fn examples(&self) -> Option<Rc<Dataset>> {
        self.examples.clone()
    }

    fn set_examples(&self, _: Dataset) {}

    async fn fetch(&self, url: &str, _: u64) -> Result<(String, Vec<u8>), LabError> {
        Err(Trouble::from(trouble::Http { url: url.to_owned(), status: 404 }).into())
    }

    async fn keep(&self, name: &str, file: &[u8]) -> Result<(), String> {
        self.kept.borrow_mut().insert(name.to_owned(), file.to_vec());
        Ok(())
    }

    async fn kept(&self, name: &str) -> Option<Vec<u8>> {
        self.kept.borrow().get(name).cloned()
    }

    async fn decoded(&self, name: &str, bytes: &[u8]) -> Result<Rgb, LabError> {
        Ok(decode(name, bytes)?)
    }

    async fn shipped(&self, _: &str, file: &ShippedReport) -> Result<Vec<u8>, LabError> {
        Ok(shipped_file(&file.file))
    }

    async fn exported(
        &self,
        form: ExportForm,
        network: &Network,
        weights: Option<&Weights>,
    ) -> Result<Vec<u8>, LabError> {
        exported(form, network, weights)
    }

    async fn or_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, LabError> {
        Ok(work.await)
    }
}
