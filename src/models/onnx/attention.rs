//! Attention (opset 23 to 25): scaled dot products of queries and keys choose among values, with keys and values of earlier calls,
//! masks, and windows of neighbours.

use super::array::{Kind, KnownArray, Value};
use super::call::{NodeCall, NodeValues, Refusal, refuse};
use crate::graph::{Spec, Tensor};

/// What a mask adds where a key must not be seen: no number is lower, and a difference of two is still one.
const NEVER: f64 = f32::MIN as f64;

/// `[batch, length, heads · size]` → `[batch, heads, length, size]`; four dimensions stay.
fn heads(call: &NodeCall, x: &Tensor, name: &str) -> Result<Tensor, Refusal> {
    let &[batch, length, hidden] = x.dims() else { return Ok(x.clone()) };
    let heads = call.int_or(name, 1).max(1) as usize;
    if !hidden.is_multiple_of(heads) {
        return refuse(format!("its {hidden} features are no {heads} heads"));
    }
    Ok(x.reshape(vec![batch, length, heads, hidden / heads])?.permute(vec![0, 2, 1, 3])?)
}

/// Fewer heads of keys than of queries: each serves several.
fn spread(x: &Tensor, count: usize) -> Result<Tensor, Refusal> {
    let &[batch, own, length, size] = x.dims() else { return refuse("its keys have no 4 dimensions") };
    if own == count || own == 0 || !count.is_multiple_of(own) {
        return Ok(x.clone());
    }
    let wide = x.unsqueeze(2)?.broadcast_as(vec![batch, own, count / own, length, size])?;
    Ok(wide.reshape(vec![batch, count, length, size])?)
}

/// Who must not see whom by position alone: later keys, those beyond a window, padding behind the keys. `[batch or 1, 1, queries, keys]`.
fn position_bias(call: &NodeCall, past: usize, queries: usize, keys: usize) -> Result<Option<KnownArray>, Refusal> {
    let filled = call.known_ints(6, "number of keys")?;
    let [left, right] = ["left_window_size", "right_window_size"].map(|name| call.int_or(name, -1));
    let causal = call.flag("is_causal", false);
    if !causal && left < 0 && right < 0 && filled.is_none() {
        return Ok(None);
    }
    let batch = filled.as_ref().map_or(1, Vec::len);
    let seen = |at: usize| {
        let (key, query, of) = ((at % keys) as i64, (at / keys % queries) as i64, at / keys / queries);
        let filled = filled.as_ref().map(|filled| filled[of]);
        // Where the queries stand among the keys.
        let place = query + filled.map_or(past as i64, |filled| filled - queries as i64);
        (!causal || key <= place)
            && (left < 0 || place - key <= left)
            && (right < 0 || key - place <= right)
            && filled.is_none_or(|filled| key < filled)
    };
    let values = (0..batch * queries * keys).map(|at| if seen(at) { 0.0 } else { NEVER }).collect();
    Ok(Some(KnownArray::new(Kind::Float, vec![batch, 1, queries, keys], values)))
}

/// The mask as what is added to scores, for all keys: those that it does not know are not seen.
fn mask_bias(call: &NodeCall, keys: usize) -> Result<Option<Tensor>, Refusal> {
    let Some(mask) = call.optional(3)? else { return Ok(None) };
    let mask = match call.value(3)?.kind() {
        Kind::Bool => mask.affine(-NEVER, NEVER)?,
        _ => mask,
    };
    let Some((&known, lead)) = mask.dims().split_last() else { return Ok(Some(mask)) };
    if known >= keys || known == 1 {
        return Ok(Some(mask));
    }
    let rest = mask.graph().full(NEVER, Spec::f32([lead, &[keys - known]].concat()))?;
    Ok(Some(Tensor::cat(&[&mask, &rest], lead.len())?))
}

pub(super) fn attention(call: &NodeCall) -> NodeValues {
    let (q, k, v) = (call.live(0)?, call.live(1)?, call.live(2)?);
    let is_flat = q.rank() == 3;
    let (q, k, v) =
        (heads(call, &q, "q_num_heads")?, heads(call, &k, "kv_num_heads")?, heads(call, &v, "kv_num_heads")?);
    let &[batch, count, queries, size] = q.dims() else { return refuse("its queries have no 4 dimensions") };
    let after = |past: Option<Tensor>, own: Tensor| -> Result<Tensor, Refusal> {
        Ok(match past {
            Some(past) => Tensor::cat(&[&past, &own], 2)?,
            None => own,
        })
    };
    let past = call.optional(4)?;
    let past_len = past.as_ref().map_or(0, |past| past.dims().get(2).copied().unwrap_or(0));
    let (all_k, all_v) = (after(past, k)?, after(call.optional(5)?, v)?);
    let (k, v) = (spread(&all_k, count)?, spread(&all_v, count)?);
    let keys = k.dims()[2];

    let scores = q.matmul(&k.t()?)?.affine(call.float_or("scale", 1.0 / (size as f64).sqrt()), 0.0)?;
    let cap = call.float_or("softcap", 0.0);
    let capped = if cap > 0.0 { scores.affine(1.0 / cap, 0.0)?.tanh()?.affine(cap, 0.0)? } else { scores.clone() };
    let by_position = position_bias(call, past_len, queries, keys)?.map(|bias| bias.live(call.graph)).transpose()?;
    let bias = match (mask_bias(call, keys)?, by_position) {
        (Some(mask), Some(position)) => Some(mask.broadcast_add(&position)?),
        (mask, position) => mask.or(position),
    };
    let biased = bias.as_ref().map_or_else(|| Ok(capped.clone()), |bias| capped.broadcast_add(bias))?;
    let shares = match &bias {
        Some(bias) => shares(&biased, bias, keys)?,
        None => biased.softmax()?,
    };
    let y = shares.matmul(&v)?;
    let width = v.dims()[3];
    let y = if is_flat { y.permute(vec![0, 2, 1, 3])?.reshape(vec![batch, queries, count * width])? } else { y };
    let shown = match call.int_or("qk_matmul_output_mode", 0) {
        1 => capped,
        2 => match &bias {
            // Where a mask lets nothing through, other programs have infinity.
            Some(bias) => hidden(bias)?.where_cond(&infinite(bias)?, &biased)?,
            None => biased,
        },
        3 => shares,
        _ => scores,
    };
    Ok([y, all_k, all_v, shown].into_iter().map(Value::float).take(call.wanted().max(1)).collect())
}

/// 1 where a bias hides a key.
fn hidden(bias: &Tensor) -> Result<Tensor, Refusal> {
    Ok(bias.gt_scalar(NEVER / 2.0)?.affine(-1.0, 1.0)?)
}

fn infinite(like: &Tensor) -> Result<Tensor, Refusal> {
    Ok(like.graph().full(f64::NEG_INFINITY, Spec::f32(vec![1; like.rank()]))?)
}

/// Softmax of scores; queries that may see no key choose nothing, whatever their scores are.
fn shares(biased: &Tensor, bias: &Tensor, keys: usize) -> Result<Tensor, Refusal> {
    let last = bias.rank() - 1;
    let wide = if bias.dims()[last] == keys { bias.max_keepdim(last)? } else { bias.clone() };
    let zero = bias.graph().full(0.0, Spec::f32(vec![1; biased.rank()]))?;
    Ok(hidden(&wide)?.where_cond(&zero, &biased.softmax()?)?)
}
