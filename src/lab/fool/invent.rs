//! Pictures of nothing of which a network is sure (Nguyen, Yosinski & Clune, Deep neural networks are easily fooled, 2015): by
//! its gradient from noise, and by evolution. What counts is its answer to the picture in 8 bits.

mod ascent;
mod cppn;
mod direct;
mod evolve;

use super::super::{LabError, Monitor, Weights, check_class, predictions, thumbnail};
use super::model_runner::ModelRunner;
use super::picture::{rgb_of, values_of};
use crate::data::Rgb;
use crate::protocol::{BackendUsed, Invent, InventMethod, InventNews, Invented, Prediction};
use cppn::Cppn;
use direct::Direct;

const MOST_STEPS: u32 = 100_000;
/// The longer side of what is shown of a picture.
const SHOWN_SIDE: u32 = 64;

pub(super) fn check(job: &Invent, weights: &Weights) -> Result<(), LabError> {
    let Invent { target, steps, confidence, .. } = *job;
    check_class(weights.network(), Some(target))?;
    ensure!((1..=MOST_STEPS).contains(&steps), "{steps} steps cannot be taken; choose 1 to {MOST_STEPS}");
    ensure!(confidence > 0.0 && confidence < 1.0, "a confidence of {confidence} is not between 0 and 1");
    Ok(())
}

pub(super) struct GenerateContext<'a> {
    pub(super) job: &'a Invent,
    pub(super) runner: &'a mut ModelRunner,
    pub(super) weights: &'a Weights,
    pub(super) used: BackendUsed,
}

pub(super) async fn invent(
    context: GenerateContext<'_>,
    watch: &impl Monitor,
    tell: &impl Fn(InventNews),
) -> Result<InventNews, LabError> {
    match context.job.way {
        InventMethod::Ascent => ascent::ascend(context, watch, tell).await,
        InventMethod::Direct => evolve::evolve::<Direct>(context, watch, tell).await,
        InventMethod::Cppn => evolve::evolve::<Cppn>(context, watch, tell).await,
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
        let (all, _) = predictions(self.weights, logits, logits.len())?;
        let said = all.into_iter().find(|said| said.index as usize == class);
        said.ok_or_else(|| bad_setup!("the network has no class {class}"))
    }

    fn shown(rgb: &Rgb, prediction: Prediction) -> Result<Invented, LabError> {
        Ok(Invented { prediction, pixels: thumbnail(rgb, SHOWN_SIDE)? })
    }
}
