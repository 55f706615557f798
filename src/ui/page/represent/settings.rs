//! What the page is set to: the machine and how it learns, the temperature of its chains, the memory.

use crate::protocol::{
    AutoencoderTrain, BoltzmannData, BoltzmannKind, BoltzmannRule, BoltzmannSweep, BoltzmannTrain, CodeData,
    CodeNetwork, CodeRule, EmbedSource, EmbedTask, ExperimentId, HopfieldRun, Interval, RunPlan, StackTrain, StackTune,
    UnseenKind,
};
use crate::ui::{Choice, Field, PageId, PageSettings, pick};

/// Which kind of network is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RepresentPart {
    Autoencoder,
    Boltzmann,
    Stack,
    Map,
}

/// How pictures are placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum EmbedView {
    Tsne,
    Components,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct RepresentSettings {
    pub(super) part: RepresentPart,
    /// But for the backend.
    pub(super) code: AutoencoderTrain,
    pub(super) unseen: UnseenKind,
    pub(super) stack: StackTrain,
    /// But for the backend.
    pub(super) tune: StackTune,
    /// But for the network and the backend.
    pub(super) map: EmbedTask,
    pub(super) place: EmbedView,
    pub(super) train: BoltzmannTrain,
    pub(super) temperature: f64,
    pub(super) memory: HopfieldRun,
}

impl Default for RepresentSettings {
    fn default() -> Self {
        Self {
            part: RepresentPart::Autoencoder,
            code: AutoencoderTrain::default(),
            unseen: UnseenKind::OtherSet,
            stack: StackTrain::default(),
            tune: StackTune::default(),
            map: EmbedTask::default(),
            place: EmbedView::Tsne,
            train: BoltzmannTrain::default(),
            temperature: 1.0,
            memory: HopfieldRun::default(),
        }
    }
}

/// A rule that has chains.
fn has_chains(settings: &RepresentSettings) -> bool {
    settings.train.rule != BoltzmannRule::Exact
}

fn is_linear(settings: &RepresentSettings) -> bool {
    settings.code.network == CodeNetwork::Linear
}

/// A rule that has a figure of its own.
fn has_strength(settings: &RepresentSettings) -> bool {
    !is_linear(settings) && settings.code.rule != CodeRule::Plain
}

