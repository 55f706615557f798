//! Models learn one text together: they take turns, so that all curves fall at once.

use super::corpus::Corpus;
use super::ngrams::NGrams;
use super::session::TrainedModel;
use super::task::{LanguageFile, LanguageTask, LanguageTrainer};
use crate::lab::device::{Device, choose};
use crate::lab::language::model::LanguageNet;
use crate::lab::run::{RunTask, SaveAs};
use crate::lab::trainer::{Driver, TrainingLoop};
use crate::lab::{Host, LabError};
use crate::protocol::{BackendUsed, LanguageModel, LanguageProgress, LanguageTrain, ModelProgress, TextFigures};
use std::rc::Rc;

/// Points of a curve of losses at most, and measurements.
const POINTS: u32 = 240;
const MEASUREMENTS: u32 = 40;
/// A curve has something to show soon.
const FIRST: [u32; 3] = [2, 12, 40];
/// Writing goes on with the weights as they were kept last.
const KEEP_MILLIS: f64 = 700.0;
/// Units before the held-out part on which n-grams are counted.
const COUNTED: usize = 400_000;

/// What is known of a text without a network.
pub fn text_figures(corpus: &Corpus, window: usize) -> TextFigures {
    let part = corpus.judged(window).range();
    let from = part.start.saturating_sub(COUNTED);
    let text = corpus.window(from, part.end - from);
    let first = part.start - from;
    let counted = NGrams::counted(&text[..first], corpus.vocabulary.size());
    let judged = &text[first..];
    let unknown = judged.iter().filter(|unit| **unit == super::corpus::UNKNOWN).count();
    TextFigures {
        units: corpus.units(),
        count: corpus.count() as u64,
        judged: judged.len() as u64,
        vocabulary: corpus.vocabulary.size() as u32,
        unknown: unknown as f64 / judged.len() as f64,
        n_grams: counted.perplexities(&text, first),
        entropy: corpus.bits_of(part).map(|bits| (bits / judged.len() as f64).exp2()),
        exact_bits: corpus.exact_bits,
    }
}

/// # Errors
/// [`LabError::Setup`] of a figure out of its limits, and of a text that is too short.
pub(super) fn check(job: &LanguageTrain, corpus: &Corpus) -> Result<(), LabError> {
    let known = LanguageTrain::HIDDEN;
    ensure!(known.holds(job.hidden), "{} hidden units cannot be trained here; choose {known}", job.hidden);
    let known = LanguageTrain::BLOCKS;
    ensure!(known.holds(job.blocks), "{} blocks cannot be trained here; choose {known}", job.blocks);
    let known = LanguageTrain::WINDOW;
    ensure!(known.holds(job.window), "a window of {} cannot be trained; choose {known}", job.window);
    ensure!(!job.models.is_empty(), "no model was chosen; choose one at least");
    corpus.check(job.window as usize)
}

impl LanguageTrainer {
    /// With first weights.
    ///
    /// # Errors
    /// [`LabError::Setup`] of figures that make no sense, and what a device refuses.
    pub async fn start(
        job: &LanguageTrain,
        model: LanguageModel,
        corpus: Rc<Corpus>,
        device: &Device,
    ) -> Result<Self, LabError> {
        check(job, &corpus)?;
        let [hidden, blocks, window, batch] = [job.hidden, job.blocks, job.window, job.batch].map(|size| size as usize);
        let net = LanguageNet { model, words: corpus.vocabulary.size(), hidden, blocks, window };
        let task = LanguageTask { net, corpus, batch, seed: job.seed };
        Self::of_run(task, &job.plan(), device).await
    }

    /// Perplexity on the judged part.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn perplexity(&mut self) -> Result<f64, LabError> {
        let found = LanguageTask::measured(self).await?;
        Ok(found.and_then(|found| found.first().copied()).unwrap_or(f64::NAN))
    }
}

struct Lane {
    trainer: LanguageTrainer,
    /// All of it.
    progress: ModelProgress,
}

struct Learning<'a, T, K> {
    lanes: Vec<Lane>,
    of: u32,
    first: u32,
    /// Losses and perplexities that were told already, of each.
    told: Vec<[usize; 2]>,
    text: TextFigures,
    tell: &'a T,
    keep: &'a K,
}

