//! The partition function of a restricted machine: exactly, by a sum over the states of the smaller side, and by annealed
//! importance sampling (Neal 2001; Salakhutdinov & Murray 2008) with its error.

use super::model::{BoltzmannModel, Units, log_sum_exp, sigmoid, softplus};
use super::restricted::RestrictedMachine;
use crate::lab::dice::Dice;

/// Products of so many factors are taken before a logarithm is.
const CHUNK: usize = 8;
/// Fields up to this leave a product of that many factors finite.
const SAFE_FIELD: f64 = 80.0;
/// After so many states the running products are computed anew.
const AFRESH: u64 = 1024;

/// `Z = Σ_h exp(bᵀh) Π_i (1 + exp(a_i + W_i h))`, in parts. Neighbouring states differ in one unit (Gray's code), so that each takes a
/// multiplication and not an exponential for each visible unit.
pub struct PartitionSum {
    /// The side that is enumerated is the hidden one.
    machine: RestrictedMachine,
    /// `exp(W)` and `exp(-W)`, a column for each hidden unit.
    factors: [Vec<f64>; 2],
    odds: Vec<f64>,
    is_safe: bool,
    at: u64,
    most: f64,
    sum: f64,
}

/// The side of at most so many units can be enumerated.
pub(super) const MOST_SIDE: usize = 20;

impl PartitionSum {
    /// None where both sides have more than [`MOST_SIDE`] units.
    pub fn new(machine: &RestrictedMachine) -> Option<Self> {
        let machine = if machine.hidden() <= machine.visible() { machine.clone() } else { machine.transposed() };
        if machine.hidden() > MOST_SIDE {
            return None;
        }
        let columns = |sign: f64| {
            let of = |hidden: usize| machine.filter(hidden).into_iter().map(move |weight| (sign * weight).exp());
            (0..machine.hidden()).flat_map(of).collect::<Vec<f64>>()
        };
        let reach = |at: usize| {
            machine.visible_biases()[at].abs() + machine.row(at).iter().map(|weight| weight.abs()).sum::<f64>()
        };
        let is_safe = (0..machine.visible()).all(|at| reach(at) < SAFE_FIELD);
        let factors = [columns(1.0), columns(-1.0)];
        Some(Self { machine, factors, odds: Vec::new(), is_safe, at: 0, most: f64::NEG_INFINITY, sum: 0.0 })
    }

    /// How many states there are.
    pub fn of(&self) -> u64 {
        1 << self.machine.hidden()
    }

    pub fn done(&self) -> u64 {
        self.at
    }

    /// At most so many states more.
    pub fn advance(&mut self, states: u64) {
        let end = (self.at + states).min(self.of());
        while self.at < end {
            let code = gray(self.at);
            if self.at.is_multiple_of(AFRESH) || self.odds.is_empty() {
                self.odds = self.fields(code).into_iter().map(f64::exp).collect();
            } else {
                let unit = self.at.trailing_zeros() as usize;
                let column = &self.factors[usize::from(code >> unit & 1 == 0)];
                let column = &column[unit * self.machine.visible()..(unit + 1) * self.machine.visible()];
                self.odds.iter_mut().zip(column).for_each(|(odds, factor)| *odds *= factor);
            }
            let of_visible = if self.is_safe {
                let log = |chunk: &[f64]| chunk.iter().map(|odds| 1.0 + odds).product::<f64>().ln();
                self.odds.chunks(CHUNK).map(log).sum::<f64>()
            } else {
                self.fields(code).into_iter().map(softplus).sum()
            };
            let of_hidden: f64 =
                self.machine.hidden_biases().iter().enumerate().map(|(unit, bias)| bias * bit(code, unit)).sum();
            self.add(of_visible + of_hidden);
            self.at += 1;
        }
    }

    fn fields(&self, code: u64) -> Vec<f64> {
        let hidden: Vec<f64> = (0..self.machine.hidden()).map(|unit| bit(code, unit)).collect();
        (0..self.machine.visible()).map(|at| self.machine.visible_field(at, &hidden)).collect()
    }

    fn add(&mut self, log: f64) {
        if log > self.most {
            self.sum *= (self.most - log).exp();
            self.most = log;
        }
        self.sum += (log - self.most).exp();
    }

    /// Of the states that were added.
    pub fn log_z(&self) -> f64 {
        self.most + self.sum.ln()
    }

    /// All at once.
    pub fn log_partition(machine: &RestrictedMachine) -> Option<f64> {
        let mut sum = Self::new(machine)?;
        sum.advance(sum.of());
        Some(sum.log_z())
    }

