//! Shapes, and values at other places: what is known is moved now, the rest by the graph.

use super::array::{Kind, KnownArray, Value};
use super::call::{NodeCall, NodeValues, Refusal, known, of_kind, refuse, selected};
use crate::graph::{Spec, Tensor};

pub(super) fn shape(call: &NodeCall) -> NodeValues {
    let dims: Vec<i64> = call.value(0)?.shape().iter().map(|&extent| extent as i64).collect();
    if call.op() == "Size" {
        return known(KnownArray::scalar(Kind::Int, dims.iter().product::<i64>() as f64));
    }
    let rank = dims.len() as i64;
    let end = |name: &str, default: i64| {
        let at = call.int_or(name, default);
        (if at < 0 { at + rank } else { at }).clamp(0, rank) as usize
    };
    let (start, end) = (end("start", 0), end("end", rank));
    known(KnownArray::ints(dims.get(start..end).unwrap_or_default().iter().copied()))
}

/// A value in another shape; its elements stay in order.
fn reshaped(value: &Value, shape: Vec<usize>) -> NodeValues {
    match value {
        Value::Known(array) if array.values.len() == shape.iter().product::<usize>() => {
            known(KnownArray::new(array.kind, shape, array.values.clone()))
        }
        Value::Known(array) => refuse(format!("its {} values do not fill {shape:?}", array.values.len())),
        Value::Live(tensor, kind) => of_kind(tensor.reshape(shape)?, *kind),
    }
}

/// `batch` is the number of pictures where the file was made for one: a shape that says 1 means all of them.
pub(super) fn reshape(call: &NodeCall, batch: usize) -> NodeValues {
    let value = call.value(0)?;
    let wanted = match call.ints("shape") {
        Some(shape) => shape,
        None => call.known(1, "shape")?.as_ints(),
    };
    let from = value.shape();
    let keeps_zero = call.flag("allowzero", false);
    let mut shape = Vec::with_capacity(wanted.len());
    for (at, &extent) in wanted.iter().enumerate() {
        shape.push(match extent {
            0 if !keeps_zero => {
                from.get(at).copied().map(Some).ok_or(Refusal(format!("its shape has no extent {at}")))?
            }
            -1 => None,
            _ => match usize::try_from(extent) {
                Ok(extent) => Some(extent),
                Err(_) => return refuse(format!("its shape has {extent}")),
            },
        });
    }
    let count: usize = from.iter().product();
    let fits = |shape: &[Option<usize>]| {
        // A file may say anything: more elements than can be counted are those of no tensor.
        let rest = shape.iter().flatten().try_fold(1_usize, |rest, &extent| rest.checked_mul(extent))?;
        let open = shape.iter().filter(|extent| extent.is_none()).count();
        let whole = if open == 1 { rest > 0 && count.is_multiple_of(rest) } else { rest == count };
        (open <= 1 && whole)
            .then(|| shape.iter().map(|extent| extent.unwrap_or_else(|| count / rest)).collect::<Vec<_>>())
    };
    // One extent was one picture's when the file was written. Where the first one is, an open extent must not swallow the others.
    let for_all = |at: usize| {
        let mut of_all = shape.clone();
        of_all.get_mut(at)?.as_mut().map(|extent| *extent = extent.saturating_mul(batch))?;
        fits(&of_all)
    };
    // A shape that the file computes counts all pictures already.
    let leads = batch > 1
        && shape.first() != Some(&Some(batch))
        && from
            .first()
            .is_some_and(|&first| first == batch || (shape.first() == Some(&Some(1)) && first.is_multiple_of(batch)));
    let found = if leads { for_all(0) } else { None };
    let inner = || if batch > 1 { places_of_batch(from, &wanted, batch).into_iter().find_map(for_all) } else { None };
    match found.or_else(|| fits(&shape)).or_else(inner) {
        Some(shape) => reshaped(value, shape),
        None => refuse(format!("{from:?} cannot become {wanted:?}")),
    }
}