impl PageSettings for RepresentSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Represent);
    const FIELDS: &'static [Field<Self>] = &[
        Field::<Self>::choice::<BoltzmannData>(
            "data",
            words!(represent.data),
            |s| s.train.data.key(),
            |s, key| {
                let mut data = s.train.data;
                pick(&mut data, key);
                s.train = BoltzmannTrain { seed: s.train.seed, ..BoltzmannTrain::usual(data) };
                // Links that are older than the other parts of the page mean this one.
                s.part = RepresentPart::Boltzmann;
            },
        )
        .id("represent-data")
        .in_sight(),
        choice!(RepresentPart, "show", words!(represent.part), part),
        choice!(BoltzmannKind, "kind", words!(represent.kind), train.kind).id("represent-kind").in_sight().brief(),
        Field::<Self>::whole("hidden", words!(represent.hidden), BoltzmannTrain::HIDDEN, |s| &mut s.train.hidden),
        choice!(BoltzmannRule, "rule", words!(represent.rule), train.rule).id("represent-rule"),
        Field::<Self>::whole("k", words!(represent.k), BoltzmannTrain::K, |s| &mut s.train.k).when(has_chains).brief(),
        Field::<Self>::real("rate", words!(train.rate), BoltzmannTrain::RATE, |s| &mut s.train.rate),
        Field::<Self>::real("momentum", words!(train.momentum), BoltzmannTrain::MOMENTUM, |s| &mut s.train.momentum)
            .brief(),
        Field::<Self>::real("decay", words!(train.decay), BoltzmannTrain::DECAY, |s| &mut s.train.decay).brief(),
        Field::<Self>::whole("steps", words!(train.steps), BoltzmannTrain::STEPS, |s| &mut s.train.steps),
        Field::<Self>::whole("batch", words!(train.batch), BoltzmannTrain::BATCH, |s| &mut s.train.batch).brief(),
        Field::<Self>::whole("seed", words!(train.seed), Interval::SEED, |s| &mut s.train.seed),
        Field::<Self>::real("t", words!(represent.temperature), BoltzmannSweep::TEMPERATURE, |s| &mut s.temperature)
            .brief(),
        Field::<Self>::whole("memory", words!(represent.patterns), HopfieldRun::PATTERNS, |s| &mut s.memory.patterns)
            .brief(),
        Field::<Self>::whole("units", words!(represent.units), HopfieldRun::UNITS, |s| &mut s.memory.units).brief(),
        Field::<Self>::real("wrong", words!(represent.wrong), HopfieldRun::WRONG, |s| &mut s.memory.wrong).brief(),
        choice!(CodeData, "pictures", words!(represent.data), code.data).id("represent-pictures").in_sight().brief(),
        Field::<Self>::choice::<CodeNetwork>(
            "by",
            words!(represent.network),
            |s| s.code.network.key(),
            |s, key| {
                let mut network = s.code.network;
                pick(&mut network, key);
                s.code = s.code.clone().with_network(network);
            },
        )
        .id("represent-net")
        .in_sight()
        .brief(),
        Field::<Self>::choice::<CodeRule>(
            "ask",
            words!(represent.ask),
            |s| s.code.rule.key(),
            |s, key| {
                let mut rule = s.code.rule;
                pick(&mut rule, key);
                s.code = s.code.clone().with_rule(rule);
            },
        )
        .when(|s| !is_linear(s))
        .brief(),
        Field::<Self>::real("strength", words!(represent.strength), AutoencoderTrain::STRENGTH, |s| {
            &mut s.code.strength
        })
        .hint(words!(represent.strength_hint))
        .when(has_strength)
        .brief(),
        Field::<Self>::whole("code", words!(represent.code), AutoencoderTrain::CODE, |s| &mut s.code.code).brief(),
        Field::<Self>::whole("width", words!(represent.width), AutoencoderTrain::WIDTH, |s| &mut s.code.width)
            .when(|s| !is_linear(s))
            .brief(),
        Field::<Self>::whole("layers", words!(represent.layers), AutoencoderTrain::LAYERS, |s| &mut s.code.layers)
            .when(|s| s.code.network == CodeNetwork::Dense)
            .brief(),
        Field::<Self>::whole("code-steps", words!(train.steps), RunPlan::STEPS, |s| &mut s.code.steps).brief(),
        Field::<Self>::whole("code-batch", words!(train.batch), AutoencoderTrain::BATCH, |s| &mut s.code.batch).brief(),
        Field::<Self>::real("code-rate", words!(train.rate), RunPlan::RATE, |s| &mut s.code.rate).brief(),
        choice!(UnseenKind, "unseen", words!(represent.unseen_kind), unseen)
            .id("represent-unseen-of")
            .in_sight()
            .brief(),
        choice!(CodeData, "stack", words!(represent.data), stack.data).id("represent-stack-set").in_sight().brief(),
        Field::<Self>::whole("stack-layers", words!(represent.stack_layers), StackTrain::LAYERS, |s| {
            &mut s.stack.layers
        })
        .brief(),
        Field::<Self>::whole("stack-units", words!(represent.stack_units), StackTrain::UNITS, |s| &mut s.stack.units)
            .brief(),
        Field::<Self>::whole("stack-steps", words!(represent.stack_steps), BoltzmannTrain::STEPS, |s| {
            &mut s.stack.steps
        })
        .brief(),
        Field::<Self>::whole("stack-k", words!(represent.k), BoltzmannTrain::K, |s| &mut s.stack.k).brief(),
        Field::<Self>::real("stack-rate", words!(train.rate), BoltzmannTrain::RATE, |s| &mut s.stack.rate).brief(),
        Field::<Self>::whole("stack-batch", words!(train.batch), BoltzmannTrain::BATCH, |s| &mut s.stack.batch).brief(),
        Field::<Self>::whole("stack-seed", words!(train.seed), Interval::SEED, |s| &mut s.stack.seed).brief(),
        Field::<Self>::whole("labelled", words!(represent.labelled), StackTune::LABELLED, |s| &mut s.tune.labelled)
            .brief(),
        Field::<Self>::whole("epochs", words!(train.epochs), StackTune::EPOCHS, |s| &mut s.tune.epochs).brief(),
        Field::<Self>::whole("tune-batch", words!(train.batch), StackTune::BATCH, |s| &mut s.tune.batch).brief(),
        Field::<Self>::real("tune-rate", words!(train.rate), RunPlan::RATE, |s| &mut s.tune.rate).brief(),
        Field::<Self>::whole("tune-seed", words!(train.seed), Interval::SEED, |s| &mut s.tune.seed).brief(),
        choice!(EmbedSource, "map", words!(represent.map_of), map.of).id("represent-map-of").in_sight().brief(),
        choice!(CodeData, "map-set", words!(represent.map_pictures), map.data)
            .id("represent-map-set")
            .in_sight()
            .when(|s| s.map.of != EmbedSource::Codes)
            .brief(),
        Field::text("map-layer", |s: &Self| s.map.layer.clone(), |s, text| s.map.layer = Some(text.to_owned())).brief(),
        Field::<Self>::whole("map-count", words!(represent.map_count), EmbedTask::COUNT, |s| &mut s.map.count).brief(),
        Field::<Self>::real("perplexity", words!(represent.perplexity), EmbedTask::PERPLEXITY, |s| {
            &mut s.map.perplexity
        })
        .brief(),
        Field::<Self>::whole("map-steps", words!(train.steps), EmbedTask::STEPS, |s| &mut s.map.steps).brief(),
        Field::<Self>::whole("map-seed", words!(train.seed), Interval::SEED, |s| &mut s.map.seed).brief(),
        choice!(EmbedView, "place", words!(represent.place), place).id("represent-place").in_sight().brief(),
        Field::<Self>::whole("code-seed", words!(train.seed), Interval::SEED, |s| &mut s.code.seed).brief(),
    ];
}

