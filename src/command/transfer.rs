//! `neocog transfer`: classes of one's own from folders of pictures, told apart by what a trained network makes of them.

mod pictures;
mod tune;

use super::classify::Resize;
use super::drive::{open, read, write};
use super::preprocessing::{Preprocessing, weights_from};
use super::train::Where;
use super::{Failure, Report};
use crate::data::decode;
use crate::lab::transfer::{
    KnownPicture, LabelledPictures, TransferBench, TransferFile, TransferLearnt, feature_layer, groups,
};
use crate::lab::{LabError, NoMonitor, Weights};
use crate::protocol::{
    AccuracyShare, ClassifierKind, HeldOutAnswer, SweepRow, TransferForm, TransferFound, TransferTask,
};
use clap::Args;
use pictures::GivenPictures;
use serde::Serialize;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Wrong answers that are listed.
const MISTAKES: usize = 5;

#[derive(Args)]
pub(super) struct Arguments {
    /// Pictures by class, a folder or an archive with a folder for each; or a data set (MNIST's, CIFAR-10's, an .npz), or the name of a
    /// drawn one.
    #[arg(required_unless_present = "with", num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// The network whose features are taken: a file of weights, as `neocog classify` takes it.
    #[arg(long, value_name = "FILE")]
    features: PathBuf,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// The layer, by its path; without it, what the last layer with weights reads. `neocog summary NETWORK --layers` lists them.
    #[arg(long, value_name = "PATH")]
    layer: Option<String>,
    #[arg(long, value_enum, default_value_t = Classifier::Svm)]
    classifier: Classifier,
    /// Of `svm` and `logistic`: what losses weigh beside the squares of the weights.
    #[arg(long, default_value_t = TransferTask::default().c, value_name = "C")]
    c: f64,
    /// Of `knn`: how many neighbours vote.
    #[arg(long, default_value_t = TransferTask::default().neighbours, value_name = "K")]
    neighbours: u32,
    /// Learn from so many pictures of each class; without it, from all that are for training.
    #[arg(long, value_name = "N")]
    per_class: Option<usize>,
    /// Ask also about so many pictures of each class that nothing has learnt from: of the data's test part where there is one, else
    /// of the pictures that `--per-class` leaves.
    #[arg(long, value_name = "N")]
    test: Option<usize>,
    /// Of the choice of pictures and the split into folds.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Also the same classifier on layers from the first to the last, beside a network of the same form that has learnt nothing.
    #[arg(long)]
    sweep: bool,
    /// How a picture becomes square.
    #[arg(long, value_enum, default_value_t = Resize::Crop)]
    resize: Resize,
    #[command(flatten)]
    tune: tune::TuneArguments,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
    /// Where the classifier goes: alone, or, where the name ends so, with the network as one .onnx file, or as an .html page that works by
    /// itself.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A classifier that `--out` wrote: nothing is learnt, `--predict` says about what it is asked.
    #[arg(long, value_name = "FILE", requires = "predict", conflicts_with_all = ["data", "out", "sweep", "test"])]
    with: Option<PathBuf>,
    /// Pictures that the classifier is asked about.
    #[arg(long, num_args = 1.., value_name = "PICTURE")]
    predict: Vec<PathBuf>,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Classifier {
    /// A linear support vector machine for each class.
    Svm,
    /// Multinomial logistic regression.
    Logistic,
    /// The class whose mean is nearest.
    Mean,
    /// Votes of the nearest pictures.
    Knn,
    /// The network itself goes on learning, with a new last layer; `--out` is a network like any other.
    FineTune,
}

impl From<Classifier> for ClassifierKind {
    fn from(classifier: Classifier) -> Self {
        match classifier {
            // Beside the fine-tuned network stands the support vector machine.
            Classifier::Svm | Classifier::FineTune => Self::Svm,
            Classifier::Logistic => Self::Logistic,
            Classifier::Mean => Self::Mean,
            Classifier::Knn => Self::Neighbours,
        }
    }
}

#[derive(Serialize)]
struct Told<'a> {
    learnt: &'a TransferFound,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<Tested>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sweep: Vec<SweepRow>,
}

