//! Pruning by magnitude: the weights that matter least are zero. What matters is counted over all layers at once by the layer-adaptive
//! score of Lee et al. ("Layer-adaptive sparsity for the magnitude-based pruning", LAMP, 2021): a weight's square over the sum of the
//! squares of its layer that are not smaller.

/// Which weights of each layer stay, where `keep` of all do, 0 to 1. Every layer keeps its largest one.
pub fn kept(layers: &[&[f32]], keep: f64) -> Vec<Vec<bool>> {
    let mut scored: Vec<(f64, usize, usize)> = Vec::with_capacity(layers.iter().map(|layer| layer.len()).sum());
    for (layer, weights) in layers.iter().enumerate() {
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|&one, &other| weights[other].abs().total_cmp(&weights[one].abs()));
        let mut sum = 0.0;
        for at in order {
            let square = f64::from(weights[at]).powi(2);
            sum += square;
            scored.push((if sum > 0.0 { square / sum } else { 0.0 }, layer, at));
        }
    }
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let stay = (scored.len() as f64 * keep.clamp(0.0, 1.0)).round() as usize;
    let mut kept: Vec<Vec<bool>> = layers.iter().map(|layer| vec![false; layer.len()]).collect();
    for &(_, layer, at) in &scored[..stay.max(layers.len()).min(scored.len())] {
        kept[layer][at] = true;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_go_whatever_the_scale_of_their_layer() {
        let large: Vec<f32> = (1..=10).map(|at| at as f32).collect();
        let small: Vec<f32> = (1..=10).map(|at| -1e-3 * at as f32).collect();
        let found = kept(&[&large, &small], 0.5);
        assert_eq!(found[0], found[1]);
        assert_eq!(found[0], (0..10).map(|at| at >= 5).collect::<Vec<_>>());
        assert!(kept(&[&large], 1.0)[0].iter().all(|kept| *kept));
        let none = kept(&[&large, &small], 0.0);
        assert!(none.iter().all(|layer| layer.iter().filter(|kept| **kept).count() == 1 && layer[9]));
    }
}
