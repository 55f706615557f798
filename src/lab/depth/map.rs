//! The regions of a network after each of its layers, as they are drawn.

use super::fold::{folding, tent};
use super::regions::{LinearRegion, ReluNet, area, classes_of, montufar, rectangle, zaslavsky};
use crate::lab::LabError;
use crate::protocol::{ClassPart, Construction, ConstructionKind, DrawnRegion, RegionLayer, RegionMap};

/// A network that is made by hand, over the square from 0 to 1.
///
/// # Errors
/// [`LabError::Setup`] of figures out of their limits, and of too many regions.
pub fn built(job: &Construction) -> Result<RegionMap, LabError> {
    let Construction { kind, layers, width } = *job;
    let known = Construction::LAYERS;
    ensure!(known.holds(layers), "{layers} layers cannot be folded; choose {known}");
    let known = Construction::WIDTH;
    ensure!(known.holds(width), "layers of {width} rectifiers cannot fold a plane; choose {known}");
    let net = match kind {
        ConstructionKind::Folding => folding(&vec![width as usize; layers as usize])?,
        ConstructionKind::Tent => tent(layers as usize)?,
    };
    let mut map = regions_of(&net, [0.0, 0.0, 1.0, 1.0], &[])?;
    // Of one output there are no classes.
    map.classes.clear();
    Ok(map)
}

/// The regions over a rectangle (left, lower, right and upper edge), after each layer, and the parts of classes.
///
/// # Errors
/// [`LabError::Setup`] of too many regions.
pub fn regions_of(net: &ReluNet, domain: [f64; 4], points: &[([f32; 2], u32)]) -> Result<RegionMap, LabError> {
    let square = rectangle(domain);
    let widths: Vec<u64> = net.layers[..net.depth()].iter().map(|layer| layer.weight.len() as u64).collect();
    let (mut layers, mut classes) = (Vec::new(), Vec::new());
    for (at, regions) in net.regions_by_layer(&square)?.into_iter().enumerate() {
        let (depth, is_last) = (at + 1, at + 1 == net.depth());
        if is_last {
            let parts = regions.iter().flat_map(classes_of);
            classes = parts.map(|(class, part)| ClassPart { class: class as u32, corners: short(&part) }).collect();
        }
        layers.push(RegionLayer {
            width: widths[at] as u32,
            most: (depth == 1).then(|| zaslavsky(widths[0])),
            least: montufar(&widths[..depth]),
            crowding: crowding(&regions, area(&square), points, net, depth),
            regions: regions.iter().map(|region| drawn(region, is_last)).collect(),
        });
    }
    let params =
        net.layers.iter().map(|layer| (layer.bias.len() + layer.weight.iter().map(Vec::len).sum::<usize>()) as u64);
    Ok(RegionMap {
        step: 0,
        of: 0,
        loss: None,
        accuracy: None,
        domain,
        layers,
        classes,
        points: points.to_vec(),
        params: params.sum(),
        steps_per_second: 0.0,
        elapsed_ms: 0.0,
        backend: None,
    })
}

fn short(polygon: &[[f64; 2]]) -> Vec<[f32; 2]> {
    polygon.iter().map(|corner| corner.map(|at| at as f32)).collect()
}

fn drawn(region: &LinearRegion, is_last: bool) -> DrawnRegion {
    let count = region.polygon.len() as f64;
    let middle = [0, 1].map(|axis| region.polygon.iter().map(|corner| corner[axis]).sum::<f64>() / count);
    let largest = || {
        region
            .said
            .iter()
            .copied()
            .max_by(|a, b| super::regions::value(*a, middle).total_cmp(&super::regions::value(*b, middle)))
    };
    let of = if is_last {
        largest()
    } else {
        region.said.iter().copied().reduce(|a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]])
    };
    let slope = of.map_or(0.0, |[across, up, _]| across.hypot(up)) as f32;
    let active = region.pattern.iter().filter(|active| **active).count() as u32;
    DrawnRegion { corners: short(&region.polygon), area: area(&region.polygon), active, slope }
}

/// The mean area of the region of a place of the domain, over that of a point's region.
fn crowding(
    regions: &[LinearRegion],
    whole: f64,
    points: &[([f32; 2], u32)],
    net: &ReluNet,
    depth: usize,
) -> Option<f64> {
    let known: std::collections::HashMap<&[bool], f64> =
        regions.iter().map(|region| (region.pattern.as_slice(), area(&region.polygon))).collect();
    let found: Vec<f64> = points
        .iter()
        .filter_map(|(at, _)| known.get(net.pattern(at.map(f64::from), depth).as_slice()).copied())
        .collect();
    let everywhere = regions.iter().map(|region| area(&region.polygon).powi(2)).sum::<f64>() / whole;
    (!found.is_empty()).then(|| everywhere / (found.iter().sum::<f64>() / found.len() as f64))
}
