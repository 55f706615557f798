//! What must hold of occlusion whatever the network, measured on a device.

use super::super::{LabError, device::Device, input_from};
use super::square::{BATCH, Square, logits};
use crate::data::Rgb;
use crate::graph::{Host, Program};
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::{Finding, OccludeFact};
use candle_core::Device as HostDevice;

const SHAPE: [usize; 3] = [3, 8, 8];
const VALUES: usize = 192;
const NORMALISE: Normalise = Normalise { mean: [0.45, 0.5, 0.55], std: [0.5, 0.8, 1.25] };

/// All facts, in their order: of a linear network `z = W · (x / 255 - mean) / std + b` and a picture without any order.
pub(super) async fn facts(device: &Device) -> Result<Vec<Finding<OccludeFact>>, LabError> {
    let weight: Vec<f32> = (0..2 * VALUES).map(|at| (at * 37 % 101) as f32 / 101.0 - 0.5).collect();
    let picture = Rgb::new(8, 8, (0..VALUES).map(|at| (at * 53 % 256) as u8).collect())?;
    let wrong = |_| LabError::Setup { detail: "the linear network cannot be read".to_owned() };
    let spec = NetworkSpec::parse("flatten\nlinear classes", SHAPE, 2).map_err(wrong)?;
    let network = Network::written("linear", "linear", spec, vec!["a".to_owned(), "b".to_owned()], NORMALISE);
    let (_, z) = network.graph(BATCH)?;
    let value = |name: &str| match name.ends_with("weight") {
        true => Host::from_slice(&weight, (2, VALUES), &HostDevice::Cpu).ok(),
        false => Host::new(&[0.25_f32, -0.5], &HostDevice::Cpu).ok(),
    };
    let mut plan = device.compile(Program::inference(&[&z], &value)?).await?;

    let square = Square { side: 3, stride: 2, grey: 128, shape: SHAPE, normalise: NORMALISE };
    let clean = input_from(&picture, &network)?.flatten_all()?.to_vec1::<f32>()?;
    let before = logits(&mut plan, &[&clean], BATCH, SHAPE).await?.concat();
    let mut linear = 0.0_f64;
    for place in square.places() {
        let after = logits(&mut plan, &[square.over(&clean, place)], BATCH, SHAPE).await?.concat();
        for class in 0..2 {
            let by = f64::from(after[class]) - f64::from(before[class]);
            linear = linear.max((by - change(&weight[class * VALUES..], &picture, place)).abs());
        }
    }

    let all = Square { side: 8, ..square };
    let inputs = [all.over(&clean, [0, 0]), all.plain(&network)?];
    let rows = logits(&mut plan, &inputs, BATCH, SHAPE).await?;
    let whole = rows[0].iter().zip(&rows[1]).map(|(a, b)| f64::from(a - b).abs()).fold(0.0, f64::max);

    let backend = device.kind();
    let finding = |(fact, measured, limit)| Finding { fact, backend, expected: 0.0, measured, limit };
    Ok([(OccludeFact::Linear, linear, 2e-5), (OccludeFact::Whole, whole, 1e-6)].map(finding).into())
}

/// `-Σ w · (x - 128) / (255 · std)` over a square of 3 × 3, from the picture's own bytes.
fn change(weight: &[f32], picture: &Rgb, [x, y]: [u32; 2]) -> f64 {
    let mut sum = 0.0;
    for (channel, std) in NORMALISE.std.into_iter().enumerate() {
        for at in (0..9).map(|at| (y as usize + at / 3) * 8 + x as usize + at % 3) {
            let from_grey = f64::from(picture.pixels()[at * 3 + channel]) - 128.0;
            sum -= f64::from(weight[channel * 64 + at]) * from_grey / (255.0 * f64::from(std));
        }
    }
    sum
}
