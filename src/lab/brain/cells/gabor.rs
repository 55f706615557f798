//! The Gabor function nearest to a field, by least squares (Daugman 1985; Jones & Palmer 1987; Ringach 2002): from several starts, each
//! improved by Levenberg and Marquardt's method (Marquardt 1963).

use crate::protocol::{GaborFit, Grating, across_and_along, field_places};
use std::f64::consts::TAU;

/// Starts: orientations over half a turn, frequencies, and envelopes in parts of the field's side.
const ORIENTATIONS: usize = 12;
const FREQUENCIES: usize = 7;
const ENVELOPES: [f64; 3] = [0.12, 0.2, 0.33];
/// In cycles per pixel, and in cycles per side at the lowest.
const HIGHEST: f64 = 0.5;
const LOWEST_CYCLES: f64 = 0.25;
/// So many of the best starts are improved.
const IMPROVED: usize = 6;
const STEPS: usize = 80;
/// Ends where a step lowers the error by less than this part of it.
const TOLERANCE: f64 = 1e-10;
/// Of the envelope, in pixels.
const NARROWEST: f64 = 0.3;

/// x, y, ln σ_u, ln σ_v, θ in radians, f, and the amplitudes of cosine and sine: `a cos(2π f u) + b sin(2π f u)`.
const COUNT: usize = 8;
type Parameters = [f64; COUNT];

/// A field with its places.
struct Field<'a> {
    values: &'a [f64],
    places: Vec<[f64; 2]>,
    height: f64,
    width: f64,
    energy: f64,
}

/// The fit of `values`, row by row from the upper left one on; none where there is nothing to fit, or fewer than 5 × 5.
pub(super) fn gabor_fit(values: &[f64], [height, width]: [usize; 2]) -> Option<GaborFit> {
    let energy: f64 = values.iter().map(|value| value * value).sum();
    if height.min(width) < 5 || energy == 0.0 || !energy.is_finite() {
        return None;
    }
    let field = Field {
        values,
        places: field_places(height, width).collect(),
        height: height as f64,
        width: width as f64,
        energy,
    };
    let mut starts = field.starts();
    starts.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let improved = starts.into_iter().take(IMPROVED).map(|(_, start)| field.improved(start));
    let (error, best) = improved.min_by(|(one, _), (other, _)| one.total_cmp(other))?;
    Some(field.told(best, error))
}

