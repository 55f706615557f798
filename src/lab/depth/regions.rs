//! The linear regions of a fully connected network of rectifiers over a plane, exactly: convex polygons within each of which the network is
//! one affine map (Pascanu, Montúfar & Bengio 2014; Montúfar et al. 2014).
//!
//! A rectifier's input is affine within a region of the layers before it, so it cuts the region along a line, or not at all. All in double
//! precision; what a cut leaves on the line itself belongs to both sides.

use crate::lab::LabError;

/// Of a polygon's size: what lies nearer to a line is on it.
const NEAR: f64 = 1e-12;
/// Regions at most: more than a person can see.
pub const MOST_REGIONS: usize = 60_000;

/// A layer, `y = W x + b`.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseLayer {
    /// A row for each output.
    pub weight: Vec<Vec<f64>>,
    pub bias: Vec<f64>,
}

/// Rectifiers follow each layer but the last.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluNet {
    pub layers: Vec<DenseLayer>,
}

/// `a x + b y + c`.
pub type Affine = [f64; 3];

/// A convex polygon, its corners in order.
pub type Polygon = Vec<[f64; 2]>;

/// Where the network is one affine map.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearRegion {
    pub polygon: Polygon,
    /// Which rectifiers are active, layer after layer.
    pub pattern: Vec<bool>,
    /// What the layer says here, after its rectifiers; of the network, what its last layer says.
    pub said: Vec<Affine>,
}

pub(super) fn value(of: Affine, [x, y]: [f64; 2]) -> f64 {
    of[0] * x + of[1] * y + of[2]
}

/// The corners of a rectangle from its left, lower, right and upper edge.
pub fn rectangle([left, lower, right, upper]: [f64; 4]) -> Polygon {
    vec![[left, lower], [right, lower], [right, upper], [left, upper]]
}

/// By the sum of its triangles.
pub fn area(polygon: &[[f64; 2]]) -> f64 {
    let pairs = polygon.iter().zip(polygon.iter().cycle().skip(1));
    pairs.map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
}

/// The values of `line` at the corners, and what is near enough to zero to be on it.
fn at_corners(polygon: &[[f64; 2]], line: Affine) -> (impl Iterator<Item = f64> + Clone, f64) {
    let reach = polygon.iter().flatten().fold(1.0_f64, |most, at| most.max(at.abs()));
    let near = NEAR * reach * (line[0].abs() + line[1].abs() + line[2].abs()).max(f64::MIN_POSITIVE);
    (polygon.iter().map(move |corner| value(line, *corner)), near)
}

/// Whether a convex polygon has a part where `line` is positive, and one where it is negative.
pub(super) fn sides(polygon: &[[f64; 2]], line: Affine) -> [bool; 2] {
    let (values, near) = at_corners(polygon, line);
    let mut found = [false; 2];
    for value in values {
        found[0] |= value > near;
        found[1] |= value < -near;
    }
    found
}

/// The parts of a convex polygon where `line` is positive, and where it is negative; one of them is empty where it does not cut.
pub(super) fn cut(polygon: &[[f64; 2]], line: Affine) -> [Polygon; 2] {
    match sides(polygon, line) {
        [true, true] => {}
        [false, true] => return [Vec::new(), polygon.to_vec()],
        [_, false] => return [polygon.to_vec(), Vec::new()],
    }
    let (values, near) = at_corners(polygon, line);
    let values: Vec<f64> = values.collect();
    let mut parts = [Vec::new(), Vec::new()];
    for (at, (&corner, &here)) in polygon.iter().zip(&values).enumerate() {
        let after = (at + 1) % polygon.len();
        let (next, there) = (polygon[after], values[after]);
        if here >= -near {
            parts[0].push(corner);
        }
        if here <= near {
            parts[1].push(corner);
        }
        if (here > near && there < -near) || (here < -near && there > near) {
            let share = here / (here - there);
            let crossing = [0, 1].map(|axis| corner[axis] + share * (next[axis] - corner[axis]));
            parts.iter_mut().for_each(|part| part.push(crossing));
        }
    }
    parts
}

