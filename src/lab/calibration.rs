//! How far a network's probabilities can be trusted: their expected calibration error, a temperature that makes it small (Guo et
//! al., "On Calibration of Modern Neural Networks", 2017), and below which confidence a picture is probably of none of the classes
//! (Liu et al., "Energy-based Out-of-distribution Detection", 2020).

use super::LabError;
use super::softmax::{argmax, log_sum_exp, softmax};
use crate::models::spec::number;
use crate::nn::checkpoint::Checkpoint;
use serde::Serialize;

/// Names in a file's metadata.
pub const TEMPERATURE: &str = "neocog.temperature";
pub const UNKNOWN_BELOW: &str = "neocog.unknown_below";

/// Bins of equal width in which confidence is held against accuracy.
const BINS: usize = 15;

/// The share of known pictures that may be taken for unknown ones.
pub const REFUSED: f64 = 0.05;

/// How sure a network is that a picture is of one of its classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// `log Σ exp z`, the negative energy of the logits.
    Energy,
    /// The largest probability.
    Probability,
}

impl Confidence {
    pub const ALL: [Self; 2] = [Self::Energy, Self::Probability];

    fn name(self) -> &'static str {
        match self {
            Self::Energy => "energy",
            Self::Probability => "probability",
        }
    }

    pub fn of(self, logits: &[f32], temperature: f64) -> f64 {
        match self {
            Self::Energy => log_sum_exp(logits.iter().copied().map(f64::from)),
            Self::Probability => probabilities(logits, temperature).into_iter().fold(0.0, f64::max),
        }
    }
}

/// A picture with less confidence than this is probably of none of the classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnknownBelow {
    pub confidence: Confidence,
    pub limit: f64,
}

impl UnknownBelow {
    /// `energy 4.5`
    pub(super) fn text(&self) -> String {
        format!("{} {}", self.confidence.name(), self.limit)
    }

    fn from_text(text: &str) -> Option<Self> {
        let (name, limit) = text.split_once(' ')?;
        let confidence = Confidence::ALL.into_iter().find(|confidence| confidence.name() == name)?;
        Some(Self { confidence, limit: number(limit).filter(|limit| limit.is_finite())? })
    }
}

/// What a file says of its network's probabilities; without that they are those of the logits as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// By which logits are divided before the softmax.
    pub temperature: f64,
    pub unknown_below: Option<UnknownBelow>,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { temperature: 1.0, unknown_below: None }
    }
}

impl Calibration {
    /// # Errors
    /// [`LabError::BadRun`] where the metadata of the file has something else under these names.
    pub(super) fn of(file: &Checkpoint) -> Result<Self, LabError> {
        let bad = |key: &str, wanted: &str| LabError::BadRun {
            file: file.name().to_owned(),
            detail: format!("{key} in its metadata is not {wanted}"),
        };
        let mut calibration = Self::default();
        if let Some(text) = file.metadata().get(TEMPERATURE) {
            let read = number(text).filter(|temperature| temperature.is_normal());
            let read = read.filter(|temperature| *temperature > 0.0);
            calibration.temperature = read.ok_or_else(|| bad(TEMPERATURE, "a number above 0"))?;
        }
        if let Some(text) = file.metadata().get(UNKNOWN_BELOW) {
            let read = UnknownBelow::from_text(text);
            calibration.unknown_below = Some(read.ok_or_else(|| bad(UNKNOWN_BELOW, "a confidence and its limit"))?);
        }
        Ok(calibration)
    }

    pub(super) fn probabilities(&self, logits: &[f32]) -> Vec<f32> {
        probabilities(logits, self.temperature).into_iter().map(|probability| probability as f32).collect()
    }

    /// Whether the picture is probably of none of the classes.
    pub fn is_unknown(&self, logits: &[f32]) -> bool {
        let is_below = |below: UnknownBelow| below.confidence.of(logits, self.temperature) < below.limit;
        self.unknown_below.is_some_and(is_below)
    }
}

fn probabilities(logits: &[f32], temperature: f64) -> Vec<f64> {
    softmax(logits.iter().map(|&logit| f64::from(logit) / temperature))
}

/// The logits of examples, row by row, and the right class of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    logits: Vec<f32>,
    labels: Vec<u32>,
}

