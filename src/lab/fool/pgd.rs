//! Projected gradient descent (Madry, Makelov, Schmidt, Tsipras & Vladu, Towards deep learning models resistant to
//! adversarial attacks, 2018): as BIM, from a place in the ball that the seed draws; in the ball of either norm.

use super::schedule::{AttackSchedule, Final, StartPoint, stride};
use super::walk::Ball;
use crate::protocol::Attack;

/// All steps together, in units of ε: from anywhere in the ball to anywhere else, and some way along its border (the
/// authors' own setting).
const REACH: f64 = 2.5;

pub(super) fn linf(attack: &Attack) -> AttackSchedule {
    schedule(attack, Ball::Linf)
}

pub(super) fn l2(attack: &Attack) -> AttackSchedule {
    schedule(attack, Ball::L2)
}

fn schedule(attack: &Attack, ball: Ball) -> AttackSchedule {
    let stride = stride(attack, REACH);
    AttackSchedule { ball, start: StartPoint::Inside(attack.seed), steps: attack.steps, stride, keep: Final::Best }
}
