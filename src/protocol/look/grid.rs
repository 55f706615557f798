//! Places of a map, and the pixels that they stand for.

use super::EvidenceMap;
use crate::protocol::Pixels;

impl EvidenceMap {
    /// How many places there are.
    pub fn count(&self) -> usize {
        self.xs.len() * self.ys.len()
    }

    /// The place whose middle is the nearest to this point, in pixels.
    pub fn nearest(&self, [x, y]: [f64; 2]) -> usize {
        nearest(&self.ys, self.side, y) * self.xs.len() + nearest(&self.xs, self.side, x)
    }

    /// A value for each pixel: of the nearest place, or interpolated between the middles of places; zero where none is known yet.
    pub fn at_pixels(&self, is_smooth: bool) -> Vec<f32> {
        let Pixels { width, height, .. } = self.seen;
        let columns = between(&self.xs, self.side, width, is_smooth);
        let rows = between(&self.ys, self.side, height, is_smooth);
        let count = self.xs.len();
        let value = |row: usize, column: usize| self.values.get(row * count + column).copied().unwrap_or(0.0);
        let pixel = |(above, below, down): (usize, usize, f32), (left, right, across): (usize, usize, f32)| {
            let of = |row: usize| value(row, left) * (1.0 - across) + value(row, right) * across;
            of(above) * (1.0 - down) + of(below) * down
        };
        rows.iter()
            .flat_map(|&row| columns.iter().map(move |&column| (row, column)))
            .map(|(r, c)| pixel(r, c))
            .collect()
    }
}

fn nearest(edges: &[u32], side: u32, at: f64) -> usize {
    let away = |&edge: &usize| (f64::from(edges[edge]) + f64::from(side) / 2.0 - at).abs();
    (0..edges.len()).min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or_default()
}

/// For each pixel of a row or a column: the places between whose middles it lies, and how far it is from the first to the second.
fn between(edges: &[u32], side: u32, pixels: u32, is_smooth: bool) -> Vec<(usize, usize, f32)> {
    let middle = |at: usize| edges[at] as f32 + side as f32 / 2.0;
    let of = |pixel: u32| {
        let here = pixel as f32 + 0.5;
        if !is_smooth || edges.len() < 2 {
            let at = nearest(edges, side, f64::from(here));
            return (at, at, 0.0);
        }
        let after = (0..edges.len()).find(|&at| middle(at) > here).unwrap_or(edges.len() - 1).max(1);
        let share = (here - middle(after - 1)) / (middle(after) - middle(after - 1)).max(1.0);
        (after - 1, after, share.clamp(0.0, 1.0))
    };
    (0..pixels).map(of).collect()
}
