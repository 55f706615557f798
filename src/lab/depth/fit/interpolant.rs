//! A curve by one layer of rectifiers that is reckoned instead of learnt: it goes through the curve at equal distances, and is straight between
//! (the constructive half of universal approximation; Cybenko 1989, Hornik 1989).

use crate::lab::LabError;
use crate::protocol::{CurveFit, FittedShape};

/// Steps of the grid on which curves are looked at and errors are measured.
pub(super) const GRID: usize = 512;
/// Of the oscillations, in all of the curve.
const TURNS: f64 = 2.0;
const HEIGHT: f64 = 0.8;
/// Of the bump.
const WIDTH: f64 = 0.08;

/// A curve over 0 to 1.
pub(super) struct CurveTarget {
    shape: FittedShape,
    /// Of a drawn one, at equal distances.
    drawn: Vec<f64>,
}

/// `f(0) + Σ bendᵢ · max(x - kneeᵢ, 0)`.
pub(super) struct Interpolant {
    start: f64,
    /// A knee, and by how much the slope changes there.
    bends: Vec<[f64; 2]>,
}

impl CurveTarget {
    /// # Errors
    /// [`LabError::Setup`] of a drawn curve with too few or too many heights, or with one that is no number.
    pub(super) fn of(job: &CurveFit) -> Result<Self, LabError> {
        let known = CurveFit::DRAWN;
        if job.shape == FittedShape::Drawn {
            let count = job.drawn.len();
            ensure!(known.holds(count as f64), "a curve of {count} heights cannot be learnt; draw {known}");
            ensure!(job.drawn.iter().all(|height| height.is_finite()), "the curve has a height that is no number");
        }
        Ok(Self { shape: job.shape, drawn: job.drawn.iter().copied().map(f64::from).collect() })
    }

    pub(super) fn at(&self, x: f64) -> f64 {
        let wave = |x: f64| (std::f64::consts::TAU * TURNS * x).sin();
        match self.shape {
            FittedShape::Sine => HEIGHT * wave(x),
            FittedShape::Bump => HEIGHT * (-0.5 * ((x - 0.5) / WIDTH).powi(2)).exp(),
            FittedShape::Zigzag => {
                let phase = (8.0 * x).rem_euclid(2.0);
                HEIGHT * (2.0 * phase.min(2.0 - phase) - 1.0)
            }
            FittedShape::Steps => HEIGHT * ((5.0 * x).floor().min(4.0) / 2.0 - 1.0),
            FittedShape::Drawn => {
                let last = self.drawn.len() - 1;
                let place = (x * last as f64).clamp(0.0, last as f64);
                let at = (place as usize).min(last - 1);
                self.drawn[at] + (place - at as f64) * (self.drawn[at + 1] - self.drawn[at])
            }
        }
    }

    /// The largest of the second derivative, where there is one everywhere.
    fn curvature(&self) -> Option<f64> {
        match self.shape {
            FittedShape::Sine => Some(HEIGHT * (std::f64::consts::TAU * TURNS).powi(2)),
            FittedShape::Bump => Some(HEIGHT / (WIDTH * WIDTH)),
            FittedShape::Zigzag | FittedShape::Steps | FittedShape::Drawn => None,
        }
    }

    /// What the interpolant with so many rectifiers stays within: `h² max|f″| / 8`, where there is a second derivative, else how much the curve
    /// changes within `h`.
    pub(super) fn bound(&self, units: u32) -> f64 {
        let h = 1.0 / f64::from(units);
        if let Some(curvature) = self.curvature() {
            return h * h * curvature / 8.0;
        }
        let heights = self.heights();
        let reach = (h * GRID as f64).ceil() as usize;
        let change = |from: usize| {
            let within = &heights[from..=(from + reach).min(GRID)];
            within.iter().map(|height| (height - heights[from]).abs()).fold(0.0, f64::max)
        };
        (0..=GRID).map(change).fold(0.0, f64::max)
    }

    /// On the grid.
    pub(super) fn heights(&self) -> Vec<f64> {
        grid().map(|x| self.at(x)).collect()
    }
}

pub(super) fn grid() -> impl Iterator<Item = f64> {
    (0..=GRID).map(|at| at as f64 / GRID as f64)
}

impl Interpolant {
    /// With so many rectifiers.
    pub(super) fn new(target: &CurveTarget, units: u32) -> Self {
        let h = 1.0 / f64::from(units);
        let knee = |at: u32| f64::from(at) * h;
        let mut bends = Vec::new();
        let mut slope = 0.0;
        for at in 0..units {
            let next = (target.at(knee(at + 1).min(1.0)) - target.at(knee(at))) / h;
            bends.push([knee(at), next - slope]);
            slope = next;
        }
        Self { start: target.at(0.0), bends }
    }

    /// As the layer of rectifiers says it.
    pub(super) fn at(&self, x: f64) -> f64 {
        self.start + self.bends.iter().map(|[knee, bend]| bend * (x - knee).max(0.0)).sum::<f64>()
    }

    /// The largest on the grid.
    pub(super) fn error(&self, target: &CurveTarget) -> f64 {
        grid().map(|x| (self.at(x) - target.at(x)).abs()).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(shape: FittedShape) -> CurveTarget {
        let drawn = vec![0.0, 0.5, -0.25, 0.75, 0.0];
        CurveTarget::of(&CurveFit { shape, drawn, ..CurveFit::default() }).unwrap()
    }

    #[test]
    fn interpolants_go_through_the_curve_and_stay_within_their_bound() {
        for shape in [FittedShape::Sine, FittedShape::Bump, FittedShape::Zigzag, FittedShape::Drawn] {
            let target = target(shape);
            for units in [1, 2, 3, 8, 17, 64] {
                let found = Interpolant::new(&target, units);
                for at in 0..=units {
                    let x = f64::from(at) / f64::from(units);
                    assert!((found.at(x) - target.at(x)).abs() < 1e-9, "{shape:?} {units} {x}");
                }
                let (error, bound) = (found.error(&target), target.bound(units));
                assert!(error <= bound + 1e-9, "{shape:?} {units}: {error} {bound}");
            }
        }
        // The bound is of the right order, too: of a smooth curve it is nearly reached.
        let sine = target(FittedShape::Sine);
        let share = Interpolant::new(&sine, 64).error(&sine) / sine.bound(64);
        assert!(share > 0.9, "{share}");
    }

    #[test]
    fn errors_of_smooth_curves_fall_with_the_square_of_the_units() {
        let sine = target(FittedShape::Sine);
        let [few, many] = [16, 64].map(|units| Interpolant::new(&sine, units).error(&sine));
        assert!((12.0..20.0).contains(&(few / many)), "{}", few / many);
    }

    #[test]
    fn drawn_curves_are_checked() {
        let said = |drawn: Vec<f32>| {
            let job = CurveFit { shape: FittedShape::Drawn, drawn, ..CurveFit::default() };
            CurveTarget::of(&job).err().unwrap().to_string()
        };
        assert!(said(vec![0.0]).contains("a curve of 1 heights cannot be learnt; draw 2 to 513"));
        assert!(said(vec![0.0, f32::NAN]).contains("a height that is no number"));
    }
}
