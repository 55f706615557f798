//! Wide views: a mountain above its lake, the sea in the evening, and a road.

use super::{
    canvas::{Canvas, Colour, blended, hex, lit},
    maths::{P, clouds, mix, noise, p, random, sharpen, smooth},
    street::sky,
};

pub(super) fn mountain() -> Canvas {
    let shore = 0.56;
    // The lake mirrors what stands above its shore.
    Canvas::new(|at| {
        let depth = at.y - shore;
        if depth < 0.0 {
            return range(at, shore);
        }
        let ripple = noise(p(at.x * 5.0, at.y * 70.0)) - 0.5;
        let mirrored = range(p(at.x + 0.05 * ripple, shore - 0.9 * depth + 0.03 * ripple), shore);
        lit(blended(mirrored, hex(0x1d4a6e), 0.30 + 0.4 * depth), 0.92 + 0.12 * ripple)
    })
}

/// The range behind `shore`: three peaks, the highest with snow, and woods at their foot.
fn range(at: P, shore: f32) -> Colour {
    let mut colour = sky(at, 0x3a78c4, 0xd4e6f4);
    for (x, top, steep, haze) in [(-0.70, -0.26, 0.70, 0.40), (0.76, -0.38, 0.78, 0.30), (0.04, -0.72, 0.98, 0.0)] {
        let d = p(at.x - x, at.y - top);
        let mut inside = d.y - steep * d.x.abs();
        // Jagged, which counts only near the edge.
        if inside.abs() < 0.13 {
            inside += 0.26 * (clouds(p(at.x * 4.2, x), 5) - 0.5) * smooth(0.0, 0.12, d.y);
        }
        if inside < 0.0 {
            continue;
        }
        // Ridges fan out from the summit; each is light on its left and dark on its right.
        let warp = 5.0 * d.x / (d.y + 0.30) + 0.4 * noise(at * 9.0);
        let [left, right] = [0.16, -0.16].map(|turn| clouds(p(warp + turn, 2.6 * d.y + x), 4));
        let light = (0.5 + 3.2 * (left - right) - 0.5 * d.x).clamp(0.0, 1.0);
        let snowline = 0.32 + 0.28 * (left + right) + 0.12 * (clouds(at * 14.0, 2) - 0.5);
        let rock = blended(hex(0x2c3a54), hex(0x7c8698), light);
        let snow = blended(hex(0x7f9cc8), hex(0xffffff), light);
        let face = blended(rock, snow, smooth(0.04, -0.04, d.y - snowline + 0.4 * haze));
        let air = haze + 0.30 * smooth(0.2, 1.3, d.y);
        colour = blended(colour, blended(face, hex(0x9fbedd), air), smooth(0.0, 0.008, inside));
    }
    let spikes = (0..2).map(|row| {
        let place = at.x * mix(19.0, 31.0, row as f32) + 7.3 * row as f32;
        let tree = place.floor();
        let high = 0.07 + 0.08 * random(tree as i32, row) + 0.16 * at.x * at.x;
        at.y - shore + high * (1.0 - 1.7 * (place - tree - 0.5).abs())
    });
    let woods = blended(hex(0x0e2620), hex(0x2f5838), 0.5 * noise(at * 60.0) + 0.5 * smooth(shore, shore - 0.15, at.y));
    blended(colour, woods, smooth(-0.006, 0.006, spikes.fold(-1.0, f32::max)))
}

pub(super) fn sea() -> Canvas {
    let (horizon, sun) = (-0.10, p(0.22, -0.30));
    Canvas::new(|at| {
        let near = ((at.y - horizon) / (1.0 - horizon)).max(0.0);
        let glow = |at: P| 1.0 / (1.0 + 7.0 * (at - sun).dot(at - sun));
        let dusk = |at: P| {
            let sky = blended(hex(0x2b4f96), hex(0xf2b27c), smooth(-1.0, 0.0, at.y));
            blended(sky, hex(0xffdf9c), 0.9 * sharpen(glow(at), 1))
        };
        if at.y < horizon {
            let cloud = smooth(0.46, 0.72, clouds(p(at.x * 1.3 + 3.0, at.y * 5.0), 5));
            let lined = blended(hex(0x6a5a86), hex(0xffc890), glow(at));
            let sky = blended(dusk(at), lined, 0.75 * cloud);
            return blended(sky, hex(0xfff8dc), smooth(0.094, 0.086, (at - sun).length()));
        }
        let far = 1.0 / (near + 0.05);
        let swell = |shift: f32| clouds(p(1.6 * at.x * far + 20.0, 3.4 * far + shift), 4);
        let slope = (swell(0.12) - swell(-0.12)) * mix(1.0, 2.6, near);
        // A slope throws back the sky from farther up or down.
        let mirrored = dusk(p(at.x, -0.15 - 0.75 * near - 0.8 * slope));
        let water = blended(hex(0x0c2c50), mirrored, (0.50 + 1.3 * slope).clamp(0.12, 0.9));
        let path = smooth(0.10 + 0.34 * near, 0.0, (at.x - sun.x).abs());
        blended(water, hex(0xffe4ac), path * smooth(0.02, 0.26, slope + 0.10 - 0.06 * near))
    })
}

pub(super) fn road() -> Canvas {
    let horizon = -0.06;
    Canvas::new(|at| {
        if at.y < horizon {
            let hills = horizon - 0.13 - 0.05 * noise(p(at.x * 2.6 + 4.0, 0.0));
            let sky = blended(sky(at, 0x3d7fd0, 0xd4e8f6), hex(0x7d9fb4), smooth(-0.006, 0.006, at.y - hills));
            // The trees along it grow taller towards the eye.
            let aside = (at.x - 0.14).abs();
            let crowns =
                horizon + 0.02 - 0.85 * aside * (0.55 + 0.5 * noise(p(at.x * 5.0, 3.0))) - 0.12 * clouds(at * 7.0, 3);
            let leaf = clouds(at * 17.0, 3) + 0.5 * noise(at * 6.0) - 0.3 + 0.25 * (crowns - at.y);
            let tree = blended(hex(0x16300f), hex(0x6f9c38), smooth(0.1, 0.9, leaf));
            return blended(sky, tree, smooth(-0.01, 0.02, at.y - crowns));
        }
        let near = (at.y - horizon) / (1.0 - horizon);
        let middle = 0.14 - 0.20 * near * (1.4 - near);
        let across = (at.x - middle) / (0.02 + 0.66 * near);
        let far = 1.0 / (near + 0.06);
        let grass = blended(hex(0x4c7a26), hex(0xa4b654), clouds(p(at.x * far * 3.0, far * 9.0), 3));
        let gravel = lit(hex(0xa09684), 0.8 + 0.4 * noise(at * 150.0));
        let tar = lit(hex(0x63666c), 0.88 + 0.16 * clouds(p(across * 3.0, far * 2.0), 3) + 0.10 * noise(at * 140.0));
        let tar = lit(tar, 1.0 - 0.14 * smooth(0.18, 0.0, (across.abs() - 0.48).abs()));
        let line = |place: f32, width: f32| smooth(width + 0.012, width, (across.abs() - place).abs());
        let dashed = line(0.0, 0.028) * smooth(0.0, 0.05, 0.3 - ((far * 1.1) % 1.0 - 0.5).abs());
        let tar = blended(blended(tar, hex(0xf2f2ee), line(0.90, 0.02)), hex(0xf4c73c), dashed);
        let ground = blended(grass, gravel, smooth(1.3, 1.1, across.abs()));
        blended(ground, tar, smooth(1.02, 0.99, across.abs()))
    })
}
