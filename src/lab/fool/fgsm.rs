//! The fast gradient sign method (Goodfellow, Shlens & Szegedy, Explaining and harnessing adversarial examples, 2015): one
//! step of ε along the sign of the gradient, `x + ε · sign(∇ₓ loss)`.

use super::schedule::{AttackSchedule, Final, StartPoint};
use super::walk::Ball;
use crate::protocol::Attack;

pub(super) fn schedule(_: &Attack) -> AttackSchedule {
    AttackSchedule { ball: Ball::Linf, start: StartPoint::Picture, steps: 1, stride: 1.0, keep: Final::Last }
}
