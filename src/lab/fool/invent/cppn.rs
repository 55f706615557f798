//! The indirect encoding: a compositional pattern-producing network (Stanley, Compositional pattern producing networks, 2007),
//! which says of each place what colour it has, and grows as in NEAT (Stanley & Miikkulainen 2002). Colours are hue, saturation
//! and value, as in Nguyen et al. 2015.

use super::evolve::Genome;
use crate::lab::dice::Dice;

#[derive(Clone, Copy)]
enum Shape {
    Linear,
    Sine,
    Gaussian,
    Sigmoid,
}

const SHAPES: [Shape; 4] = [Shape::Linear, Shape::Sine, Shape::Gaussian, Shape::Sigmoid];

impl Shape {
    fn of(self, x: f32) -> f32 {
        match self {
            Shape::Linear => x,
            Shape::Sine => x.sin(),
            Shape::Gaussian => (-x * x).exp(),
            Shape::Sigmoid => x.tanh(),
        }
    }
}

#[derive(Clone, Copy)]
struct Link {
    from: usize,
    to: usize,
    weight: f32,
}

/// x, y, distance from the middle, and 1.
const INPUTS: usize = 4;
/// Places are seen from -2 to 2.
const REACH: f32 = 2.0;
/// A network does not grow beyond these.
const MOST_NODES: usize = 40;
const MOST_LINKS: usize = 120;
const CHANGE_WEIGHT: f32 = 0.4;
const NEW_WEIGHT: f32 = 0.05;
const NEW_LINK: f32 = 0.25;
const NEW_NODE: f32 = 0.15;
const NEW_SHAPE: f32 = 0.15;

/// Nodes are inputs, outputs, then hidden ones; a link leads from a lower to a higher `level`, so there are no loops.
#[derive(Clone)]
pub(super) struct Cppn {
    levels: Vec<f32>,
    shapes: Vec<Shape>,
    links: Vec<Link>,
    outputs: usize,
}

impl Genome for Cppn {
    fn first([channels, ..]: [usize; 3], dice: &mut Dice) -> Self {
        let outputs = channels;
        let levels = [vec![0.0; INPUTS], vec![1.0; outputs]].concat();
        let mut shapes = vec![Shape::Linear; INPUTS];
        shapes.extend((0..outputs).map(|_| SHAPES[dice.below(SHAPES.len())]));
        let mut links = Vec::new();
        for from in 0..INPUTS {
            for to in INPUTS..INPUTS + outputs {
                links.push(Link { from, to, weight: 1.5 * dice.normal() });
            }
        }
        Self { levels, shapes, links, outputs }
    }

    fn child(&self, _: u32, dice: &mut Dice) -> Self {
        let mut child = self.clone();
        for link in &mut child.links {
            if dice.is(CHANGE_WEIGHT) {
                link.weight += 0.4 * dice.normal();
            }
            if dice.is(NEW_WEIGHT) {
                link.weight = 1.5 * dice.normal();
            }
        }
        if dice.is(NEW_SHAPE) {
            let node = INPUTS + dice.below(child.shapes.len() - INPUTS);
            child.shapes[node] = SHAPES[dice.below(SHAPES.len())];
        }
        if dice.is(NEW_NODE) && child.levels.len() < MOST_NODES {
            child.split(dice);
        }
        if dice.is(NEW_LINK) && child.links.len() < MOST_LINKS {
            child.connect(dice);
        }
        child
    }

