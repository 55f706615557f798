//! The ventral stream: layers of networks beside populations of neurons, as Yamins et al. (2014) compare them: by matrices of
//! dissimilarities (Kriegeskorte, Mur & Bandettini 2008), and by how well responses are predicted.
//!
//! Invariants:
//! - What is predicted of a picture was learnt from others.
//! - All rows are judged with the same samples and orders of pictures.

mod area;
mod ceiling;
mod compare;
mod energy;
mod facts;
mod matrix;
mod pictures;
mod predict;
mod responses;
mod score;
#[cfg(test)]
mod tests;

use crate::data::Rgb;
use crate::lab::device::{Device, again_if_lost, choose};
use crate::lab::{Dice, Host, LabError, Monitor, Weights, thumbnail};
use crate::protocol::{
    BackendUsed, RowSource, ScaledPictures, Stage, StreamArea, StreamEstimate, StreamNews, StreamPicture, StreamReport,
    StreamRow, StreamScaling, StreamScore, StreamTask,
};
use area::{Population, measured, planted};
use compare::{centred_products, compared, kernel_alignment, prepared};
pub(super) use facts::stream_facts;
use matrix::dissimilarities;
use pictures::{Shown, shown};
use predict::{LAMBDAS, Predicted, Predictor};
use responses::{Responding, baselines, of_network, sample};
use score::{MatrixJudge, Resampling, judged_prediction, orders, samples};
use std::rc::Rc;

/// Of a picture as it is told, in pixels.
const SHOWN: u32 = 48;
/// Of the weights of a network that has learnt nothing.
const UNTRAINED: u32 = 1;

/// What was computed last, for whoever asks for other comparisons of it.
#[derive(Default)]
pub(super) struct StreamSession {
    last: std::cell::RefCell<Option<KeptResponses>>,
}

struct KeptResponses {
    /// Which pictures, and on what.
    of: StreamTask,
    weights: Vec<Rc<Weights>>,
    shown: Rc<Shown>,
    rows: Rc<Vec<Responding>>,
    used: BackendUsed,
}

fn check(task: &StreamTask) -> Result<(), LabError> {
    let StreamTask { each, neurons, repeats, noise, folds, components, resamples, .. } = *task;
    let known = StreamTask::EACH;
    ensure!(known.holds(each), "{each} pictures of each thing are not shown here; choose {known}");
    let known = StreamTask::NEURONS;
    ensure!(known.holds(neurons), "a population of {neurons} neurons is not planted here; choose {known}");
    let known = StreamTask::REPEATS;
    ensure!(known.holds(repeats), "{repeats} repeats are not possible; choose {known}");
    let known = StreamTask::NOISE;
    ensure!(known.holds(noise), "noise of {noise} is not possible; choose {known}");
    let known = StreamTask::FOLDS;
    ensure!(known.holds(folds), "{folds} folds are not possible; choose {known}");
    let known = StreamTask::COMPONENTS;
    ensure!(known.holds(components), "{components} components are not possible; choose {known}");
    let known = StreamTask::RESAMPLES;
    ensure!(known.holds(resamples), "{resamples} samples are not possible; choose {known}");
    Ok(())
}

impl StreamSession {
    pub(super) async fn streamed(
        &self,
        task: &StreamTask,
        host: &impl Host,
        tell: &dyn Fn(StreamNews),
    ) -> Result<StreamReport, LabError> {
        let start = host.now_millis();
        check(task)?;
        let (shown, rows, used) = self.responses(task, host).await?;
        let mut report = reported(task, &shown, &rows, used, host, tell).await?;
        report.elapsed_ms = host.now_millis() - start;
        Ok(report)
    }

    /// Of the same pictures and networks those that are known.
    async fn responses(
        &self,
        task: &StreamTask,
        host: &impl Host,
    ) -> Result<(Rc<Shown>, Rc<Vec<Responding>>, BackendUsed), LabError> {
        let first = host.any_weights(&task.network).await?;
        let mut weights = vec![first.clone()];
        if !task.beside.is_empty() && task.beside != task.network {
            weights.push(host.any_weights(&task.beside).await?);
        }
        let StreamTask { pictures, tray, each, seed, network, beside, backend, .. } = task.clone();
        let of = StreamTask { pictures, tray, each, seed, network, beside, backend, ..StreamTask::default() };
        let is_known = |kept: &KeptResponses| {
            kept.of == of
                && kept.weights.len() == weights.len()
                && kept.weights.iter().zip(&weights).all(|(one, other)| Rc::ptr_eq(one, other))
        };
        // A data set may have been brought since.
        let may_be = task.pictures != crate::protocol::StreamSource::Own;
        let known = self
            .last
            .borrow()
            .as_ref()
            .filter(|kept| may_be && is_known(kept))
            .map(|kept| (kept.shown.clone(), kept.rows.clone(), kept.used.clone()));
        let shown = match known {
            Some((shown, rows, used)) => {
                pictures::check_count(shown.pictures.len(), task.folds)?;
                return Ok((shown, rows, used));
            }
            None => Rc::new(shown(task, host).await?),
        };
        let gpu = host.gpu().await?;
        let chosen = choose(task.backend, &gpu, async |device: &Device| sample(&first, device, host).await).await?;
        let (rows, used) = again_if_lost(task.backend, &gpu, chosen, async |device, used| {
            Ok((Rc::new(rows_of(&weights, &shown.pictures, device, host).await?), used))
        })
        .await?;
        let kept = KeptResponses { of, weights, shown: shown.clone(), rows: rows.clone(), used: used.clone() };
        *self.last.borrow_mut() = Some(kept);
        Ok((shown, rows, used))
    }
}

