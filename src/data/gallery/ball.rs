//! Balls: the football of 32 faces, and the tennis ball.

use super::{
    canvas::{Canvas, SIDE, Shine, blended, ellipsoid, hex, lit, shaded},
    maths::{P, clouds, mix, noise, p, random, sharpen, smooth},
    shape::{circle, ellipse, tapered},
};

/// The golden ratio and the lengths of the vectors below.
const PHI: f32 = 1.618_034;
const ICOSAHEDRON: f32 = 1.902_113;
const DODECAHEDRON: f32 = 1.732_051;

/// Distances of the hexagons' planes from the centre to the pentagons': 2.2673 / 2.3274.
const FARTHER: f32 = 0.974_2;

pub(super) fn soccer_ball() -> Canvas {
    let mut canvas = Canvas::new(grass);
    let (centre, radius) = (p(0.0, -0.02), 0.70);
    canvas.fade(|at| ellipse(at, p(0.14, 0.60), p(0.72, 0.18)), 0.16, 0.75, hex(0x081804));
    let ball = |at: P| circle(at, centre, radius);
    canvas.fill(ball, |at| {
        let shine = ellipsoid(at, centre, p(radius, radius));
        let (pentagon, hexagon) = nearest_faces(turned(shine.normal));
        // A face of a truncated icosahedron shows where its plane is nearest; the pentagons' planes lie farther out.
        let ahead = pentagon[0] * FARTHER - hexagon[0];
        let black = smooth(-0.006, 0.006, ahead);
        let seam = ahead.abs().min((hexagon[0] - hexagon[1]) * (1.0 - black) + black);
        let leather = blended(hex(0xf6f6f2), hex(0x151518), black);
        let groove = smooth(0.0, 0.016, seam);
        let dimple = 0.985 + 0.03 * noise(at * 150.0);
        shaded(lit(leather, mix(0.45, 1.0, groove) * dimple), shine, 0.35)
    });
    // Light from the grass on the underside, blades in front of it.
    canvas.glaze(|at| 0.25 * smooth(0.01, -0.01, ball(at)) * smooth(0.2, 0.8, at.y), |_| hex(0x3f7a1e));
    for blade in 0..90 {
        let chance = |which| random(blade, which + 40);
        let root = p(mix(-0.75, 0.75, chance(0)), mix(0.72, 0.86, chance(1)));
        let tip = root + p(mix(-0.08, 0.08, chance(2)), -mix(0.08, 0.20, chance(3)));
        let colour = blended(hex(0x2f6a14), hex(0x7fb83c), chance(4));
        canvas.fill(|at| tapered(at, root, tip, 0.010, 0.001), |_| colour);
    }
    canvas
}

fn grass(at: P) -> super::canvas::Colour {
    let near = smooth(-0.3, 1.0, at.y);
    let blades = clouds(p(at.x * mix(14.0, 30.0, near), at.y * mix(30.0, 9.0, near)), 3);
    let lawn = blended(hex(0x224e10), hex(0x74ab38), smooth(0.25, 0.8, blades));
    let far = blended(hex(0x2a4a2c), hex(0x5a804a), clouds(at * 2.5 + p(9.0, 2.0), 3));
    blended(far, lawn, smooth(-0.35, 0.0, at.y))
}

/// So that a black face looks at the eye, a little from below.
fn turned([x, y, z]: [f32; 3]) -> [f32; 3] {
    let (s, c) = (0.42, 0.907_5);
    let (y, z) = (y * c - z * s, y * s + z * c);
    let (s, c) = (0.26, 0.965_6);
    [x * c + z * s, y, z * c - x * s]
}

/// Cosines to the two nearest of the 12 pentagons' centres and of the 20 hexagons', nearest first.
fn nearest_faces(normal: [f32; 3]) -> ([f32; 2], [f32; 2]) {
    let [x, y, z] = normal.map(f32::abs);
    // By symmetry only the candidates of the first octant matter.
    let pentagons = [y + z * PHI, x + y * PHI, z + x * PHI].map(|dot| dot / ICOSAHEDRON);
    let mirrored = [z * PHI - y, y * PHI - x, x * PHI - z].map(|dot| dot / ICOSAHEDRON);
    let hexagons = [x + y + z, z / PHI + y * PHI, y / PHI + x * PHI, x / PHI + z * PHI];
    let hexagons = hexagons.map(|dot| dot / DODECAHEDRON);
    let others = [y + z - x, x + z - y, x + y - z, y * PHI - z / PHI, x * PHI - y / PHI, z * PHI - x / PHI];
    let others = others.map(|dot| dot / DODECAHEDRON);
    (best_two(pentagons.into_iter().chain(mirrored)), best_two(hexagons.into_iter().chain(others)))
}

fn best_two(cosines: impl Iterator<Item = f32>) -> [f32; 2] {
    cosines.fold(
        [-1.0, -1.0],
        |[first, second], next| {
            if next > first { [next, first] } else { [first, second.max(next)] }
        },
    )
}

pub(super) fn tennis_ball() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let clay = clouds(at * 26.0, 3) * 0.35 + clouds(at * 3.0, 2) * 0.25;
        lit(hex(0xb05834), 0.72 + clay + 0.12 * (1.0 - at.y))
    });
    let line = |at: P| (at.x * 0.25 + at.y + 0.62).abs() - 0.085;
    canvas.fill(line, |at| lit(hex(0xece6dc), 0.85 + 0.2 * clouds(at * 30.0, 2)));
    let (centre, radius) = (p(0.02, 0.06), 0.66);
    canvas.fade(|at| ellipse(at, p(0.24, 0.60), p(0.66, 0.17)), 0.15, 0.7, hex(0x2a1008));
    let fuzz = |at: P| 0.016 * (noise(at * 70.0) - 0.5) + 0.012 * (noise(at * 30.0) - 0.5);
    let ball = |at: P| circle(at, centre, radius) + fuzz(at);
    canvas.fill(ball, |at| {
        let shine = ellipsoid(at, centre, p(radius, radius));
        let felt = 0.80 + 0.42 * clouds(at * 48.0, 3) * (0.6 + 0.4 * shine.normal[2]);
        let yellow = lit(blended(hex(0xb6cc20), hex(0xdcea4a), shine.diffuse), felt);
        let seam = seam_distance(shine);
        let white = smooth(0.052, 0.034, seam);
        let edge = smooth(0.085, 0.045, seam) * (1.0 - white);
        shaded(blended(lit(yellow, 1.0 - 0.25 * edge), hex(0xf0f0e6), white), shine, 0.06)
    });
    canvas.fade(|at| ball(at).abs() - 2.0 / SIDE as f32, 0.012, 0.25, hex(0xd4dc70));
    canvas
}

/// Distance, roughly, to the seam: where a saddle's height over the sphere is zero.
fn seam_distance(Shine { normal, .. }: Shine) -> f32 {
    let [x, y, z] = normal;
    // Seen from the side on which two arcs bend away from each other.
    let (x, y) = (x * 0.80 - y * 0.60, x * 0.60 + y * 0.80);
    let height = x.abs() - 0.42 - 0.50 * y * y + 0.12 * sharpen(y.abs(), 2) - 0.06 * z;
    height.abs() / (1.0 + 0.55 * y.abs())
}
