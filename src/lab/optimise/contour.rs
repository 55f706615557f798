//! Lines of equal height by marching squares (Lorensen & Cline 1987, in two dimensions).

/// Pieces of the line `value = level` through a square grid, rows first. Ends are `[column, row]`.
pub(super) fn segments(values: &[f64], side: usize, level: f64) -> Vec<[[f64; 2]; 2]> {
    let mut found = Vec::new();
    for row in 0..side.saturating_sub(1) {
        for column in 0..side - 1 {
            // Around the cell from its upper left corner.
            let corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
            let value = |k: usize| values[corners[k % 4][1] * side + corners[k % 4][0]];
            // Each side of the cell is crossed once or not at all, so 0, 2 or 4 of them are.
            let crossed = (0..4).filter(|&k| (value(k) < level) != (value(k + 1) < level)).map(|k| {
                let (from, to) = (value(k), value(k + 1));
                let part = (level - from) / (to - from);
                let [one, other] = [corners[k], corners[(k + 1) % 4]].map(|at| at.map(|at| at as f64));
                [0, 1].map(|axis| one[axis] + part * (other[axis] - one[axis]))
            });
            let mut ends: Vec<[f64; 2]> = crossed.collect();
            // A saddle: the middle says which two corners, first and third or second and fourth, are cut off.
            let middle = (0..4).map(value).sum::<f64>() / 4.0;
            if ends.len() == 4 && (middle < level) != (value(0) < level) {
                ends.rotate_left(1);
            }
            found.extend(ends.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cone_has_circles() {
        let side = 41;
        let radius = |k: usize| ((k % side) as f64 - 20.0).hypot((k / side) as f64 - 20.0);
        let values: Vec<f64> = (0..side * side).map(radius).collect();
        let pieces = segments(&values, side, 12.3);
        let length: f64 = pieces.iter().map(|[a, b]| (a[0] - b[0]).hypot(a[1] - b[1])).sum();
        assert!((length / (std::f64::consts::TAU * 12.3) - 1.0).abs() < 0.01, "{length}");
        let ends = pieces.iter().flatten();
        assert!(ends.clone().all(|at| ((at[0] - 20.0).hypot(at[1] - 20.0) - 12.3).abs() < 0.05));
    }

    #[test]
    fn a_saddle_goes_where_its_middle_is() {
        // Low at first and third corner, and in the middle: the high corners are cut off.
        let pieces = segments(&[0.0, 1.0, 1.0, 0.0], 2, 0.6);
        assert_eq!(pieces, [[[0.6, 0.0], [1.0, 0.4]], [[0.4, 1.0], [0.0, 0.6]]]);
        let pieces = segments(&[0.0, 1.0, 1.0, 0.0], 2, 0.4);
        assert_eq!(pieces.len(), 2);
        assert!(pieces[0][0][0] > 0.9 && pieces[1][1][1] < 0.1, "{pieces:?}");
    }
}
