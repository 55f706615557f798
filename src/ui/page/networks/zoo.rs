//! The table's rows: what the engine says of each network, and what was counted of it.

use super::settings::{Column, NetworksSettings};
use crate::protocol::{NetworkCounts, NetworkReport, Source, Tabulated};
use crate::ui::sentence;
use std::cmp::Ordering;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct NetworkRow {
    pub(super) report: NetworkReport,
    /// In the person's language.
    pub(super) title: String,
    /// `None` until they are counted.
    pub(super) counts: Option<NetworkCounts>,
}

impl NetworkRow {
    /// Another one is another line.
    pub(super) fn key(&self) -> (String, String, u64, bool, bool) {
        let NetworkReport { id, params, ready, .. } = &self.report;
        (id.clone(), self.title.clone(), *params, *ready, self.counts.is_some())
    }

    pub(super) fn year(&self) -> Option<u32> {
        self.report.paper.rsplit(", ").next()?.parse().ok()
    }

    /// Percent: as it was published, or as it was measured on the test pictures of what comes with the page.
    pub(super) fn top1(&self) -> Option<f64> {
        match &self.report.source {
            Source::Shipped(file) => Some(100.0 * (1.0 - f64::from(file.errors) / f64::from(file.of.max(1)))),
            Source::Public | Source::Own => Some(f64::from(self.counts.as_ref()?.published.as_ref()?.top1)),
        }
    }

    /// Whose pictures its accuracy is of.
    pub(super) fn knows_imagenet(&self) -> bool {
        self.report.classes == 1000 && self.report.source == Source::Public
    }

    /// What this column sorts by; titles sort by themselves.
    fn value(&self, by: Column) -> Option<f64> {
        let of = |read: fn(&NetworkCounts) -> u64| self.counts.as_ref().map(|counts| read(counts) as f64);
        match by {
            Column::None | Column::Title => None,
            Column::Year => self.year().map(f64::from),
            Column::Input => Some(self.report.input.iter().product::<usize>() as f64),
            Column::ConvLayers => of(|counts| counts.conv.layers.into()),
            Column::ConvWeights => of(|counts| counts.conv.params),
            Column::ConvMacs => of(|counts| counts.conv.macs),
            Column::FcLayers => of(|counts| counts.fc.layers.into()),
            Column::FcWeights => of(|counts| counts.fc.params),
            Column::FcMacs => of(|counts| counts.fc.macs),
            Column::Weights => Some(self.report.params as f64),
            Column::Published => Some(self.counts.as_ref()?.published.as_ref()?.params?[0] as f64),
            Column::Macs => Some(self.report.macs as f64),
            Column::Top1 => self.top1(),
        }
    }

    fn has(&self, part: &str) -> bool {
        let NetworkReport { id, title, paper, .. } = &self.report;
        [id, title, paper, &self.title].iter().any(|text| text.to_lowercase().contains(part))
    }
}

/// All that are here.
pub(super) fn rows(networks: &[NetworkReport], tabulated: Option<&Tabulated>) -> Vec<NetworkRow> {
    let row = |report: &NetworkReport| NetworkRow {
        title: sentence::network_title(report),
        counts: tabulated.and_then(|all| all.rows.iter().find(|counts| counts.network == report.id)).cloned(),
        report: report.clone(),
    };
    networks.iter().map(row).collect()
}

/// Those that are wanted, in the order that is wanted; what has no value comes last.
pub(super) fn listed(rows: &[NetworkRow], settings: &NetworksSettings) -> Vec<NetworkRow> {
    let part = settings.find.trim().to_lowercase();
    let mut listed: Vec<NetworkRow> = rows.iter().filter(|row| row.has(&part)).cloned().collect();
    let turn = |order: Ordering| if settings.is_down { order.reverse() } else { order };
    match settings.by {
        Column::None => {}
        Column::Title => listed.sort_by(|a, b| turn(a.title.cmp(&b.title))),
        by => listed.sort_by(|a, b| match (a.value(by), b.value(by)) {
            (Some(a), Some(b)) => turn(a.total_cmp(&b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }),
    }
    listed
}
