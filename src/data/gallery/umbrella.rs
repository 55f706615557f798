//! An open umbrella in the rain.

use super::{
    canvas::{Canvas, blended, hex, lit},
    maths::{P, PI, clouds, cos, mix, p, random, sin, smooth},
    shape::{circle, ellipse, path, stroke},
};

const GORES: i32 = 8;

pub(super) fn umbrella() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let sky = blended(hex(0x8fa2b4), hex(0xc9d2d8), smooth(-1.0, 0.6, at.y) + 0.25 * (clouds(at * 1.8, 4) - 0.5));
        let wet = lit(hex(0x707a84), 0.8 + 0.45 * clouds(p(at.x * 2.5, at.y * 14.0), 4));
        blended(sky, wet, smooth(0.62, 0.68, at.y))
    });
    canvas.fade(|at| ellipse(at, p(0.0, 0.92), p(0.55, 0.06)), 0.08, 0.4, hex(0x202830));
    handle(&mut canvas);
    let (top, rim) = (-0.66, 0.10);
    // Between two ribs the rim hangs in an arch.
    let rim_at = |x: f32| {
        let gore = gore_of(x);
        rim - 0.09 * sin((gore - gore.floor()) * PI) - 0.10 * (1.0 - x * x / 0.81).max(0.0) + 0.08
    };
    let canopy = move |at: P| {
        let dome = ellipse(at, p(0.0, rim), p(0.90, rim - top));
        dome.max((at.y - rim_at(at.x)) * 0.8)
    };
    // The inside shows under the arches.
    canvas.fill(|at| ellipse(at, p(0.0, rim - 0.02), p(0.87, 0.07)), |_| hex(0x5a101c));
    canvas.fill(canopy, |at| {
        let height = ((rim - at.y) / (rim - top)).clamp(0.0, 1.0);
        let width = (1.0 - height * height).max(0.001).sqrt();
        let across = (at.x / (0.90 * width)).clamp(-1.0, 1.0);
        let gore = gore_of(across * 0.90);
        let palette = [0xd8202c, 0xc41826];
        let colour = hex(palette[(gore.floor() as i32).rem_euclid(2) as usize]);
        let bulge = (gore - gore.floor() - 0.5).abs();
        let light = 1.12 - 0.45 * smooth(-0.7, 1.0, across + 0.3) - 0.25 * smooth(0.36, 0.5, bulge)
            + 0.18 * height * (1.0 - across);
        lit(colour, light * (0.98 + 0.05 * clouds(at * 9.0, 2)))
    });
    canvas.fill(|at| stroke(at, p(0.0, top), p(0.0, top - 0.12), 0.014), |_| hex(0x303034));
    canvas.fill(|at| circle(at, p(0.0, top), 0.03), |_| hex(0x303034));
    rain(&mut canvas);
    canvas
}

/// Which gore lies at `x` of the rim; they are equally wide around the circle.
fn gore_of(x: f32) -> f32 {
    let across = (x / 0.90).clamp(-1.0, 1.0);
    let angle = across * (1.0 + across * across * (0.166_7 + 0.404 * across * across * across * across));
    (angle / PI + 0.5) * (GORES - 1) as f32
}

fn handle(canvas: &mut Canvas) {
    canvas.fill(|at| stroke(at, p(0.0, -0.6), p(0.0, 0.62), 0.014), |at| lit(hex(0x9ca0a8), 1.2 - 30.0 * at.x.abs()));
    let hook: [P; 9] = std::array::from_fn(|step| {
        let angle = PI * step as f32 / 8.0;
        p(0.10 - 0.10 * cos(angle), 0.76 + 0.11 * sin(angle))
    });
    let hook = move |at: P| path(at, &hook, 0.032).min(stroke(at, p(0.0, 0.56), p(0.0, 0.76), 0.032));
    canvas.fill(hook, |at| lit(hex(0x7a4018), mix(1.35, 0.7, smooth(-0.032, 0.03, at.x * 0.5 + hook(at) + 0.02))));
}

fn rain(canvas: &mut Canvas) {
    for drop in 0..150 {
        let from = p(mix(-1.1, 1.1, random(drop, 1)), mix(-1.05, 0.9, random(drop, 2)));
        // Under the umbrella it is dry.
        if from.x.abs() < 0.86 && from.y > -0.75 + 0.5 * from.x.abs() {
            continue;
        }
        let to = from + p(-0.02, 0.10);
        canvas.glaze(|at| 0.35 * smooth(0.006, 0.0, stroke(at, from, to, 0.001)), |_| [1.0; 3]);
    }
}
