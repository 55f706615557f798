//! What happens to a picture before each step, so that what is found does not hang on single pixels: it is shifted and made larger
//! or smaller. Both are matrices, one for the rows and one for the columns, and inputs of the program.

use crate::graph::Host as HostTensor;
use crate::lab::LabError;
use candle_core::Device as HostDevice;

/// `[to, from]`, transposed: how strongly each of `extent` lines is made of each line of the picture, which goes on as its mirror
/// image beyond its edges. `shift` is in pixels.
pub(super) fn resampled(extent: usize, zoom: f64, shift: f64) -> Result<HostTensor, LabError> {
    let mut weights = vec![0.0_f32; extent * extent];
    let middle = (extent as f64 - 1.0) / 2.0;
    for to in 0..extent {
        let at = (to as f64 - middle) / zoom + middle + shift;
        let (low, share) = (at.floor(), at - at.floor());
        for (line, weight) in [(low, 1.0 - share), (low + 1.0, share)] {
            weights[mirrored(line as i64, extent) * extent + to] += weight as f32;
        }
    }
    square(weights, extent)
}

/// The same of a blur by a Gauss function of this width.
pub(super) fn blurred(extent: usize, sigma: f64) -> Result<HostTensor, LabError> {
    let mut weights = vec![0.0_f32; extent * extent];
    let reach = (3.0 * sigma).ceil() as i64;
    let gauss = |by: i64| (-0.5 * (by as f64 / sigma).powi(2)).exp();
    let whole: f64 = (-reach..=reach).map(gauss).sum();
    for to in 0..extent {
        for by in -reach..=reach {
            weights[mirrored(to as i64 + by, extent) * extent + to] += (gauss(by) / whole) as f32;
        }
    }
    square(weights, extent)
}

fn square(weights: Vec<f32>, extent: usize) -> Result<HostTensor, LabError> {
    Ok(HostTensor::from_vec(weights, (extent, extent), &HostDevice::Cpu)?)
}

/// Within `0..extent`, reflected at the first and the last line.
fn mirrored(line: i64, extent: usize) -> usize {
    let period = (2 * extent as i64 - 2).max(1);
    let within = line.rem_euclid(period);
    within.min(period - within) as usize % extent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(host: &HostTensor) -> Vec<Vec<f32>> {
        host.to_vec2().unwrap()
    }

    #[test]
    fn lines_go_where_they_should() {
        // Columns say where a line comes from.
        assert_eq!(rows(&resampled(3, 1.0, 0.0).unwrap()), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(rows(&resampled(3, 1.0, 1.0).unwrap()), [[0.0, 0.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
        assert_eq!(rows(&resampled(3, 1.0, -0.5).unwrap())[0], [0.5, 0.5, 0.0]);
        for extent in [1, 2, 7] {
            for weights in [resampled(extent, 1.3, 9.4), resampled(extent, 0.4, -3.0), blurred(extent, 1.5)] {
                let sums = weights.unwrap().sum(0).unwrap().to_vec1::<f32>().unwrap();
                assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-6), "{sums:?}");
            }
        }
    }
}
