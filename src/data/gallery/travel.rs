//! For the networks of CIFAR-10, whose input is 32 × 32: an aeroplane and a ship, large and plain.

use super::{
    canvas::{Canvas, blended, hex, lit},
    maths::{P, clouds, mix, noise, p, sin, smooth},
    shape::{blend, circle, ellipse, polygon, rounded_box, rounded_polygon, stroke, tapered},
};

pub(super) fn airplane() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let sky = blended(hex(0x3a78c8), hex(0xb4d8f4), (at.y + 1.0) / 2.0);
        blended(sky, [1.0; 3], 0.85 * smooth(0.50, 0.85, clouds(p(at.x * 1.1 + 2.0, at.y * 2.4 + 6.0), 5)))
    });
    // Seen from the side, climbing a little; the nose is on the right.
    let own = |at: P| ((at - p(0.03, 0.0)) * 1.06).turned(0.16);
    let far_wing = [p(0.10, -0.06), p(0.26, -0.08), p(-0.10, -0.34), p(-0.20, -0.34)];
    canvas.fill(|at| rounded_polygon(own(at), &far_wing, 0.01), |_| hex(0x8a94a2));
    let fin = [p(-0.86, -0.10), p(-0.52, -0.10), p(-0.76, -0.46), p(-0.92, -0.46)];
    let tail = |at: P| rounded_polygon(own(at), &fin, 0.02);
    canvas.fill(tail, |at| blended(hex(0xd8282c), hex(0x8a1420), (own(at).y + 0.46) * 2.2));
    let fuselage = |q: P| {
        blend(
            tapered(q, p(-0.78, -0.045), p(-0.3, 0.0), 0.055, 0.125),
            stroke(q, p(-0.4, 0.0), p(0.62, 0.0), 0.125),
            0.1,
        )
        .min(ellipse(q, p(0.62, 0.012), p(0.27, 0.113)))
    };
    let body = |at: P| fuselage(own(at));
    canvas.fill(body, |at| {
        let y = own(at).y;
        let round = mix(1.06, 0.58, smooth(-0.11, 0.13, y));
        let white = lit(hex(0xf6f7fa), round);
        blended(white, hex(0xd02c30), smooth(0.008, 0.0, (y - 0.035).abs() - 0.012))
    });
    for window in 0..17 {
        let place = p(-0.46 + window as f32 * 0.062, -0.028);
        canvas.fill(|at| rounded_box(own(at), place, p(0.012, 0.018), 0.010), |_| hex(0x2c3c54));
    }
    let cockpit = |at: P| polygon(own(at), &[p(0.70, -0.06), p(0.80, -0.035), p(0.79, -0.015), p(0.70, -0.02)]);
    canvas.fill(cockpit, |_| hex(0x243044));
    let near_tail = [p(-0.84, -0.04), p(-0.66, -0.04), p(-0.88, 0.12), p(-0.98, 0.12)];
    canvas.fill(|at| rounded_polygon(own(at), &near_tail, 0.01), |at| lit(hex(0xb8c0cc), 1.0 - 1.5 * own(at).y));
    let engine = |q: P| stroke(q, p(0.02, 0.235), p(0.17, 0.235), 0.065);
    canvas.fill(|at| engine(own(at)), |at| lit(hex(0xd4dae2), 1.0 - 4.0 * (own(at).y - 0.21)));
    canvas.fill(|at| ellipse(own(at), p(0.215, 0.235), p(0.022, 0.055)), |_| hex(0x2a303a));
    let near_wing = [p(-0.08, 0.06), p(0.26, 0.06), p(-0.30, 0.50), p(-0.42, 0.50)];
    let wing = |at: P| rounded_polygon(own(at), &near_wing, 0.012);
    canvas.fill(wing, |at| lit(hex(0xc4ccd8), 1.08 - 0.75 * own(at).y + 0.3 * own(at).x));
    canvas
}