/// Of the first network, of the same without training, of the second one where there is one, and what stands beside them.
async fn rows_of(
    weights: &[Rc<Weights>],
    pictures: &[Rgb],
    device: &Device,
    host: &impl Monitor,
) -> Result<Vec<Responding>, LabError> {
    let Some(first) = weights.first() else { return Ok(Vec::new()) };
    let untrained = Rc::new(Weights::initial(first.network().clone(), UNTRAINED)?);
    let mut rows = baselines(first, pictures, host).await?;
    rows.extend(of_network(first, RowSource::Network, pictures, device, host).await?);
    rows.extend(of_network(&untrained, RowSource::Untrained, pictures, device, host).await?);
    if let Some(beside) = weights.get(1) {
        rows.extend(of_network(beside, RowSource::Beside, pictures, device, host).await?);
    }
    Ok(rows)
}

async fn reported(
    task: &StreamTask,
    shown: &Shown,
    rows: &[Responding],
    used: BackendUsed,
    host: &impl Monitor,
    tell: &dyn Fn(StreamNews),
) -> Result<StreamReport, LabError> {
    let populations = populations(task, rows, shown.pictures.len())?;
    let mut report = begun(task, shown, rows, &populations, used, host).await?;
    tell(StreamNews::Begun(Box::new(report.clone())));
    for (at, population) in populations.iter().enumerate() {
        let told = |row: u32, score: StreamScore| tell(StreamNews::Scored(at as u32, row, score));
        report.areas[at].scores = scored(task, rows, &report.rows, population, host, &told).await?;
    }
    Ok(report)
}

/// One network or two beside populations, natively: of these pictures, or of drawn ones.
#[cfg(not(target_arch = "wasm32"))]
pub async fn stream_of(
    task: &StreamTask,
    weights: &[Rc<Weights>],
    pictures: Option<Vec<Rgb>>,
    device: &Device,
    used: BackendUsed,
    watch: &impl Monitor,
) -> Result<StreamReport, LabError> {
    let start = watch.now_millis();
    check(task)?;
    let shown = match pictures {
        Some(pictures) => pictures::numbered(pictures),
        None => pictures::drawn(task, watch).await?,
    };
    pictures::check_count(shown.pictures.len(), task.folds)?;
    let rows = rows_of(weights, &shown.pictures, device, watch).await?;
    let mut report = reported(task, &shown, &rows, used, watch, &|_| {}).await?;
    report.elapsed_ms = watch.now_millis() - start;
    Ok(report)
}

fn populations(task: &StreamTask, rows: &[Responding], pictures: usize) -> Result<Vec<Population>, LabError> {
    if !task.areas.is_empty() {
        return task.areas.iter().map(|area| measured(area, pictures, task)).collect();
    }
    let layers: Vec<usize> = (0..rows.len()).filter(|&at| rows[at].source == RowSource::Network).collect();
    let at = match &task.layer {
        None => layers.get(layers.len() / 2).copied(),
        Some(path) => {
            let found = layers.iter().copied().find(|&at| rows[at].path == *path);
            if found.is_none() {
                let names: Vec<&str> = layers.iter().map(|&at| rows[at].path.as_str()).collect();
                return Err(bad_setup!("there is no layer {path} to plant in; its layers are {}", names.join(", ")));
            }
            found
        }
    };
    let at = at.ok_or_else(|| bad_setup!("this network has no layer to plant in"))?;
    Ok(vec![planted(&rows[at].table, at as u32, rows[at].path.clone(), task, task.seed)?])
}