impl Field<'_> {
    /// Each with its squared error, the amplitudes those that fit it the best.
    fn starts(&self) -> Vec<(f64, Parameters)> {
        // The middle of the energy.
        let weighed = |axis: usize| {
            let sum: f64 = self.values.iter().zip(&self.places).map(|(value, place)| value * value * place[axis]).sum();
            sum / self.energy
        };
        let [x, y] = [weighed(0), weighed(1)];
        let side = self.height.max(self.width);
        let lowest = LOWEST_CYCLES / side;
        let mut starts = Vec::with_capacity(ORIENTATIONS * FREQUENCIES * ENVELOPES.len());
        for orientation in 0..ORIENTATIONS {
            let theta = std::f64::consts::PI * orientation as f64 / ORIENTATIONS as f64;
            for frequency in 0..FREQUENCIES {
                let share = frequency as f64 / (FREQUENCIES - 1) as f64;
                let frequency = lowest * (0.9 * HIGHEST / lowest).powf(share);
                for envelope in ENVELOPES {
                    let sigma = (envelope * side).max(NARROWEST).ln();
                    let mut start = [x, y, sigma, sigma, theta, frequency, 0.0, 0.0];
                    self.amplitudes(&mut start);
                    starts.push((self.error(&start), start));
                }
            }
        }
        starts
    }

    /// By least squares, which are linear in them.
    fn amplitudes(&self, of: &mut Parameters) {
        let [mut cc, mut cs, mut ss, mut cv, mut sv] = [0.0; 5];
        for (&value, &place) in self.values.iter().zip(&self.places) {
            let Parts { envelope, cosine, sine, .. } = parts(of, place);
            let (c, s) = (envelope * cosine, envelope * sine);
            (cc, cs, ss, cv, sv) = (cc + c * c, cs + c * s, ss + s * s, cv + c * value, sv + s * value);
        }
        // A little is added, for at frequency 0 there is no sine.
        let (cc, ss) = (cc * (1.0 + 1e-9) + 1e-12, ss * (1.0 + 1e-9) + 1e-12);
        let determinant = cc * ss - cs * cs;
        of[6] = (ss * cv - cs * sv) / determinant;
        of[7] = (cc * sv - cs * cv) / determinant;
    }

    fn error(&self, of: &Parameters) -> f64 {
        self.values.iter().zip(&self.places).map(|(value, &place)| (parts(of, place).value(of) - value).powi(2)).sum()
    }

    /// Within what makes sense of a field of this size.
    fn bounded(&self, mut of: Parameters) -> Parameters {
        let (across, down, side) = (self.width / 2.0, self.height / 2.0, self.height.max(self.width));
        of[0] = of[0].clamp(-across, across);
        of[1] = of[1].clamp(-down, down);
        for sigma in &mut of[2..4] {
            *sigma = sigma.clamp(NARROWEST.ln(), side.ln());
        }
        of[5] = of[5].clamp(0.0, HIGHEST);
        of
    }

    fn improved(&self, start: Parameters) -> (f64, Parameters) {
        let (mut of, mut error) = (start, self.error(&start));
        let mut damping = 1e-3;
        for _ in 0..STEPS {
            let (matrix, slope) = self.normal_equations(&of);
            let mut fell = None;
            while damping < 1e12 {
                let mut damped = matrix;
                for (at, row) in damped.iter_mut().enumerate() {
                    row[at] += damping * row[at].max(1e-12);
                }
                let next = solved(damped, slope).map(|step| self.bounded(std::array::from_fn(|at| of[at] + step[at])));
                let found = next.map(|next| (self.error(&next), next)).filter(|(next, _)| *next < error);
                if let Some((next, there)) = found {
                    fell = Some(error - next);
                    (error, of) = (next, there);
                    damping = (damping / 10.0).max(1e-12);
                    break;
                }
                damping *= 10.0;
            }
            if fell.is_none_or(|fell| fell <= TOLERANCE * error) {
                break;
            }
        }
        (error, of)
    }

    /// `Jᵀ J` and `-Jᵀ r` of the residuals `r`.
    fn normal_equations(&self, of: &Parameters) -> ([[f64; COUNT]; COUNT], [f64; COUNT]) {
        let (mut matrix, mut slope) = ([[0.0; COUNT]; COUNT], [0.0; COUNT]);
        for (&value, &place) in self.values.iter().zip(&self.places) {
            let parts = parts(of, place);
            let (row, off) = (parts.derivatives(of), value - parts.value(of));
            for (at, &one) in row.iter().enumerate() {
                slope[at] += one * off;
                for (to, &other) in matrix[at].iter_mut().zip(&row) {
                    *to += one * other;
                }
            }
        }
        (matrix, slope)
    }

    fn told(&self, of: Parameters, error: f64) -> GaborFit {
        let [x, y, across, along, theta, frequency, a, b] = of;
        // Half a turn turns `u` round, and with it the sine.
        let degrees = theta.to_degrees();
        let orientation = degrees.rem_euclid(180.0);
        let is_turned = ((degrees - orientation) / 180.0).rem_euclid(2.0) > 0.5;
        let phase = if is_turned { b.atan2(a) } else { (-b).atan2(a) };
        GaborFit {
            x,
            y,
            across: across.exp(),
            along: along.exp(),
            amplitude: a.hypot(b),
            carrier: Grating { orientation, frequency, phase: phase.to_degrees() },
            explained: 1.0 - error / self.energy,
        }
    }
}

/// What a Gabor function and its derivatives are made of at a place.
struct Parts {
    u: f64,
    v: f64,
    envelope: f64,
    cosine: f64,
    sine: f64,
}

fn parts(of: &Parameters, [x, y]: [f64; 2]) -> Parts {
    let [u, v] = across_and_along(of[4].to_degrees(), x - of[0], y - of[1]);
    let envelope = (-0.5 * ((u * (-of[2]).exp()).powi(2) + (v * (-of[3]).exp()).powi(2))).exp();
    let (sine, cosine) = (TAU * of[5] * u).sin_cos();
    Parts { u, v, envelope, cosine, sine }
}

impl Parts {
    fn value(&self, of: &Parameters) -> f64 {
        self.envelope * (of[6] * self.cosine + of[7] * self.sine)
    }

