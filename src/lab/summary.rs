//! What a network is made of.

use super::{LabError, find_network};
use crate::models::{self, Network, Totals};
use crate::protocol::{LayerReport, LayerTotals, Summary};

/// # Errors
/// [`LabError::UnknownNetwork`]
pub fn summarise(network: &str) -> Result<Summary, LabError> {
    summary_of(&find_network(network).ok_or_else(|| LabError::UnknownNetwork { network: network.to_owned() })?)
}

pub fn summary_of(network: &Network) -> Result<Summary, LabError> {
    let summary = models::summarise(network)?;
    let totals = |t: Totals| LayerTotals { layers: t.layers, params: t.params, macs: t.macs };
    let layers = summary.layers.into_iter().map(|layer| LayerReport {
        name: layer.name,
        op: layer.op.to_owned(),
        shape: layer.shape,
        params: layer.params,
        macs: layer.macs,
    });
    Ok(Summary {
        network: network.id.clone(),
        params: summary.all.params,
        macs: summary.all.macs,
        conv: totals(summary.conv),
        fc: totals(summary.fc),
        layers: layers.collect(),
    })
}
