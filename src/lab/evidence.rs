//! What all methods have in common that look for the evidence for a class in a picture.

use super::{LabError, Weights, pixels_from_rgb, predictions};
use crate::data::Rgb;
use crate::protocol::{BackendUsed, EvidenceMap};

/// Classes of the whole picture that are told.
const TOP: usize = 10;

/// A map without places, of this class or the likeliest one, from the logits of the whole picture.
pub(super) fn begun(
    weights: &Weights,
    seen: &Rgb,
    logits: &[f32],
    class: Option<u32>,
    backend: BackendUsed,
) -> Result<EvidenceMap, LabError> {
    let (mut top, _) = predictions(weights, logits, logits.len())?;
    let at = top.iter().position(|one| Some(one.index) == class).unwrap_or(0);
    let whole = top[at].clone();
    top.truncate(TOP);
    let seen = pixels_from_rgb(seen);
    Ok(EvidenceMap { seen, top, whole, side: 0, xs: vec![], ys: vec![], values: vec![], elapsed_ms: 0.0, backend })
}
