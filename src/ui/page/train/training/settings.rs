//! What the Train page is set to: the setup of a run, and the charts' axes.

use crate::protocol::{ExperimentId, Interval, Loss, Rule, ScheduleKind, Setup};
use crate::ui::settings::{fill, real};
use crate::ui::{Field, PageId, PageSettings, app};
use leptos::prelude::{Get, Memo, Update, With};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TrainSettings {
    /// Its backend is the route's.
    pub(crate) setup: Setup,
    /// Of the charts: steps and values.
    pub(crate) log_axes: [bool; 2],
}

/// What the address calls the charts' axes: `log=y`.
const LOG_AXES: [char; 2] = ['x', 'y'];

pub(crate) const RATE: Interval = Interval::real(0.0, 100.0);
pub(crate) const MOMENTUM: Interval = Interval::real(0.0, 0.9999);
pub(crate) const DECAY: Interval = Interval::real(0.0, 10.0);
/// Examples, 0 for all of them.
const COUNT: Interval = Interval::whole(0, 1_000_000);
const NOISE: Interval = Interval::real(0.0, 2.0);
const BETA2: Interval = Interval::real(0.0, 0.999_999);
const EPSILON: Interval = Interval::real(0.0, 1.0);
const NORM: Interval = Interval::real(0.0, 1e6);
const STEPS: Interval = Interval::whole(0, 1_000_000);
const SMOOTHING: Interval = Interval::real(0.0, 0.9);
const BATCH: Interval = Interval::whole(1, 65_536);
const EPOCHS: Interval = Interval::whole(1, TrainSettings::NO_END);
const SHIFT: Interval = Interval::whole(0, 16);
const ELASTIC: Interval = Interval::real(0.0, 16.0);

impl TrainSettings {
    /// So many epochs are no end that anyone waits for.
    pub(crate) const NO_END: u32 = 1_000_000;
}

impl PageSettings for TrainSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Train);
    const FIELDS: &'static [Field<Self>] = &[
        Field::text("log", |s| log_text(s.log_axes), |s, text| s.log_axes = LOG_AXES.map(|axis| text.contains(axis))),
        Field::<Self>::text("data", |s| Some(s.setup.data.set.clone()), |s, set| fill(&mut s.setup.data.set, set))
            .label(words!(train.data)),
        Field::whole("dseed", words!(train.data_seed), Interval::SEED, |s| &mut s.setup.data.seed),
        Field::whole("count", words!(train.count), COUNT, |s| &mut s.setup.data.count),
        Field::single("noise", words!(train.noise), NOISE, |s| &mut s.setup.data.noise),
        choice!(Rule, "rule", words!(train.optimiser), setup.optimiser.rule),
        Field::real("rate", words!(train.rate), RATE, |s| &mut s.setup.optimiser.rate),
        Field::<Self>::real("momentum", words!(train.momentum), MOMENTUM, |s| &mut s.setup.optimiser.momentum)
            .when(|s| matches!(s.setup.optimiser.rule, Rule::Momentum | Rule::Nesterov)),
        Field::<Self>::real("beta1", || "β₁", MOMENTUM, |s| &mut s.setup.optimiser.beta1)
            .when(|s| matches!(s.setup.optimiser.rule, Rule::Adam | Rule::Adamw)),
        Field::<Self>::real("beta2", || "β₂", BETA2, |s| &mut s.setup.optimiser.beta2)
            .when(|s| matches!(s.setup.optimiser.rule, Rule::Adam | Rule::Adamw | Rule::Rmsprop)),
        Field::<Self>::real("eps", || "ε", EPSILON, |s| &mut s.setup.optimiser.eps)
            .scientific()
            .when(|s| matches!(s.setup.optimiser.rule, Rule::Adam | Rule::Adamw | Rule::Rmsprop | Rule::Adagrad)),
        Field::real("decay", words!(train.decay), DECAY, |s| &mut s.setup.optimiser.weight_decay),
        Field::real("clip", words!(train.clip), NORM, |s| &mut s.setup.optimiser.clip),
        Field::text(
            "maxnorm",
            |s| Some(s.setup.optimiser.max_norm.to_string()),
            |s, text| real(text).into_iter().for_each(|norm| s.setup.optimiser.max_norm = norm),
        ),
        Field::<Self>::text(
            "schedule",
            |s| Some(kind_text(s.setup.schedule.kind)),
            |s, text| s.setup.schedule.kind = kind_from(text).unwrap_or_default(),
        )
        .label(words!(train.schedule)),
        Field::whole("warmup", words!(train.warmup), STEPS, |s| &mut s.setup.schedule.warmup_steps),
        choice!(Loss, "loss", words!(train.loss_kind), setup.loss).id("train-loss-kind"),
        Field::<Self>::real("smoothing", words!(train.smoothing), SMOOTHING, |s| &mut s.setup.label_smoothing)
            .when(|s| s.setup.loss == Loss::CrossEntropy),
        Field::whole("batch", words!(train.batch), BATCH, |s| &mut s.setup.batch),
        Field::<Self>::whole("epochs", words!(train.epochs), EPOCHS, |s| &mut s.setup.epochs)
            .hint(words!(train.epochs_hint)),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s| &mut s.setup.seed),
        Field::whole("shift", words!(train.shift), SHIFT, |s| &mut s.setup.augment.shift),
        switch!("flip", words!(train.flip), setup.augment.flip),
        Field::single("elastic", words!(train.elastic), ELASTIC, |s| &mut s.setup.augment.elastic),
        Field::<Self>::text(
            "layers",
            |s| Some(s.setup.network.clone()),
            |s, text| text.clone_into(&mut s.setup.network),
        )
        .label(words!(train.network)),
    ];

    /// The setup as the form has it; the address follows it.
    fn of() -> Memo<Self> {
        Memo::new(move |_| {
            let axes = app().route.with(|route| route.settings().map(|settings: Self| settings.log_axes));
            Self { setup: app().training().setup.get(), log_axes: axes.unwrap_or_default() }
        })
    }

    fn change(change: impl FnOnce(&mut Self)) {
        app().training().setup.update(|setup| change_setup(setup, change));
    }

    fn choose(change: impl FnOnce(&mut Self)) {
        app().training().choose(|setup| change_setup(setup, change));
    }
}

