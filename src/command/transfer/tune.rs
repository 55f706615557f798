//! `neocog transfer --classifier fine-tune`, and learning curves.

use super::pictures::GivenPictures;
use super::{Arguments, Classifier, share};
use crate::command::drive::{forget, read, run_file, write};
use crate::command::{Failure, Report};
use crate::data::decode;
use crate::lab::device::MaybeGpu;
use crate::lab::transfer::{
    CurveTask, FineTuning, TransferBench, TuneLog, TuneRun, TuneStart, TuneSubject, TunedNetwork,
};
use crate::lab::{LabError, NoMonitor, Weights, logits_of, predictions};
use crate::protocol::{Augment, FineTune, LearningRow, TransferNews, TransferTask, TuneEpoch};
use clap::Args;
use serde::Serialize;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;

#[derive(Args)]
pub(super) struct TuneArguments {
    /// Of `fine-tune`: so many of the last blocks learn, the new last layer among them; 0 is all.
    #[arg(long, default_value_t = FineTune::default().blocks, value_name = "N")]
    blocks: u32,
    /// Of `fine-tune`: the learning rate of the new last layer.
    #[arg(long, default_value_t = FineTune::default().rate)]
    rate: f64,
    /// Of `fine-tune`: by what the rate is multiplied for layers that have learnt before.
    #[arg(long, default_value_t = FineTune::default().lower, value_name = "FACTOR")]
    lower: f64,
    /// Of `fine-tune`: the most passes over the pictures.
    #[arg(long, default_value_t = FineTune::default().epochs)]
    epochs: u32,
    #[arg(long, default_value_t = FineTune::default().batch)]
    batch: u32,
    /// Of `fine-tune`: ends after so many epochs without a smaller loss on the validation part.
    #[arg(long, default_value_t = FineTune::default().patience, value_name = "EPOCHS")]
    patience: u32,
    /// Of `fine-tune`: batch norms keep the statistics that they have.
    #[arg(long)]
    freeze_statistics: bool,
    /// Of `fine-tune`: the largest shift of a picture in pixels.
    #[arg(long, default_value_t = FineTune::default().augment.shift, value_name = "PIXELS")]
    shift: u32,
    /// Of `fine-tune`: every second picture is mirrored.
    #[arg(long)]
    flip: bool,
    /// Beside it the same network from scratch; wants `--test`.
    #[arg(long, requires = "test")]
    scratch: bool,
    /// The accuracy on the pictures of `--test` after learning from so many of each class, one after the other.
    #[arg(long, value_delimiter = ',', value_name = "N,…", requires = "test")]
    curve: Vec<usize>,
    /// Of `fine-tune`: go on where the same command was interrupted; while it runs, FILE.run beside the file of `--out` holds what is
    /// needed for that.
    #[arg(long, requires = "out")]
    resume: bool,
}

impl TuneArguments {
    pub(super) fn is_wanted(&self, classifier: Classifier) -> bool {
        matches!(classifier, Classifier::FineTune) || !self.curve.is_empty()
    }

    /// The run that goes on.
    fn before(&self, out: Option<&Path>) -> Result<Option<TuneRun>, Failure> {
        let Some(file) = out.filter(|_| self.resume).map(run_file) else { return Ok(None) };
        let name = file.display().to_string();
        if !file.exists() {
            return Err(Failure::Said(format!("there is no {name}, so no run can go on; leave --resume out")));
        }
        Ok(Some(TuneRun::parse(&name, read(&file)?)?))
    }

    fn settings(&self) -> FineTune {
        let Self { blocks, rate, lower, epochs, batch, patience, freeze_statistics, shift, flip, .. } = *self;
        let augment = Augment { shift, flip, ..Augment::default() };
        FineTune { blocks, rate, lower, epochs, batch, patience, frozen_statistics: freeze_statistics, augment }
    }
}

#[derive(Serialize)]
struct Told {
    epochs: Vec<TuneEpoch>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    curve: Vec<LearningRow>,
}

