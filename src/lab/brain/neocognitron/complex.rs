//! C-cells, and the cells that see contrast: connections that no learning changes.

use super::planes::{AreaTap, CellPlanes, round_area};

/// `α` of Fukushima 1980: half the answer is reached there.
const HALF: f32 = 0.5;
/// All of a cell's excitation from S-cells that answer 1.
const DRIVE: f32 = 4.0;

/// A layer of C-cells (Fukushima 1980), which answer where an S-cell near their place does:
///
/// `u(n, k) = ψ((1 + Σ d(ν) u(n + ν, k)) / (1 + v(n)) - 1)`, `ψ(x) = φ(x) / (α + φ(x))`,
///
/// where `v(n)` is the mean of the sums over all planes: planes inhibit each other. Every `stride`-th row and column has a cell.
#[derive(Clone)]
pub(super) struct ComplexLayer {
    area: Vec<AreaTap>,
    pub(super) stride: usize,
}

impl ComplexLayer {
    /// An area of this radius, whose strength falls off as a normal curve of this deviation.
    pub(super) fn new(radius: i32, deviation: f32, stride: usize) -> Self {
        Self { area: round_area(radius, 1, |distance| (-0.5 * (distance / deviation).powi(2)).exp()), stride }
    }

    pub(super) fn answers(&self, simple: &CellPlanes) -> CellPlanes {
        let mut answers = CellPlanes::new(simple.planes, simple.side.div_ceil(self.stride));
        let cells = answers.cells();
        for plane in 0..simple.planes {
            for cell in 0..cells {
                let [row, column] = self.middle(answers.place(cell));
                let taps = self.area.iter();
                let sum: f32 =
                    taps.map(|tap| tap.strength * simple.at(plane, [row + tap.by[0], column + tap.by[1]])).sum();
                answers.values[plane * cells + cell] = DRIVE * sum;
            }
        }
        for cell in 0..cells {
            let each = || (0..simple.planes).map(|plane| plane * cells + cell);
            let mean = each().map(|at| answers.values[at]).sum::<f32>() / simple.planes.max(1) as f32;
            for at in each() {
                let driven = ((1.0 + answers.values[at]) / (1.0 + mean) - 1.0).max(0.0);
                answers.values[at] = driven / (HALF + driven);
            }
        }
        answers
    }

    /// The S-cell over which a C-cell stands.
    pub(super) fn middle(&self, place: [i32; 2]) -> [i32; 2] {
        place.map(|at| at * self.stride as i32)
    }

    /// The S-cells of a C-cell, each with its part of the cell's excitation.
    pub(super) fn sources(&self, simple: &CellPlanes, plane: usize, place: [i32; 2]) -> Vec<([i32; 2], f32)> {
        let [row, column] = self.middle(place);
        let at = |tap: &AreaTap| [row + tap.by[0], column + tap.by[1]];
        self.area.iter().map(|tap| (at(tap), tap.strength * simple.at(plane, at(tap)))).collect()
    }
}

/// Reach of the cells that see contrast, and the deviations of their middle and of what is around it.
const SURROUND: i32 = 3;
const DEVIATIONS: [f32; 2] = [0.7, 1.6];

/// Two planes: where a place is brighter than what is around it, and where it is darker (Fukushima 2003). Even light
/// leaves both silent.
pub(super) fn contrast(picture: &CellPlanes) -> CellPlanes {
    let gauss = |deviation: f32| round_area(SURROUND, 1, |distance| (-0.5 * (distance / deviation).powi(2)).exp());
    let [middle, around] = DEVIATIONS.map(gauss);
    let mut found = CellPlanes::new(2, picture.side);
    let cells = found.cells();
    for cell in 0..cells {
        let [row, column] = found.place(cell);
        let each = middle.iter().zip(&around);
        let sum: f32 = each
            .map(|(middle, around)| {
                (middle.strength - around.strength) * picture.at(0, [row + middle.by[0], column + middle.by[1]])
            })
            .sum();
        found.values[cell] = sum.max(0.0);
        found.values[cells + cell] = (-sum).max(0.0);
    }
    found
}