fn change_setup(setup: &mut Setup, change: impl FnOnce(&mut TrainSettings)) {
    let mut settings = TrainSettings { setup: std::mem::take(setup), ..TrainSettings::default() };
    change(&mut settings);
    *setup = settings.setup;
}

fn log_text(axes: [bool; 2]) -> Option<String> {
    let names = LOG_AXES.iter().zip(axes).filter_map(|(axis, is_log)| is_log.then_some(*axis)).collect::<String>();
    (!names.is_empty()).then_some(names)
}

/// `constant`, `cosine`, or `step:10:0.1`.
fn kind_text(kind: ScheduleKind) -> String {
    match kind {
        ScheduleKind::Constant => "constant".to_owned(),
        ScheduleKind::Cosine => "cosine".to_owned(),
        ScheduleKind::Step { every_epochs, factor } => format!("step:{every_epochs}:{factor}"),
    }
}

fn kind_from(text: &str) -> Option<ScheduleKind> {
    let mut parts = text.split(':');
    match parts.next()? {
        "constant" => Some(ScheduleKind::Constant),
        "cosine" => Some(ScheduleKind::Cosine),
        "step" => Some(ScheduleKind::Step { every_epochs: parts.next()?.parse().ok()?, factor: real(parts.next()?)? }),
        _ => None,
    }
}

choices! {
    /// Names of methods are the same in every language.
    Rule {
        Sgd = ("sgd", || "SGD"),
        Momentum = ("momentum", || "Momentum"),
        Nesterov = ("nesterov", || "Nesterov"),
        Adagrad = ("adagrad", || "AdaGrad"),
        Rmsprop = ("rmsprop", || "RMSProp"),
        Adam = ("adam", || "Adam"),
        Adamw = ("adamw", || "AdamW"),
    }
    Loss {
        CrossEntropy = ("ce", words!(train.loss_cross_entropy)),
        SquaredError = ("mse", words!(train.loss_squared_error)),
        BinaryCrossEntropy = ("bce", words!(train.loss_binary_cross_entropy)),
    }
}
