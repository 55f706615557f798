//! Batches: which examples, in which order, how changed.

use crate::data::dataset::{Dataset, Examples, Part};
use crate::graph::op::random::threefry;
use crate::graph::{Host, Spec};
use crate::nn::Normalise;
use crate::protocol::{Augment, Setup};
use candle_core::Device;
use std::ops::Range;

/// Examples that are measured at once.
pub(super) const MEASURED: usize = 250;

/// Keys of the random numbers that are drawn here; those of a network's layers start at 0.
const SHUFFLE: u32 = 0xFFFF_0001;
const AUGMENT: u32 = 0xFFFF_0002;

/// What a plan reads: `x [batch, channels, height, width]`, and U32 labels.
pub(super) struct Feed {
    pub(super) x: Host,
    pub(super) labels: Host,
}

impl Feed {
    /// The input of this name.
    pub(super) fn value(&self, name: &str) -> Host {
        if name == "x" { self.x.clone() } else { self.labels.clone() }
    }
}

pub(super) struct Batches {
    data: Dataset,
    pub(super) normalise: Normalise,
    batch: usize,
    seed: u32,
    augment: Augment,
    /// The order of an epoch.
    order: Option<(u32, Vec<u32>)>,
}

impl Batches {
    pub(super) fn new(data: Dataset, setup: &Setup) -> Self {
        let normalise = match data.examples {
            Examples::Bytes(_) => data.normalise(),
            Examples::Points(_) => Normalise::UNIT,
        };
        let (seed, augment) = (setup.seed, setup.augment);
        Self { data, normalise, batch: setup.batch as usize, seed, augment, order: None }
    }

    /// For measuring alone.
    pub(super) fn measuring(data: Dataset, normalise: Normalise) -> Self {
        Self { data, normalise, batch: MEASURED, seed: 0, augment: Augment::default(), order: None }
    }

    pub(super) fn data(&self) -> &Dataset {
        &self.data
    }

    pub(super) fn len(&self, part: Part) -> usize {
        self.data.split.range(part).len()
    }

    pub(super) fn per_epoch(&self) -> u32 {
        (self.len(Part::Train) / self.batch.max(1)) as u32
    }

    /// The batch of a step.
    pub(super) fn training(&mut self, step: u32) -> candle_core::Result<Feed> {
        let per_epoch = self.per_epoch().max(1);
        let (epoch, place) = (step / per_epoch, (step % per_epoch) as usize);
        let order = match self.order.take() {
            Some((of, order)) if of == epoch => order,
            _ => shuffled(self.len(Part::Train) as u32, self.seed, epoch),
        };
        let feed = {
            let chosen = &order[place * self.batch..][..self.batch];
            let change = |k: usize| Change::draw(self.augment, threefry([self.seed, AUGMENT], [step, k as u32]));
            self.feed(chosen.iter().enumerate().map(|(k, &example)| (example as usize, change(k))), self.batch)
        };
        self.order = Some((epoch, order));
        feed
    }

    /// So many batches into a part: its examples as they are, and which they are.
    pub(super) fn whole(&self, part: Part, batch: usize) -> candle_core::Result<Option<(Feed, Range<usize>)>> {
        let part = self.data.split.range(part);
        let start = part.start + batch * MEASURED;
        if start >= part.end {
            return Ok(None);
        }
        let examples = start..(start + MEASURED).min(part.end);
        let feed = self.feed(examples.clone().map(|k| (k, Change::default())), MEASURED)?;
        Ok(Some((feed, examples)))
    }

    /// These examples; zeros fill up to `size`.
    fn feed(&self, chosen: impl Iterator<Item = (usize, Change)>, size: usize) -> candle_core::Result<Feed> {
        let [channels, height, width] = self.data.shape;
        let row = self.data.row_len();
        let (mut x, mut labels) = (vec![0.0f32; size * row], vec![0u32; size]);
        for (k, (example, change)) in chosen.enumerate() {
            labels[k] = self.data.labels[example];
            let to = &mut x[k * row..][..row];
            match &self.data.examples {
                Examples::Points(points) => to.copy_from_slice(&points[example * row..][..row]),
                Examples::Bytes(bytes) => {
                    let from = &bytes[example * row..][..row];
                    for (c, (to, from)) in
                        to.chunks_exact_mut(height * width).zip(from.chunks_exact(height * width)).enumerate()
                    {
                        let scale = 1.0 / (255.0 * self.normalise.std[c.min(2)]);
                        let shift = -self.normalise.mean[c.min(2)] / self.normalise.std[c.min(2)];
                        change.plane(from, to, [height, width], |byte| f32::from(byte) * scale + shift);
                    }
                }
            }
        }
        Ok(Feed {
            x: Host::from_vec(x, (size, channels, height, width), &Device::Cpu)?,
            labels: Host::from_vec(labels, size, &Device::Cpu)?,
        })
    }

