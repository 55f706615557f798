//! Trees: a palm on its beach, a maple in autumn.

use super::{
    canvas::{Canvas, Colour, blended, hex, lit},
    maths::{P, PI, TURN, clouds, mix, noise, p, random, sin, smooth},
    shape::{blend, ellipse, tapered},
    street::sky,
};

pub(super) fn palm_tree() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let water = blended(hex(0x49c2c4), hex(0x1874a8), smooth(0.62, 0.36, at.y));
        let water = lit(water, 0.9 + 0.2 * clouds(p(at.x * 4.0, at.y * 40.0), 3));
        let beach = 0.64 + 0.05 * sin(at.x * 2.4 + 0.6);
        let foam = smooth(0.03, 0.0, (at.y - beach).abs());
        let sand = lit(hex(0xecd8a8), 0.88 + 0.12 * clouds(at * 9.0, 3) + 0.06 * noise(at * 120.0));
        let shore = blended(blended(water, sand, smooth(-0.01, 0.02, at.y - beach)), [1.0; 3], 0.7 * foam);
        blended(sky(at, 0x2878d0, 0xbfe2f4), shore, smooth(-0.004, 0.004, at.y - 0.36))
    });
    canvas.fade(|at| ellipse(at, p(0.10, 0.86), p(0.46, 0.035)), 0.05, 0.5, hex(0x6a5430));
    let (crown, foot) = (p(0.10, -0.34), 0.88);
    // The trunk bends; rings are left where fronds were.
    let height = |at: P| ((foot - at.y) / (foot - crown.y)).clamp(0.0, 1.0);
    let bend = |at: P| crown.x - 0.34 * (1.0 - height(at)) * (1.0 - height(at));
    let width = |at: P| mix(0.085, 0.046, smooth(0.0, 0.5, height(at)));
    let trunk = |at: P| ((at.x - bend(at)).abs() - width(at)).max(at.y - foot).max(crown.y - at.y);
    canvas.fill(trunk, |at| {
        let across = (at.x - bend(at)) / width(at);
        let ring = (height(at) * 24.0 + 0.2 * across * across) % 1.0;
        lit(
            hex(0xa98a62),
            (0.95 - 0.45 * across) * mix(0.68, 1.05, smooth(0.0, 0.35, ring)) * (0.85 + 0.3 * noise(at * 50.0)),
        )
    });
    for frond in 0..13 {
        // Those behind come first, and are darker.
        let front = frond as f32 / 12.0;
        let angle = PI * (0.92 + 1.16 * ((frond * 5 % 13) as f32 / 12.0 - 0.02)) + 0.2 * random(frond, 3);
        palm_frond(&mut canvas, crown, angle, mix(0.62, 0.74, random(frond, 5)), front);
    }
    for (x, y) in [(-0.05, 0.04), (0.06, 0.05), (0.0, 0.08)] {
        let nut = crown + p(x, y);
        let light = |at: P| 1.0 - 6.0 * (at.x + at.y - nut.x - nut.y);
        canvas.near(nut, 0.08).fill(|at| ellipse(at, nut, p(0.045, 0.05)), |at| lit(hex(0x7c5a2c), light(at)));
    }
    canvas
}

/// A rib that its weight bends, with leaflets on both sides.
fn palm_frond(canvas: &mut Canvas, crown: P, angle: f32, reach: f32, front: f32) {
    let heading = P::at_angle(angle, reach);
    let rib = |t: f32| crown + heading * t + p(0.0, 0.02 * t + 0.30 * t * t);
    for step in 1..=26 {
        let t = step as f32 / 26.0;
        let (root, along) = (rib(t - 0.04), rib(t) - rib(t - 0.04));
        let along = along * (1.0 / along.length());
        for side in [-1.0, 1.0] {
            let long = 0.22 * sin(PI * (0.12 + 0.80 * t));
            let tip = root + (along.turned(side * 0.75) + p(0.0, 0.35)) * long;
            let sun = 0.5 - 0.5 * side * along.x - 0.3 * along.y + 0.3 * random(step, (angle * 9.0) as i32);
            let green = blended(hex(0x1c4a18), hex(0x9cc04a), sun * mix(0.45, 1.0, front));
            let blade = |at: P| tapered(at, root, tip, 0.013, 0.001);
            canvas.near((root + tip) * 0.5, 0.14).fill(blade, |_| green);
        }
    }
}

pub(super) fn maple_tree() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let lawn = blended(hex(0x4a7a24), hex(0x9cb848), clouds(p(at.x * 6.0, at.y * 24.0), 4));
        let hedge = blended(hex(0x2c4c2c), hex(0x6c8c50), clouds(at * 9.0, 3));
        let edge = 0.44 + 0.10 * clouds(at * 4.0, 3);
        let far = blended(sky(at, 0x4c8cd8, 0xd8eaf8), hedge, smooth(-0.02, 0.02, at.y - edge));
        blended(far, lawn, smooth(0.58, 0.61, at.y))
    });
    canvas.fade(|at| ellipse(at, p(0.08, 0.84), p(0.72, 0.06)), 0.10, 0.55, hex(0x1c3410));
    let wood = |at: P| {
        let trunk = tapered(at, p(0.0, 0.84), p(0.0, 0.10), 0.085, 0.05);
        let left = tapered(at, p(0.0, 0.36), p(-0.42, -0.10), 0.045, 0.02);
        blend(blend(trunk, left, 0.1), tapered(at, p(0.0, 0.28), p(0.40, -0.16), 0.045, 0.02), 0.1)
    };
    canvas.fill(wood, |at| {
        lit(hex(0x5e4534), 0.7 + 0.6 * noise(p(at.x * 50.0, at.y * 7.0)) - 2.4 * at.x.clamp(-0.1, 0.2))
    });
    // Clusters of leaves, each lit from the upper left; those behind come first.
    for cluster in 0..34 {
        let chance = |which| random(cluster, which);
        let place = P::at_angle(2.399_963 * cluster as f32, 0.62 * (1.0 - cluster as f32 / 34.0).sqrt());
        let centre = p(place.x * 1.12, place.y * 0.90 - 0.20);
        let size = mix(0.15, 0.21, chance(1));
        canvas.near(centre, size + 0.03).fade(|at| (at - centre).length() - size * 0.72, 0.06, 0.8, hex(0x7a1c0c));
        for leaf in 0..80 {
            let chance = |which| random(cluster * 80 + leaf, which);
            let off = P::at_angle(TURN * chance(2), size * chance(3).sqrt());
            let light =
                0.55 - (off.x * 0.9 + off.y * 1.5) * 1.6 - 0.30 * (centre.x + centre.y) + 0.5 * (chance(4) - 0.5);
            leaf_dab(&mut canvas, centre + off, chance(5), light);
        }
    }
    for fallen in 0..70 {
        let chance = |which| random(fallen, which + 20);
        leaf_dab(&mut canvas, p(mix(-0.9, 0.9, chance(0)), mix(0.70, 0.98, chance(1))), chance(2), 0.5 * chance(3));
    }
    canvas
}

fn leaf_dab(canvas: &mut Canvas, place: P, lean: f32, light: f32) {
    let palette: [Colour; 3] = [hex(0x941c0a), hex(0xe4481a), hex(0xffb43c)];
    let colour = blended(blended(palette[0], palette[1], light * 2.0), palette[2], light * 2.0 - 1.0);
    let dab = |at: P| ellipse((at - place).turned(PI * lean), p(0.0, 0.0), p(0.024, 0.014));
    canvas.near(place, 0.03).fill(dab, |_| colour);
}
