//! A mug of coffee on a saucerless table.

use super::{
    canvas::{Canvas, blended, hex, lit},
    maths::{P, clouds, mix, noise, p, sin, smooth},
    shape::{ellipse, rounded_box},
};

pub(super) fn coffee_mug() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let wall = lit(hex(0x5f7a86), mix(1.15, 0.75, (at.x + 1.0) / 2.0) + 0.06 * clouds(at * 2.0, 3));
        let grain = clouds(p(at.x * 2.0, at.y * 30.0), 4);
        let wood = lit(blended(hex(0x8c582c), hex(0xc08850), grain), mix(0.8, 1.1, (at.y - 0.3) / 0.7));
        blended(wall, wood, smooth(0.30, 0.31, at.y))
    });
    canvas.fade(|at| ellipse(at, p(0.16, 0.74), p(0.66, 0.11)), 0.10, 0.65, hex(0x201006));
    let ring = |at: P| {
        let outer = rounded_box(at, p(0.50, 0.08), p(0.30, 0.33), 0.24);
        (outer + 0.055).abs() - 0.055
    };
    canvas.fill(ring, |at| {
        let round = 1.0 - smooth(-0.055, 0.0, ring(at)) * 0.45;
        lit(hex(0xd83428), (0.98 - 0.25 * (at.x - 0.4) - 0.25 * at.y) * round)
    });
    let (left, right, rim, foot) = (-0.58, 0.46, -0.42, 0.66);
    let (middle, half) = (p((left + right) / 2.0, 0.0), (right - left) / 2.0);
    // A cylinder: sides, and the ellipses of rim and foot.
    let body = move |at: P| {
        let straight = (at.x - middle.x).abs() - half;
        let bulge = foot + 0.085 * (1.0 - ((at.x - middle.x) / half) * ((at.x - middle.x) / half)).max(0.0).sqrt();
        straight.max(at.y - bulge).max(rim - at.y).min(ellipse(at, p(middle.x, rim), p(half, 0.105)))
    };
    canvas.fill(body, |at| {
        let across = (at.x - middle.x) / half;
        let facing = (1.0 - across * across).max(0.0).sqrt();
        let light = 0.40 + 0.70 * (facing * 0.75 - across * 0.55).max(0.0);
        let glaze = lit(hex(0xd83428), light + 0.04 * noise(at * 50.0));
        let stripe =
            smooth(0.02, -0.02, (across + 0.58).abs() - 0.07) * smooth(-0.30, -0.15, at.y) * smooth(0.68, 0.45, at.y);
        blended(glaze, [1.0; 3], 0.55 * stripe)
    });
    canvas.fill(|at| ellipse(at, p(middle.x, rim), p(half, 0.105)), |_| hex(0xf06a58));
    let inside = |at: P| ellipse(at, p(middle.x, rim), p(half - 0.035, 0.085));
    canvas.fill(inside, |at| lit(hex(0x9c2018), 0.7 + 0.5 * (at.x - left)));
    let coffee = move |at: P| {
        ellipse(at, p(middle.x, rim + 0.03), p(half - 0.05, 0.068)).max(ellipse(
            at,
            p(middle.x, rim),
            p(half - 0.035, 0.085),
        ))
    };
    canvas.fill(coffee, |at| {
        let foam = smooth(-0.016, -0.002, coffee(at)) + 0.6 * smooth(0.62, 0.75, clouds(at * 14.0, 3));
        blended(hex(0x32180a), hex(0xa8703c), foam)
    });
    steam(&mut canvas, middle.x);
    canvas
}

fn steam(canvas: &mut Canvas, middle: f32) {
    for (wisp, x) in [(0.0, -0.18), (2.1, 0.02), (4.4, 0.22)] {
        let opacity = move |at: P| {
            let height = smooth(-0.46, -0.98, at.y);
            let sway = middle + x + 0.07 * sin(at.y * 7.0 + wisp) * (0.3 + height);
            let width = mix(0.03, 0.09, height);
            let d = (at.x - sway) / width;
            0.40 * smooth(1.0, 0.0, d.abs())
                * smooth(-0.44, -0.56, at.y)
                * (1.0 - height)
                * (0.5 + clouds(at * 5.0 + p(wisp, 0.0), 3))
        };
        canvas.glaze(opacity, |_| [1.0; 3]);
    }
}
