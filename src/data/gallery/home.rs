//! In the house: a bottle, a plate and a lamp.

use super::{
    canvas::{Canvas, blended, hex, lit},
    maths::{P, TURN, clouds, cos, mix, noise, p, smooth},
    shape::{blend, circle, ellipse, leaf, polygon, rounded_box, tapered},
};

pub(super) fn bottle() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let wall = lit(hex(0xece8e0), mix(1.05, 0.85, (at.x + 1.0) / 2.0));
        blended(wall, lit(hex(0xd8d2c6), 1.05 - 0.2 * at.x), smooth(0.62, 0.72, at.y))
    });
    canvas.fade(|at| ellipse(at, p(0.20, 0.84), p(0.46, 0.05)), 0.08, 0.6, hex(0x2c2a18));
    let glass = |at: P| {
        let body = rounded_box(at, p(0.0, 0.36), p(0.29, 0.50), 0.09);
        let neck = rounded_box(at, p(0.0, -0.52), p(0.088, 0.40), 0.02);
        blend(body, neck, 0.36)
    };
    canvas.fill(glass, |at| {
        let deep = smooth(0.0, -0.13, glass(at));
        let green = blended(hex(0x0e2a12), hex(0x3c7c34), deep * mix(1.0, 0.35, smooth(-0.2, 0.35, at.x)));
        // Light that has passed through the bottle brightens the far side.
        let through = smooth(0.05, 0.20, at.x) * smooth(-0.01, -0.06, glass(at)) * smooth(-0.4, 0.6, at.y);
        lit(blended(green, hex(0x8cc45c), 0.5 * through), 0.95 + 0.1 * noise(at * 6.0))
    });
    let streak = |at: P| (glass(at) + 0.055).abs() - 0.014;
    canvas.glaze(
        |at| 0.75 * smooth(0.012, -0.008, streak(at)) * smooth(0.0, -0.05, at.x) * smooth(0.80, 0.60, at.y),
        |_| [1.0; 3],
    );
    let label = |at: P| rounded_box(at, p(0.0, 0.40), p(0.292, 0.24), 0.01);
    canvas.fill(label, |at| {
        let round = 1.04 - 0.5 * smooth(-0.1, 0.34, at.x) - 0.2 * smooth(-0.2, -0.30, at.x);
        let frame = smooth(0.010, 0.004, (label(at) + 0.03).abs());
        let paper = blended(hex(0xf6efdc), hex(0xa8342c), frame);
        let sun = smooth(0.006, -0.006, circle(at, p(0.0, 0.33), 0.085));
        let text = smooth(0.012, 0.006, (at.y - 0.50).abs()).max(smooth(0.008, 0.003, (at.y - 0.55).abs()))
            * smooth(0.17, 0.165, at.x.abs());
        lit(blended(blended(paper, hex(0xc8462c), sun), hex(0x4c3420), text), round)
    });
    let cap = |at: P| rounded_box(at, p(0.0, -0.80), p(0.092, 0.15), 0.02);
    canvas
        .fill(cap, |at| lit(hex(0xa42c2c), 1.25 - 5.0 * (at.x + 0.03).abs() - smooth(0.012, 0.0, (at.y + 0.68).abs())));
    canvas
}

