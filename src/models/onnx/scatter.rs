//! Elements at places that are known, read or written.

use super::array::{Kind, KnownArray, Value};
use super::call::{NodeCall, NodeValues, Refusal, indexes, known, of_kind, refuse, selected};
use crate::graph::Tensor;

/// Where slices of `inner` elements begin in a tensor of this shape, for rows of `depth` indexes, after `batch` dimensions that both
/// have.
fn starts(shape: &[usize], at: &KnownArray, batch: usize) -> Result<(Vec<usize>, usize), Refusal> {
    let Some(&depth) = at.shape.last() else { return refuse("its indexes are a single number") };
    if batch + depth > shape.len() {
        return refuse(format!("its rows of {depth} indexes do not fit {shape:?}"));
    }
    let inner: usize = shape[batch + depth..].iter().product();
    let rows = at.values.len() / depth.max(1);
    let batches: usize = shape[..batch].iter().product();
    let own = &shape[batch..batch + depth];
    let per_batch: usize = own.iter().product();
    let mut starts = Vec::with_capacity(rows);
    for row in 0..rows {
        let mut place = 0;
        for (&index, &extent) in at.values[row * depth..][..depth].iter().zip(own) {
            let index = if index < 0.0 { index + extent as f64 } else { index };
            if index < 0.0 || index >= extent as f64 {
                return refuse(format!("its index {index} is beyond {extent}"));
            }
            place = place * extent + index as usize;
        }
        let of = row / (rows / batches.max(1)).max(1);
        starts.push((of * per_batch + place) * inner);
    }
    Ok((starts, inner))
}

fn places(starts: &[usize], inner: usize) -> Vec<f64> {
    starts.iter().flat_map(|&start| (start..start + inner).map(|at| at as f64)).collect()
}

pub(super) fn gather(call: &NodeCall) -> NodeValues {
    let (value, at) = (call.value(0)?, call.known(1, "indexes")?);
    let batch = call.int_or("batch_dims", 0).max(0) as usize;
    let (starts, inner) = starts(value.shape(), at, batch)?;
    let depth = at.shape.last().copied().unwrap_or(0);
    let shape = [&at.shape[..at.shape.len() - 1], &value.shape()[batch + depth..]].concat();
    let places = places(&starts, inner);
    match value {
        Value::Known(array) => {
            known(KnownArray::new(array.kind, shape, places.iter().map(|&at| array.values[at as usize]).collect()))
        }
        Value::Live(x, kind) => of_kind(selected(&x.flatten_from(0)?, &places, 0)?.reshape(shape)?, *kind),
    }
}

pub(super) fn scatter(call: &NodeCall) -> NodeValues {
    let (value, at) = (call.value(0)?, call.known(1, "indexes")?);
    let (starts, inner) = starts(value.shape(), at, 0)?;
    written(call, &places(&starts, inner))
}

/// One index for each element, along one dimension.
pub(super) fn elements(call: &NodeCall) -> NodeValues {
    let (value, at) = (call.value(0)?, call.known(1, "indexes")?);
    let shape = value.shape();
    let axis = call.axis(call.int_or("axis", 0), shape.len())?;
    if at.shape.len() != shape.len() {
        return refuse(format!("its indexes {:?} do not fit {shape:?}", at.shape));
    }
    let mut places = Vec::with_capacity(at.values.len());
    for (k, &index) in at.values.iter().enumerate() {
        let (mut rest, mut stride, mut place) = (k, 1, 0.0);
        for dim in (0..shape.len()).rev() {
            let own = (rest % at.shape[dim]) as f64;
            rest /= at.shape[dim];
            let to = if dim == axis { if index < 0.0 { index + shape[dim] as f64 } else { index } } else { own };
            if to < 0.0 || to >= shape[dim] as f64 {
                return refuse(format!("its index {to} is beyond {}", shape[dim]));
            }
            place += to * stride as f64;
            stride *= shape[dim];
        }
        places.push(place);
    }
    written(call, &places)
}

