//! Every failure, reason and stage as a sentence in the person's language. No catch-all: a new one must be worded.

use crate::protocol::{
    BackendChoice, BackendKind, BackendUsed, GpuReport, NetworkReport, Prediction, Progress, Source, Stage, Trouble,
    Why,
};
use crate::ui::lang::{self, Locale};
use crate::ui::number;

/// What failed, with its figures, and what to do.
pub(crate) fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::EmptyFile { file } => say!(trouble.empty_file, file = file),
        Trouble::NotAPicture { file } => say!(trouble.not_a_picture, file = file),
        Trouble::DamagedPicture { file, detail } => {
            say!(trouble.damaged_picture, file = file, detail = detail)
        }
        Trouble::PictureTooLarge { file, width, height, limit_pixels } => say!(
            trouble.picture_too_large,
            file = file,
            width = width,
            height = height,
            limit = number::count(*limit_pixels)
        ),
        Trouble::UnknownPicture { picture } => say!(trouble.unknown_picture, picture = picture),
        Trouble::NotSafetensors { file, detail } => {
            say!(trouble.not_safetensors, file = file, detail = detail)
        }
        Trouble::UnknownArchitecture { file, tensors, first } => {
            say!(trouble.unknown_architecture, file = file, tensors = tensors, first = first)
        }
        Trouble::MissingTensor { file, network, tensor, expected } => say!(
            trouble.missing_tensor,
            file = file,
            network = network,
            tensor = tensor,
            expected = format!("{expected:?}")
        ),
        Trouble::WrongShape { file, network, tensor, expected, found } => say!(
            trouble.wrong_shape,
            file = file,
            network = network,
            tensor = tensor,
            expected = format!("{expected:?}"),
            found = format!("{found:?}")
        ),
        Trouble::NotFinite { file, tensor, count } => {
            say!(trouble.not_finite, file = file, tensor = tensor, count = number::count(*count))
        }
        Trouble::UnknownNetwork { network, known } => {
            say!(trouble.unknown_network, network = network, known = known)
        }
        Trouble::WeightsMissing { network } => say!(trouble.weights_missing, network = network),
        Trouble::Http { url, status } => say!(trouble.http, url = url, status = status),
        Trouble::Unreachable { url, detail } => say!(trouble.unreachable, url = url, detail = detail),
        Trouble::BrokenOff { url, got_bytes, of_bytes } => {
            say!(trouble.broken_off, url = url, got = number::bytes(*got_bytes), of = number::bytes(*of_bytes))
        }
        Trouble::TooLarge { file, bytes, limit_bytes } => {
            say!(trouble.too_large, file = file, bytes = number::bytes(*bytes), limit = number::bytes(*limit_bytes))
        }
        Trouble::NotData { file, known } => say!(trouble.not_data, file = file, known = known),
        Trouble::DamagedData { file, detail } => say!(trouble.damaged_data, file = file, detail = detail),
        Trouble::CutOff { file, needed_bytes, found_bytes } => say!(
            trouble.cut_off,
            file = file,
            needed = number::bytes(*needed_bytes),
            found = number::bytes(*found_bytes)
        ),
        Trouble::NoExamples { file } => say!(trouble.no_examples, file = file),
        Trouble::BadLabel { file, example, label, classes } => say!(
            trouble.bad_label,
            file = file,
            example = number::count(*example),
            label = label,
            classes = number::count(*classes)
        ),
        Trouble::CountsDiffer { images_file, images, labels_file, labels } => say!(
            trouble.counts_differ,
            images_file = images_file,
            images = number::count(*images),
            labels_file = labels_file,
            labels = number::count(*labels)
        ),
        Trouble::LabelsMissing { file } => say!(trouble.labels_missing, file = file),
        Trouble::ImagesMissing { file } => say!(trouble.images_missing, file = file),
        Trouble::SizesDiffer { file, found, first, expected } => {
            say!(trouble.sizes_differ, file = file, found = found, first = first, expected = expected)
        }
        Trouble::OneClass { file, class, examples } => {
            say!(trouble.one_class, file = file, class = class, examples = number::count(*examples))
        }
        Trouble::NoClass { file } => say!(trouble.no_class, file = file),
        Trouble::MixedFormats { first, second } => say!(trouble.mixed_formats, first = first, second = second),
        Trouble::BadNetwork { line, message } => {
            say!(trouble.bad_network, line = number::count(u64::from(*line)), message = message)
        }
        Trouble::BatchTooLarge { batch, examples } => say!(
            trouble.batch_too_large,
            batch = number::count(u64::from(*batch)),
            examples = number::count(u64::from(*examples))
        ),
        Trouble::UnknownData { set, known } => say!(trouble.unknown_data, set = set, known = known),
        Trouble::BadSetup { detail } => say!(trouble.bad_setup, detail = detail),
        Trouble::CannotCompute { detail } => say!(trouble.cannot_compute, detail = detail),
        Trouble::BadRun { file, detail } => say!(trouble.bad_run, file = file, detail = detail),
        Trouble::NotShipped { network, detail } => say!(trouble.not_shipped, network = network, detail = detail),
        Trouble::OtherRun { file, what } => say!(trouble.other_run, file = file, what = what),
        Trouble::Diverged { step, what } => {
            say!(trouble.diverged, step = number::count(u64::from(*step)), what = what)
        }
        Trouble::Checksum { url, expected, found } => {
            say!(trouble.checksum, url = url, expected = expected, found = found)
        }
        Trouble::StorageFull { needed_bytes, detail } => {
            say!(trouble.storage_full, needed = number::bytes(*needed_bytes), detail = detail)
        }
        Trouble::NoGpu { detail } => say!(trouble.no_gpu, detail = detail),
        Trouble::DeviceLost { detail } => say!(trouble.device_lost, detail = detail),
        Trouble::OutOfMemory { needed_bytes, available_bytes: 0 } => {
            say!(trouble.no_room, needed = number::bytes(*needed_bytes))
        }
        Trouble::OutOfMemory { needed_bytes, available_bytes } => say!(
            trouble.out_of_memory,
            needed = number::bytes(*needed_bytes),
            available = number::bytes(*available_bytes)
        ),
        Trouble::NoRun => say!(trouble.no_run).to_owned(),
        Trouble::RunDiffers { what } => say!(trouble.run_differs, what = what),
        Trouble::PartMissing => say!(trouble.part_missing).to_owned(),
        Trouble::Cancelled => say!(trouble.cancelled).to_owned(),
        Trouble::BadJob { detail } => say!(trouble.bad_job, detail = detail),
        Trouble::Bug { detail } => say!(trouble.bug, detail = detail),
    }
}

