//! Many points as few: of all that fall on one pixel column, the first, the lowest, the highest and the last. What is drawn
//! looks the same. Tested natively by `tests/experiments/charts.rs`.

use std::fmt::Write;

/// The path's unit; whole numbers of it are shorter and faster to write than decimals.
pub(crate) const UNITS_PER_PIXEL: f64 = 10.0;

/// An SVG path through points in pixels, whose `x` does not fall.
pub(crate) fn path_of(points: impl Iterator<Item = [f64; 2]>) -> String {
    let mut path = String::new();
    let mut column: Option<Column> = None;
    for [x, y] in points {
        match &mut column {
            Some(column) if column.pixel == x.floor() => column.take(x, y),
            _ => {
                if let Some(column) = column.replace(Column::new(x, y)) {
                    column.write(&mut path);
                }
            }
        }
    }
    if let Some(column) = column {
        column.write(&mut path);
    }
    path
}

/// A dot at each point: a line of no length, which round caps make visible.
pub(crate) fn dots_of(points: impl Iterator<Item = [f64; 2]>) -> String {
    let mut path = String::new();
    for [x, y] in points {
        // Writing to a string cannot fail.
        let _ = write!(path, "M{} {}h0", units(x), units(y));
    }
    path
}

struct Column {
    pixel: f64,
    /// In the order of arrival.
    kept: [[f64; 2]; 4],
    low: usize,
    high: usize,
    count: usize,
}

impl Column {
    fn new(x: f64, y: f64) -> Column {
        Column { pixel: x.floor(), kept: [[x, y]; 4], low: 0, high: 0, count: 1 }
    }

    /// `kept` is first, lowest, highest, last; `low` and `high` say when those two came.
    fn take(&mut self, x: f64, y: f64) {
        if y < self.kept[1][1] {
            (self.kept[1], self.low) = ([x, y], self.count);
        }
        if y > self.kept[2][1] {
            (self.kept[2], self.high) = ([x, y], self.count);
        }
        self.kept[3] = [x, y];
        self.count += 1;
    }

    fn write(&self, path: &mut String) {
        let [first, low, high, last] = self.kept;
        let (earlier, later) = if self.low <= self.high { (low, high) } else { (high, low) };
        let mut before = None;
        for point in [first, earlier, later, last] {
            let at = (units(point[0]), units(point[1]));
            if before != Some(at) {
                let letter = if path.is_empty() { 'M' } else { 'L' };
                let _ = write!(path, "{letter}{} {}", at.0, at.1);
            }
            before = Some(at);
        }
    }
}

fn units(pixels: f64) -> i32 {
    (pixels * UNITS_PER_PIXEL).round() as i32
}
