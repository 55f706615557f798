//! Every failure, reason and stage as a sentence in the person's language. No catch-all: a new one must be worded.

use crate::protocol::{
    BackendChoice, BackendKind, BackendUsed, GpuReport, NO_ADAPTER, NO_WEBGPU, NetworkReport, Prediction, Progress,
    SWITCHED_OFF, Source, Stage, Trouble, Why,
};
use crate::ui::lang::{self, Locale};
use crate::ui::number;

/// Each failure with its sentence: what failed, with its figures, and what to do. The sentence has the failure's name in the
/// protocol, which `kind` gives for `data-kind`.
macro_rules! troubles {
    ($($variant:ident $({ $($field:ident),+ })? => say!($group:ident.$key:ident $(, $name:ident = $value:expr)*);)+) => {
        pub(crate) fn trouble(trouble: &Trouble) -> String {
            match trouble {
                Trouble::OutOfMemory { needed_bytes, available_bytes: 0 } => {
                    say!(trouble.no_room, needed = number::bytes(*needed_bytes))
                }
                $(Trouble::$variant $({ $($field),+ })? => String::from(say!($group.$key $(, $name = $value)*)),)+
            }
        }

        pub(crate) fn kind(trouble: &Trouble) -> &'static str {
            match trouble {
                $(Trouble::$variant { .. } => stringify!($key),)+
            }
        }
    };
}

troubles! {
    EmptyFile { file } => say!(trouble.empty_file, file = file);
    NotAPicture { file } => say!(trouble.not_a_picture, file = file);
    OtherPicture { file, format } => say!(trouble.other_picture, file = file, format = format);
    OtherNetwork { file, format } => say!(trouble.other_network, file = file, format = format);
    OtherFile { file, format } => say!(trouble.other_file, file = file, format = format);
    Unreadable { file, detail } => say!(trouble.unreadable, file = file, detail = detail);
    DamagedPicture { file, detail } => say!(trouble.damaged_picture, file = file, detail = detail);
    PictureTooLarge { file, width, height, limit_pixels } => say!(
        trouble.picture_too_large,
        file = file, width = width, height = height, limit = number::count(*limit_pixels)
    );
    UnknownPicture { picture } => say!(trouble.unknown_picture, picture = picture);
    NotSafetensors { file, detail } => say!(trouble.not_safetensors, file = file, detail = detail);
    Quantised { file, tensor, dtype } => say!(trouble.quantised, file = file, tensor = tensor, dtype = dtype);
    UnknownArchitecture { file, tensors, first } => say!(
        trouble.unknown_architecture,
        file = file, tensors = tensors, first = first
    );
    MissingTensor { file, network, tensor, expected } => say!(
        trouble.missing_tensor,
        file = file, network = network, tensor = tensor, expected = format!("{expected:?}")
    );
    WrongShape { file, network, tensor, expected, found } => say!(
        trouble.wrong_shape,
        file = file,
        network = network,
        tensor = tensor,
        expected = format!("{expected:?}"),
        found = format!("{found:?}")
    );
    NotFinite { file, tensor, count } => say!(
        trouble.not_finite,
        file = file, tensor = tensor, count = number::count(*count)
    );
    UnknownNetwork { network, known } => say!(trouble.unknown_network, network = network, known = known);
    WeightsMissing { network } => say!(trouble.weights_missing, network = network);
    Http { url, status } => say!(trouble.http, url = url, status = status);
    Unreachable { url, detail } => say!(trouble.unreachable, url = url, detail = detail);
    BrokenOff { url, got_bytes, of_bytes } => say!(
        trouble.broken_off,
        url = url, got = number::bytes(*got_bytes), of = number::bytes(*of_bytes)
    );
    TooLarge { file, bytes, limit_bytes } => say!(
        trouble.too_large,
        file = file, bytes = number::bytes(*bytes), limit = number::bytes(*limit_bytes)
    );
    NotData { file, known } => say!(trouble.not_data, file = file, known = known);
    DamagedData { file, detail } => say!(trouble.damaged_data, file = file, detail = detail);
    CutOff { file, needed_bytes, found_bytes } => say!(
        trouble.cut_off,
        file = file, needed = number::bytes(*needed_bytes), found = number::bytes(*found_bytes)
    );
    NoExamples { file } => say!(trouble.no_examples, file = file);
    BadLabel { file, example, label, classes } => say!(
        trouble.bad_label,
        file = file, example = number::count(*example), label = label, classes = number::count(*classes)
    );
    CountsDiffer { images_file, images, labels_file, labels } => say!(
        trouble.counts_differ,
        images_file = images_file,
        images = number::count(*images),
        labels_file = labels_file,
        labels = number::count(*labels)
    );
    LabelsMissing { file } => say!(trouble.labels_missing, file = file);
    ImagesMissing { file } => say!(trouble.images_missing, file = file);
    SizesDiffer { file, found, first, expected } => say!(
        trouble.sizes_differ,
        file = file, found = found, first = first, expected = expected
    );
    OneClass { file, class, examples } => say!(
        trouble.one_class,
        file = file, class = class, examples = number::count(*examples)
    );
    NoClass { file } => say!(trouble.no_class, file = file);
    MixedFormats { first, second } => say!(trouble.mixed_formats, first = first, second = second);
    BadNetwork { line, message } => say!(
        trouble.bad_network,
        line = number::count(*line), message = message
    );
    BatchTooLarge { batch, examples } => say!(
        trouble.batch_too_large,
        batch = number::count(*batch), examples = number::count(*examples)
    );
    UnknownData { set, known } => say!(trouble.unknown_data, set = set, known = known);
    BadSetup { detail } => say!(trouble.bad_setup, detail = detail);
    CannotCompute { detail } => say!(trouble.cannot_compute, detail = detail);
    BadRun { file, detail } => say!(trouble.bad_run, file = file, detail = detail);
    NotShipped { network, detail } => say!(trouble.not_shipped, network = network, detail = detail);
    OtherRun { file, what } => say!(trouble.other_run, file = file, what = what);
    Diverged { step, what } => say!(trouble.diverged, step = number::count(*step), what = what);
    Checksum { url, expected, found } => say!(trouble.checksum, url = url, expected = expected, found = found);
    StorageFull { needed_bytes, detail } => say!(
        trouble.storage_full,
        needed = number::bytes(*needed_bytes), detail = detail
    );
    NoGpu { detail } => say!(trouble.no_gpu, detail = no_gpu(detail));
    DeviceLost { detail } => say!(trouble.device_lost, detail = detail);
    OutOfMemory { needed_bytes, available_bytes } => say!(
        trouble.out_of_memory,
        needed = number::bytes(*needed_bytes), available = number::bytes(*available_bytes)
    );
    NoRun => say!(trouble.no_run);
    RunDiffers { what } => say!(trouble.run_differs, what = what);
    PartMissing => say!(trouble.part_missing);
    Cancelled => say!(trouble.cancelled);
    BadJob { detail } => say!(trouble.bad_job, detail = detail);
    Bug { detail } => say!(trouble.bug, detail = detail);
}

pub(crate) fn network_title(network: &NetworkReport) -> String {
    match network.id.as_str() {
        "digits" => say!(networks.digits).to_owned(),
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
        Why::GpuFailed { detail } => say!(badge.gpu_failed, detail = detail),
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
