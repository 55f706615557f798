//! A yellow school bus beside the road.

use super::{
    canvas::{Canvas, blended, hex, lit},
    maths::{P, clouds, mix, noise, p, smooth},
    shape::{circle, ellipse, rounded_box, rounded_polygon},
    street::sky,
};

pub(super) fn bus() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        if at.y > 0.45 {
            let dust = 0.16 * clouds(p(at.x * 3.0, at.y * 16.0), 3) + 0.10 * noise(at * 130.0);
            return blended(hex(0xb8b4aa), lit(hex(0x6c6d70), 0.88 + dust), smooth(0.50, 0.53, at.y));
        }
        let leaves = 0.6 * clouds(at * 4.0 + p(5.0, 1.0), 4) + 0.4 * clouds(at * 20.0, 2);
        let trees = blended(hex(0x2a4a24), hex(0x86a85c), smooth(0.2, 0.8, leaves));
        let crowns = 0.5 * clouds(at * 2.0, 3) - 0.35;
        blended(sky(at, 0x5a94d8, 0xdcecf8), trees, smooth(-0.02, 0.06, at.y - crowns))
    });
    canvas.fade(|at| rounded_box(at, p(0.0, 0.66), p(0.88, 0.03), 0.03), 0.07, 0.8, hex(0x101014));
    // Seen from the side; the driver sits on the left.
    let outline = [p(-0.84, -0.52), p(0.86, -0.52), p(0.88, 0.46), p(-0.90, 0.46), p(-0.90, 0.06)];
    let body = |at: P| rounded_polygon(at, &outline, 0.05);
    canvas.fill(body, |at| {
        let light = 1.06 - 0.26 * smooth(-0.5, 0.5, at.y) + 0.10 * smooth(-0.46, -0.54, at.y);
        let paint = lit(hex(0xf8b414), light * mix(1.03, 0.93, (at.x + 1.0) / 2.0));
        let rail = |y: f32| smooth(0.016, 0.010, (at.y - y).abs());
        let rails = rail(0.10) + rail(0.24) + rail(0.34);
        blended(paint, hex(0x1c1a18), rails.min(1.0))
    });
    let glass = |at: P, from: f32| {
        let sheen = smooth(0.03, 0.0, ((at.x + at.y * 0.6 - from) % 0.5).abs() - 0.05);
        blended(hex(0x24323e), hex(0x9cc4da), 0.5 * smooth(0.1, -0.4, at.y) + 0.25 * sheen)
    };
    let mut pane = |centre: P, half: P| {
        let frame = move |at: P| rounded_box(at, centre, half, 0.025);
        canvas.near(centre, 0.5).fill(frame, |_| hex(0x1c1a18));
        canvas.near(centre, 0.5).fill(|at| frame(at) + 0.012, |at| glass(at, centre.x));
    };
    for window in 0..5 {
        pane(p(-0.08 + 0.215 * window as f32, -0.18), p(0.100, 0.19));
    }
    pane(p(-0.80, -0.16), p(0.085, 0.21));
    pane(p(-0.605, -0.16), p(0.085, 0.21));
    pane(p(-0.40, -0.16), p(0.10, 0.22));
    pane(p(-0.40, 0.25), p(0.10, 0.19));
    canvas.fill(|at| rounded_box(at, p(0.0, 0.48), p(0.95, 0.04), 0.02), |_| hex(0x24221f));
    canvas.fill(|at| ellipse(at, p(-0.915, 0.26), p(0.03, 0.055)), |at| lit(hex(0xfff4d0), 1.1 - 1.5 * (at.y - 0.2)));
    for x in [-0.63, 0.54] {
        wheel(&mut canvas, p(x, 0.50));
    }
    canvas
}

fn wheel(canvas: &mut Canvas, hub: P) {
    let mut area = canvas.near(hub, 0.25);
    area.fill(|at| circle(at, hub, 0.205).max(at.y - 0.5), |_| hex(0x1a1816));
    area.fill(|at| circle(at, hub, 0.175), |at| lit(hex(0x2a2a2c), 1.1 - 1.2 * (at.y - hub.y)));
    area.fill(|at| circle(at, hub, 0.095), |at| lit(hex(0xb4b6ba), 1.0 - 3.0 * (at.x + at.y - hub.x - hub.y)));
    area.fill(|at| circle(at, hub, 0.035), |_| hex(0x4c4e52));
}
