//! Populations of neurons: planted in a layer, or measured by the person.

use super::ceiling::{correlation, halves, matrix_ceiling, median, neuron_ceiling};
use super::matrix::dissimilarities;
use super::score::{interval, samples};
use crate::data::files::{NumberArray, numbers_from};
use crate::lab::{Dice, FeatureTable, LabError};
use crate::protocol::{AreaFile, StreamArea, StreamTask};

/// Ways to part repeats in halves.
const HALVES: usize = 10;
/// A matrix whose sides differ by more than this part of its largest number is none.
const SYMMETRIC: f64 = 1e-6;

/// What was measured, or what came of it.
pub(super) struct Population {
    pub(super) name: String,
    /// Of each neuron and each repeat the responses to all pictures; empty of a matrix.
    pub(super) neurons: Vec<Vec<Vec<f64>>>,
    /// Of each repeat, or the one that was given.
    pub(super) matrices: Vec<Vec<f64>>,
    /// Of the mean of all repeats.
    pub(super) whole: Vec<f64>,
    pub(super) planted: Option<(u32, f64)>,
}

impl Population {
    fn of(name: String, neurons: Vec<Vec<Vec<f64>>>, task: &StreamTask, planted: Option<(u32, f64)>) -> Self {
        let (repeats, pictures) = (neurons[0].len(), neurons[0][0].len());
        let rows = |of: &dyn Fn(&[Vec<f64>], usize) -> f64| -> Vec<f64> {
            let row = |picture: usize| neurons.iter().map(|neuron| of(neuron, picture) as f32).collect::<Vec<f32>>();
            let table = FeatureTable::from_rows(&(0..pictures).map(row).collect::<Vec<_>>());
            dissimilarities(&table, task.distance)
        };
        let mean = |neuron: &[Vec<f64>], picture: usize| -> f64 {
            neuron.iter().map(|repeat| repeat[picture]).sum::<f64>() / repeats as f64
        };
        let matrices = (0..repeats).map(|repeat| rows(&|neuron, picture| neuron[repeat][picture])).collect();
        let whole = rows(&mean);
        Self { name, matrices, whole, planted, neurons }
    }

    /// Of each picture the mean responses of all neurons.
    pub(super) fn means(&self) -> Vec<Vec<f32>> {
        let pictures = self.neurons.first().map_or(0, |neuron| neuron[0].len());
        let mean = |neuron: &Vec<Vec<f64>>, picture: usize| {
            (neuron.iter().map(|repeat| repeat[picture]).sum::<f64>() / neuron.len() as f64) as f32
        };
        (0..pictures).map(|picture| self.neurons.iter().map(|neuron| mean(neuron, picture)).collect()).collect()
    }

    pub(super) fn repeats(&self) -> usize {
        self.matrices.len()
    }

    pub(super) fn told(&self, task: &StreamTask, rows: usize) -> StreamArea {
        StreamArea {
            name: self.name.clone(),
            neurons: self.neurons.len() as u32,
            repeats: self.repeats() as u32,
            dissimilarity: self.whole.iter().map(|&value| value as f32).collect(),
            ceiling: self.ceiling(task),
            matrix_ceiling: matrix_ceiling(&self.matrices, task.comparison),
            planted: self.planted,
            scores: vec![None; rows],
        }
    }

    /// Of the middle neuron, with its interval over samples of pictures.
    pub(super) fn ceiling(&self, task: &StreamTask) -> Option<[f64; 3]> {
        if self.repeats() < 2 || self.neurons.is_empty() {
            return None;
        }
        let halves = halves(self.repeats(), HALVES, task.seed);
        let of = |pictures: &[usize]| {
            median(self.neurons.iter().map(|neuron| neuron_ceiling(neuron, &halves, pictures)).collect())
        };
        let count = self.neurons[0][0].len();
        let all: Vec<usize> = (0..count).collect();
        let found: Vec<f64> = samples(count, task.resamples as usize, task.seed).iter().map(|some| of(some)).collect();
        let value = of(&all);
        let [low, high] = interval(found);
        Some([value, low, high])
    }
}

