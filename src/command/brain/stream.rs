//! `neocog brain rdm` and `predict`: the layers of a network beside populations of neurons.

use crate::command::drive::read;
use crate::command::pictures::picture;
use crate::command::preprocessing::{Preprocessing, weights_from};
use crate::command::train::Where;
use crate::command::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::brain::stream_of;
use crate::protocol::{
    AreaFile, DissimilarityKind, RdmComparison, RowSource, StreamEstimate, StreamReport, StreamRow, StreamTask, Why,
};
use clap::Args;
use std::path::PathBuf;
use std::rc::Rc;

spelled! {
    enum Distance => DissimilarityKind {
        /// One less Pearson's correlation.
        Correlation,
        /// The mean square of the differences.
        Euclidean,
    }
}

spelled! {
    enum Likeness => RdmComparison {
        Spearman,
        /// The mean of Spearman's over all orders of what is tied.
        RhoA,
        /// Kendall's.
        TauA,
        Cosine,
        Pearson,
    }
}

#[derive(Args)]
pub(in crate::command) struct StreamArguments {
    /// A file of weights, as `neocog classify` takes it.
    weights: PathBuf,
    /// Another network, beside the first.
    #[arg(long)]
    beside: Option<PathBuf>,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// Populations: `.npy` or `.csv`, pictures × neurons, with repeats as a third axis (in a table below each other), or a matrix of
    /// dissimilarities. Without it, one is planted in a layer.
    #[arg(long = "area", num_args = 1.., value_name = "PATH")]
    areas: Vec<PathBuf>,
    /// Pictures that the populations were measured with, in their order; without them, drawn things at three levels of variation.
    #[arg(long = "picture", num_args = 1.., value_name = "PATH")]
    pictures: Vec<PathBuf>,
    /// Drawn pictures of each thing at each level.
    #[arg(long, default_value_t = StreamTask::default().each)]
    each: u32,
    /// The layer in which a population is planted; the middle one where it is not given.
    #[arg(long)]
    layer: Option<String>,
    #[arg(long, default_value_t = StreamTask::default().neurons)]
    neurons: u32,
    #[arg(long, default_value_t = StreamTask::default().repeats)]
    repeats: u32,
    /// The deviation of a repeat from the mean, over that of the mean from picture to picture.
    #[arg(long, default_value_t = StreamTask::default().noise)]
    noise: f64,
    #[arg(long, value_enum, default_value_t = Distance::Correlation)]
    distance: Distance,
    #[arg(long, value_enum, default_value_t = Likeness::Spearman)]
    compare: Likeness,
    #[arg(long, default_value_t = StreamTask::default().folds)]
    folds: u32,
    /// Of partial least squares.
    #[arg(long, default_value_t = StreamTask::default().components)]
    components: u32,
    /// Samples of pictures for intervals, and orders of pictures for tests.
    #[arg(long, default_value_t = StreamTask::default().resamples)]
    resamples: u32,
    #[arg(long, default_value_t = StreamTask::default().seed)]
    seed: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    backend: Where,
    /// One JSON object with all matrices.
    #[arg(long)]
    json: bool,
}

pub(super) fn rdm(given: &StreamArguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let found = pollster::block_on(given.streamed())?;
    if given.json { report.json(&found) } else { alike(&found, report) }
}

pub(super) fn predict(given: &StreamArguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let found = pollster::block_on(given.streamed())?;
    if given.json { report.json(&found) } else { predicted(&found, report) }
}

impl StreamArguments {
    async fn streamed(&self) -> Result<StreamReport, Failure> {
        let mut weights = vec![Rc::new(weights_from(&self.weights, self.model.as_deref(), &self.preprocessing)?)];
        if let Some(beside) = &self.beside {
            weights.push(Rc::new(weights_from(beside, None, &Preprocessing::default())?));
        }
        let area = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            Ok(AreaFile { name, bytes: read(path)?.into() })
        };
        let areas = self.areas.iter().map(area).collect::<Result<Vec<_>, Failure>>()?;
        let pictures = self.pictures.iter().map(|path| picture(path)).collect::<Result<Vec<_>, Failure>>()?;
        let task = StreamTask {
            each: self.each,
            seed: self.seed,
            distance: self.distance.into(),
            comparison: self.compare.into(),
            areas,
            layer: self.layer.clone(),
            neurons: self.neurons,
            repeats: self.repeats,
            noise: self.noise,
            folds: self.folds,
            components: self.components,
            resamples: self.resamples,
            ..StreamTask::default()
        };
        let (device, _) = self.backend.device().await?;
        let used = device.used(Why::Chosen);
        let pictures = (!pictures.is_empty()).then_some(pictures);
        Ok(stream_of(&task, &weights, pictures, &device, used, &NoMonitor::default()).await?)
    }
}

fn name(row: &StreamRow) -> String {
    match row.source {
        RowSource::Pixels => "pixels".to_owned(),
        RowSource::Gabor => "Gabor energy".to_owned(),
        RowSource::Network => row.path.clone(),
        RowSource::Untrained => format!("{} (untrained)", row.path),
        RowSource::Beside => format!("{} (beside)", row.path),
    }
}

fn estimate(found: &StreamEstimate) -> String {
    let StreamEstimate { value, low, high, p } = found;
    format!("{value:6.3} [{low:6.3}, {high:6.3}] p {p:.3}")
}

fn heads(found: &StreamReport, at: usize, report: &mut Report<'_>) -> Result<(), Failure> {
    let area = &found.areas[at];
    let planted = match area.planted {
        Some((row, ceiling)) => {
            format!(", planted in {} with a ceiling of {ceiling:.3}", found.rows[row as usize].path)
        }
        None => String::new(),
    };
    let (name, neurons, repeats, pictures) = (&area.name, area.neurons, area.repeats, found.pictures.len());
    report.line(&format!("{name}: {neurons} neurons, {repeats} repeats, {pictures} pictures{planted}"))
}

fn alike(found: &StreamReport, report: &mut Report<'_>) -> Result<(), Failure> {
    for (at, area) in found.areas.iter().enumerate() {
        heads(found, at, report)?;
        if let Some([low, high]) = area.matrix_ceiling {
            report.line(&format!("noise ceiling {low:.3} to {high:.3}"))?;
        }
        for (row, score) in found.rows.iter().zip(&area.scores) {
            let Some(score) = score else { continue };
            let aligned = score.alignment.map_or_else(String::new, |value| format!("  CKA {value:.3}"));
            report.line(&format!("  {:32} {}{aligned}", name(row), estimate(&score.matrix)))?;
        }
    }
    report.line(&format!("in {:.1} s", found.elapsed_ms / 1e3))
}

fn predicted(found: &StreamReport, report: &mut Report<'_>) -> Result<(), Failure> {
    for (at, area) in found.areas.iter().enumerate() {
        heads(found, at, report)?;
        if let Some([value, low, high]) = area.ceiling {
            report.line(&format!("noise ceiling {value:.3} [{low:.3}, {high:.3}]"))?;
        }
        for (row, score) in found.rows.iter().zip(&area.scores) {
            let Some((ridge, least)) = score.as_ref().and_then(|score| Some((score.ridge?, score.least_squares?)))
            else {
                continue;
            };
            let (ridge, least) = (estimate(&ridge), estimate(&least));
            report.line(&format!("  {:32} ridge {ridge}  PLS {least}", name(row)))?;
        }
        if area.neurons == 0 {
            report.line("  a matrix has no responses to predict; `neocog brain rdm` compares it")?;
        }
    }
    report.line(&format!("in {:.1} s", found.elapsed_ms / 1e3))
}
