//! A jellyfish in deep water.

use super::{
    canvas::{Canvas, blended, hex, lit},
    maths::{P, PI, clouds, cos, mix, p, random, sin, smooth},
    shape::{ellipse, without},
};

pub(super) fn jellyfish() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let deep = blended(hex(0x0a5cb8), hex(0x02124a), smooth(-1.1, 0.9, at.y));
        let rays = clouds(p(at.x * 3.0 + at.y * 0.8, 1.0), 2) * smooth(0.6, -1.0, at.y);
        lit(deep, 0.85 + 0.45 * rays)
    });
    let centre = p(0.0, -0.28);
    canvas.fade(|at| ellipse(at, centre, p(0.62, 0.52)), 0.30, 0.45, hex(0x4a90f0));
    tentacles(&mut canvas, centre);
    arms(&mut canvas, centre);
    bell(&mut canvas, centre);
    for speck in 0..60 {
        let place = p(mix(-1.0, 1.0, random(speck, 1)), mix(-1.0, 1.0, random(speck, 2)));
        canvas.near(place, 0.02).fade(|at| (at - place).length() - 0.003, 0.007, 0.5 * random(speck, 3), hex(0xc8e4ff));
    }
    canvas
}

fn bell(canvas: &mut Canvas, centre: P) {
    let frill = |at: P| 0.035 * cos(at.x * 30.0);
    let bell = move |at: P| {
        let dome = ellipse(at, centre, p(0.60, 0.50));
        without(dome, ellipse(at, centre + p(0.0, 0.42), p(0.66, 0.36 + frill(at))))
    };
    let opacity = move |at: P| 0.88 * smooth(0.004, -0.004, bell(at));
    canvas.glaze(opacity, move |at| {
        let d = at - centre;
        let out = p(d.x / 0.60, d.y / 0.50).length();
        let fold = 0.5 + 0.5 * cos((d.x / (0.62 - 0.30 * d.y.max(-0.5).abs())) * PI * 5.0);
        let rim = smooth(0.62, 1.0, out);
        let glow = blended(hex(0xf0a0c8), hex(0xffe6f2), rim);
        let glow = lit(glow, 0.72 + 0.35 * rim + 0.10 * fold - 0.25 * smooth(-0.5, 0.3, d.y));
        blended(glow, hex(0x5060d0), 0.30 * (1.0 - rim))
    });
    // Four rings shine through the bell.
    for (x, y) in [(-0.17, -0.10), (0.17, -0.10), (-0.07, -0.20), (0.07, -0.20)] {
        let ring = move |at: P| ellipse(at, centre + p(x, y), p(0.095, 0.06)).abs() - 0.014;
        canvas.fade(ring, 0.02, 0.65, hex(0xff66a8));
    }
    canvas.fade(move |at| ellipse(at, centre + p(-0.22, -0.30), p(0.16, 0.05)), 0.06, 0.5, [1.0; 3]);
}

/// Thin threads from the rim, swaying with the current.
fn tentacles(canvas: &mut Canvas, centre: P) {
    for thread in 0..26 {
        let side = (thread as f32 / 25.0 - 0.5) * 1.06;
        let (phase, length) = (random(thread, 5) * 6.0, mix(0.7, 1.15, random(thread, 6)));
        let share = |at: P| {
            let down = at.y - centre.y - 0.05;
            let x = side * (1.0 - 0.10 * down) + 0.05 * sin(down * 5.0 + phase) * down;
            let along = smooth(0.0, 0.05, down) * smooth(length, length * 0.5, down);
            0.55 * smooth(0.010, 0.002, (at.x - x).abs()) * along
        };
        canvas.glaze(share, |_| hex(0xf8c0dc));
    }
}

/// Four broad, frilled arms under the middle.
fn arms(canvas: &mut Canvas, centre: P) {
    for (arm, side) in [-0.20, -0.07, 0.07, 0.20].into_iter().enumerate() {
        let phase = arm as f32 * 1.7;
        let share = |at: P| {
            let down = at.y - centre.y;
            let x = side * (1.0 + 0.2 * down) + 0.06 * sin(down * 4.0 + phase) * down;
            let ragged = 0.018 * sin(down * 46.0 + phase * 3.0) + 0.012 * sin(down * 83.0);
            let width = mix(0.085, 0.01, smooth(0.0, 0.95, down)) + ragged * smooth(0.0, 0.3, down);
            let width = width.max(0.006);
            0.62 * smooth(width, width * 0.4, (at.x - x).abs()) * smooth(0.0, 0.06, down) * smooth(0.98, 0.7, down)
        };
        canvas.glaze(share, |at| blended(hex(0xffd8ea), hex(0xd870b8), 0.5 + 0.5 * sin(at.y * 40.0 + phase)));
    }
}
