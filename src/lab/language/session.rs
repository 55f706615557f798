//! What stays from job to job: the text that was brought, texts that were read, models as they are, and one that writes.

use super::corpus::{Corpus, OwnText, text_from};
use super::facts::language_facts;
use super::heat::heat_of;
use super::lags::gradient_lags;
use super::learn::{check, learn, text_figures};
use super::map::map_of;
use super::model::LanguageNet;
use super::task::LanguageFile;
use super::unroll::unrolled;
use super::write::TextWriter;
use crate::lab::{Host, LabError, Perform};
use crate::protocol::{
    Exported, GradientLags, LagRun, Language, LanguageAnswer, LanguageModel, LanguageProgress, LanguageText,
    LanguageTrain, LanguageWrite, ModelProgress, OpenedModel, Stage, TextFigures, TextReport, TextUnit, WrittenText,
};
use async_lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;

/// A model as it was kept last.
#[derive(Clone)]
pub struct TrainedModel {
    pub(super) file: Rc<LanguageFile>,
    pub(super) corpus: Rc<Corpus>,
    pub(super) progress: ModelProgress,
}

/// A text that was read, and for windows of which length it was measured.
struct ReadText {
    kind: LanguageText,
    units: TextUnit,
    corpus: Rc<Corpus>,
    figures: Option<(u32, TextFigures)>,
}

#[derive(Default)]
pub struct LanguageSession {
    own: RefCell<Option<OwnText>>,
    read: RefCell<Option<ReadText>>,
    trained: RefCell<Vec<TrainedModel>>,
    /// From a file: whatever resumes reads its text by this one's names, until something begins anew.
    opened: RefCell<Option<Rc<LanguageFile>>>,
    writer: Mutex<Option<TextWriter>>,
}

impl<H: Host> Perform<H> for Language {
    type Kept = LanguageSession;

    async fn perform(
        self,
        kept: &LanguageSession,
        host: &H,
        tell: &dyn Fn(LanguageProgress),
    ) -> Result<LanguageAnswer, LabError> {
        Ok(match self {
            Language::Bring(file) => LanguageAnswer::Brought(kept.bring(&file.name, file.bytes.into_vec())?),
            Language::Learn(job) => LanguageAnswer::Learnt(Box::new(kept.learn(&job, host, &tell).await?)),
            Language::Write(job) => LanguageAnswer::Written(kept.write(&job, host).await?),
            Language::Lags(job) => LanguageAnswer::Lagged(kept.lags(&job, host).await?),
            Language::Heat(job) => LanguageAnswer::Heated(Box::new(heat_of(&kept.trained(job.model)?, &job).await?)),
            Language::Unroll(job) => {
                LanguageAnswer::Unrolled(Box::new(unrolled(&kept.trained(job.model)?, &job).await?))
            }
            Language::Map(job) => {
                LanguageAnswer::Mapped(Box::new(map_of(&kept.trained(job.model)?, &job, host).await?))
            }
            Language::Open(file) => LanguageAnswer::Opened(kept.open(&file.name, file.bytes.into_vec())?),
            Language::Save(model) => LanguageAnswer::Saved(Exported {
                name: format!("language-{}.safetensors", name_of(model)),
                bytes: kept.trained(model)?.file.halved()?.into(),
            }),
            Language::Check(choice) => LanguageAnswer::Checked(language_facts(choice, host).await?),
        })
    }
}

/// As files and sentences name it.
pub fn name_of(model: LanguageModel) -> &'static str {
    match model {
        LanguageModel::Rnn => "rnn",
        LanguageModel::Lstm => "lstm",
        LanguageModel::Gru => "gru",
        LanguageModel::Transformer => "transformer",
    }
}

impl LanguageSession {
    fn bring(&self, name: &str, bytes: Vec<u8>) -> Result<TextReport, LabError> {
        let own = text_from(name, bytes)?;
        ensure!(!own.text.trim().is_empty(), "{name} holds no text; choose another one");
        let report = own.report();
        self.own.replace(Some(own));
        // What was read of the one before.
        self.read.borrow_mut().take_if(|read| read.kind == LanguageText::Own);
        Ok(report)
    }

    fn open(&self, name: &str, bytes: Vec<u8>) -> Result<OpenedModel, LabError> {
        let file = LanguageFile::parse(name, bytes)?;
        let LanguageNet { model, words, hidden, blocks, window } = file.card.net;
        let [vocabulary, hidden, blocks, window] = [words, hidden, blocks, window].map(|size| size as u32);
        let LanguageFile { seed, batch, steps, step, .. } = file;
        let units = file.card.units;
        // Another one of its kind may have learnt here before.
        self.trained.borrow_mut().retain(|known| known.progress.model != model);
        self.opened.replace(Some(Rc::new(file)));
        Ok(OpenedModel { model, units, hidden, blocks, window, batch, seed, step, steps, vocabulary })
    }

