//! `neocog caption train`: a decoder learns the captions of a folder of pictures.

use crate::command::drive::{Command, drive, read, write};
use crate::command::preprocessing::{Preprocessing, weights_from};
use crate::command::train::Where;
use crate::command::{Failure, Report};
use crate::data::captions::KNOWN;
use crate::data::dataset::Part;
use crate::data::files::{Album, DataFile, Notes, read_paths};
use crate::data::{DataError, decode};
use crate::lab::caption::{
    CaptionTrainer, Captioning, OwnConfig, OwnScores, OwnSet, SaveKind, Sentences, saved, scores,
};
use crate::lab::{Features, LabError, NoMonitor};
use clap::Args;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

#[derive(Args)]
pub(super) struct Arguments {
    /// Pictures: files, folders or archives.
    #[arg(required = true)]
    pictures: Vec<PathBuf>,
    /// Their captions: Flickr8k's token format, COCO's JSON, or a table with tabs.
    #[arg(long, value_name = "FILE")]
    captions: PathBuf,
    /// The network that sees the pictures: a file as `neocog classify` takes it.
    #[arg(long, value_name = "WEIGHTS")]
    features: PathBuf,
    /// Which network that is, `squeezenet1_1` for example; without it, the one that the weights fit.
    #[arg(long)]
    network: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// Where the decoder's weights go.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Times that each sentence is heard.
    #[arg(long, default_value_t = OwnConfig::default().epochs)]
    epochs: u32,
    #[arg(long, default_value_t = OwnConfig::default().batch)]
    batch: u32,
    #[arg(long, default_value_t = OwnConfig::default().rate)]
    rate: f64,
    /// Numbers of a word, and units of the LSTM.
    #[arg(long, default_value_t = OwnConfig::default().size)]
    size: usize,
    /// Share of what the LSTM reads and says that is zero in training.
    #[arg(long, default_value_t = OwnConfig::default().dropout)]
    dropout: f64,
    /// Words that stand less often in the captions are not learnt.
    #[arg(long, default_value_t = OwnConfig::default().least, value_name = "TIMES")]
    least: usize,
    #[arg(long, default_value_t = OwnConfig::default().seed)]
    seed: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
}

/// Pictures that are seen at once.
const BATCH: usize = 8;
/// Validation pictures whose captions are printed.
const PRINTED: usize = 5;

pub(super) async fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let (device, gpu) = arguments.device.device().await?;
    let captions = DataFile { name: arguments.captions.display().to_string(), bytes: read(&arguments.captions)? };
    let album = Album::open(read_paths(&arguments.pictures)?, Some(&captions)).map_err(explained)?;
    tell(&album.notes, &album.captions_file);
    let start = Instant::now();
    let Arguments { features, network, preprocessing, .. } = arguments;
    let weights = Rc::new(weights_from(features, network.as_deref(), preprocessing)?);
    let mut backbone = Features::new(&weights, BATCH, &device).await?;
    let set = OwnSet::seen(&album, &mut backbone, &NoMonitor::default(), async |name, bytes| seen(name, bytes)).await?;
    let [train, validation] = [Part::Train, Part::Validation].map(|part| set.part(part).count());
    report.line(&format!(
        "{}: {train} pictures for training, {validation} for validation, {} features of {} each in {:.1} s",
        set.name,
        backbone.count(),
        set.backbone,
        start.elapsed().as_secs_f64()
    ))?;

    let &Arguments { epochs, batch, rate, size, dropout, least, seed, .. } = arguments;
    let config = OwnConfig { epochs, batch, rate, size, dropout, least, seed };
    let mut trainer = CaptionTrainer::start(&Rc::new(set), config, &device).await?;
    let [training, held_out] = trainer.sentences();
    report.line(&format!(
        "{training} sentences to learn, {held_out} to tell when that is enough; {} words; {} parameters",
        trainer.vocabulary().len(),
        trainer.params()
    ))?;
    drive(ByEpoch::default(), &mut trainer, &gpu, &arguments.out, report).await?;
    if let Some((epoch, loss)) = trainer.best() {
        report.line(&format!("the weights after epoch {epoch} stay (loss {loss:.4} on held-out sentences)"))?;
    }
    trainer.take_best()?;
    let name = arguments.out.display().to_string();
    write(&arguments.out, &saved(&trainer, SaveKind::Weights, &name).await?)?;
    let (found, _) = scores(&mut trainer, &NoMonitor::default()).await?;
    print(&found, report)
}

