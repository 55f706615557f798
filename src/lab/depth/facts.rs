//! What the papers say of regions, reckoned here: on the processor, in double precision.

use super::fit::share_of_bound;
use super::fold::{folding, tent};
use super::regions::{DenseLayer, ReluNet, area, montufar, rectangle, value, zaslavsky};
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::protocol::{BackendKind, DepthFact, Finding};
use std::collections::BTreeSet;

/// Cells along a side of the grid beside which polygons are held, and points at which the network is asked.
const CELLS: usize = 240;
const POINTS: usize = 2000;
const DOMAIN: [f64; 4] = [-1.0, -1.0, 1.0, 1.0];

pub(super) fn facts() -> Result<Vec<Finding<DepthFact>>, LabError> {
    let square = rectangle([0.0, 0.0, 1.0, 1.0]);
    let mut lines = 0;
    for count in [3, 4, 8] {
        lines += u32::from(folding(&[count])?.regions(&square)?.len() as u64 == zaslavsky(count as u64));
    }
    let folded = folding(&[8, 8])?.regions(&square)?.len();
    let pieces = tent(10)?.regions(&square)?.len();

    let net = random(&[10, 8, 3])?;
    let domain = rectangle(DOMAIN);
    let regions = net.regions(&domain)?;
    let areas = regions.iter().map(|region| area(&region.polygon)).sum::<f64>() - area(&domain);
    let mut dice = Dice::new(11);
    let mut off = 0.0_f64;
    for _ in 0..POINTS {
        let point = [0, 1].map(|_| f64::from(2.0 * dice.unit() - 1.0));
        let pattern = net.pattern(point, net.depth());
        let Some(region) = regions.iter().find(|region| region.pattern == pattern) else {
            off = f64::INFINITY;
            continue;
        };
        for (map, said) in region.said.iter().zip(net.said(point)) {
            off = off.max((value(*map, point) - said).abs());
        }
    }
    let known: BTreeSet<&[bool]> = regions.iter().map(|region| region.pattern.as_slice()).collect();
    let at = |cell: usize| -1.0 + (2.0 * cell as f64 + 1.0) / CELLS as f64;
    let cells = (0..CELLS * CELLS).map(|cell| net.pattern([at(cell % CELLS), at(cell / CELLS)], net.depth()));
    let unknown = cells.filter(|pattern| !known.contains(pattern.as_slice())).count();

    let found =
        |fact, expected, measured, limit| Finding { fact, backend: BackendKind::Cpu, expected, measured, limit };
    Ok(vec![
        found(DepthFact::Lines, 3.0, f64::from(lines), 0.0),
        found(DepthFact::Folding, montufar(&[8, 8]) as f64, folded as f64, 0.0),
        found(DepthFact::Tent, 1024.0, pieces as f64, 0.0),
        found(DepthFact::Areas, 0.0, areas, 1e-9),
        found(DepthFact::Affine, 0.0, off, 1e-5),
        found(DepthFact::Grid, 0.0, unknown as f64, 0.0),
        // Half of what may be, and as much either way.
        found(DepthFact::Interpolant, 0.5, share_of_bound()?, 0.5 + 1e-9),
    ])
}

/// With weights by chance.
fn random(widths: &[usize]) -> Result<ReluNet, LabError> {
    let (mut dice, mut inputs, mut layers) = (Dice::new(5), 2, Vec::new());
    for &width in widths {
        let scale = (2.0 / inputs as f64).sqrt();
        let weight = (0..width).map(|_| (0..inputs).map(|_| scale * f64::from(dice.normal())).collect()).collect();
        layers.push(DenseLayer { weight, bias: (0..width).map(|_| 0.3 * f64::from(dice.normal())).collect() });
        inputs = width;
    }
    ReluNet::new(layers)
}