/// Each costs a pass over all.
const MOST_ROUNDS: usize = 64;

/// Products or extremes of a row and updates at these places: in each round every place has one update at most.
fn reduced(
    call: &NodeCall,
    flat: &Tensor,
    updates: &Tensor,
    places: &[f64],
    reduction: &str,
) -> Result<Tensor, Refusal> {
    type Join = fn(&Tensor, &Tensor) -> Result<Tensor, crate::graph::ShapeError>;
    // What changes nothing where a round has no update.
    let (join, neutral): (Join, f64) = match reduction {
        "mul" => (Tensor::broadcast_mul, 1.0),
        "max" => (Tensor::broadcast_maximum, f64::from(f32::MIN)),
        _ => (Tensor::broadcast_minimum, f64::from(f32::MAX)),
    };
    let (mut y, mut open) = (flat.clone(), (0..places.len()).collect::<Vec<_>>());
    for passes in 0.. {
        if open.is_empty() {
            break;
        }
        if passes == MOST_ROUNDS {
            return refuse(format!("it writes more than {MOST_ROUNDS} times to one place"));
        }
        let mut rest = vec![neutral; flat.elem_count()];
        let (mut round, mut later) = (Vec::new(), Vec::new());
        for k in open {
            let place = &mut rest[places[k] as usize];
            let is_first = std::mem::replace(place, 0.0) == neutral;
            if is_first { round.push(k) } else { later.push(k) }
        }
        let from: Vec<f64> = round.iter().map(|&k| k as f64).collect();
        let to: Vec<f64> = round.iter().map(|&k| places[k]).collect();
        let own = selected(updates, &from, 0)?;
        let rest = KnownArray::new(Kind::Float, flat.dims().to_vec(), rest).live(call.graph)?;
        y = join(&y, &rest.index_add(&indexes(call.graph, &to)?, &own, 0)?)?;
        open = later;
    }
    Ok(y)
}

/// The first value with the third at these places, in its stead or joined with it.
fn written(call: &NodeCall, places: &[f64]) -> NodeValues {
    let (value, updates) = (call.value(0)?, call.value(2)?);
    let reduction = call.text("reduction").unwrap_or("none");
    let joined: fn(f64, f64) -> f64 = match reduction {
        "none" => |_, new| new,
        "add" => |old, new| old + new,
        "mul" => |old, new| old * new,
        "max" => f64::max,
        "min" => f64::min,
        other => return refuse(format!("its reduction {other} is not supported")),
    };
    if updates.shape().iter().product::<usize>() != places.len() {
        return refuse(format!("its updates {:?} do not fit its indexes", updates.shape()));
    }
    if let (Value::Known(array), Value::Known(updates)) = (value, updates) {
        let mut values = array.values.clone();
        for (&at, &update) in places.iter().zip(&updates.values) {
            let place = &mut values[at as usize];
            *place = joined(*place, update);
        }
        return known(KnownArray::new(array.kind, array.shape.clone(), values));
    }
    let (x, updates) = (call.live(0)?, call.live(2)?.flatten_from(0)?);
    let (shape, flat) = (x.dims().to_vec(), x.flatten_from(0)?);
    if let "mul" | "max" | "min" = reduction {
        return of_kind(reduced(call, &flat, &updates, places, reduction)?.reshape(shape)?, value.kind());
    }
    let kept = if reduction == "add" {
        flat
    } else {
        let mut mask = vec![1.0; flat.elem_count()];
        for (k, &at) in places.iter().enumerate() {
            if std::mem::replace(&mut mask[at as usize], 0.0) == 0.0 {
                return refuse(format!("it writes element {k} where another was written"));
            }
        }
        flat.broadcast_mul(&KnownArray::new(Kind::Float, flat.dims().to_vec(), mask).live(call.graph)?)?
    };
    let y = kept.index_add(&indexes(call.graph, places)?, &updates, 0)?;
    of_kind(y.reshape(shape)?, value.kind())
}
