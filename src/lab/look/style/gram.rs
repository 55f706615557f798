//! Gram matrices: which channels of a layer are active together, wherever in the picture that is.

use crate::graph::plan::bytes_of;
use crate::graph::{Graph, Host as HostTensor, Program, ShapeError, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::layer::layer_named;
use crate::lab::look::model::NetworkValues;
use crate::models::Network;
use candle_core::Device as HostDevice;

/// `F Fᵀ / (C·H·W)`, `[C, C]`, of `F [C, H·W]`: by the number of places the matrices of pictures of two sizes compare, and Johnson et
/// al. (2016) divide by that of channels too. A transformer's layer, `[1, tokens, C]`, has its tokens for places.
pub(in crate::lab::look) fn gram(answer: &Tensor) -> Result<Tensor, ShapeError> {
    let features = match *answer.dims() {
        [1, channels, height, width] => answer.reshape([channels, height * width])?,
        [1, tokens, channels] => answer.reshape([tokens, channels])?.transpose(0, 1)?,
        _ => return Err(ShapeError::bad("gram", "a layer without several places has no Gram matrix", answer.dims())),
    };
    let [channels, places] = [features.dims()[0], features.dims()[1]];
    features.matmul(&features.transpose(0, 1)?)?.affine(1.0 / (channels * places) as f64, 0.0)
}

/// The layers' answers to a picture of any size, as it comes in `input`.
pub(super) fn answers(network: &Network, input: &Tensor, paths: &[&str]) -> Result<Vec<Tensor>, LabError> {
    let layered = network.layered(1)?;
    let mut wanted = Vec::new();
    for path in paths {
        wanted.push(layered.input.graph().tensor(layer_named(network, &layered, path)?.output));
    }
    let [height, width] = [input.dims()[2], input.dims()[3]];
    layered.onto(input, &wanted.iter().collect::<Vec<_>>()).map_err(|error| {
        let [_, own_height, own_width] = network.input;
        bad_setup!(
            "{} cannot read {width} × {height} pixels up to {}, only {own_width} × {own_height}; choose layers before it, or that \
             size: {error}",
            network.title,
            paths.join(", ")
        )
    })
}

/// What a network says of one picture: the Gram matrices of some layers, and the activation of another.
pub(super) struct Read {
    pub(super) grams: Vec<Vec<f32>>,
    /// With its shape.
    pub(super) activation: Option<HostTensor>,
}

/// The Gram matrices of a picture of this height and width, and then the activation.
fn readings(
    network: &Network,
    [height, width]: [usize; 2],
    (styles, content): (&[&str], Option<&str>),
) -> Result<Vec<Tensor>, LabError> {
    let input = Graph::new().input("image", Spec::f32([1, network.input[0], height, width]));
    let paths: Vec<&str> = styles.iter().copied().chain(content).collect();
    let mut outputs = answers(network, &input, &paths)?;
    for answer in &mut outputs[..styles.len()] {
        *answer = gram(answer)?;
    }
    Ok(outputs)
}

/// What it takes to read the Gram matrices of a picture of this height and width; nothing is allocated.
pub(super) fn reading_bytes(network: &Network, size: [usize; 2], styles: &[&str]) -> Result<u64, LabError> {
    let outputs = readings(network, size, (styles, None))?;
    Ok(bytes_of(&Program::step(&outputs.iter().collect::<Vec<_>>(), &[])?))
}

/// `values` are what the network reads of a picture of this height and width.
pub(super) async fn read(
    network: &Network,
    of: &NetworkValues,
    device: &Device,
    (values, [height, width]): (&[f32], [usize; 2]),
    (styles, content): (&[&str], Option<&str>),
) -> Result<Read, LabError> {
    let outputs = readings(network, [height, width], (styles, content))?;
    let program = Program::inference(&outputs.iter().collect::<Vec<_>>(), &|name| of(name))?;
    let picture = HostTensor::from_slice(values, &[1, network.input[0], height, width], &HostDevice::Cpu)?;
    let mut found = device.compile(program).await?.run(|_| picture.clone()).await?;
    let activation = content.and_then(|_| found.pop());
    let grams = found.iter().map(|gram| gram.flatten_all()?.to_vec1()).collect::<Result<_, _>>()?;
    Ok(Read { grams, activation })
}

/// The largest difference across the diagonal, and the smallest pivot of the elimination of a symmetric matrix: not below zero where
/// `xᵀ G x` never is. Both over the largest element.
pub(super) fn soundness(gram: &[f32]) -> [f64; 2] {
    let count = (1..).find(|count| count * count >= gram.len()).unwrap_or(1);
    let largest = gram.iter().fold(f64::MIN_POSITIVE, |most, &value| most.max(f64::from(value).abs()));
    let mut rest: Vec<f64> = gram.iter().map(|&value| f64::from(value) / largest).collect();
    let mut apart = 0.0_f64;
    for row in 0..count {
        for column in 0..row {
            apart = apart.max((rest[row * count + column] - rest[column * count + row]).abs());
        }
    }
    let mut least = f64::INFINITY;
    let mut left: Vec<usize> = (0..count).collect();
    // The largest pivot that is left comes first, so that what remains at the end is what rounding leaves.
    while let Some(at) = (0..left.len()).max_by(|&a, &b| {
        let pivot = |at: usize| rest[left[at] * count + left[at]];
        pivot(a).total_cmp(&pivot(b))
    }) {
        let pivot_at = left.swap_remove(at);
        let pivot = rest[pivot_at * count + pivot_at];
        least = least.min(pivot);
        if pivot <= ROUNDED {
            // No other pivot is larger.
            least = left.iter().map(|&at| rest[at * count + at]).fold(least, f64::min);
            break;
        }
        for &row in &left {
            let factor = rest[row * count + pivot_at] / pivot;
            for &column in &left {
                rest[row * count + column] -= factor * rest[pivot_at * count + column];
            }
        }
    }
    [apart, least]
}

/// What is left of a pivot by rounding in single precision.
const ROUNDED: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soundness_tells_matrices_apart() {
        // 2 · [1 2; 2 4] has rank 1.
        let [apart, least] = soundness(&[2.0, 4.0, 4.0, 8.0]);
        assert!(apart == 0.0 && least.abs() < 1e-12, "{apart} {least}");
        // Eigenvalues 3 and -1.
        let [_, least] = soundness(&[1.0, 2.0, 2.0, 1.0]);
        assert!((least + 1.5).abs() < 1e-12, "{least}");
        let [apart, _] = soundness(&[1.0, 0.5, 0.25, 1.0]);
        assert!((apart - 0.25).abs() < 1e-12, "{apart}");
    }
}
