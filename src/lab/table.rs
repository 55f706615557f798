//! Numbers of many pictures, a row for each: as they are, and as classifiers learn from them.

/// `[rows, columns]`.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureTable {
    columns: usize,
    values: Vec<f32>,
}

impl FeatureTable {
    /// Each row has as many numbers as the first.
    pub fn from_rows(rows: &[impl AsRef<[f32]>]) -> Self {
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        Self { columns, values: rows.iter().flat_map(|row| row.as_ref()).copied().collect() }
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn rows(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    pub fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.columns..][..self.columns]
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// These rows, in this order.
    #[must_use]
    pub fn picked(&self, rows: &[usize]) -> Self {
        Self { columns: self.columns, values: rows.iter().flat_map(|&at| self.row(at)).copied().collect() }
    }
}

/// `(x - mean) / (σ √n)` of each column, `n` of which ever change: a row's squared length is 1 in the mean, whatever the layer it is
/// from, so that a classifier's constant means the same at every layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardise {
    mean: Vec<f64>,
    /// Nothing where a column never changes.
    factor: Vec<f64>,
}

impl Standardise {
    /// By the mean and the deviation of these rows.
    pub fn of(table: &FeatureTable) -> Self {
        let (rows, columns) = (table.rows().max(1) as f64, table.columns());
        let mut mean = vec![0.0; columns];
        for row in table.iter() {
            mean.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        mean.iter_mut().for_each(|sum| *sum /= rows);
        let mut deviation = vec![0.0; columns];
        for row in table.iter() {
            let all = deviation.iter_mut().zip(row).zip(&mean);
            all.for_each(|((sum, &x), mean)| *sum += (f64::from(x) - mean).powi(2));
        }
        deviation.iter_mut().for_each(|sum| *sum = (*sum / rows).sqrt());
        // Less than rounding leaves of numbers that are all the same.
        let is_live = |(deviation, mean): (&f64, &f64)| *deviation > 1e-6 * mean.abs() && *deviation > 1e-30;
        let live = deviation.iter().zip(&mean).filter(|&both| is_live(both)).count().max(1) as f64;
        let factor = |both: (&f64, &f64)| if is_live(both) { 1.0 / (both.0 * live.sqrt()) } else { 0.0 };
        let factor = deviation.iter().zip(&mean).map(factor).collect();
        Self { mean, factor }
    }

    /// Mean and factor of each column.
    pub(super) fn parts(&self) -> (&[f64], &[f64]) {
        (&self.mean, &self.factor)
    }

    pub(super) fn from_parts((mean, factor): (Vec<f64>, Vec<f64>)) -> Self {
        Self { mean, factor }
    }

    /// A row, standardised.
    pub fn row<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        let all = row.iter().zip(&self.mean).zip(&self.factor);
        all.map(|((&x, mean), factor)| ((f64::from(x) - mean) * factor) as f32)
    }

    pub fn table(&self, table: &FeatureTable) -> FeatureTable {
        let values = table.iter().flat_map(|row| self.row(row)).collect();
        FeatureTable { columns: table.columns, values }
    }

    /// The weights and the bias for numbers as they are, of those for standardised ones.
    pub fn undone(&self, weight: &[f64], bias: f64) -> (Vec<f64>, f64) {
        let weight: Vec<f64> = weight.iter().zip(&self.factor).map(|(w, factor)| w * factor).collect();
        let shift: f64 = weight.iter().zip(&self.mean).map(|(w, mean)| w * mean).sum();
        (weight, bias - shift)
    }
}

/// An orthonormal basis of the space of some rows (modified Gram & Schmidt, each twice), and the rows in its coordinates. All lengths
/// and angles stay, so whatever is learnt by them is the same, of fewer numbers.
pub(super) struct RowSpace {
    basis: Vec<Vec<f64>>,
    pub(super) coordinates: FeatureTable,
}

/// A row that is nearer to the others than this part of the longest row adds nothing.
const DEPENDENT: f64 = 1e-6;

impl RowSpace {
    /// Where there are far fewer rows than columns.
    pub(super) fn of_few(table: &FeatureTable) -> Option<Self> {
        (table.rows() * 2 <= table.columns()).then(|| Self::of(table))
    }

