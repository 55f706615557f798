//! Points of the plane in two or three classes, within about -1 to 1.

use super::Recipe;
use crate::data::{
    maths::{P, PI, TURN, p},
    random::RandomStream,
};

/// Where points go without noise.
const REACH: f32 = 0.9;

pub(super) fn spirals(recipe: &Recipe, class: u32, example: u64) -> [f32; 2] {
    arm(recipe, class, example, 2, 1.5)
}

pub(super) fn spirals3(recipe: &Recipe, class: u32, example: u64) -> [f32; 2] {
    arm(recipe, class, example, 3, 1.0)
}

/// One of `arms` Archimedean spirals of `turns`. The noise is a fifth of that asked for: arms are close together.
fn arm(recipe: &Recipe, class: u32, example: u64, arms: u32, turns: f32) -> [f32; 2] {
    let mut random = RandomStream::new(recipe.seed, example);
    let way = random.unit();
    let angle = TURN * (turns * way + class as f32 / arms as f32);
    jittered(P::at_angle(angle, REACH * way), recipe.noise / 5.0, &mut random)
}

/// A disc of half the reach, and a ring around it.
pub(super) fn circles(recipe: &Recipe, class: u32, example: u64) -> [f32; 2] {
    let mut random = RandomStream::new(recipe.seed, example);
    let angle = random.between(-PI, PI);
    let radius = match class {
        // The root spreads them evenly over the disc.
        0 => 0.5 * random.unit().sqrt(),
        _ => random.between(0.7, 1.0),
    };
    jittered(P::at_angle(angle, REACH * radius), recipe.noise, &mut random)
}

/// The class is whether x and y had one sign before the noise; a gap of a tenth lies along the axes.
pub(super) fn xor(recipe: &Recipe, class: u32, example: u64) -> [f32; 2] {
    let mut random = RandomStream::new(recipe.seed, example);
    let [x, y] = [random.between(0.05, REACH), random.between(0.05, REACH)];
    let left = if random.below(2) == 0 { 1.0 } else { -1.0 };
    let same = if class == 0 { left } else { -left };
    jittered(p(x * left, y * same), recipe.noise, &mut random)
}

/// Around (0.4, 0.4) and (-0.4, -0.4), with a deviation of 0.12 and that of the noise besides.
pub(super) fn gaussians(recipe: &Recipe, class: u32, example: u64) -> [f32; 2] {
    let mut random = RandomStream::new(recipe.seed, example);
    let centre = if class == 0 { p(0.4, 0.4) } else { p(-0.4, -0.4) };
    let at = jittered(centre, 0.12, &mut random);
    jittered(p(at[0], at[1]), recipe.noise, &mut random)
}

fn jittered(at: P, noise: f32, random: &mut RandomStream) -> [f32; 2] {
    [at.x + random.normal() * noise, at.y + random.normal() * noise]
}
