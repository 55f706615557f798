//! Computes, once and on the host, every node that depends on variables and constants alone: transposed weights, folded
//! scales. What is kept elsewhere and only put in another order stays there.

use super::{Flat, Known, PassError};
use crate::graph::host::{evaluate, to_dtype};
use crate::graph::launch::Movement;
use crate::graph::op::{Form, Move, Op};
use crate::graph::{Host, Kind, KnownValue, NodeId, Spec};
use crate::sorted::SortedMap;

/// The values that a later stage reads. Those that only other known values are made of are dropped as soon as these are made.
pub(super) fn freeze(flat: &Flat, known: Known<'_>) -> Result<(Flat, SortedMap<NodeId, KnownValue>), PassError> {
    // The readers of each node that are not known yet.
    let mut readers = vec![0_usize; flat.nodes.len()];
    let read = flat.nodes.iter().flat_map(|node| &node.inputs).chain(&flat.outputs);
    read.for_each(|&id| readers[id] += 1);
    let mut frozen: SortedMap<NodeId, KnownValue> = SortedMap::new();
    for (id, node) in flat.nodes.iter().enumerate() {
        let value = match &node.kind {
            Kind::Input { .. } => continue,
            Kind::Constant(value) => value.clone().into(),
            Kind::Variable { name, .. } => {
                let Some(value) = known.value(name)? else { continue };
                if value.dims() != node.spec.shape {
                    let (want, got) = (node.spec.shape.clone(), value.dims().to_vec());
                    return Err(PassError::WrongShape { name: name.clone(), want, got });
                }
                match value {
                    KnownValue::Kept(..) if node.spec.dtype == crate::graph::DType::F32 => value,
                    _ => to_dtype(&value.host()?, node.spec.dtype)?.into(),
                }
            }
            Kind::Op(op) => {
                let inputs: Option<Vec<KnownValue>> = node.inputs.iter().map(|i| frozen.get(i).cloned()).collect();
                let Some(inputs) = inputs else { continue };
                let value = match reordered(op, &inputs, &node.spec) {
                    Some(value) => value,
                    None => {
                        let hosts = inputs.iter().map(KnownValue::host).collect::<candle_core::Result<Vec<Host>>>()?;
                        evaluate(op, &hosts, &node.spec)?.into()
                    }
                };
                for input in &node.inputs {
                    readers[*input] -= 1;
                    if readers[*input] == 0 {
                        frozen.remove(input);
                    }
                }
                value
            }
        };
        frozen.insert(id, value);
    }
    Ok((flat.clone(), frozen))
}

/// Where the op only puts the elements of a kept tensor in another order.
fn reordered(op: &Op, inputs: &[KnownValue], y: &Spec) -> Option<KnownValue> {
    let [x @ KnownValue::Kept(..)] = inputs else { return None };
    match (op.form(&[&Spec::f32(x.dims())], y), op.get()) {
        (Form::Movement(movement), Some(Move::Permute(_))) => x.permuted(movement),
        (Form::Alias, _) => x.permuted(Movement::broadcast(&y.shape, &y.shape)),
        _ => None,
    }
}
