//! A ladybird on a leaf.

use super::{
    canvas::{Canvas, blended, ellipsoid, hex, lit, shaded},
    maths::{P, TURN, clouds, mix, noise, p, sin, smooth},
    shape::{circle, ellipse, stroke, without},
};

pub(super) fn ladybug() -> Canvas {
    let mut canvas = Canvas::new(leaf);
    // The beetle rests, its legs drawn in, and looks to the upper left; drawn upright in its own frame.
    let own = |at: P| ((at - p(0.02, 0.04)) * 1.05).turned(0.8);
    canvas.fade(|at| ellipse(own(at - p(0.10, 0.13)), p(0.0, 0.06), p(0.52, 0.64)), 0.12, 0.7, hex(0x0c2006));
    head(&mut canvas, own);
    shell(&mut canvas, own);
    canvas
}

fn leaf(at: P) -> super::canvas::Colour {
    let q = at.turned(0.35);
    let vein = |d: f32, width: f32| smooth(width, 0.0, d.abs());
    let slanted = (q.x.abs() * 0.8 + q.y) * 2.6;
    let rib = vein(q.x, 0.030).max(0.55 * vein((slanted - slanted.floor() - 0.5) * 0.38, 0.016));
    let cells = clouds(at * 24.0, 3);
    let green = blended(hex(0x3c841c), hex(0x7cc03a), 0.55 * cells + 0.35 * clouds(at * 2.0, 2));
    let green = lit(green, mix(1.15, 0.72, (at.x + at.y + 2.0) / 4.0) - 0.10 * sin(slanted * TURN).max(0.0));
    blended(green, hex(0xb4dc74), 0.7 * rib)
}

fn head(canvas: &mut Canvas, own: impl Fn(P) -> P) {
    let face = |at: P| ellipse(own(at), p(0.0, -0.59), p(0.18, 0.12));
    canvas.fill(face, |at| shaded(hex(0x1a1818), ellipsoid(own(at), p(0.0, -0.59), p(0.18, 0.12)), 0.4));
    let collar = |at: P| ellipse(own(at), p(0.0, -0.46), p(0.36, 0.17));
    canvas.fill(collar, |at| shaded(hex(0x1c1a1a), ellipsoid(own(at), p(0.0, -0.46), p(0.38, 0.26)), 0.5));
    for side in [-1.0, 1.0] {
        canvas.fill(|at| ellipse(own(at), p(side * 0.25, -0.48), p(0.075, 0.085)), |_| hex(0xf4eedc));
        canvas.fill(|at| circle(own(at), p(side * 0.08, -0.665), 0.024), |_| hex(0xf4eedc));
    }
}

fn shell(canvas: &mut Canvas, own: impl Fn(P) -> P) {
    let (centre, radii) = (p(0.0, 0.06), p(0.56, 0.58));
    let shell = |q: P| without(ellipse(q, centre, radii), ellipse(q, p(0.0, -0.60), p(0.45, 0.20)));
    // In the beetle's frame the light would turn with it; it is taken on the page.
    let shine = |at: P| ellipsoid(at, p(0.02, 0.04) + p(-0.03, 0.06), p(0.60, 0.62));
    let spots = [(0.24, -0.20, 0.105), (0.31, 0.14, 0.12), (0.17, 0.43, 0.10)];
    let back = |at: P| shell(own(at));
    canvas.fill(back, |at| {
        let q = own(at);
        let red = blended(hex(0xc82004), hex(0xff5414), shine(at).diffuse);
        let spot =
            spots.iter().map(|&(x, y, r)| ellipse(p(q.x.abs(), q.y), p(x, y), p(r, r * 1.08))).fold(f32::MAX, f32::min);
        let spot = spot.min(ellipse(q, p(0.0, -0.36), p(0.10, 0.12)));
        let colour = blended(red, hex(0x120e0e), smooth(0.006, -0.006, spot));
        let seam = smooth(0.012, 0.004, stroke(q, p(0.0, -0.5), p(0.0, 0.7), 0.0));
        let colour = blended(colour, hex(0x200808), seam);
        let edge = smooth(0.0, -0.05, shell(q));
        shaded(lit(colour, mix(0.55, 1.0, edge) * (0.97 + 0.06 * noise(at * 60.0))), shine(at), 0.75)
    });
    // A window's second reflection.
    canvas.fade(|at| ellipse(at.turned(0.5), p(-0.16, -0.26), p(0.10, 0.05)), 0.04, 0.55, [1.0; 3]);
}