    fn of(table: &FeatureTable) -> Self {
        let longest =
            table.iter().map(|row| row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>()).fold(0.0, f64::max);
        let mut basis: Vec<Vec<f64>> = Vec::new();
        let mut all = Vec::new();
        for row in table.iter() {
            let mut rest: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
            let mut along = vec![0.0; basis.len()];
            for _ in 0..2 {
                for (axis, along) in basis.iter().zip(&mut along) {
                    let part = dot(axis, &rest);
                    *along += part;
                    rest.iter_mut().zip(axis).for_each(|(x, axis)| *x -= part * axis);
                }
            }
            let length = dot(&rest, &rest).sqrt();
            if length > DEPENDENT * longest.sqrt() {
                rest.iter_mut().for_each(|x| *x /= length);
                basis.push(rest);
                along.push(length);
            }
            all.push(along);
        }
        let columns = basis.len().max(1);
        let padded = |along: Vec<f64>| along.into_iter().map(|x| x as f32).chain(std::iter::repeat(0.0)).take(columns);
        Self { coordinates: FeatureTable { columns, values: all.into_iter().flat_map(padded).collect() }, basis }
    }

    /// The vector with these coordinates.
    pub(super) fn back(&self, along: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.basis.first().map_or(0, Vec::len)];
        for (axis, part) in self.basis.iter().zip(along) {
            sum.iter_mut().zip(axis).for_each(|(sum, axis)| *sum += part * axis);
        }
        sum
    }
}

/// Numbers that are added up side by side: a sum in one row waits for each addition.
const LANES: usize = 8;

pub(super) fn dot<A: Copy + Into<f64>, B: Copy + Into<f64>>(a: &[A], b: &[B]) -> f64 {
    let mut sums = [0.0; LANES];
    let (whole_a, rest_a) = a.as_chunks::<LANES>();
    let (whole_b, rest_b) = b.as_chunks::<LANES>();
    for (a, b) in whole_a.iter().zip(whole_b) {
        for lane in 0..LANES {
            sums[lane] += a[lane].into() * b[lane].into();
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(&a, &b)| a.into() * b.into()).sum();
    sums.iter().sum::<f64>() + rest
}

pub(super) fn square_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standardised_rows_have_length_one_in_the_mean() {
        let rows = [[1.0_f32, 5.0, -2.0], [3.0, 5.0, 8.0], [8.0, 5.0, 0.0]];
        let table = FeatureTable::from_rows(&rows);
        let standard = Standardise::of(&table);
        let made = standard.table(&table);
        let square: f64 = made.iter().map(|row| dot(row, row)).sum::<f64>() / 3.0;
        assert!((square - 1.0).abs() < 1e-6, "{square}");
        assert!(made.iter().all(|row| row[1] == 0.0), "a column that never changes says nothing");
        // w · standardised + b, as of numbers as they are.
        let (w, b) = ([0.5, 9.0, -1.5], 0.25);
        let (weight, bias) = standard.undone(&w, b);
        for (row, made) in rows.iter().zip(made.iter()) {
            let (before, after) = (dot(&w, made) + b, dot(&weight, row.as_slice()) + bias);
            assert!((before - after).abs() < 1e-6, "{before} {after}");
        }
    }

    #[test]
    fn lengths_and_angles_stay_in_the_space_of_the_rows() {
        let value = |at: usize| ((at * 2_654_435_761) % 1000) as f32 / 500.0 - 1.0;
        let mut rows: Vec<Vec<f32>> = (0..6).map(|row| (0..40).map(|at| value(40 * row + at)).collect()).collect();
        // One that is there twice, one that is nothing.
        rows.extend([rows[2].clone(), vec![0.0; 40]]);
        let table = FeatureTable::from_rows(&rows);
        let space = RowSpace::of_few(&table).unwrap();
        assert_eq!(space.coordinates.columns(), 6);
        for (row, along) in rows.iter().zip(space.coordinates.iter()) {
            for (other, other_along) in rows.iter().zip(space.coordinates.iter()) {
                assert!((dot(row, other) - dot(along, other_along)).abs() < 1e-5);
            }
            let back = space.back(&along.iter().copied().map(f64::from).collect::<Vec<_>>());
            assert!(row.iter().zip(&back).all(|(&x, back)| (f64::from(x) - back).abs() < 1e-6));
        }
        assert!(
            RowSpace::of_few(&FeatureTable::from_rows(&rows[..3].iter().map(|row| &row[..5]).collect::<Vec<_>>()))
                .is_none()
        );
    }
}