    /// By each parameter. With `g` the value, `h` the carrier's derivative by its angle times the envelope: `∂g/∂u = -u/σ_u² g + 2π f h`,
    /// `∂g/∂v = -v/σ_v² g`, and `u`, `v` by x, y and θ as a rotation has it.
    fn derivatives(&self, of: &Parameters) -> Parameters {
        let Parts { u, v, envelope, cosine, sine } = *self;
        let value = self.value(of);
        let swing = envelope * (of[7] * cosine - of[6] * sine);
        let [across, along] = [(-2.0 * of[2]).exp(), (-2.0 * of[3]).exp()];
        let by_u = TAU * of[5] * swing - u * across * value;
        let by_v = -v * along * value;
        let (s, c) = of[4].sin_cos();
        [
            // u = (y - y₀) cos θ - (x - x₀) sin θ, v = (x - x₀) cos θ + (y - y₀) sin θ.
            by_u * s - by_v * c,
            -by_u * c - by_v * s,
            u * u * across * value,
            v * v * along * value,
            -by_u * v + by_v * u,
            TAU * u * swing,
            envelope * cosine,
            envelope * sine,
        ]
    }
}

/// `A x = b` of a symmetric positive definite matrix, by Cholesky's decomposition; none of another.
fn solved(mut a: [[f64; COUNT]; COUNT], mut b: [f64; COUNT]) -> Option<[f64; COUNT]> {
    for at in 0..COUNT {
        for other in 0..=at {
            let sum: f64 = (0..other).map(|k| a[at][k] * a[other][k]).sum();
            let rest = a[at][other] - sum;
            if at == other {
                if rest <= 0.0 || !rest.is_finite() {
                    return None;
                }
                a[at][at] = rest.sqrt();
            } else {
                a[at][other] = rest / a[other][other];
            }
        }
        let sum: f64 = (0..at).map(|k| a[at][k] * b[k]).sum();
        b[at] = (b[at] - sum) / a[at][at];
    }
    for at in (0..COUNT).rev() {
        let sum: f64 = (at + 1..COUNT).map(|k| a[k][at] * b[k]).sum();
        b[at] = (b[at] - sum) / a[at][at];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gabor(orientation: f64, phase: f64) -> GaborFit {
        let carrier = Grating { orientation, frequency: 0.17, phase };
        GaborFit { x: 0.7, y: -1.2, across: 2.4, along: 3.3, amplitude: 0.8, carrier, explained: 1.0 }
    }

    #[test]
    fn a_gabor_function_is_found_again() {
        for (orientation, phase) in [(0.0, 0.0), (30.0, 50.0), (77.0, -120.0), (135.0, 179.0), (178.0, 90.0)] {
            let made = gabor(orientation, phase);
            let values: Vec<f64> = field_places(15, 13).map(|[x, y]| made.at(x, y)).collect();
            let found = gabor_fit(&values, [15, 13]).unwrap();
            assert!(found.explained > 1.0 - 1e-9, "{found:?}");
            for ([x, y], value) in field_places(15, 13).zip(&values) {
                assert!((found.at(x, y) - value).abs() < 1e-5, "{found:?}");
            }
            let off = (found.carrier.orientation - orientation + 90.0).rem_euclid(180.0) - 90.0;
            assert!(off.abs() < 1e-3 && (found.carrier.frequency - 0.17).abs() < 1e-5, "{found:?}");
            assert!((found.across - 2.4).abs() < 1e-3 && (found.along - 3.3).abs() < 1e-3, "{found:?}");
        }
    }

    #[test]
    fn derivatives_are_those_of_differences() {
        let of: Parameters = [0.4, -0.3, 0.6, 1.1, 0.9, 0.21, 0.7, -0.5];
        for place in [[1.3, 0.4], [-2.1, 1.7]] {
            let found = parts(&of, place).derivatives(&of);
            for at in 0..COUNT {
                let moved = |by: f64| {
                    let mut of = of;
                    of[at] += by;
                    parts(&of, place).value(&of)
                };
                let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((found[at] - slope).abs() < 1e-7, "{at}: {} {slope}", found[at]);
            }
        }
    }

    #[test]
    fn what_is_nothing_has_no_fit() {
        assert!(gabor_fit(&[0.0; 49], [7, 7]).is_none());
        assert!(gabor_fit(&[1.0; 16], [4, 4]).is_none());
        assert!(gabor_fit(&[f64::NAN; 49], [7, 7]).is_none());
    }
}
