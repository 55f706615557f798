//! The basic iterative method (Kurakin, Goodfellow & Bengio, Adversarial examples in the physical world, 2017): many small
//! steps of FGSM, each brought back to within ε of the picture.

use super::schedule::{AttackSchedule, Final, StartPoint, stride};
use super::walk::Ball;
use crate::protocol::Attack;

/// The paper takes `1.25 ε` steps of one grey level: a quarter more than a straight way out needs.
const REACH: f64 = 1.25;

pub(super) fn schedule(attack: &Attack) -> AttackSchedule {
    let stride = stride(attack, REACH);
    AttackSchedule { ball: Ball::Linf, start: StartPoint::Picture, steps: attack.steps, stride, keep: Final::Best }
}
