//! Reverse-mode differentiation: a graph in, the same graph with gradients out (Linnainmaa 1970).
//!
//! Each op's file defines the gradient of the op, as graph ops; this file only walks the graph. So gradients have gradients,
//! and any tensor can be differentiated to: parameters, pictures, activations.

use super::sum::sum;
use super::{DType, Kind, NodeId, Op, ShapeError, Tensor};
use std::collections::BTreeMap;

/// A gradient rule in place of an op's own, with what that has: the inputs, the output and its gradient. `None` leaves the op's own.
pub type RuleInstead<'a> = &'a dyn Fn(&Op, &[Tensor], &Tensor, &Tensor) -> Result<Option<Gradients>, ShapeError>;

/// Of the inputs of an op.
pub type Gradients = Vec<Option<Tensor>>;

/// The gradient of the sum of `y` with respect to each of `wrt`, with their shapes. Zero where `y` does not depend on it
/// smoothly.
pub fn grad(y: &Tensor, wrt: &[&Tensor]) -> Result<Vec<Tensor>, ShapeError> {
    vjp(y, &y.ones_like()?, wrt)
}

/// The gradient of `Σ dy · y` with respect to each of `wrt`: a vector-Jacobian product.
pub fn vjp(y: &Tensor, dy: &Tensor, wrt: &[&Tensor]) -> Result<Vec<Tensor>, ShapeError> {
    vjp_with(y, dy, wrt, &|_, _, _, _| Ok(None))
}

/// The same walk with other rules for some ops: what it gives then is no gradient.
pub fn vjp_with(y: &Tensor, dy: &Tensor, wrt: &[&Tensor], instead: RuleInstead<'_>) -> Result<Vec<Tensor>, ShapeError> {
    if dy.spec() != y.spec() {
        return Err(ShapeError::Mismatch { op: "vjp", a: y.dims().to_vec(), b: dy.dims().to_vec() });
    }
    let graph = y.graph();
    let goals: Vec<NodeId> = wrt.iter().map(|t| t.id()).collect();
    let depends = dependents(graph, &goals, y.id());
    // The gradients that flow back into each node from the nodes that read it.
    let mut cotangents: BTreeMap<NodeId, Vec<Tensor>> = BTreeMap::new();
    if depends[y.id()] {
        cotangents.insert(y.id(), vec![dy.clone()]);
    }
    for id in (0..=y.id()).rev().filter(|&id| depends[id]) {
        let (op, inputs) = {
            let nodes = graph.nodes();
            match &nodes[id].kind {
                Kind::Op(op) => (op.clone(), nodes[id].inputs.clone()),
                Kind::Input { .. } | Kind::Variable { .. } | Kind::Constant(_) => continue,
            }
        };
        // The inputs of a goal are not followed further, but the goal's own gradient stays.
        let Some(dy) = cotangents.remove(&id).map(sum).transpose()?.flatten() else { continue };
        if goals.contains(&id) {
            cotangents.insert(id, vec![dy.clone()]);
        }
        if !inputs.iter().any(|&input| depends[input]) {
            continue;
        }
        let x: Vec<Tensor> = inputs.iter().map(|&input| graph.tensor(input)).collect();
        let y = graph.tensor(id);
        let dx = match instead(&op, &x, &y, &dy)? {
            Some(dx) => dx,
            None => op.vjp(&x, &y, &dy)?,
        };
        for (&input, dx) in inputs.iter().zip(dx).filter(|(input, _)| depends[**input]) {
            cotangents.entry(input).or_default().extend(dx);
        }
    }
    // A tensor may be asked for more than once.
    let sums = cotangents.into_iter().map(|(id, parts)| Ok((id, sum(parts)?)));
    let sums = sums.collect::<Result<BTreeMap<_, _>, ShapeError>>()?;
    wrt.iter().map(|t| sums.get(&t.id()).cloned().flatten().map_or_else(|| t.zeros_like(), Ok)).collect()
}

/// For each node up to `last`: whether it is a goal, or is computed from one in floating point all the way.
fn dependents(graph: &super::Graph, goals: &[NodeId], last: NodeId) -> Vec<bool> {
    let nodes = graph.nodes();
    let mut depends = vec![false; last + 1];
    for id in 0..=last {
        let node = &nodes[id];
        let computed = matches!(node.kind, Kind::Op(_)) && node.inputs.iter().any(|&input| depends[input]);
        depends[id] = node.spec.dtype != DType::U32 && (computed || goals.contains(&id));
    }
    depends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuPlan;
    use crate::graph::{Graph, Host, Program, Spec, Wide};

    fn scalar(y: &Tensor, x: f64) -> f64 {
        let host = Host::new(&[x], &candle_core::Device::Cpu).unwrap();
        let program = Program::inference(&[y], &|_| None).unwrap();
        let inputs = vec![host; program.inputs.len()];
        CpuPlan::new(program).run_now(&inputs).unwrap()[0].flatten_all().unwrap().to_vec1::<f64>().unwrap()[0]
    }

    #[test]
    fn derivatives_of_derivatives() {
        let x = Graph::new().input("x", Spec::new([1], DType::F64(Wide)));
        // x⁴ + sin x: 4x³ + cos x, 12x² - sin x, 24x - cos x
        let mut y = x.powf(4.0).unwrap().add(&x.sin().unwrap()).unwrap();
        for want in [4.0 * 8.0 + 2f64.cos(), 12.0 * 4.0 - 2f64.sin(), 24.0 * 2.0 - 2f64.cos()] {
            y = grad(&y, &[&x]).unwrap().remove(0);
            assert!((scalar(&y, 2.0) - want).abs() < 1e-9);
        }
    }

    #[test]
    fn paths_add_up_and_strangers_are_zero() {
        let graph = Graph::new();
        let x = graph.input("x", Spec::new([1], DType::F64(Wide)));
        let other = graph.input("other", Spec::new([3], DType::F64(Wide)));
        let middle = x.affine(3.0, 0.0).unwrap();
        // (3x)² + 3x
        let y = middle.sqr().unwrap().add(&middle).unwrap();
        let found = grad(&y, &[&x, &middle, &other]).unwrap();
        assert_eq!(scalar(&found[0], 2.0), 2.0 * 9.0 * 2.0 + 3.0);
        assert_eq!(scalar(&found[1], 2.0), 2.0 * 6.0 + 1.0);
        assert_eq!(found[2].dims(), [3]);
        assert_eq!(scalar(&found[2], 2.0), 0.0);
    }
}
