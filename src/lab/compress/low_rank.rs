//! Layers as two of a low rank: which rank each has within a budget of operations, and the network in which they are two.
//!
//! A fully connected layer `W [units, inputs]` becomes `U V`. A convolution `[out, depth, rows, columns]` becomes one with `rank` filters and
//! a 1 × 1 one (the matrix `[out, depth · rows · columns]`), or one of a column and one of a row (the matrix `[depth · rows, out · columns]`).

use super::working::WorkingNetwork;
use crate::lab::packed::{PackedTensor, TensorPacking};
use crate::lab::svd::{Factors, Svd, WeightMatrix};
use crate::lab::{LabError, Monitor};
use crate::models::Architecture;
use crate::models::outline::SplitOutline;
use crate::models::spec::{LayerForm, LayerSplit, NetworkSpec, WeightedLayer};
use crate::protocol::{FactorWay, Stage};

/// Halvings of the interval in which the price of an operation lies.
const HALVINGS: u32 = 60;

/// A layer, and the matrices as which it can be split.
pub(super) struct SplitLayer {
    pub(super) layer: WeightedLayer,
    pub(super) shape: Vec<usize>,
    options: Vec<SplitOption>,
}

struct SplitOption {
    is_spatial: bool,
    matrix: WeightMatrix,
    svd: Svd,
    /// Operations for each of the rank.
    macs: u64,
    square: f64,
}

/// What was chosen for a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SplitChoice {
    option: usize,
    rank: usize,
}

/// A layer that is two now.
pub(super) struct SplitOutcome {
    pub(super) name: String,
    pub(super) rank: usize,
    pub(super) is_spatial: bool,
    /// The norm of what was lost over that of the weights.
    pub(super) lost: f64,
    /// The square of the distance, and the sum of the squares of the singular values left out, over the square of the weights.
    pub(super) squares: [f64; 2],
}

pub(super) fn weight_name(layer: &str) -> String {
    format!("{layer}.weight")
}

/// The matrix of `[out, depth, rows, columns]` whose factors are a column and a row: `[depth · rows, out · columns]`.
pub fn spatial_matrix(shape: &[usize], values: &[f32]) -> Option<WeightMatrix> {
    let &[out, depth, rows, columns] = shape else { return None };
    let mut matrix = WeightMatrix { rows: depth * rows, columns: out * columns, values: vec![0.0; values.len()] };
    for (at, value) in values.iter().enumerate() {
        let (column, row) = (at % columns, at / columns % rows);
        let (channel, filter) = (at / (columns * rows) % depth, at / (columns * rows * depth));
        matrix.values[(channel * rows + row) * matrix.columns + filter * columns + column] = *value;
    }
    Some(matrix)
}

/// The matrix of a layer's weights with a row for each output channel.
pub(super) fn channel_matrix(tensor: &PackedTensor) -> WeightMatrix {
    let rows = tensor.shape[0];
    WeightMatrix { rows, columns: tensor.values.len() / rows.max(1), values: tensor.values.clone() }
}

impl SplitLayer {
    fn new(layer: WeightedLayer, tensor: &PackedTensor, way: FactorWay) -> Result<Self, LabError> {
        let (is_whole, is_separable) = match layer.form {
            LayerForm::Linear { .. } => (true, false),
            LayerForm::Conv { is_whole, is_separable, .. } => (is_whole, is_separable),
        };
        let mut options = Vec::new();
        let mut add = |matrix: WeightMatrix, is_spatial: bool, macs: u64| -> Result<(), LabError> {
            let (svd, square) = (matrix.svd()?, matrix.square());
            options.push(SplitOption { is_spatial, matrix, svd, macs, square });
            Ok(())
        };
        // A layer that has no row of its own to split is split by channels all the same.
        if is_whole && (way != FactorWay::Spatial || !is_separable) {
            let matrix = channel_matrix(tensor);
            let macs = (matrix.rows + matrix.columns) as u64 * layer.places;
            add(matrix, false, macs)?;
        }
        if is_separable
            && way != FactorWay::Channel
            && let Some(matrix) = spatial_matrix(&tensor.shape, &tensor.values)
        {
            let macs = (matrix.rows + matrix.columns) as u64 * layer.places;
            add(matrix, true, macs)?;
        }
        Ok(Self { layer, shape: tensor.shape.clone(), options })
    }

    pub(super) fn whole_macs(&self) -> u64 {
        self.layer.form.weights() as u64 * self.layer.places
    }

    fn macs(&self, choice: Option<SplitChoice>) -> u64 {
        choice.map_or(self.whole_macs(), |SplitChoice { option, rank }| self.options[option].macs * rank as u64)
    }

