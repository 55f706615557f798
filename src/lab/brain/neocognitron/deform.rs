//! Pictures that are shifted, turned, scaled and bent. What comes in from beyond the edge is dark.

use super::planes::CellPlanes;
use crate::lab::dice::Dice;
use crate::protocol::Deformation;

/// Directions of a shift, turn by turn.
const DIRECTIONS: [[f32; 2]; 8] =
    [[0.0, 1.0], [1.0, 0.0], [0.0, -1.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]];
/// Deviation of the normal curve that smooths a bend, in pixels (Simard 2003).
const SMOOTH: f32 = 4.0;

/// The picture after a change by `value`: pixels (of each axis in a diagonal shift), degrees, a factor, or the largest displacement in
/// pixels. `example` chooses direction, sense and bend.
pub(super) fn deformed(picture: &CellPlanes, by: Deformation, value: f64, example: usize, seed: u32) -> CellPlanes {
    let value = value as f32;
    let middle = (picture.side as f32 - 1.0) / 2.0;
    match by {
        Deformation::Shift => {
            let [down, across] = DIRECTIONS[example % DIRECTIONS.len()].map(|part| part * value);
            resampled(picture, |_, [row, column]| [row - down, column - across])
        }
        Deformation::Turn => {
            let sense = if example.is_multiple_of(2) { 1.0 } else { -1.0 };
            let (sin, cos) = (sense * value).to_radians().sin_cos();
            resampled(picture, |_, at| {
                let [down, across] = at.map(|at| at - middle);
                [cos * down - sin * across + middle, sin * down + cos * across + middle]
            })
        }
        Deformation::Scale => resampled(picture, |_, at| at.map(|at| (at - middle) / value + middle)),
        Deformation::Bend => {
            let mut dice = Dice::new(seed.wrapping_add(example as u32));
            let fields = [(); 2].map(|()| smooth_field(picture.side, &mut dice));
            let length = |cell: usize| fields[0][cell].hypot(fields[1][cell]);
            let largest = (0..picture.cells()).map(length).fold(f32::MIN_POSITIVE, f32::max);
            resampled(picture, |cell, [row, column]| {
                [row + value / largest * fields[0][cell], column + value / largest * fields[1][cell]]
            })
        }
    }
}

/// Each pixel from the row and column that `from` says of its number and place, interpolated.
pub(super) fn resampled(picture: &CellPlanes, from: impl Fn(usize, [f32; 2]) -> [f32; 2]) -> CellPlanes {
    let mut made = CellPlanes::new(1, picture.side);
    for cell in 0..made.cells() {
        made.values[cell] = between(picture, from(cell, made.place(cell).map(|at| at as f32)));
    }
    made
}

fn between(picture: &CellPlanes, [row, column]: [f32; 2]) -> f32 {
    let (top, left) = (row.floor(), column.floor());
    let (low, right) = (row - top, column - left);
    let at = |down: i32, across: i32| picture.at(0, [top as i32 + down, left as i32 + across]);
    (at(0, 0) * (1.0 - right) + at(0, 1) * right) * (1.0 - low) + (at(1, 0) * (1.0 - right) + at(1, 1) * right) * low
}

/// The picture in another size: the mean of 4 × 4 places of each pixel.
pub(super) fn resized(picture: &CellPlanes, side: usize) -> CellPlanes {
    const FINE: usize = 4;
    let mut made = CellPlanes::new(1, side);
    let step = picture.side as f32 / side as f32;
    for cell in 0..made.cells() {
        let [row, column] = made.place(cell).map(|at| at as f32);
        let places = (0..FINE * FINE).map(|fine| {
            let within = |at: usize| (at as f32 + 0.5) / FINE as f32;
            [(row + within(fine / FINE)) * step - 0.5, (column + within(fine % FINE)) * step - 0.5]
        });
        made.values[cell] = places.map(|place| between(picture, place)).sum::<f32>() / (FINE * FINE) as f32;
    }
    made
}

/// Normal numbers, smoothed along rows and columns.
fn smooth_field(side: usize, dice: &mut Dice) -> Vec<f32> {
    let rough: Vec<f32> = (0..side * side).map(|_| dice.normal()).collect();
    let weight = |by: usize| (-0.5 * (by as f32 / SMOOTH).powi(2)).exp();
    let smoothed = |values: &[f32], of: fn(usize, usize, usize) -> usize| -> Vec<f32> {
        let line = |at: usize| {
            let (row, column) = (at / side, at % side);
            (0..side).map(|other| weight(other.abs_diff(column)) * values[of(row, other, side)]).sum()
        };
        (0..side * side).map(line).collect()
    };
    let along = smoothed(&rough, |row, column, side| row * side + column);
    // Columns become rows: the second pass goes down them, and turns them back.
    let down = smoothed(&along, |row, column, side| column * side + row);
    (0..side * side).map(|at| down[(at % side) * side + at / side]).collect()
}
