//! Digits and capitals from strokes: for the clocks and the street.

use super::{
    maths::{P, PI, p},
    shape::{circle, path, rounded_box, stroke},
};

/// A seven-segment digit around the origin; `half_width`, `half_height` to the middle of its segments.
pub(super) fn segments(at: P, digit: usize, half_width: f32, half_height: f32) -> f32 {
    // Top, upper right, lower right, bottom, lower left, upper left, middle.
    const LIT: [u8; 10] = [
        0b011_1111, 0b000_0110, 0b101_1011, 0b100_1111, 0b110_0110, 0b110_1101, 0b111_1101, 0b000_0111, 0b111_1111,
        0b110_1111,
    ];
    let (w, h, gap) = (half_width, half_height, 0.028);
    let across = |y: f32| stroke(at, p(-w + gap, y), p(w - gap, y), 0.03);
    let down = |x: f32, from: f32| stroke(at, p(x, from + gap), p(x, from + h - gap), 0.03);
    let all = [across(-h), down(w, -h), down(w, 0.0), across(h), down(-w, 0.0), down(-w, -h), across(0.0)];
    let lit = LIT[digit % 10];
    all.iter().enumerate().filter(|(segment, _)| lit >> segment & 1 == 1).map(|(_, &d)| d).fold(f32::MAX, f32::min)
}

/// A number from 1 to 99 in round strokes; `height` is half of the digits' height.
pub(super) fn numeral(at: P, number: u32, height: f32, stroke_radius: f32) -> f32 {
    let digit_at =
        |x: f32, digit: u32| digit_strokes((at - p(x, 0.0)) * (1.0 / height), digit) * height - stroke_radius;
    if number < 10 {
        return digit_at(0.0, number);
    }
    let shift = height * 0.62;
    digit_at(-shift, number / 10).min(digit_at(shift, number % 10))
}

/// Distance to the middle of the strokes of a digit within ±0.5 × ±1.
fn digit_strokes(at: P, digit: u32) -> f32 {
    let lines = |points: &[[f32; 2]]| {
        let strokes =
            points.windows(2).map(|ends| stroke(at, p(ends[0][0], ends[0][1]), p(ends[1][0], ends[1][1]), 0.0));
        strokes.fold(f32::MAX, f32::min)
    };
    let bowl = |x: f32, y: f32, radius: f32| circle(at, p(x, y), radius).abs();
    match digit {
        0 => rounded_box(at, p(0.0, 0.0), p(0.52, 1.0), 0.52).abs(),
        1 => lines(&[[-0.3, -0.65], [0.08, -1.0], [0.08, 1.0]]),
        2 => arc(at, p(0.0, -0.5), 0.5, -PI, 0.55).min(lines(&[[0.43, -0.25], [-0.5, 1.0], [0.55, 1.0]])),
        3 => arc(at, p(0.0, -0.52), 0.46, -2.6, 1.57).min(arc(at, p(0.0, 0.47), 0.53, -1.57, 2.6)),
        4 => lines(&[[0.25, 1.0], [0.25, -1.0], [-0.55, 0.45], [0.6, 0.45]]),
        5 => lines(&[[0.45, -1.0], [-0.35, -1.0], [-0.42, -0.05]]).min(arc(at, p(-0.02, 0.42), 0.56, -2.3, 2.5)),
        6 => bowl(0.0, 0.45, 0.52).min(lines(&[[-0.52, 0.4], [-0.3, -0.45], [0.3, -1.0]])),
        7 => lines(&[[-0.5, -1.0], [0.52, -1.0], [-0.15, 1.0]]),
        8 => bowl(0.0, -0.53, 0.45).min(bowl(0.0, 0.47, 0.53)),
        _ => bowl(0.0, -0.45, 0.52).min(lines(&[[0.52, -0.4], [0.3, 0.45], [-0.3, 1.0]])),
    }
}

/// Distance to the arc of a circle between two angles (clockwise on the screen).
fn arc(at: P, centre: P, radius: f32, from: f32, to: f32) -> f32 {
    let d = at - centre;
    let middle = (from + to) / 2.0;
    let turned = d.turned(-middle);
    let half = (to - from) / 2.0;
    if turned.angle().abs() <= half {
        return (d.length() - radius).abs();
    }
    let end = |angle: f32| (d - P::at_angle(angle, radius)).length();
    end(from).min(end(to))
}

/// The strokes of `STOP` around the origin; letters within ±1 of height, 1 wide, side by side.
pub(super) fn stop(at: P) -> f32 {
    let [s, t, o, r] = [-2.22, -0.76, 0.72, 2.24].map(|x| at - p(x, 0.0));
    let s = arc(s, p(0.0, -0.5), 0.5, -PI - 1.57, -0.45).min(arc(s, p(0.0, 0.5), 0.5, -1.57, PI - 0.45));
    let t = path(t, &[p(-0.55, -1.0), p(0.55, -1.0)], 0.0).min(stroke(t, p(0.0, -1.0), p(0.0, 1.0), 0.0));
    let o = rounded_box(o, p(0.0, 0.0), p(0.52, 1.0), 0.5).abs();
    let bowl = arc(r, p(0.05, -0.48), 0.52, -1.57, 1.57);
    let r = bowl.min(path(r, &[p(0.05, -1.0), p(-0.45, -1.0), p(-0.45, 1.0)], 0.0)).min(stroke(
        r,
        p(-0.45, 0.04),
        p(0.05, 0.04),
        0.0,
    ));
    s.min(t).min(o).min(r)
}
