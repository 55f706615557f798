//! Which parts of a network are drawn: its blocks, folded by the paths of their modules, and what lies between them.

use crate::models::{WiredNode, blocks};
use std::collections::{BTreeMap, BTreeSet};

/// So many parts are drawn by themselves: what a screen shows at once.
const USUAL: usize = 45;

/// A network with some blocks open.
pub(super) struct Folding<'a> {
    nodes: &'a [WiredNode],
    /// The blocks that each node is in, from the outermost.
    within: Vec<Vec<&'a str>>,
    pub(super) open: BTreeSet<&'a str>,
}

/// What is drawn as one box.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) path: &'a str,
    pub(super) is_block: bool,
    /// The nodes in it, in their order.
    pub(super) nodes: Vec<usize>,
    /// The open blocks that it is in, from the outermost.
    pub(super) frames: Vec<&'a str>,
}

impl<'a> Folding<'a> {
    /// With these blocks open, or with as many levels of them as a screen shows.
    pub(super) fn new(nodes: &'a [WiredNode], open: Option<&'a [String]>) -> Self {
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, node) in nodes.iter().enumerate() {
            blocks(&node.path).for_each(|block| members.entry(block).or_default().push(at));
        }
        // A block of one node is that node; one that holds only another block is that one. What is computed by turns with others
        // (a list of modules) cannot be one box.
        let is_block = |block: &&str| {
            let Some([first, .., last]) = members.get(block).map(Vec::as_slice) else { return false };
            last - first + 1 == members[block].len()
        };
        let chain = |node: &'a WiredNode| {
            let all: Vec<&str> = blocks(&node.path).filter(is_block).collect();
            let inner = |at: usize| all.get(at + 1).is_some_and(|inner| members[inner].len() == members[all[at]].len());
            (0..all.len()).filter(|&at| !inner(at)).map(|at| all[at]).collect()
        };
        let mut folding = Self { nodes, within: nodes.iter().map(chain).collect(), open: BTreeSet::new() };
        let known: BTreeSet<&str> = folding.within.iter().flatten().copied().collect();
        let wanted = open.unwrap_or_default();
        folding.open = wanted.iter().map(String::as_str).filter(|block| known.contains(block)).collect();
        // Those of another network say nothing of this one.
        if open.is_none() || (folding.open.is_empty() && !wanted.is_empty()) {
            folding.open_usual();
        }
        folding
    }

    /// Level by level.
    fn open_usual(&mut self) {
        let deepest = self.within.iter().map(Vec::len).max().unwrap_or(0);
        for depth in 0..deepest {
            let before = self.open.clone();
            self.open.extend(self.within.iter().filter_map(|chain| chain.get(depth).copied()));
            if self.parts().len() > USUAL {
                self.open = before;
                return;
            }
        }
    }

    /// In the order of their last nodes: each is computed after what it reads.
    pub(super) fn parts(&self) -> Vec<Part<'a>> {
        let mut at: BTreeMap<&str, usize> = BTreeMap::new();
        let mut parts: Vec<Part<'a>> = Vec::new();
        for (id, (node, chain)) in self.nodes.iter().zip(&self.within).enumerate() {
            let closed = chain.iter().position(|block| !self.open.contains(block));
            let (path, frames) = match closed {
                Some(closed) => (chain[closed], chain[..closed].to_vec()),
                None => (node.path.as_str(), chain.clone()),
            };
            match at.get(path) {
                Some(&known) => parts[known].nodes.push(id),
                None => {
                    at.insert(path, parts.len());
                    parts.push(Part { path, is_block: closed.is_some(), nodes: vec![id], frames });
                }
            }
        }
        parts.sort_by_key(|part| part.nodes.last().copied());
        parts
    }
}
