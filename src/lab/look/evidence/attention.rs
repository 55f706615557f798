//! Attention of a transformer: how much of what a token gathers it takes from each patch, of one block and one head or the mean of its
//! heads; and rollout (Abnar & Zuidema 2020), the product of all blocks, each half the mean of its heads and half what passes by it.
//!
//! Which operations are attention is read off the graph: a softmax over a square of tokens that weighs something in a product.

use super::Filling;
use crate::graph::op::{Conv2d, Matmul, Move, Reshape, Rule, Softmax};
use crate::graph::{Kind, Node, NodeId};
use crate::lab::{LabError, Monitor};
use crate::models::{Network, NetworkGraph};
use crate::protocol::{EvidenceFact, LayerGrid};

/// Tokens before those of the patches, at most: of the class, of a teacher, registers.
const MOST_BEFORE: usize = 8;

/// What a network's blocks of attention have in common.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::lab::look) struct Attention {
    blocks: Vec<Block>,
    tokens: usize,
    /// Rows and columns of patches.
    grid: [usize; 2],
}

#[derive(Clone, Debug, PartialEq)]
struct Block {
    path: String,
    softmax: NodeId,
    heads: usize,
}

/// Which of it is shown.
pub(in crate::lab::look) enum AttentionMap {
    Rollout(Attention),
    Block { attention: Attention, block: usize, head: Option<usize> },
}

impl Attention {
    /// `None` of a network without.
    pub(in crate::lab::look) fn of(graph: &NetworkGraph) -> Option<Self> {
        let nodes = graph.input.graph().nodes().clone();
        let found: Vec<(NodeId, usize)> = (0..nodes.len()).filter_map(|id| Some((id, square(&nodes, id)?))).collect();
        let &(first, tokens) = found.first()?;
        let grid = grid(&nodes[..first], tokens)?;
        let wiring = graph.wiring();
        let path_of = |id: NodeId| wiring.iter().find(|node| node.nodes.contains(&id)).map(|node| node.path.clone());
        let block = |&(softmax, of): &(NodeId, usize)| {
            let shape = &nodes[softmax].spec.shape;
            let heads = shape[..shape.len() - 2].iter().product();
            Some(Block { path: path_of(softmax)?, softmax, heads }).filter(|_| of == tokens)
        };
        Some(Self { blocks: found.iter().filter_map(block).collect(), tokens, grid })
    }

    fn named(network: &Network) -> Result<Self, LabError> {
        let none = || {
            bad_setup!(
                "{} has no attention: no layer in which each part of the picture weighs all others; choose Grad-CAM or the gradient, \
                 which take any network",
                network.title
            )
        };
        Self::of(&network.layered(1)?).ok_or_else(none)
    }

    /// Of each block its path, its heads, and the rows and columns of its patches.
    pub(in crate::lab::look) fn grids(&self) -> Vec<LayerGrid> {
        let [rows, columns] = self.grid;
        let grid = |block: &Block| LayerGrid { path: block.path.clone(), shape: [block.heads, rows, columns] };
        self.blocks.iter().map(grid).collect()
    }

    /// Tokens that are no patches; they come first.
    fn before(&self) -> usize {
        self.tokens - self.grid[0] * self.grid[1]
    }
}

impl AttentionMap {
    pub(in crate::lab::look) fn rollout_of(network: &Network) -> Result<Self, LabError> {
        Attention::named(network).map(Self::Rollout)
    }

    /// The last block where none is named.
    pub(in crate::lab::look) fn block_of(
        network: &Network,
        path: Option<&str>,
        head: Option<u32>,
    ) -> Result<Self, LabError> {
        let attention = Attention::named(network)?;
        let title = &network.title;
        let at = match path {
            None => attention.blocks.len() - 1,
            Some(path) => attention.blocks.iter().position(|block| block.path == path).ok_or_else(|| {
                let paths: Vec<&str> = attention.blocks.iter().map(|block| block.path.as_str()).collect();
                bad_setup!("{title} has no attention {path}; it has {}", paths.join(", "))
            })?,
        };
        let Block { path, heads, .. } = &attention.blocks[at];
        let is_there = head.is_none_or(|head| (head as usize) < *heads);
        let wanted = head.unwrap_or_default();
        ensure!(is_there, "{path} of {title} has {heads} heads, 0 the first, so there is no head {wanted}");
        Ok(Self::Block { block: at, head: head.map(|head| head as usize), attention })
    }

