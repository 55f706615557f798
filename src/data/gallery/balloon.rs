//! A hot-air balloon in the morning.

use super::{
    canvas::{Canvas, blended, ellipsoid, hex, lit, shaded},
    maths::{P, PI, clouds, mix, noise, p, sin, smooth},
    shape::{circle, polygon, rounded_box, stroke},
};

pub(super) fn balloon() -> Canvas {
    let mut canvas = Canvas::new(|at| {
        let sky = blended(hex(0x2c6cc4), hex(0xbfddf4), smooth(-1.0, 0.75, at.y));
        let cloud = smooth(0.50, 0.82, clouds(p(at.x * 1.2 + 7.0, at.y * 2.8), 5));
        let sky = blended(sky, hex(0xffffff), cloud * 0.75);
        let hill = 0.80 + 0.08 * sin(at.x * 3.0 + 1.0) + 0.05 * noise(at * 5.0);
        let land = blended(hex(0x5a865c), hex(0x356234), smooth(hill, 1.0, at.y));
        blended(sky, land, smooth(-0.006, 0.006, at.y - hill))
    });
    let (centre, radius, mouth) = (p(0.0, -0.26), 0.60, 0.50);
    // Below the middle the envelope narrows to the mouth.
    let envelope = move |at: P| {
        let cone = [p(-0.572, -0.08), p(0.572, -0.08), p(0.11, mouth), p(-0.11, mouth)];
        circle(at, centre, radius).min(polygon(at, &cone))
    };
    let half_width = move |y: f32| {
        if y < -0.08 {
            let d = y - centre.y;
            (radius * radius - d * d).max(0.0004).sqrt()
        } else {
            mix(0.572, 0.11, (y + 0.08) / (mouth + 0.08))
        }
    };
    basket(&mut canvas, mouth);
    canvas.fill(envelope, |at| {
        let across = (at.x / half_width(at.y)).clamp(-1.0, 1.0);
        // Gores are equally wide around the envelope: across = sin(angle).
        let angle = across * (1.0 + across * across * (0.166_7 + 0.40 * across * across * across * across));
        let gore = (angle / PI + 0.5) * 12.0 + 0.5;
        let palette = [0xd82c20, 0xf7c528, 0x1f5fb8, 0xf4f0e4];
        let colour = hex(palette[(gore.floor() as i32).rem_euclid(4) as usize]);
        let band = smooth(0.055, 0.045, (at.y + 0.13).abs());
        let colour = blended(colour, hex(0x7a1630), band);
        let bulge = (gore - gore.floor() - 0.5).abs();
        let shine = ellipsoid(at, p(0.0, -0.2), p(0.62, 0.9));
        shaded(lit(colour, 1.10 - 0.5 * bulge * bulge - 0.18 * smooth(0.46, 0.5, bulge)), shine, 0.16)
    });
    canvas.fill(|at| rounded_box(at, p(0.0, mouth), p(0.115, 0.022), 0.01), |_| hex(0x5a1220));
    canvas
}

fn basket(canvas: &mut Canvas, mouth: f32) {
    for side in [-1.0, -0.35, 0.35, 1.0] {
        canvas.fill(|at| stroke(at, p(side * 0.10, mouth), p(side * 0.085, 0.72), 0.004), |_| hex(0x403428));
    }
    canvas.fade(|at| circle(at, p(0.0, mouth + 0.04), 0.03), 0.05, 0.9, hex(0xffb040));
    let wicker = |at: P| rounded_box(at, p(0.0, 0.775), p(0.105, 0.075), 0.02);
    canvas.fill(wicker, |at| {
        let weave = if (((at.x + 1.0) * 60.0) as i32 + ((at.y + 1.0) * 60.0) as i32) % 2 == 0 { 0.75 } else { 1.0 };
        lit(hex(0x9c622c), weave * (1.0 - 3.0 * at.x.max(0.0)))
    });
    canvas.fill(|at| rounded_box(at, p(0.0, 0.705), p(0.112, 0.014), 0.012), |_| hex(0x5c3418));
}
