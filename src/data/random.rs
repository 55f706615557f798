//! Random numbers for data that the program draws: from a seed and a counter, the same on every platform.

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub(super) struct RandomStream {
    state: u64,
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

impl RandomStream {
    /// The numbers of example `index` under `seed`: any example can be drawn without those before it.
    pub(super) fn new(seed: u32, index: u64) -> Self {
        Self { state: mixed(mixed(u64::from(seed).wrapping_add(GOLDEN)) ^ index.wrapping_mul(GOLDEN)) }
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mixed(self.state)
    }

    /// From 0 to below 1, in steps of 2⁻²⁴.
    pub(super) fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / 16_777_216.0
    }

    pub(super) fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.unit()
    }

    /// From 0 to below `count`.
    pub(super) fn below(&mut self, count: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(count)) >> 32) as u32
    }

    /// One of `choices`, which are not empty.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u32) as usize]
    }

    /// Mean 0, variance 1: the sum of four uniform numbers (Irwin–Hall), so at most 3.46 from the mean. No logarithm, no
    /// cosine: those of two platforms may differ in the last bit.
    pub(super) fn normal(&mut self) -> f32 {
        let bits = self.bits();
        let sum: i32 = [0, 16, 32, 48].iter().map(|shift| ((bits >> shift) & 0xffff) as i32).sum();
        // Four uniform numbers of step 1 over 65,536: mean 2 · 65,535, standard deviation 65,536 / √3.
        (sum - 131_070) as f32 * (1.732_050_8 / 65_536.0)
    }
}

/// The numbers below `count`, in an order that the seed decides (Fisher and Yates).
pub(super) fn permutation(count: usize, seed: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut random = RandomStream::new(seed, u64::MAX);
    for last in (1..count).rev() {
        order.swap(last, random.below(last as u32 + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_splitmix64s() {
        // The published generator from state 0.
        let mut random = RandomStream { state: 0 };
        assert_eq!([random.bits(), random.bits()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }

    #[test]
    fn moments_are_right() {
        let mut random = RandomStream::new(7, 0);
        let count = 100_000;
        let (mut sum, mut squares, mut below) = (0.0_f64, 0.0_f64, [0_u32; 3]);
        for _ in 0..count {
            let value = f64::from(random.normal());
            (sum, squares) = (sum + value, squares + value * value);
            below[random.below(3) as usize] += 1;
            assert!((0.0..1.0).contains(&random.unit()));
        }
        let mean = sum / f64::from(count);
        assert!(mean.abs() < 0.02 && (squares / f64::from(count) - 1.0).abs() < 0.02, "{mean} {squares}");
        assert!(below.iter().all(|&found| found.abs_diff(count / 3) < 1_000), "{below:?}");
    }

    #[test]
    fn a_permutation_has_each_number_once() {
        for count in [0, 1, 2, 1000] {
            let order = permutation(count, 3);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..count as u32));
            assert_eq!(order, permutation(count, 3));
        }
        assert_ne!(permutation(1000, 3), permutation(1000, 4));
        assert_ne!(permutation(1000, 3), (0..1000).collect::<Vec<_>>());
    }
}