    /// What is least in all: what it loses, and its operations at a price.
    fn best(&self, price: f64) -> Option<SplitChoice> {
        let mut best = (price * self.whole_macs() as f64, None);
        for (option, of) in self.options.iter().enumerate().filter(|(_, of)| of.square > 0.0) {
            let mut kept = 0.0;
            for (at, value) in of.svd.singular.iter().enumerate() {
                kept += value * value;
                let macs = of.macs * (at + 1) as u64;
                if macs >= self.whole_macs() {
                    break;
                }
                let cost = -(kept / of.square).min(1.0).ln() + price * macs as f64;
                if cost < best.0 {
                    best = (cost, Some(SplitChoice { option, rank: at + 1 }));
                }
            }
        }
        best.1
    }

    /// With this share of its operations at most, whatever it loses.
    pub(super) fn within(&self, share: f64) -> Option<SplitChoice> {
        let most = (share * self.whole_macs() as f64) as u64;
        let choices = self.options.iter().enumerate().filter_map(|(option, of)| {
            let rank = (most / of.macs.max(1)).min(of.svd.singular.len() as u64) as usize;
            (rank > 0).then_some((of.svd.lost(rank) / of.square.max(f64::MIN_POSITIVE), SplitChoice { option, rank }))
        });
        choices.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, choice)| choice)
    }

    /// Of full rank: nothing is lost.
    pub(super) fn full(&self) -> Option<SplitChoice> {
        let option = self.options.len().checked_sub(1)?;
        Some(SplitChoice { option, rank: self.options[option].svd.singular.len() })
    }

    fn factors(&self, SplitChoice { option, rank }: SplitChoice) -> Factors {
        let SplitOption { matrix, svd, .. } = &self.options[option];
        matrix.factors(svd, rank)
    }

    fn outcome(&self, choice: SplitChoice, factors: &Factors) -> SplitOutcome {
        let SplitOption { is_spatial, matrix, svd, square, .. } = &self.options[choice.option];
        let square = square.max(f64::MIN_POSITIVE);
        let squares = [factors.distance(matrix) / square, svd.lost(choice.rank) / square];
        let (name, rank, is_spatial) = (self.layer.name.clone(), choice.rank, *is_spatial);
        SplitOutcome { name, rank, is_spatial, lost: squares[0].max(0.0).sqrt(), squares }
    }
}

/// # Errors
/// [`LabError::Setup`] of a network that has no such layers.
pub(super) async fn split_layers(
    work: &WorkingNetwork,
    way: FactorWay,
    watch: &impl Monitor,
) -> Result<Vec<SplitLayer>, LabError> {
    let layers = work.weighted()?;
    ensure!(!layers.is_empty(), "{} has no layers that could become two", work.network.title);
    let (mut made, of) = (Vec::with_capacity(layers.len()), layers.len() as u64);
    for (at, layer) in layers.into_iter().enumerate() {
        watch.step(Stage::Run, at as u64, of).await?;
        let tensor = work.weight(&layer.name)?;
        made.push(SplitLayer::new(layer, tensor, way)?);
    }
    Ok(made)
}

/// What each layer becomes within a share of the network's operations: for each the rank at which what it loses, as the logarithm of the
/// share of its squares that stays, and its operations at one price for all are least; the price is the lowest that fits.
///
/// # Errors
/// [`LabError::Setup`] of a budget that no rank fits.
pub(super) fn allocated(layers: &[SplitLayer], macs: u64, budget: f64) -> Result<Vec<Option<SplitChoice>>, LabError> {
    let own: u64 = layers.iter().map(SplitLayer::whole_macs).sum();
    let others = macs.saturating_sub(own);
    let wanted = budget * macs as f64;
    let at = |price: f64| -> Vec<Option<SplitChoice>> { layers.iter().map(|layer| layer.best(price)).collect() };
    let needs = |choices: &[Option<SplitChoice>]| {
        (others + layers.iter().zip(choices).map(|(layer, choice)| layer.macs(*choice)).sum::<u64>()) as f64
    };
    let mut whole = vec![None; layers.len()];
    if needs(&whole) <= wanted {
        return Ok(whole);
    }
    // In natural logarithms of the price of all operations.
    let (mut low, mut high) = (-20.0_f64, 20.0_f64);
    let price = |log: f64| log.exp() / macs.max(1) as f64;
    let least = needs(&at(price(high)));
    ensure!(
        least <= wanted,
        "at the lowest rank the network still needs {:.1} % of its operations, more than the {:.1} % of the budget",
        100.0 * least / macs.max(1) as f64,
        100.0 * budget
    );
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if needs(&at(price(middle))) <= wanted {
            high = middle;
        } else {
            low = middle;
        }
    }
    whole = at(price(high));
    Ok(whole)
}