/// Weighted sums of a layer's numbers, each scaled to vary by 1 from picture to picture, with noise of its own at each repeat.
pub(super) fn planted(
    layer: &FeatureTable,
    row: u32,
    name: String,
    task: &StreamTask,
    seed: u32,
) -> Result<Population, LabError> {
    let StreamTask { neurons, repeats, noise, .. } = *task;
    let mut dice = Dice::new(seed ^ 0x706c_616e);
    let mut all = Vec::with_capacity(neurons as usize);
    for _ in 0..neurons {
        let weights: Vec<f64> = (0..layer.columns()).map(|_| f64::from(dice.normal())).collect();
        let sums: Vec<f64> = layer.iter().map(|row| crate::lab::table::dot(row, weights.as_slice())).collect();
        let mean = sums.iter().sum::<f64>() / sums.len() as f64;
        let deviation = (sums.iter().map(|sum| (sum - mean).powi(2)).sum::<f64>() / sums.len() as f64).sqrt();
        ensure!(deviation > 0.0, "{name} answers alike to all pictures; plant the population in another layer");
        let mut repeat = || {
            let one = |sum: &f64| sum / deviation + noise * f64::from(dice.normal());
            sums.iter().map(one).collect::<Vec<f64>>()
        };
        all.push((0..repeats).map(|_| repeat()).collect());
    }
    let ceiling = (1.0 / (1.0 + noise * noise / f64::from(repeats))).sqrt();
    Ok(Population::of(name, all, task, Some((row, ceiling))))
}

/// # Errors
/// One sentence of numbers that are none, of another number of pictures, of neurons that never change, and of too few.
pub(super) fn measured(file: &AreaFile, pictures: usize, task: &StreamTask) -> Result<Population, LabError> {
    let name = &file.name;
    let NumberArray { shape, values } = numbers_from(name, &file.bytes)?;
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        return Err(bad_setup!("number {} of {name} is not finite; leave out what was not measured", at + 1));
    }
    let short = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned();
    if let [rows, columns] = *shape
        && rows == columns
        && is_matrix(&values, rows)
    {
        ensure!(
            rows == pictures,
            "{name} is a matrix of {rows} pictures, and {pictures} are shown; show the pictures that it was measured with"
        );
        let above: Vec<f64> =
            (0..rows).flat_map(|row| values[row * rows + row + 1..(row + 1) * rows].to_vec()).collect();
        return Ok(Population {
            name: short,
            neurons: Vec::new(),
            matrices: vec![above.clone()],
            whole: above,
            planted: None,
        });
    }
    let at: Box<dyn Fn(usize, usize, usize) -> f64> = match *shape {
        [_, columns] => {
            Box::new(move |picture, neuron, repeat| values[(repeat * pictures + picture) * columns + neuron])
        }
        [_, columns, repeats] => {
            Box::new(move |picture, neuron, repeat| values[(picture * columns + neuron) * repeats + repeat])
        }
        _ => {
            return Err(bad_setup!(
                "{name} has the shape {shape:?}; bring pictures × neurons, pictures × neurons × repeats, or a square matrix of dissimilarities"
            ));
        }
    };
    let (rows, columns) = (shape[0], shape[1]);
    let repeats = match *shape {
        [_, _, repeats] if rows == pictures => repeats,
        [_, _] if rows > 0 && rows % pictures == 0 => rows / pictures,
        _ => {
            return Err(bad_setup!(
                "{name} has responses to {rows} pictures, and {pictures} are shown; show the pictures that it was measured with"
            ));
        }
    };
    ensure!(columns > 1, "{name} has {columns} neuron; two at least make a pattern");
    let one = |neuron: usize| -> Vec<Vec<f64>> {
        (0..repeats).map(|repeat| (0..pictures).map(|picture| at(picture, neuron, repeat)).collect()).collect()
    };
    let all: Vec<Vec<Vec<f64>>> = (0..columns).map(one).collect();
    let still = all.iter().position(|neuron| {
        let first = neuron[0][0];
        neuron.iter().flatten().all(|value| *value == first)
    });
    if let Some(at) = still {
        return Err(bad_setup!("neuron {} of {name} never changes; leave it out", at + 1));
    }
    Ok(Population::of(short, all, task, None))
}

fn is_matrix(values: &[f64], side: usize) -> bool {
    let most = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let near = |a: f64, b: f64| (a - b).abs() <= SYMMETRIC * most;
    (0..side).all(|row| {
        near(values[row * side + row], 0.0) && (0..row).all(|at| near(values[row * side + at], values[at * side + row]))
    })
}

/// Of each neuron, what was predicted of it beside the mean of its repeats; the middle one.
pub(super) fn predictivity(predicted: &[Vec<f64>], measured: &[Vec<f32>], pictures: &[usize], order: &[usize]) -> f64 {
    let of = |neuron: usize| {
        let said: Vec<f64> = pictures.iter().map(|&at| predicted[neuron][at]).collect();
        let found: Vec<f64> = pictures.iter().map(|&at| f64::from(measured[order[at]][neuron])).collect();
        correlation(&said, &found)
    };
    median((0..predicted.len()).map(of).collect())
}
