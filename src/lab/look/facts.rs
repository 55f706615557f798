//! What must hold whatever the network, measured on networks all of whose answers can be reckoned without them.

use super::ascent::{Ascent, StepInputs};
use super::evidence::{Noise, Square, cam, grad_cam, hires_cam, on_the_way, rollout};
use super::excite::misplaced;
use super::invariance::shifted;
use super::model::LookModel;
use super::parametrisation::{PAINT, Parametrisation};
use super::probe::{Probe, Probed, Rectifiers};
use super::style;
use super::transform::resampled;
use crate::data::Rgb;
use crate::graph::{Graph, Host as HostTensor, KnownValue, Program, Spec};
use crate::lab::device::{Device, max_difference};
use crate::lab::linear::{LinearNetwork, SHAPE, VALUES, unit};
use crate::lab::weights::variables;
use crate::lab::{LabError, values_from};
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::{Finding, LookFact, OptimalGoal, PictureSpace};
use candle_core::Device as HostDevice;

pub(super) async fn facts(device: &Device) -> Result<Vec<Finding<LookFact>>, LabError> {
    let linear = LinearNetwork::new([0.25, -0.5])?;
    let [weights, sum] = gradient(&linear, device).await?;
    let [cams, rectified] = hidden_layer(device).await?;
    let [occluded, whole] = occlusion(&linear, device).await?;
    let [gram, gram_slope] = style::facts(device).await?;
    Ok(device.findings([
        (LookFact::Weights, 0.0, weights, 1e-6),
        (LookFact::Sum, 0.0, sum, 2e-5),
        (LookFact::Cam, 0.0, cams, 2e-5),
        (LookFact::Rectifiers, 0.0, rectified, 2e-5),
        (LookFact::Mean, 0.0, means(&linear, device).await?, 2e-5),
        (LookFact::Occluded, 0.0, occluded, 2e-5),
        (LookFact::Whole, 0.0, whole, 1e-6),
        (LookFact::Optimum, 0.0, optimum(&linear, device).await?, 1e-3),
        (LookFact::Nine, 0.0, misplaced() as f64, 0.0),
        (LookFact::Shifted, 0.0, shifted(device).await?, 1e-5),
        (LookFact::Rollout, 0.0, rollout_of_identity(), 0.0),
        (LookFact::Waves, 0.0, waves(device).await?, 1e-5),
        (LookFact::Gram, 0.0, gram, 1e-5),
        (LookFact::GramSlope, 1.0, gram_slope, 1e-2),
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

async fn probed(model: &mut LookModel, probe: Probe, input: &[f32], weights: &[f32]) -> Result<Probed, LabError> {
    let found = model.probe(&probe, &[input], weights).await?.pop();
    found.ok_or_else(|| bad_setup!("a plan gave less than was asked of it"))
}

/// How far the picture of the largest `w · x - λ |x|²` is from `w / 2λ`, over the largest value.
async fn optimum(linear: &LinearNetwork, device: &Device) -> Result<f64, LabError> {
    const LAMBDA: f64 = 0.5;
    const STEPS: u32 = 300;
    let mut model = model_of(linear, device);
    let space = Parametrisation::new(PictureSpace::Pixels, 1, &linear.network);
    let ascent =
        Ascent { space, goal: OptimalGoal::Units, layer: None, is_alone: false, is_shifted: false, apart: None };
    let still = resampled(SHAPE[1], 1.0, 0.0)?;
    let units = HostTensor::from_vec(vec![0.0_f32, 1.0], (1, 2), &HostDevice::Cpu)?;
    let inputs = StepInputs { units, rows: still.clone(), columns: still, penalties: [LAMBDA as f32, 0.0, 0.0] };
    let start = ascent.space.start(|| 0.0)?;
    let ascender = model.ascender(&ascent).await?;
    ascender.begin(&start, None, 0.05)?;
    for step in 0..STEPS {
        ascender.step(step, STEPS, &inputs, false).await?;
    }
    let found = ascender.pictures().await?.concat();
    let wanted: Vec<f32> = linear.row(1).iter().map(|w| w / (2.0 * LAMBDA as f32)).collect();
    let largest = wanted.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    Ok(max_difference(&found, &wanted) / f64::from(largest))
}

/// How far a picture made of waves is from their sum, wave by wave.
async fn waves(device: &Device) -> Result<f64, LabError> {
    let [height, width] = [4, 6];
    let space = Parametrisation {
        space: PictureSpace::Frequencies,
        batch: 2,
        input: [1, height, width],
        normalise: Normalise { mean: [0.4; 3], std: [0.7; 3] },
    };
    let half = width / 2 + 1;
    let values: Vec<f32> = (0..2 * half * 2 * height).map(|at| unit(at as u32) - 0.5).collect();
    let graph = Graph::new();
    let paint = graph.input(PAINT, Spec::f32(space.shape()));
    let program = Program::inference(&[&space.picture(&paint)?], &|_| None)?;
    let x = HostTensor::from_vec(values.clone(), space.shape(), &HostDevice::Cpu)?;
    let found: Vec<f32> = device.compile(program).await?.run(|_| x.clone()).await?[0].flatten_all()?.to_vec1()?;
    let mut apart = 0.0_f64;
    for (at, &found) in found.iter().enumerate() {
        let (picture, y, x) = (at / (height * width), at / width % height, at % width);
        let mut sum = 0.0;
        // All columns of the spectrum: those that are not kept are conjugates of those that are.
        for row in 0..height {
            for column in 0..width {
                let is_kept = column < half;
                let (kept_row, kept) = if is_kept { (row, column) } else { ((height - row) % height, width - column) };
                let from = (picture * half + kept) * 2 * height + kept_row;
                let (re, im) = (f64::from(values[from]), f64::from(values[from + height]));
                let im = if is_kept { im } else { -im };
                let down = row.min(height - row) as f64 / height as f64;
                let frequency = down.hypot(column.min(width - column) as f64 / width as f64);
                let scale = 1.0 / (frequency.max(1.0 / 6.0) * ((height * width) as f64).sqrt());
                let angle =
                    std::f64::consts::TAU * ((row * y) as f64 / height as f64 + (column * x) as f64 / width as f64);
                sum += scale * (re * angle.cos() - im * angle.sin());
            }
        }
        let wanted = (1.0 / (1.0 + (-sum / 4.0).exp()) - f64::from(0.4_f32)) / f64::from(0.7_f32);
        apart = apart.max((wanted - f64::from(found)).abs());
    }
    Ok(apart)
}

/// How far the gradient is from the weights, and the sum of input × gradient from the logit less its bias.
async fn gradient(linear: &LinearNetwork, device: &Device) -> Result<[f64; 2], LabError> {
    let (mut model, (_, x)) = (model_of(linear, device), input(&linear.network)?);
    let [mut apart, mut off] = [0.0_f64; 2];
    for (class, weights) in [[1.0, 0.0], [0.0, 1.0]].iter().enumerate() {
        let found = probed(&mut model, Probe::of_picture(1), &x, weights).await?;
        apart = apart.max(max_difference(&found.gradient, linear.row(class)));
        let sum: f64 = found.gradient.iter().zip(&x).map(|(g, x)| f64::from(*g) * f64::from(*x)).sum();
        off = off.max((sum + f64::from(linear.bias[class]) - f64::from(found.logits[class])).abs());
    }
    Ok([apart, off])
}

/// How far SmoothGrad is from the weights, and one step of integrated gradients from what each value adds to the logit.
async fn means(linear: &LinearNetwork, device: &Device) -> Result<f64, LabError> {
    let (mut model, (_, x)) = (model_of(linear, device), input(&linear.network)?);
    let (noise, weights) = (Noise { samples: 11, share: 0.5, seed: 3 }, [0.0, 1.0]);
    let smooth = model.mean_gradient(noise.samples, |at| noise.on(&x, at), &weights, async |_, _| Ok(())).await?;
    let start = vec![0.25; x.len()];
    let way: Vec<f32> = x.iter().map(|x| x - 0.25).collect();
    let mean = model.mean_gradient(1, |at| on_the_way(&start, &way, at, 1), &weights, async |_, _| Ok(())).await?;
    let sum: f64 = mean.iter().zip(&way).map(|(g, by)| f64::from(*g) * f64::from(*by)).sum();
    let (from, to) = (model.logits(&start).await?, model.logits(&x).await?);
    let change = f64::from(to[1]) - f64::from(from[1]);
    Ok(max_difference(&smooth, linear.row(1)).max((sum - change).abs()))
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

/// How far Grad-CAM, HiResCAM and CAM are from `Σ_c v_c · A_c`, with `A_c = max(0, Σ w x + b)` and the mean's share of each place; and
/// guided backpropagation and deconvnet from `Σ_c w_c · max(0, v_c)`, the one only where `A_c > 0`, with the same share.
async fn hidden_layer(device: &Device) -> Result<[f64; 2], LabError> {
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
    let [mut apart, mut rectified] = [0.0_f64; 2];
    for class in 0..2 {
        let weights = [1.0 - class as f32, class as f32];
        let at_layer = Probe { layer: relu.clone(), ..Probe::of_picture(1) };
        let found = probed(&mut model, at_layer, &x, &weights).await?;
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
        for rectifiers in [Rectifiers::Guided, Rectifiers::Deconvnet] {
            let found = probed(&mut model, Probe { rectifiers, ..Probe::of_picture(1) }, &x, &weights).await?;
            let passes = |channel, place| rectifiers == Rectifiers::Deconvnet || hidden(channel, place) > 0.0;
            let back = |channel: usize| f64::from(v[class * HIDDEN + channel]).max(0.0) / PLACES as f64;
            let by_hand = |at: usize| -> f64 {
                let (k, place) = (at / PLACES, at % PLACES);
                let channels = (0..HIDDEN).filter(|&channel| passes(channel, place));
                channels.map(|channel| f64::from(w[channel * 3 + k]) * back(channel)).sum()
            };
            let by_hand: Vec<f32> = (0..VALUES).map(|at| by_hand(at) as f32).collect();
            rectified = rectified.max(max_difference(&found.gradient, &by_hand));
        }
    }
    Ok([apart, rectified])
}

/// How far the rollout of blocks in which every token looks at itself alone is from the identity.
fn rollout_of_identity() -> f64 {
    const TOKENS: usize = 5;
    let identity: Vec<f32> = (0..TOKENS * TOKENS).map(|at| f32::from(u8::from(at / TOKENS == at % TOKENS))).collect();
    max_difference(&rollout(&vec![identity.clone(); 3], TOKENS), &identity)
}
