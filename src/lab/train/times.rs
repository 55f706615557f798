//! How long steps take: of late, and how unlike each other all of them were.

use crate::protocol::StepMillis;
use std::collections::VecDeque;

/// Weight of the newest turn in the pace.
const FRESH: f64 = 0.2;
/// So many bins to each doubling: a quantile is right to 4 %.
const BINS_PER_OCTAVE: f64 = 16.0;
/// From 2⁻¹⁰ ms to 2¹⁶ ms.
const LEAST_OCTAVE: f64 = -10.0;
const BINS: usize = 26 * 16;

/// How far back the clock looks, and after which gap the run counts as having rested.
const WINDOW_MILLIS: f64 = 3000.0;
const GAP_MILLIS: f64 = 1000.0;

/// What a person with a watch would measure: steps, and whatever else the run does between them.
#[derive(Default)]
pub(super) struct Clock {
    /// Moment and step, oldest first.
    marks: VecDeque<(f64, u32)>,
}

impl Clock {
    /// A turn begins.
    pub(super) fn begin(&mut self, now: f64, step: u32) {
        if self.marks.back().is_none_or(|&(last, at)| now - last > GAP_MILLIS || step < at) {
            self.marks.clear();
            self.marks.push_back((now, step));
        }
    }

    /// It has ended.
    pub(super) fn mark(&mut self, now: f64, step: u32) {
        self.marks.push_back((now, step));
        while self.marks.len() > 2 && self.marks.get(1).is_some_and(|&(second, _)| now - second > WINDOW_MILLIS) {
            self.marks.pop_front();
        }
    }

    pub(super) fn per_second(&self) -> Option<f64> {
        let (&(from, first), &(until, last)) = (self.marks.front()?, self.marks.back()?);
        (last > first && until > from).then(|| 1e3 * f64::from(last - first) / (until - from))
    }
}

/// A histogram over the logarithm; it does not grow with the run.
pub(super) struct StepTimes {
    late: Option<f64>,
    steps: Vec<u32>,
}

impl StepTimes {
    pub(super) fn new() -> Self {
        Self { late: None, steps: vec![0; BINS] }
    }

    /// So many steps took `millis` each.
    pub(super) fn add(&mut self, millis: f64, steps: u32) {
        self.late = Some(self.late.map_or(millis, |late| late + FRESH * (millis - late)));
        let bin = (millis.max(1e-9).log2() - LEAST_OCTAVE) * BINS_PER_OCTAVE;
        let bin = (bin.max(0.0) as usize).min(BINS - 1);
        self.steps[bin] = self.steps[bin].saturating_add(steps);
    }

    /// Milliseconds of a step of late.
    pub(super) fn late(&self) -> Option<f64> {
        self.late
    }

    pub(super) fn quantiles(&self) -> Option<StepMillis> {
        Some(StepMillis { median: self.quantile(0.5)?, p95: self.quantile(0.95)? })
    }

    /// The middle of the bin in which it lies.
    fn quantile(&self, part: f64) -> Option<f32> {
        let all: u64 = self.steps.iter().map(|&steps| u64::from(steps)).sum();
        let wanted = part * all as f64;
        let mut below = 0.0;
        let bin = self.steps.iter().position(|&steps| {
            below += f64::from(steps);
            steps > 0 && below >= wanted
        })?;
        Some(((bin as f64 + 0.5) / BINS_PER_OCTAVE + LEAST_OCTAVE).exp2() as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_counts_what_lies_between_steps_and_forgets_rests() {
        let mut clock = Clock::default();
        assert_eq!(clock.per_second(), None);
        // Ten steps in 5 ms, then 15 ms of something else: 500 a second, though a step takes half a millisecond.
        for turn in 0..1000 {
            let now = 20.0 * f64::from(turn);
            clock.begin(now, 10 * turn);
            clock.mark(now + 5.0, 10 * (turn + 1));
        }
        assert!((clock.per_second().unwrap() - 500.0).abs() < 5.0, "{:?}", clock.per_second());
        assert!(clock.marks.len() < 400, "the list grows");
        clock.begin(1e6, 10_000);
        clock.mark(1e6 + 100.0, 10_010);
        assert_eq!(clock.per_second(), Some(100.0), "a pause counts as training");
    }

    #[test]
    fn quantiles_are_those_of_the_steps() {
        let mut pace = StepTimes::new();
        assert_eq!(pace.quantiles(), None);
        for millis in 1..=1000 {
            pace.add(f64::from(millis), 3);
        }
        let StepMillis { median, p95 } = pace.quantiles().unwrap();
        assert!((median / 500.0 - 1.0).abs() < 0.04, "{median}");
        assert!((p95 / 950.0 - 1.0).abs() < 0.04, "{p95}");
    }

    #[test]
    fn extremes_are_counted_too() {
        let mut pace = StepTimes::new();
        pace.add(0.0, 1);
        pace.add(1e9, 2);
        let StepMillis { median, p95 } = pace.quantiles().unwrap();
        assert!(median == p95 && p95 > 6e4, "{median} {p95}");
    }
}
