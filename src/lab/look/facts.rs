//! What must hold whatever the network, measured on networks all of whose answers can be reckoned without them.

use super::evidence::{Square, cam, grad_cam, hires_cam};
use super::model::LookModel;
use super::probe::{Probe, Probed};
use crate::data::Rgb;
use crate::graph::{Host as HostTensor, KnownValue};
use crate::lab::device::{Device, max_difference};
use crate::lab::linear::{LinearNetwork, SHAPE, VALUES, unit};
use crate::lab::weights::variables;
use crate::lab::{LabError, values_from};
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::{Finding, LookFact};
use candle_core::Device as HostDevice;

pub(super) async fn facts(device: &Device) -> Result<Vec<Finding<LookFact>>, LabError> {
    let linear = LinearNetwork::new([0.25, -0.5])?;
    let [weights, sum] = gradient(&linear, device).await?;
    let [occluded, whole] = occlusion(&linear, device).await?;
    Ok(device.findings([
        (LookFact::Weights, 0.0, weights, 1e-6),
        (LookFact::Sum, 0.0, sum, 2e-5),
        (LookFact::Cam, 0.0, hidden_layer(device).await?, 2e-5),
        (LookFact::Occluded, 0.0, occluded, 2e-5),
        (LookFact::Whole, 0.0, whole, 1e-6),
    ]))
}

/// A picture without any order, as the network gets it.
fn input(network: &Network) -> Result<(Rgb, Vec<f32>), LabError> {
    let picture = Rgb::new(8, 8, (0..VALUES).map(|at| (at * 53 % 256) as u8).collect())?;
    let values = values_from(&picture, network)?;
    Ok((picture, values))
}

fn model_of(linear: &LinearNetwork, device: &Device) -> LookModel {
    let of = linear.clone();
    LookModel::new(linear.network.clone(), move |name| of.value(name), device.clone())
}

async fn probed(
    model: &mut LookModel,
    layer: Option<&str>,
    input: &[f32],
    weights: &[f32],
) -> Result<Probed, LabError> {
    let probe = Probe { from: None, layer: layer.map(str::to_owned), batch: 1 };
    let found = model.probe(&probe, &[input], weights).await?.pop();
    found.ok_or_else(|| bad_setup!("a plan gave less than was asked of it"))
}

/// How far the gradient is from the weights, and the sum of input × gradient from the logit less its bias.
async fn gradient(linear: &LinearNetwork, device: &Device) -> Result<[f64; 2], LabError> {
    let (mut model, (_, x)) = (model_of(linear, device), input(&linear.network)?);
    let [mut apart, mut off] = [0.0_f64; 2];
    for (class, weights) in [[1.0, 0.0], [0.0, 1.0]].iter().enumerate() {
        let found = probed(&mut model, None, &x, weights).await?;
        apart = apart.max(max_difference(&found.gradient, linear.row(class)));
        let sum: f64 = found.gradient.iter().zip(&x).map(|(g, x)| f64::from(*g) * f64::from(*x)).sum();
        off = off.max((sum + f64::from(linear.bias[class]) - f64::from(found.logits[class])).abs());
    }
    Ok([apart, off])
}

async fn occlusion(linear: &LinearNetwork, device: &Device) -> Result<[f64; 2], LabError> {
    let (mut model, network) = (model_of(linear, device), &linear.network);
    let (picture, clean) = input(network)?;
    let answers = model.answers(2).await?;
    let before = answers.rows(&[&clean]).await?.concat();
    let square = Square { side: 3, stride: 2, grey: 128, shape: network.input, normalise: network.normalise };
    let mut apart = 0.0_f64;
    for place in square.places() {
        let after = answers.rows(&[square.over(&clean, place)]).await?.concat();
        for class in 0..2 {
            let change = f64::from(after[class]) - f64::from(before[class]);
            apart = apart.max((change - reckoned(&linear.slope(class), &picture, place)).abs());
        }
    }
    let all = Square { side: 8, ..square };
    let grey = Rgb::new(8, 8, vec![128; VALUES])?;
    let rows = answers.rows(&[all.over(&clean, [0, 0]), values_from(&grey, network)?]).await?;
    Ok([apart, max_difference(&rows[0], &rows[1])])
}