/// On pictures that nothing has learnt from.
#[derive(Serialize)]
struct Tested {
    accuracy: AccuracyShare,
    /// The same classifier on pixels.
    raw: AccuracyShare,
    /// Pictures that are nearly the same as one that was learnt from.
    near: u32,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    pollster::block_on(transfer(arguments, report))
}

async fn transfer(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let Arguments { features, model, preprocessing, .. } = arguments;
    let weights = Rc::new(weights_from(features, model.as_deref(), preprocessing)?);
    let (device, gpu) = arguments.device.device().await?;
    let mut bench = TransferBench::on(&weights, &device).await?;
    if let Some(file) = &arguments.with {
        let saved = TransferFile::from_bytes(&file.display().to_string(), open(file)?)?;
        return predict(arguments, &saved, &weights, &mut bench, report).await;
    }
    let given = GivenPictures::read(arguments)?;
    let task = TransferTask {
        layer: arguments.layer.clone(),
        classifier: arguments.classifier.into(),
        c: arguments.c,
        neighbours: arguments.neighbours,
        seed: arguments.seed,
        fit: arguments.resize.into(),
        ..TransferTask::default()
    };
    if arguments.tune.is_wanted(arguments.classifier) {
        return tune::run(arguments, &task, &given, &weights, &mut bench, &gpu, report).await;
    }
    let watch = NoMonitor::default();
    let TransferLearnt { found, file } = bench.learn(&task, &given.learnt, &watch).await?;
    told(&found, &given, report)?;
    let test = match &given.asked {
        Some(asked) => Some(tested(&task, &given.learnt, asked, &file, &mut bench, report).await?),
        None => None,
    };
    let mut sweep = Vec::new();
    if arguments.sweep {
        report.line("depth  layer                                     accuracy   untrained")?;
        let mut failure = None;
        let mut tell = |row: &SweepRow| failure = failure.take().or(report.line(&line_of(row)).err());
        sweep = bench.sweep(&task, &given.learnt, &watch, &mut tell).await?;
        failure.map_or(Ok(()), Err)?;
    }
    if let Some(out) = &arguments.out {
        write(out, &saved(out, &file, &weights)?)?;
    }
    predict(arguments, &file, &weights, &mut bench, report).await?;
    if arguments.json { report.json(&Told { learnt: &found, test, sweep }) } else { Ok(()) }
}

/// In the form that the name of the file says.
fn saved(out: &Path, file: &TransferFile, weights: &Weights) -> Result<Vec<u8>, LabError> {
    match out.extension().and_then(OsStr::to_str) {
        Some("onnx") => file.to_onnx(weights),
        Some("html") => file.to_page(weights, &texts()),
        _ => file.bytes(),
    }
}

/// What a page by itself says, in English.
fn texts() -> Vec<(String, String)> {
    let all: serde_json::Value = serde_json::from_str(include_str!("../../locales/en.json")).unwrap_or_default();
    let text = |key: &str| match key {
        "language" => "en".to_owned(),
        _ => all["transfer"][key].as_str().unwrap_or_default().to_owned(),
    };
    TransferForm::TEXTS.iter().map(|&key| (key.to_owned(), text(key))).collect()
}

fn share(share: &AccuracyShare) -> String {
    let AccuracyShare { right, of, low, high } = share;
    format!("{:.1} % ({right} of {of}, {:.1} to {:.1})", share.share() * 100.0, low * 100.0, high * 100.0)
}

fn line_of(SweepRow { layer, depth, accuracy, untrained }: &SweepRow) -> String {
    let percent = |share: &AccuracyShare| format!("{:.1} %", share.share() * 100.0);
    let untrained = untrained.as_ref().map_or_else(|| "-".to_owned(), percent);
    let layer =
        layer.as_ref().map_or_else(|| "pixels".to_owned(), |layer| format!("{} ({})", layer.path, layer.features));
    format!("{depth:5.2}  {layer:40}  {:>8}  {untrained:>10}", percent(accuracy))
}

