//! Clocks: one with hands, one with digits.

use super::{
    canvas::{Canvas, blended, hex, lit},
    digits::{numeral, segments},
    maths::{P, PI, TURN, clouds, mix, noise, p, smooth},
    shape::{circle, rounded_box, stroke, tapered},
};

pub(super) fn analog_clock() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let plaster = 0.92 + 0.10 * clouds(at * 7.0, 4);
        lit(hex(0xc9b898), plaster * mix(1.08, 0.80, (at.x + at.y + 2.0) / 4.0))
    });
    let centre = p(0.0, 0.0);
    canvas.fade(|at| circle(at, p(0.07, 0.10), 0.84), 0.12, 0.55, hex(0x2c2010));
    // The rim: a ring of metal whose light turns once around.
    let ring = |at: P| circle(at, centre, 0.86);
    canvas.fill(ring, |at| {
        let ring = ((at.length() - 0.78) / 0.08).clamp(-1.0, 1.0);
        let facing = -(at.x * 0.6 + at.y * 0.8) / at.length().max(0.1) * ring;
        blended(hex(0x1b1716), hex(0xb4a89c), smooth(-0.2, 1.0, facing))
    });
    canvas.fill(|at| circle(at, centre, 0.715), |at| lit(hex(0xf8f5ec), mix(1.02, 0.9, (at.x + at.y + 1.4) / 2.8)));
    canvas.fade(|at| (circle(at, p(0.03, 0.04), 0.70)).abs() - 0.012, 0.03, 0.22, hex(0x403830));
    for minute in 0..60 {
        let angle = TURN * minute as f32 / 60.0;
        let (length, width) = if minute % 5 == 0 { (0.060, 0.011) } else { (0.030, 0.004) };
        let (from, to) = (P::at_angle(angle, 0.675), P::at_angle(angle, 0.675 - length));
        canvas.fill(|at| stroke(at, from, to, width), |_| hex(0x1c1c20));
    }
    for hour in 1..=12_u32 {
        let place = P::at_angle(TURN * hour as f32 / 12.0 - PI / 2.0, 0.500);
        canvas.fill(|at| numeral(at - place, hour, 0.072, 0.012), |_| hex(0x1c1c20));
    }
    hands(&mut canvas);
    // Glass: a pale band of window light.
    let band = |at: P| smooth(0.03, -0.03, circle(at, p(-0.45, -0.62), 0.62));
    canvas.glaze(|at| 0.16 * smooth(0.0, -0.02, circle(at, centre, 0.70)) * band(at), |_| [1.0; 3]);
    canvas
}

/// Eight minutes past ten, as clocks are shown.
fn hands(canvas: &mut Canvas) {
    let (hour, minute, second) =
        (TURN * (10.14 / 12.0) - PI / 2.0, TURN * (8.5 / 60.0) - PI / 2.0, TURN * 0.58 - PI / 2.0);
    let hands = [(hour, 0.36, 0.026, 0x141418), (minute, 0.57, 0.019, 0x141418), (second, 0.60, 0.006, 0xb81c1c)];
    for (angle, length, width, colour) in hands {
        let (tail, tip) = (P::at_angle(angle, -0.12), P::at_angle(angle, length));
        let distance = |at: P| tapered(at, tail, tip, width, width * 0.55);
        canvas.fade(|at| distance(at - p(0.015, 0.025)), 0.025, 0.35, hex(0x302820));
        canvas.fill(distance, |_| hex(colour));
    }
    canvas.fill(|at| circle(at, p(0.0, 0.0), 0.036), |at| lit(hex(0x8c1818), 1.0 - 8.0 * (at.x + at.y)));
}

pub(super) fn digital_clock() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let wall = lit(hex(0x3a333c), mix(1.1, 0.55, (at.y + 1.0) / 1.6));
        let grain = clouds(p(at.x * 3.0, at.y * 40.0), 3);
        let wood = lit(blended(hex(0x6a3d1e), hex(0x945c30), grain), mix(0.55, 1.0, (at.y - 0.3) / 0.7));
        blended(wall, wood, smooth(0.395, 0.405, at.y))
    });
    let body = |at: P| rounded_box(at, p(0.0, 0.05), p(0.88, 0.44), 0.10);
    canvas.fade(|at| rounded_box(at, p(0.03, 0.53), p(0.90, 0.05), 0.05), 0.09, 0.8, hex(0x0c0604));
    canvas.fill(body, |at| {
        let edge = smooth(-0.05, 0.0, body(at));
        let top = smooth(-0.30, -0.40, at.y);
        lit(blended(hex(0x26262a), hex(0x6a6a72), edge * top), 1.0 + 0.12 * noise(at * 120.0))
    });
    let screen = |at: P| rounded_box(at, p(0.0, 0.05), p(0.77, 0.33), 0.04);
    canvas.fill(|at| screen(at) - 0.02, |_| hex(0x08080a));
    canvas.fill(screen, |at| lit(hex(0x1c0405), mix(1.5, 0.7, (at.y + 0.3) / 0.7)));
    let places = [-0.56, -0.22, 0.22, 0.56];
    let distance = |at: P| {
        let lean = |place: f32| p(at.x - place + (at.y - 0.05) * 0.10, at.y - 0.05);
        let digits = places.iter().zip([1, 0, 2, 8]).map(|(&place, digit)| segments(lean(place), digit, 0.115, 0.2));
        let colon = [-0.09, 0.09].map(|y| circle(lean(0.0), p(0.0, y), 0.03));
        digits.chain(colon).fold(f32::MAX, f32::min)
    };
    let all = |at: P| {
        let lean = |place: f32| p(at.x - place + (at.y - 0.05) * 0.10, at.y - 0.05);
        places.iter().map(|&place| segments(lean(place), 8, 0.115, 0.2)).fold(f32::MAX, f32::min)
    };
    canvas.fill(all, |_| hex(0x2e0708));
    canvas.glaze(|at| 0.55 * smooth(0.10, 0.0, distance(at)) * smooth(0.0, -0.02, screen(at)), |_| hex(0xd01014));
    canvas.fill(distance, |at| blended(hex(0xff3028), hex(0xffb090), smooth(-0.010, -0.028, distance(at))));
    let glass = |at: P| smooth(0.02, -0.02, at.x * 0.6 + at.y + 0.12);
    canvas.glaze(|at| 0.07 * smooth(0.0, -0.01, screen(at)) * glass(at), |_| [1.0; 3]);
    canvas
}
