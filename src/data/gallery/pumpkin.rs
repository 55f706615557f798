//! A jack-o'-lantern in the night.

use super::{
    canvas::{Canvas, blended, ellipsoid, hex, lit, shaded},
    maths::{P, clouds, mix, noise, p, smooth},
    shape::{ellipse, polygon, tapered},
};

pub(super) fn jack_o_lantern() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let night = blended(hex(0x12102a), hex(0x2c1c30), smooth(-1.0, 0.6, at.y) + 0.3 * clouds(at * 2.0, 4));
        let ground = lit(hex(0x3a2412), 0.5 + 0.9 * clouds(p(at.x * 5.0, at.y * 16.0), 4));
        blended(night, ground, smooth(0.52, 0.56, at.y + 0.03 * noise(at * 8.0)))
    });
    canvas.fade(|at| ellipse(at, p(0.0, 0.72), p(0.86, 0.16)), 0.14, 0.85, hex(0x060302));
    canvas.fade(|at| ellipse(at, p(0.0, 0.10), p(0.86, 0.70)), 0.22, 0.25, hex(0xd06010));
    stem(&mut canvas);
    // Ribs from the sides to the middle, each an ellipsoid of its own.
    for (x, width) in [(0.52, 0.34), (0.31, 0.36), (0.0, 0.36)] {
        for side in [-1.0, 1.0] {
            rib(&mut canvas, p(x * side, 0.12), p(width, 0.63 - 0.16 * x));
        }
    }
    face(&mut canvas);
    canvas
}

fn stem(canvas: &mut Canvas) {
    let stem = |at: P| tapered(at, p(0.0, -0.42), p(0.12, -0.76), 0.12, 0.065);
    canvas.fill(stem, |at| {
        lit(hex(0x5c7430), 1.1 - 3.0 * (at.x - 0.02).max(-0.1) + 0.3 * noise(p(at.x * 50.0 + at.y * 12.0, at.y * 2.0)))
    });
}

fn rib(canvas: &mut Canvas, centre: P, radii: P) {
    let segment = |at: P| ellipse(at, centre, radii);
    canvas.fill(segment, |at| {
        let mut shine = ellipsoid(at, p(0.0, 0.1), p(0.95, 0.72));
        let own = ellipsoid(at, centre, radii);
        shine.diffuse = shine.diffuse * 0.55 + own.diffuse * 0.45;
        shine.gloss = own.gloss * shine.diffuse;
        let crease = smooth(0.0, -0.10, ellipse(at, centre, radii));
        let skin = blended(hex(0xd85c08), hex(0xff901c), shine.diffuse);
        let speckle = 0.93 + 0.14 * clouds(p(at.x * 24.0, at.y * 7.0), 3);
        shaded(lit(skin, speckle * mix(0.55, 1.0, crease)), shine, 0.30)
    });
}

fn face(canvas: &mut Canvas) {
    let eye = |side: f32| [p(-0.50 * side, -0.02), p(-0.14 * side, -0.02), p(-0.30 * side, -0.30)];
    let (left, right, nose) = (eye(1.0), eye(-1.0), [p(-0.09, 0.17), p(0.09, 0.17), p(0.0, 0.02)]);
    // A grin with teeth.
    let mouth = [
        p(-0.60, 0.20),
        p(-0.44, 0.29),
        p(-0.36, 0.33),
        p(-0.34, 0.43),
        p(-0.20, 0.46),
        p(-0.18, 0.37),
        p(0.0, 0.39),
        p(0.18, 0.37),
        p(0.20, 0.46),
        p(0.34, 0.43),
        p(0.36, 0.33),
        p(0.44, 0.29),
        p(0.60, 0.20),
        p(0.52, 0.42),
        p(0.36, 0.56),
        p(0.14, 0.61),
        p(0.12, 0.51),
        p(-0.04, 0.52),
        p(-0.06, 0.63),
        p(-0.30, 0.59),
        p(-0.50, 0.44),
    ];
    let holes = move |at: P| {
        let eyes = polygon(at, &left).min(polygon(at, &right));
        eyes.min(polygon(at, &nose)).min(polygon(at, &mouth)) - 0.012
    };
    canvas.fade(holes, 0.10, 0.55, hex(0xffa830));
    canvas.fill(|at| holes(at) - 0.006, |_| hex(0x8a3404));
    canvas.fill(holes, |at| {
        // The rind's thickness, lit from within, shows on the upper left of each hole.
        let inside = holes(at - p(0.028, 0.034));
        let flame = (at - p(0.0, 0.30)).length();
        let light = blended(hex(0xfff4a0), hex(0xffa418), smooth(0.05, 0.75, flame + 0.2 * noise(at * 6.0)));
        blended(light, hex(0xc06210), smooth(-0.012, 0.012, inside))
    });
}
