//! The numbers of a run: first-layer filters, and histograms of weights and gradients.

use super::paint;
use crate::lab::train::{LabError, TrainingRun};
use crate::protocol::{Histogram, LayerHistogram, Looked};

/// More are not told apart.
const FILTERS: usize = 64;
const MOST_BINS: u32 = 200;

impl TrainingRun {
    /// Of the first layer with weights: what each unit looks for in a picture.
    pub(super) async fn filters(&mut self) -> Result<Looked, LabError> {
        let [channels, height, width] = self.trainer().network().input();
        let step = self.trainer().step();
        let Some((name, value)) = self.trainer().first_weights().await? else {
            return Err(bad_setup!("this network has no weights"));
        };
        let shape = match value.dims() {
            &[_, channels, height, width] => [channels, height, width],
            &[_, values] if values == channels * height * width => [channels, height, width],
            // Units that do not see the picture itself, but numbers that were made of it.
            &[_, values] => [1, 1, values],
            other => [1, 1, other.iter().product()],
        };
        let values = value.flatten_all()?.to_vec1::<f32>()?;
        let largest = values.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        let size = shape.iter().product::<usize>().max(1);
        let pictures = values.chunks_exact(size).take(FILTERS).map(|values| paint::filter(values, shape, largest));
        Ok(Looked::Filters { step, layer: name, pictures: pictures.collect() })
    }

    /// Of each weight, with its gradient on the batch of the next step.
    pub(super) async fn histograms(&mut self, bins: u32) -> Result<Looked, LabError> {
        ensure!((2..=MOST_BINS).contains(&bins), "{bins} bins are no histogram; choose 2 to {MOST_BINS}");
        let step = self.trainer().step();
        let mut layers = Vec::new();
        for (layer, weights, gradients) in self.trainer().weights_and_gradients().await? {
            let weights = histogram(&weights.flatten_all()?.to_vec1()?, bins as usize);
            let gradients = histogram(&gradients.flatten_all()?.to_vec1()?, bins as usize);
            layers.push(LayerHistogram { layer, weights, gradients });
        }
        Ok(Looked::Histograms { step, layers })
    }
}

/// From the least to the largest; values that are no numbers are not counted.
fn histogram(values: &[f32], bins: usize) -> Histogram {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = finite().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
    let mut counts = vec![0; bins];
    let scale = if high > low { bins as f64 / (f64::from(high) - f64::from(low)) } else { 0.0 };
    for value in finite() {
        let bin = ((f64::from(value) - f64::from(low)) * scale) as usize;
        counts[bin.min(bins - 1)] += 1;
    }
    let norm = finite().map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt() as f32;
    Histogram { low, high, counts, norm }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_count_every_number_once() {
        let found = histogram(&[-1.0, -0.9, 0.0, 0.5, 1.0, f32::NAN], 4);
        assert_eq!((found.low, found.high, found.counts), (-1.0, 1.0, vec![2, 0, 1, 2]));
        assert!((found.norm - (1.0f32 + 0.81 + 0.25 + 1.0).sqrt()).abs() < 1e-6);
        assert_eq!(histogram(&[3.0; 5], 3).counts, [5, 0, 0]);
        assert_eq!(histogram(&[], 2).counts, [0, 0]);
    }
}
