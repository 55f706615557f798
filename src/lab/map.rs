//! Features as points of a plane: by the two directions in which they vary most (PCA), and so that near pictures stay near (t-SNE: van der
//! Maaten & Hinton, "Visualizing data using t-SNE", 2008).

use crate::lab::dice::Dice;
use crate::lab::pca::ComponentFinder;
use crate::lab::table::{FeatureTable, RowSpace, Standardise, dot, square_distance};
use crate::lab::{LabError, Monitor};
use crate::protocol::Stage;

/// Steps of the gradient.
const STEPS: usize = 400;
/// In this part of them, the first, distances are pulled together by this factor.
const EXAGGERATED: f64 = 0.25;
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

/// Coordinates along the first two principal components of the numbers as they are.
///
/// # Errors
/// [`LabError::Setup`] of numbers that are not finite.
pub fn components_of(table: &FeatureTable) -> Result<Vec<[f64; 2]>, LabError> {
    let rows = table.iter().flatten().copied().collect();
    let mut finder = ComponentFinder::new(rows, table.columns(), 2)?;
    while !finder.turn()? {}
    let found = finder.found()?;
    let place = |row: &[f32]| {
        let along = found.along(row);
        [0, 1].map(|axis| along.get(axis).copied().unwrap_or_default())
    };
    Ok(table.iter().map(place).collect())
}

/// Begins with [`pca`].
///
/// # Errors
/// [`LabError::Cancelled`].
pub async fn tsne(table: &FeatureTable, watch: &impl Monitor) -> Result<FeatureMap, LabError> {
    let standard = Standardise::of(table).table(table);
    let rows = RowSpace::of_few(&standard).map_or(standard, |space| space.coordinates);
    let distances = Distances::of(&rows, watch).await?;
    let mut embedding = TsneEmbedding::new(&distances, PERPLEXITY, pca(table), STEPS);
    while !embedding.is_done() {
        if embedding.step().is_multiple_of(10) {
            watch.step(Stage::Run, embedding.step() as u64, STEPS as u64).await?;
        }
        embedding.advance();
    }
    Ok(FeatureMap { divergence: embedding.divergence(), places: embedding.places })
}

/// Squared distances of all rows to all others.
pub struct Distances(Vec<Vec<f64>>);

impl Distances {
    /// # Errors
    /// [`LabError::Cancelled`].
    pub async fn of(rows: &FeatureTable, watch: &impl Monitor) -> Result<Self, LabError> {
        let mut all = Vec::with_capacity(rows.rows());
        for row in rows.iter() {
            if all.len().is_multiple_of(32) {
                watch.rest().await?;
            }
            all.push(rows.iter().map(|other| square_distance(row, other)).collect());
        }
        Ok(Self(all))
    }

    /// Of each row so many others, the nearest first.
    pub fn nearest(&self, count: usize) -> Vec<Vec<usize>> {
        self.0.iter().enumerate().map(|(at, row)| nearest_in(at, count, |other| row[other], row.len())).collect()
    }

    /// How far a map can be trusted: 1 where the `count` nearest of each on the map are among its `count` nearest by all numbers, less by
    /// how far down the others are in that order (Venna & Kaski, "Neighborhood preservation in nonlinear projection methods", 2001).
    pub fn trustworthiness(&self, places: &[[f64; 2]], count: usize) -> f64 {
        let rows = self.0.len();
        let count = count.min(rows.saturating_sub(1) / 2).max(1);
        let mut beyond = 0.0;
        for (at, row) in self.0.iter().enumerate() {
            let [x, y] = places[at];
            let near =
                nearest_in(at, count, |other| (places[other][0] - x).powi(2) + (places[other][1] - y).powi(2), rows);
            for other in near {
                let rank = 1 + (0..rows).filter(|&one| one != at && row[one] < row[other]).count();
                beyond += rank.saturating_sub(count) as f64;
            }
        }
        let [rows, count] = [rows, count].map(|number| number as f64);
        1.0 - 2.0 * beyond / (rows * count * (2.0 * rows - 3.0 * count - 1.0))
    }
}

fn nearest_in(at: usize, count: usize, off: impl Fn(usize) -> f64, rows: usize) -> Vec<usize> {
    let mut others: Vec<usize> = (0..rows).filter(|&other| other != at).collect();
    others.sort_by(|&one, &two| off(one).total_cmp(&off(two)));
    others.truncate(count);
    others
}

/// t-SNE step by step, so that it can be watched.
pub struct TsneEmbedding {
    joint: Vec<Vec<f64>>,
    pub places: Vec<[f64; 2]>,
    speed: Vec<[f64; 2]>,
    gains: Vec<[f64; 2]>,
    step: usize,
    steps: usize,
}

impl TsneEmbedding {
    /// From places whose widths are made small; a perplexity is at most a third of the others.
    pub fn new(distances: &Distances, perplexity: f64, mut places: Vec<[f64; 2]>, steps: usize) -> Self {
        let count = places.len();
        let joint = neighbours(distances, perplexity.min((count.saturating_sub(1)) as f64 / 3.0));
        let widest = places.iter().map(|place| place[0].abs()).fold(f64::MIN_POSITIVE, f64::max);
        places.iter_mut().flatten().for_each(|x| *x *= 1e-2 / widest);
        Self { joint, places, speed: vec![[0.0; 2]; count], gains: vec![[1.0; 2]; count], step: 0, steps }
    }