impl Judged {
    /// Every row has as many logits as the first.
    pub fn add(&mut self, logits: &[f32], label: u32) {
        self.logits.extend_from_slice(logits);
        self.labels.push(label);
    }

    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.labelled().map(|(row, _)| row)
    }

    fn labelled(&self) -> impl Iterator<Item = (&[f32], usize)> {
        let classes = self.logits.len() / self.labels.len().max(1);
        self.logits.chunks_exact(classes.max(1)).zip(self.labels.iter().map(|&label| label as usize))
    }

    /// Over all examples; 0 where there is none.
    fn mean(&self, of: impl Fn(&[f32], usize) -> f64) -> f64 {
        self.labelled().map(|(row, label)| of(row, label)).sum::<f64>() / self.len().max(1) as f64
    }

    /// The share whose class is among the `count` likeliest; equals come in their order.
    pub fn top(&self, count: usize) -> f64 {
        self.mean(|row, label| {
            let is_before = |&(at, logit): &(usize, &f32)| *logit > row[label] || (*logit == row[label] && at < label);
            f64::from(u8::from(row.iter().enumerate().filter(is_before).count() < count))
        })
    }

    /// Of the examples of these classes: how many there are, and the share that is right where no other class may be answered.
    pub fn among(&self, classes: &[u32]) -> (usize, f64) {
        let own = self.labelled().filter(|(_, label)| classes.contains(&(*label as u32)));
        let (mut of, mut right) = (0, 0);
        for (row, label) in own {
            let logits: Vec<f32> = classes.iter().map(|&class| row[class as usize]).collect();
            of += 1;
            right += usize::from(classes[argmax(&logits)] as usize == label);
        }
        (of, right as f64 / of.max(1) as f64)
    }

    /// Mean of `-log p` of the right class.
    pub fn loss(&self, temperature: f64) -> f64 {
        self.mean(|row, label| {
            let softened = row.iter().map(|&logit| f64::from(logit) / temperature);
            log_sum_exp(softened) - f64::from(row[label]) / temperature
        })
    }

    /// How far confidence and accuracy are apart, weighted by the examples in each bin of confidence.
    pub fn calibration_error(&self, temperature: f64) -> f64 {
        let mut gaps = [0.0_f64; BINS];
        for (row, label) in self.labelled() {
            let confidence = Confidence::Probability.of(row, temperature);
            let bin = ((confidence * BINS as f64) as usize).min(BINS - 1);
            gaps[bin] += confidence - f64::from(u8::from(argmax(row) == label));
        }
        gaps.iter().map(|gap| gap.abs()).sum::<f64>() / self.len().max(1) as f64
    }

    /// The temperature of the least [`Self::loss`], between 1/20 and 20. The loss is convex in `β = 1 / T`, its slope the mean of
    /// `Σ p z - z_label`: that is halved to nothing.
    pub fn temperature(&self) -> f64 {
        let slope = |beta: f64| {
            self.mean(|row, label| {
                let expected =
                    probabilities(row, 1.0 / beta).iter().zip(row).map(|(p, &z)| p * f64::from(z)).sum::<f64>();
                expected - f64::from(row[label])
            })
        };
        let (mut low, mut high) = (0.05_f64, 20.0_f64);
        for _ in 0..40 {
            let middle = (low * high).sqrt();
            if slope(middle) < 0.0 { low = middle } else { high = middle }
        }
        1.0 / (low * high).sqrt()
    }

    /// The limit below which no more than the [`REFUSED`] share of these examples lies.
    pub fn unknown_below(&self, confidence: Confidence, temperature: f64) -> UnknownBelow {
        let mut all: Vec<f64> = self.rows().map(|row| confidence.of(row, temperature)).collect();
        all.sort_by(f64::total_cmp);
        let limit = all.get((REFUSED * all.len() as f64) as usize).copied().unwrap_or(f64::MIN);
        UnknownBelow { confidence, limit }
    }

    /// The share that such a limit takes for unknown.
    pub fn refused(&self, calibration: &Calibration) -> f64 {
        self.mean(|row, _| f64::from(u8::from(calibration.is_unknown(row))))
    }
}
