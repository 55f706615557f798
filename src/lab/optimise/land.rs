//! Losses over two parameters to walk on, and their maps.

use super::super::LabError;
use super::contour::segments;
use crate::backend::cpu::CpuPlan;
use crate::graph::{Graph, Host, Program, ShapeError, Spec, Tensor};
use crate::protocol::{Contour, LandMap, Landscape};
use candle_core::Device;
use serde_bytes::ByteBuf;
use std::f64::consts::TAU;

/// Points of the map in each direction.
const SIDE: usize = 96;
/// Lines of equal height, evenly spaced in the map's shade.
const LINES: usize = 12;

pub(super) struct Land {
    pub(super) id: Landscape,
    formula: &'static str,
    source: &'static str,
    pub(super) x: [f64; 2],
    pub(super) y: [f64; 2],
    minima: &'static [[f32; 2]],
    lowest: f64,
    /// Of the values for which the shade changes most.
    scale: f64,
    value: fn(&Tensor, &Tensor) -> Result<Tensor, ShapeError>,
}

/// Curvatures of [`Landscape::Ravine`] along x and y.
pub(super) const RAVINE: [f64; 2] = [1.0, 20.0];

/// All of them, in the order in which they are offered.
static LANDS: [Land; 6] = [
    Land {
        id: Landscape::Ravine,
        formula: "½ (x² + 20 y²)",
        source: "a quadratic of condition 20, as in Polyak, Some methods of speeding up the convergence of iteration methods, 1964",
        x: [-3.0, 3.0],
        y: [-2.0, 2.0],
        minima: &[[0.0, 0.0]],
        lowest: 0.0,
        scale: 1.0,
        value: |x, y| x.sqr()?.affine(RAVINE[0] / 2.0, 0.0)?.add(&y.sqr()?.affine(RAVINE[1] / 2.0, 0.0)?),
    },
    Land {
        id: Landscape::Rosenbrock,
        formula: "(1 − x)² + 100 (y − x²)²",
        source: "Rosenbrock, An automatic method for finding the greatest or least value of a function, 1960",
        x: [-2.0, 2.0],
        y: [-1.0, 3.0],
        minima: &[[1.0, 1.0]],
        lowest: 0.0,
        scale: 2.0,
        value: |x, y| {
            let valley = y.sub(&x.sqr()?)?.sqr()?.affine(100.0, 0.0)?;
            x.affine(-1.0, 1.0)?.sqr()?.add(&valley)
        },
    },
    Land {
        id: Landscape::Beale,
        formula: "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
        source: "Beale, On an iterative method for finding a local minimum of a function of more than one variable, 1958",
        x: [-4.5, 4.5],
        y: [-4.5, 4.5],
        minima: &[[3.0, 0.5]],
        lowest: 0.0,
        scale: 2.0,
        value: |x, y| {
            let mut power = y.clone();
            let mut sum = x.add(&x.mul(&y.affine(-1.0, 0.0)?)?)?.affine(-1.0, 1.5)?.sqr()?;
            for constant in [2.25, 2.625] {
                power = power.mul(y)?;
                sum = sum.add(&x.mul(&power)?.sub(x)?.affine(1.0, constant)?.sqr()?)?;
            }
            Ok(sum)
        },
    },
    Land {
        id: Landscape::Himmelblau,
        formula: "(x² + y − 11)² + (x + y² − 7)²",
        source: "Himmelblau, Applied nonlinear programming, 1972",
        x: [-5.0, 5.0],
        y: [-5.0, 5.0],
        minima: &[[3.0, 2.0], [-2.805_118, 3.131_312_5], [-3.779_31, -3.283_186], [3.584_428_3, -1.848_126_5]],
        lowest: 0.0,
        scale: 10.0,
        value: |x, y| {
            let one = x.sqr()?.add(y)?.affine(1.0, -11.0)?.sqr()?;
            one.add(&x.add(&y.sqr()?)?.affine(1.0, -7.0)?.sqr()?)
        },
    },
    Land {
        id: Landscape::Saddle,
        formula: "½ x² + ¼ y⁴ − ½ y²",
        source: "two valleys with a saddle point between; why such points matter: Dauphin et al., Identifying and attacking the saddle point problem, 2014",
        x: [-2.0, 2.0],
        y: [-1.75, 1.75],
        minima: &[[0.0, 1.0], [0.0, -1.0]],
        lowest: -0.25,
        scale: 0.3,
        value: |x, y| {
            let square = y.sqr()?;
            let well = square.sqr()?.affine(0.25, 0.0)?.sub(&square.affine(0.5, 0.0)?)?;
            x.sqr()?.affine(0.5, 0.0)?.add(&well)
        },
    },
    Land {
        id: Landscape::Rastrigin,
        formula: "20 + x² + y² − 10 cos 2πx − 10 cos 2πy",
        source: "Rastrigin, Systems of extremal control, 1974",
        x: [-3.0, 3.0],
        y: [-3.0, 3.0],
        minima: &[[0.0, 0.0]],
        lowest: 0.0,
        scale: 10.0,
        value: |x, y| {
            let one = |t: &Tensor| t.sqr()?.sub(&t.affine(TAU, 0.0)?.cos()?.affine(10.0, 0.0)?);
            one(x)?.add(&one(y)?)?.affine(1.0, 20.0)
        },
    },
];