/// `-Σ w · (x - 128 / 255)` over a square of 3 × 3, from the picture's own bytes.
fn reckoned(slope: &[f64], picture: &Rgb, [x, y]: [u32; 2]) -> f64 {
    let pixels = (0..9).map(|at| (y as usize + at / 3) * 8 + x as usize + at % 3);
    let of = |at: usize| [0, 1, 2].map(|channel| (slope[channel * 64 + at], picture.pixels()[at * 3 + channel]));
    pixels.flat_map(of).map(|(w, byte)| w * (128.0 - f64::from(byte)) / 255.0).sum()
}

/// Channels of the hidden layer.
const HIDDEN: usize = 5;
const PLACES: usize = 64;

/// How far Grad-CAM, HiResCAM and CAM are from `Σ_c v_c · A_c`, with `A_c = max(0, Σ w x + b)` and the mean's share of each place.
async fn hidden_layer(device: &Device) -> Result<f64, LabError> {
    let text = format!("conv {HIDDEN} 1\nrelu\nglobalpool\nlinear classes");
    let wrong = |_| LabError::Setup { detail: "the network with a hidden layer cannot be read".to_owned() };
    let spec = NetworkSpec::parse(&text, SHAPE, 2).map_err(wrong)?;
    let names = vec!["a".to_owned(), "b".to_owned()];
    let network = Network::written("hidden", "hidden", spec, names, Normalise::UNIT);
    let drawn = |from: u32, count: usize| (0..count as u32).map(|at| unit(from + at) - 0.5).collect::<Vec<f32>>();
    let (w, b) = (drawn(500, 3 * HIDDEN), drawn(600, HIDDEN));
    let (v, c) = (drawn(700, 2 * HIDDEN), drawn(800, 2));
    let all =
        [(w.clone(), vec![HIDDEN, 3, 1, 1]), (b.clone(), vec![HIDDEN]), (v.clone(), vec![2, HIDDEN]), (c, vec![2])];
    // In the order of the network.
    let names = variables(&network)?;
    let value = move |name: &str| {
        let at = names.iter().position(|(known, _)| known == name)?;
        let (values, shape) = &all[at];
        HostTensor::from_slice(values, shape.as_slice(), &HostDevice::Cpu).ok().map(KnownValue::from)
    };
    let layers = network.layered(1)?.wiring();
    let relu = layers.iter().rfind(|node| node.shape.ends_with(&[8, 8])).map(|node| node.path.clone());
    let (_, x) = input(&network)?;
    let mut model = LookModel::new(network, value, device.clone());
    let mut apart = 0.0_f64;
    for class in 0..2 {
        let weights = [1.0 - class as f32, class as f32];
        let found = probed(&mut model, relu.as_deref(), &x, &weights).await?;
        let hidden = |channel: usize, place: usize| {
            let sum: f64 = (0..3).map(|k| f64::from(w[channel * 3 + k]) * f64::from(x[k * PLACES + place])).sum();
            (sum + f64::from(b[channel])).max(0.0)
        };
        let by_hand = |place: usize| -> f64 {
            (0..HIDDEN).map(|channel| f64::from(v[class * HIDDEN + channel]) * hidden(channel, place)).sum()
        };
        let whole: Vec<f32> = (0..PLACES).map(|place| by_hand(place) as f32).collect();
        let share: Vec<f32> = whole.iter().map(|value| value / PLACES as f32).collect();
        let mapped = cam(&found.activation, &found.gradient, PLACES).unwrap_or_default();
        let is_there = if mapped.len() == PLACES { 0.0 } else { f64::INFINITY };
        let each = [
            is_there,
            max_difference(&mapped, &whole),
            max_difference(&grad_cam(&found.activation, &found.gradient, PLACES), &share),
            max_difference(&hires_cam(&found.activation, &found.gradient, PLACES), &share),
        ];
        apart = each.into_iter().fold(apart, f64::max);
    }
    Ok(apart)
}
