//! Buildings: a castle on its hill, and a tower of glass seen from the street.

use super::{
    canvas::{Canvas, blended, hex, lit},
    maths::{P, clouds, mix, noise, p, random, smooth},
    shape::{polygon, rounded_box, stroke},
    street::sky,
};

pub(super) fn castle() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let hill = 0.46 + 0.22 * at.x * at.x + 0.05 * clouds(at * 3.0, 3);
        if at.y > hill {
            let grass = blended(hex(0x2f5a1e), hex(0x8cac4c), smooth(0.2, 0.8, clouds(at * 8.0, 4)));
            return lit(grass, 1.1 - 0.4 * at.y);
        }
        let wood = blended(hex(0x4d6f74), hex(0x6f9488), clouds(at * 6.0, 3));
        let far = 0.26 + 0.06 * noise(at * 3.0);
        blended(sky(at, 0x3f7fd0, 0xd6e8f6), wood, smooth(-0.01, 0.01, at.y - far))
    });
    // Left and right edge, top and foot; towers before which a wall stands come first.
    wall(&mut canvas, -0.22, 0.24, -0.50, 0.5);
    wall(&mut canvas, -0.50, 0.52, -0.16, 0.5);
    wall(&mut canvas, -0.74, -0.42, -0.40, 0.60);
    wall(&mut canvas, 0.44, 0.78, -0.34, 0.62);
    wall(&mut canvas, -0.44, 0.46, 0.10, 0.58);
    wall(&mut canvas, -0.20, 0.20, -0.04, 0.60);
    for (x, y, half, high) in [
        (-0.58, -0.14, 0.022, 0.07),
        (0.61, -0.08, 0.022, 0.07),
        (0.01, -0.30, 0.03, 0.08),
        (-0.58, 0.16, 0.018, 0.06),
        (0.61, 0.2, 0.018, 0.06),
    ] {
        let slit = |at: P| rounded_box(at, p(x, y), p(half, high), half);
        canvas.near(p(x, y), 0.15).fill(|at| slit(at) - 0.012, |_| hex(0xc2b294));
        canvas.near(p(x, y), 0.15).fill(slit, |_| hex(0x1c1a20));
    }
    let gate = |at: P| rounded_box(at, p(0.0, 0.46), p(0.11, 0.24), 0.11).max(at.y - 0.60);
    canvas.near(p(0.0, 0.4), 0.3).fill(|at| (gate(at) - 0.025).max(at.y - 0.60), |_| hex(0xb8a688));
    canvas.near(p(0.0, 0.4), 0.3).fill(gate, |at| {
        let bars = ((at.x * 26.0 + 0.5).rem_euclid(1.0) - 0.5).abs().min((at.y * 20.0).rem_euclid(1.0));
        lit(hex(0x4a3018), 0.4 + 0.7 * smooth(0.06, 0.16, bars))
    });
    let path = [p(-0.11, 0.60), p(0.11, 0.60), p(0.44, 1.1), p(-0.30, 1.1)];
    canvas.fill(
        |at| polygon(at, &path) + 0.02 * (noise(at * 14.0) - 0.5),
        |at| lit(hex(0xc8b488), 0.85 + 0.25 * clouds(at * 16.0, 3)),
    );
    for (x, top, colour) in [(0.01, -0.62, 0xd02c2c), (-0.58, -0.52, 0x2c58b0), (0.61, -0.46, 0xd02c2c)] {
        let mut area = canvas.near(p(x, top - 0.07), 0.21);
        area.fill(|at| stroke(at, p(x, top + 0.1), p(x, top - 0.24), 0.007), |_| hex(0x4a4038));
        let flag = [p(x, top - 0.23), p(x + 0.20, top - 0.17), p(x, top - 0.10)];
        area.fill(|at| polygon(at, &flag), |at| lit(hex(colour), 1.05 - 2.0 * (at.x - x)));
    }
    canvas
}

