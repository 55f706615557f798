//! Random numbers from a counter: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror & Shaw 2011). The same bits on every
//! device, and no state: the same counter gives the same numbers again.

use super::{Case, DType, Given, Graph, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};

/// The distribution of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// In [0, 1), multiples of 2⁻²⁴.
    Uniform,
    /// Mean 0, variance 1 (Box & Muller 1958).
    Normal,
}

/// F32 of `shape`. Element `i` is drawn from the block of key (seed, `key`) and counter (step, i), where the input, U32 `[2]`,
/// is seed and step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    /// The distribution of the numbers.
    pub distribution: Distribution,
    /// Tells apart the places of a graph that draw.
    pub key: u32,
    /// The shape of the result.
    pub shape: Vec<usize>,
}

/// Two words from a key and a counter.
pub fn threefry(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    const ROTATIONS: [u32; 8] = [13, 15, 26, 6, 17, 29, 16, 24];
    let keys = [key[0], key[1], 0x1BD1_1BDA ^ key[0] ^ key[1]];
    let mut x = [counter[0].wrapping_add(keys[0]), counter[1].wrapping_add(keys[1])];
    for round in 0..20 {
        x[0] = x[0].wrapping_add(x[1]);
        x[1] = x[1].rotate_left(ROTATIONS[round % 8]) ^ x[0];
        if round % 4 == 3 {
            let group = round / 4 + 1;
            x[0] = x[0].wrapping_add(keys[group % 3]);
            x[1] = x[1].wrapping_add(keys[(group + 1) % 3]).wrapping_add(group as u32);
        }
    }
    x
}

fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 / 16_777_216.0
}

impl Random {
    fn element(&self, seed: u32, step: u32, i: u32) -> f32 {
        let [a, b] = threefry([seed, self.key], [step, i]);
        match self.distribution {
            Distribution::Uniform => unit(a),
            // Of (0, 1]: the logarithm of zero is not a number.
            Distribution::Normal => (-2.0 * (1.0 - unit(a)).ln()).sqrt() * (std::f32::consts::TAU * unit(b)).cos(),
        }
    }
}

impl Rule for Random {
    const NAME: &'static str = "random";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].of_type(Self::NAME, DType::U32)?;
        if x[0].elem_count() != 2 {
            return Err(ShapeError::bad(Self::NAME, "wants a seed and a step", &x[0].shape));
        }
        Ok(Spec::f32(self.shape.clone()))
    }

    // A counter is a whole number.
    rules! { form: kernel, gradient: none, cost: bytes }

    fn cases() -> Vec<Case> {
        let case = |distribution, key: u32, shape: &[usize]| {
            let random = Random { distribution, key, shape: shape.to_vec() };
            let shape = shape.to_vec();
            Case::new(random, [Given::below([2], 1 << 30)], move |x| {
                let counter = x[0].to_vec1::<u32>()?;
                // The paper's rounds, spelt out once more in 64-bit arithmetic.
                let word = |v: u64| v & 0xFFFF_FFFF;
                let draw = |i: u64| {
                    let (k0, k1) = (u64::from(counter[0]), u64::from(key));
                    let ks = [k0, k1, 0x1BD1_1BDA ^ k0 ^ k1];
                    let (mut a, mut b) = (word(u64::from(counter[1]) + ks[0]), word(i + ks[1]));
                    for group in 1..=5u64 {
                        let turns = if group % 2 == 1 { [13, 15, 26, 6] } else { [17, 29, 16, 24] };
                        for turn in turns {
                            a = word(a + b);
                            b = word((b << turn) | (b >> (32 - turn))) ^ a;
                        }
                        a = word(a + ks[group as usize % 3]);
                        b = word(b + ks[(group as usize + 1) % 3] + group);
                    }
                    let [a, b] = [a, b].map(|bits| (bits >> 8) as f64 / 16_777_216.0);
                    match distribution {
                        Distribution::Uniform => a as f32,
                        Distribution::Normal => {
                            ((-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()) as f32
                        }
                    }
                };
                let count = shape.iter().product::<usize>() as u64;
                Host::from_vec((0..count).map(draw).collect::<Vec<f32>>(), shape.as_slice(), x[0].device())
            })
        };
        vec![
            case(Distribution::Uniform, 0, &[7, 33]),
            case(Distribution::Uniform, 0xFFFF_FFFF, &[100]),
            // WGSL promises an absolute error of 2⁻¹¹ for cos.
            case(Distribution::Normal, 3, &[4, 50]).within(2e-3),
        ]
    }
}

impl KernelRule for Random {
    rules! { epilogue: taken }

    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        computed(x, y, |x: &[&[u32]]| {
            (0..y.elem_count() as u32).map(|i| self.element(x[0][0], x[0][1], i)).collect::<Vec<f32>>()
        })
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let normal = usize::from(self.distribution == Distribution::Normal);
        let launch = Launch::each(wgsl!("op/random.wgsl"), 1, y.elem_count());
        vec![launch.constants([("KEY", self.key as usize), ("NORMAL", normal)])]
    }
}

impl Graph {
    /// F32 in [0, 1), another at each (seed, step) of `counter` (U32 `[2]`), each `key` and each place.
    pub fn random_uniform(
        &self,
        counter: &Tensor,
        key: u32,
        shape: impl Into<Vec<usize>>,
    ) -> Result<Tensor, ShapeError> {
        self.apply(Random { distribution: Distribution::Uniform, key, shape: shape.into() }, &[counter])
    }

    /// As [`Graph::random_uniform`], normally distributed.
    pub fn random_normal(
        &self,
        counter: &Tensor,
        key: u32,
        shape: impl Into<Vec<usize>>,
    ) -> Result<Tensor, ShapeError> {
        self.apply(Random { distribution: Distribution::Normal, key, shape: shape.into() }, &[counter])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_the_generators_authors() {
        assert_eq!(threefry([0, 0], [0, 0]), [0x6b20_0159, 0x99ba_4efe]);
        assert_eq!(threefry([u32::MAX; 2], [u32::MAX; 2]), [0x1cb9_96fc, 0xbb00_2be7]);
        assert_eq!(threefry([0x1319_8a2e, 0x0370_7344], [0x243f_6a88, 0x85a3_08d3]), [0xc492_3a9c, 0x483d_f7a0]);
    }

    #[test]
    fn moments_are_those_of_the_distribution() {
        for (distribution, mean, variance) in
            [(Distribution::Uniform, 0.5, 1.0 / 12.0), (Distribution::Normal, 0.0, 1.0)]
        {
            let random = Random { distribution, key: 5, shape: vec![1] };
            let drawn: Vec<f64> = (0..100_000).map(|i| f64::from(random.element(1, 2, i))).collect();
            let m = drawn.iter().sum::<f64>() / drawn.len() as f64;
            let v = drawn.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / drawn.len() as f64;
            assert!((m - mean).abs() < 0.01 && (v / variance - 1.0).abs() < 0.02, "{distribution:?}: {m} {v}");
        }
    }
}
