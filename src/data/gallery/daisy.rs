//! A daisy in a meadow.

use super::{
    canvas::{Canvas, blended, hex, lit},
    maths::{P, PI, TURN, clouds, cos, mix, noise, p, random, sin, smooth},
    shape::{circle, ellipse, tapered},
};

pub(super) fn daisy() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let deep = clouds(at * 1.6 + p(3.0, 5.0), 3);
        let green = blended(hex(0x163a0e), hex(0x5c8f2c), smooth(0.25, 0.75, deep));
        lit(green, mix(1.05, 0.7, (at.y + 1.0) / 2.0))
    });
    blades(&mut canvas);
    let centre = p(0.02, -0.04);
    canvas.fade(|at| circle(at, centre + p(0.06, 0.1), 0.66), 0.22, 0.55, hex(0x0b2008));
    petals(&mut canvas, centre, 17, 0.09, 0.80, 0.84);
    petals(&mut canvas, centre, 17, 0.0, 0.76, 1.0);
    florets(&mut canvas, centre);
    canvas
}

fn blades(canvas: &mut Canvas) {
    for blade in 0..46 {
        let chance = |which| random(blade, which);
        let root = p(mix(-1.2, 1.2, chance(0)), 1.1);
        let tip = p(root.x + mix(-0.5, 0.5, chance(1)), mix(-0.9, 0.5, chance(2)));
        let colour = blended(hex(0x2c5a16), hex(0x86b342), chance(3));
        let width = mix(0.012, 0.03, chance(4));
        let reach = (tip - root).length() / 2.0 + 0.05;
        let share = |at| 0.5 * smooth(0.012, -0.012, tapered(at, root, tip, width, 0.002));
        let mut area = canvas.near((root + tip) * 0.5, reach);
        area.glaze(share, |at| lit(colour, mix(1.1, 0.6, (at.y + 1.0) / 2.0)));
    }
}

fn petals(canvas: &mut Canvas, centre: P, count: i32, turned: f32, reach: f32, light: f32) {
    for petal in 0..count {
        let angle = TURN * petal as f32 / count as f32 + turned + 0.1 * (random(petal, 7) - 0.5);
        let reach = reach * mix(0.93, 1.04, random(petal, 11));
        // Narrow at the root, broad and round at the tip.
        let distance = |at: P| {
            let d = (at - centre).turned(-angle);
            let middle = p(0.08 + reach * 0.46, 0.0);
            let width = 0.088 * mix(0.75, 1.1, smooth(0.1, 0.8, d.x / reach));
            ellipse(d, middle, p(reach * 0.46, width))
        };
        let mut area = canvas.near(centre + P::at_angle(angle, 0.45), 0.52);
        area.fade(|at| distance(at - p(0.012, 0.02)), 0.03, 0.30, hex(0x223322));
        area.fill(distance, |at| {
            let d = (at - centre).turned(-angle);
            let along = d.x / reach;
            let groove = 0.5 + 0.5 * cos(d.y * 95.0);
            let round = 1.0 - 9.0 * d.y.abs() * d.y.abs();
            let shade = mix(0.72, 1.0, smooth(0.15, 0.6, along)) * round * (1.0 - 0.07 * groove);
            // Petals that look away from the light are a little blue.
            let side = 0.5 + 0.5 * sin(angle + PI * 0.75);
            lit(blended(hex(0xfffffb), hex(0xdfe6f2), side), shade * light)
        });
    }
}

/// The florets of a head stand at the golden angle to each other (Vogel 1979).
fn florets(canvas: &mut Canvas, centre: P) {
    let radius = 0.215;
    canvas.fade(|at| circle(at, centre + p(0.015, 0.03), radius), 0.05, 0.5, hex(0x554010));
    canvas.fill(|at| circle(at, centre, radius), |at| lit(hex(0xc88408), 0.8 + 0.3 * noise(at * 60.0)));
    let count = 210;
    for floret in 0..count {
        let out = (floret as f32 / count as f32).sqrt();
        let place = centre + P::at_angle(2.399_963 * floret as f32, out * (radius - 0.012));
        let light = 1.02 - 0.35 * out + 0.3 * (-(place.x - centre.x) - (place.y - centre.y));
        let colour = lit(blended(hex(0xf7e030), hex(0xf2a510), smooth(0.1, 0.9, out)), light);
        let dot = |at: P| circle(at, place, 0.0125);
        canvas
            .near(place, 0.02)
            .fill(dot, |at| lit(colour, 1.0 - 12.0 * ((at.x - place.x) + (at.y - place.y)).max(0.0)));
    }
}
