//! Features as points of a plane: by the two directions in which they vary most (PCA), and so that near pictures stay near (t-SNE: van der
//! Maaten & Hinton, "Visualizing data using t-SNE", 2008).

use crate::lab::dice::Dice;
use crate::lab::table::{FeatureTable, RowSpace, Standardise, dot, square_distance};
use crate::lab::{LabError, Monitor};
use crate::protocol::Stage;

/// Steps of the gradient.
const STEPS: usize = 400;
/// In the first ones, distances are pulled together by this factor.
const EXAGGERATED: usize = 100;
const EXAGGERATION: f64 = 12.0;
/// Neighbours that a picture has, about.
const PERPLEXITY: f64 = 20.0;
/// Of the search for a picture's precision.
const HALVINGS: usize = 60;
/// Of the search for a direction.
const TURNS: usize = 100;

/// A place for each row, and how well it keeps who is near: the divergence of the two distributions of neighbours, in nats.
pub struct FeatureMap {
    pub places: Vec<[f64; 2]>,
    pub divergence: f64,
}

/// Coordinates along the first two principal components.
pub fn pca(table: &FeatureTable) -> Vec<[f64; 2]> {
    let centred = Standardise::of(table).table(table);
    let mut axes: Vec<Vec<f64>> = Vec::new();
    for first in 0..2 {
        let mut dice = Dice::new(first + 1);
        let mut axis: Vec<f64> = (0..centred.columns()).map(|_| dice.below(2001) as f64 - 1000.0).collect();
        for _ in 0..TURNS {
            let mut next = vec![0.0; axis.len()];
            for row in centred.iter() {
                let along = dot(row, &axis);
                next.iter_mut().zip(row).for_each(|(sum, &x)| *sum += along * f64::from(x));
            }
            for other in &axes {
                let part = dot(other, &next);
                next.iter_mut().zip(other).for_each(|(x, other)| *x -= part * other);
            }
            let length = dot(&next, &next).sqrt();
            if length < 1e-12 {
                axis = vec![0.0; axis.len()];
                break;
            }
            axis = next.into_iter().map(|x| x / length).collect();
        }
        axes.push(axis);
    }
    centred.iter().map(|row| [dot(row, &axes[0]), dot(row, &axes[1])]).collect()
}

