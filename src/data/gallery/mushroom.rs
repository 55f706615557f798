//! A mushroom on the floor of a wood.

use super::{
    canvas::{Canvas, blended, ellipsoid, hex, lit, shaded},
    maths::{P, PI, clouds, cos, mix, noise, p, random, smooth},
    shape::{blend, ellipse, tapered},
};

pub(super) fn mushroom() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let far = blended(hex(0x1a2c14), hex(0x5a7a34), smooth(0.3, 0.8, clouds(at * 2.2 + p(1.0, 7.0), 3)));
        let floor = blended(hex(0x33240f), hex(0x6e5a2c), clouds(at * 10.0, 4));
        let moss = blended(floor, hex(0x557a2a), smooth(0.4, 0.7, clouds(at * 5.0, 3)));
        blended(far, moss, smooth(0.35, 0.65, at.y))
    });
    canvas.fade(|at| ellipse(at, p(0.10, 0.80), p(0.52, 0.09)), 0.12, 0.7, hex(0x0c0a04));
    let stalk = |at: P| {
        let bulb = ellipse(at, p(0.0, 0.64), p(0.25, 0.20));
        blend(tapered(at, p(0.0, 0.62), p(0.0, -0.05), 0.18, 0.135), bulb, 0.1)
    };
    canvas.fill(stalk, |at| {
        let across = at.x / 0.20;
        let fibre = clouds(p(at.x * 34.0, at.y * 4.0), 3);
        let cream = lit(
            hex(0xf0e4cc),
            0.86 + 0.22 * fibre - 0.42 * smooth(-0.3, 1.0, across) - 0.15 * smooth(-0.4, -1.0, across),
        );
        lit(cream, mix(0.45, 1.0, smooth(-0.02, 0.28, at.y)))
    });
    // The cap from the side and a little from below: its gills show.
    let (centre, wide) = (p(0.0, -0.06), 0.74);
    let under = |at: P| ellipse(at, centre, p(wide - 0.02, 0.13));
    canvas.fill(
        |at| under(at).max(centre.y - 0.02 - at.y),
        |at| {
            let d = p(at.x, (at.y - centre.y + 0.10) * 3.2);
            let gill = 0.5 + 0.5 * cos(d.angle() * 90.0);
            lit(blended(hex(0xc8ad80), hex(0x6a5030), gill), 0.95 - 0.5 * smooth(0.4, 0.0, at.x.abs()) - 0.2 * at.x)
        },
    );
    let cap = |at: P| {
        let dome = ellipse(at, p(0.0, -0.04), p(wide, 0.66));
        let brim = 0.075 * (1.0 - at.x * at.x / (wide * wide)).max(0.0).sqrt();
        dome.max(at.y + 0.04 - brim)
    };
    canvas.fill(cap, |at| {
        let shine = ellipsoid(at, p(0.0, -0.02), p(wide, 0.70));
        let brown = blended(hex(0x8c4e20), hex(0xcf8a48), shine.diffuse + 0.3 * (clouds(at * 7.0, 3) - 0.5));
        let pale = blended(brown, hex(0xe8c48c), 0.7 * smooth(0.0, -0.05, -0.02 - at.y + 0.02 * noise(at * 20.0)));
        let edge = smooth(0.0, -0.03, cap(at));
        shaded(blended(hex(0xe0bc88), pale, edge), shine, 0.30)
    });
    litter(&mut canvas);
    canvas
}

/// Fallen leaves and blades of grass before the foot.
fn litter(canvas: &mut Canvas) {
    for fallen in 0..46 {
        let chance = |which| random(fallen, which);
        let place = p(mix(-1.0, 1.0, chance(0)), mix(0.80, 1.0, chance(1)));
        let colour = blended(hex(0x5c3814), hex(0xb8803c), chance(2));
        let shape = |at: P| ellipse((at - place).turned(PI * chance(3)), p(0.0, 0.0), p(0.10, 0.04));
        canvas.near(place, 0.13).fade(|at| shape(at - p(0.01, 0.02)), 0.02, 0.5, hex(0x140c04));
        canvas.near(place, 0.13).fill(shape, |at| lit(colour, 1.0 - 1.8 * (at.y - place.y) + 0.2 * noise(at * 40.0)));
    }
    for blade in 0..60 {
        let chance = |which| random(blade, which + 9);
        let root = p(mix(-1.0, 1.0, chance(0)), mix(0.86, 1.02, chance(1)));
        let tip = root + p(mix(-0.10, 0.10, chance(2)), -mix(0.12, 0.30, chance(3)));
        let colour = blended(hex(0x365a1c), hex(0x90b44a), chance(4));
        canvas.near((root + tip) * 0.5, 0.2).fill(|at| tapered(at, root, tip, 0.012, 0.001), |_| colour);
    }
}