fn told(found: &TransferFound, given: &GivenPictures, report: &mut Report<'_>) -> Result<(), Failure> {
    let TransferFound { classes, pictures, layer, folds, near, across, .. } = found;
    report.line(&format!(
        "{} classes, {pictures} pictures; {} features of {}",
        classes.len(),
        layer.features,
        layer.path
    ))?;
    if *near > 0 {
        report.line(&format!("{near} pictures are nearly the same as others; they are on one side of every split"))?;
    }
    if !found.is_measured() {
        return report
            .line("not measured: a class is one recording, which is never learnt from and asked about at once");
    }
    if *across > 0 {
        report.line(&format!(
            "{across} pictures were asked about though nearly the same one, of another recording, was learnt from"
        ))?;
    }
    report.line(&format!("cross-validated in {folds} folds: {}", share(&found.accuracy)))?;
    report.line(&format!("the same of raw pixels:      {}", share(&found.raw)))?;
    report.line("of each class (rows), how many were taken for which:")?;
    let width = classes.iter().map(|class| class.chars().count()).max().unwrap_or_default().min(24);
    for (class, row) in classes.iter().zip(&found.confusion) {
        let counts: String = row.iter().map(|count| format!("{count:5}")).collect();
        report.line(&format!("  {class:width$}{counts}"))?;
    }
    for HeldOutAnswer { picture, class, answer, probability } in found.mistakes().into_iter().take(MISTAKES) {
        let [class, answer] = [class, answer].map(|class| &classes[class as usize]);
        let (name, percent) = (&given.names[picture as usize], probability * 100.0);
        report.line(&format!("  {name} is of {class} and taken for {answer}, {percent:.0} %"))?;
    }
    for finding in &found.findings {
        let verdict = if finding.holds() { "holds" } else { "does not hold" };
        report.line(&format!(
            "  {:?}: {:.2e}, at most {:.0e}, {verdict}",
            finding.fact, finding.measured, finding.limit
        ))?;
    }
    report.line(&format!("features in {:.0} ms, classifiers in {:.0} ms", found.features_ms, found.classifiers_ms))
}

async fn tested(
    task: &TransferTask,
    learnt: &LabelledPictures,
    asked: &LabelledPictures,
    file: &TransferFile,
    bench: &mut TransferBench,
    report: &mut Report<'_>,
) -> Result<Tested, Failure> {
    let (accuracy, raw) = bench.tested(task, learnt, asked, file, &NoMonitor::default()).await?;
    let digests: Vec<_> = learnt.pictures.iter().chain(&asked.pictures).map(|known| known.digest.clone()).collect();
    let near = groups(&digests).into_iter().skip(learnt.pictures.len()).filter(|first| *first < learnt.pictures.len());
    let near = near.count() as u32;
    report.line(&format!("held-out pictures:           {}", share(&accuracy)))?;
    report.line(&format!("the same of raw pixels:      {}", share(&raw)))?;
    if near > 0 {
        report.line(&format!("{near} of them are nearly the same as pictures that were learnt from"))?;
    }
    Ok(Tested { accuracy, raw, near })
}

async fn predict(
    arguments: &Arguments,
    file: &TransferFile,
    weights: &Weights,
    bench: &mut TransferBench,
    report: &mut Report<'_>,
) -> Result<(), Failure> {
    if arguments.predict.is_empty() {
        return Ok(());
    }
    let layer = feature_layer(weights.network(), Some(&file.layer))?;
    if layer.features as usize != file.features() {
        return Err(Failure::Said(format!(
            "the classifier wants {} features of {}, and {} of {} has {}; choose the network that it was made with, {}",
            file.features(),
            file.layer,
            file.layer,
            weights.network().title,
            layer.features,
            file.network
        )));
    }
    let task = TransferTask { fit: file.fit, ..TransferTask::default() };
    for path in &arguments.predict {
        let picture = decode(&path.display().to_string(), &read(path)?).map_err(LabError::from)?;
        let known = KnownPicture::new(Rc::new(picture))?;
        let table = bench.features(&task, &layer, &[known], &NoMonitor::default()).await?;
        let all = file.probabilities(table.row(0));
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by(|&a, &b| all[b].total_cmp(&all[a]));
        let best = order.iter().take(3).map(|&at| format!("{} {:.1} %", file.classes[at], all[at] * 100.0));
        let is_none = file.novelty.as_ref().is_some_and(|novelty| novelty.is_none(table.row(0)));
        let none = if is_none { "probably none of these; " } else { "" };
        report.line(&format!("{}: {none}{}", path.display(), best.collect::<Vec<_>>().join(", ")))?;
    }
    Ok(())
}
