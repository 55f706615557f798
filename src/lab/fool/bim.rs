//! The basic iterative method (Kurakin, Goodfellow & Bengio, Adversarial examples in the physical world, 2017): many small
//! steps of FGSM, each brought back to within ε of the picture.

use super::route::{Keep, Route, Start, stride};
use super::walk::Ball;
use crate::protocol::Attack;

/// The paper takes `1.25 ε` steps of one grey level: a quarter more than a straight way out needs.
const REACH: f64 = 1.25;

pub(super) fn route(attack: &Attack) -> Route {
    let stride = stride(attack, REACH);
    Route { ball: Ball::Linf, start: Start::Picture, steps: attack.steps, stride, keep: Keep::Best }
}
