//! Weight sharing (Han, Mao & Dally, "Deep compression", 2015): the weights of a layer take few values, found by k-means in one
//! dimension, which begins with values at even distances.

/// Rounds of Lloyd's algorithm; it mostly stands still after fewer.
const ROUNDS: usize = 60;

/// The values, in order, that the numbers of `weights` that are not zero are nearest to; at most `count`.
pub fn codebook(weights: &[f32], count: usize) -> Vec<f32> {
    let mut sorted: Vec<f32> = weights.iter().copied().filter(|weight| *weight != 0.0).collect();
    sorted.sort_by(f32::total_cmp);
    let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    // Sums of all before, so that a round takes the values and not the weights.
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain(sorted.iter().scan(0.0, |sum, &weight| {
            *sum += f64::from(weight);
            Some(*sum)
        }))
        .collect();
    let (least, most) = (f64::from(least), f64::from(most));
    let step = (most - least) / (count.max(2) - 1) as f64;
    let mut values: Vec<f64> = (0..count.max(1)).map(|at| least + step * at as f64).collect();
    for _ in 0..ROUNDS {
        let before = values.clone();
        let bounds = values.windows(2).map(|two| sorted.partition_point(|&w| f64::from(w) <= (two[0] + two[1]) / 2.0));
        let bounds: Vec<usize> = std::iter::once(0).chain(bounds).chain([sorted.len()]).collect();
        for (value, two) in values.iter_mut().zip(bounds.windows(2)) {
            if two[1] > two[0] {
                *value = (sums[two[1]] - sums[two[0]]) / (two[1] - two[0]) as f64;
            }
        }
        if values == before {
            break;
        }
    }
    let mut values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
    values.dedup();
    values
}

/// The nearest of the values in order.
pub fn nearest(codebook: &[f32], weight: f32) -> usize {
    let at = codebook.partition_point(|value| *value < weight);
    match (at.checked_sub(1), codebook.get(at)) {
        (Some(below), Some(&above)) if weight - codebook[below] <= above - weight => below,
        (_, Some(_)) => at,
        (Some(below), None) => below,
        (None, None) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_found_and_zeros_left_out() {
        let weights = [-1.0, -1.1, -0.9, 0.0, 0.0, 0.5, 0.5, 2.0, 2.2];
        let found = codebook(&weights, 3);
        assert!(found.iter().zip([-1.0, 0.5, 2.1]).all(|(found, wanted)| (found - wanted).abs() < 1e-6), "{found:?}");
        assert_eq!([-5.0, -0.2, 1.2, 1.4, 9.0].map(|weight| nearest(&found, weight)), [0, 1, 1, 2, 2]);
        assert_eq!(codebook(&[0.0; 4], 8), Vec::<f32>::new());
        assert_eq!(codebook(&[0.25; 4], 8), [0.25]);
        assert_eq!(nearest(&[], 1.0), 0);
    }

    #[test]
    fn more_values_are_nearer() {
        let weights: Vec<f32> = (0..500).map(|at| (at as f32 * 0.7).sin() * (at as f32 * 0.013).cos()).collect();
        let error = |count: usize| {
            let book = codebook(&weights, count);
            weights.iter().map(|&w| (w - book[nearest(&book, w)]).powi(2)).sum::<f32>()
        };
        assert!(error(4) > error(8) && error(8) > error(32) && error(32) > error(256));
    }
}