pub(super) fn plate() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let board = (at.x * 2.4 + 0.3).floor();
        let wood = blended(hex(0x5a3620), hex(0x9a6a3e), clouds(p(at.x * 26.0, at.y * 2.0 + board * 5.0), 4));
        lit(wood, mix(0.55, 1.0, smooth(0.0, 0.03, at.x * 2.4 + 0.3 - board)))
    });
    canvas.fade(|at| circle(at, p(0.07, 0.09), 0.84), 0.09, 0.65, hex(0x140a04));
    canvas.fill(
        |at| circle(at, p(0.0, 0.0), 0.86),
        |at| {
            let radius = at.length();
            // The rim slopes to the well, whose edge catches the light.
            let toward = -(at.x * 0.6 + at.y * 0.8) / radius.max(0.05);
            let slope = 0.5 * smooth(0.05, 0.0, (radius - 0.56).abs()) + 0.18 * smooth(0.56, 0.62, radius)
                - 0.6 * smooth(0.83, 0.86, radius);
            let china = lit(hex(0xf4f3ee), 0.97 - 0.16 * toward * slope * 2.0 - 0.05 * (at.x + at.y));
            let ring = |r: f32, half: f32| smooth(half + 0.006, half, (radius - r).abs());
            let blue = ring(0.835, 0.016).max(ring(0.605, 0.016));
            blended(china, hex(0x234c9c), 0.9 * blue)
        },
    );
    for flower in 0..8 {
        let place = P::at_angle(TURN * (flower as f32 + 0.5) / 8.0, 0.725);
        for petal in 0..8 {
            let tip = P::at_angle(TURN * petal as f32 / 8.0, 0.085);
            let shape = |at: P| leaf(at, place + tip * 0.2, place + tip, 0.016);
            canvas.near(place, 0.09).fill(shape, |_| hex(0x3a68b8));
        }
    }
    canvas
}

pub(super) fn lamp() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let light = 1.0 / (1.0 + 2.6 * (at - p(0.0, -0.36)).dot(at - p(0.0, -0.36)));
        let wall = lit(blended(hex(0x5c4438), hex(0xf2c884), light), 0.9 + 0.1 * clouds(at * 5.0, 3));
        let grain = clouds(p(at.x * 2.0, at.y * 34.0), 4);
        let wood =
            lit(blended(hex(0x5a3418), hex(0x9c6838), grain), 0.55 + 0.8 * light + 0.3 * smooth(0.7, 0.0, at.x.abs()));
        blended(wall, wood, smooth(0.66, 0.67, at.y))
    });
    canvas.fade(|at| ellipse(at, p(0.0, 0.84), p(0.40, 0.05)), 0.06, 0.6, hex(0x1c0e06));
    let foot = |at: P| {
        let vase = ellipse(at, p(0.0, 0.46), p(0.25, 0.30));
        let neck = tapered(at, p(0.0, 0.25), p(0.0, 0.0), 0.07, 0.045);
        blend(blend(vase, neck, 0.2), rounded_box(at, p(0.0, 0.80), p(0.21, 0.035), 0.02), 0.12)
    };
    canvas.fill(foot, |at| {
        let across = at.x / 0.27;
        let glaze = lit(hex(0x1f6e88), 1.05 - 0.65 * smooth(-0.4, 1.0, across) - 0.25 * smooth(-0.5, -1.0, across));
        let glaze = lit(glaze, 1.25 - 0.7 * smooth(0.15, 0.8, at.y));
        blended(glaze, [1.0; 3], 0.75 * smooth(0.05, -0.02, ellipse(at, p(-0.10, 0.36), p(0.025, 0.12))))
    });
    let shade = [p(-0.28, -0.86), p(0.28, -0.86), p(0.60, -0.02), p(-0.60, -0.02)];
    let hood = |at: P| polygon(at, &shade);
    canvas.fill(hood, |at| {
        let half = 0.28 + 0.38 * (at.y + 0.86);
        let across = at.x / half;
        let bulb = 1.0 / (1.0 + 5.0 * (at - p(0.0, -0.34)).dot(at - p(0.0, -0.34)));
        let pleat = 0.96 + 0.04 * cos(across * 70.0);
        let cloth = blended(hex(0xd8923c), hex(0xfff2c4), bulb * (1.0 - 0.35 * across * across));
        let trim = smooth(0.045, 0.035, (at.y + 0.86).min(-0.02 - at.y));
        lit(blended(cloth, hex(0x9c5424), 0.7 * trim), pleat)
    });
    canvas
}