    /// `⟨-∂E/∂θ⟩` over all states of a small machine.
    pub(super) fn expected(machine: &RestrictedMachine) -> Vec<f64> {
        let is_turned = machine.hidden() > machine.visible();
        let by = if is_turned { machine.transposed() } else { machine.clone() };
        let (visible, width) = (by.visible(), by.hidden());
        let states = 1_u64 << width;
        let of = |code: u64| -> (Vec<f64>, f64) {
            let hidden: Vec<f64> = (0..width).map(|unit| bit(code, unit)).collect();
            let fields: Vec<f64> = (0..visible).map(|at| by.visible_field(at, &hidden)).collect();
            let of_hidden: f64 = by.hidden_biases().iter().zip(&hidden).map(|(bias, on)| bias * on).sum();
            let log = of_hidden + fields.iter().map(|field| softplus(*field)).sum::<f64>();
            (fields, log)
        };
        let all: Vec<(Vec<f64>, f64)> = (0..states).map(of).collect();
        let log_z = log_sum_exp(&all.iter().map(|(_, log)| *log).collect::<Vec<_>>());
        let mut sums = vec![0.0; by.params().len()];
        for (code, (fields, log)) in all.into_iter().enumerate() {
            let share = (log - log_z).exp();
            for (at, field) in fields.into_iter().enumerate() {
                let mean = share * sigmoid(field);
                sums[visible * width + at] += mean;
                (0..width).filter(|unit| code >> unit & 1 == 1).for_each(|unit| sums[at * width + unit] += mean);
            }
            (0..width)
                .filter(|unit| code >> unit & 1 == 1)
                .for_each(|unit| sums[visible * width + visible + unit] += share);
        }
        match is_turned {
            true => RestrictedMachine::of(visible, width, sums).map(|sums| sums.transposed().params().to_vec()),
            false => Some(sums),
        }
        .unwrap_or_default()
    }
}

fn gray(number: u64) -> u64 {
    number ^ (number >> 1)
}

fn bit(code: u64, unit: usize) -> f64 {
    (code >> unit & 1) as f64
}

/// Annealed importance sampling: chains go from independent pixels, as often on as in the data, to the machine.
pub struct AnnealedRuns {
    machine: RestrictedMachine,
    /// Log-odds of the pixels at the beginning.
    base: Vec<f64>,
    chains: Vec<Units>,
    logs: Vec<f64>,
    temperatures: u32,
    at: u32,
    dice: Dice,
}

/// `ln Z` and the standard deviation of its estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartitionEstimate {
    pub log_z: f64,
    pub deviation: f64,
}

impl AnnealedRuns {
    pub fn new(machine: &RestrictedMachine, base: Vec<f64>, runs: u32, temperatures: u32, seed: u32) -> Self {
        let mut dice = Dice::new(seed);
        let start = |dice: &mut Dice| Units {
            visible: base.iter().map(|field| u8::from(dice.is(sigmoid(*field) as f32))).collect(),
            hidden: vec![0; machine.hidden()],
        };
        let chains: Vec<Units> = (0..runs).map(|_| start(&mut dice)).collect();
        let logs = vec![0.0; chains.len()];
        Self { machine: machine.clone(), base, chains, logs, temperatures: temperatures.max(1), at: 0, dice }
    }

    pub fn of(&self) -> u32 {
        self.temperatures
    }

    pub fn done(&self) -> u32 {
        self.at
    }

    /// The next temperature.
    pub fn advance(&mut self) {
        if self.at >= self.temperatures {
            return;
        }
        let [low, high] = [self.at, self.at + 1].map(|at| f64::from(at) / f64::from(self.temperatures));
        for (chain, log) in self.chains.iter_mut().zip(&mut self.logs) {
            let fields = self.machine.hidden_fields(&chain.visible);
            let of_hidden: f64 = fields.iter().map(|field| softplus(high * field) - softplus(low * field)).sum();
            let biases = self.machine.visible_biases().iter().zip(&self.base);
            let of_visible: f64 =
                biases.zip(&chain.visible).map(|((own, base), &on)| (own - base) * f64::from(on)).sum();
            *log += of_hidden + (high - low) * of_visible;
            for (on, field) in chain.hidden.iter_mut().zip(fields) {
                *on = u8::from(self.dice.is(sigmoid(high * field) as f32));
            }
            let hidden: Vec<f64> = chain.hidden.iter().map(|on| f64::from(*on)).collect();
            for (at, on) in chain.visible.iter_mut().enumerate() {
                let field = (1.0 - high) * self.base[at] + high * self.machine.visible_field(at, &hidden);
                *on = u8::from(self.dice.is(sigmoid(field) as f32));
            }
        }
        self.at += 1;
    }

    /// At the end. The deviation is that of the logarithm of a mean.
    pub fn estimate(&self) -> PartitionEstimate {
        let count = self.logs.len() as f64;
        let of_base: f64 =
            self.base.iter().map(|field| softplus(*field)).sum::<f64>() + self.machine.hidden() as f64 * 2_f64.ln();
        let log_mean = log_sum_exp(&self.logs) - count.ln();
        let spread: f64 = self.logs.iter().map(|log| ((log - log_mean).exp() - 1.0).powi(2)).sum();
        let deviation = (spread / (count - 1.0).max(1.0) / count).sqrt();
        PartitionEstimate { log_z: of_base + log_mean, deviation }
    }
}
