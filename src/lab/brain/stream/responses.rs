//! What responds to the pictures: layers of networks, and what stands beside them.

use super::energy::EnergyBank;
use crate::data::Rgb;
use crate::graph::{Program, Tensor};
use crate::lab::device::{Batched, Device, Model};
use crate::lab::layer::{AskedResponse, asked, finished, listed, responses, split};
use crate::lab::{FeatureTable, LabError, Monitor, Weights, seen, values_from};
use crate::protocol::{Fit, RowSource, Stage, StreamTask};
use std::rc::Rc;

/// Pictures at once.
const BATCH: usize = 8;

/// A row of the table, with its numbers for all pictures.
pub(super) struct Responding {
    pub(super) source: RowSource,
    pub(super) path: String,
    pub(super) shape: Vec<u32>,
    pub(super) squares: Option<[u32; 2]>,
    pub(super) table: FeatureTable,
}

/// All layers of a network, each after the norm and the rectifier that read nothing else.
pub(super) fn layers_of(weights: &Weights) -> Result<Vec<AskedResponse>, LabError> {
    let (_, nodes) = listed(weights.network())?;
    let layers = finished(&nodes).into_iter().filter(|node| !node.inputs.is_empty());
    let layers: Vec<AskedResponse> = layers.map(|node| asked(node).within(StreamTask::MOST_NUMBERS)).collect();
    let title = &weights.network().title;
    ensure!(!layers.is_empty(), "{title} has no layer with a response of its own to each picture");
    Ok(layers)
}

fn small(sides: &[usize]) -> Vec<u32> {
    sides.iter().map(|&side| side as u32).collect()
}

/// Of all layers.
pub(super) async fn of_network(
    weights: &Rc<Weights>,
    source: RowSource,
    pictures: &[Rgb],
    device: &Device,
    host: &impl Monitor,
) -> Result<Vec<Responding>, LabError> {
    let network = weights.network();
    let layers = layers_of(weights)?;
    host.step(Stage::Compile, 0, 1).await?;
    let all = Tensor::cat(&responses(network, &layers, BATCH)?.iter().collect::<Vec<_>>(), 1)?;
    let mut plan = Batched::new(Program::inference(&[&all], &|name| weights.value(name))?, device).await?;
    let mut rows: Vec<Vec<Vec<f32>>> = vec![Vec::with_capacity(pictures.len()); layers.len()];
    for (at, some) in pictures.chunks(BATCH).enumerate() {
        host.step(Stage::Run, (at * BATCH) as u64, pictures.len() as u64).await?;
        let input = |picture: &Rgb| values_from(&seen(picture, network, Fit::Squash)?, network);
        let inputs = some.iter().map(input).collect::<Result<Vec<_>, _>>()?;
        for row in plan.rows(&inputs).await? {
            let (found, _) = split(&layers, &row);
            rows.iter_mut().zip(found).for_each(|(rows, found)| rows.push(found.to_vec()));
        }
    }
    let told = |(layer, rows): (AskedResponse, Vec<Vec<f32>>)| {
        let count = rows.iter().flatten().filter(|value| !value.is_finite()).count() as u64;
        if count > 0 {
            return Err(LabError::NotFinite { file: network.title.clone(), tensor: layer.path, count });
        }
        let squares = layer.squares.map(|squares| squares.map(|side| side as u32));
        let (shape, table) = (small(&layer.shape), FeatureTable::from_rows(&rows));
        Ok(Responding { source, path: layer.path, shape, squares, table })
    };
    let mut found: Vec<Responding> = Vec::with_capacity(layers.len());
    for (layer, rows) in layers.into_iter().zip(rows) {
        let row = told((layer, rows))?;
        // What only stands in another order of the same numbers is no layer of its own.
        if found.iter().all(|known| known.table != row.table) {
            found.push(row);
        }
    }
    Ok(found)
}

/// Pixels as the network sees them, and energies.
pub(super) async fn baselines(
    weights: &Weights,
    pictures: &[Rgb],
    host: &impl Monitor,
) -> Result<Vec<Responding>, LabError> {
    let bank = EnergyBank::new();
    let (mut pixels, mut energies) = (Vec::new(), Vec::new());
    for (at, picture) in pictures.iter().enumerate() {
        if at % BATCH == 0 {
            host.step(Stage::Run, at as u64, pictures.len() as u64).await?;
        }
        let seen = seen(picture, weights.network(), Fit::Squash)?;
        pixels.push(seen.pixels().iter().map(|&byte| f32::from(byte) / 255.0).collect::<Vec<f32>>());
        energies.push(bank.of(picture)?);
    }
    let [_, height, width] = weights.network().input;
    let of = |source, shape: Vec<u32>, rows: &[Vec<f32>]| Responding {
        source,
        path: String::new(),
        shape,
        squares: None,
        table: FeatureTable::from_rows(rows),
    };
    Ok(vec![
        of(RowSource::Pixels, small(&[3, height, width]), &pixels),
        of(RowSource::Gabor, EnergyBank::SHAPE.to_vec(), &energies),
    ])
}

/// Where it is faster.
pub(super) async fn sample(weights: &Rc<Weights>, device: &Device, host: &impl Monitor) -> Result<f64, LabError> {
    Batched::sample(weights, device, host).await
}
