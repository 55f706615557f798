//! Random numbers of a job: Threefry's, from a seed and a counter, the same on every platform.

use crate::graph::op::random::threefry;

pub struct Dice {
    seed: u32,
    thrown: u32,
}

/// Tells these numbers from others of the same seed.
const KEY: u32 = 0x6469_6365;

impl Dice {
    pub(in crate::lab) fn new(seed: u32) -> Self {
        Self { seed, thrown: 0 }
    }

    /// How often they were thrown: with their seed all that there is to know of them.
    pub(in crate::lab) fn thrown(&self) -> u32 {
        self.thrown
    }

    /// Goes on as if they had been thrown so often.
    pub(in crate::lab) fn go_on_after(&mut self, thrown: u32) {
        self.thrown = thrown;
    }

    fn bits(&mut self) -> [u32; 2] {
        self.thrown = self.thrown.wrapping_add(1);
        threefry([self.seed, KEY], [self.thrown, 0])
    }

    /// In [0, 1).
    pub(in crate::lab) fn unit(&mut self) -> f32 {
        (self.bits()[0] >> 8) as f32 / 16_777_216.0
    }

    /// Below `count`, which is not 0.
    pub(in crate::lab) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.bits()[0]) * count as u64) >> 32) as usize
    }

    pub(in crate::lab) fn is(&mut self, chance: f32) -> bool {
        self.unit() < chance
    }

    /// Mean 0, variance 1 (Box & Muller 1958).
    pub(in crate::lab) fn normal(&mut self) -> f32 {
        let [a, b] = self.bits().map(|bits| (bits >> 8) as f32 / 16_777_216.0);
        (-2.0 * (1.0 - a).ln()).sqrt() * (std::f32::consts::TAU * b).cos()
    }
}