impl ReluNet {
    /// # Errors
    /// [`LabError::Setup`] where a layer does not take what the one before it gives, the first does not take two numbers, or there is only
    /// one.
    pub fn new(layers: Vec<DenseLayer>) -> Result<Self, LabError> {
        ensure!(!layers.is_empty(), "a network without layers has no regions");
        let mut inputs = 2;
        for (at, DenseLayer { weight, bias }) in layers.iter().enumerate() {
            let fits = weight.len() == bias.len() && !weight.is_empty() && weight.iter().all(|row| row.len() == inputs);
            ensure!(fits, "layer {} of {} does not take the {inputs} numbers before it", at + 1, layers.len());
            let is_finite = weight.iter().flatten().chain(bias).all(|number| number.is_finite());
            ensure!(is_finite, "layer {} has a weight that is no number", at + 1);
            inputs = weight.len();
        }
        ensure!(
            layers.len() > 1,
            "one layer alone is affine everywhere: its one region is the plane; give two or more"
        );
        Ok(Self { layers })
    }

    /// Layers of rectifiers.
    pub fn depth(&self) -> usize {
        self.layers.len() - 1
    }

    /// What the network says of a point, reckoned layer by layer.
    pub fn said(&self, point: [f64; 2]) -> Vec<f64> {
        let mut x = point.to_vec();
        for (at, layer) in self.layers.iter().enumerate() {
            x = layer.said(&x);
            if at < self.depth() {
                x.iter_mut().for_each(|value| *value = value.max(0.0));
            }
        }
        x
    }

    /// Which rectifiers are active at a point.
    pub fn pattern(&self, point: [f64; 2], layers: usize) -> Vec<bool> {
        let (mut x, mut pattern) = (point.to_vec(), Vec::new());
        for layer in &self.layers[..layers.min(self.depth())] {
            x = layer.said(&x);
            pattern.extend(x.iter().map(|value| *value > 0.0));
            x.iter_mut().for_each(|value| *value = value.max(0.0));
        }
        pattern
    }

    /// The regions after each layer of rectifiers, within a convex polygon; those after the last are the network's.
    ///
    /// # Errors
    /// [`LabError::Setup`] of more than [`MOST_REGIONS`].
    pub fn regions_by_layer(&self, domain: &[[f64; 2]]) -> Result<Vec<Vec<LinearRegion>>, LabError> {
        let start = LinearRegion {
            polygon: domain.to_vec(),
            pattern: Vec::new(),
            said: vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        };
        let mut all: Vec<Vec<LinearRegion>> = Vec::new();
        let mut before = vec![start];
        for layer in &self.layers[..self.depth()] {
            let mut next = Vec::new();
            for region in &before {
                layer.split(region, &mut next);
                ensure!(
                    next.len() <= MOST_REGIONS,
                    "more than {MOST_REGIONS} regions; choose fewer layers, fewer units or a smaller part of the plane"
                );
            }
            before.clone_from(&next);
            all.push(next);
        }
        let last = &self.layers[self.depth()];
        before.iter_mut().for_each(|region| region.said = last.composed(&region.said));
        all.pop();
        all.push(before);
        Ok(all)
    }

    /// The regions of the network.
    ///
    /// # Errors
    /// As of [`Self::regions_by_layer`].
    pub fn regions(&self, domain: &[[f64; 2]]) -> Result<Vec<LinearRegion>, LabError> {
        Ok(self.regions_by_layer(domain)?.pop().unwrap_or_default())
    }
}

impl DenseLayer {
    fn said(&self, x: &[f64]) -> Vec<f64> {
        let row = |(row, bias): (&Vec<f64>, &f64)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + bias;
        self.weight.iter().zip(&self.bias).map(row).collect()
    }

