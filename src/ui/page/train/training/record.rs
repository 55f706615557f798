//! One run as it is remembered: what it was set to, its curves, how it ended.

use crate::protocol::{About, CurvePoint, Measured, RunState, Setup, StoredRun, Trained};

/// The smoothed curve looks back over an eighth of what there is, between these numbers of points: a fast beginning is not
/// dragged out, and a long run is calm.
const WINDOW: [f32; 2] = [2.0, 32.0];

#[derive(Clone, Default)]
pub(crate) struct Record {
    pub(crate) key: u32,
    pub(crate) setup: Setup,
    pub(crate) curve: Curve,
    pub(crate) validation: Vec<Measured>,
    pub(crate) about: Option<About>,
    /// The last report; its curves are above.
    pub(crate) last: Option<Trained>,
    pub(crate) shown: bool,
    /// Spent on steps in this visit.
    pub(crate) millis: f64,
    /// The rate was changed on the way: the setup alone does not reproduce it.
    pub(crate) steered: bool,
    /// Steps done and to do.
    pub(crate) step: u32,
    pub(crate) steps: u32,
}

#[derive(Clone, Default)]
pub(crate) struct Curve {
    pub(crate) points: Vec<CurvePoint>,
    /// Loss and accuracy, an exponential mean that starts without a bias towards zero.
    pub(crate) smooth: Vec<[f32; 2]>,
    /// Lowest and highest of the smoothed loss, and of the smoothed accuracy.
    pub(crate) ranges: Option<[[f32; 2]; 2]>,
    mean: [f32; 2],
    weight: f32,
}

impl Curve {
    pub(super) fn extend(&mut self, points: &[CurvePoint]) {
        let [Some(first), Some(last)] = [points.first(), points.last()].map(|point| point.map(|point| point.step))
        else {
            return;
        };
        self.keep_before(first);
        for point in points.iter().filter(|point| CurvePoint::stays(point.step, last)) {
            // A loss that is no number has no place on a chart; the notice says at which step.
            let values = [point.loss, point.accuracy];
            if values.iter().all(|value| value.is_finite()) {
                let kept = 1.0 - 1.0 / (self.points.len() as f32 / 8.0).clamp(WINDOW[0], WINDOW[1]);
                self.weight = kept * self.weight + (1.0 - kept);
                for (mean, value) in self.mean.iter_mut().zip(values) {
                    *mean = kept * *mean + (1.0 - kept) * value;
                }
                self.points.push(*point);
                let smooth = self.mean.map(|mean| mean / self.weight);
                let ranges = self.ranges.get_or_insert(smooth.map(|value| [value; 2]));
                for ([low, high], value) in ranges.iter_mut().zip(smooth) {
                    (*low, *high) = (low.min(value), high.max(value));
                }
                self.smooth.push(smooth);
            }
        }
        if self.points.len() > CurvePoint::MOST {
            let mut steps = self.points.iter().map(|point| point.step);
            self.smooth.retain(|_| steps.next().is_some_and(|step| CurvePoint::stays(step, last)));
            self.points.retain(|point| CurvePoint::stays(point.step, last));
        }
    }

    /// Forgets what a rolled back run does again.
    fn keep_before(&mut self, step: u32) {
        if self.points.last().is_none_or(|last| last.step < step) {
            return;
        }
        let mut points = std::mem::take(&mut self.points);
        points.retain(|point| point.step < step);
        *self = Curve::default();
        self.extend(&points);
    }

    /// The place of the last point at or before `step`.
    pub(crate) fn place_at(&self, step: f64) -> Option<usize> {
        self.points.partition_point(|point| f64::from(point.step) <= step).checked_sub(1)
    }
}

impl Record {
    pub(super) fn new(key: u32, setup: Setup) -> Record {
        Record { key, setup, shown: true, ..Record::default() }
    }

    pub(super) fn from_stored(key: u32, stored: &StoredRun) -> Record {
        let mut record = Record::new(key, stored.setup.clone());
        record.curve.extend(&stored.curve);
        record.validation.clone_from(&stored.validation);
        (record.step, record.steps) = (stored.step, stored.steps);
        record
    }

    pub(super) fn hear(&mut self, mut trained: Trained) {
        // After a roll back, what lies beyond is not part of this run any more.
        self.curve.keep_before(trained.step.saturating_add(1));
        self.curve.extend(&std::mem::take(&mut trained.curve));
        let measured = std::mem::take(&mut trained.validation);
        let again = measured.first().map_or(trained.step.saturating_add(1), |first| first.step);
        self.validation.retain(|old| old.step < again);
        self.validation.extend(measured);
        (self.step, self.steps) = (trained.step, trained.steps);
        if let Some(about) = trained.about.take() {
            self.about = Some(about);
        }
        self.last = Some(trained);
    }

    pub(crate) fn state(&self) -> Option<&RunState> {
        self.last.as_ref().map(|last| &last.state)
    }

    /// What its steps took, at their present speed; an earlier visit's that has not gone on yet is beyond price.
    pub(crate) fn cost_millis(&self) -> f64 {
        match &self.last {
            Some(last) => 1000.0 * f64::from(self.step) / f64::from(last.steps_per_second.max(1e-3)),
            None if self.step > 0 => f64::INFINITY,
            None => 0.0,
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.steps > 0 && self.step >= self.steps
    }

    pub(crate) fn best_validation(&self) -> Option<&Measured> {
        self.validation.iter().max_by(|one, other| one.accuracy.total_cmp(&other.accuracy))
    }
}

/// Whether a run with the one setup can go on with the other: rate, schedule and length may differ.
pub(crate) fn can_go_on(run: &Setup, wanted: &Setup) -> bool {
    let mut adapted = wanted.clone();
    adapted.optimiser.rate = run.optimiser.rate;
    adapted.schedule = run.schedule.clone();
    adapted.epochs = run.epochs;
    adapted == *run
}
