//! Handwritten digits: with ink on paper, with chalk on a board. For networks that read digits.

use super::{
    canvas::{Canvas, blended, hex, lit},
    digits::numeral,
    maths::{P, clouds, mix, noise, p, smooth},
};

/// Half of a digit's height, and the pen's radius.
const HEIGHT: f32 = 0.58;
const PEN: f32 = 0.062;

pub(super) fn two_in_ink() -> Canvas {
    on_paper(2, 0.10)
}

pub(super) fn seven_in_ink() -> Canvas {
    on_paper(7, 0.16)
}

/// The way to the strokes of a digit that leans to the right, by a hand that is not quite steady.
fn strokes(at: P, digit: u32, lean: f32) -> f32 {
    let shake = p(clouds(at * 2.3, 2), clouds(at * 2.3 + p(9.0, 4.0), 2)) * 0.11;
    let at = at + shake + p(at.y * lean - 0.055, -0.055);
    numeral(at, digit, HEIGHT, PEN + 0.014 * (noise(at * 3.1) - 0.5))
}

fn on_paper(digit: u32, lean: f32) -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let fibres = 0.97 + 0.05 * clouds(p(at.x * 18.0, at.y * 26.0), 3);
        lit(hex(0xf3eddd), fibres * mix(1.03, 0.95, (at.x + at.y + 2.0) / 4.0))
    });
    // Thinner where the pen was fast.
    let ink = |at: P| strokes(at, digit, lean);
    canvas.fill(ink, |at| blended(hex(0x1a2658), hex(0x2c3d7c), smooth(0.35, 0.75, clouds(at * 4.0, 2))));
    canvas
}

pub(super) fn five_in_chalk() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let wiped = clouds(p(at.x * 2.0 + at.y, at.y * 5.0), 4);
        lit(blended(hex(0x22332b), hex(0x35493f), wiped), mix(1.05, 0.9, (at.y + 1.0) / 2.0))
    });
    // Chalk leaves out the board's pores.
    let grain = |at: P| smooth(0.12, 0.42, noise(at * 70.0) * 0.6 + noise(at * 33.0) * 0.4);
    canvas.glaze(|at| smooth(0.012, -0.012, strokes(at, 5, 0.05)) * mix(0.55, 1.0, grain(at)), |_| hex(0xeef0e8));
    canvas
}