/// Which extents of a shape written for one picture may be those of all, the likeliest first.
fn places_of_batch(from: &[usize], wanted: &[i64], batch: usize) -> Vec<usize> {
    let mut places = Vec::new();
    if let Some(at) = from.iter().position(|&extent| extent == batch) {
        // The pictures go where as many elements lie before them: at the start of an extent, or at the end of the one before.
        // The last extent is the features', and stays.
        let before = from[..at].iter().product::<usize>() as i64;
        let starts = |k: &usize| wanted[..*k].iter().product::<i64>() == before;
        if let Some(start) = (0..wanted.len()).find(starts) {
            places.extend((start + 1 < wanted.len()).then_some(start));
            places.extend(start.checked_sub(1));
            places.push(start);
        }
    }
    places.extend(wanted.iter().position(|&extent| extent == 1));
    places.push(0);
    places
}

pub(super) fn flatten(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let (shape, axis) = (value.shape(), call.int_or("axis", 1));
    let at = if axis == shape.len() as i64 { shape.len() } else { call.axis(axis, shape.len())? };
    let [rows, columns] = [&shape[..at], &shape[at..]].map(|part| part.iter().product());
    reshaped(value, vec![rows, columns])
}

pub(super) fn squeeze(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let shape = value.shape();
    let axes = match call.ints_or_input("axes", 1)? {
        Some(axes) => call.axes(Some(axes), shape.len())?,
        None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
    };
    if let Some(axis) = axes.iter().find(|&&axis| shape[axis] != 1) {
        return refuse(format!("dimension {axis} of {shape:?} is not 1"));
    }
    let rest = (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
    reshaped(value, rest)
}

pub(super) fn unsqueeze(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let Some(axes) = call.ints_or_input("axes", 1)? else { return refuse("its axes are missing") };
    let rank = value.shape().len() + axes.len();
    let axes = call.axes(Some(axes), rank)?;
    let mut from = value.shape().iter();
    let shape: Vec<usize> =
        (0..rank).map_while(|at| if axes.contains(&at) { Some(1) } else { from.next().copied() }).collect();
    reshaped(value, shape)
}

pub(super) fn transpose(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let rank = value.shape().len();
    let order = match call.ints("perm") {
        Some(order) => order.iter().map(|&axis| call.axis(axis, rank)).collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).rev().collect(),
    };
    if order.len() != rank {
        return refuse(format!("its perm {order:?} is not one of {rank} dimensions"));
    }
    match value {
        Value::Live(tensor, kind) => of_kind(tensor.permute(order)?, *kind),
        Value::Known(array) => {
            let shape: Vec<usize> = order.iter().map(|&axis| array.shape[axis]).collect();
            let values = picked(array, &shape, |to| {
                let mut from = vec![0; rank];
                order.iter().zip(to).for_each(|(&axis, &at)| from[axis] = at);
                from
            });
            known(KnownArray::new(array.kind, shape, values))
        }
    }
}

/// The elements of a new array: each from a place of the old one.
fn picked(array: &KnownArray, shape: &[usize], from: impl Fn(&[usize]) -> Vec<usize>) -> Vec<f64> {
    let count: usize = shape.iter().product();
    let mut to = vec![0; shape.len()];
    (0..count)
        .map(|at| {
            let mut rest = at;
            for (place, &extent) in to.iter_mut().zip(shape).rev() {
                *place = rest % extent;
                rest /= extent;
            }
            let index = from(&to).iter().zip(&array.shape).fold(0, |index, (&at, &extent)| index * extent + at);
            array.values[index]
        })
        .collect()
}

pub(super) fn expand(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let wanted: Vec<usize> = call.known(1, "shape")?.as_ints().iter().map(|&extent| extent.max(0) as usize).collect();
    let shape = crate::graph::broadcast("Expand", value.shape(), &wanted)?;
    match value {
        Value::Known(array) => {
            let count: usize = shape.iter().product();
            let values = (0..count).map(|at| array.at_broadcast(&shape, at)).collect();
            known(KnownArray::new(array.kind, shape, values))
        }
        Value::Live(tensor, kind) => of_kind(tensor.broadcast_as(shape)?, *kind),
    }
}

pub(super) fn tile(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let counts: Vec<usize> = call.known(1, "repeats")?.as_ints().iter().map(|&count| count.max(0) as usize).collect();
    if counts.len() != value.shape().len() {
        return refuse(format!("its repeats {counts:?} do not fit {:?}", value.shape()));
    }
    match value {
        Value::Known(array) => {
            let shape: Vec<usize> = array.shape.iter().zip(&counts).map(|(extent, count)| extent * count).collect();
            let values =
                picked(array, &shape, |to| to.iter().zip(&array.shape).map(|(at, extent)| at % extent).collect());
            known(KnownArray::new(array.kind, shape, values))
        }
        Value::Live(tensor, kind) => of_kind(tensor.repeat(counts)?, *kind),
    }
}

