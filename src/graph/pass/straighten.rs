//! Transposes constant matrices of products once, on the host, where a product would read them by columns: reading by rows is
//! at least as fast on every device.

use super::{Flat, Known, PassError, fixed};
use crate::graph::op::matmul::Order;
use crate::graph::op::{Matmul, Move};
use crate::graph::{Kind, Node, NodeId, Op};

pub(super) fn straighten(flat: &Flat, known: Known<'_>) -> Result<Flat, PassError> {
    let fixed = fixed(flat, known);
    let mut nodes: Vec<Node> = Vec::new();
    let (mut renamed, mut origins): (Vec<NodeId>, Vec<NodeId>) = (Vec::new(), Vec::new());
    for (id, node) in flat.nodes.iter().enumerate() {
        let mut node = node.clone();
        let given = node.inputs.clone();
        node.inputs.iter_mut().for_each(|input| *input = renamed[*input]);
        if let (Kind::Op(op), false) = (&node.kind, fixed[id])
            && let Some(matmul) = op.get::<Matmul>()
        {
            let mut straight = *matmul;
            for (k, order) in [&mut straight.a, &mut straight.b].into_iter().enumerate() {
                if *order == Order::Columns && fixed[given[k]] {
                    *order = Order::Rows;
                    let (input, rank) = (node.inputs[k], node.spec.rank());
                    let mut dims: Vec<usize> = (0..rank).collect();
                    dims.swap(rank - 2, rank - 1);
                    let turn = Op::from(Move::Permute(dims));
                    let spec = turn.spec(&[&nodes[input].spec])?;
                    nodes.push(Node { kind: Kind::Op(turn), inputs: vec![input], spec });
                    origins.push(flat.origins[id]);
                    node.inputs[k] = nodes.len() - 1;
                }
            }
            node.kind = Kind::Op(straight.into());
        }
        renamed.push(nodes.len());
        nodes.push(node);
        origins.push(flat.origins[id]);
    }
    Ok(Flat { nodes, outputs: flat.outputs.iter().map(|&id| renamed[id]).collect(), origins })
}