/// A line for each epoch.
#[derive(Default)]
struct ByEpoch {
    /// Of the steps of this epoch.
    losses: Vec<f32>,
}

impl Command for ByEpoch {
    type Task = Captioning<Sentences>;

    async fn line(&mut self, trainer: &mut CaptionTrainer, speed: f64) -> Result<Option<String>, LabError> {
        let (epoch, at) = (trainer.step() / trainer.steps_per_epoch(), trainer.step() % trainer.steps_per_epoch());
        if at == 0 || trainer.is_full() {
            self.losses.extend(trainer.word_losses().await?.iter().map(|(_, loss)| loss));
        }
        if at > 0 {
            return Ok(None);
        }
        let mean = self.losses.iter().sum::<f32>() / self.losses.len().max(1) as f32;
        self.losses.clear();
        let held_out = trainer.evaluate().await?;
        Ok(Some(format!("epoch {epoch:3}  loss {mean:.4}  held out {held_out:.4}  ({speed:.1} steps/s)")))
    }

    /// The best weights so far are in no file: it cannot be taken up.
    async fn file(&self, _: &CaptionTrainer) -> Result<Option<Vec<u8>>, LabError> {
        Ok(None)
    }
}

fn print(found: &OwnScores, report: &mut Report<'_>) -> Result<(), Failure> {
    let pictures = found.spoken.len();
    for spoken in found.spoken.iter().take(PRINTED) {
        report.line(&format!("{}: {}", spoken.picture, spoken.beam))?;
        report.line(&format!("    people said: {}", spoken.references.join(" · ")))?;
    }
    let scores = |[a, b, c, d]: [f64; 4]| format!("{a:6.2} {b:6.2} {c:6.2} {d:6.2}");
    report.line(&format!("BLEU-1 to BLEU-4 on {pictures} validation pictures:"))?;
    report.line(&format!("{}  the network, the likeliest word each time", scores(found.greedy)))?;
    report.line(&format!("{}  the network, beam of {}", scores(found.beam), crate::lab::caption::BEAM))?;
    report.line(&format!(
        "{}  always the most frequent caption: “{}” ({} times)",
        scores(found.baseline),
        found.frequent,
        found.frequent_count
    ))
}

/// A damaged picture is told of and left out.
fn seen(name: &str, bytes: &[u8]) -> Result<Option<crate::data::Rgb>, LabError> {
    match decode(name, bytes) {
        Ok(picture) => Ok(Some(picture)),
        Err(error) => {
            eprintln!("neocog: {error}; it is left out");
            Ok(None)
        }
    }
}

/// What is not used, on standard error.
fn tell(notes: &Notes, file: &str) {
    let Notes { named, missing, first_missing, uncaptioned, empty, repeated, unnamed, left_out } = notes;
    let lines = [
        (
            *missing,
            format!(
                "{missing} of the {named} pictures that {file} names are not there (the first is {first_missing}); the others are used"
            ),
        ),
        (*uncaptioned, format!("{uncaptioned} pictures have no caption in {file} and are left out")),
        (*empty, format!("{empty} captions of {file} have no word and are left out")),
        (*repeated, format!("{repeated} captions of {file} repeat one of the same picture and count once")),
        (*unnamed, format!("{unnamed} captions of {file} are of pictures that it does not name, and are left out")),
        (*left_out, format!("{left_out} pictures of the file's test part are left out")),
    ];
    lines.iter().filter(|(count, _)| *count > 0).for_each(|(_, line)| eprintln!("neocog: {line}"));
}

/// With what would be read.
fn explained(error: DataError) -> Failure {
    match error {
        error @ (DataError::Unexpected { .. } | DataError::NoExamples { .. }) => {
            Failure::Said(format!("{error}; {KNOWN} are read"))
        }
        error => error.into(),
    }
}