/// All but the scores.
async fn begun(
    task: &StreamTask,
    shown: &Shown,
    rows: &[Responding],
    populations: &[Population],
    used: BackendUsed,
    host: &impl Monitor,
) -> Result<StreamReport, LabError> {
    let mut told = Vec::with_capacity(rows.len());
    let (mut ready, mut products) = (Vec::new(), Vec::new());
    for (at, row) in rows.iter().enumerate() {
        host.step(Stage::Run, at as u64, rows.len() as u64).await?;
        let matrix = dissimilarities(&row.table, task.distance);
        ready.push(prepared(&matrix, task.comparison));
        let all = centred_products(&row.table);
        products.push(matrix::unit(all));
        told.push(StreamRow {
            source: row.source,
            path: row.path.clone(),
            shape: row.shape.clone(),
            squares: row.squares,
            numbers: row.table.columns() as u32,
            dissimilarity: matrix.into_iter().map(|value| value as f32).collect(),
        });
    }
    let (mut between, mut aligned) = (Vec::new(), Vec::new());
    for one in 0..rows.len() {
        host.rest().await?;
        for other in 0..rows.len() {
            between.push(match other < one {
                true => between[other * rows.len() + one],
                false => compared(&ready[one], &ready[other], task.comparison) as f32,
            });
            aligned.push(match other < one {
                true => aligned[other * rows.len() + one],
                false => kernel_alignment(&products[one], &products[other]) as f32,
            });
        }
    }
    let mut areas: Vec<StreamArea> = Vec::new();
    for population in populations {
        host.rest().await?;
        areas.push(population.told(task, rows.len()));
    }
    let picture = |at: usize| -> Result<StreamPicture, LabError> {
        let seen = thumbnail(&shown.pictures[at], SHOWN)?;
        Ok(StreamPicture { seen, kind: shown.kinds[at], level: shown.levels[at] })
    };
    Ok(StreamReport {
        pictures: (0..shown.pictures.len()).map(picture).collect::<Result<Vec<_>, _>>()?,
        kinds: shown.names.clone(),
        rows: told,
        areas,
        between,
        aligned,
        elapsed_ms: 0.0,
        backend: used,
    })
}

/// With which others each picture is left out: by chance, the parts as equal as can be.
fn folds_of(pictures: usize, folds: usize, seed: u32) -> Vec<usize> {
    let mut dice = Dice::new(seed ^ 0x666f_6c64);
    let mut order: Vec<usize> = (0..pictures).collect();
    for last in (1..pictures).rev() {
        order.swap(last, dice.below(last + 1));
    }
    let mut fold_of = vec![0; pictures];
    order.into_iter().enumerate().for_each(|(at, picture)| fold_of[picture] = at % folds);
    fold_of
}

/// How like a population all rows are.
async fn scored(
    task: &StreamTask,
    rows: &[Responding],
    told: &[StreamRow],
    population: &Population,
    host: &impl Monitor,
    tell: &dyn Fn(u32, StreamScore),
) -> Result<Vec<Option<StreamScore>>, LabError> {
    let count = matrix::pictures_of(population.whole.len());
    let resampling = Resampling {
        samples: samples(count, task.resamples as usize, task.seed),
        orders: orders(count, task.resamples as usize, task.seed),
    };
    let judge = MatrixJudge::new(population, task.comparison, &resampling);
    let means = population.means();
    let table = (!means.is_empty()).then(|| centred_products(&crate::lab::FeatureTable::from_rows(&means)));
    let fold_of = folds_of(count, task.folds as usize, task.seed);
    let mut scores = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        host.step(Stage::Run, at as u64, rows.len() as u64).await?;
        let matrix: Vec<f64> = told[at].dissimilarity.iter().copied().map(f64::from).collect();
        let mut score =
            StreamScore { matrix: judge.judged(&matrix), alignment: None, ridge: None, least_squares: None };
        if let Some(table) = &table {
            score.alignment = Some(kernel_alignment(&centred_products(&row.table), table));
            let [ridge, least_squares] = predicted(row, &fold_of, task, &means, &resampling, host).await?;
            (score.ridge, score.least_squares) = (Some(ridge), Some(least_squares));
        }
        tell(at as u32, score);
        scores.push(Some(score));
    }
    Ok(scores)
}

/// By ridge regression and by partial least squares.
async fn predicted(
    row: &Responding,
    fold_of: &[usize],
    task: &StreamTask,
    means: &[Vec<f32>],
    resampling: &Resampling,
    host: &impl Monitor,
) -> Result<[StreamEstimate; 2], LabError> {
    let predictor = Predictor::new(&row.table, fold_of);
    let neurons = means.first().map_or(0, Vec::len);
    let blank: Predicted = vec![vec![0.0; means.len()]; neurons];
    let (mut ridge, mut least) = (blank.clone(), blank);
    for fold in 0..predictor.folds() {
        predictor.ridge(means, fold, &LAMBDAS, &mut ridge);
        host.rest().await?;
        predictor.least_squares(means, fold, task.components as usize, &mut least);
        host.rest().await?;
    }
    let ridge = judged_prediction(&ridge, means, resampling);
    host.rest().await?;
    Ok([ridge, judged_prediction(&least, means, resampling)])
}

pub(super) fn scaled_pictures(job: &StreamScaling) -> Result<ScaledPictures, LabError> {
    let pairs = job.dissimilarity.len();
    let count = matrix::pictures_of(pairs);
    ensure!(
        count > 1 && count * (count - 1) / 2 == pairs && count <= StreamTask::MOST_PICTURES,
        "{pairs} dissimilarities are not those of all pairs of 2 to {} pictures",
        StreamTask::MOST_PICTURES
    );
    let distances: Vec<f64> = job.dissimilarity.iter().copied().map(f64::from).collect();
    ensure!(distances.iter().all(|value| value.is_finite()), "dissimilarities that are not finite have no places");
    let (places, share) = matrix::scaled(&distances, job.are_squares)?;
    Ok(ScaledPictures { places: places.iter().map(|place| place.map(|at| at as f32)).collect(), share })
}
