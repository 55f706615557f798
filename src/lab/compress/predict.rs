//! Weights predicted from a part of them (Denil et al., "Predicting parameters in deep learning", 2013): a unit that looks at pixels has
//! weights that are alike where pixels are neighbours, so the others follow from some by kernel ridge regression with
//! `k(i, j) = exp(-|i - j|² / 2σ²)` over places. The weights are `W = W_α U` with a dictionary `U = (K_αα + λI)⁻¹ K_α`, which is known
//! beforehand: only `W_α` is learnt.

use super::working::WorkingNetwork;
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::lab::packed::predicted::{MOST_PLACES, PredictionRecipe, WeightPrediction, dictionary};
use crate::lab::packed::{PackedTensor, TensorPacking};
use crate::models::Architecture;
use crate::models::spec::{LayerForm, LayerSplit, NetworkSpec, WeightedLayer};
use crate::protocol::LayerOutcome;

/// Widths of the kernel in pixels; the one that predicts a layer's weights best is taken.
const WIDTHS: [f64; 4] = [0.7, 1.0, 1.5, 2.5];

/// A fully connected layer, the map that it reads, and what is known of its weights.
pub(super) struct PredictedLayer {
    pub(super) name: String,
    prediction: WeightPrediction,
    /// Places of the input whose weights are known, in order.
    known: Vec<usize>,
    inputs: usize,
}

/// Layers of a network that read a map place by place.
///
/// # Errors
/// [`LabError::Setup`] of a network that has none.
pub(super) fn predictable(work: &WorkingNetwork) -> Result<Vec<WeightedLayer>, LabError> {
    let title = &work.network.title;
    let layers = work.network.spec().map(NetworkSpec::weighted).unwrap_or_default();
    let reads_map = |layer: &WeightedLayer| match layer.form {
        LayerForm::Linear { map: Some([_, rows, columns]), .. } => (4..=MOST_PLACES).contains(&(rows * columns)),
        _ => false,
    };
    let found: Vec<_> = layers.into_iter().filter(reads_map).collect();
    ensure!(
        !found.is_empty(),
        "{title} has no fully connected layer that reads a map of 4 to {MOST_PLACES} places, so no weights of neighbours to predict; choose another method, or a network such as the preset mlp"
    );
    Ok(found)
}

impl PredictedLayer {
    /// With so large a share of the places known, drawn by a seed; at least one in each channel.
    ///
    /// # Errors
    /// None of a layer that is predictable.
    pub(super) fn of(work: &WorkingNetwork, layer: &WeightedLayer, share: f64, seed: u32) -> Result<Self, LabError> {
        let LayerForm::Linear { inputs, map: Some([channels, rows, columns]), .. } = layer.form else {
            return Err(bad_setup!("layer {} reads no map", layer.name));
        };
        let places = rows * columns;
        let count = ((share * places as f64).round() as usize).clamp(1, places);
        // The same for each channel, so that one dictionary serves all.
        let mut order: Vec<usize> = (0..places).collect();
        let mut dice = Dice::new(seed);
        for at in (1..places).rev() {
            order.swap(at, dice.below(at + 1));
        }
        let mut chosen = order[..count].to_vec();
        chosen.sort_unstable();
        let weights = &work.tensor(&format!("{}.weight", layer.name))?.values;
        let mut best = (f64::INFINITY, WIDTHS[0]);
        for width in WIDTHS {
            let off = error(weights, &chosen, &dictionary(&chosen, [rows, columns], width), places);
            if off < best.0 {
                best = (off, width);
            }
        }
        let recipe = PredictionRecipe { map: [channels, rows, columns], width: best.1 };
        let prediction = WeightPrediction { recipe, places: chosen };
        Ok(Self { name: layer.name.clone(), known: prediction.known(), prediction, inputs })
    }

    /// Of all channels, `[known, inputs]`.
    fn dictionary(&self) -> Vec<f32> {
        let WeightPrediction { recipe: PredictionRecipe { map: [channels, rows, columns], .. }, places: known } =
            &self.prediction;
        let (places, count, one) = (rows * columns, known.len(), self.prediction.dictionary());
        let mut all = vec![0.0; self.known.len() * self.inputs];
        for of in 0..*channels {
            for (at, row) in one.chunks(places).enumerate() {
                let to = (of * count + at) * self.inputs + of * places;
                all[to..to + places].copy_from_slice(row);
            }
        }
        all
    }

