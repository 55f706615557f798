//! What the page is set to: the machine and how it learns, the temperature of its chains, the memory.

use crate::protocol::{
    BoltzmannData, BoltzmannKind, BoltzmannRule, BoltzmannSweep, BoltzmannTrain, ExperimentId, HopfieldRun, Interval,
};
use crate::ui::{Choice, Field, PageId, PageSettings, pick};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct RepresentSettings {
    pub(super) train: BoltzmannTrain,
    pub(super) temperature: f64,
    pub(super) memory: HopfieldRun,
}

impl Default for RepresentSettings {
    fn default() -> Self {
        Self { train: BoltzmannTrain::default(), temperature: 1.0, memory: HopfieldRun::default() }
    }
}

/// A rule that has chains.
fn has_chains(settings: &RepresentSettings) -> bool {
    settings.train.rule != BoltzmannRule::Exact
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
            },
        )
        .id("represent-data")
        .in_sight(),
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
    ];
}

choices! {
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
