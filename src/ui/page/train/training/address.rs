//! The Train page in the address: the setup of a run, and the charts' axes.

use crate::protocol::{Augment, DataChoice, ExperimentId, Loss, Optimiser, Rule, Schedule, ScheduleKind, Setup};
use crate::ui::page::PageId;
use crate::ui::place::{Sheet, number, real, whole};
use web_sys::UrlSearchParams;

/// All that the page is set to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Course {
    /// Its backend is the place's.
    pub(crate) setup: Setup,
    /// Of the charts: steps and values.
    pub(crate) log_axes: [bool; 2],
}

/// What the address calls the charts' axes: `log=y`.
const LOG_AXES: [char; 2] = ['x', 'y'];

impl Sheet for Course {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Train);

    fn read(params: &UrlSearchParams) -> Option<Course> {
        let log_axes = LOG_AXES.map(|axis| params.get("log").is_some_and(|axes| axes.contains(axis)));
        Some(Course { setup: read(params)?, log_axes })
    }

    fn write(&self, params: &UrlSearchParams) {
        if self.log_axes != [false; 2] {
            let axes = LOG_AXES.iter().zip(self.log_axes);
            params.append("log", &axes.filter_map(|(axis, is_log)| is_log.then_some(*axis)).collect::<String>());
        }
        write(&self.setup, params);
    }
}

/// `None` where the address says nothing of a network; what else is missing or cannot be read is the default.
fn read(params: &UrlSearchParams) -> Option<Setup> {
    let network = params.get("layers")?;
    let usual = Setup::default();
    let optimiser = Optimiser {
        rule: params.get("rule").and_then(|name| rule_from(&name)).unwrap_or_default(),
        rate: real(params, "rate", usual.optimiser.rate),
        momentum: real(params, "momentum", usual.optimiser.momentum),
        beta1: real(params, "beta1", usual.optimiser.beta1),
        beta2: real(params, "beta2", usual.optimiser.beta2),
        eps: real(params, "eps", usual.optimiser.eps),
        weight_decay: real(params, "decay", usual.optimiser.weight_decay),
        clip: real(params, "clip", usual.optimiser.clip),
        max_norm: real(params, "maxnorm", usual.optimiser.max_norm),
    };
    Some(Setup {
        data: DataChoice {
            set: params.get("data").filter(|set| !set.is_empty()).unwrap_or(usual.data.set),
            seed: whole(params, "dseed", usual.data.seed),
            count: whole(params, "count", usual.data.count),
            noise: real(params, "noise", f64::from(usual.data.noise)) as f32,
        },
        network,
        optimiser,
        schedule: Schedule {
            kind: params.get("schedule").and_then(|text| kind_from(&text)).unwrap_or_default(),
            warmup_steps: whole(params, "warmup", 0),
        },
        loss: params.get("loss").and_then(|name| loss_from(&name)).unwrap_or_default(),
        label_smoothing: real(params, "smoothing", usual.label_smoothing),
        batch: whole(params, "batch", usual.batch),
        epochs: whole(params, "epochs", usual.epochs),
        seed: whole(params, "seed", usual.seed),
        augment: Augment {
            shift: whole(params, "shift", 0),
            flip: params.get("flip").as_deref() == Some("1"),
            elastic: real(params, "elastic", 0.0) as f32,
        },
        backend: usual.backend,
    })
}

fn write(setup: &Setup, params: &UrlSearchParams) {
    let Setup { data, network, optimiser, schedule, loss, label_smoothing, batch, epochs, seed, augment, backend: _ } =
        setup;
    for (name, value) in [
        ("data", data.set.clone()),
        ("dseed", data.seed.to_string()),
        ("count", data.count.to_string()),
        ("noise", data.noise.to_string()),
        ("rule", rule_key(optimiser.rule).to_owned()),
        ("rate", optimiser.rate.to_string()),
        ("momentum", optimiser.momentum.to_string()),
        ("beta1", optimiser.beta1.to_string()),
        ("beta2", optimiser.beta2.to_string()),
        ("eps", format!("{:e}", optimiser.eps)),
        ("decay", optimiser.weight_decay.to_string()),
        ("clip", optimiser.clip.to_string()),
        ("maxnorm", optimiser.max_norm.to_string()),
        ("schedule", kind_text(schedule.kind)),
        ("warmup", schedule.warmup_steps.to_string()),
        ("loss", loss_key(*loss).to_owned()),
        ("smoothing", label_smoothing.to_string()),
        ("batch", batch.to_string()),
        ("epochs", epochs.to_string()),
        ("seed", seed.to_string()),
        ("shift", augment.shift.to_string()),
        ("flip", u8::from(augment.flip).to_string()),
        ("elastic", augment.elastic.to_string()),
        ("layers", network.clone()),
    ] {
        params.append(name, &value);
    }
}

pub(crate) fn rule_key(rule: Rule) -> &'static str {
    match rule {
        Rule::Sgd => "sgd",
        Rule::Momentum => "momentum",
        Rule::Nesterov => "nesterov",
        Rule::Adagrad => "adagrad",
        Rule::Rmsprop => "rmsprop",
        Rule::Adam => "adam",
        Rule::Adamw => "adamw",
    }
}

pub(crate) fn rule_from(name: &str) -> Option<Rule> {
    Rule::ALL.into_iter().find(|rule| rule_key(*rule) == name)
}

pub(crate) fn loss_key(loss: Loss) -> &'static str {
    match loss {
        Loss::CrossEntropy => "ce",
        Loss::SquaredError => "mse",
        Loss::BinaryCrossEntropy => "bce",
    }
}

pub(crate) fn loss_from(name: &str) -> Option<Loss> {
    Loss::ALL.into_iter().find(|loss| loss_key(*loss) == name)
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
        "step" => Some(ScheduleKind::Step {
            every_epochs: parts.next()?.parse().ok()?,
            factor: Some(number(parts.next()?)).filter(|factor| factor.is_finite())?,
        }),
        _ => None,
    }
}