pub(super) fn concat(call: &NodeCall) -> NodeValues {
    let first = call.value(0)?;
    let (rank, kind) = (first.shape().len(), first.kind());
    let axis = call.axis(call.int_or("axis", 0), rank)?;
    let Some(parts) = call.all_known() else {
        let parts = (0..call.inputs.len()).map(|at| call.live(at)).collect::<Result<Vec<_>, _>>()?;
        return of_kind(Tensor::cat(&parts.iter().collect::<Vec<_>>(), axis)?, kind);
    };
    let fits = |part: &&&KnownArray| {
        part.shape.len() == rank && (0..rank).all(|d| d == axis || part.shape[d] == first.shape()[d])
    };
    if parts.iter().filter(fits).count() != parts.len() {
        return refuse("its parts have different shapes");
    }
    let mut shape = first.shape().to_vec();
    shape[axis] = parts.iter().map(|part| part.shape[axis]).sum();
    let outer: usize = shape[..axis].iter().product();
    let mut values = Vec::with_capacity(shape.iter().product());
    for row in 0..outer {
        for part in &parts {
            let len = part.values.len() / outer.max(1);
            values.extend_from_slice(&part.values[row * len..(row + 1) * len]);
        }
    }
    known(KnownArray::new(kind, shape, values))
}

/// Elements `start`, `start + step`, … along one dimension.
fn stepped(value: &Value, axis: usize, start: usize, count: usize, step: i64) -> Result<Value, Refusal> {
    let at = |k: usize| (start as i64 + k as i64 * step) as usize;
    Ok(match value {
        Value::Known(array) => {
            let mut shape = array.shape.clone();
            shape[axis] = count;
            let values = picked(array, &shape, |to| {
                let mut from = to.to_vec();
                from[axis] = at(to[axis]);
                from
            });
            Value::Known(KnownArray::new(array.kind, shape, values))
        }
        Value::Live(tensor, kind) if step == 1 => Value::Live(tensor.narrow(axis, start, count)?, *kind),
        Value::Live(tensor, kind) => {
            let places: Vec<f64> = (0..count).map(|k| at(k) as f64).collect();
            Value::Live(selected(tensor, &places, axis)?, *kind)
        }
    })
}

pub(super) fn slice(call: &NodeCall) -> NodeValues {
    let mut value = call.value(0)?.clone();
    let rank = value.shape().len();
    let Some(starts) = call.ints_or_input("starts", 1)? else { return refuse("its starts are missing") };
    let Some(ends) = call.ints_or_input("ends", 2)? else { return refuse("its ends are missing") };
    let axes = call.ints_or_input("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = call.known_ints(4, "steps")?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return refuse("its starts, ends, axes and steps are not equally many");
    }
    for (((start, end), axis), step) in starts.into_iter().zip(ends).zip(axes).zip(steps) {
        let axis = call.axis(axis, rank)?;
        let extent = value.shape()[axis] as i64;
        let from_start = |at: i64| if at < 0 { at.saturating_add(extent) } else { at };
        let (start, count) = match step {
            0 => return refuse("one of its steps is 0"),
            1.. => {
                let (start, end) = (from_start(start).clamp(0, extent), from_start(end).clamp(0, extent));
                (start, (end - start).max(0) as u64 as usize)
            }
            _ => {
                let (start, end) = (from_start(start).clamp(-1, extent - 1), from_start(end).clamp(-1, extent - 1));
                (start, (start - end).max(0) as u64 as usize)
            }
        };
        let count = count.div_ceil(step.unsigned_abs() as usize);
        value = stepped(&value, axis, start.max(0) as usize, count, step)?;
    }
    Ok(vec![value])
}

