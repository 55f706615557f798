//! What a student is to match: the softened probabilities of its teacher, beside the labels (Hinton, Vinyals & Dean 2015).

use super::{Batches, LabError};
use crate::data::dataset::Part;
use crate::graph::{Host, ShapeError, Tensor};
use crate::nn::loss::soft_cross_entropy;
use crate::protocol::{Augment, Mix, Setup};

/// Input of the plans: [`elements`].
pub(in crate::lab) const MIX: &str = "mix";
pub(in crate::lab) const COUNT: usize = 3;

/// 1 / T; the factor of the soft loss, λ·T²; that of the hard one, 1 − λ.
pub(in crate::lab) fn elements(mix: Mix) -> [f32; COUNT] {
    let Mix { temperature, weight } = mix;
    [1.0 / temperature, weight * temperature * temperature, 1.0 - weight].map(|value| value as f32)
}

/// `λ·T²·CE(softmax(v/T), softmax(z/T)) + (1 − λ)·hard` with the student's logits `z` and the teacher's `v`, both `[B, K]`, and
/// [`elements`] as `mix`. T² makes up for the gradients of softened targets, which shrink as 1/T².
pub(in crate::lab) fn mixed(hard: &Tensor, z: &Tensor, v: &Tensor, mix: &Tensor) -> Result<Tensor, ShapeError> {
    let figure = |k: usize| mix.narrow(0, k, 1);
    let cool = figure(0)?.reshape([1, 1])?;
    let soft = soft_cross_entropy(&z.broadcast_mul(&cool)?, &v.broadcast_mul(&cool)?.softmax()?)?.reshape([1])?;
    let hard = hard.reshape([1])?;
    hard.broadcast_mul(&figure(2)?)?.broadcast_add(&soft.broadcast_mul(&figure(1)?)?)
}

pub(super) fn check_mix(Mix { temperature, weight }: Mix) -> Result<(), LabError> {
    let softens = temperature.is_finite() && temperature > 0.0;
    ensure!(softens, "a temperature of {temperature} softens nothing; choose one above 0");
    ensure!((0.0..=1.0).contains(&weight), "a weight of {weight} for the soft targets is not from 0 to 1");
    Ok(())
}

/// Whether the teacher's logits are of these examples.
pub(super) fn check_soft(soft: &Host, setup: &Setup, batches: &Batches) -> Result<(), LabError> {
    let (want, got) = ([batches.len(Part::Train), batches.classes.len()], soft.dims());
    ensure!(got == want, "the teacher has answered {got:?} (examples, classes) where the data have {want:?}");
    ensure!(
        setup.augment == Augment::default(),
        "the teacher's answers are of the pictures as they are; a student cannot be shown changed ones"
    );
    Ok(())
}