/// Trains; `tell` hears of it, `keep` gets each model now and then, from `before` it goes on where the job says so.
///
/// # Errors
/// [`LabError::Setup`], and [`LabError::RunDiffers`] where what there is to go on from is another run.
pub(super) async fn learn(
    job: &LanguageTrain,
    (corpus, text): (Rc<Corpus>, TextFigures),
    before: impl Fn(LanguageModel) -> Option<TrainedModel>,
    host: &impl Host,
    tell: &impl Fn(LanguageProgress),
    keep: &impl Fn(TrainedModel),
) -> Result<LanguageProgress, LabError> {
    let mut models = job.models.clone();
    models.dedup();
    ensure!(
        !job.resume || models.iter().any(|model| before(*model).is_some()),
        "no training was stopped here, so none can go on; start one"
    );
    let gpu = host.gpu().await?;
    let sample = async |device: &Device| {
        LanguageTrainer::start(job, models[0], corpus.clone(), device).await?.step_millis(host).await
    };
    let (device, backend) = choose(job.backend, &gpu, sample).await?;
    let mut lanes = Vec::new();
    for model in models {
        let mut trainer = LanguageTrainer::start(job, model, corpus.clone(), &device).await?;
        let params = trainer.params();
        let (losses, perplexity) = (Vec::new(), Vec::new());
        let mut progress = ModelProgress { model, step: 0, params, losses, perplexity, is_done: false };
        if let Some(before) = before(model).filter(|_| job.resume) {
            trainer.go_on_with(&before.file)?;
            progress = ModelProgress { step: trainer.step(), params, is_done: false, ..before.progress };
        }
        lanes.push(Lane { trainer, progress });
    }
    let mut driver = Driver::new(host, &gpu, job.backend, backend);
    driver.keep_every(KEEP_MILLIS);
    let told = vec![[0; 2]; lanes.len()];
    let first = lanes.iter().map(|lane| lane.trainer.step()).sum();
    let mut learning = Learning { lanes, of: job.steps, first, told, text, tell, keep };
    learning.keep_all().await?;
    driver.drive(&mut learning).await?;
    Ok(learning.progress(driver.backend(), driver.seconds()))
}

impl Lane {
    async fn add_losses(&mut self, of: u32) -> Result<(), LabError> {
        let every = of.div_ceil(POINTS);
        let losses = self.trainer.losses().await?;
        let shown = losses.into_iter().filter(|(step, _)| step.is_multiple_of(every) || *step == of || *step == 1);
        self.progress.losses.extend(shown.map(|(step, numbers)| (step, numbers[0])));
        self.progress.step = self.trainer.step();
        self.progress.is_done = self.progress.step >= of;
        Ok(())
    }

    fn go_back(&mut self) {
        let step = self.trainer.step();
        self.progress.losses.retain(|(at, _)| *at <= step);
        self.progress.perplexity.retain(|(at, _)| *at <= step);
        self.progress.step = step;
    }
}

impl<T, K: Fn(TrainedModel)> Learning<'_, T, K> {
    async fn keep_all(&mut self) -> Result<(), LabError> {
        const NAME: &str = "the run";
        for lane in &mut self.lanes {
            lane.add_losses(self.of).await?;
            lane.trainer.keep().await?;
            let bytes = lane.trainer.saved(SaveAs::Run, NAME).await?;
            let file = Rc::new(LanguageFile::parse(NAME, bytes)?);
            let corpus = lane.trainer.task.corpus.clone();
            (self.keep)(TrainedModel { file, corpus, progress: lane.progress.clone() });
        }
        Ok(())
    }

    fn progress(&self, backend: &BackendUsed, seconds: f64) -> LanguageProgress {
        let models: Vec<ModelProgress> = self.lanes.iter().map(|lane| lane.progress.clone()).collect();
        let steps: u32 = self.lanes.iter().map(|lane| lane.trainer.step()).sum();
        LanguageProgress {
            of: self.of,
            seconds,
            steps_per_second: (steps - self.first.min(steps)) as f32 / seconds.max(1e-3) as f32,
            models,
            text: self.text.clone(),
            backend: backend.clone(),
        }
    }
}

impl<T: Fn(LanguageProgress), K: Fn(TrainedModel)> TrainingLoop for Learning<'_, T, K> {
    type End = ();

    fn step(&self) -> u32 {
        self.lanes.iter().map(|lane| lane.trainer.step()).min().unwrap_or(self.of)
    }

    /// A step of the model that is behind.
    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        let of = self.of;
        let Some(lane) =
            self.lanes.iter_mut().filter(|lane| lane.trainer.step() < of).min_by_key(|lane| lane.trainer.step())
        else {
            return Ok(Some(()));
        };
        lane.trainer.advance()?;
        let step = lane.trainer.step();
        let is_last = step == of;
        if is_last || step.is_multiple_of(of.div_ceil(POINTS)) || lane.trainer.is_full() {
            lane.add_losses(of).await?;
        }
        if is_last || FIRST.contains(&step) || step.is_multiple_of(of.div_ceil(MEASUREMENTS)) {
            let found = lane.trainer.perplexity().await?;
            lane.progress.perplexity.push((step, found));
        }
        Ok(None)
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        self.keep_all().await
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        for lane in &mut self.lanes {
            lane.trainer.recover(device).await?;
            lane.go_back();
        }
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, seconds: f64) {
        let mut news = self.progress(backend, seconds);
        for (model, told) in news.models.iter_mut().zip(&mut self.told) {
            let all = [model.losses.len(), model.perplexity.len()];
            model.losses.drain(..told[0].min(all[0]));
            model.perplexity.drain(..told[1].min(all[1]));
            *told = all;
        }
        (self.tell)(news);
    }
}
