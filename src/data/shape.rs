//! Signed distances to shapes (negative inside), in the drawing's units. After I. Quilez, "2D distance functions".

use super::maths::{P, p};

pub(super) fn circle(at: P, centre: P, radius: f32) -> f32 {
    (at - centre).length() - radius
}

/// Exact only near the outline, which is where it counts.
#[inline(never)]
pub(super) fn ellipse(at: P, centre: P, radii: P) -> f32 {
    let d = at - centre;
    let outer = p(d.x / radii.x, d.y / radii.y).length();
    let slope = p(d.x / (radii.x * radii.x), d.y / (radii.y * radii.y)).length();
    if slope == 0.0 { -radii.x.min(radii.y) } else { outer * (outer - 1.0) / slope }
}

/// `half` is half the width and height; `round` the radius of the corners, within that size.
#[inline(never)]
pub(super) fn rounded_box(at: P, centre: P, half: P, round: f32) -> f32 {
    let d = at - centre;
    let q = p(d.x.abs() - half.x + round, d.y.abs() - half.y + round);
    q.x.max(q.y).min(0.0) + p(q.x.max(0.0), q.y.max(0.0)).length() - round
}

/// A line with round ends.
pub(super) fn stroke(at: P, from: P, to: P, radius: f32) -> f32 {
    tapered(at, from, to, radius, radius)
}

/// A line whose radius goes from one value to another.
#[inline(never)]
pub(super) fn tapered(at: P, from: P, to: P, radius_from: f32, radius_to: f32) -> f32 {
    let (d, line) = (at - from, to - from);
    let t = (d.dot(line) / line.dot(line)).clamp(0.0, 1.0);
    (d - line * t).length() - (radius_from + (radius_to - radius_from) * t)
}

/// A line along `points`, one after the other.
pub(super) fn path(at: P, points: &[P], radius: f32) -> f32 {
    points.windows(2).map(|pair| stroke(at, pair[0], pair[1], radius)).fold(f32::MAX, f32::min)
}

/// Any simple polygon.
#[inline(never)]
pub(super) fn polygon(at: P, corners: &[P]) -> f32 {
    let mut nearest = f32::MAX;
    let mut inside = false;
    for (index, &a) in corners.iter().enumerate() {
        let b = corners[(index + 1) % corners.len()];
        nearest = nearest.min(stroke(at, a, b, 0.0));
        let crosses = (a.y > at.y) != (b.y > at.y);
        if crosses && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
    }
    if inside { -nearest } else { nearest }
}

/// The polygon's corners rounded off to the outside.
pub(super) fn rounded_polygon(at: P, corners: &[P], round: f32) -> f32 {
    polygon(at, corners) - round
}

/// A leaf or petal from `from` to `to`, widest (half width `width`) in its middle: two circles' common part.
#[inline(never)]
pub(super) fn leaf(at: P, from: P, to: P, width: f32) -> f32 {
    let (middle, along) = ((from + to) * 0.5, (to - from) * 0.5);
    let half = along.length();
    let unit = along * (1.0 / half);
    let d = at - middle;
    let (along, across) = (d.dot(unit), d.dot(p(-unit.y, unit.x)).abs());
    // The circle through both ends and the widest point.
    let radius = (half * half + width * width) / (2.0 * width);
    let past_the_tip = p(along.abs() - half, across);
    if across * half < (along.abs() - half) * (radius - width) {
        past_the_tip.length()
    } else {
        p(along, across + radius - width).length() - radius
    }
}

/// Joins two shapes with a fillet of about `round`.
pub(super) fn blend(a: f32, b: f32, round: f32) -> f32 {
    let h = (round - (a - b).abs()).max(0.0) / round;
    a.min(b) - h * h * round * 0.25
}

/// The part of `a` outside `b`.
pub(super) fn without(a: f32, b: f32) -> f32 {
    a.max(-b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_have_the_right_sign_and_size() {
        let centre = p(0.0, 0.0);
        let near = |found: f32, wanted: f32| assert!((found - wanted).abs() < 1e-4, "{found} {wanted}");
        near(circle(p(0.5, 0.0), centre, 0.2), 0.3);
        near(ellipse(p(0.5, 0.0), centre, p(0.5, 0.2)), 0.0);
        near(rounded_box(p(0.0, 0.5), centre, p(0.3, 0.4), 0.1), 0.1);
        near(stroke(p(0.0, 0.3), p(-1.0, 0.0), p(1.0, 0.0), 0.1), 0.2);
        let square = [p(-1.0, -1.0), p(1.0, -1.0), p(1.0, 1.0), p(-1.0, 1.0)];
        near(polygon(p(0.5, 0.0), &square), -0.5);
        near(polygon(p(2.0, 0.0), &square), 1.0);
        near(leaf(p(0.0, 0.1), p(-0.5, 0.0), p(0.5, 0.0), 0.1), 0.0);
        near(leaf(p(0.7, 0.0), p(-0.5, 0.0), p(0.5, 0.0), 0.1), 0.2);
        near(without(-0.3, -0.1), 0.1);
    }
}
