//! Random numbers that are a function of (seed, step): nothing is stored, and the same draw can be made again.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::threefry::threefry2x32;
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// Uniform in [0, 1): multiples of 2⁻²⁴, so that F32 holds each.
    Uniform,
    /// Standard normal (Box & Muller 1958).
    Normal,
    /// All 32 bits, as U32.
    Bits,
}

/// A tensor of `shape` from the U32 `counter [2]`: (seed, step). Element `i` is word `i mod 2` of block `i / 2` of Threefry with
/// the key (seed, key) and the counter (step, block); a normal takes the whole block `i`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    pub draw: Draw,
    /// Tells the draws of one step apart: equal keys draw the same numbers.
    pub key: u32,
    pub shape: Vec<usize>,
}

const UNIT: f32 = 1.0 / 16_777_216.0;

fn uniform(bits: u32) -> f32 {
    (bits >> 8) as f32 * UNIT
}

fn normal([a, b]: [u32; 2]) -> f32 {
    // In (0, 1], for the logarithm; the angle in [-π, π), where WGSL promises most of its cosine.
    let radius = (-2.0 * (((a >> 8) + 1) as f32 * UNIT).ln()).sqrt();
    radius * ((uniform(b) - 0.5) * std::f32::consts::TAU).cos()
}

impl Random {
    fn block(&self, [seed, step]: [u32; 2], block: usize) -> [u32; 2] {
        threefry2x32([seed, self.key], [step, block as u32])
    }

    /// `count` elements, each by `element` of the words of its block.
    fn words(&self, counter: [u32; 2], count: usize) -> Vec<u32> {
        let mut words: Vec<u32> = (0..count.div_ceil(2)).flat_map(|block| self.block(counter, block)).collect();
        words.truncate(count);
        words
    }
}

impl Rule for Random {
    const NAME: &'static str = "random";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        if x[0].dtype != DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::U32, got: x[0].dtype });
        }
        if x[0].shape != [2] {
            return Err(ShapeError::Mismatch { op: Self::NAME, a: vec![2], b: x[0].shape.clone() });
        }
        let dtype = if self.draw == Draw::Bits { DType::U32 } else { DType::F32 };
        Ok(Spec::new(self.shape.clone(), dtype))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    /// Whatever is drawn, it is drawn from whole numbers: no gradient by nature.
    fn vjp(&self, _: &[Tensor], _: &Tensor, _: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![None])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |draw: Draw, key: u32, shape: [usize; 2]| {
            Case::new(Random { draw, key, shape: shape.to_vec() }, [Given::below([2], u32::MAX)], move |x| {
                let counter = x[0].to_vec1::<u32>()?;
                let block = |i: usize| threefry2x32([counter[0], key], [counter[1], i as u32]);
                let (count, device) = (shape[0] * shape[1], x[0].device());
                let bits: Vec<u32> = (0..count).map(|i| block(i / 2)[i % 2]).collect();
                match draw {
                    Draw::Bits => Host::from_vec(bits, &shape, device),
                    Draw::Uniform => {
                        let top: Vec<f64> = bits.iter().map(|&bits| f64::from(bits >> 8) / 16_777_216.0).collect();
                        Host::from_vec(top, &shape, device)?.to_dtype(candle_core::DType::F32)
                    }
                    Draw::Normal => {
                        let unit = |bits: u32| f64::from(bits >> 8) / 16_777_216.0;
                        let polar = |[a, b]: [u32; 2]| {
                            let radius = (-2.0 * (unit(a) + 1.0 / 16_777_216.0).ln()).sqrt();
                            radius * ((unit(b) - 0.5) * std::f64::consts::TAU).cos()
                        };
                        let normal: Vec<f64> = (0..count).map(|i| polar(block(i))).collect();
                        Host::from_vec(normal, &shape, device)?.to_dtype(candle_core::DType::F32)
                    }
                }
            })
        };
        vec![
            case(Draw::Bits, 0, [3, 5]),
            case(Draw::Bits, 77, [40, 50]),
            case(Draw::Uniform, 1, [7, 9]),
            case(Draw::Uniform, u32::MAX, [100, 31]),
            // WGSL promises an absolute error of 2⁻¹¹ for cos.
            case(Draw::Normal, 5, [13, 7]).within(1e-3),
            case(Draw::Normal, 6, [100, 30]).within(1e-3),
        ]
    }
}

impl KernelRule for Random {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let counter = with_elements(&x[0], |counter: &[u32]| [counter[0], counter[1]])?;
        let count = y.elem_count();
        match self.draw {
            Draw::Bits => from_elements(self.words(counter, count), y),
            Draw::Uniform => from_elements(self.words(counter, count).into_iter().map(uniform).collect(), y),
            Draw::Normal => from_elements((0..count).map(|i| normal(self.block(counter, i))).collect(), y),
        }
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let constants = [("COUNT", y.elem_count()), ("KEY", self.key as usize)];
        vec![match self.draw {
            Draw::Bits => Launch::flat(wgsl!("op/random_bits.wgsl"), 1, y.elem_count(), 64).constants(constants),
            draw => Launch::flat(wgsl!("op/random.wgsl"), 1, y.elem_count(), 64)
                .constants(constants)
                .constants([("NORMAL", usize::from(draw == Draw::Normal))]),
        }]
    }

    /// Bits are no floats, and only these are finished elementwise.
    fn takes_epilogue(&self) -> bool {
        self.draw != Draw::Bits
    }
}

/// On a U32 `[2]`: (seed, step).
impl Tensor {
    pub fn random_uniform(&self, key: u32, shape: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError> {
        self.then(Random { draw: Draw::Uniform, key, shape: shape.into() }, &[])
    }

    pub fn random_normal(&self, key: u32, shape: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError> {
        self.then(Random { draw: Draw::Normal, key, shape: shape.into() }, &[])
    }

    pub fn random_bits(&self, key: u32, shape: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError> {
        self.then(Random { draw: Draw::Bits, key, shape: shape.into() }, &[])
    }
}

impl Tensor {
    /// Zero with probability `rate` (one element, below 1), otherwise divided by `1 - rate`, so that the mean stays (Srivastava
    /// et al. 2014). `counter` is (seed, step); `key` tells the layers apart.
    pub fn dropout(&self, rate: &Tensor, counter: &Tensor, key: u32) -> Result<Tensor, ShapeError> {
        let kept = counter.random_uniform(key, self.dims())?.broadcast_ge(rate)?;
        kept.mul(self)?.broadcast_div(&rate.affine(-1.0, 1.0)?)
    }
}
