//! How a time is taken: the median of several samples, each of so many runs that a coarse clock can tell them apart.

use crate::lab::{LabError, Monitor};
use crate::protocol::{Sampling, Stage};

/// More runs are no sample: on a GPU they are one list of commands.
const MOST_RUNS: u32 = 4096;

/// No further sample is taken of what has taken so long already.
const LONG_SECONDS: f64 = 4.0;

/// The best of fewer is chance: everything is held against it.
const LEAST_OF_BEST: u32 = 3;

/// How far a job is, and who waits for it.
pub(in crate::lab) struct Course<'a, W> {
    pub(in crate::lab) watch: &'a W,
    pub(in crate::lab) sampling: Sampling,
    pub(in crate::lab) done: u64,
    pub(in crate::lab) of: u64,
}

impl<'a, W: Monitor> Course<'a, W> {
    pub(in crate::lab) fn new(watch: &'a W, sampling: Sampling, of: u64) -> Self {
        Self { watch, sampling, done: 0, of }
    }
}

/// Seconds of one run. `sample` makes so many runs and says what they took together; the first is for warming up.
pub(in crate::lab) async fn median(
    course: &Course<'_, impl Monitor>,
    sample: impl AsyncFnMut(u32) -> Result<f64, LabError>,
) -> Result<f64, LabError> {
    let mut all = samples(course, course.sampling.samples, sample).await?;
    all.sort_by(f64::total_cmp);
    Ok(all[all.len() / 2])
}

/// The shortest of the samples: of limits, which are what can be done at best.
pub(in crate::lab) async fn best(
    course: &Course<'_, impl Monitor>,
    sample: impl AsyncFnMut(u32) -> Result<f64, LabError>,
) -> Result<f64, LabError> {
    let count = course.sampling.samples.max(LEAST_OF_BEST);
    Ok(samples(course, count, sample).await?.into_iter().fold(f64::INFINITY, f64::min))
}

/// At least one.
async fn samples(
    course: &Course<'_, impl Monitor>,
    count: u32,
    mut sample: impl AsyncFnMut(u32) -> Result<f64, LabError>,
) -> Result<Vec<f64>, LabError> {
    let Course { watch, sampling, done, of } = course;
    let wanted = sampling.sample_millis / 1e3;
    watch.step(Stage::Run, *done, *of).await?;
    sample(1).await?;
    let (mut times, mut total) = (1, 0.0);
    // The first sample that is long enough counts already.
    let first = loop {
        watch.step(Stage::Run, *done, *of).await?;
        let took = sample(times).await?;
        total += took;
        if took >= wanted || times == MOST_RUNS {
            break took;
        }
        let estimate = if took > 0.0 { f64::from(times) * wanted / took * 1.2 } else { f64::INFINITY };
        times = (estimate.min(f64::from(times) * 16.0).ceil() as u32).clamp(times + 1, MOST_RUNS);
    };
    // A clock that has not moved at all is as good as its smallest tick.
    let one = |took: f64| took.max(1e-9) / f64::from(times);
    let mut all = vec![one(first)];
    while all.len() < count as usize && total < LONG_SECONDS {
        watch.step(Stage::Run, *done, *of).await?;
        let took = sample(times).await?;
        total += took;
        all.push(one(took));
    }
    Ok(all)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Course, median};
    use crate::lab::NoMonitor;
    use crate::protocol::Sampling;

    /// A clock of 0.1 ms, and runs of 7 µs.
    #[test]
    fn a_coarse_clock_is_outlasted() {
        let watch = NoMonitor::default();
        let course = Course::new(&watch, Sampling { samples: 5, sample_millis: 5.0 }, 1);
        let mut now = 0.0_f64;
        let seconds = pollster::block_on(median(&course, async |times| {
            let before = (now / 1e-4).floor();
            now += 7e-6 * f64::from(times);
            Ok(((now / 1e-4).floor() - before) * 1e-4)
        }))
        .unwrap();
        assert!((seconds / 7e-6 - 1.0).abs() < 0.03, "{seconds}");
    }

    #[test]
    fn what_takes_long_is_seen_once() {
        let watch = NoMonitor::default();
        let course = Course::new(&watch, Sampling { samples: 9, sample_millis: 5.0 }, 1);
        let mut calls = 0;
        let seconds = pollster::block_on(median(&course, async |_| {
            calls += 1;
            Ok(5.0)
        }));
        assert_eq!((seconds.unwrap(), calls), (5.0, 2));
    }
}
