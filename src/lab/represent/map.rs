//! Maps of pictures: their pixels, their codes, or what a layer makes of them, as places in a plane.

use super::autoencoder::{AutoencoderSession, picture_of, pictures_of, told_examples};
use crate::data::dataset::Dataset;
use crate::graph::Program;
use crate::lab::device::{Batched, Device, choose, timed};
use crate::lab::dice::Dice;
use crate::lab::map::{Distances, TsneEmbedding, components_of};
use crate::lab::transfer::{feature_layer, feature_layers, pooled_layers};
use crate::lab::{FeatureTable, Host, LabError, Monitor, Weights, seen, values_from};
use crate::protocol::{
    BackendUsed, CodeExamples, EmbedBegun, EmbedFrame, EmbedNews, EmbedReport, EmbedSource, EmbedTask, FeatureLayer,
    Fit, RepresentFact, Stage,
};
use std::rc::Rc;

/// Pictures at once.
const BATCH: usize = 16;
/// Others that are named for each picture.
const NAMED: usize = 5;
/// Between two frames that are told.
const FRAME_MILLIS: f64 = 90.0;

/// Pictures, and what is mapped of them.
struct Mapped {
    examples: CodeExamples,
    table: FeatureTable,
    layer: Option<(FeatureLayer, Vec<FeatureLayer>, BackendUsed)>,
}

pub(super) async fn mapped(
    task: &EmbedTask,
    autoencoder: &AutoencoderSession,
    host: &impl Host,
    tell: &dyn Fn(EmbedNews),
) -> Result<EmbedReport, LabError> {
    let start = host.now_millis();
    let EmbedTask { count, perplexity, steps, .. } = *task;
    let known = EmbedTask::COUNT;
    ensure!(known.holds(count), "a map of {count} pictures is not possible here; choose {known}");
    let known = EmbedTask::PERPLEXITY;
    ensure!(known.holds(perplexity), "a perplexity of {perplexity} is not possible; choose {known}");
    let known = EmbedTask::STEPS;
    ensure!(known.holds(steps), "{steps} steps are not possible; choose {known}");
    let Mapped { examples, table, layer } = match task.of {
        EmbedSource::Pixels => of_pixels(task, host).await?,
        EmbedSource::Codes => {
            let (examples, codes) = autoencoder.codes(count as usize, host).await?;
            Mapped { examples, table: FeatureTable::from_rows(&codes), layer: None }
        }
        EmbedSource::Layer => of_layer(task, host).await?,
    };
    let found = table.rows();
    ensure!(found > 3, "{found} pictures make no map; bring at least four");
    let places = components_of(&table)?;
    let distances = Distances::of(&table, host).await?;
    let neighbours = distances.nearest(NAMED);
    let single = |places: &[[f64; 2]]| places.iter().map(|place| place.map(|at| at as f32)).collect::<Vec<_>>();
    let begun = EmbedBegun {
        examples,
        features: table.columns() as u32,
        layer,
        components: single(&places),
        neighbours: neighbours.iter().map(|row| row.iter().map(|&at| at as u32).collect()).collect(),
    };
    let mut embedding = TsneEmbedding::new(&distances, perplexity, places.clone(), steps as usize);
    let frame = |embedding: &TsneEmbedding| EmbedFrame {
        step: embedding.step() as u32,
        of: steps,
        places: single(&embedding.places),
        divergence: embedding.divergence(),
    };
    tell(EmbedNews { begun: Some(begun.clone()), frame: frame(&embedding) });
    let mut told = host.now_millis();
    while !embedding.is_done() {
        embedding.advance();
        host.step(Stage::Run, embedding.step() as u64, u64::from(steps)).await?;
        if host.now_millis() - told > FRAME_MILLIS {
            told = host.now_millis();
            tell(EmbedNews { begun: None, frame: frame(&embedding) });
        }
    }
    let judged = [&places, &embedding.places];
    let trusted = judged.map(|places| distances.trustworthiness(places, EmbedTask::NEIGHBOURS));
    let elapsed_ms = host.now_millis() - start;
    Ok(EmbedReport { begun, frame: frame(&embedding), trustworthiness: trusted, elapsed_ms })
}

