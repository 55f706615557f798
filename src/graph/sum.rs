//! Adds up the gradients that flow back into one tensor. A sum of many parts is often one op: gradients of slices lie side by
//! side, and products of one shape are one product along a longer inner dimension.

use super::op::matmul::Order;
use super::op::{Matmul, Pad, Rule};
use super::order::sort_by_key;
use super::{Kind, ShapeError, Tensor};
use std::any::Any;

/// The sum of tensors of one shape, given last first, as a walk backwards meets them.
pub(super) fn sum(mut parts: Vec<Tensor>) -> Result<Option<Tensor>, ShapeError> {
    if parts.len() > 1 {
        parts.reverse();
        parts = products(slices(parts)?)?;
    }
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return Ok(None) };
    parts.try_fold(first, |sum, part| sum.add(&part)).map(Some)
}

/// The op that computes a tensor, where it is an `R`, and its inputs.
fn made_by<R: Rule + Any + Clone>(tensor: &Tensor) -> Option<(R, Vec<Tensor>)> {
    let graph = tensor.graph();
    let (op, inputs) = {
        let node = &graph.nodes()[tensor.id()];
        let Kind::Op(op) = &node.kind else { return None };
        (op.get::<R>()?.clone(), node.inputs.clone())
    };
    Some((op, inputs.into_iter().map(|id| graph.tensor(id)).collect()))
}

/// `Σ pad(x_i)` where each slice begins at the end of another one: `pad(cat(x_i))`.
fn slices(parts: Vec<Tensor>) -> Result<Vec<Tensor>, ShapeError> {
    let (mut padded, mut rest) = (Vec::new(), Vec::new());
    for part in parts {
        match made_by::<Pad>(&part) {
            Some((pad, inputs)) => padded.extend(inputs.first().map(|x| (pad, x.clone(), part))),
            None => rest.push(part),
        }
    }
    sort_by_key(&mut padded, |(pad, ..)| (pad.dim, pad.left));
    let follows = |(a, x, _): &(Pad, Tensor, Tensor), (b, ..): &(Pad, Tensor, Tensor)| {
        a.dim == b.dim && a.left + x.dims()[a.dim] == b.left
    };
    for run in padded.chunk_by(follows) {
        match run {
            [(.., part)] => rest.push(part.clone()),
            [(first, ..), .., (last, ..)] => {
                let all: Vec<&Tensor> = run.iter().map(|(_, x, _)| x).collect();
                rest.push(Tensor::cat(&all, first.dim)?.pad_with_zeros(first.dim, first.left, last.right)?);
            }
            [] => {}
        }
    }
    Ok(rest)
}

/// `Σ a_i · b_i = cat(a_i) · cat(b_i)`, where the operands together are smaller than their products: an addition reads and
/// writes more than putting them side by side would.
fn products(parts: Vec<Tensor>) -> Result<Vec<Tensor>, ShapeError> {
    let (mut rest, mut kinds): (_, Vec<(Matmul, Vec<Product>)>) = (Vec::new(), Vec::new());
    for whole in parts {
        match made_by::<Matmul>(&whole).map(|(op, inputs)| (op, <[Tensor; 2]>::try_from(inputs))) {
            Some((op, Ok([a, b]))) if a.elem_count() + b.elem_count() <= whole.elem_count() => {
                let at = kinds.iter().position(|(other, _)| *other == op).unwrap_or_else(|| {
                    kinds.push((op, Vec::new()));
                    kinds.len() - 1
                });
                kinds[at].1.push(Product { whole, a, b });
            }
            _ => rest.push(whole),
        }
    }
    for (op, products) in kinds {
        rest.push(match products.as_slice() {
            [only] => only.whole.clone(),
            all => {
                let last = all[0].whole.rank() - 1;
                let inner = |order, dim, other| if order == Order::Rows { dim } else { other };
                let a: Vec<&Tensor> = all.iter().map(|product| &product.a).collect();
                let b: Vec<&Tensor> = all.iter().map(|product| &product.b).collect();
                let a = Tensor::cat(&a, inner(op.a, last, last - 1))?;
                a.then(op, &[&Tensor::cat(&b, inner(op.b, last - 1, last))?])?
            }
        });
    }
    Ok(rest)
}

