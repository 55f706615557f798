//! A rocket that leaves the ground.

use super::{
    canvas::{Canvas, blended, ellipsoid, hex, lit},
    maths::{P, clouds, mix, noise, p, random, sin, smooth},
    shape::{circle, ellipse, rounded_box, rounded_polygon},
};

pub(super) fn rocket() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let sky = blended(hex(0x123a80), hex(0x9cc8ee), smooth(-1.1, 0.9, at.y));
        let glow = 0.55 / (1.0 + 8.0 * (at - p(0.0, 0.62)).dot(at - p(0.0, 0.62)));
        let cloud = smooth(0.52, 0.85, clouds(p(at.x * 1.2, at.y * 3.0 + 5.0), 4));
        blended(blended(sky, [1.0; 3], 0.4 * cloud), hex(0xffd690), glow)
    });
    flame(&mut canvas);
    for side in [-1.0, 1.0] {
        let fin = [p(side * 0.11, 0.12), p(side * 0.25, 0.34), p(side * 0.25, 0.44), p(side * 0.11, 0.38)];
        canvas.fill(|at| rounded_polygon(at, &fin, 0.01), |at| lit(hex(0xc8281e), 0.95 - 0.9 * (at.x + 0.1)));
    }
    let nozzle = [p(-0.07, 0.38), p(0.07, 0.38), p(0.10, 0.46), p(-0.10, 0.46)];
    canvas.fill(|at| rounded_polygon(at, &nozzle, 0.005), |at| lit(hex(0x50545c), 1.1 - 6.0 * at.x));
    // The tip is an ogive: half an ellipse, four times as high as wide.
    let body = |at: P| {
        let tube = rounded_box(at, p(0.0, -0.02), p(0.14, 0.41), 0.012);
        tube.min(ellipse(at, p(0.0, -0.42), p(0.14, 0.50)).max(at.y + 0.42))
    };
    canvas.fill(body, |at| {
        let half =
            if at.y < -0.42 { 0.14 * (1.0 - (at.y + 0.42) * (at.y + 0.42) / 0.25).max(0.01).sqrt() } else { 0.14 };
        let across = at.x / half;
        let round = 1.04 - 0.62 * smooth(-0.5, 1.1, across) - 0.22 * smooth(-0.55, -1.0, across);
        let band = |from: f32, to: f32| smooth(from - 0.005, from + 0.005, at.y) * smooth(to + 0.005, to - 0.005, at.y);
        let checks = if (across * 1.6).floor() as i32 % 2 == 0 { 1.0 } else { 0.0 };
        let red = band(-0.96, -0.58) + band(0.20, 0.26);
        let black = band(-0.42, -0.39) + band(-0.02, 0.01) + band(0.27, 0.38) * checks;
        let paint = blended(blended(hex(0xf8f8f6), hex(0xd22c20), red), hex(0x1c1e24), black);
        blended(lit(paint, round), hex(0xffb060), 0.30 * smooth(0.1, 0.4, at.y))
    });
    for y in [-0.28, -0.14] {
        canvas.fill(|at| circle(at, p(-0.01, y), 0.046), |_| hex(0x8c96a4));
        canvas.fill(|at| circle(at, p(-0.01, y), 0.034), |at| lit(hex(0x2c5478), 1.0 - 9.0 * (at.x + at.y - y)));
    }
    canvas
}

/// Fire under the nozzle, and the smoke that it drives out to both sides.
fn flame(canvas: &mut Canvas) {
    for puff in 0..52 {
        let chance = |which| random(puff, which);
        let low = puff as f32 / 51.0;
        let out = mix(-1.0, 1.0, chance(1));
        let place = p(out * mix(0.55, 1.15, low), mix(0.70, 1.02, low) - 0.05 * chance(3) + 0.10 * out * out);
        let size = mix(0.10, 0.19, chance(2)) * mix(0.8, 1.25, low);
        let edge = |at: P| circle(at, place, size) + 0.06 * (clouds(at * 11.0, 3) - 0.5);
        let warm = 0.85 / (1.0 + 16.0 * place.x * place.x);
        canvas.near(place, size + 0.05).glaze(
            |at| 0.9 * smooth(0.02, -0.05, edge(at)),
            |at| {
                let shine = ellipsoid(at, place, p(size, size));
                let smoke =
                    lit(blended(hex(0x8d8a90), hex(0xfdfaf4), shine.diffuse + 0.15), 0.9 + 0.12 * noise(at * 20.0));
                blended(smoke, hex(0xffb450), warm * smooth(0.3, -1.0, shine.normal[1]))
            },
        );
    }
    let plume = |at: P| {
        let down = (at.y - 0.44) / 0.44;
        let width = 0.085 + 0.10 * down - 0.04 * down * down + 0.02 * sin(at.y * 40.0) * noise(at * 9.0);
        (at.x.abs() - width).max(0.44 - at.y)
    };
    canvas.glaze(
        |at| smooth(0.05, -0.06, plume(at)) * smooth(0.98, 0.70, at.y) * smooth(0.42, 0.46, at.y),
        |at| blended(hex(0xff8a14), hex(0xfff8dc), smooth(0.0, -0.09, plume(at)) + 0.4 * smooth(0.7, 0.45, at.y)),
    );
}