pub(super) async fn run(
    arguments: &Arguments,
    task: &TransferTask,
    given: &GivenPictures,
    weights: &Rc<Weights>,
    bench: &mut TransferBench,
    gpu: &MaybeGpu,
    report: &mut Report<'_>,
) -> Result<(), Failure> {
    let (settings, watch) = (arguments.tune.settings(), NoMonitor::default());
    let is_tuned = matches!(arguments.classifier, Classifier::FineTune);
    let compared = CurveTask { task, tune: is_tuned.then_some(&settings), scratch: is_tuned && arguments.tune.scratch };
    let mut sizes = arguments.tune.curve.clone();
    if given.asked.is_some() && sizes.is_empty() {
        sizes.push(usize::MAX);
    }
    let of = TuneSubject { weights, compared, learnt: &given.learnt, asked: given.asked.as_ref(), sizes: &sizes };
    let out = arguments.out.as_deref();
    let keep = |bytes: Vec<u8>| -> Pin<Box<dyn Future<Output = Result<(), LabError>>>> {
        let kept = out.map_or(Ok(()), |out| write(&run_file(out), &bytes));
        let kept = kept.map_err(|failure| match failure {
            Failure::Said(detail) => LabError::Setup { detail },
            Failure::Reported | Failure::Closed => LabError::Cancelled,
        });
        Box::pin(async { kept })
    };
    let log = TuneLog::new(of, arguments.tune.before(out)?, &keep)?;
    let mut told = Told { epochs: Vec::new(), curve: Vec::new() };
    let last = if let Some(asked) = &given.asked {
        let is_curve = sizes.len() > 1;
        if is_curve {
            report.line("pictures a class    pixels   features  fine-tuned     scratch")?;
        }
        let mut tell = Teller { report, failure: None, is_curve };
        let found = bench.compared(of, asked, gpu, &watch, &log, &mut |news| tell.tell(&news)).await;
        tell.failure.map_or(Ok(()), Err)?;
        let (rows, tuned) = found?;
        told.curve = rows;
        tuned
    } else {
        let start = TuneStart::of(weights, &given.learnt.classes)?;
        let (fit, seed) = (task.fit, task.seed);
        let tuning = FineTuning { start: &start, settings: &settings, subject: &given.learnt, fit, seed };
        let mut tell = Teller { report, failure: None, is_curve: false };
        let mut hear = |epoch: &TuneEpoch| tell.tell(&TransferNews::Tuned(*epoch));
        let tuned = bench.fine_tuned(&tuning, gpu, &watch, &log, &mut hear).await;
        tell.failure.map_or(Ok(()), Err)?;
        Some(tuned?)
    };
    if let Some(TunedNetwork { weights, epochs, best, pictures: [learnt, validation], elapsed_ms, .. }) = last {
        let seconds = elapsed_ms / 1e3;
        report.line(&format!(
            "learnt from {learnt} pictures, {validation} for validation; epoch {best} of {} is kept; {seconds:.1} s",
            epochs.len()
        ))?;
        let weights = Rc::new(weights);
        if let Some(out) = &arguments.out {
            let parts: Result<Vec<_>, _> = weights.parts().collect();
            write(out, &parts.map_err(Failure::Said)?.concat())?;
            forget(out);
        }
        for path in &arguments.predict {
            let picture = decode(&path.display().to_string(), &read(path)?).map_err(LabError::from)?;
            let logits = logits_of(&weights, &[picture]).await?.remove(0);
            let (best, _) = predictions(&weights, &logits, 3)?;
            let best = best.iter().map(|one| format!("{} {:.1} %", one.label, one.probability * 100.0));
            report.line(&format!("{}: {}", path.display(), best.collect::<Vec<_>>().join(", ")))?;
        }
        told.epochs = epochs;
    }
    if arguments.json { report.json(&told) } else { Ok(()) }
}

struct Teller<'a, 'r> {
    report: &'a mut Report<'r>,
    failure: Option<Failure>,
    /// A line for each row, and none for each epoch.
    is_curve: bool,
}

impl Teller<'_, '_> {
    fn tell(&mut self, news: &TransferNews) {
        let said = match news {
            TransferNews::Learnt(row) if self.is_curve => self.report.line(&line_of(row)),
            TransferNews::Learnt(row) => {
                named(row).try_for_each(|(name, accuracy)| self.report.line(&format!("{name:30} {}", share(accuracy))))
            }
            TransferNews::Tuned(epoch) if !self.is_curve => {
                let TuneEpoch { epoch, loss, validation_loss, validation } = epoch;
                let accuracy = share(validation);
                self.report
                    .line(&format!("epoch {epoch}: loss {loss:.3}; validation: loss {validation_loss:.3}, {accuracy}"))
            }
            TransferNews::Tuned(_) | TransferNews::Swept(_) => Ok(()),
        };
        self.failure = self.failure.take().or(said.err());
    }
}

fn named(row: &LearningRow) -> impl Iterator<Item = (&'static str, &crate::protocol::AccuracyShare)> {
    let LearningRow { classifier, raw, tuned, scratch, .. } = row;
    let all = [
        ("raw pixels", Some(raw)),
        ("classifier on features", Some(classifier)),
        ("fine-tuned", tuned.as_ref()),
        ("from scratch", scratch.as_ref()),
    ];
    all.into_iter().filter_map(|(name, accuracy)| Some((name, accuracy?)))
}

fn line_of(row: &LearningRow) -> String {
    let percent = |accuracy: Option<&crate::protocol::AccuracyShare>| {
        accuracy.map_or_else(|| "-".to_owned(), |accuracy| format!("{:.1} %", accuracy.share() * 100.0))
    };
    let LearningRow { each, classifier, raw, tuned, scratch } = row;
    let [raw, classifier, tuned, scratch] =
        [Some(raw), Some(classifier), tuned.as_ref(), scratch.as_ref()].map(percent);
    format!("{each:16}  {raw:>8}   {classifier:>8}    {tuned:>8}    {scratch:>8}")
}