choices! {
    RepresentPart {
        Autoencoder = ("autoencoder", words!(represent.part_autoencoder)),
        Boltzmann = ("boltzmann", words!(represent.part_boltzmann)),
        Stack = ("stack", words!(represent.part_stack)),
        Map = ("map", words!(represent.part_map)),
    }
    EmbedView {
        Tsne = ("tsne", words!(represent.place_tsne)),
        Components = ("components", words!(represent.place_components)),
    }
    EmbedSource {
        Pixels = ("pixels", words!(represent.map_pixels)),
        Codes = ("codes", words!(represent.map_codes)),
        Layer = ("layer", words!(represent.map_layer)),
    }
    UnseenKind {
        OtherSet = ("other", words!(represent.unseen_set)),
        UpsideDown = ("turned", words!(represent.unseen_turned)),
        Negative = ("negative", words!(represent.unseen_negative)),
    }
    CodeData {
        Digits = ("digits", words!(represent.digits)),
        Shapes = ("shapes", words!(represent.shapes)),
        Own = ("own", words!(represent.own)),
    }
    CodeNetwork {
        Linear = ("linear", words!(represent.linear)),
        Dense = ("dense", words!(represent.dense)),
        Convolutional = ("convolutional", words!(represent.convolutional)),
    }
    CodeRule {
        Plain = ("plain", words!(represent.plain)),
        Denoising = ("denoising", words!(represent.denoising)),
        Sparse = ("sparse", words!(represent.sparse)),
        Contractive = ("contractive", words!(represent.contractive)),
        Variational = ("variational", words!(represent.variational)),
    }
    BoltzmannData {
        Bars3 = ("bars3", words!(represent.bars3)),
        Bars4 = ("bars4", words!(represent.bars4)),
        Digits = ("digits", words!(represent.digits)),
        Own = ("own", words!(represent.own)),
    }
    BoltzmannKind {
        Restricted = ("restricted", words!(represent.restricted)),
        General = ("general", words!(represent.general)),
    }
    BoltzmannRule {
        Exact = ("exact", words!(represent.exact)),
        Contrastive = ("cd", words!(represent.contrastive)),
        Persistent = ("pcd", words!(represent.persistent)),
        Tempered = ("tempering", words!(represent.tempered)),
    }
}