    pub fn step(&self) -> usize {
        self.step
    }

    pub fn is_done(&self) -> bool {
        self.step >= self.steps
    }

    pub fn divergence(&self) -> f64 {
        divergence_of(&self.joint, &self.places)
    }

    pub fn advance(&mut self) {
        let count = self.places.len();
        let rate = (count as f64 / EXAGGERATION / 4.0).max(50.0);
        let is_early = (self.step as f64) < EXAGGERATED * self.steps as f64;
        let (pull, momentum) = if is_early { (EXAGGERATION, 0.5) } else { (1.0, 0.8) };
        let slope = slope_of(&self.joint, &self.places, pull);
        for at in 0..count {
            for axis in 0..2 {
                let (gain, speed, slope) = (&mut self.gains[at][axis], &mut self.speed[at][axis], slope[at][axis]);
                *gain = if slope * *speed < 0.0 { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
                *speed = momentum * *speed - rate * *gain * slope;
                self.places[at][axis] += *speed;
            }
        }
        let middle = [0, 1].map(|axis| self.places.iter().map(|place| place[axis]).sum::<f64>() / count.max(1) as f64);
        self.places.iter_mut().for_each(|place| (0..2).for_each(|axis| place[axis] -= middle[axis]));
        self.step += 1;
    }
}

impl TsneEmbedding {
    /// At these places the largest difference of the gradient from central differences of the divergence.
    pub(super) fn slope_off(&self, places: &[[f64; 2]]) -> f64 {
        const STEP: f64 = 1e-5;
        let slope = slope_of(&self.joint, places, 1.0);
        let (mut places, mut most) = (places.to_vec(), 0.0_f64);
        for at in 0..places.len() {
            for axis in 0..2 {
                let mut moved = |by: f64| {
                    places[at][axis] += by;
                    let found = divergence_of(&self.joint, &places);
                    places[at][axis] -= by;
                    found
                };
                let numeric = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                most = most.max((numeric - slope[at][axis]).abs());
            }
        }
        most
    }
}

/// `p`, symmetric, of sum one: who is whose neighbour, with so many neighbours each.
fn neighbours(Distances(distances): &Distances, perplexity: f64) -> Vec<Vec<f64>> {
    let count = distances.len();
    let wanted = perplexity.max(1.0).ln();
    let mut joint = vec![vec![0.0; count]; count];
    for (at, (of, distance)) in joint.iter_mut().zip(distances).enumerate() {
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

fn near(a: [f64; 2], b: [f64; 2]) -> f64 {
    1.0 / (1.0 + (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2))
}

/// The sum over all pairs of `1 / (1 + |y - y'|²)`.
fn total_of(places: &[[f64; 2]]) -> f64 {
    let row = |a: usize| places[..a].iter().map(|&b| near(places[a], b)).sum::<f64>();
    (2.0 * (0..places.len()).map(row).sum::<f64>()).max(f64::MIN_POSITIVE)
}

/// `Σ p ln(p / q)` over all pairs.
fn divergence_of(joint: &[Vec<f64>], places: &[[f64; 2]]) -> f64 {
    let total = total_of(places);
    let pair = |a: usize, b: usize| {
        let (p, q) = (joint[a][b], (near(places[a], places[b]) / total).max(1e-12));
        2.0 * p * (p / q).ln()
    };
    (0..places.len()).map(|a| (0..a).map(|b| pair(a, b)).sum::<f64>()).sum()
}

/// `4 Σ (pull p - q) (y - y') / (1 + |y - y'|²)`.
fn slope_of(joint: &[Vec<f64>], places: &[[f64; 2]], pull: f64) -> Vec<[f64; 2]> {
    let total = total_of(places);
    let mut slope = vec![[0.0; 2]; places.len()];
    for a in 0..places.len() {
        for b in 0..a {
            let near = near(places[a], places[b]);
            let force = 4.0 * (pull * joint[a][b] - (near / total).max(1e-12)) * near;
            for axis in 0..2 {
                let part = force * (places[a][axis] - places[b][axis]);
                slope[a][axis] += part;
                slope[b][axis] -= part;
            }
        }
    }
    slope
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
        let distances = pollster::block_on(Distances::of(&clouds(4), &NoMonitor::default())).unwrap();
        let places: Vec<[f64; 2]> = (0..12).map(|n| [(n * 7 % 5) as f64 * 0.3, (n * 3 % 7) as f64 * 0.2]).collect();
        let embedding = TsneEmbedding::new(&distances, 3.0, places.clone(), 1);
        assert!((embedding.joint.iter().flatten().sum::<f64>() - 1.0).abs() < 1e-6);
        let off = embedding.slope_off(&places);
        assert!(off < 1e-6, "{off}");
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