pub(super) fn split(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let axis = call.axis(call.int_or("axis", 0), value.shape().len())?;
    let extent = value.shape()[axis];
    let parts = match call.ints_or_input("split", 1)? {
        Some(parts) => parts.iter().map(|&len| len.max(0) as usize).collect(),
        None => {
            let count = call.wanted().max(1);
            let len = extent.div_ceil(count);
            (0..count).map(|at| len.min(extent.saturating_sub(at * len))).collect::<Vec<_>>()
        }
    };
    if parts.iter().sum::<usize>() != extent {
        return refuse(format!("its parts {parts:?} do not make up {extent}"));
    }
    let mut start = 0;
    let part = |len: usize| {
        let part = stepped(value, axis, start, len, 1);
        start += len;
        part
    };
    parts.into_iter().map(part).collect()
}

/// Negative indexes count from the end.
pub(super) fn gather(call: &NodeCall) -> NodeValues {
    let (value, at) = (call.value(0)?, call.value(1)?);
    let rank = value.shape().len();
    let axis = call.axis(call.int_or("axis", 0), rank)?;
    let extent = value.shape()[axis];
    let shape = [&value.shape()[..axis], at.shape(), &value.shape()[axis + 1..]].concat();
    let Value::Known(at) = at else {
        let flat = call.live(1)?.flatten_from(0)?;
        let below = flat.neg()?.gt_scalar(0.0)?.affine(extent as f64, 0.0)?;
        let places = flat.broadcast_add(&below)?.to_dtype(crate::graph::DType::U32)?;
        return of_kind(call.live(0)?.index_select(&places, axis)?.reshape(shape)?, value.kind());
    };
    let place = |&at: &f64| if at < 0.0 { at + extent as f64 } else { at };
    let places: Vec<f64> = at.values.iter().map(place).collect();
    if let Some(beyond) = places.iter().find(|&&at| at < 0.0 || at >= extent as f64) {
        return refuse(format!("its index {beyond} is beyond {extent}"));
    }
    match value {
        Value::Known(array) => {
            let long = [&array.shape[..axis], &[places.len()], &array.shape[axis + 1..]].concat();
            let values = picked(array, &long, |to| {
                let mut from = to.to_vec();
                from[axis] = places[to[axis]] as usize;
                from
            });
            known(KnownArray::new(array.kind, shape, values))
        }
        Value::Live(tensor, kind) => {
            let [first] = places[..] else {
                return of_kind(selected(tensor, &places, axis)?.reshape(shape)?, *kind);
            };
            of_kind(tensor.narrow(axis, first as usize, 1)?.reshape(shape)?, *kind)
        }
    }
}

/// One element for each index.
pub(super) fn gather_elements(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let axis = call.axis(call.int_or("axis", 0), value.shape().len())?;
    let extent = value.shape()[axis] as f64;
    let at = call.live(1)?;
    let places = at.broadcast_add(&at.neg()?.gt_scalar(0.0)?.affine(extent, 0.0)?)?;
    let x = call.live(0)?;
    // Other dimensions may be shorter in the indexes.
    let mut x = x;
    for dim in (0..x.rank()).filter(|&dim| dim != axis) {
        x = x.narrow(dim, 0, at.dims()[dim])?;
    }
    of_kind(x.gather(&places.to_dtype(crate::graph::DType::U32)?, axis)?, value.kind())
}

/// Blocks of channels become blocks of pixels.
pub(super) fn depth_to_space(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let [n, c, h, w] = x.spec().nchw("DepthToSpace")?;
    let b = call.int_or("blocksize", 1).max(1) as usize;
    if !c.is_multiple_of(b * b) {
        return refuse(format!("its {c} channels are no blocks of {b} × {b}"));
    }
    let y = if call.text("mode") == Some("CRD") {
        x.reshape(vec![n, c / (b * b), b, b, h, w])?.permute(vec![0, 1, 4, 2, 5, 3])?
    } else {
        x.reshape(vec![n, b, b, c / (b * b), h, w])?.permute(vec![0, 3, 4, 1, 5, 2])?
    };
    of_kind(y.reshape(vec![n, c / (b * b), h * b, w * b])?, Kind::Float)
}

pub(super) fn space_to_depth(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let [n, c, h, w] = x.spec().nchw("SpaceToDepth")?;
    let b = call.int_or("blocksize", 1).max(1) as usize;
    if !h.is_multiple_of(b) || !w.is_multiple_of(b) {
        return refuse(format!("its {h} × {w} pixels are no blocks of {b} × {b}"));
    }
    let blocks = x.reshape(vec![n, c, h / b, b, w / b, b])?;
    let y = blocks.permute(if call.text("mode") == Some("CRD") { [0, 1, 3, 5, 2, 4] } else { [0, 3, 5, 1, 2, 4] })?;
    of_kind(y.reshape(vec![n, c * b * b, h / b, w / b])?, Kind::Float)
}

