//! Activities of cells, arranged in planes, and the areas from which other cells get them.

/// Cells of one kind: `planes` × `side` × `side`. All cells of a plane have the same connections, each from its own place.
#[derive(Clone, Debug, PartialEq)]
pub struct CellPlanes {
    pub planes: usize,
    pub side: usize,
    pub values: Vec<f32>,
}

impl CellPlanes {
    pub fn new(planes: usize, side: usize) -> Self {
        Self { planes, side, values: vec![0.0; planes * side * side] }
    }

    /// Beyond the edge nothing is active.
    pub fn at(&self, plane: usize, [row, column]: [i32; 2]) -> f32 {
        let within = 0..self.side as i32;
        match within.contains(&row) && within.contains(&column) {
            true => self.values[(plane * self.side + row as usize) * self.side + column as usize],
            false => 0.0,
        }
    }

    /// Cells of one plane.
    pub fn cells(&self) -> usize {
        self.side * self.side
    }

    /// Row and column of a cell of a plane.
    pub fn place(&self, cell: usize) -> [i32; 2] {
        [(cell / self.side) as i32, (cell % self.side) as i32]
    }

    /// Cells of a plane within so many rows and columns of one.
    pub fn near(&self, cell: usize, reach: i32) -> impl Iterator<Item = usize> + use<> {
        let (side, [row, column]) = (self.side as i32, self.place(cell));
        let span = move |at: i32| (at - reach).max(0)..(at + reach + 1).min(side);
        span(row).flat_map(move |row| span(column).map(move |column| (row * side + column) as usize))
    }

    /// The largest activity with its plane and cell, the first of equals; `None` where nothing is active.
    pub fn strongest(&self) -> Option<(f32, usize, usize)> {
        let mut best: Option<(f32, usize)> = None;
        for (at, &value) in self.values.iter().enumerate() {
            if value > best.map_or(0.0, |(known, _)| known) {
                best = Some((value, at));
            }
        }
        best.map(|(value, at)| (value, at / self.cells(), at % self.cells()))
    }
}

/// A place of a connecting area, from its middle, and the strength there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AreaTap {
    pub(super) by: [i32; 2],
    pub(super) strength: f32,
}

/// The round area of this radius; the strengths of all inputs together are 1.
pub(super) fn round_area(radius: i32, inputs: usize, strength: impl Fn(f32) -> f32) -> Vec<AreaTap> {
    let limit = (radius as f32 + 0.5).powi(2);
    let mut taps = Vec::new();
    for row in -radius..=radius {
        for column in -radius..=radius {
            let squared = (row * row + column * column) as f32;
            if squared <= limit {
                taps.push(AreaTap { by: [row, column], strength: strength(squared.sqrt()) });
            }
        }
    }
    let whole = taps.iter().map(|tap| tap.strength).sum::<f32>() * inputs as f32;
    taps.iter_mut().for_each(|tap| tap.strength /= whole);
    taps
}
