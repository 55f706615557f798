//! Networks as source text for other libraries, from their outlines. Run with the network's own weights it gives the same logits.

mod lines;
mod pytorch;

pub use pytorch::to_pytorch;

use super::Network;
use super::outline::{Outline, OutlineWork};

/// Why a network has no such text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("cannot be written as source: {0}")]
pub struct CodeError(pub(super) String);

fn refuse<T>(why: impl Into<String>) -> Result<T, CodeError> {
    Err(CodeError(why.into()))
}

fn outline_of(network: &Network) -> Result<Outline, CodeError> {
    let outline = Outline::of(network).map_err(|error| CodeError(error.to_string()))?;
    let pictures = outline.steps.iter().filter(|step| matches!(step.work, OutlineWork::Picture)).count();
    if pictures == 1 { Ok(outline) } else { refuse("its answer does not depend on the picture") }
}
