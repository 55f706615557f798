//! What the page is set to: the method, its budget, training afterwards, and on what is measured.

use crate::protocol::{CompressMethod, CompressTask, ExperimentId, FactorWay, Interval};
use crate::ui::{Field, PageId, PageSettings};

impl PageSettings for CompressTask {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Compress);
    const FIELDS: &'static [Field<Self>] = &[
        Field::text(
            "data",
            |s| Some(s.data.set.clone()).filter(|set| !set.is_empty()),
            |s, text| s.data.set = text.to_owned(),
        ),
        choice!(CompressMethod, "method", words!(compress.method), method).in_sight(),
        Field::<Self>::real("budget", words!(compress.budget), CompressTask::BUDGET, |s| &mut s.budget)
            .hint(words!(compress.budget_hint))
            .when(|s| s.method.has_budget()),
        Field::<Self>::whole("bits", words!(compress.bits), CompressTask::BITS, |s| &mut s.bits)
            .hint(words!(compress.bits_hint))
            .when(|s| s.method == CompressMethod::Share),
        choice!(FactorWay, "way", words!(compress.way), way).when(|s| s.method == CompressMethod::LowRank),
        Field::<Self>::whole("epochs", words!(compress.epochs), CompressTask::EPOCHS, |s| &mut s.epochs)
            .hint(words!(compress.epochs_hint)),
        Field::<Self>::real("rate", words!(compress.rate), CompressTask::RATE, |s| &mut s.rate).when(|s| s.epochs > 0),
        Field::whole("most", words!(compress.most), CompressTask::MOST, |s| &mut s.most),
        Field::whole("seed", words!(compress.seed), Interval::SEED, |s| &mut s.seed),
    ];
}

choices! {
    CompressMethod {
        LowRank = ("low-rank", words!(compress.low_rank)),
        Prune = ("prune", words!(compress.prune)),
        Share = ("share", words!(compress.share)),
        Int8 = ("int8", words!(compress.int8)),
        Int4 = ("int4", words!(compress.int4)),
    }
}

choices! {
    FactorWay {
        Best = ("best", words!(compress.best)),
        Channel = ("channel", words!(compress.channel)),
        Spatial = ("spatial", words!(compress.spatial)),
    }
}
