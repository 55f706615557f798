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

    /// Whether the strongest pixel lies in a frame, and the share of all evidence that does: the pointing game (Zhang et al. 2016) and its
    /// energy (Wang et al. 2020). The frame is left, top, right and bottom in per cent of the picture. What speaks against the class is no
    /// evidence for it, but of slopes only the size counts.
    pub fn inside(&self, frame: [u32; 4]) -> (bool, f32) {
        let Pixels { width, height, .. } = self.seen;
        let evidence = |value: f32| if self.method.is_slope() { value.abs() } else { value.max(0.0) };
        let [left, top, right, bottom] = frame.map(|edge| edge as f32 / 100.0);
        let is_inside = |at: usize| {
            let (x, y) = (at as u32 % width, at as u32 / width);
            let (x, y) = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
            left <= x && x <= right && top <= y && y <= bottom
        };
        let (mut strongest, mut all, mut within) = ((0, f32::MIN), 0.0, 0.0);
        for (at, value) in self.at_pixels(true).into_iter().map(evidence).enumerate() {
            all += value;
            within += if is_inside(at) { value } else { 0.0 };
            if value > strongest.1 {
                strongest = (at, value);
            }
        }
        (is_inside(strongest.0), if all > 0.0 { within / all } else { 0.0 })
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
