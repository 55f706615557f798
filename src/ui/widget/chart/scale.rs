//! An axis: from values to a length, linear or logarithmic, with ticks at round values. Tested natively by
//! `tests/experiments/charts.rs`.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scaling {
    #[default]
    Linear,
    Log,
}

/// From `low` to `high`; `length` is in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    length: f64,
    scaling: Scaling,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// In pixels from the axis' beginning.
    pub(crate) at: f64,
    pub(crate) text: String,
}

impl Axis {
    /// Any two numbers make an axis: what is no extent is widened, what has no logarithm is raised.
    pub(crate) fn new(low: f64, high: f64, length: f64, scaling: Scaling) -> Axis {
        let (low, high) = if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
        let (low, high) = match scaling {
            Scaling::Linear if high > low => (low, high),
            Scaling::Linear => (low, low + low.abs().max(1.0)),
            Scaling::Log => {
                let low = low.max(1e-12);
                (low, high.max(low * 1.5))
            }
        };
        Axis { low, high, length: length.max(1.0), scaling }
    }

    pub(crate) fn is_log(&self) -> bool {
        self.scaling == Scaling::Log
    }

    /// Pixels from the beginning; outside of the axis for values outside.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let part = match self.scaling {
            Scaling::Linear => (value - self.low) / (self.high - self.low),
            Scaling::Log => (value.max(self.low) / self.low).ln() / (self.high / self.low).ln(),
        };
        part * self.length
    }

    /// The value at so many pixels.
    pub(crate) fn value(&self, place: f64) -> f64 {
        let part = (place / self.length).clamp(0.0, 1.0);
        match self.scaling {
            Scaling::Linear => self.low + part * (self.high - self.low),
            Scaling::Log => self.low * (self.high / self.low).powf(part),
        }
    }

    /// At most about `most` of them, at 1, 2 or 5 times a power of ten.
    pub(crate) fn ticks(&self, most: usize) -> Vec<Tick> {
        let values = match self.scaling {
            Scaling::Linear => self.linear(most),
            Scaling::Log => self.decades(most),
        };
        values.into_iter().map(|value| Tick { at: self.place(value), text: text_of(value) }).collect()
    }

    fn linear(&self, most: usize) -> Vec<f64> {
        let rough = (self.high - self.low) / most.max(1) as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= rough * 0.999);
        let step = step.unwrap_or(10.0 * power);
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last).map(|times| times as f64 * step).collect()
    }

    /// Powers of ten, some left out where they are many; 2 and 5 times them where they are few.
    fn decades(&self, most: usize) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let decades = (self.high / self.low).log10();
        let within = |value: &f64| *value >= self.low * 0.999 && *value <= self.high * 1.001;
        if decades < 0.7 {
            // Less than a decade: a straight axis' ticks read better.
            return self.linear(most).into_iter().filter(within).collect();
        }
        let times: &[f64] = if decades * 3.0 <= most as f64 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let stride = (decades / most.max(1) as f64).ceil().max(1.0) as usize;
        let powers = (first..=last).step_by(stride).map(|power| 10_f64.powi(power));
        powers.flat_map(|power| times.iter().map(move |times| times * power)).filter(within).collect()
    }
}

/// `0.05`, `200`, `20k`, `1e-5`
pub(crate) fn text_of(value: f64) -> String {
    let size = value.abs();
    // Twelve digits: sums of steps like 0.1 do not end where they should.
    let round = |value: f64| (value * 1e6).round() / 1e6;
    match size {
        _ if size == 0.0 => "0".to_owned(),
        _ if size < 0.000_999 => format!("{value:.0e}"),
        _ if size >= 1e6 => format!("{}M", round(value / 1e6)),
        _ if size >= 1e4 => format!("{}k", round(value / 1e3)),
        _ => format!("{}", round(value)),
    }
}
