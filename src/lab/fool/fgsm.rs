//! The fast gradient sign method (Goodfellow, Shlens & Szegedy, Explaining and harnessing adversarial examples, 2015): one
//! step of ε along the sign of the gradient, `x + ε · sign(∇ₓ loss)`.

use super::route::{Keep, Route, Start};
use super::walk::Ball;
use crate::protocol::Attack;

pub(super) fn route(_: &Attack) -> Route {
    Route { ball: Ball::Linf, start: Start::Picture, steps: 1, stride: 1.0, keep: Keep::Last }
}
