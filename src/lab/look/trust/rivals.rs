//! What a map must beat: numbers by chance, and the edges of the picture, neither of which asks a network.

use super::Filling;
use crate::lab::Host;
use crate::lab::dice::Dice;
use crate::protocol::EvidenceMap;

/// For each pixel, or for each place of a grid.
pub(super) fn chance<H: Host>(filling: &mut Filling<'_, H>, grid: Option<[usize; 2]>, seed: u32) -> EvidenceMap {
    match grid {
        Some(grid) => filling.stretch(grid),
        None => filling.stretch_to_pixels(),
    }
    let mut dice = Dice::new(seed);
    let values = (0..filling.places()).map(|_| dice.unit()).collect();
    EvidenceMap { values, ..filling.map.clone() }
}

/// The length of Sobel's gradient of the grey picture.
pub(super) fn edges<H: Host>(filling: &mut Filling<'_, H>) -> EvidenceMap {
    filling.stretch_to_pixels();
    let (width, height) = (filling.map.seen.width as usize, filling.map.seen.height as usize);
    let grey: Vec<f32> = filling
        .map
        .seen
        .rgba
        .chunks_exact(4)
        .map(|p| p[..3].iter().map(|&byte| f32::from(byte)).sum::<f32>() / 765.0)
        .collect();
    // Beyond an edge of the picture it goes on as it was.
    let at = |x: usize, y: usize, [right, down]: [isize; 2]| {
        let x = x.saturating_add_signed(right).min(width - 1);
        grey[y.saturating_add_signed(down).min(height - 1) * width + x]
    };
    let length = |x: usize, y: usize| {
        let along = |steps: [[isize; 2]; 3]| {
            let of = |[right, down]: [isize; 2]| at(x, y, [right, down]) - at(x, y, [-right, -down]);
            of(steps[0]) + 2.0 * of(steps[1]) + of(steps[2])
        };
        along([[1, -1], [1, 0], [1, 1]]).hypot(along([[-1, 1], [0, 1], [1, 1]]))
    };
    let values = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| length(x, y)).collect();
    EvidenceMap { values, ..filling.map.clone() }
}
