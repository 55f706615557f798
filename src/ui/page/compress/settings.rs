//! What the page is set to: the method, its budget, training afterwards, and on what is measured.

use crate::protocol::{
    ActivationRange, ChannelScore, CompressCost, CompressMethod, CompressTask, ExperimentId, FactorWay, Interval,
    LayerShare,
};
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
            .when(|s| s.method.has_budget() && s.layers.is_empty()),
        Field::<Self>::whole("bits", words!(compress.bits), CompressTask::BITS, |s| &mut s.bits)
            .hint(words!(compress.bits_hint))
            .when(|s| s.method == CompressMethod::Share),
        choice!(FactorWay, "way", words!(compress.way), way).when(|s| s.method == CompressMethod::LowRank),
        choice!(ActivationRange, "activations", words!(compress.activations), activations)
            .when(CompressTask::is_integer)
            .brief(),
        Field::<Self>::switch("correct", words!(compress.correct), |s| s.is_corrected, |s, is| s.is_corrected = is)
            .when(CompressTask::is_integer)
            .brief(),
        Field::text("layers", layers_as_text, |s, text| s.layers = layers_of(text)),
        Field::<Self>::real("goal", words!(compress.goal), CompressTask::BUDGET, |s| &mut s.goal)
            .hint(words!(compress.goal_hint))
            .brief(),
        choice!(CompressCost, "cost", words!(compress.cost), cost).brief(),
        choice!(ChannelScore, "score", words!(compress.score), score)
            .when(|s| s.method == CompressMethod::Channels)
            .brief(),
        Field::<Self>::whole("epochs", words!(compress.epochs), CompressTask::EPOCHS, |s| &mut s.epochs)
            .hint(words!(compress.epochs_hint)),
        Field::<Self>::whole("rounds", words!(compress.rounds), CompressTask::ROUNDS, |s| &mut s.rounds)
            .hint(words!(compress.rounds_hint))
            .when(|s| s.is_pruning() && s.epochs > 0)
            .brief(),
        Field::<Self>::real("rate", words!(compress.rate), CompressTask::RATE, |s| &mut s.rate).when(|s| s.epochs > 0),
        Field::<Self>::real("teacher", words!(compress.teacher), CompressTask::TEACHER, |s| &mut s.teacher)
            .hint(words!(compress.teacher_hint))
            .when(|s| s.epochs > 0)
            .brief(),
        Field::whole("most", words!(compress.most), CompressTask::MOST, |s| &mut s.most),
        Field::whole("seed", words!(compress.seed), Interval::SEED, |s| &mut s.seed),
    ];
}

/// As `0:0.5,3:0.25`.
fn layers_as_text(task: &CompressTask) -> Option<String> {
    let one = |LayerShare { name, share }: &LayerShare| format!("{name}:{share}");
    (!task.layers.is_empty()).then(|| task.layers.iter().map(one).collect::<Vec<_>>().join(","))
}

/// What cannot be read is left out.
fn layers_of(text: &str) -> Vec<LayerShare> {
    let one = |part: &str| -> Option<LayerShare> {
        let (name, share) = part.split_once(':')?;
        let share = share.parse().ok().filter(|share| CompressTask::BUDGET.holds(*share))?;
        Some(LayerShare { name: name.to_owned(), share })
    };
    text.split(',').filter_map(one).collect()
}

choices! {
    CompressMethod {
        LowRank = ("low-rank", words!(compress.low_rank)),
        Prune = ("prune", words!(compress.prune)),
        Share = ("share", words!(compress.share)),
        Channels = ("channels", words!(compress.channels)),
        Predict = ("predict", words!(compress.predict)),
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

choices! {
    ChannelScore {
        Magnitude = ("magnitude", words!(compress.by_magnitude)),
        BatchNorm = ("batch-norm", words!(compress.by_batch_norm)),
        Taylor = ("taylor", words!(compress.by_taylor)),
    }
}

choices! {
    CompressCost {
        Bytes = ("bytes", words!(compress.bytes)),
        Operations = ("operations", words!(compress.macs)),
        Millis = ("millis", words!(compress.millis)),
    }
}

choices! {
    ActivationRange {
        Float = ("float", words!(compress.stay_floats)),
        Extent = ("extent", words!(compress.by_extent)),
        Percentile = ("percentile", words!(compress.by_percentile)),
        Error = ("error", words!(compress.by_error)),
    }
}
