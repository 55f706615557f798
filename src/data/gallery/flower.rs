//! Flowers on their stalks: a sunflower and a poppy.

use super::{
    canvas::{Canvas, Colour, blended, hex, lit},
    maths::{P, PI, TURN, clouds, mix, noise, p, random, smooth},
    shape::{circle, ellipse, leaf, tapered},
    street::sky,
};

/// Out of focus: a garden behind the flower.
fn garden(at: P) -> Colour {
    let green = blended(hex(0x1c3c16), hex(0x6c9a3c), smooth(0.25, 0.75, clouds(at * 2.0 + p(6.0, 2.0), 3)));
    lit(green, mix(1.1, 0.75, (at.y + 1.0) / 2.0))
}

fn blade(canvas: &mut Canvas, root: P, tip: P, width: f32, colour: u32) {
    let (middle, reach) = ((root + tip) * 0.5, (tip - root).length() * 0.5 + 0.02);
    canvas.near(middle, reach).fill(
        |at| leaf(at, root, tip, width),
        |at| {
            let vein = smooth(0.0, 0.02, tapered(at, root, tip, 0.0, 0.0));
            let side = (at - root).dot(p(tip.y - root.y, root.x - tip.x));
            lit(hex(colour), mix(1.25, if side > 0.0 { 1.0 } else { 0.78 }, vein) + 0.10 * noise(at * 24.0))
        },
    );
}

pub(super) fn sunflower() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let field = blended(hex(0x3c6a1c), hex(0xd8b02c), smooth(0.4, 0.8, clouds(p(at.x * 9.0, at.y * 14.0), 3)));
        blended(sky(at, 0x2f78d0, 0xc4e2f6), field, smooth(0.70, 0.76, at.y))
    });
    canvas.fill(
        |at| tapered(at, p(0.06, 1.1), p(0.0, 0.1), 0.065, 0.05),
        |at| lit(hex(0x5a8a2e), 1.1 - 5.0 * (at.x - 0.03)),
    );
    blade(&mut canvas, p(0.04, 0.92), p(-0.66, 0.72), 0.17, 0x4b8426);
    blade(&mut canvas, p(0.05, 0.96), p(0.74, 0.82), 0.16, 0x5c9430);
    let centre = p(0.0, -0.12);
    for (ring, count, reach, light) in [(0, 24, 0.80, 0.80), (1, 24, 0.76, 0.92), (2, 19, 0.68, 1.04)] {
        for petal in 0..count {
            let chance = |which| random(petal + 40 * ring, which);
            let angle = TURN * (petal as f32 + 0.33 * ring as f32 + 0.4 * chance(1)) / count as f32;
            let (root, tip) = (
                P::at_angle(angle, 0.24),
                P::at_angle(angle + 0.1 * (chance(2) - 0.5), reach * mix(0.9, 1.05, chance(3))),
            );
            let (root, tip) = (centre + root, centre + tip);
            let shape = |at: P| leaf(at, root, tip, 0.088);
            let mut area = canvas.near((root + tip) * 0.5, (tip - root).length() * 0.5 + 0.05);
            area.fade(|at| shape(at - p(0.012, 0.018)), 0.025, 0.35, hex(0x5c3404));
            area.fill(shape, |at| {
                let out = ((at - centre).length() - 0.24) / 0.55;
                let yellow = blended(hex(0xe88a04), hex(0xffdc24), smooth(-0.05, 0.45, out));
                let crease = smooth(0.0, 0.016, tapered(at, root, tip, 0.0, 0.0));
                lit(yellow, light * mix(0.88, 1.02, crease) - 0.06 * chance(4))
            });
        }
    }
    // The florets stand at the golden angle to each other (Vogel 1979): ripe outside, still closed in the middle.
    canvas.fade(|at| circle(at, centre + p(0.01, 0.02), 0.335), 0.04, 0.6, hex(0x4c2404));
    canvas.fill(|at| circle(at, centre, 0.33), |_| hex(0x1e0f06));
    for floret in 0..330 {
        let out = (floret as f32 / 330.0).sqrt();
        let place = centre + P::at_angle(2.399_963 * floret as f32, out * 0.325);
        let brown = blended(hex(0x5a3a14), hex(0x3a1c0a), smooth(0.1, 0.5, out));
        let brown = blended(brown, hex(0x8c5214), smooth(0.72, 0.98, out) * random(floret, 3));
        let light = 1.15 - 0.8 * (place.x + place.y - centre.x - centre.y);
        canvas
            .near(place, 0.022)
            .fill(|at| circle(at, place, 0.0135), |at| lit(brown, light - 18.0 * (at.x + at.y - place.x - place.y)));
    }
    canvas
}

pub(super) fn poppy() -> Canvas {
    let mut canvas = Canvas::new(garden);
    canvas.fill(
        |at| tapered(at, p(0.16, 1.1), p(0.0, 0.2), 0.03, 0.028),
        |at| lit(hex(0x6f9440), 1.2 - 8.0 * (at.x - 0.06)),
    );
    let centre = p(0.0, -0.06);
    for (angle, reach, light) in [(-0.50, 0.50, 0.72), (0.52, 0.50, 0.80), (-1.04, 0.44, 0.98), (0.02, 0.46, 1.04)] {
        let angle = angle * PI;
        let middle = centre + P::at_angle(angle, 0.34);
        let outwards = |d: P| d * (1.0 / d.length().max(0.01));
        let frill = |at: P| 0.04 * (noise(outwards(at - middle) * 3.2 + p(5.0, 7.0 * angle)) - 0.5);
        let petal = |at: P| ellipse((at - middle).turned(-angle), p(0.0, 0.0), p(reach, reach * 1.22)) + frill(at);
        let mut area = canvas.near(middle, 0.68);
        area.fade(|at| petal(at - p(0.02, 0.03)), 0.06, 0.45, hex(0x300404));
        area.fill(petal, |at| {
            let d = at - centre;
            let fold = clouds(outwards(d) * 9.0 + d, 3);
            let red = blended(hex(0xb80c08), hex(0xff4a22), 0.15 + 0.8 * fold);
            let blotch = smooth(0.36, 0.24, d.length() + 0.12 * (fold - 0.5));
            lit(blended(red, hex(0x1a0a14), 0.92 * blotch), light * mix(1.12, 0.94, smooth(0.0, -0.05, petal(at))))
        });
    }
    for stamen in 0..90 {
        let (angle, out) = (2.399_963 * stamen as f32, mix(0.12, 0.25, random(stamen, 1)));
        let tip = centre + P::at_angle(angle, out);
        canvas.near(tip, 0.16).fill(|at| tapered(at, centre, tip, 0.004, 0.003), |_| hex(0x241422));
        canvas
            .near(tip, 0.03)
            .fill(|at| circle(at, tip, 0.014), |_| blended(hex(0x2a1a30), hex(0x6c5a70), random(stamen, 2)));
    }
    let pod = |at: P| circle(at, centre, 0.10);
    canvas.fill(pod, |at| {
        let ray = ((at - centre).angle() / TURN * 10.0 + 20.0) % 1.0 - 0.5;
        lit(
            blended(hex(0x8fa860), hex(0x3c4c30), smooth(0.22, 0.08, ray.abs())),
            1.1 - 3.0 * (at.x + at.y - centre.x - centre.y),
        )
    });
    canvas
}
