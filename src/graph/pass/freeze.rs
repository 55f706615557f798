//! Computes, once and on the host, every node that depends on variables and constants alone: transposed weights, folded
//! scales.

use super::{Flat, Known, PassError};
use crate::graph::host::{evaluate, to_dtype};
use crate::graph::{Host, Kind, NodeId};
use crate::sorted::SortedMap;

pub(super) fn freeze(flat: &Flat, known: Known<'_>) -> Result<(Flat, SortedMap<NodeId, Host>), PassError> {
    let mut frozen: SortedMap<NodeId, Host> = SortedMap::new();
    for (id, node) in flat.nodes.iter().enumerate() {
        let value = match &node.kind {
            Kind::Input { .. } => continue,
            Kind::Constant(value) => value.clone(),
            Kind::Variable { name, .. } => {
                let Some(value) = known.value(name)? else { continue };
                if value.dims() != node.spec.shape {
                    let (want, got) = (node.spec.shape.clone(), value.dims().to_vec());
                    return Err(PassError::WrongShape { name: name.clone(), want, got });
                }
                to_dtype(&value, node.spec.dtype)?
            }
            Kind::Op(op) => {
                let inputs: Option<Vec<Host>> = node.inputs.iter().map(|i| frozen.get(i).cloned()).collect();
                match inputs {
                    Some(inputs) => evaluate(op, &inputs, &node.spec)?,
                    None => continue,
                }
            }
        };
        frozen.insert(id, value);
    }
    Ok((flat.clone(), frozen))
}
