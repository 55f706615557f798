//! Plane geometry, angles and noise from basic operations only, so that a picture has the same bytes on every target
//! (the sine of a platform's own library may differ in the last bit).
//!
//! What is long stays a call, here and in the shapes: the gallery's hundreds of shapes would hold a copy each, be half as large again,
//! and draw no faster.

use std::ops::{Add, Mul, Sub};

pub(super) const PI: f32 = std::f32::consts::PI;
pub(super) const TURN: f32 = 2.0 * PI;

/// A point of the drawing: x to the right, y down, both from -1 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct P {
    pub(super) x: f32,
    pub(super) y: f32,
}

pub(super) const fn p(x: f32, y: f32) -> P {
    P { x, y }
}

impl Add for P {
    type Output = P;
    fn add(self, other: P) -> P {
        p(self.x + other.x, self.y + other.y)
    }
}

impl Sub for P {
    type Output = P;
    fn sub(self, other: P) -> P {
        p(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for P {
    type Output = P;
    fn mul(self, factor: f32) -> P {
        p(self.x * factor, self.y * factor)
    }
}

impl P {
    pub(super) fn dot(self, other: P) -> f32 {
        self.x * other.x + self.y * other.y
    }

    pub(super) fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// Counted from the x axis, clockwise on the screen; -π to π.
    #[inline(never)]
    pub(super) fn angle(self) -> f32 {
        let (long, short) = (self.x.abs().max(self.y.abs()), self.x.abs().min(self.y.abs()));
        let ratio = if long == 0.0 { 0.0 } else { short / long };
        let square = ratio * ratio;
        let mut angle = ratio * (1.0 + square * (-0.327_622_76 + square * (0.159_314_22 - square * 0.046_496_475)));
        if self.y.abs() > self.x.abs() {
            angle = PI / 2.0 - angle;
        }
        if self.x < 0.0 {
            angle = PI - angle;
        }
        if self.y < 0.0 { -angle } else { angle }
    }

    /// Turned clockwise on the screen.
    pub(super) fn turned(self, angle: f32) -> P {
        let (s, c) = (sin(angle), cos(angle));
        p(self.x * c - self.y * s, self.x * s + self.y * c)
    }

    pub(super) fn at_angle(angle: f32, radius: f32) -> P {
        p(cos(angle), sin(angle)) * radius
    }
}

/// Taylor's series to the ninth power on -π/2 to π/2: within 4e-6.
pub(super) fn sin(x: f32) -> f32 {
    let half_turns = (x / PI).round();
    let r = x - half_turns * PI;
    let r2 = r * r;
    let value = r * (1.0 - r2 / 6.0 * (1.0 - r2 / 20.0 * (1.0 - r2 / 42.0 * (1.0 - r2 / 72.0))));
    if half_turns as i32 % 2 == 0 { value } else { -value }
}

pub(super) fn cos(x: f32) -> f32 {
    sin(x + PI / 2.0)
}

pub(super) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// Red, green, blue from 0 to 1.
pub(super) type Colour = [f32; 3];

pub(super) fn blended(a: Colour, b: Colour, t: f32) -> Colour {
    std::array::from_fn(|channel| mix(a[channel], b[channel], t))
}

/// 0 below `from`, 1 above `to` (or the reverse), smooth in between.
pub(super) fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// `x` to the power of 2 to the `doublings`.
pub(super) fn sharpen(x: f32, doublings: u32) -> f32 {
    (0..doublings).fold(x.max(0.0), |power, _| power * power)
}

/// 0 to 1, unrelated for neighbouring arguments.
pub(super) fn random(x: i32, y: i32) -> f32 {
    let mut bits = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ 0x27d4_eb2f;
    for _ in 0..2 {
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x2c1b_3c6d);
    }
    ((bits ^ (bits >> 16)) >> 8) as f32 / 16_777_216.0
}

/// Value noise, 0 to 1, features of size 1.
#[inline(never)]
pub(super) fn noise(at: P) -> f32 {
    let (left, top) = (at.x.floor(), at.y.floor());
    let (u, v) = (smooth(0.0, 1.0, at.x - left), smooth(0.0, 1.0, at.y - top));
    let corner = |dx: i32, dy: i32| random(left as i32 + dx, top as i32 + dy);
    mix(mix(corner(0, 0), corner(1, 0), u), mix(corner(0, 1), corner(1, 1), u), v)
}

/// Noise of `octaves` scales, each half as large and half as strong; 0 to 1.
#[inline(never)]
pub(super) fn clouds(at: P, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut at) = (0.0, 1.0, at);
    let mut total = 0.0;
    for _ in 0..octaves {
        sum += noise(at) * weight;
        total += weight;
        weight *= 0.5;
        at = at.turned(0.6) * 2.0 + p(17.3, 9.1);
    }
    sum / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_close_to_the_platforms() {
        for step in -40..40 {
            let angle = step as f32 * 0.17;
            assert!((sin(angle) - angle.sin()).abs() < 1e-5, "{angle}");
            let at = P::at_angle(angle, 2.0);
            assert!((at.angle() - at.y.atan2(at.x)).abs() < 3e-3, "{angle}");
        }
    }
}
