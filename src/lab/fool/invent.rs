//! Pictures of nothing of which a network is sure (Nguyen, Yosinski & Clune, Deep neural networks are easily fooled, 2015): by
//! its gradient from noise, and by evolution. What counts is its answer to the picture in 8 bits.

mod ascent;
mod cppn;
mod dice;
mod direct;
mod evolve;

use super::super::{LabError, Watch, Weights, predictions};
use super::model_runner::ModelRunner;
use super::picture::{pixels_of, rgb_of, values_of};
use crate::data::{Rgb, resize::resize};
use crate::protocol::{BackendUsed, Invent, InventNews, Invented, Prediction, Way};
use cppn::Cppn;
use direct::Direct;

const MOST_STEPS: u32 = 100_000;
/// The longer side of what is shown of a picture.
const SHOWN_SIDE: u32 = 64;

/// # Errors
/// [`LabError::Setup`] for figures and targets that make no sense.
pub(super) fn check(job: &Invent, weights: &Weights) -> Result<(), LabError> {
    let network = weights.network();
    let wrong = if job.target as usize >= network.classes {
        let (title, classes) = (&network.title, network.classes);
        Some(format!("{title} has {classes} classes, 0 the first; there is no class {}", job.target))
    } else if job.steps == 0 || job.steps > MOST_STEPS {
        Some(format!("{} steps cannot be taken; choose 1 to {MOST_STEPS}", job.steps))
    } else if !(job.confidence > 0.0 && job.confidence < 1.0) {
        Some(format!("a confidence of {} is not between 0 and 1", job.confidence))
    } else {
        None
    };
    match wrong {
        Some(detail) => Err(LabError::Setup { detail }),
        None => Ok(()),
    }
}

/// What is made for whom.
pub(super) struct GenerateContext<'a> {
    pub(super) job: &'a Invent,
    pub(super) runner: &'a mut ModelRunner,
    pub(super) weights: &'a Weights,
    pub(super) used: BackendUsed,
}

pub(super) async fn invent(
    context: GenerateContext<'_>,
    watch: &impl Watch,
    tell: &impl Fn(InventNews),
) -> Result<InventNews, LabError> {
    match context.job.way {
        Way::Ascent => ascent::ascend(context, watch, tell).await,
        Way::Direct => evolve::evolve::<Direct>(context, watch, tell).await,
        Way::Cppn => evolve::evolve::<Cppn>(context, watch, tell).await,
    }
}

impl GenerateContext<'_> {
    /// In 8 bits, and the values that these are.
    fn rounded(&self, x: &[f32]) -> Result<(Rgb, Vec<f32>), LabError> {
        let shape = self.runner.victim.network.input;
        let rgb = rgb_of(x, shape)?;
        let values = values_of(&rgb, shape[0])?;
        Ok((rgb, values))
    }

    /// What the network says of a class.
    fn said(&self, logits: &[f32], class: usize) -> Result<Prediction, LabError> {
        let missing = || LabError::Setup { detail: format!("the network has no class {class}") };
        let (all, _) = predictions(self.weights, logits, logits.len())?;
        all.into_iter().find(|said| said.index as usize == class).ok_or_else(missing)
    }

    fn shown(rgb: &Rgb, prediction: Prediction) -> Result<Invented, LabError> {
        let longer = rgb.width().max(rgb.height());
        let side = |side: u32| (side * SHOWN_SIDE).div_ceil(longer).max(1);
        let small = match longer > SHOWN_SIDE {
            true => Some(resize(rgb, side(rgb.width()), side(rgb.height()))?),
            false => None,
        };
        Ok(Invented { prediction, pixels: pixels_of(small.as_ref().unwrap_or(rgb)) })
    }
}
