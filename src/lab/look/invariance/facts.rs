//! What must hold of any convolution: its response goes where the picture goes.

use crate::graph::{Host as HostTensor, KnownValue};
use crate::lab::LabError;
use crate::lab::device::{Device, max_difference};
use crate::lab::layer::{AskedResponse, split};
use crate::lab::linear::unit;
use crate::lab::look::model::LookModel;
use crate::lab::weights::variables;
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use candle_core::Device as HostDevice;

const SIDE: usize = 16;
const STRIDE: usize = 2;
const KERNEL: usize = 5;
const CHANNELS: usize = 6;
const PLACES: usize = SIDE / STRIDE;
/// By so many strides.
const SHIFTS: [usize; 3] = [1, 2, 3];

/// How far the response to a picture without any order, shifted by whole strides, is from the shifted response where no field reaches
/// beyond an edge.
pub(in crate::lab::look) async fn shifted(device: &Device) -> Result<f64, LabError> {
    let text = format!("conv {CHANNELS} {KERNEL} stride {STRIDE} pad 2\nrelu\nglobalpool\nlinear classes");
    let wrong = |_| LabError::Setup { detail: "the network of the facts cannot be read".to_owned() };
    let spec = NetworkSpec::parse(&text, [1, SIDE, SIDE], 2).map_err(wrong)?;
    let names = vec!["a".to_owned(), "b".to_owned()];
    let network = Network::written("shifted", "shifted", spec, names, Normalise::UNIT);
    let all: Vec<_> = variables(&network)?.into_iter().zip((0..).step_by(1000)).collect();
    let value = move |name: &str| {
        let ((_, shape), from) = all.iter().find(|((known, _), _)| known == name)?;
        let values: Vec<f32> = (0..shape.iter().product::<usize>() as u32).map(|at| unit(from + at) - 0.5).collect();
        HostTensor::from_vec(values, shape.as_slice(), &HostDevice::Cpu).ok().map(KnownValue::from)
    };
    let is_rectified = |path: &String| path.as_str() != "input";
    let paths = network.layered(1)?.wiring().into_iter().filter(|node| node.shape.ends_with(&[PLACES, PLACES]));
    let path = paths.map(|node| node.path).rfind(is_rectified);
    let path = path.ok_or_else(|| bad_setup!("the network of the facts has no layer with places"))?;
    let layer = AskedResponse { path, shape: vec![CHANNELS, PLACES, PLACES], squares: None };
    let mut model = LookModel::new(network, value, device.clone());
    let plan = model.responses(std::slice::from_ref(&layer), 1 + SHIFTS.len()).await?;
    let pixel = |row: usize, column: usize| unit((50_000 + row * SIDE + column) as u32);
    let moved = |by: usize| -> Vec<f32> {
        let at = |at: usize| pixel(at / SIDE, (at % SIDE).saturating_sub(by * STRIDE));
        (0..SIDE * SIDE).map(at).collect()
    };
    let inputs: Vec<Vec<f32>> = std::iter::once(0).chain(SHIFTS).map(moved).collect();
    let rows = plan.rows(&inputs).await?;
    let responses: Vec<&[f32]> = rows.iter().map(|row| split(std::slice::from_ref(&layer), row).0[0]).collect();
    let mut apart = 0.0_f64;
    // A place sees from two pixels before twice its number to two after.
    let inside = 1..PLACES - 1;
    for (by, response) in SHIFTS.into_iter().zip(&responses[1..]) {
        let columns = inside.start..inside.end - by;
        let places = (0..CHANNELS).flat_map(|channel| inside.clone().map(move |row| (channel * PLACES + row) * PLACES));
        let all: Vec<usize> = places.flat_map(|row| columns.clone().map(move |column| row + column)).collect();
        let still: Vec<f32> = all.iter().map(|&at| responses[0][at]).collect();
        let after: Vec<f32> = all.iter().map(|&at| response[at + by]).collect();
        let is_live = still.iter().any(|value| *value > 0.1);
        apart = apart.max(if is_live { max_difference(&still, &after) } else { f64::INFINITY });
    }
    Ok(apart)
}