/// Begins with [`pca`].
///
/// # Errors
/// [`LabError::Cancelled`].
pub async fn tsne(table: &FeatureTable, watch: &impl Monitor) -> Result<FeatureMap, LabError> {
    let standard = Standardise::of(table).table(table);
    let rows = RowSpace::of_few(&standard).map_or(standard, |space| space.coordinates);
    let count = rows.rows();
    let joint = neighbours(&rows, PERPLEXITY.min((count.saturating_sub(1)) as f64 / 3.0));
    let mut places = pca(table);
    let widest = places.iter().map(|place| place[0].abs()).fold(f64::MIN_POSITIVE, f64::max);
    places.iter_mut().flatten().for_each(|x| *x *= 1e-2 / widest);
    let rate = (count as f64 / EXAGGERATION / 4.0).max(50.0);
    let (mut speed, mut gains) = (vec![[0.0; 2]; count], vec![[1.0_f64; 2]; count]);
    let mut divergence = 0.0;
    for step in 0..STEPS {
        if step.is_multiple_of(10) {
            watch.step(Stage::Run, step as u64, STEPS as u64).await?;
        }
        let (pull, momentum) = if step < EXAGGERATED { (EXAGGERATION, 0.5) } else { (1.0, 0.8) };
        let slope;
        (slope, divergence) = slope_of(&joint, &places, pull);
        for at in 0..count {
            for axis in 0..2 {
                let (gain, slope) = (&mut gains[at][axis], slope[at][axis]);
                *gain = if slope * speed[at][axis] < 0.0 { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
                speed[at][axis] = momentum * speed[at][axis] - rate * *gain * slope;
                places[at][axis] += speed[at][axis];
            }
        }
        let middle = [0, 1].map(|axis| places.iter().map(|place| place[axis]).sum::<f64>() / count.max(1) as f64);
        places.iter_mut().for_each(|place| (0..2).for_each(|axis| place[axis] -= middle[axis]));
    }
    Ok(FeatureMap { places, divergence })
}

/// `p`, symmetric, of sum one: who is whose neighbour, with so many neighbours each.
fn neighbours(rows: &FeatureTable, perplexity: f64) -> Vec<Vec<f64>> {
    let count = rows.rows();
    let wanted = perplexity.max(1.0).ln();
    let mut joint = vec![vec![0.0; count]; count];
    for (at, of) in joint.iter_mut().enumerate() {
        let distance: Vec<f64> = rows.iter().map(|other| square_distance(rows.row(at), other)).collect();
        let nearest =
            (0..count).filter(|&other| other != at).map(|other| distance[other]).fold(f64::INFINITY, f64::min);
        let (mut low, mut high, mut precision) = (0.0, f64::INFINITY, 1.0);
        let mut row = vec![0.0; count];
        for _ in 0..HALVINGS {
            for other in 0..count {
                row[other] = if other == at { 0.0 } else { (-precision * (distance[other] - nearest)).exp() };
            }
            let total: f64 = row.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            row.iter_mut().for_each(|p| *p /= total);
            let entropy: f64 = row.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
            if (entropy - wanted).abs() < 1e-6 {
                break;
            }
            if entropy > wanted {
                low = precision
            } else {
                high = precision
            }
            precision = if high.is_finite() { f64::midpoint(low, high) } else { 2.0 * precision };
        }
        *of = row;
    }
    let both = |a: usize, b: usize| ((joint[a][b] + joint[b][a]) / (2.0 * count.max(1) as f64)).max(1e-12);
    (0..count).map(|a| (0..count).map(|b| if a == b { 0.0 } else { both(a, b) }).collect()).collect()
}

/// `4 Σ (pull p - q) (y - y') / (1 + |y - y'|²)`, and the divergence of `p` and `q`.
fn slope_of(joint: &[Vec<f64>], places: &[[f64; 2]], pull: f64) -> (Vec<[f64; 2]>, f64) {
    let count = places.len();
    let near = |a: [f64; 2], b: [f64; 2]| 1.0 / (1.0 + (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2));
    let mut total = 0.0;
    for a in 0..count {
        for b in 0..a {
            total += 2.0 * near(places[a], places[b]);
        }
    }
    let total = total.max(f64::MIN_POSITIVE);
    let mut slope = vec![[0.0; 2]; count];
    let mut divergence = 0.0;
    for a in 0..count {
        for b in 0..a {
            let near = near(places[a], places[b]);
            let (p, q) = (joint[a][b], (near / total).max(1e-12));
            divergence += 2.0 * p * (p / q).ln();
            let force = 4.0 * (pull * p - q) * near;
            for axis in 0..2 {
                let part = force * (places[a][axis] - places[b][axis]);
                slope[a][axis] += part;
                slope[b][axis] -= part;
            }
        }
    }
    (slope, divergence)
}

// A monitor that nobody waits for is a native one.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::lab::NoMonitor;

    /// Three clouds in 20 dimensions.
    fn clouds(each: usize) -> FeatureTable {
        let value = |at: usize| ((at * 2_654_435_761) % 1000) as f32 / 1000.0;
        let row = |n: usize| (0..20).map(move |at| value(20 * n + at) + if at % 3 == n % 3 { 1.5 } else { 0.0 });
        FeatureTable::from_rows(&(0..3 * each).map(|n| row(n).collect::<Vec<_>>()).collect::<Vec<_>>())
    }

    #[test]
    fn the_slope_is_that_of_the_divergence() {
        let rows = clouds(4);
        let joint = neighbours(&rows, 3.0);
        assert!((joint.iter().flatten().sum::<f64>() - 1.0).abs() < 1e-6);
        let mut places: Vec<[f64; 2]> = (0..12).map(|n| [(n * 7 % 5) as f64 * 0.3, (n * 3 % 7) as f64 * 0.2]).collect();
        let (slope, _) = slope_of(&joint, &places, 1.0);
        for at in 0..12 {
            for axis in 0..2 {
                let mut moved = |by: f64| {
                    places[at][axis] += by;
                    let found = slope_of(&joint, &places, 1.0).1;
                    places[at][axis] -= by;
                    found
                };
                let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((numeric - slope[at][axis]).abs() < 1e-6, "{numeric} {}", slope[at][axis]);
            }
        }
    }

    #[test]
    fn clouds_are_clouds_on_the_map() {
        let rows = clouds(12);
        let map = pollster::block_on(tsne(&rows, &NoMonitor::default())).unwrap();
        let (plain, far) = (pca(&rows), |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2));
        for places in [&map.places, &plain] {
            let right = (0..36).filter(|&at| {
                let others = (0..36).filter(|&other| other != at);
                let nearest = others.min_by(|&a, &b| far(places[at], places[a]).total_cmp(&far(places[at], places[b])));
                nearest.is_some_and(|other| other % 3 == at % 3)
            });
            assert_eq!(right.count(), 36);
        }
        assert!(map.divergence > 0.0 && map.divergence < 1.0, "{}", map.divergence);
    }

    #[test]
    fn components_are_uncorrelated_and_the_first_is_the_widest() {
        let places = pca(&clouds(10));
        let of = |a: usize, b: usize| places.iter().map(|place| place[a] * place[b]).sum::<f64>();
        assert!(of(0, 1).abs() < 1e-3 * of(0, 0) && of(0, 0) >= of(1, 1));
    }
}