    fn known_of(&self, tensor: &PackedTensor) -> Vec<f32> {
        let rows = tensor.values.chunks(self.inputs);
        rows.flat_map(|row| self.known.iter().map(|&at| row[at])).collect()
    }

    /// Puts `W_α U` in the place of the weights; the file has `W_α`, of `[units, known]`, alone.
    fn put(&self, tensor: &mut PackedTensor, mut known: Vec<f32>) {
        if tensor.is_half {
            known.iter_mut().for_each(|value| *value = half::f16::from_f32(*value).to_f32());
        }
        tensor.values = self.prediction.whole(&known);
        tensor.packing = TensorPacking::Predicted { prediction: self.prediction.clone(), known };
    }
}

/// The network with predicted weights in the place of its own, and what became of each layer.
///
/// # Errors
/// None of layers of this network.
pub(super) fn predicted(
    work: &WorkingNetwork,
    layers: &[PredictedLayer],
) -> Result<(WorkingNetwork, Vec<LayerOutcome>), LabError> {
    let (mut made, mut outcomes) = (work.clone(), Vec::new());
    for layer in layers {
        let name = format!("{}.weight", layer.name);
        let Some(tensor) = made.tensors.iter_mut().find(|tensor| tensor.name == name) else { continue };
        let before = tensor.values.clone();
        layer.put(tensor, layer.known_of(tensor));
        let square = |values: &mut dyn Iterator<Item = f32>| values.map(|value| f64::from(value).powi(2)).sum::<f64>();
        let off = square(&mut tensor.values.iter().zip(&before).map(|(a, b)| a - b));
        let whole = square(&mut before.into_iter());
        outcomes.push(LayerOutcome {
            name: layer.name.clone(),
            shape: tensor.shape.clone(),
            rank: None,
            is_spatial: false,
            kept: layer.known.len() as f64 / layer.inputs.max(1) as f64,
            lost: (off / whole.max(f64::MIN_POSITIVE)).sqrt(),
        });
    }
    Ok((made, outcomes))
}

/// The same network in which such a layer is two: the dictionary, and the weights that are known. What is returned beside it are the names
/// of the dictionaries, which no step of training changes.
///
/// # Errors
/// None of layers of this network.
pub(super) fn factored(
    work: &WorkingNetwork,
    layers: &[PredictedLayer],
) -> Result<(WorkingNetwork, Vec<String>), LabError> {
    let spec = spec_of(work)?;
    let of = |name: &str| layers.iter().find(|layer| layer.name == name);
    let rewritten = spec.rewritten(&|name| of(name).map(|layer| LayerSplit::Channel(layer.known.len())));
    let text = NetworkSpec::parse(&rewritten.text, spec.data(), spec.classes())
        .map_err(|errors| bad_setup!("the network with dictionaries has {} faults", errors.len()))?;
    let (mut tensors, mut fixed) = (Vec::new(), Vec::new());
    for tensor in &work.tensors {
        let (old, new, rest) = renamed(&rewritten.names, &tensor.name);
        let Some((new, last)) = new.zip(new.and_then(<[String]>::last)) else { continue };
        match (of(old), new, rest) {
            (Some(layer), [first, second], ".weight") => {
                let (known, units) = (layer.known.len(), tensor.shape[0]);
                let part = |name: &str, shape: Vec<usize>, values: Vec<f32>| PackedTensor {
                    name: format!("{name}.weight"),
                    shape,
                    values,
                    is_half: false,
                    packing: TensorPacking::Plain,
                };
                fixed.push(format!("{first}.weight"));
                tensors.push(part(first, vec![known, layer.inputs], layer.dictionary()));
                tensors.push(part(second, vec![units, known], layer.known_of(tensor)));
            }
            _ => tensors.push(PackedTensor { name: format!("{last}{rest}"), ..tensor.clone() }),
        }
    }
    let mut made = work.clone();
    made.tensors = tensors;
    made.network.architecture = Architecture::Written(text.into());
    Ok((made, fixed))
}