pub(super) fn ship() -> Canvas {
    let horizon = 0.16;
    let mut canvas = Canvas::new(|at| {
        let sky = blended(hex(0x6aa4dc), hex(0xe4eef4), smooth(-1.0, horizon, at.y));
        let sky = blended(sky, [1.0; 3], 0.7 * smooth(0.5, 0.8, clouds(p(at.x * 1.4 + 3.0, at.y * 3.4), 5)));
        let depth = ((at.y - horizon) / (1.0 - horizon)).max(0.0);
        let wave = clouds(p(at.x * mix(12.0, 3.5, depth), at.y * mix(70.0, 16.0, depth)), 4);
        let sea = blended(hex(0x1a4a78), hex(0x4c8ab4), wave);
        blended(sky, lit(sea, 1.1 - 0.3 * depth), smooth(horizon - 0.004, horizon + 0.004, at.y))
    });
    for (x, colour) in [(-0.14, 0xd02c24), (0.16, 0xd02c24)] {
        let funnel = [p(x - 0.07, -0.62), p(x + 0.06, -0.62), p(x + 0.07, -0.2), p(x - 0.08, -0.2)];
        let chimney = |at: P| rounded_polygon(at, &funnel, 0.008);
        canvas.fill(chimney, |at| {
            let band = smooth(-0.535, -0.525, at.y);
            lit(blended(hex(0x1c1c22), hex(colour), band), 1.2 - 3.0 * (at.x - x + 0.03).abs())
        });
    }
    let decks = [(-0.62, 0.58, -0.02), (-0.50, 0.47, -0.14), (-0.38, 0.36, -0.26)];
    for (left, right, y) in decks {
        let deck =
            move |at: P| rounded_box(at, p((left + right) / 2.0, y + 0.06), p((right - left) / 2.0, 0.07), 0.015);
        canvas.fill(deck, |at| {
            let windows = (at.x * 14.0 - (at.x * 14.0).floor() - 0.5).abs() < 0.24 && (at.y - y - 0.05).abs() < 0.024;
            if windows && deck(at) < -0.03 { hex(0x384c64) } else { lit(hex(0xfafaf6), 1.02 - 0.18 * (at.x + 0.3)) }
        });
    }
    canvas.fill(|at| stroke(at, p(0.52, 0.0), p(0.52, -0.52), 0.009), |_| hex(0x505054));
    let hull = [p(-0.86, 0.10), p(0.92, 0.06), p(0.72, 0.44), p(-0.74, 0.44)];
    let steel = |at: P| rounded_polygon(at, &hull, 0.02);
    canvas.fill(steel, |at| {
        let steel = blended(hex(0x162644), hex(0xa82a22), smooth(0.352, 0.358, at.y));
        let steel = blended(steel, hex(0xf4f4f0), smooth(0.012, 0.006, (at.y - 0.135 + 0.02 * at.x).abs()));
        lit(steel, 1.15 - 0.25 * at.x - 0.3 * (at.y - 0.1))
    });
    for porthole in 0..13 {
        canvas.fill(|at| circle(at, p(-0.62 + porthole as f32 * 0.1, 0.235), 0.014), |_| hex(0xe8dca0));
    }
    // The bow wave and the wake.
    let foam = |at: P| at.y - 0.425 - 0.02 * sin(at.x * 22.0) - 0.05 * noise(at * 16.0);
    let crest = |at: P| {
        let bow = smooth(0.0, 0.01, foam(at)) * smooth(0.56, 0.44, at.y) * smooth(0.95, 0.75, at.x.abs());
        bow * (0.45 + 0.5 * noise(at * 24.0))
    };
    canvas.glaze(crest, |_| hex(0xf0f6fa));
    let wake = |at: P| 0.35 * smooth(0.46, 0.52, at.y) * smooth(0.80, 0.5, at.y) * smooth(0.85, 0.6, at.x.abs());
    canvas.glaze(wake, |_| hex(0x142c4c));
    canvas
}
