//! Products of matrices.

use super::call::{NodeCall, NodeValues, Refusal, one, refuse};
use crate::graph::Tensor;

/// `alpha · A' B' + beta · C`.
pub(super) fn gemm(call: &NodeCall) -> NodeValues {
    let turned = |at: usize, name: &str| -> Result<Tensor, Refusal> {
        let x = call.live(at)?;
        Ok(if call.flag(name, false) { x.t()? } else { x })
    };
    let y = turned(0, "transA")?.matmul(&turned(1, "transB")?)?;
    let scaled = |x: Tensor, by: f64| if by == 1.0 { Ok(x) } else { x.affine(by, 0.0) };
    let y = scaled(y, call.float_or("alpha", 1.0))?;
    match call.optional(2)? {
        None => one(y),
        Some(c) => one(y.broadcast_add(&scaled(c, call.float_or("beta", 1.0))?)?),
    }
}

pub(super) fn matmul(call: &NodeCall) -> NodeValues {
    one(product(&call.live(0)?, &call.live(1)?)?)
}

/// numpy's `matmul`: a vector stands for a matrix of one row or one column, and leading dimensions broadcast.
pub(super) fn product(a: &Tensor, b: &Tensor) -> Result<Tensor, Refusal> {
    if a.rank() == 0 || b.rank() == 0 {
        return refuse("it multiplies a number without dimensions");
    }
    let row = if a.rank() == 1 { a.unsqueeze(0)? } else { a.clone() };
    let column = if b.rank() == 1 { b.unsqueeze(1)? } else { b.clone() };
    // One matrix for all: the rows of all others at once.
    let y = if column.rank() == 2 && row.rank() > 2 {
        let (shape, last) = (row.dims().to_vec(), row.rank() - 1);
        let rows = shape[..last].iter().product();
        let y = row.reshape(vec![rows, shape[last]])?.matmul(&column)?;
        y.reshape([&shape[..last], &column.dims()[1..]].concat())?
    } else {
        row.broadcast_matmul(&column)?
    };
    let y = if b.rank() == 1 { y.squeeze(y.rank() - 1)? } else { y };
    Ok(if a.rank() == 1 { y.squeeze(y.rank() - if b.rank() == 1 { 1 } else { 2 })? } else { y })
}

/// Einstein's sums of one or two tensors, each letter once in each.
pub(super) fn einsum(call: &NodeCall) -> NodeValues {
    let text: String = call.text("equation").unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
    let (left, right) = match text.split_once("->") {
        Some((left, right)) => (left, right.to_owned()),
        None => {
            // All letters that stand once, in order.
            let mut letters: Vec<char> =
                text.chars().filter(|c| c.is_alphabetic() && text.matches(*c).count() == 1).collect();
            letters.sort_unstable();
            (text.as_str(), letters.into_iter().collect())
        }
    };
    let terms: Vec<Vec<char>> = left.split(',').map(|term| term.chars().collect()).collect();
    let out: Vec<char> = right.chars().collect();
    let letters = terms.iter().flatten().chain(&out);
    let repeated = |term: &Vec<char>| (1..term.len()).any(|at| term[..at].contains(&term[at]));
    if terms.len() != call.inputs.len()
        || !(1..=2).contains(&terms.len())
        || !letters.clone().all(|c| c.is_alphabetic())
        || terms.iter().any(repeated)
    {
        return refuse(format!("its equation {text} is of a form that is not supported"));
    }
    let parts = (0..terms.len()).map(|at| call.live(at)).collect::<Result<Vec<_>, _>>()?;
    if let Some((term, part)) = terms.iter().zip(&parts).find(|(term, part)| term.len() != part.rank()) {
        return refuse(format!("its equation gives {} letters to {:?}", term.len(), part.dims()));
    }
    // Summed at once where no other term has the letter.
    let mut summed = Vec::new();
    for (k, (term, part)) in terms.iter().zip(&parts).enumerate() {
        let wanted =
            |c: &char| out.contains(c) || terms.iter().enumerate().any(|(other, t)| other != k && t.contains(c));
        let (mut term, mut part) = (term.clone(), part.clone());
        while let Some(at) = term.iter().position(|c| !wanted(c)) {
            part = part.sum(at)?;
            term.remove(at);
        }
        summed.push((term, part));
    }
    let (term, y) = match &summed[..] {
        [(term, part)] => (term.clone(), part.clone()),
        [(a, x), (b, z)] => {
            let shared = |c: &&char| a.contains(c) && b.contains(c);
            let batch: Vec<char> = a.iter().filter(|c| shared(c) && out.contains(c)).copied().collect();
            let inner: Vec<char> = a.iter().filter(|c| shared(c) && !out.contains(c)).copied().collect();
            let rows: Vec<char> = a.iter().filter(|c| !b.contains(c)).copied().collect();
            let columns: Vec<char> = b.iter().filter(|c| !a.contains(c)).copied().collect();
            let extent = |letters: &[char]| -> usize {
                let of = |c: &char| match a.iter().position(|own| own == c) {
                    Some(at) => x.dims()[at],
                    None => b.iter().position(|own| own == c).map_or(1, |at| z.dims()[at]),
                };
                letters.iter().map(of).product()
            };
            let turned = |term: &[char], part: &Tensor, order: [&[char]; 3]| -> Result<Tensor, Refusal> {
                let places =
                    order.concat().iter().filter_map(|c| term.iter().position(|own| own == c)).collect::<Vec<_>>();
                Ok(part.permute(places)?.reshape(order.map(extent).to_vec())?)
            };
            let product = turned(a, x, [&batch, &rows, &inner])?.matmul(&turned(b, z, [&batch, &inner, &columns])?)?;
            let term = [batch, rows, columns].concat();
            let shape: Vec<usize> = term.iter().map(|c| extent(&[*c])).collect();
            (term, product.reshape(shape)?)
        }
        _ => return refuse("it has no terms"),
    };
    let order = out.iter().filter_map(|c| term.iter().position(|own| own == c)).collect::<Vec<_>>();
    if order.len() != term.len() {
        return refuse(format!("its equation {text} wants a letter that no term has"));
    }
    one(if order.is_empty() { y } else { y.permute(order)? })
}
