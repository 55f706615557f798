//! Whole numbers of few bits for the weights of each output channel, with one scale for it: `w ≈ scale · q`, symmetric about zero
//! (Krishnamoorthi 2018).

/// Of each channel the scale is the best of so many, from that of the largest weight down.
const TRIES: usize = 16;

/// Integers of a weight's channels.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegerChannels {
    pub scales: Vec<f32>,
    pub values: Vec<i8>,
}

/// Rounds weights of `channels` rows to integers of `bits` bits, 2 to 8; each row's scale makes the sum of squared errors small.
pub fn quantised(weights: &[f32], channels: usize, bits: u32) -> IntegerChannels {
    let most = ((1_i32 << (bits - 1)) - 1) as f32;
    let row = weights.len() / channels.max(1);
    let mut made = IntegerChannels { scales: Vec::with_capacity(channels), values: Vec::with_capacity(weights.len()) };
    for weights in weights.chunks(row.max(1)) {
        let largest = weights.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
        let full = if largest > 0.0 { largest / most } else { 1.0 };
        let scale = (0..TRIES).map(|at| full * (1.0 - 0.6 * at as f32 / TRIES as f32));
        let error = |scale: f32| {
            let off = |weight: &f32| f64::from(weight - scale * rounded(*weight, scale, most)).powi(2);
            weights.iter().map(off).sum::<f64>()
        };
        let scored = scale.map(|scale| (error(scale), scale));
        let (_, scale) = scored.reduce(|best, next| if next.0 < best.0 { next } else { best }).unwrap_or((0.0, full));
        made.scales.push(scale);
        made.values.extend(weights.iter().map(|&weight| rounded(weight, scale, most) as i8));
    }
    made
}

fn rounded(weight: f32, scale: f32, most: f32) -> f32 {
    (weight / scale).round().clamp(-most, most)
}

impl IntegerChannels {
    /// The weights that they stand for.
    pub fn weights(&self) -> Vec<f32> {
        let row = self.values.len() / self.scales.len().max(1);
        let rows = self.values.chunks(row.max(1)).zip(&self.scales);
        rows.flat_map(|(row, &scale)| row.iter().map(move |&value| f32::from(value) * scale)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_within_half_a_step_and_fall_with_bits() {
        let weights: Vec<f32> =
            (0..600).map(|at| (at as f32 * 0.37).sin() * if at < 300 { 0.01 } else { 3.0 }).collect();
        let error = |bits| {
            let made = quantised(&weights, 2, bits).weights();
            made.iter().zip(&weights).map(|(a, b)| (a - b).powi(2)).sum::<f32>()
        };
        assert!(error(8) < error(6) && error(6) < error(4) && error(4) < error(2));
        let made = quantised(&weights, 2, 8);
        assert_eq!((made.scales.len(), made.values.len()), (2, 600));
        for (at, (made_of, weight)) in made.weights().iter().zip(&weights).enumerate() {
            // A channel of small weights has small steps.
            let largest = if at < 300 { 0.01 } else { 3.0 };
            assert!((made_of - weight).abs() <= largest / 127.0, "{at}");
        }
        assert!(quantised(&[0.0; 4], 2, 4).weights().iter().all(|weight| *weight == 0.0));
        assert!(quantised(&weights, 2, 4).values.iter().all(|value| (-7..=7).contains(value)));
    }
}