/// `whole = a · b`
struct Product {
    whole: Tensor,
    a: Tensor,
    b: Tensor,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuPlan;
    use crate::graph::op::Given;
    use crate::graph::{DType, Graph, Program, Spec, Wide, grad};

    fn input(graph: &Graph, name: &str, shape: [usize; 2]) -> Tensor {
        graph.input(name, Spec::new(shape, DType::F64(Wide)))
    }

    /// Values of both, and how many ops of this name the first takes.
    fn compare(got: &Tensor, want: &Tensor, op: &str) -> usize {
        let program = Program::inference(&[got, want], &|_| None).unwrap();
        let given = |id| Given { spec: program.node(id).spec.clone(), ..Given::signed([1]) };
        let inputs: Vec<_> = program.inputs.iter().map(|&(_, id)| given(id).value(id as u32).unwrap()).collect();
        let found = CpuPlan::new(program).run_now(&inputs).unwrap();
        let values = |k: usize| found[k].flatten_all().unwrap().to_vec1::<f64>().unwrap();
        for (got, want) in values(0).iter().zip(values(1)) {
            assert!((got - want).abs() < 1e-9, "{got} instead of {want}");
        }
        let alone = Program::inference(&[got], &|_| None).unwrap();
        (0..alone.len()).filter(|&id| alone.name(id) == op).count()
    }

    #[test]
    fn gradients_of_slices_lie_side_by_side() {
        let graph = Graph::new();
        let x = input(&graph, "x", [5, 4]);
        let slices = [(0, 1, 1.0), (3, 2, 2.0), (1, 2, 3.0)];
        let parts = slices.map(|(start, len, power)| x.narrow(0, start, len).unwrap().powf(power).unwrap());
        let y = parts.iter().map(|part| part.sum_all().unwrap()).reduce(|y, part| y.add(&part).unwrap()).unwrap();
        let got = grad(&y, &[&x]).unwrap().remove(0);
        let slope = |(start, len, power): (usize, usize, f64)| {
            x.narrow(0, start, len).unwrap().powf(power - 1.0).unwrap().affine(power, 0.0).unwrap()
        };
        let want = Tensor::cat(&[&slope(slices[0]), &slope(slices[2]), &slope(slices[1])], 0).unwrap();
        assert_eq!(compare(&got, &want, "pad_with_zeros"), 0);

        // Slices that overlap stay as they are.
        let [upper, lower] = [0, 1].map(|start| x.narrow(0, start, 2).unwrap());
        let squares = upper.sqr().unwrap().add(&lower.sqr().unwrap()).unwrap();
        let got = grad(&squares, &[&x]).unwrap().remove(0);
        let padded = |left, slice: &Tensor| slice.affine(2.0, 0.0).unwrap().pad_with_zeros(0, left, 3 - left).unwrap();
        let want = padded(0, &upper).add(&padded(1, &lower)).unwrap();
        assert_eq!(compare(&got, &want, "pad_with_zeros"), 2);
    }

    #[test]
    fn the_gradient_of_a_shared_matrix_is_one_product() {
        for turned in [false, true] {
            let graph = Graph::new();
            let w = input(&graph, "w", [8, 9]);
            let w_read = if turned { w.t().unwrap() } else { w.clone() };
            let x: Vec<Tensor> =
                ["a", "b", "c"].map(|name| input(&graph, name, [2, if turned { 9 } else { 8 }])).to_vec();
            let parts = x.iter().map(|x| x.matmul(&w_read)?.sqr()?.sum_all());
            let parts = parts.collect::<Result<Vec<_>, ShapeError>>().unwrap();
            let y = parts[0].add(&parts[1]).unwrap().add(&parts[2]).unwrap();
            let got = grad(&y, &[&w]).unwrap().remove(0);
            // Σ 2 xᵀ(x·w)
            let all = Tensor::cat(&x.iter().collect::<Vec<_>>(), 0).unwrap();
            let want = all.t().unwrap().matmul(&all.matmul(&w_read).unwrap()).unwrap().affine(2.0, 0.0).unwrap();
            let want = if turned { want.t().unwrap() } else { want };
            // Three products forwards, one back.
            assert_eq!(compare(&got, &want, "matmul"), 4);
        }
    }
}