/// Of ashlar, with merlons; what is narrow is a round tower, and dark to both sides.
fn wall(canvas: &mut Canvas, left: f32, right: f32, top: f32, foot: f32) {
    let (middle, half) = ((left + right) / 2.0, (right - left) / 2.0);
    let merlon = |x: f32| ((x - left) / 0.092).rem_euclid(1.0) < 0.56;
    let crown = move |at: P| {
        let high = if merlon(at.x) { top - 0.13 } else { top - 0.06 };
        ((at.x - middle).abs() - half - 0.025).max(high - at.y).max(at.y - top)
    };
    let body = move |at: P| ((at.x - middle).abs() - half).max(top - at.y).max(at.y - foot).min(crown(at));
    canvas.fill(body, |at| {
        let across = (at.x - middle) / (half + 0.025);
        let row = (at.y / 0.05).floor();
        let place = at.x / 0.09 + 0.5 * (row as i32 % 2) as f32;
        let joint = (at.y / 0.05 - row).min((place - place.floor()) * 1.8);
        let stone = 0.86 + 0.20 * random(place.floor() as i32, row as i32) + 0.10 * (noise(at * 14.0) - 0.5);
        let turn =
            if half < 0.3 { 1.10 - 0.50 * smooth(-0.6, 1.1, across) - 0.16 * smooth(-0.5, -1.0, across) } else { 0.86 };
        let shadow = mix(0.72, 1.0, smooth(top - 0.005, top + 0.03, at.y).max(smooth(0.0, -0.002, at.y - top)));
        lit(hex(0xb6a68a), stone * turn * shadow * mix(0.82, 1.0, smooth(0.0, 0.16, joint)))
    });
}

pub(super) fn skyscraper() -> Canvas {
    let mut canvas = Canvas::new(|at| sky(at, 0x2c6cc8, 0xbcdcf4));
    // Seen from below: all verticals run to one point, high above.
    let (away, edge) = (p(0.10, -3.4), 0.02);
    let ray = move |at: P| (at.x - away.x) / (at.y - away.y) * 4.0;
    let roof = move |at: P| -0.80 + if ray(at) < edge { -0.40 } else { 0.28 } * (ray(at) - edge);
    let side = move |at: P, left: f32, right: f32| (left - ray(at)).max(ray(at) - right);
    for (left, right, top, dark) in [(-1.2, -0.62, -0.06, 0.9), (0.66, 1.3, -0.22, 0.75)] {
        canvas.fill(
            |at| side(at, left, right).max(top - at.y),
            |at| {
                let bay = (ray(at) * 16.0).rem_euclid(1.0);
                let storey = (at.y * 13.0).rem_euclid(1.0);
                let pane = smooth(0.16, 0.22, bay) * smooth(0.24, 0.30, storey);
                lit(blended(hex(0xb8a894), hex(0x3c5068), pane), dark * mix(1.1, 0.8, (at.y + 1.0) / 2.0))
            },
        );
    }
    canvas.fill(
        |at| side(at, -0.46, 0.46).max(roof(at) - at.y),
        |at| {
            let is_left = ray(at) < edge;
            let height = (at.y - roof(at)) * (1.0 + 0.10 * (at.y + 0.8));
            let bay = (ray(at) - edge) * if is_left { 20.0 } else { 17.0 };
            let (column, storey) = (bay.floor(), (height * 17.0).floor());
            let frame = (bay - column - 0.5).abs().max(((height * 17.0 - storey) - 0.5).abs() * 0.96);
            // The glass shows the sky across the street; no two panes hang quite alike.
            let lean = 0.10 * (random(column as i32, storey as i32) - 0.5);
            let mirrored =
                sky(p(at.x * 0.8 + lean + if is_left { 1.0 } else { 3.0 }, at.y * 0.9 + lean), 0x1c5098, 0xa4cdea);
            let glass = lit(mirrored, if is_left { 1.02 } else { 0.62 } + 1.2 * lean);
            let metal = hex(if is_left { 0xdfe8f0 } else { 0x55677c });
            let glass = blended(glass, metal, smooth(0.40, 0.45, frame));
            blended(metal, glass, smooth(0.03, 0.04, height))
        },
    );
    canvas.fill(|at| stroke(at, p(0.10, -0.76), p(0.10, -0.97), 0.008), |_| hex(0x8fa0b0));
    canvas
}