impl Land {
    pub(super) fn of(id: Landscape) -> Result<&'static Land, LabError> {
        LANDS.iter().find(|land| land.id == id).ok_or_else(|| bad_setup!("there is no landscape {id:?}"))
    }

    /// The value at each place: `x`, `y` and it have one shape.
    pub(super) fn value(&self, x: &Tensor, y: &Tensor) -> Result<Tensor, ShapeError> {
        (self.value)(x, y)
    }

    pub(super) fn holds(&self, [x, y]: [f32; 2]) -> bool {
        let within = |value: f32, [low, high]: [f64; 2]| (low..=high).contains(&f64::from(value));
        within(x, self.x) && within(y, self.y)
    }

    /// In 0 ≤ h: how the map shows a value.
    fn height(&self, value: f64) -> f64 {
        ((value - self.lowest).max(0.0) / self.scale).ln_1p()
    }

    fn value_at_height(&self, height: f64) -> f64 {
        height.exp_m1() * self.scale + self.lowest
    }
}

/// The landscape over the whole of its extent, computed as one graph.
pub(super) fn map(id: Landscape) -> Result<LandMap, LabError> {
    let land = Land::of(id)?;
    let place = |[low, high]: [f64; 2], at: usize| low + (high - low) * at as f64 / (SIDE - 1) as f64;
    let graph = Graph::new();
    let [x, y] = ["x", "y"].map(|name| graph.input(name, Spec::f32([SIDE, SIDE])));
    let plan = CpuPlan::new(Program::step(&[&land.value(&x, &y)?], &[])?);
    let grid = |at: fn(usize) -> usize, extent| {
        let values: Vec<f32> = (0..SIDE * SIDE).map(|k| place(extent, at(k)) as f32).collect();
        Host::from_vec(values, (SIDE, SIDE), &Device::Cpu)
    };
    let inputs = [grid(|k| k % SIDE, land.x)?, grid(|k| SIDE - 1 - k / SIDE, land.y)?];
    let values = plan.run_now(&inputs)?.remove(0).flatten_all()?.to_vec1::<f32>()?;
    let heights: Vec<f64> = values.iter().map(|&value| land.height(f64::from(value))).collect();
    let highest = heights.iter().fold(1e-9, |most: f64, &height| most.max(height));
    let contours = (1..LINES).map(|line| {
        let level = highest * line as f64 / LINES as f64;
        let to_map = |[column, row]: [f64; 2]| {
            let part = [column, (SIDE - 1) as f64 - row].map(|at| at / (SIDE - 1) as f64);
            [(land.x, part[0]), (land.y, part[1])].map(|([low, high], part)| (low + (high - low) * part) as f32)
        };
        let ends = segments(&heights, SIDE, level).into_iter().flatten();
        Contour { value: land.value_at_height(level) as f32, segments: ends.flat_map(to_map).collect() }
    });
    let [x, y] = [land.x, land.y].map(|edges| edges.map(|edge| edge as f32));
    Ok(LandMap {
        land: id,
        formula: land.formula.to_owned(),
        source: land.source.to_owned(),
        x,
        y,
        minima: land.minima.to_vec(),
        lowest: land.lowest as f32,
        side: SIDE as u32,
        contours: contours.collect(),
        heights: ByteBuf::from(heights.iter().map(|height| (height / highest * 255.0) as u8).collect::<Vec<u8>>()),
    })
}
