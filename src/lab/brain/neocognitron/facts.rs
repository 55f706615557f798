//! What must hold of S- and C-cells, whatever they have learnt.

use super::network::{CellAnswers, Neocognitron, NeocognitronPlan};
use super::planes::CellPlanes;
use super::simple::SimpleLayer;
use crate::graph::{Graph, Host, Program, Spec};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::dice::Dice;
use crate::protocol::{BrainFact, Finding};
use candle_core::Device as HostDevice;

const SIDE: usize = 12;
const INPUTS: usize = 3;
const PLANES: usize = 5;
const RADIUS: i32 = 2;
const THRESHOLD: f32 = 0.5;
/// Pixels from one cell of the last stage to the next.
const PERIOD: usize = 4;
const PICTURE: usize = 64;
/// Pixels of the pattern in its middle: nothing of it reaches an edge before the last stage.
const PATTERN: usize = 12;

pub(in crate::lab::brain) async fn neocognitron_facts(device: &Device) -> Result<Vec<Finding<BrainFact>>, LabError> {
    Ok(device.findings(vec![
        (BrainFact::CellsAreConvolutions, 0.0, beside_convolutions(device).await?, 1e-3),
        (BrainFact::CellsGoAlong, 0.0, shifted()?, 1e-5),
        // Connections grow by a finite gain.
        (BrainFact::SeedAnswers, 1.0, seed()?, 5e-3),
    ]))
}

fn noise(planes: usize, side: usize, seed: u32) -> CellPlanes {
    let mut dice = Dice::new(seed);
    let values = (0..planes * side * side).map(|_| dice.unit()).collect();
    CellPlanes { planes, side, values }
}

/// A layer whose planes have each learnt from a place of noise.
fn taught() -> (SimpleLayer, CellPlanes) {
    let below = noise(INPUTS, SIDE, 5);
    let mut layer = SimpleLayer::new(RADIUS, INPUTS);
    let inputs = layer.inputs_of(&below);
    for plane in 0..PLANES {
        layer.add(&inputs, plane * 29 + 3);
    }
    (layer, below)
}

/// The largest difference between S-cells and the same formula written as convolutions of the engine's graph, over the largest answer.
async fn beside_convolutions(device: &Device) -> Result<f64, LabError> {
    let (layer, below) = taught();
    let own = layer.answers(&layer.inputs_of(&below), THRESHOLD)?;
    let extent = 2 * RADIUS as usize + 1;
    let mut excitation = vec![0.0_f32; PLANES * INPUTS * extent * extent];
    let mut inhibition = vec![0.0_f32; INPUTS * extent * extent];
    let at = |input: usize, [row, column]: [i32; 2]| {
        (input * extent + (row + RADIUS) as usize) * extent + (column + RADIUS) as usize
    };
    for plane in 0..PLANES {
        for (input, by, a) in layer.connections_of(plane) {
            excitation[plane * INPUTS * extent * extent + at(input, by)] = a;
        }
    }
    for (input, by, c) in layer.inhibition() {
        inhibition[at(input, by)] = c;
    }
    let norms: Vec<f32> = (0..PLANES)
        .map(|plane| {
            let strength = |by: [i32; 2], input: usize| inhibition[at(input, by)];
            layer.connections_of(plane).map(|(input, by, a)| a * a / strength(by, input)).sum::<f32>().sqrt()
        })
        .collect();

    let graph = Graph::new();
    let host = |values: &[f32], shape: &[usize]| Host::from_slice(values, shape, &HostDevice::Cpu);
    let u = graph.input("u", Spec::f32([1, INPUTS, SIDE, SIDE]));
    let a = graph.constant(&host(&excitation, &[PLANES, INPUTS, extent, extent])?)?;
    let c = graph.constant(&host(&inhibition, &[1, INPUTS, extent, extent])?)?;
    let b = graph.constant(&host(&norms, &[1, PLANES, 1, 1])?)?;
    let reach = RADIUS as usize;
    let e = u.conv2d(&a, reach, 1, 1, 1)?;
    let v = u.mul(&u)?.conv2d(&c, reach, 1, 1, 1)?.sqrt()?;
    let one = graph.constant(&host(&[1.0], &[1, 1, 1, 1])?)?;
    let threshold = graph.constant(&host(&[THRESHOLD], &[1, 1, 1, 1])?)?;
    let gain = graph.constant(&host(&[THRESHOLD / (1.0 - THRESHOLD)], &[1, 1, 1, 1])?)?;
    let inhibited = b.mul(&v)?.mul(&threshold)?.add(&one)?;
    let answer = e.add(&one)?.div(&inhibited)?.sub(&one)?.mul(&gain)?.relu()?;
    let mut plan = device.compile(Program::step(&[&answer], &[])?).await?;
    let input = host(&below.values, &[1, INPUTS, SIDE, SIDE])?;
    let found = plan.run(|_| input.clone()).await?.swap_remove(0).flatten_all()?.to_vec1::<f32>()?;
    let largest = own.values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let off = own.values.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    Ok(f64::from(off / largest))
}

/// The largest difference between the answers to a pattern, shifted as the pattern is, and those to the shifted pattern.
fn shifted() -> Result<f64, LabError> {
    let plan = NeocognitronPlan { growth: 0.66, classes: 0.3, planes: 12 };
    let mut network = Neocognitron::new(plan)?;
    let pattern = noise(1, PATTERN, 9);
    let placed = |at: usize| {
        let mut picture = CellPlanes::new(1, PICTURE);
        for cell in 0..pattern.cells() {
            let [row, column] = pattern.place(cell).map(|place| place as usize + at);
            picture.values[row * PICTURE + column] = pattern.values[cell];
        }
        picture
    };
    let start = (PICTURE - PATTERN) / 2;
    let pictures = [placed(start), placed(start + PERIOD)];
    network.grow_features(&pictures[0])?;
    let features = network.features_of(&pictures[0])?;
    network.be_told(&features, 0)?;
    let [still, moved] = [network.answers(&pictures[0])?, network.answers(&pictures[1])?];
    let mut off = 0.0_f32;
    for (of, by) in LAYERS {
        let (still, moved) = (of(&still), of(&moved));
        for plane in 0..still.planes {
            for cell in 0..still.cells() {
                let place = still.place(cell);
                let to = place.map(|at| at + by);
                // What has left the field is nowhere.
                if to.iter().all(|at| *at < still.side as i32) {
                    off = off.max((still.at(plane, place) - moved.at(plane, to)).abs());
                }
            }
        }
    }
    Ok(f64::from(off))
}

type LayerOf = fn(&CellAnswers) -> &CellPlanes;

/// Cells by which each layer's answers move.
const LAYERS: [(LayerOf, i32); 6] = [
    (|answers| &answers.contrast, PERIOD as i32),
    (|answers| &answers.s1, PERIOD as i32),
    (|answers| &answers.c1, PERIOD as i32 / 2),
    (|answers| &answers.s2, PERIOD as i32 / 2),
    (|answers| &answers.c2, 1),
    (|answers| &answers.s3, 1),
];

/// The least that planes answer to the very thing that they have learnt.
fn seed() -> Result<f64, LabError> {
    let (layer, below) = taught();
    let answers = layer.answers(&layer.inputs_of(&below), THRESHOLD)?;
    let own = (0..PLANES).map(|plane| answers.values[plane * answers.cells() + plane * 29 + 3]);
    Ok(f64::from(own.fold(f32::INFINITY, f32::min)))
}
