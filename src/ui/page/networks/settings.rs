//! What the page is set to: which networks are listed, in which order; how the chosen one is drawn, and what of it is looked at.

use crate::protocol::{BackendKind, ExperimentId};
use crate::ui::{Field, PageId, PageSettings};
use std::collections::BTreeSet;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NetworksSettings {
    /// A part of the titles, ids, papers or years of those that are listed.
    pub(super) find: String,
    pub(super) by: Column,
    /// Largest first.
    pub(super) is_down: bool,
    /// What the colours of the graph stand for.
    pub(super) shade: Shade,
    /// The blocks that are open, with commas between them; as many as a screen shows where not given.
    open: Option<String>,
    /// The chosen node of the graph, by its path; the first that computes something where not given.
    pub(super) layer: Option<String>,
    /// The network beside the chosen one; another one that can answer where not given.
    pub(super) beside: Option<String>,
}

/// Where no block is open.
const CLOSED: &str = "-";

impl NetworksSettings {
    pub(super) fn open_blocks(&self) -> Option<Vec<String>> {
        let blocks = |open: &String| open.split(',').filter(|block| *block != CLOSED).map(str::to_owned).collect();
        self.open.as_ref().map(blocks)
    }

    pub(super) fn unfold(&mut self, open: BTreeSet<String>) {
        let open: Vec<String> = open.into_iter().collect();
        self.open = Some(if open.is_empty() { CLOSED.to_owned() } else { open.join(",") });
    }

    /// As another network is looked at first.
    pub(super) fn begin_again(&mut self) {
        (self.open, self.layer) = (None, None);
    }
}

/// What is told of each node of the graph by its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shade {
    #[default]
    Macs,
    Params,
    Bytes,
    /// Milliseconds there.
    Cpu,
    Gpu,
}

impl Shade {
    /// Whose milliseconds it shows.
    pub(super) fn device(self) -> Option<BackendKind> {
        match self {
            Shade::Macs | Shade::Params | Shade::Bytes => None,
            Shade::Cpu => Some(BackendKind::Cpu),
            Shade::Gpu => Some(BackendKind::Gpu),
        }
    }

    pub(super) fn of_device(kind: BackendKind) -> Self {
        match kind {
            BackendKind::Cpu => Shade::Cpu,
            BackendKind::Gpu => Shade::Gpu,
        }
    }
}

/// What networks are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Column {
    /// As they are listed.
    #[default]
    None,
    Title,
    Year,
    Input,
    ConvLayers,
    ConvWeights,
    ConvMacs,
    FcLayers,
    FcWeights,
    FcMacs,
    Weights,
    Published,
    Macs,
    Top1,
}

choices! {
    Shade {
        Macs = ("ops", words!(networks.ops)),
        Params = ("weights", words!(networks.params)),
        Bytes = ("bytes", words!(networks.bytes)),
        Cpu = ("cpu", words!(networks.cpu_millis)),
        Gpu = ("gpu", words!(networks.gpu_millis)),
    }
    Column {
        None = ("", words!(networks.title)),
        Title = ("title", words!(networks.network)),
        Year = ("year", words!(networks.year)),
        Input = ("input", words!(networks.input)),
        ConvLayers = ("conv", words!(networks.count)),
        ConvWeights = ("conv-weights", words!(networks.params)),
        ConvMacs = ("conv-ops", words!(networks.ops)),
        FcLayers = ("fc", words!(networks.count)),
        FcWeights = ("fc-weights", words!(networks.params)),
        FcMacs = ("fc-ops", words!(networks.ops)),
        Weights = ("weights", words!(networks.params)),
        Published = ("published", words!(networks.published)),
        Macs = ("ops", words!(networks.ops)),
        Top1 = ("top1", words!(networks.top1)),
    }
}

impl PageSettings for NetworksSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Networks);
    const FIELDS: &'static [Field<Self>] = &[
        Field::text("find", |s: &Self| Some(s.find.clone()), |s, text| text.clone_into(&mut s.find)).brief(),
        choice!(Column, "by", words!(networks.by), by).brief(),
        switch!("down", words!(networks.down), is_down).brief(),
        choice!(Shade, "shade", words!(networks.shade), shade).brief(),
        Field::text("open", |s: &Self| s.open.clone(), |s, text| s.open = Some(text.to_owned())),
        Field::text("beside", |s: &Self| s.beside.clone(), |s, text| s.beside = Some(text.to_owned())),
        Field::text("layer", |s: &Self| s.layer.clone(), |s, text| s.layer = Some(text.to_owned())),
    ];
}
