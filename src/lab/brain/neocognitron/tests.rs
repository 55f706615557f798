//! What a small one does, and what deformations do.

use super::deform::{deformed, resized};
use super::network::{Neocognitron, NeocognitronPlan};
use super::planes::CellPlanes;
use super::simple::SimpleLayer;
use crate::protocol::Deformation;

fn bar(column: usize) -> CellPlanes {
    let mut picture = CellPlanes::new(1, 28);
    for row in 6..22 {
        for column in column..column + 3 {
            picture.values[row * 28 + column] = 1.0;
        }
    }
    picture
}

#[test]
fn a_shift_by_whole_pixels_moves_them() {
    let picture = bar(10);
    // Example 0 goes to the right.
    assert_eq!(deformed(&picture, Deformation::Shift, 2.0, 0, 1), bar(12));
    for by in Deformation::ALL {
        assert_eq!(deformed(&picture, by, by.values()[0], 3, 1), picture, "{by:?}");
    }
}

#[test]
fn a_bend_moves_no_pixel_further_than_it_says() {
    // A ramp says where each pixel came from.
    let side = 28;
    let values = (0..side * side).map(|cell| (cell % side) as f32).collect();
    let ramp = CellPlanes { planes: 1, side, values };
    let bent = deformed(&ramp, Deformation::Bend, 3.0, 4, 1);
    let inside = (0..ramp.cells()).filter(|&cell| ramp.place(cell).iter().all(|at| (4..24).contains(at)));
    let moved: Vec<f32> = inside.map(|cell| (bent.values[cell] - ramp.values[cell]).abs()).collect();
    let largest = moved.iter().copied().fold(0.0, f32::max);
    assert!(largest <= 3.0 + 1e-4 && largest > 0.5, "{largest}");
}

#[test]
fn another_size_keeps_the_mean() {
    let picture = bar(10);
    let mean = |picture: &CellPlanes| picture.values.iter().sum::<f32>() / picture.cells() as f32;
    assert!((mean(&resized(&picture, 16)) - mean(&picture)).abs() < 2e-3);
}

#[test]
fn a_plane_grows_only_for_what_no_plane_hears() {
    let mut layer = SimpleLayer::new(1, 1);
    let mut spot = CellPlanes::new(1, 9);
    spot.values[4 * 9 + 4] = 1.0;
    layer.grow(&spot, 0.7, 1, 10).unwrap();
    let once = layer.planes();
    assert!(once >= 1);
    layer.grow(&spot, 0.7, 1, 10).unwrap();
    assert_eq!(layer.planes(), once, "the same again is heard");
    let mut line = CellPlanes::new(1, 9);
    (0..9).for_each(|row| line.values[row * 9 + 4] = 1.0);
    layer.grow(&line, 0.7, 1, 10).unwrap();
    assert!(layer.planes() > once, "a line is another feature");
    assert!(layer.planes() <= 10);
}

#[test]
fn the_winners_lead_back_to_what_was_shown() {
    let plan = NeocognitronPlan { growth: 0.66, classes: 0.3, planes: 20 };
    let mut network = Neocognitron::new(plan).unwrap();
    let picture = bar(12);
    network.grow_features(&picture).unwrap();
    let features = network.features_of(&picture).unwrap();
    assert!(network.be_told(&features, 7).unwrap());
    assert_eq!(network.class_of(&picture).unwrap(), Some(7));
    let winners = network.winners(&network.answers(&picture).unwrap(), 8);
    assert_eq!(winners.len(), 6);
    for parts in &winners {
        let whole: f32 = parts.iter().map(|part| part.share).sum();
        assert!(!parts.is_empty() && whole <= 1.0 + 1e-4, "{whole}");
    }
    // The cells of contrast stand at the bar or beside it.
    for part in &winners[5] {
        assert!((10..18).contains(&part.place[1]) && (4..24).contains(&part.place[0]), "{part:?}");
    }
}

#[test]
fn a_dark_picture_has_no_class() {
    let plan = NeocognitronPlan { growth: 0.66, classes: 0.3, planes: 20 };
    let network = Neocognitron::new(plan).unwrap();
    assert_eq!(network.class_of(&CellPlanes::new(1, 28)).unwrap(), None);
}