/// The network of `work` with what its [`factored`] form has learnt.
///
/// # Errors
/// [`LabError::Setup`] where that has other layers.
pub(super) fn folded(
    work: &WorkingNetwork,
    factored: &WorkingNetwork,
    layers: &[PredictedLayer],
) -> Result<WorkingNetwork, LabError> {
    let spec = spec_of(work)?;
    let of = |name: &str| layers.iter().find(|layer| layer.name == name);
    let rewritten = spec.rewritten(&|name| of(name).map(|layer| LayerSplit::Channel(layer.known.len())));
    let mut made = work.clone();
    for tensor in &mut made.tensors {
        let (old, new, rest) = renamed(&rewritten.names, &tensor.name);
        let Some(last) = new.and_then(<[String]>::last) else { continue };
        let values = &factored.tensor(&format!("{last}{rest}"))?.values;
        match of(old).filter(|_| rest == ".weight") {
            Some(layer) => layer.put(tensor, values.clone()),
            None => tensor.values.clone_from(values),
        }
    }
    Ok(made)
}

/// The layer of a tensor, what that became, and the rest of the tensor's name.
fn renamed<'a>(names: &'a [(String, Vec<String>)], tensor: &'a str) -> (&'a str, Option<&'a [String]>, &'a str) {
    let of =
        |(old, _): &&(String, Vec<String>)| tensor.strip_prefix(old.as_str()).is_some_and(|rest| rest.starts_with('.'));
    match names.iter().filter(of).max_by_key(|(old, _)| old.len()) {
        Some((old, new)) => (old, Some(new), &tensor[old.len()..]),
        None => (tensor, None, ""),
    }
}

fn spec_of(work: &WorkingNetwork) -> Result<&NetworkSpec, LabError> {
    work.network.spec().ok_or_else(|| bad_setup!("{} is not described by text", work.network.title))
}

/// The square of what a dictionary misses of the first rows' first channel.
fn error(weights: &[f32], known: &[usize], dictionary: &[f64], places: usize) -> f64 {
    let rows = weights.chunks_exact(places).take(16);
    rows.map(|row| {
        let mut sum = vec![0.0; places];
        for (&at, atom) in known.iter().zip(dictionary.chunks(places)) {
            sum.iter_mut().zip(atom).for_each(|(sum, atom)| *sum += f64::from(row[at]) * atom);
        }
        sum.iter().zip(row).map(|(sum, &wanted)| (sum - f64::from(wanted)).powi(2)).sum::<f64>()
    })
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::packed::predicted::NOISE;

    #[test]
    fn smooth_weights_follow_from_half_of_them() {
        let (rows, columns) = (12, 10);
        let smooth: Vec<f32> = (0..rows * columns)
            .map(|at| ((at / columns) as f32 * 0.4).sin() * ((at % columns) as f32 * 0.3).cos())
            .collect();
        let known: Vec<usize> = (0..rows * columns).filter(|at| (at / columns + at % columns) % 2 == 0).collect();
        let square: f64 = smooth.iter().map(|&value| f64::from(value).powi(2)).sum();
        let found = dictionary(&known, [rows, columns], 1.5);
        // What is known is taken to be noisy: two thousandths are missed.
        assert!(error(&smooth, &known, &found, rows * columns) < 3e-3 * square);
        // Noise does not.
        let noise: Vec<f32> = (0..rows * columns).map(|at| ((at * at) as f32 * 12.9898).sin()).collect();
        let all: f64 = noise.iter().map(|&value| f64::from(value).powi(2)).sum();
        assert!(error(&noise, &known, &found, rows * columns) > 0.5 * all);
    }

    #[test]
    fn a_dictionary_solves_its_equations() {
        let (known, grid) = ([0, 3, 4, 7, 11], [3, 4]);
        let found = dictionary(&known, grid, 1.0);
        // (K + λI) U = K: told again by the kernel's definition.
        let kernel = |a: usize, b: usize| {
            let away = [a / 4, a % 4].into_iter().zip([b / 4, b % 4]).map(|(a, b)| a.abs_diff(b).pow(2)).sum::<usize>();
            (-(away as f64) / 2.0).exp()
        };
        for row in 0..known.len() {
            for place in 0..12 {
                let sum: f64 = (0..known.len())
                    .map(|at| {
                        (kernel(known[row], known[at]) + if row == at { NOISE } else { 0.0 }) * found[at * 12 + place]
                    })
                    .sum();
                assert!((sum - kernel(known[row], place)).abs() < 1e-10);
            }
        }
    }
}
