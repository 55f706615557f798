//! The table of networks: what each counts, beside what was published; and the talk's table 1 beside the same counts.

use super::published::published;
use crate::lab::{Host, LabError, shipped};
use crate::models::{self, Network, Totals, networks};
use crate::protocol::{LayerTotals, NetworkCounts, Stage, Tabulated, TalkFigure, TalkPart};

/// Of table 1 of the talk: the network, which of its layers, their number where it is counted as here, millions of weights and of
/// operations, each with half a unit of its last digit.
type TalkRow = (&'static str, TalkPart, Option<u32>, [(f64, f64); 2]);

/// The talk adds GoogLeNet up from the paper's own table, whose third branches are 5 × 5 and whose first counts are smaller than
/// they are, hence its wider margin; and it rounds AlexNet's 3.747 up.
const TALK: &[TalkRow] = &[
    ("alexnet_ungrouped", TalkPart::Conv, Some(5), [(3.8, 0.06), (1080.0, 5.0)]),
    ("alexnet_ungrouped", TalkPart::Fc, Some(3), [(59.0, 0.5), (59.0, 0.5)]),
    ("alexnet_ungrouped", TalkPart::All, None, [(62.0, 0.5), (1140.0, 5.0)]),
    ("vgg16", TalkPart::Conv, Some(13), [(15.0, 0.5), (15_300.0, 50.0)]),
    ("vgg16", TalkPart::Fc, Some(3), [(124.0, 0.5), (124.0, 0.5)]),
    ("vgg16", TalkPart::All, None, [(138.0, 0.5), (15_500.0, 50.0)]),
    ("googlenet", TalkPart::Conv, None, [(5.8, 0.25), (1500.0, 50.0)]),
    ("googlenet", TalkPart::Fc, Some(1), [(1.0, 0.5), (1.0, 0.5)]),
    ("googlenet", TalkPart::All, None, [(6.8, 0.25), (1500.0, 50.0)]),
    ("resnet152_v1", TalkPart::Conv, None, [(58.0, 0.5), (11_300.0, 50.0)]),
    ("resnet152_v1", TalkPart::Fc, Some(1), [(2.0, 0.5), (2.0, 0.5)]),
];

pub(super) async fn table(own: &[String], host: &impl Host) -> Result<Tabulated, LabError> {
    let shipped = shipped().into_iter().map(|row| row.network()).collect::<Result<Vec<_>, _>>()?;
    let mut all: Vec<Network> = shipped.into_iter().chain(networks()).collect();
    for id in own {
        // A file that cannot be read any more costs its own row alone; whoever chooses the network is told why.
        all.extend(host.weights(id).await.ok().map(|weights| weights.network().clone()));
    }
    let mut rows = Vec::with_capacity(all.len());
    for (at, network) in all.iter().enumerate() {
        host.step(Stage::Run, at as u64, all.len() as u64).await?;
        rows.push(counts(network)?);
    }
    let talk = TALK.iter().filter_map(|row| {
        let counts = rows.iter().find(|counts| counts.network == row.0)?;
        let title = &all.iter().find(|network| network.id == row.0)?.title;
        Some(figures(row, counts, title))
    });
    let talk = talk.flatten().collect();
    Ok(Tabulated { rows, talk })
}

fn counts(network: &Network) -> Result<NetworkCounts, LabError> {
    let summary = models::summarise(network)?;
    let totals = |of: Totals| LayerTotals { layers: of.layers, params: of.params, macs: of.macs };
    Ok(NetworkCounts {
        network: network.id.clone(),
        conv: totals(summary.conv),
        fc: totals(summary.fc),
        all: totals(summary.all),
        published: published(&network.id),
    })
}

/// Weights, and operations.
fn figures(&(_, part, layers, wanted): &TalkRow, counts: &NetworkCounts, title: &str) -> [TalkFigure; 2] {
    let of = match part {
        TalkPart::Conv => &counts.conv,
        TalkPart::Fc => &counts.fc,
        TalkPart::All => &counts.all,
    };
    [(false, of.params), (true, of.macs)].map(|(is_macs, counted)| {
        let (published, half) = wanted[usize::from(is_macs)];
        TalkFigure {
            network: title.to_owned(),
            part,
            is_macs,
            layers,
            published: published * 1e6,
            half: half * 1e6,
            counted,
            counted_layers: of.layers,
        }
    })
}
