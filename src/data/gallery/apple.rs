//! A red apple on a sheet of paper.

use super::{
    canvas::{Canvas, blended, ellipsoid, hex, lit, shaded},
    maths::{P, clouds, mix, noise, p, smooth},
    shape::{ellipse, leaf, tapered},
};

pub(super) fn apple() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        // The light crosses the sheet from the left.
        lit(hex(0xf6f4ef), mix(1.04, 0.86, (at.x + at.y + 2.0) / 4.0) + 0.02 * clouds(at * 5.0, 3))
    });
    canvas.fade(|at| ellipse(at, p(0.14, 0.70), p(0.66, 0.12)), 0.14, 0.65, hex(0x3c2420));
    let (centre, radii) = (p(0.0, 0.12), p(0.74, 0.72));
    // Broad above and narrow below, with a hollow at the stalk and a small one under it.
    let body = |at: P| {
        let q = at - centre;
        let hollow = 0.15 * smooth(0.50, 0.0, q.x.abs()) * smooth(0.0, -0.6, q.y);
        let foot = 0.05 * smooth(0.28, 0.0, q.x.abs()) * smooth(0.3, 0.6, q.y);
        ellipse(p(q.x / (1.0 - 0.10 * q.y), q.y - hollow + foot), p(0.0, 0.0), radii)
    };
    canvas.fill(body, |at| {
        let shine = ellipsoid(at, centre, radii * 1.03);
        let q = at - p(0.0, -0.42);
        // Streaks run down from the stalk.
        let streak = clouds(p(16.0 * q.x / (0.45 + q.y.max(0.0)), 1.6 * at.y), 4);
        let red = blended(hex(0x8e0a16), hex(0xe0281e), 0.35 + 0.75 * (streak - 0.25) + 0.3 * shine.diffuse);
        let gold = smooth(0.42, 0.0, p(q.x * 0.8, q.y * 1.5).length() + 0.25 * (streak - 0.5));
        let skin = blended(red, hex(0xe9b44a), 0.85 * gold);
        shaded(skin, shine, 0.55)
    });
    // The paper throws light back at the dark side.
    let rim =
        |at: P| 0.42 * smooth(-0.22, 0.0, body(at)) * smooth(0.0, -0.01, body(at)) * smooth(-0.2, 0.8, at.x + at.y);
    canvas.glaze(rim, |_| hex(0xd8604c));
    canvas.glaze(
        |at| 0.75 * smooth(0.17, 0.0, ellipse(at, p(0.0, -0.40), p(0.17, 0.035))) * smooth(0.0, -0.01, body(at)),
        |_| hex(0x3c1406),
    );
    let stalk = |at: P| tapered(at, p(0.0, -0.38), p(0.07, -0.74), 0.022, 0.034);
    canvas.fill(stalk, |at| lit(hex(0x6a4426), 1.2 - 9.0 * (at.x - 0.035 + 0.2 * (at.y + 0.56))));
    let (root, tip) = (p(0.03, -0.56), p(-0.50, -0.84));
    canvas.fill(
        |at| leaf(at, root, tip, 0.12),
        |at| {
            let vein = smooth(0.0, 0.012, tapered(at, root, tip, 0.0, 0.0));
            lit(hex(0x4b8f2c), mix(1.4, 0.85 - 0.9 * (at.x + 0.2) - 0.9 * (at.y + 0.7), vein) + 0.1 * noise(at * 28.0))
        },
    );
    // What the skin shows of a window.
    canvas.fade(|at| ellipse((at - p(-0.30, -0.16)).turned(0.6), p(0.0, 0.0), p(0.06, 0.13)), 0.05, 0.6, [1.0; 3]);
    canvas
}