    /// One example from elsewhere: bytes, channels as planes.
    pub(super) fn normalised(&self, bytes: &[u8]) -> candle_core::Result<Host> {
        let [channels, height, width] = self.data.shape;
        let plane = height * width;
        let value = |(at, &byte): (usize, &u8)| {
            let channel = (at / plane).min(2);
            (f32::from(byte) / 255.0 - self.normalise.mean[channel]) / self.normalise.std[channel]
        };
        let values: Vec<f32> = bytes.iter().enumerate().map(value).collect();
        Host::from_vec(values, (1, channels, height, width), &Device::Cpu)
    }
}

/// x, labels.
pub(super) fn specs(batch: usize, [channels, height, width]: [usize; 3]) -> [Spec; 2] {
    [Spec::f32([batch, channels, height, width]), Spec::u32([batch])]
}

/// Fisher & Yates, with numbers from (seed, epoch).
fn shuffled(len: u32, seed: u32, epoch: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len).collect();
    for last in (1..order.len()).rev() {
        let [bits, _] = threefry([seed, SHUFFLE], [epoch, last as u32]);
        order.swap(last, ((u64::from(bits) * (last as u64 + 1)) >> 32) as usize);
    }
    order
}

/// How one picture is changed.
#[derive(Clone, Copy, Default)]
struct Change {
    down: isize,
    right: isize,
    flip: bool,
}

impl Change {
    fn draw(augment: Augment, [a, b]: [u32; 2]) -> Self {
        let span = 2 * u64::from(augment.shift) + 1;
        let offset = |bits: u32| ((u64::from(bits >> 1) * span) >> 31) as isize - augment.shift as isize;
        Self { down: offset(a), right: offset(b), flip: augment.flip && a & 1 == 1 }
    }

    /// One channel; what comes in from outside is black.
    fn plane(&self, from: &[u8], to: &mut [f32], [height, width]: [usize; 2], value: impl Fn(u8) -> f32) {
        for (row, to) in to.chunks_exact_mut(width).enumerate() {
            let source = row.wrapping_add_signed(-self.down);
            for (column, to) in to.iter_mut().enumerate() {
                let mirrored = if self.flip { width - 1 - column } else { column };
                let at = mirrored.wrapping_add_signed(-self.right);
                *to = value(if source < height && at < width { from[source * width + at] } else { 0 });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_its_own_order_of_all_examples() {
        let (a, b) = (shuffled(1000, 1, 0), shuffled(1000, 1, 1));
        assert_ne!(a, b);
        assert_eq!(a, shuffled(1000, 1, 0));
        for mut order in [a, b] {
            order.sort_unstable();
            assert!(order.into_iter().eq(0..1000));
        }
    }

    #[test]
    fn shifts_and_flips_move_pixels() {
        let from: Vec<u8> = (1..=6).collect();
        let moved = |change: Change| {
            let mut to = vec![0.0; 6];
            change.plane(&from, &mut to, [2, 3], f32::from);
            to
        };
        assert_eq!(moved(Change { down: 1, right: 0, flip: false }), [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(moved(Change { down: 0, right: -1, flip: false }), [2.0, 3.0, 0.0, 5.0, 6.0, 0.0]);
        assert_eq!(moved(Change { down: 0, right: 0, flip: true }), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        let augment = Augment { shift: 2, flip: true };
        let drawn: Vec<Change> = (0..2000).map(|k| Change::draw(augment, threefry([1, AUGMENT], [0, k]))).collect();
        for offset in -2..=2 {
            let share = drawn.iter().filter(|c| c.right == offset).count() as f64 / 2000.0;
            assert!((share - 0.2).abs() < 0.04, "{offset}: {share}");
        }
        let flips = drawn.iter().filter(|c| c.flip).count();
        assert!((900..1100).contains(&flips), "{flips}");
    }
}