    /// This layer behind affine maps.
    fn composed(&self, before: &[Affine]) -> Vec<Affine> {
        let row = |(row, bias): (&Vec<f64>, &f64)| {
            let mut sum = [0.0, 0.0, *bias];
            for (weight, map) in row.iter().zip(before) {
                sum.iter_mut().zip(map).for_each(|(sum, number)| *sum += weight * number);
            }
            sum
        };
        self.weight.iter().zip(&self.bias).map(row).collect()
    }

    /// A region of the layers before, cut by each rectifier of this one.
    fn split(&self, region: &LinearRegion, into: &mut Vec<LinearRegion>) {
        let lines = self.composed(&region.said);
        let mut parts: Vec<(Polygon, Vec<bool>)> = vec![(region.polygon.clone(), Vec::new())];
        for &line in &lines {
            let mut next = Vec::with_capacity(parts.len());
            for (polygon, active) in parts {
                for (part, is_active) in cut(&polygon, line).into_iter().zip([true, false]) {
                    if part.len() > 2 {
                        let active = active.iter().copied().chain([is_active]).collect();
                        next.push((part, active));
                    }
                }
            }
            parts = next;
        }
        into.extend(parts.into_iter().map(|(polygon, active)| LinearRegion {
            polygon,
            said: lines.iter().zip(&active).map(|(line, active)| if *active { *line } else { [0.0; 3] }).collect(),
            pattern: region.pattern.iter().copied().chain(active).collect(),
        }));
    }
}

/// The part of a region in which each output is the largest, by its number; empty ones are left out.
pub fn classes_of(region: &LinearRegion) -> Vec<(usize, Polygon)> {
    envelope(&region.polygon, &region.said)
}

/// The parts of a convex polygon in which each of these maps is the largest, by its number; empty ones are left out, and of two that are
/// equal the first one is taken.
pub(super) fn envelope(polygon: &[[f64; 2]], maps: &[Affine]) -> Vec<(usize, Polygon)> {
    let line = |one: usize, other: usize| -> Affine { std::array::from_fn(|at| maps[one][at] - maps[other][at]) };
    let at = |map: &Affine, corner: &[f64; 2]| value(*map, *corner);
    let best = |corner: &[f64; 2]| {
        (1..maps.len()).fold(0, |best, one| if at(&maps[one], corner) > at(&maps[best], corner) { one } else { best })
    };
    let winners: Vec<usize> = polygon.iter().map(best).collect();
    // Who is nowhere above one of those that are the largest at a corner is the largest nowhere.
    let is_left = |one: &usize| {
        winners.iter().filter(|winner| *winner != one).all(|&winner| match sides(polygon, line(*one, winner)) {
            [true, _] => true,
            [false, true] => false,
            [false, false] => *one < winner,
        })
    };
    let left: Vec<usize> = (0..maps.len()).filter(is_left).collect();
    if let [one] = left[..] {
        return vec![(one, polygon.to_vec())];
    }
    let part = |&one: &usize| {
        let mut part = polygon.to_vec();
        for &other in left.iter().filter(|other| **other != one) {
            let line = line(one, other);
            let is_touched = !sides(&part, line)[0];
            let [above, _] = cut(&part, line);
            part = if is_touched && other < one { Vec::new() } else { above };
        }
        (part.len() > 2).then_some((one, part))
    };
    left.iter().filter_map(part).collect()
}

/// Of `n` lines in a plane: how many regions they make at most (Zaslavsky 1975), which is what a layer of `n` rectifiers can.
pub fn zaslavsky(n: u64) -> u64 {
    1 + n + n * n.saturating_sub(1) / 2
}

/// How many regions networks with layers of these widths can have over a plane, at least (Montúfar et al. 2014, theorem 5).
pub fn montufar(widths: &[u64]) -> u64 {
    let Some((last, before)) = widths.split_last() else { return 1 };
    let folds = before.iter().map(|width| (width / 2).pow(2).max(1));
    folds.fold(zaslavsky(*last), u64::saturating_mul)
}

#[cfg(test)]
mod tests;
