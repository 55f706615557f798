//! What a page shows of networks: which there are and where weights for them can be had, what one is made of, and what a text
//! means.

use super::{LabError, find_network, is_own, shipped};
use crate::data::preprocess::usual_shorter;
use crate::models::{self, Architecture, LISTED, Network, Totals, spec};
use crate::nn;
use crate::protocol::{
    CatalogueEntry, Interpolation, LayerReport, LayerTotals, NetworkReport, Preprocess, Source, SpecError, SpecLayer,
    SpecReport, Summary,
};

/// A row for each network: those that come with the page, those of the table, and the person's own; `ready` says for
/// which of the table there are weights.
pub fn network_reports(ready: impl Fn(&str) -> bool, own: &[Network]) -> Result<Vec<NetworkReport>, LabError> {
    let mut reports = Vec::new();
    for row in shipped() {
        reports.extend(report_of_text(&row.network()?, Source::Shipped(row.report)));
    }
    reports.extend(LISTED.iter().map(|row| NetworkReport {
        id: row.id.to_owned(),
        title: row.title.to_owned(),
        paper: row.paper.to_owned(),
        input: [3, row.side, row.side],
        reads_digits: false,
        classes: row.classes,
        params: row.params,
        macs: row.macs,
        ready: ready(row.id),
        preprocess: Preprocess {
            mean: Some(row.normalise.mean),
            std: Some(row.normalise.std),
            size: Some(row.side as u32),
            shorter: Some(usual_shorter(row.side as u32)),
            interpolation: Some(Interpolation::Bilinear),
        },
        fits: Vec::new(),
        source: Source::Public,
    }));
    reports.extend(own.iter().filter_map(|network| report_of_text(network, Source::Own)));
    Ok(reports)
}

/// Of a network whose totals are known without its graph.
fn report_of_text(network: &Network, source: Source) -> Option<NetworkReport> {
    let totals = match &network.architecture {
        Architecture::Written(spec) => {
            let totals = spec.totals();
            [totals.params, totals.macs]
        }
        Architecture::Brought(brought) => brought.totals()?,
        Architecture::Family(..) => return None,
    };
    Some(report(network, totals, source))
}

/// Of a network whose weights were brought.
pub fn network_report(network: &Network) -> Result<NetworkReport, LabError> {
    let source = if is_own(&network.id) { Source::Own } else { Source::Public };
    let totals = models::summarise(network)?.all;
    Ok(report(network, [totals.params, totals.macs], source))
}

fn report(network: &Network, [params, macs]: [u64; 2], source: Source) -> NetworkReport {
    NetworkReport {
        id: network.id.clone(),
        title: network.title.clone(),
        paper: network.paper.to_owned(),
        input: network.input,
        reads_digits: network.reads_digits(),
        classes: network.classes,
        params,
        macs,
        ready: true,
        preprocess: preprocess_of(network),
        fits: Vec::new(),
        source,
    }
}

/// How pictures are prepared for a network; sizes where they are square.
pub(super) fn preprocess_of(network: &Network) -> Preprocess {
    let Network { normalise, resizing, input: [_, height, width], .. } = network;
    let size = u32::try_from(*height).ok().filter(|_| height == width);
    let interpolation = match resizing.interpolation {
        nn::Interpolation::Bilinear => Interpolation::Bilinear,
        nn::Interpolation::Bicubic => Interpolation::Bicubic,
    };
    Preprocess {
        mean: Some(normalise.mean),
        std: Some(normalise.std),
        size,
        shorter: size.map(|size| resizing.shorter.unwrap_or_else(|| usual_shorter(size))),
        interpolation: Some(interpolation),
    }
}

/// Public checkpoints that the page offers: the publisher's title, bytes (rounded), licence.
pub fn catalogue() -> Vec<CatalogueEntry> {
    let entry = |&(network, name, kilobytes, licence): &(&str, &str, u64, &str)| CatalogueEntry {
        network: network.to_owned(),
        title: format!("timm/{name}"),
        url: format!("https://huggingface.co/timm/{name}/resolve/main/model.safetensors"),
        bytes: kilobytes * 1000,
        licence: licence.to_owned(),
        sha256: None,
    };
    PUBLIC.iter().map(entry).collect()
}

const BSD: &str = "BSD-3-Clause";
const APACHE: &str = "Apache-2.0";

/// Network, name, kilobytes, licence as the publisher's card has it.
const PUBLIC: &[(&str, &str, u64, &str)] = &[
    ("resnet18", "resnet18.tv_in1k", 46_800, BSD),
    ("resnet18", "resnet18.a1_in1k", 46_800, APACHE),
    ("resnet34", "resnet34.tv_in1k", 87_300, BSD),
    ("resnet50", "resnet50.a1_in1k", 102_000, APACHE),
    ("resnet152", "resnet152.tv_in1k", 241_000, BSD),
    ("vgg13", "vgg13.tv_in1k", 532_000, BSD),
    ("vgg16", "vgg16.tv_in1k", 553_000, BSD),
    ("vgg19", "vgg19.tv_in1k", 575_000, BSD),
    ("densenet121", "densenet121.tv_in1k", 32_300, APACHE),
    ("mobilenet_v2", "mobilenetv2_100.ra_in1k", 14_200, APACHE),
    ("mobilenet_v3_small", "mobilenetv3_small_100.lamb_in1k", 10_200, APACHE),
    ("efficientnet_b0", "efficientnet_b0.ra_in1k", 21_400, APACHE),
    ("convnext_tiny", "convnext_tiny.fb_in1k", 114_000, APACHE),
    ("vit_tiny_16", "vit_tiny_patch16_224.augreg_in21k_ft_in1k", 22_900, APACHE),
];

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

/// For pictures `[channels, height, width]` in this many classes. The protocol counts lines from 0.
pub fn describe_network(text: &str, shape: [usize; 3], classes: u32, batch: u32) -> SpecReport {
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let index = |line: usize| narrow(line.saturating_sub(1));
    let bytes = |values: u64| values.saturating_mul(4).saturating_mul(u64::from(batch));
    let checked = spec::check(text, shape, classes as usize);
    let layers = checked.lines.into_iter().map(|line| SpecLayer {
        line: index(line.line),
        name: if line.params == 0 { String::new() } else { line.name },
        shape: line.output,
        params: line.params,
        macs: line.macs,
        activation_bytes: bytes(line.values),
    });
    let errors = checked.errors.iter().map(|error| SpecError {
        line: index(error.line),
        start: narrow(error.columns.start),
        end: narrow(error.columns.end),
        message: error.to_string(),
    });
    SpecReport {
        layers: layers.collect(),
        errors: errors.collect(),
        params: checked.totals.params,
        macs: checked.totals.macs,
        activation_bytes: bytes(checked.totals.values),
    }
}
