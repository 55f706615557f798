//! Every failure, reason and stage as a sentence in the person's language. No catch-all: a new one must be worded.

use crate::protocol::{
    BackendChoice, BackendKind, BackendUsed, Figure, GpuReport, NO_ADAPTER, NO_WEBGPU, NetworkReport, Prediction,
    Progress, SWITCHED_OFF, Source, Stage, Trouble, TroubleKind, Why, trouble::each_trouble,
};
use crate::ui::lang::{self, Locale, Words};
use crate::ui::number;
use std::fmt::Display;

macro_rules! of_trouble {
    ($key:ident) => {
        words!(trouble.$key)
    };
}

/// In the order of [`TroubleKind::ALL`].
const TROUBLES: [Words; TroubleKind::ALL.len()] = each_trouble!(of_trouble);

/// What failed, with its figures, and what to do.
pub(crate) fn trouble(trouble: &Trouble) -> String {
    let write = |(name, figure): (&'static str, &Figure)| match figure {
        Figure::Count(count) if name.ends_with("bytes") => number::bytes(*count),
        Figure::Count(count) => number::count(*count),
        Figure::Text(detail) if trouble.is(TroubleKind::NoGpu) => no_gpu(detail),
        figure => figure.to_string(),
    };
    let written: Vec<_> = trouble.figures().map(|figure| (figure.0, write(figure))).collect();
    let values: Vec<_> = written.iter().map(|(name, value)| (*name, value as &dyn Display)).collect();
    lang::fill(TROUBLES[trouble.kind() as usize](), &values)
}

pub(crate) fn network_title(network: &NetworkReport) -> String {
    match network.id.as_str() {
        "digits" => say!(networks.digits).to_owned(),
        "things" => say!(networks.things).to_owned(),
        "photos" => say!(networks.photos).to_owned(),
        _ => network.title.clone(),
    }
}

pub(crate) fn label_of(prediction: &Prediction) -> &str {
    match lang::spoken() {
        Locale::en => &prediction.label,
        Locale::ja => &prediction.label_ja,
    }
}

/// Of English and Japanese.
pub(crate) fn in_language(both: &[String; 2]) -> &str {
    match lang::spoken() {
        Locale::en => &both[0],
        Locale::ja => &both[1],
    }
}

/// Whose a network is: its paper, else what it was trained on.
pub(crate) fn network_origin(network: &NetworkReport) -> String {
    match &network.source {
        Source::Shipped(file) => say!(classify.trained_on, data = file.data),
        Source::Own => say!(classify.from_your_file).to_owned(),
        Source::Public => network.paper.clone(),
    }
}

pub(crate) fn why(why: &Why) -> String {
    match why {
        Why::Chosen => say!(badge.chosen).to_owned(),
        Why::Faster { millis, other_millis } => {
            say!(badge.faster, millis = number::millis(*millis), other = number::millis(*other_millis))
        }
        Why::GpuNotAsked => say!(badge.gpu_not_asked).to_owned(),
        Why::NoGpu { detail } => say!(badge.no_gpu, detail = no_gpu(detail)),
        Why::Software { adapter } => say!(badge.software_gpu, adapter = adapter),
        Why::Began => say!(badge.began).to_owned(),
        Why::Recovered { lost_steps } => say!(badge.recovered, steps = lost_steps.to_string()),
        // Its sentence is in a part that not everyone loads.
        Why::GpuFailed { trouble } => say!(badge.gpu_failed, detail = trouble.list()),
    }
}

/// Before any answer: what the browser offers.
pub(crate) fn gpu(gpu: &GpuReport, wanted: BackendChoice, without_gpu: bool) -> String {
    match gpu {
        _ if without_gpu => say!(badge.switched_off).to_owned(),
        _ if wanted == BackendChoice::Cpu => say!(badge.chosen).to_owned(),
        GpuReport::NotAsked => say!(badge.gpu_not_asked).to_owned(),
        GpuReport::Here { software: true, .. } => say!(badge.gpu_software).to_owned(),
        GpuReport::Here { software: false, .. } => say!(badge.gpu_next).to_owned(),
        GpuReport::Missing { detail } => say!(badge.no_gpu, detail = no_gpu(detail)),
    }
}

/// Why there is no GPU: in the person's language where the reason is this program's own, else in the browser's words.
pub(crate) fn no_gpu(detail: &str) -> String {
    match detail {
        NO_WEBGPU => say!(badge.no_webgpu).to_owned(),
        NO_ADAPTER => say!(badge.no_adapter).to_owned(),
        SWITCHED_OFF => say!(badge.switched_off).to_owned(),
        words => words.to_owned(),
    }
}

pub(crate) fn device(kind: BackendKind) -> &'static str {
    match kind {
        BackendKind::Gpu => "GPU",
        BackendKind::Cpu => "CPU",
    }
}

/// `WebGPU · adapter` or `CPU`.
pub(crate) fn backend_name(used: &BackendUsed) -> String {
    match used.kind {
        BackendKind::Gpu => gpu_name(&used.adapter),
        BackendKind::Cpu => "CPU".to_owned(),
    }
}

pub(crate) fn gpu_name(adapter: &str) -> String {
    if adapter.is_empty() { "WebGPU".to_owned() } else { format!("WebGPU · {adapter}") }
}

pub(crate) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Decode => say!(stage.decode),
        Stage::Draw => say!(stage.draw),
        Stage::Download => say!(stage.download),
        Stage::Verify => say!(stage.verify),
        Stage::Store => say!(stage.store),
        Stage::Compile => say!(stage.compile),
        Stage::Race => say!(stage.race),
        Stage::Run => say!(stage.run),
    }
}

/// `12.1 MB of 46.8 MB`, in the stage's own unit.
pub(crate) fn amount(progress: &Progress) -> Option<String> {
    let in_unit = |value: u64| match progress.stage {
        Stage::Download | Stage::Verify | Stage::Store => number::bytes(value),
        Stage::Decode | Stage::Draw | Stage::Compile | Stage::Race | Stage::Run => number::count(value),
    };
    let done = in_unit(progress.done);
    match progress.of {
        0 if progress.done == 0 => None,
        0 => Some(done),
        of => Some(say!(stage.of, done = done, of = in_unit(of))),
    }
}

/// `12 s`, `3 min 4 s`, `2 h 5 min`
pub(crate) fn duration(millis: u64) -> String {
    let seconds = millis.div_ceil(1000);
    match seconds {
        0..60 => say!(stage.seconds, seconds = seconds),
        60..3600 => say!(stage.minutes, minutes = seconds / 60, seconds = seconds % 60),
        _ => say!(stage.hours, hours = seconds / 3600, minutes = seconds / 60 % 60),
    }
}

pub(crate) fn time_left(progress: &Progress) -> Option<String> {
    let seconds = progress.millis_left?.div_ceil(1000);
    Some(match seconds {
        0..60 => say!(stage.left_seconds, seconds = seconds),
        _ => say!(stage.left_minutes, minutes = seconds / 60, seconds = seconds % 60),
    })
}