/// So many pictures of a set, evenly from its beginning to its end.
fn picked(data: &Dataset, count: usize) -> Vec<usize> {
    let all = data.len();
    let count = count.min(all);
    (0..count).map(|at| at * all / count).collect()
}

async fn of_pixels(task: &EmbedTask, host: &impl Host) -> Result<Mapped, LabError> {
    let data = pictures_of(task.data, task.seed, task.count, host).await?;
    let places = picked(&data, task.count as usize);
    let examples = told_examples(&data, places.iter().copied());
    let row = data.row_len();
    let rows: Vec<Vec<f32>> = examples
        .pixels
        .chunks_exact(row)
        .map(|row| row.iter().map(|&byte| f32::from(byte) / 255.0).collect())
        .collect();
    Ok(Mapped { examples, table: FeatureTable::from_rows(&rows), layer: None })
}

async fn of_layer(task: &EmbedTask, host: &impl Host) -> Result<Mapped, LabError> {
    let data = pictures_of(task.data, task.seed, task.count, host).await?;
    let places = picked(&data, task.count as usize);
    let examples = told_examples(&data, places.iter().copied());
    let weights = host.weights(&task.network).await?;
    let network = weights.network();
    let layer = feature_layer(network, task.layer.as_deref())?;
    let layers = feature_layers(network)?;
    let paths = [layer.path.clone()];
    let program = |weights: &Rc<Weights>, batch: usize| -> Result<Program, LabError> {
        let outputs = pooled_layers(weights.network(), &paths, batch)?;
        Ok(Program::inference(&[&outputs[0]], &|name| weights.value(name))?)
    };
    let sample = async |device: &Device| {
        let mut one = Batched::new(program(&weights, 1)?, device).await?;
        let input = vec![0.0; network.input.iter().product()];
        timed(host, async || one.rows(&[&input]).await.map(drop)).await
    };
    let (device, used) = choose(task.backend, &host.gpu().await?, sample).await?;
    let mut batched = Batched::new(program(&weights, BATCH)?, &device).await?;
    let mut rows = Vec::new();
    for some in places.chunks(BATCH) {
        host.step(Stage::Run, rows.len() as u64, places.len() as u64).await?;
        let inputs = some
            .iter()
            .map(|&at| values_from(&seen(&picture_of(&data, at)?, network, Fit::Squash)?, network))
            .collect::<Result<Vec<_>, _>>()?;
        rows.extend(batched.rows(&inputs).await?);
    }
    let count = rows.iter().flatten().filter(|value| !value.is_finite()).count() as u64;
    if count > 0 {
        return Err(LabError::NotFinite { file: network.title.clone(), tensor: layer.path, count });
    }
    Ok(Mapped { examples, table: FeatureTable::from_rows(&rows), layer: Some((layer, layers, used)) })
}

/// What must hold of any map: fact, expected, measured, limit.
pub(super) async fn map_facts(watch: &impl Monitor) -> Result<Vec<(RepresentFact, f64, f64, f64)>, LabError> {
    let mut dice = Dice::new(41);
    let rows: Vec<[f32; 6]> = (0..30).map(|_| std::array::from_fn(|_| dice.unit())).collect();
    let table = FeatureTable::from_rows(&rows);
    let distances = Distances::of(&table, watch).await?;
    let places: Vec<[f64; 2]> = (0..30).map(|_| [dice.unit(), dice.unit()].map(f64::from)).collect();
    let off = TsneEmbedding::new(&distances, 5.0, places.clone(), 1).slope_off(&places);
    let flat: Vec<[f32; 2]> = places.iter().map(|at| at.map(|x| x as f32)).collect();
    let flat = Distances::of(&FeatureTable::from_rows(&flat), watch).await?;
    let trust = flat.trustworthiness(&places, EmbedTask::NEIGHBOURS);
    Ok(vec![(RepresentFact::Embedding, 0.0, off, 1e-6), (RepresentFact::Trust, 1.0, trust, 1e-9)])
}
