//! A pen on a small sheet: curves through points, drawn as thick antialiased lines.

use crate::data::maths::{P, p};

/// Straight pieces between two points of a skeleton.
const PIECES: u32 = 5;

/// The curve through `points` (uniform Catmull–Rom); a point that stands twice is a corner.
pub(super) fn curve(points: &[P], onto: &mut Vec<P>) {
    let Some(&first) = points.first() else { return };
    onto.push(first);
    for index in 0..points.len() - 1 {
        let (from, to) = (points[index], points[index + 1]);
        if from == to {
            continue;
        }
        let before = points[index.saturating_sub(1)];
        let after = points[(index + 2).min(points.len() - 1)];
        // Half the way between the neighbours; at a corner and at an end, towards the one neighbour.
        let (leave, arrive) = ((to - before) * 0.5, (after - from) * 0.5);
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            onto.push(hermite(from, to, leave, arrive, t));
        }
    }
}

fn hermite(from: P, to: P, leave: P, arrive: P, t: f32) -> P {
    let (t2, t3) = (t * t, t * t * t);
    let at_to = 3.0 * t2 - 2.0 * t3;
    from * (1.0 - at_to) + to * at_to + leave * (t3 - 2.0 * t2 + t) + arrive * (t3 - t2)
}

/// A square of ink, 0 to 1, in pixels.
pub(super) struct Sheet<'a> {
    pub(super) side: usize,
    pub(super) ink: &'a mut [f32],
}

impl Sheet<'_> {
    /// A line with round ends whose radius changes evenly; the edge fades over `softness` pixels.
    pub(super) fn line(&mut self, [from, to]: [P; 2], [radius_from, radius_to]: [f32; 2], softness: f32) {
        let line = to - from;
        let square = line.dot(line).max(1e-9);
        let reach = radius_from.max(radius_to) + softness;
        let pixels = |a: f32, b: f32| {
            let limit = |edge: f32| edge.clamp(0.0, self.side as f32) as usize;
            limit(a.min(b) - reach)..limit(a.max(b) + reach + 1.0)
        };
        let (columns, rows) = (pixels(from.x, to.x), pixels(from.y, to.y));
        for row in rows {
            for column in columns.clone() {
                let d = p(column as f32 + 0.5, row as f32 + 0.5) - from;
                let t = (d.dot(line) / square).clamp(0.0, 1.0);
                let outside = (d - line * t).length() - (radius_from + (radius_to - radius_from) * t);
                let ink = (0.5 - outside / softness).clamp(0.0, 1.0);
                let pixel = &mut self.ink[row * self.side + column];
                *pixel = pixel.max(ink);
            }
        }
    }
}

/// A smooth random field of displacements over the unit square, from a few random vectors between which it is interpolated
/// by cubic B-splines: what Simard, Steinkraus and Platt ("Best practices for convolutional neural networks applied to visual
/// document analysis", 2003) get by smoothing noise. Applied to the strokes and not to pixels, it leaves the pen's edge sharp.
pub(super) struct Elastic {
    knots: [P; KNOTS * KNOTS],
}

const KNOTS: usize = 6;

impl Elastic {
    /// `knot` gives each random vector.
    pub(super) fn new(mut knot: impl FnMut() -> P) -> Self {
        Self { knots: std::array::from_fn(|_| knot()) }
    }

    pub(super) fn at(&self, at: P) -> P {
        let spread = (KNOTS - 3) as f32;
        let (x, weights_x) = weights(at.x * spread);
        let (y, weights_y) = weights(at.y * spread);
        let mut sum = p(0.0, 0.0);
        for (row, weight_y) in weights_y.iter().enumerate() {
            for (column, weight_x) in weights_x.iter().enumerate() {
                sum = sum + self.knots[(y + row) * KNOTS + x + column] * (weight_x * weight_y);
            }
        }
        sum
    }
}

/// The first of four knots, and the weights of all four.
fn weights(at: f32) -> (usize, [f32; 4]) {
    let at = at.clamp(0.0, (KNOTS - 3) as f32 - 1e-3);
    let first = at as usize;
    let t = at - first as f32;
    let u = 1.0 - t;
    let (t2, u2) = (t * t, u * u);
    let middle = |t2: f32, t: f32| (4.0 - 6.0 * t2 + 3.0 * t2 * t) / 6.0;
    (first, [u2 * u / 6.0, middle(t2, t), middle(u2, u), t2 * t / 6.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_through_its_points_and_keeps_corners() {
        let points = [p(0.0, 0.0), p(1.0, 0.0), p(1.0, 0.0), p(1.0, 1.0)];
        let mut drawn = Vec::new();
        curve(&points, &mut drawn);
        assert!(points.iter().all(|point| drawn.iter().any(|at| (*at - *point).length() < 1e-6)));
        // Two straight legs: no point leaves them.
        assert!(drawn.iter().all(|at| at.y.abs() < 1e-6 || (at.x - 1.0).abs() < 1e-6), "{drawn:?}");
    }

    #[test]
    fn splines_of_one_vector_are_that_vector() {
        let field = Elastic::new(|| p(0.5, -2.0));
        for step in 0..=10 {
            let found = field.at(p(step as f32 / 10.0, 1.0 - step as f32 / 10.0));
            assert!((found - p(0.5, -2.0)).length() < 1e-5, "{found:?}");
        }
    }

    #[test]
    fn a_line_has_its_width() {
        let mut ink = vec![0.0; 100];
        Sheet { side: 10, ink: &mut ink }.line([p(-3.0, 5.0), p(13.0, 5.0)], [2.0, 2.0], 1.0);
        let across: Vec<f32> = ink.chunks(10).map(|row| row[4]).collect();
        assert_eq!(across, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    }
}
