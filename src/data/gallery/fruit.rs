//! On a table: an orange with its half, and strawberries.

use super::{
    canvas::{Canvas, blended, ellipsoid, hex, lit, shaded},
    maths::{P, TURN, clouds, cos, mix, noise, p, random, smooth},
    shape::{blend, circle, ellipse, leaf, tapered},
};

/// Boards under a pale wall.
fn table(at: P) -> super::canvas::Colour {
    let wall = lit(hex(0xd9d4c6), mix(1.05, 0.86, (at.x + 1.0) / 2.0) + 0.03 * clouds(at * 3.0, 3));
    let board = (at.y * 3.2 + 0.4).floor();
    let grain = clouds(p(at.x * 2.0 + board * 7.0, at.y * 34.0), 4);
    let wood = blended(hex(0x8a5a30), hex(0xc8965c), grain);
    let gap = smooth(0.0, 0.05, (at.y * 3.2 + 0.4) - board);
    blended(wall, lit(wood, mix(0.6, 1.0, gap)), smooth(-0.212, -0.204, at.y))
}

pub(super) fn orange() -> Canvas {
    let mut canvas = Canvas::new(table);
    let (centre, radius) = (p(-0.26, -0.10), 0.56);
    canvas.fade(|at| ellipse(at, p(-0.10, 0.42), p(0.60, 0.14)), 0.14, 0.7, hex(0x241004));
    let ball = |at: P| circle(at, centre, radius);
    canvas.fill(ball, |at| {
        let shine = ellipsoid(at, centre, p(radius, radius));
        let curved = p(at.x - centre.x, at.y - centre.y) * (1.5 - 0.5 * shine.normal[2]);
        let pores = smooth(0.55, 0.85, noise(curved * 44.0)) + 0.5 * smooth(0.6, 0.9, noise(curved * 80.0));
        let skin = blended(hex(0xe45402), hex(0xff8610), shine.diffuse);
        shaded(lit(skin, 1.02 - 0.07 * pores), shine, 0.45)
    });
    let star = p(-0.22, -0.56);
    canvas.fade(|at| ellipse(at, star, p(0.10, 0.05)), 0.04, 0.45, hex(0x8a4404));
    canvas.fill(|at| ellipse(at, star, p(0.035, 0.02)), |_| hex(0x4c5a1c));
    let (stalk, tip) = (star, p(0.22, -0.80));
    let blade = |at: P| leaf(at, stalk, tip, 0.10);
    canvas.fill(blade, |at| {
        let vein = smooth(0.0, 0.012, tapered(at, stalk, tip, 0.0, 0.0));
        lit(hex(0x3a7a24), mix(1.35, 0.8 + 0.5 * (-at.y - 0.5), vein) + 0.08 * noise(at * 30.0))
    });
    half(&mut canvas, p(0.42, 0.28));
    canvas
}

/// The cut face of half an orange.
fn half(canvas: &mut Canvas, centre: P) {
    let tilt = |at: P| {
        let d = at - centre;
        p(d.x, d.y * 1.06)
    };
    canvas.fade(|at| ellipse(at, centre + p(0.05, 0.38), p(0.44, 0.12)), 0.12, 0.7, hex(0x241004));
    canvas.fill(|at| tilt(at - p(0.012, 0.016)).length() - 0.435, |_| hex(0xc86208));
    canvas.fill(|at| tilt(at).length() - 0.43, |at| lit(hex(0xf48c14), 1.0 - 0.3 * (at.y - centre.y)));
    canvas.fill(|at| tilt(at).length() - 0.405, |_| hex(0xffe4b4));
    let pulp = |at: P| {
        let d = tilt(at);
        let wedge = (d.angle() / TURN * 10.0 + 10.2) % 1.0 - 0.5;
        let to_wall = (0.5 - wedge.abs()) * TURN / 10.0 * d.length() - 0.011;
        // Rounded corners: the distances to the walls and to the rind are blended.
        -blend(to_wall, 0.375 - d.length(), 0.05).min(d.length() - 0.035)
    };
    canvas.fill(pulp, |at| {
        let d = tilt(at);
        let cells = noise(p(d.angle() * 26.0, d.length() * 11.0));
        let juice = blended(hex(0xee7004), hex(0xffa428), 0.25 + 0.6 * cells);
        lit(juice, 1.08 - 0.35 * smooth(-0.02, 0.0, pulp(at)))
    });
    canvas.fill(|at| tilt(at).length() - 0.03, |_| hex(0xfff2d2));
}