/// The network in which the chosen layers are two, and what became of them.
///
/// # Errors
/// None of choices that were made for it.
pub(super) fn split(
    work: &WorkingNetwork,
    layers: &[SplitLayer],
    choices: &[Option<SplitChoice>],
) -> Result<(WorkingNetwork, Vec<SplitOutcome>), LabError> {
    let chosen = |name: &str| -> Option<(&SplitLayer, SplitChoice)> {
        let at = layers.iter().position(|of| of.layer.name == name)?;
        Some((&layers[at], choices[at]?))
    };
    let way = |name: &str| {
        let (layer, SplitChoice { option, rank }) = chosen(name)?;
        Some(if layer.options[option].is_spatial { LayerSplit::Spatial(rank) } else { LayerSplit::Channel(rank) })
    };
    let Some(spec) = work.network.spec() else {
        let SplitOutline { outline, names } = work.outline()?.split(&way);
        let (mut made, mut outcomes) = (work.clone(), Vec::new());
        made.tensors.clear();
        for tensor in &work.tensors {
            let layer = tensor.name.strip_suffix(".weight").unwrap_or(&tensor.name);
            match (names.get(layer), chosen(layer)) {
                (Some(names), Some((layer, choice))) => {
                    let factors = layer.factors(choice);
                    outcomes.push(layer.outcome(choice, &factors));
                    made.tensors.extend(layer.tensors(choice, factors, names.each_ref().map(String::as_str), tensor));
                }
                _ => made.tensors.push(tensor.clone()),
            }
        }
        made.take_graph(&outline)?;
        return Ok((made, outcomes));
    };
    let rewritten = spec.rewritten(&way);
    let made = NetworkSpec::parse(&rewritten.text, spec.data(), spec.classes());
    let made = made.map_err(|errors| {
        bad_setup!(
            "the network of two layers each has a fault: {}",
            errors.first().map(ToString::to_string).unwrap_or_default()
        )
    })?;
    let (mut tensors, mut outcomes) = (Vec::new(), Vec::new());
    for tensor in &work.tensors {
        let of = |(old, _): &&(String, Vec<String>)| {
            tensor.name.strip_prefix(old.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        let found = rewritten.names.iter().filter(of).max_by_key(|(old, _)| old.len());
        let Some((old, new)) = found else { continue };
        let rest = &tensor.name[old.len()..];
        let last = new.last().map_or("", String::as_str);
        match (new.as_slice(), chosen(old)) {
            ([first, second], Some((layer, choice))) if rest == ".weight" => {
                let factors = layer.factors(choice);
                outcomes.push(layer.outcome(choice, &factors));
                let names = [first, second].map(|name| weight_name(name));
                tensors.extend(layer.tensors(choice, factors, names.each_ref().map(String::as_str), tensor));
            }
            _ => tensors.push(PackedTensor { name: format!("{last}{rest}"), ..tensor.clone() }),
        }
    }
    let mut split = work.clone();
    split.tensors = tensors;
    split.network.architecture = Architecture::Written(made.into());
    Ok((split, outcomes))
}

impl SplitLayer {
    /// Both layers' weights, by these names.
    fn tensors(&self, choice: SplitChoice, factors: Factors, names: [&str; 2], of: &PackedTensor) -> [PackedTensor; 2] {
        let [first, second] = self.parts(choice, factors)(choice.rank);
        let tensor = |name: &str, (shape, values): (Vec<usize>, Vec<f32>)| {
            let (name, packing) = (name.to_owned(), TensorPacking::Plain);
            PackedTensor { name, shape, values, is_half: of.is_half, packing }
        };
        [tensor(names[0], first), tensor(names[1], second)]
    }

    /// Shape and values of both layers' weights.
    fn parts(&self, choice: SplitChoice, factors: Factors) -> impl FnOnce(usize) -> [(Vec<usize>, Vec<f32>); 2] {
        let (shape, is_spatial) = (self.shape.clone(), self.options[choice.option].is_spatial);
        move |rank| match (shape.as_slice(), is_spatial) {
            (&[out, depth, rows, columns], true) => {
                // The left factor's columns are the columns of kernels, `[depth · rows, rank]`; the right one's rows `[rank, out · columns]`.
                let right = &factors.first.values;
                let place = |at: usize| {
                    let (column, of, filter) = (at % columns, at / columns % rank, at / (columns * rank));
                    right[of * out * columns + filter * columns + column]
                };
                let across = (0..out * rank * columns).map(place).collect();
                [
                    (vec![rank, depth, rows, 1], factors.second.transposed().values),
                    (vec![out, rank, 1, columns], across),
                ]
            }
            (&[out, depth, rows, columns], false) => [
                (vec![rank, depth, rows, columns], factors.first.values),
                (vec![out, rank, 1, 1], factors.second.values),
            ],
            (shape, _) => {
                let [units, inputs] = [0, 1].map(|at| shape.get(at).copied().unwrap_or(1));
                [(vec![rank, inputs], factors.first.values), (vec![units, rank], factors.second.values)]
            }
        }
    }
}
