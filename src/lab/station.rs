//! What is here: the networks, and where weights for them can be had.

use super::{LabError, is_own, shipped};
use crate::models::{Network, networks, summarise};
use crate::protocol::{CatalogueEntry, NetworkReport, Source};

/// A row for each network: those that come with the page, those of the table, and the person's own; `ready` says for
/// which of the table there are weights.
pub fn network_reports(ready: impl Fn(&str) -> bool, own: &[Network]) -> Result<Vec<NetworkReport>, LabError> {
    let mut reports = Vec::new();
    for row in shipped() {
        reports.push(report(&row.network()?, Source::Shipped(row.report), true)?);
    }
    for network in networks() {
        reports.push(report(&network, Source::Public, ready(&network.id))?);
    }
    for network in own {
        reports.push(report(network, Source::Own, true)?);
    }
    Ok(reports)
}

/// Of a network whose weights were brought.
pub fn network_report(network: &Network) -> Result<NetworkReport, LabError> {
    let source = if is_own(&network.id) { Source::Own } else { Source::Public };
    report(network, source, true)
}

fn report(network: &Network, source: Source, ready: bool) -> Result<NetworkReport, LabError> {
    let summary = summarise(network)?;
    Ok(NetworkReport {
        id: network.id.clone(),
        title: network.title.clone(),
        paper: network.paper.to_owned(),
        input: network.input,
        reads_digits: network.reads_digits(),
        classes: network.classes,
        params: summary.all.params,
        macs: summary.all.macs,
        ready,
        source,
    })
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
