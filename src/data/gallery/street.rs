//! Beside a road: a traffic light and a stop sign.

use super::{
    canvas::{Canvas, Colour, blended, ellipsoid, hex, lit},
    digits::stop,
    maths::{P, PI, clouds, mix, noise, p, smooth},
    shape::{circle, polygon, rounded_box},
};

/// Clouds before a sky that goes from one colour down to another.
#[inline(never)]
pub(super) fn sky(at: P, top: u32, bottom: u32) -> Colour {
    let blue = blended(hex(top), hex(bottom), (at.y + 1.0) / 2.0);
    let cloud = smooth(0.48, 0.80, clouds(p(at.x * 1.3 + 4.0, at.y * 2.6 + 1.0), 5));
    blended(blue, hex(0xffffff), cloud * 0.8)
}

pub(super) fn traffic_light() -> Canvas {
    let mut canvas = Canvas::new(|at| sky(at, 0x3f6fb4, 0xb9d3ea));
    let pole = |at: P| rounded_box(at, p(0.0, 1.0), p(0.055, 0.6), 0.0);
    canvas.fill(pole, |at| lit(hex(0x505458), 1.25 - 12.0 * (at.x + 0.02).abs()));
    let body = |at: P| rounded_box(at, p(0.0, -0.08), p(0.33, 0.86), 0.07);
    canvas.fill(|at| body(at) - 0.035, |_| hex(0xddd8c8));
    canvas.fill(|at| body(at) - 0.012, |_| hex(0x101210));
    canvas.fill(body, |at| {
        let edge = smooth(0.0, -0.06, body(at));
        lit(hex(0x232a24), mix(1.5, 1.0, edge) * (1.0 - 0.45 * at.x) + 0.08 * noise(at * 90.0))
    });
    let lamps = [(-0.62, 0xff301c, true), (-0.08, 0x5c4408, false), (0.46, 0x0c462a, false)];
    for (y, colour, on) in lamps {
        lamp(&mut canvas, p(0.0, y), hex(colour), on);
    }
    canvas
}

fn lamp(canvas: &mut Canvas, centre: P, colour: Colour, on: bool) {
    let radius = 0.215;
    // The visor throws a shadow and hides the upper rim.
    canvas.fade(|at| circle(at, centre + p(0.0, 0.03), radius + 0.03), 0.04, 0.7, hex(0x040604));
    let frame = |at: P| circle(at, centre, radius + 0.022);
    canvas.fill(frame, |at| lit(hex(0x3c443c), mix(1.5, 0.4, (at.y - centre.y + 0.25) / 0.5)));
    let glass = |at: P| circle(at, centre, radius);
    canvas.fill(glass, |at| {
        let shine = ellipsoid(at, centre, p(radius, radius));
        let d = at - centre;
        let cell = |v: f32| (v * 30.0 - (v * 30.0).floor() - 0.5).abs();
        let prisms = 1.0 - 0.22 * smooth(0.3, 0.5, cell(d.x + d.y).max(cell(d.x - d.y)));
        let middle = 1.0 - d.length() / radius;
        if on {
            lit(blended(colour, hex(0xffe0b0), smooth(0.15, 1.1, middle)), (0.78 + 0.4 * middle) * prisms)
        } else {
            let glass = lit(colour, (0.55 + 0.9 * shine.diffuse) * prisms);
            blended(glass, [1.0; 3], 0.30 * shine.gloss)
        }
    });
    let visor = |at: P| {
        (circle(at, centre + p(0.0, -0.02), radius + 0.045)).max(-circle(at, centre + p(0.0, 0.075), radius + 0.02))
    };
    canvas.fill(|at| visor(at).max(at.y - centre.y - 0.02), |at| lit(hex(0x1a201c), 1.3 - 1.2 * (at.x + 0.2)));
    if on {
        let halo = |at: P| 0.55 * smooth(0.30, -0.16, glass(at)) * smooth(0.5, 0.0, (at - centre).length());
        canvas.glaze(halo, |_| colour);
    }
}

pub(super) fn stop_sign() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let leaves = 0.6 * clouds(at * 4.0 + p(2.0, 8.0), 5) + 0.4 * clouds(at * 22.0, 2);
        let tree = blended(hex(0x22401c), hex(0x749a4c), smooth(0.25, 0.8, leaves));
        blended(sky(at, 0x5a8acc, 0xd0e2f0), tree, smooth(-0.02, 0.10, at.y - 0.25 + 0.5 * clouds(at * 2.2, 3) - 0.2))
    });
    let post = |at: P| rounded_box(at, p(0.0, 0.9), p(0.05, 0.9), 0.0);
    canvas.fill(post, |at| lit(hex(0x8c9092), 1.2 - 9.0 * (at.x + 0.015).abs()));
    let centre = p(0.0, -0.14);
    let octagon = |size: f32| {
        let corners: [P; 8] =
            std::array::from_fn(|corner| centre + P::at_angle(PI * (corner as f32 + 0.5) / 4.0, size));
        move |at: P| polygon(at, &corners)
    };
    let (outer, inner) = (octagon(0.78), octagon(0.725));
    canvas.fade(|at| outer(at - p(0.03, 0.05)), 0.06, 0.35, hex(0x101810));
    let light = |at: P| 1.06 - 0.16 * (at.x + at.y) + 0.05 * clouds(at * 5.0, 3);
    canvas.fill(outer, |at| lit(hex(0xf2f2f0), light(at)));
    canvas.fill(inner, |at| lit(hex(0xc01820), light(at)));
    canvas.fill(|at| stop((at - centre) * (1.0 / 0.205)) * 0.205 - 0.040, |at| lit(hex(0xf6f6f4), light(at)));
    for y in [-0.56, 0.56] {
        let bolt = |at: P| circle(at, centre + p(0.0, y), 0.022);
        canvas.fill(bolt, |at| lit(hex(0x9a9a98), 1.0 - 14.0 * (at.y - centre.y - y)));
    }
    canvas
}
