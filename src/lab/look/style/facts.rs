//! What must hold of Gram matrices and of the gradient of a style's loss, on a small network whose weights are at hand.

use super::StyleGoal;
use super::gram::read;
use crate::graph::{Host as HostTensor, KnownValue};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::linear::unit;
use crate::lab::look::model::NetworkValues;
use crate::lab::look::parametrisation::Parametrisation;
use crate::lab::weights::variables;
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::PictureSpace;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// A layer of one pixel's reach, and one that sees three by three.
const TEXT: &str = "conv 5 1\ntanh\nconv 4 3 pad 1\ntanh\nglobalpool\nlinear classes";
const SIDE: usize = 6;
const CHANNELS: usize = 5;
/// Of another size than the network's own.
const STYLE: [usize; 2] = [4, 9];
const CONTENT: [usize; 2] = [7, 5];
const DIRECTIONS: u32 = 10;
const STEP: f32 = 1e-2;

/// How far a Gram matrix is from the sum over places, and the ratio of slope and gradient that is furthest from 1.
pub(in crate::lab::look) async fn facts(device: &Device) -> Result<[f64; 2], LabError> {
    let wrong = |_| LabError::Setup { detail: "the network of the facts cannot be read".to_owned() };
    let spec = NetworkSpec::parse(TEXT, [3, SIDE, SIDE], 2).map_err(wrong)?;
    let names = vec!["a".to_owned(), "b".to_owned()];
    let network = Network::written("small", "small", spec, names, Normalise::UNIT);
    let mut all = Vec::new();
    for (at, (name, shape)) in variables(&network)?.into_iter().enumerate() {
        let values = drawn(1000 * at as u32, shape.iter().product());
        all.push((name, values.iter().map(|value| 2.0 * value).collect::<Vec<f32>>(), shape));
    }
    let (w, b) = (all[0].1.clone(), all[1].1.clone());
    let values: NetworkValues = Rc::new(move |name: &str| {
        let (_, values, shape) = all.iter().find(|(known, ..)| known == name)?;
        HostTensor::from_slice(values, shape.as_slice(), &HostDevice::Cpu).ok().map(KnownValue::from)
    });
    Ok([gram(&network, &values, device, (&w, &b)).await?, slope(&network, &values, device).await?])
}

/// Without any order, from -0.5 to 0.5.
fn drawn(from: u32, count: usize) -> Vec<f32> {
    (0..count as u32).map(|at| unit(from + at) - 0.5).collect()
}

async fn gram(
    network: &Network,
    values: &NetworkValues,
    device: &Device,
    (w, b): (&[f32], &[f32]),
) -> Result<f64, LabError> {
    let places = STYLE[0] * STYLE[1];
    let picture = drawn(50_000, 3 * places);
    let found = read(network, values, device, (&picture, STYLE), (&["1"], None)).await?.grams.concat();
    let answer = |channel: usize, place: usize| {
        let sum: f64 = (0..3).map(|k| f64::from(w[channel * 3 + k]) * f64::from(picture[k * places + place])).sum();
        (sum + f64::from(b[channel])).tanh()
    };
    let product = |at: usize| -> f64 {
        let (a, b) = (at / CHANNELS, at % CHANNELS);
        (0..places).map(|place| answer(a, place) * answer(b, place)).sum::<f64>() / (CHANNELS * places) as f64
    };
    let by_hand: Vec<f64> = (0..CHANNELS * CHANNELS).map(product).collect();
    let largest = by_hand.iter().fold(f64::MIN_POSITIVE, |most, value| most.max(value.abs()));
    let apart = |(at, wanted): (usize, &f64)| found.get(at).map_or(f64::INFINITY, |&f| (f64::from(f) - wanted).abs());
    Ok(by_hand.iter().enumerate().map(apart).fold(0.0, f64::max) / largest)
}

async fn slope(network: &Network, values: &NetworkValues, device: &Device) -> Result<f64, LabError> {
    let [height, width] = CONTENT;
    let count = 3 * height * width;
    let space = Parametrisation {
        space: PictureSpace::Pixels,
        batch: 1,
        input: [3, height, width],
        normalise: network.normalise,
    };
    let goal = StyleGoal { space, styles: vec!["1".to_owned(), "3".to_owned()], content: Some("2".to_owned()) };
    let style = drawn(60_000, 3 * STYLE[0] * STYLE[1]);
    let style = read(network, values, device, (&style, STYLE), (&["1", "3"], None)).await?;
    let content = drawn(70_000, count);
    let content = read(network, values, device, (&content, CONTENT), (&[], Some("2"))).await?.activation;
    let targets = goal.targets(&style, content.as_ref(), &[1.0, 2.0, 0.5, 0.3])?;
    let mut slopes = goal.slopes(network, values, device).await?;
    slopes.begin(&targets.named())?;
    let here = drawn(80_000, count);
    let gradient = slopes.at(&here, |name| targets.input(name)).await?.gradient;
    let length = norm(&gradient);
    let mut furthest = 1.0_f64;
    for direction in 0..DIRECTIONS {
        let random = drawn(90_000 + 1000 * direction, count);
        let beside = norm(&random);
        // Half of it up the gradient, so that there is a slope to measure.
        let way: Vec<f32> = gradient
            .iter()
            .zip(&random)
            .map(|(g, r)| (f64::from(*g) / length + f64::from(*r) / beside) as f32)
            .collect();
        let predicted: f64 = gradient.iter().zip(&way).map(|(g, d)| f64::from(*g) * f64::from(*d)).sum();
        let mut loss = [0.0_f64; 2];
        for (loss, step) in loss.iter_mut().zip([STEP, -STEP]) {
            let there: Vec<f32> = here.iter().zip(&way).map(|(x, d)| x + step * d).collect();
            *loss = f64::from(slopes.at(&there, |name| targets.input(name)).await?.loss);
        }
        let ratio = (loss[0] - loss[1]) / (2.0 * f64::from(STEP)) / predicted;
        if (ratio - 1.0).abs() > (furthest - 1.0).abs() {
            furthest = ratio;
        }
    }
    Ok(furthest)
}

fn norm(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt()
}