    pub(in crate::lab::look) async fn fill<H: Monitor>(&self, filling: &mut Filling<'_, H>) -> Result<(), LabError> {
        let (attention, blocks) = match self {
            Self::Rollout(attention) => (attention, &attention.blocks[..]),
            Self::Block { attention, block, .. } => (attention, &attention.blocks[*block..=*block]),
        };
        let outputs: Vec<NodeId> = blocks.iter().map(|block| block.softmax).collect();
        let weights = filling.model.answers_of(&outputs, &filling.clean).await?;
        let tokens = attention.tokens;
        let sums = weights
            .iter()
            .flat_map(|block| block.chunks_exact(tokens))
            .map(|row| row.iter().map(|&w| f64::from(w)).sum());
        let worst =
            sums.fold(1.0_f64, |worst, sum: f64| if (sum - 1.0).abs() > (worst - 1.0).abs() { sum } else { worst });
        let of_tokens = match self {
            Self::Rollout(_) => rollout(&weights.iter().map(|block| mean(block, tokens)).collect::<Vec<_>>(), tokens),
            Self::Block { head: Some(head), .. } => weights[0][head * tokens * tokens..][..tokens * tokens].to_vec(),
            Self::Block { head: None, .. } => mean(&weights[0], tokens),
        };
        filling.stretch(attention.grid);
        filling.map.values = from_class(&of_tokens, tokens, attention.before());
        filling.found(EvidenceFact::AttentionRows, 1.0, worst, 1e-4);
        Ok(())
    }
}

/// The row of the first token, over the patches; where there are patches alone, the mean row.
fn from_class(matrix: &[f32], tokens: usize, before: usize) -> Vec<f32> {
    if before > 0 {
        return matrix[before..tokens].to_vec();
    }
    (0..tokens).map(|key| matrix.iter().skip(key).step_by(tokens).sum::<f32>() / tokens as f32).collect()
}

/// Over heads.
fn mean(heads: &[f32], tokens: usize) -> Vec<f32> {
    let (plane, count) = (tokens * tokens, heads.len() / (tokens * tokens));
    (0..plane).map(|at| heads.iter().skip(at).step_by(plane).sum::<f32>() / count as f32).collect()
}

/// Of the blocks' matrices, the first block's first: `(A_n + I) / 2 · … · (A_1 + I) / 2`.
pub(in crate::lab::look) fn rollout(blocks: &[Vec<f32>], tokens: usize) -> Vec<f32> {
    let mut all: Vec<f32> = (0..tokens * tokens).map(|at| f32::from(u8::from(at / tokens == at % tokens))).collect();
    for block in blocks {
        let through = |row: usize, column: usize| -> f32 {
            let gathered: f32 = (0..tokens).map(|key| block[row * tokens + key] * all[key * tokens + column]).sum();
            (gathered + all[row * tokens + column]) / 2.0
        };
        all = (0..tokens * tokens).map(|at| through(at / tokens, at % tokens)).collect();
    }
    all
}

fn op<R: Rule + 'static>(node: &Node) -> Option<&R> {
    match &node.kind {
        Kind::Op(op) => op.get(),
        Kind::Input { .. } | Kind::Variable { .. } | Kind::Constant(_) => None,
    }
}

/// The tokens that a softmax weighs, where it is one of attention.
fn square(nodes: &[Node], id: NodeId) -> Option<usize> {
    op::<Softmax>(&nodes[id]).filter(|softmax| !softmax.log)?;
    let &[.., queries, keys] = nodes[id].spec.shape.as_slice() else { return None };
    (queries == keys && keys > 1 && weighs(nodes, id)).then_some(keys)
}

/// It is what a product reads on its left, perhaps in another shape.
fn weighs(nodes: &[Node], id: NodeId) -> bool {
    let mut readers = (id + 1..nodes.len()).filter(|&reader| nodes[reader].inputs.contains(&id));
    readers.any(|reader| {
        let node = &nodes[reader];
        let is_movement = op::<Reshape>(node).is_some() || op::<Move>(node).is_some();
        (op::<Matmul>(node).is_some() && node.inputs[0] == id) || (is_movement && weighs(nodes, reader))
    })
}

/// Of the patches: what the last convolution before the tokens gives, else a square of them.
fn grid(nodes: &[Node], tokens: usize) -> Option<[usize; 2]> {
    let is_it = |rows: usize, columns: usize| {
        (1..=tokens).contains(&(rows * columns)) && tokens - rows * columns <= MOST_BEFORE
    };
    let of_conv =
        nodes.iter().rev().filter(|node| op::<Conv2d>(node).is_some()).find_map(|node| match *node.spec.shape {
            [_, _, rows, columns] if is_it(rows, columns) => Some([rows, columns]),
            _ => None,
        });
    let of_square = || (1..=tokens).rev().find(|side| is_it(*side, *side)).map(|side| [side, side]);
    of_conv.or_else(of_square)
}
