//! Initial values of variables. They depend only on the seed and the variable's name, not on the rest of the network.

use crate::graph::host::from_elements;
use crate::graph::{Host, Init, Spec};

/// Inputs and outputs of one unit for a weight `[out, in, …taps]`; all elements of a variable that is not a weight.
fn fans(shape: &[usize]) -> [f64; 2] {
    match shape {
        [out, fan_in, taps @ ..] => {
            let taps = taps.iter().product::<usize>() as f64;
            [*fan_in as f64 * taps, *out as f64 * taps]
        }
        _ => [shape.iter().product::<usize>() as f64; 2],
    }
    .map(|fan| fan.max(1.0))
}

/// F32 values of this shape, drawn from a stream of random numbers that `seed` and `name` choose.
///
/// # Errors
/// Where candle cannot make the tensor.
pub fn value(init: Init, shape: &[usize], seed: u64, name: &str) -> candle_core::Result<Host> {
    let mut stream = Stream::new(seed, name);
    let [fan_in, fan_out] = fans(shape);
    let mut draw: Box<dyn FnMut() -> f64> = match init {
        Init::Const(value) => Box::new(move || value),
        Init::Uniform(bound) => Box::new(move || stream.uniform(bound)),
        Init::TorchUniform => Box::new(move || stream.uniform(1.0 / fan_in.sqrt())),
        Init::HeUniform => Box::new(move || stream.uniform((6.0 / fan_in).sqrt())),
        Init::GlorotUniform => Box::new(move || stream.uniform((6.0 / (fan_in + fan_out)).sqrt())),
        Init::HeNormal => Box::new(move || stream.normal((2.0 / fan_in).sqrt())),
        Init::GlorotNormal => Box::new(move || stream.normal((2.0 / (fan_in + fan_out)).sqrt())),
        Init::LeCunNormal => Box::new(move || stream.normal((1.0 / fan_in).sqrt())),
    };
    let spec = Spec::f32(shape);
    from_elements((0..spec.elem_count()).map(|_| draw() as f32).collect(), &spec)
}

/// SplitMix64 (Steele, Lea & Flood 2014), started from the FNV-1a hash of the name.
struct Stream {
    state: u64,
    /// The second normal number of a pair.
    spare: Option<f64>,
}

impl Stream {
    fn new(seed: u64, name: &str) -> Self {
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut stream = Self { state: seed, spare: None };
        stream.state = stream.bits() ^ hash;
        stream
    }

    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In (0, 1), never at an end.
    fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// In ±bound.
    fn uniform(&mut self, bound: f64) -> f64 {
        (self.unit() * 2.0 - 1.0) * bound
    }

    /// Box & Muller 1958.
    fn normal(&mut self, deviation: f64) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare * deviation;
        }
        let (radius, angle) = ((-2.0 * self.unit().ln()).sqrt(), std::f64::consts::TAU * self.unit());
        self.spare = Some(radius * angle.sin());
        radius * angle.cos() * deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [usize; 4] = [64, 32, 3, 3];

    fn values(init: Init, seed: u64, name: &str) -> Vec<f32> {
        value(init, &SHAPE, seed, name).unwrap().flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn mean_and_variance_are_the_rules() {
        let (fan_in, fan_out) = (288.0, 576.0);
        let rows = [
            (Init::HeNormal, 2.0 / fan_in, None),
            (Init::HeUniform, 2.0 / fan_in, Some(6.0 / fan_in)),
            (Init::GlorotNormal, 2.0 / (fan_in + fan_out), None),
            (Init::GlorotUniform, 2.0 / (fan_in + fan_out), Some(6.0 / (fan_in + fan_out))),
            (Init::LeCunNormal, 1.0 / fan_in, None),
            (Init::TorchUniform, 1.0 / (3.0 * fan_in), Some(1.0 / fan_in)),
            (Init::Uniform(0.3), 0.03, Some(0.09)),
        ];
        for (init, variance, bound_squared) in rows {
            let values = values(init, 1, "w");
            let count = values.len() as f64;
            let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
            let got = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
            // Four standard errors of the mean; 3 % is five of a normal variance at this count.
            assert!(mean.abs() < 4.0 * (variance / count).sqrt(), "{init:?}: mean {mean}");
            assert!((got / variance - 1.0).abs() < 0.03, "{init:?}: {got} for {variance}");
            let largest = values.iter().fold(0.0_f64, |m, &v| m.max(f64::from(v).abs()));
            match bound_squared {
                Some(square) => {
                    let bound = f64::sqrt(square);
                    assert!((0.99 * bound..=bound * (1.0 + 1e-6)).contains(&largest), "{init:?}: {largest}");
                }
                None => assert!(largest > 3.0 * variance.sqrt(), "{init:?} has no tails"),
            }
        }
        assert!(values(Init::Const(0.25), 1, "w").iter().all(|&v| v == 0.25));
    }

    #[test]
    fn seed_and_name_choose_the_numbers() {
        let of = |seed, name| values(Init::HeNormal, seed, name);
        assert_eq!(of(3, "0.weight"), of(3, "0.weight"));
        assert_ne!(of(3, "0.weight"), of(4, "0.weight"));
        assert_ne!(of(3, "0.weight"), of(3, "1.weight"));
    }
}