    async fn corpus(&self, job: &LanguageTrain, host: &impl Host) -> Result<Rc<Corpus>, LabError> {
        let is_it = |read: &&ReadText| read.kind == job.text && read.units == job.units;
        if let Some(known) = self.read.borrow().as_ref().filter(is_it) {
            return Ok(known.corpus.clone());
        }
        let own = self.own.borrow().clone();
        let corpus = Rc::new(Corpus::of(job.text, job.units, own.as_ref(), host).await?);
        let read = ReadText { kind: job.text, units: job.units, corpus: corpus.clone(), figures: None };
        self.read.replace(Some(read));
        Ok(corpus)
    }

    fn figures(&self, job: &LanguageTrain, corpus: &Corpus) -> TextFigures {
        let mut read = self.read.borrow_mut();
        let known = read.as_ref().and_then(|read| read.figures.clone()).filter(|(window, _)| *window == job.window);
        if let Some((_, figures)) = known {
            return figures;
        }
        let figures = text_figures(corpus, job.window as usize);
        if let Some(read) = read.as_mut() {
            read.figures = Some((job.window, figures.clone()));
        }
        figures
    }

    async fn learn(
        &self,
        job: &LanguageTrain,
        host: &impl Host,
        tell: &impl Fn(LanguageProgress),
    ) -> Result<LanguageProgress, LabError> {
        host.step(Stage::Verify, 0, 1).await?;
        let mut corpus = self.corpus(job, host).await?;
        check(job, &corpus)?;
        let opened = self.opened.borrow().clone().filter(|_| job.resume);
        let figures = match &opened {
            Some(file) => {
                ensure!(
                    file.card.units == job.units,
                    "the model that was opened reads {}; choose the same",
                    if file.card.units == TextUnit::Words { "words" } else { "characters" }
                );
                corpus = Rc::new(corpus.read_by(&file.card.vocabulary));
                text_figures(&corpus, job.window as usize)
            }
            None => self.figures(job, &corpus),
        };
        if !job.resume {
            self.opened.replace(None);
        }
        let before = |model: LanguageModel| {
            let of_file = || {
                let file = opened.as_ref().filter(|file| file.card.net.model == model)?;
                Some(TrainedModel::of_file(file, &corpus))
            };
            self.trained(model).ok().or_else(of_file)
        };
        let keep = |made: TrainedModel| {
            let mut all = self.trained.borrow_mut();
            all.retain(|known| known.progress.model != made.progress.model);
            all.push(made);
        };
        learn(job, (corpus.clone(), figures), before, host, tell, &keep).await
    }

    fn trained(&self, model: LanguageModel) -> Result<TrainedModel, LabError> {
        let all = self.trained.borrow();
        let found = all.iter().find(|known| known.progress.model == model).cloned();
        found.ok_or_else(|| bad_setup!("no {} has learnt here yet; let one learn first", name_of(model)))
    }

    async fn write(&self, job: &LanguageWrite, host: &impl Host) -> Result<WrittenText, LabError> {
        let known = LanguageWrite::COUNT;
        ensure!(known.holds(job.count), "{} letters cannot be written at once; choose {known}", job.count);
        let known = LanguageWrite::TEMPERATURE;
        ensure!(known.holds(job.temperature), "a temperature of {} is not possible; choose {known}", job.temperature);
        let model = self.trained(job.model)?;
        let mut writer = host.or_cancelled(self.writer.lock()).await?;
        let (mut now, is_new) = TextWriter::of(writer.take(), model, job).await?;
        let written = now.write(job, is_new).await;
        *writer = Some(now);
        written
    }

    async fn lags(&self, job: &LagRun, host: &impl Host) -> Result<Vec<GradientLags>, LabError> {
        let mut found = Vec::new();
        for model in &job.models {
            host.rest().await?;
            if let Ok(model) = self.trained(*model) {
                found.push(gradient_lags(&model).await?);
            }
        }
        ensure!(!found.is_empty(), "no model has learnt here yet; let one learn first");
        Ok(found)
    }
}

impl TrainedModel {
    /// From a file, to be asked about a text.
    pub fn of(file: LanguageFile, corpus: Rc<Corpus>) -> Self {
        Self::of_file(&Rc::new(file), &corpus)
    }

    fn of_file(file: &Rc<LanguageFile>, corpus: &Rc<Corpus>) -> Self {
        let (losses, perplexity) = (Vec::new(), Vec::new());
        let (model, step) = (file.card.net.model, file.step);
        let progress = ModelProgress { model, step, params: 0, losses, perplexity, is_done: true };
        Self { file: file.clone(), corpus: corpus.clone(), progress }
    }
}
