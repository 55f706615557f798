//! A layer of a network by its name.

use super::LabError;
use crate::models::{Network, NetworkGraph, WiredNode};

/// A path that is no layer is answered with so many that are.
const NAMED: usize = 8;

/// The node of this path; of a block its last node.
///
/// # Errors
/// [`LabError::Setup`] where there is neither.
pub(super) fn layer_named(network: &Network, graph: &NetworkGraph, path: &str) -> Result<WiredNode, LabError> {
    let nodes = graph.wiring();
    let is_inside = |node: &&WiredNode| node.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    let found = nodes.iter().find(|node| node.path == path).or_else(|| nodes.iter().rfind(is_inside)).cloned();
    let unknown = || {
        let names: Vec<&str> = nodes.iter().take(NAMED).map(|node| node.path.as_str()).collect();
        bad_setup!("{} has no layer {path}; its layers are {}, …", network.title, names.join(", "))
    };
    let node = found.ok_or_else(unknown)?;
    Ok(WiredNode { path: path.to_owned(), ..node })
}
