//! Projected gradient descent (Madry, Makelov, Schmidt, Tsipras & Vladu, Towards deep learning models resistant to
//! adversarial attacks, 2018): as BIM, from a place in the ball that the seed draws; in the ball of either norm.

use super::route::{Keep, Route, Start, stride};
use super::walk::Ball;
use crate::protocol::Attack;

/// All steps together, in units of ε: from anywhere in the ball to anywhere else, and some way along its border (the
/// authors' own setting).
const REACH: f64 = 2.5;

pub(super) fn linf(attack: &Attack) -> Route {
    route(attack, Ball::Linf)
}

pub(super) fn l2(attack: &Attack) -> Route {
    route(attack, Ball::L2)
}

fn route(attack: &Attack, ball: Ball) -> Route {
    let stride = stride(attack, REACH);
    Route { ball, start: Start::Inside(attack.seed), steps: attack.steps, stride, keep: Keep::Best }
}