pub(super) fn strawberry() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let cloth = 0.97 + 0.03 * cos(at.x * 150.0) * cos(at.y * 150.0) + 0.05 * clouds(at * 2.5, 3);
        lit(hex(0xeeeae2), cloth * mix(1.03, 0.85, (at.x + at.y + 2.0) / 4.0))
    });
    berry(&mut canvas, p(0.46, -0.34), 0.66, 0.55, 90);
    berry(&mut canvas, p(-0.46, -0.36), 0.64, -0.50, 190);
    berry(&mut canvas, p(0.03, 0.18), 0.88, -0.16, 0);
    canvas
}

/// `turn` leans it; seeds and leaves differ by `kind`.
fn berry(canvas: &mut Canvas, centre: P, size: f32, turn: f32, kind: i32) {
    let own = move |at: P| (at - centre).turned(-turn) * (1.0 / size);
    let on = move |own: P| centre + (own * size).turned(turn);
    // An egg: an ellipse that narrows downwards.
    let narrowed = |y: f32| 1.0 - 0.50 * y;
    let body = |q: P| 0.85 * ellipse(p(q.x / narrowed(q.y), q.y), p(0.0, 0.04), p(0.53, 0.70));
    canvas.near(centre, size + 0.3).fade(|at| body(own(at - p(0.10, 0.14) * size)) * size, 0.12, 0.55, hex(0x46201c));
    let surface = |at: P| ellipsoid(own(at), p(0.0, 0.06), p(0.64, 0.80));
    let outline = |at: P| body(own(at)) * size;
    canvas.near(centre, size).fill(outline, |at| {
        let red = blended(hex(0xb80814), hex(0xee2220), surface(at).diffuse);
        let pale = blended(red, hex(0xf48a68), smooth(-0.42, -0.62, own(at).y));
        shaded(pale, surface(at), 0.5)
    });
    // Seeds sit in pits, in rows that close up towards the outline.
    for row in 0..9 {
        let y = -0.42 + row as f32 * 0.13;
        for place in -3..=3 {
            let across = (place as f32 + if row % 2 == 0 { 0.0 } else { 0.5 }) * 0.36;
            if across.abs() > 1.15 {
                continue;
            }
            let half_width = 0.53 * narrowed(y) * (1.0 - (y - 0.04) * (y - 0.04) / 0.49).max(0.0).sqrt();
            let jitter = p(random(kind + row, place), random(kind + row, place + 50)) * 0.03;
            let seed = p(half_width * across * (1.0 - 0.13 * across * across), y - 0.05 * across * across) + jitter;
            if body(seed) > -0.03 {
                continue;
            }
            let narrow = mix(1.0, 0.45, across.abs() / 1.2);
            let pit = |at: P| ellipse(own(at), seed, p(0.034 * narrow, 0.046)) * size;
            canvas.near(on(seed), 0.09).fade(pit, 0.012, 0.5, hex(0x78040c));
            let grain = |at: P| ellipse(own(at), seed + p(0.0, 0.006), p(0.018 * narrow, 0.028)) * size;
            canvas
                .near(on(seed), 0.09)
                .fill(grain, |at| lit(hex(0xf2c858), 1.05 - 7.0 * (own(at).y - seed.y).max(-0.02)));
        }
    }
    for sepal in 0..9 {
        let angle = TURN * sepal as f32 / 9.0 + random(kind, sepal) * 0.3;
        let root = p(0.0, -0.58);
        let tip = root + p(cos(angle) * 0.50, 0.10 + (cos(angle + 1.57) * 0.5 + 0.5) * 0.26 - 0.10);
        let blade = |at: P| leaf(own(at), root, tip, 0.075) * size;
        canvas.near(on(root), size * 0.7).fade(|at| blade(at - p(0.02, 0.03)), 0.03, 0.35, hex(0x500408));
        canvas.near(on(root), size * 0.7).fill(blade, |at| {
            let vein = smooth(0.0, 0.02, tapered(own(at), root, tip, 0.0, 0.0));
            lit(hex(0x4e942c), mix(1.3, 0.75 + 0.4 * random(kind + 9, sepal), vein))
        });
    }
    canvas.fill(|at| tapered(own(at), p(0.0, -0.58), p(0.10, -0.82), 0.03, 0.02) * size, |_| hex(0x6ca040));
}