    fn paint(&self, [channels, height, width]: [usize; 3]) -> Vec<f32> {
        let plane = height * width;
        let mut order: Vec<usize> = (INPUTS..self.levels.len()).collect();
        order.sort_by(|&a, &b| self.levels[a].total_cmp(&self.levels[b]));
        let into: Vec<Vec<Link>> = (0..self.levels.len())
            .map(|to| self.links.iter().filter(|link| link.to == to).copied().collect())
            .collect();
        let mut values = vec![0.0; channels * plane];
        let mut node = vec![0.0_f32; self.levels.len()];
        for at in 0..plane {
            let place = |step: usize, of: usize| REACH * (2.0 * (step as f32 + 0.5) / of as f32 - 1.0);
            let (x, y) = (place(at % width, width), place(at / width, height));
            node[..INPUTS].copy_from_slice(&[x, y, (x * x + y * y).sqrt(), 1.0]);
            for &to in &order {
                let sum: f32 = into[to].iter().map(|link| link.weight * node[link.from]).sum();
                node[to] = self.shapes[to].of(sum).clamp(-1e6, 1e6);
            }
            let unit = |output: usize| 0.5 + 0.5 * node[INPUTS + output].clamp(-1.0, 1.0);
            match self.outputs {
                3 => {
                    let rgb = rgb_of([unit(0), unit(1), unit(2)]);
                    rgb.into_iter().enumerate().for_each(|(channel, value)| values[channel * plane + at] = value);
                }
                outputs => (0..outputs).for_each(|channel| values[channel * plane + at] = unit(channel)),
            }
        }
        values
    }
}

impl Cppn {
    /// A node in the middle of a link (NEAT's): 1 into it, the old weight out of it.
    fn split(&mut self, dice: &mut Dice) {
        if self.links.is_empty() {
            return;
        }
        let Link { from, to, weight } = self.links.swap_remove(dice.below(self.links.len()));
        let node = self.levels.len();
        self.levels.push((self.levels[from] + self.levels[to]) / 2.0);
        self.shapes.push(SHAPES[dice.below(SHAPES.len())]);
        self.links.push(Link { from, to: node, weight: 1.0 });
        self.links.push(Link { from: node, to, weight });
    }

    fn connect(&mut self, dice: &mut Dice) {
        let (a, b) = (dice.below(self.levels.len()), dice.below(self.levels.len()));
        let (from, to) = if self.levels[a] < self.levels[b] { (a, b) } else { (b, a) };
        let is_new = !self.links.iter().any(|link| (link.from, link.to) == (from, to));
        if self.levels[from] < self.levels[to] && is_new {
            self.links.push(Link { from, to, weight: 1.5 * dice.normal() });
        }
    }
}

/// Hue, saturation and value, each in [0, 1] (Smith 1978).
fn rgb_of([hue, saturation, value]: [f32; 3]) -> [f32; 3] {
    [5.0, 3.0, 1.0].map(|offset: f32| {
        let k = (offset + hue * 6.0) % 6.0;
        value - value * saturation * k.min(4.0 - k).clamp(0.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_hexcone() {
        for (hsv, rgb) in [
            ([0.0, 1.0, 1.0], [1.0, 0.0, 0.0]),
            ([1.0 / 3.0, 1.0, 1.0], [0.0, 1.0, 0.0]),
            ([2.0 / 3.0, 1.0, 0.5], [0.0, 0.0, 0.5]),
            ([0.7, 0.0, 0.25], [0.25; 3]),
        ] {
            let found = rgb_of(hsv);
            assert!(found.iter().zip(rgb).all(|(a, b)| (a - b).abs() < 1e-5), "{hsv:?}: {found:?}");
        }
    }

    #[test]
    fn networks_grow_without_loops_and_paint_within_the_box() {
        let (shape, mut dice) = ([3, 5, 7], Dice::new(3));
        let mut cppn = Cppn::first(shape, &mut dice);
        for generation in 0..200 {
            cppn = cppn.child(generation, &mut dice);
        }
        assert!(cppn.levels.len() > INPUTS + 3 + 5);
        assert!(cppn.links.iter().all(|link| cppn.levels[link.from] < cppn.levels[link.to]));
        let painted = cppn.paint(shape);
        assert_eq!(painted.len(), 105);
        assert!(painted.iter().all(|value| (0.0..=1.0).contains(value)));
    }
}