pub(super) fn pad(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let rank = value.shape().len();
    let Some(pads) = call.ints_or_input("pads", 1)? else { return refuse("its pads are missing") };
    let axes = call.axes(call.known_ints(3, "axes")?, rank)?;
    if pads.len() != 2 * axes.len() {
        return refuse(format!("its pads {pads:?} do not fit {} dimensions", axes.len()));
    }
    let fill = if call.has(2) { call.known(2, "value")?.single().unwrap_or(0.0) } else { call.float_or("value", 0.0) };
    let mode = call.text("mode").unwrap_or("constant");
    let mut x = call.live(0)?;
    for (k, &axis) in axes.iter().enumerate() {
        let extent = x.dims()[axis];
        let (before, after) = (pads[k], pads[k + axes.len()]);
        // Below zero it cuts off.
        let (cut_first, cut_last) = ((-before).max(0) as usize, (-after).max(0) as usize);
        if cut_first + cut_last >= extent {
            return refuse(format!("its pads {before} and {after} leave nothing of {extent}"));
        }
        x = x.narrow(axis, cut_first, extent - cut_first - cut_last)?;
        let extent = x.dims()[axis] as i64;
        let (before, after) = (before.max(0), after.max(0));
        if before + after == 0 {
            continue;
        }
        let from = |at: i64| match mode {
            "edge" => at.clamp(0, extent - 1),
            "wrap" => at.rem_euclid(extent),
            // There and back, without the edge twice.
            _ if extent == 1 => 0,
            _ => {
                let at = at.rem_euclid(2 * (extent - 1));
                if at < extent { at } else { 2 * (extent - 1) - at }
            }
        };
        x = match mode {
            "constant" => {
                let side = |len: i64| {
                    let mut shape = x.dims().to_vec();
                    shape[axis] = len as usize;
                    x.graph().full(fill, Spec::new(shape, x.dtype()))
                };
                match fill == 0.0 {
                    true => x.pad_with_zeros(axis, before as usize, after as usize)?,
                    false => {
                        let (first, last) = (side(before)?, side(after)?);
                        let parts: Vec<&Tensor> = [(before, &first), (1, &x), (after, &last)]
                            .into_iter()
                            .filter(|(len, _)| *len > 0)
                            .map(|(_, part)| part)
                            .collect();
                        Tensor::cat(&parts, axis)?
                    }
                }
            }
            "edge" | "wrap" | "reflect" => {
                let places: Vec<f64> = (-before..extent + after).map(|at| from(at) as f64).collect();
                selected(&x, &places, axis)?
            }
            other => return refuse(format!("its mode {other} is not known")),
        };
    }
    of_kind(x, value.kind())
}

/// From a start in steps up to a limit, which is not in it.
pub(super) fn range(call: &NodeCall) -> NodeValues {
    let part = |at: usize| call.known(at, "limits")?.single().ok_or(Refusal("its limits are no single numbers".into()));
    let (start, limit, step) = (part(0)?, part(1)?, part(2)?);
    let count = ((limit - start) / step).ceil().max(0.0);
    if !count.is_finite() || count > MOST {
        return refuse(format!("it wants {count} numbers"));
    }
    let values: Vec<f64> = (0..count as usize).map(|k| start + k as f64 * step).collect();
    known(KnownArray::new(call.value(0)?.kind(), vec![values.len()], values))
}

/// Values that are made now.
pub(super) const MOST: f64 = 16_777_216.0;

/// The places that are not zero, one column each.
pub(super) fn non_zero(call: &NodeCall) -> NodeValues {
    let x = call.known(0, "input")?;
    let here: Vec<usize> = (0..x.values.len()).filter(|&at| x.values[at] != 0.0).collect();
    let mut values = vec![0.0; here.len() * x.shape.len()];
    for (column, &at) in here.iter().enumerate() {
        let mut rest = at;
        for (dim, extent) in x.shape.iter().enumerate().rev() {
            values[dim * here.len() + column] = (rest % extent) as f64;
            rest /= extent;
        }
    }
    known(KnownArray::new(Kind::Int, vec![x.shape.len(), here.len()], values))
}
