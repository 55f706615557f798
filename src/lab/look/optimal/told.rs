//! What is told of pictures that were searched for, and what must hold of them.

use super::{Climbed, Search};
use crate::data::Rgb;
use crate::lab::layer::layer_named;
use crate::lab::look::model::LookModel;
use crate::lab::{LabError, pixels_from_rgb, predictions, values_from};
use crate::protocol::{Finding, FoundPicture, OptimalFact, OptimalFound, OptimalGoal};

/// What rounding to 8 bits may change of a value.
const ROUNDING: f64 = 0.05;

impl Search<'_> {
    /// As it is told; `values` are of the pictures.
    pub(super) async fn found(
        &self,
        model: &mut LookModel,
        step: u32,
        climbed: &Climbed,
    ) -> Result<OptimalFound, LabError> {
        let Climbed { shown, values, .. } = climbed;
        let mut pictures = Vec::new();
        for (at, (picture, &value)) in shown.iter().zip(values).enumerate() {
            let rgb = self.ascent.space.rgb(picture)?;
            let logits = model.logits(&values_from(&rgb, self.weights.network())?).await?;
            let (top, _) = predictions(self.weights, &logits, logits.len())?;
            let unit = self.job.units.get(at).copied().unwrap_or_default();
            let is_class = self.job.goal == OptimalGoal::Units && self.ascent.layer.is_none();
            let wanted = top.iter().position(|said| is_class && said.index == unit).unwrap_or_default();
            let said = top[wanted].clone();
            let psnr = self
                .ready
                .picture
                .as_ref()
                .filter(|_| self.job.goal == OptimalGoal::Inversion)
                .map(|own| psnr(own, &rgb));
            pictures.push(FoundPicture { unit, layer: None, pixels: pixels_from_rgb(&rgb), value, said, psnr });
        }
        Ok(OptimalFound {
            step,
            of: self.steps(),
            pictures,
            wall: None,
            alike: None,
            sheet: None,
            npy: None,
            steps_per_second: 0.0,
            layer: self.ascent.layer.clone(),
            layers: self.ready.layers.clone(),
            findings: Vec::new(),
            backend: self.used.clone(),
        })
    }

    /// Waves give pictures within the range of pixels, so that only rounding comes between them and what is shown.
    pub(super) async fn findings(
        &self,
        model: &mut LookModel,
        pictures: &[Rgb],
        values: &[f32],
    ) -> Result<Vec<Finding<OptimalFact>>, LabError> {
        if self.job.goal != OptimalGoal::Units || self.ascent.space.is_pixels() {
            return Ok(Vec::new());
        }
        let (units, is_last) = (model.ascender(self.ascent).await?.units, self.is_channels_last()?);
        let mut furthest = 1.0_f64;
        for ((picture, &unit), &value) in pictures.iter().zip(&self.job.units).zip(values) {
            let answer = self.answer(model, picture).await?;
            let again = match self.ascent.layer {
                None if self.job.is_alone => log_odds(&answer, unit as usize),
                _ => mean_of(&answer, units, unit as usize, is_last),
            };
            let ratio = again / f64::from(value);
            if (ratio - 1.0).abs() > (furthest - 1.0).abs() {
                furthest = ratio;
            }
        }
        Ok(model.device().findings([(OptimalFact::Shown, 1.0, furthest, ROUNDING)]))
    }

    /// A transformer's layers are `[B, tokens, C]`.
    fn is_channels_last(&self) -> Result<bool, LabError> {
        let network = self.weights.network();
        let Some(path) = &self.ascent.layer else { return Ok(false) };
        Ok(layer_named(network, &network.layered(1)?, path)?.shape.len() == 3)
    }
}

/// Of a class: the logarithm of its probability over that of all others.
fn log_odds(logits: &[f32], class: usize) -> f64 {
    let others = logits.iter().enumerate().filter(|(at, _)| *at != class).map(|(_, &logit)| f64::from(logit));
    let most = others.clone().fold(f64::NEG_INFINITY, f64::max);
    f64::from(logits[class]) - most - others.map(|logit| (logit - most).exp()).sum::<f64>().ln()
}

/// Of one channel, over all places.
fn mean_of(answer: &[f32], channels: usize, channel: usize, is_last: bool) -> f64 {
    let places = answer.len() / channels;
    let at = |place: usize| if is_last { place * channels + channel } else { channel * places + place };
    (0..places).map(|place| f64::from(answer[at(place)])).sum::<f64>() / places as f64
}

/// Pictures of one size in rows, as many in each as there are rows, or one more.
pub(in crate::lab::look) fn side_by_side(pictures: &[Rgb]) -> Result<Rgb, LabError> {
    /// White, between two of them.
    const GAP: usize = 2;
    let (width, height) = (pictures[0].width() as usize, pictures[0].height() as usize);
    let columns = (1..).find(|columns| columns * columns >= pictures.len()).unwrap_or(1);
    let rows = pictures.len().div_ceil(columns);
    let (across, down) = (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP);
    let mut pixels = vec![255_u8; across * down * 3];
    for (at, picture) in pictures.iter().enumerate() {
        let (left, top) = (at % columns * (width + GAP), at / columns * (height + GAP));
        for (row, line) in picture.pixels().chunks_exact(3 * width).enumerate() {
            let from = ((top + row) * across + left) * 3;
            pixels[from..from + line.len()].copy_from_slice(line);
        }
    }
    Ok(Rgb::new(across as u32, down as u32, pixels)?)
}

/// Peak signal-to-noise ratio of two pictures of one size, in decibels.
fn psnr(a: &Rgb, b: &Rgb) -> f32 {
    let squares = a.pixels().iter().zip(b.pixels()).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    let mean = squares.sum::<f64>() / a.pixels().len() as f64;
    (10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()) as f32
}
