//! What is here: the networks, and where weights for them can be had.

use super::LabError;
use crate::models::{networks, summarise};
use crate::protocol::{CatalogueEntry, NetworkReport};

/// A row for each network of the table; `ready` says for which there are weights.
///
/// # Errors
/// None but a fault in a network itself.
pub fn network_reports(ready: impl Fn(&str) -> bool) -> Result<Vec<NetworkReport>, LabError> {
    let reports = networks().into_iter().map(|network| {
        let summary = summarise(&network)?;
        Ok(NetworkReport {
            ready: ready(&network.id),
            paper: network.paper.to_owned(),
            input: [3, network.side, network.side],
            classes: network.classes,
            params: summary.all.params,
            macs: summary.all.macs,
            id: network.id,
            title: network.title,
        })
    });
    reports.collect()
}

/// Public checkpoints that the page offers: the publisher's title, bytes (rounded), licence.
pub fn catalogue() -> Vec<CatalogueEntry> {
    let entry = |network: &str, title: &str, bytes: u64, licence: &str| CatalogueEntry {
        network: network.to_owned(),
        title: title.to_owned(),
        url: format!("https://huggingface.co/{title}/resolve/main/model.safetensors"),
        bytes,
        licence: licence.to_owned(),
        sha256: None,
    };
    vec![
        entry("resnet18", "timm/resnet18.tv_in1k", 46_800_000, "BSD-3-Clause"),
        entry("resnet18", "timm/resnet18.a1_in1k", 46_800_000, "Apache-2.0"),
    ]
}
