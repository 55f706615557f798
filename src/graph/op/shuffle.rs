//! Which examples a batch has: a part of a random order of all, computed place by place. Shuffling without a table.

use super::random::threefry;
use super::{Case, DType, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};

/// `batch` (U32) of `0..len`, from the U32 input `[2]`: seed and step. An epoch is `len / batch` steps, all of which are parts
/// of one order of `0..len`; examples that do not fill a batch are left out of that epoch. Every epoch has another order.
///
/// A Feistel network (Luby & Rackoff 1988) over the next even number of bits, with Threefry for its round function; a number
/// outside `0..len` goes through it again (cycle walking; Black & Rogaway 2002).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shuffle {
    /// Examples of the data set.
    pub len: usize,
    /// Those of one step.
    pub batch: usize,
    /// Tells apart the places of a graph that draw random numbers, as in [`super::Random`].
    pub key: u32,
}

/// Four make a permutation pseudo-random when halves are wide; small sets have narrow ones.
const ROUNDS: u32 = 8;
/// Bits of the round function's counter that are left for half a number.
const ROUND_SHIFT: u32 = 16;

impl Shuffle {
    /// Bits of each half of the network.
    fn half(&self) -> u32 {
        let bits = usize::BITS - (self.len - 1).leading_zeros();
        bits.div_ceil(2)
    }

    fn steps_per_epoch(&self) -> u32 {
        (self.len / self.batch) as u32
    }

    /// The example at one place of an epoch's order.
    fn at(&self, seed: u32, epoch: u32, place: u32) -> u32 {
        let half = self.half();
        let mask = (1u32 << half) - 1;
        let mut v = place;
        loop {
            let (mut left, mut right) = (v >> half, v & mask);
            for round in 0..ROUNDS {
                let [bits, _] = threefry([seed, self.key], [epoch, round << ROUND_SHIFT | right]);
                (left, right) = (right, left ^ (bits & mask));
            }
            v = left << half | right;
            if (v as usize) < self.len {
                return v;
            }
        }
    }
}

impl Rule for Shuffle {
    const NAME: &'static str = "shuffle";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].of_type(Self::NAME, DType::U32)?;
        if x[0].shape != [2] {
            return Err(ShapeError::mismatch(Self::NAME, &[2], &x[0].shape));
        }
        // Twice 15 bits: half a number and the round share one word of the counter.
        if self.batch == 0 || self.batch > self.len || self.len > 1 << 30 {
            let why = format!("{} of {} cannot be drawn: 1 to all of at most 2³⁰ can", self.batch, self.len);
            return Err(ShapeError::bad(Self::NAME, why, &x[0].shape));
        }
        Ok(Spec::u32([self.batch]))
    }

    // Whole numbers from whole numbers: no gradient by nature.
    rules! { form: kernel, gradient: none, cost: bytes }

    fn cases() -> Vec<Case> {
        let case = |len: usize, batch: usize, steps: u32| {
            let op = Shuffle { len, batch, key: 0xFFFF_0001 };
            Case::new(op, [Given::picked([2], move |i| if i == 0 { 77 } else { steps })], move |x| {
                // The whole order as a table, then the part of it.
                let counter = x[0].to_vec1::<u32>()?;
                let per_epoch = (len / batch) as u32;
                let order: Vec<u32> =
                    (0..len as u32).map(|place| op.at(counter[0], counter[1] / per_epoch, place)).collect();
                let first = (counter[1] % per_epoch) as usize * batch;
                Host::from_vec(order[first..first + batch].to_vec(), batch, x[0].device())
            })
        };
        vec![case(1, 1, 5), case(2, 2, 1), case(3, 1, 7), case(17, 17, 3), case(1000, 64, 14), case(50_000, 128, 4321)]
    }
}

impl KernelRule for Shuffle {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        computed(x, y, |x: &[&[u32]]| {
            let [seed, step] = [0, 1].map(|k| x[0][k]);
            let (epoch, step) = (step / self.steps_per_epoch(), step % self.steps_per_epoch());
            let first = step * self.batch as u32;
            (0..self.batch as u32).map(|i| self.at(seed, epoch, first + i)).collect()
        })
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        vec![Launch::each(wgsl!("op/shuffle.wgsl"), 1, y.elem_count()).constants([
            ("SIZE", self.len),
            ("STEPS", self.steps_per_epoch() as usize),
            ("KEY", self.key as usize),
            ("HALF", self.half() as usize),
            ("ROUNDS", ROUNDS as usize),
        ])]
    }
}

impl Tensor {
    /// On a U32 `[2]` of seed and step: which of `0..len` that step's batch has.
    pub fn shuffle(&self, len: usize, batch: usize, key: u32) -> Result<Tensor, ShapeError> {
        self.then(Shuffle { len, batch, key }, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(seed: u32, epoch: u32, len: usize) -> Vec<u32> {
        let op = Shuffle { len, batch: 1, key: 9 };
        (0..len as u32).map(|place| op.at(seed, epoch, place)).collect()
    }

    #[test]
    fn every_epoch_has_its_own_order_of_all() {
        for len in [1, 2, 3, 4, 5, 17, 64, 65, 1000, 50_000] {
            let whole = order(5, 0, len);
            let mut sorted = whole.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..len as u32), "{len}");
            if len >= 17 {
                assert_ne!(whole, order(5, 1, len), "{len}: another epoch, another order");
                assert_ne!(whole, order(6, 0, len), "{len}: another seed, another order");
                assert!(!whole.iter().copied().eq(0..len as u32), "{len}");
            }
        }
    }

    #[test]
    fn the_batches_of_an_epoch_are_its_order() {
        let (len, batch) = (23, 5);
        let op = Shuffle { len, batch, key: 9 };
        let step = |step: u32| {
            let counter = Host::new(&[5_u32, step], &candle_core::Device::Cpu).unwrap();
            op.cpu(&[counter], &Spec::u32([batch])).unwrap().to_vec1::<u32>().unwrap()
        };
        for epoch in 0..3 {
            let drawn: Vec<u32> = (0..4).flat_map(|place| step(4 * epoch + place)).collect();
            assert_eq!(drawn, order(5, epoch, len)[..20]);
        }
    }

    /// Each thing comes to each place equally often: χ² over many epochs stays within five standard deviations of its mean.
    #[test]
    fn orders_are_uniform() {
        const EPOCHS: u32 = 3000;
        for len in [2usize, 3, 5, 10, 17] {
            let mut counts = vec![0u32; len * len];
            for epoch in 0..EPOCHS {
                for (place, &thing) in order(3, epoch, len).iter().enumerate() {
                    counts[place * len + thing as usize] += 1;
                }
            }
            let expected = f64::from(EPOCHS) / len as f64;
            let chi: f64 = counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
            // Rows and columns add up: (len - 1)² degrees of freedom, scaled by len / (len - 1).
            let freedom = ((len - 1) * (len - 1)) as f64;
            let chi = chi * (len - 1) as f64 / len as f64;
            assert!(chi < freedom + 5.0 * (2.0 * freedom).sqrt(), "{len}: {chi} for {freedom}");
        }
    }
}