/// The failure's name in the protocol, for `data-kind`.
pub(crate) fn kind(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::EmptyFile { .. } => "empty_file",
        Trouble::NotAPicture { .. } => "not_a_picture",
        Trouble::DamagedPicture { .. } => "damaged_picture",
        Trouble::PictureTooLarge { .. } => "picture_too_large",
        Trouble::UnknownPicture { .. } => "unknown_picture",
        Trouble::NotSafetensors { .. } => "not_safetensors",
        Trouble::UnknownArchitecture { .. } => "unknown_architecture",
        Trouble::MissingTensor { .. } => "missing_tensor",
        Trouble::WrongShape { .. } => "wrong_shape",
        Trouble::NotFinite { .. } => "not_finite",
        Trouble::UnknownNetwork { .. } => "unknown_network",
        Trouble::WeightsMissing { .. } => "weights_missing",
        Trouble::Http { .. } => "http",
        Trouble::Unreachable { .. } => "unreachable",
        Trouble::BrokenOff { .. } => "broken_off",
        Trouble::TooLarge { .. } => "too_large",
        Trouble::NotData { .. } => "not_data",
        Trouble::DamagedData { .. } => "damaged_data",
        Trouble::CutOff { .. } => "cut_off",
        Trouble::NoExamples { .. } => "no_examples",
        Trouble::BadLabel { .. } => "bad_label",
        Trouble::CountsDiffer { .. } => "counts_differ",
        Trouble::LabelsMissing { .. } => "labels_missing",
        Trouble::ImagesMissing { .. } => "images_missing",
        Trouble::SizesDiffer { .. } => "sizes_differ",
        Trouble::OneClass { .. } => "one_class",
        Trouble::NoClass { .. } => "no_class",
        Trouble::MixedFormats { .. } => "mixed_formats",
        Trouble::BadNetwork { .. } => "bad_network",
        Trouble::BatchTooLarge { .. } => "batch_too_large",
        Trouble::UnknownData { .. } => "unknown_data",
        Trouble::BadSetup { .. } => "bad_setup",
        Trouble::CannotCompute { .. } => "cannot_compute",
        Trouble::BadRun { .. } => "bad_run",
        Trouble::NotShipped { .. } => "not_shipped",
        Trouble::OtherRun { .. } => "other_run",
        Trouble::Diverged { .. } => "diverged",
        Trouble::Checksum { .. } => "checksum",
        Trouble::StorageFull { .. } => "storage_full",
        Trouble::NoGpu { .. } => "no_gpu",
        Trouble::DeviceLost { .. } => "device_lost",
        Trouble::OutOfMemory { .. } => "out_of_memory",
        Trouble::NoRun => "no_run",
        Trouble::RunDiffers { .. } => "run_differs",
        Trouble::PartMissing => "part_missing",
        Trouble::Cancelled => "cancelled",
        Trouble::BadJob { .. } => "bad_job",
        Trouble::Bug { .. } => "bug",
    }
}

/// What a network is called.
pub(crate) fn network_title(network: &NetworkReport) -> String {
    match network.id.as_str() {
        "digits" => say!(networks.digits).to_owned(),
        "photos" => say!(networks.photos).to_owned(),
        _ => network.title.clone(),
    }
}

/// What a class is called.
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

/// Why an answer was computed where it was.
pub(crate) fn why(why: &Why) -> String {
    match why {
        Why::Chosen => say!(badge.chosen).to_owned(),
        Why::Faster { millis, other_millis } => {
            say!(badge.faster, millis = number::millis(*millis), other = number::millis(*other_millis))
        }
        Why::GpuNotAsked => say!(badge.gpu_not_asked).to_owned(),
        Why::NoGpu { detail } => say!(badge.no_gpu, detail = detail),
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
        GpuReport::Missing { detail } => say!(badge.no_gpu, detail = detail),
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
