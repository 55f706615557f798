//! For the command: the perplexity of a file's model on the whole held-out part of a text, and what it writes.

use super::corpus::{Corpus, JudgedPart, UnitVocabulary};
use super::reader::{WindowValues, judged_nats};
use super::session::TrainedModel;
use super::task::LanguageFile;
use super::write::TextWriter;
use crate::lab::language::lags::with_weights;
use crate::lab::{LabError, Monitor};
use crate::protocol::LanguageWrite;
use std::rc::Rc;

/// Rows that are read side by side.
const ROWS: usize = 32;

/// Nats of a text.
pub struct TextScore {
    pub nats: f64,
    pub count: usize,
}

impl TextScore {
    pub fn perplexity(&self) -> f64 {
        (self.nats / self.count.max(1) as f64).exp()
    }

    /// Of all whole windows of the last tenth.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where the model knows other units than the text has.
    pub async fn of(file: &LanguageFile, corpus: &Corpus, watch: &impl Monitor) -> Result<Self, LabError> {
        let net = file.card.net;
        corpus.check(net.window)?;
        if file.card.vocabulary != corpus.vocabulary.names() {
            return Err(LabError::RunDiffers { what: "text".to_owned() });
        }
        let held = corpus.count() - corpus.trained() - 1;
        let rows = ROWS.min(held / net.window).max(1);
        let part = JudgedPart { first: corpus.trained(), rows, row: held / rows / net.window * net.window };
        let mut plan = with_weights(net.reads([net.window, rows], true)?, &net, |name| file.value(name)).await?;
        let run = async |values: &WindowValues| {
            watch.rest().await?;
            plan.run(|name| values.value(name)).await
        };
        let nats = judged_nats(&net, corpus, &part, run).await?;
        Ok(Self { nats: nats.iter().sum(), count: nats.len() })
    }
}

/// What a model writes, its prompt first.
///
/// # Errors
/// What a device refuses.
pub async fn written(file: LanguageFile, job: &LanguageWrite) -> Result<String, LabError> {
    let vocabulary = UnitVocabulary::of(file.card.vocabulary.clone());
    let corpus = Rc::new(Corpus::without_text(vocabulary, file.card.units));
    let (mut writer, _) = TextWriter::of(None, TrainedModel::of(file, corpus), job).await?;
    let found = writer.write(job, true).await?;
    let mut text = job.prompt.clone();
    found.units.iter().for_each(|unit| text.push_str(&unit.text));
    Ok(text)
}
