//! Every failure, reason and stage as a sentence in the person's language. No catch-all: a new one must be worded.

use crate::protocol::{BackendChoice, BackendKind, BackendUsed, GpuReport, Progress, Stage, Trouble, Why};
use crate::ui::number;
use leptos::prelude::{AnyView, IntoAny};

/// What failed, with its figures, and what to do.
pub(crate) fn trouble(trouble: &Trouble) -> AnyView {
    match trouble.clone() {
        Trouble::EmptyFile { file } => tell!(trouble.empty_file, file = file).into_any(),
        Trouble::NotAPicture { file } => tell!(trouble.not_a_picture, file = file).into_any(),
        Trouble::DamagedPicture { file, detail } => {
            tell!(trouble.damaged_picture, file = file, detail = detail).into_any()
        }
        Trouble::PictureTooLarge { file, width, height, limit_pixels } => tell!(
            trouble.picture_too_large,
            file = file,
            width = width,
            height = height,
            limit = number::count(limit_pixels)
        )
        .into_any(),
        Trouble::UnknownPicture { picture } => tell!(trouble.unknown_picture, picture = picture).into_any(),
        Trouble::NotSafetensors { file, detail } => {
            tell!(trouble.not_safetensors, file = file, detail = detail).into_any()
        }
        Trouble::UnknownArchitecture { file, tensors, first } => {
            tell!(trouble.unknown_architecture, file = file, tensors = tensors, first = first).into_any()
        }
        Trouble::MissingTensor { file, network, tensor, expected } => tell!(
            trouble.missing_tensor,
            file = file,
            network = network,
            tensor = tensor,
            expected = format!("{expected:?}")
        )
        .into_any(),
        Trouble::WrongShape { file, network, tensor, expected, found } => tell!(
            trouble.wrong_shape,
            file = file,
            network = network,
            tensor = tensor,
            expected = format!("{expected:?}"),
            found = format!("{found:?}")
        )
        .into_any(),
        Trouble::NotFinite { file, tensor, count } => {
            tell!(trouble.not_finite, file = file, tensor = tensor, count = number::count(count)).into_any()
        }
        Trouble::UnknownNetwork { network, known } => {
            tell!(trouble.unknown_network, network = network, known = known).into_any()
        }
        Trouble::WeightsMissing { network } => tell!(trouble.weights_missing, network = network).into_any(),
        Trouble::Http { url, status } => tell!(trouble.http, url = url, status = status).into_any(),
        Trouble::Unreachable { url, detail } => tell!(trouble.unreachable, url = url, detail = detail).into_any(),
        Trouble::BrokenOff { url, got_bytes, of_bytes } => {
            tell!(trouble.broken_off, url = url, got = number::bytes(got_bytes), of = number::bytes(of_bytes))
                .into_any()
        }
        Trouble::TooLarge { file, bytes, limit_bytes } => {
            tell!(trouble.too_large, file = file, bytes = number::bytes(bytes), limit = number::bytes(limit_bytes))
                .into_any()
        }
        Trouble::Checksum { url, expected, found } => {
            tell!(trouble.checksum, url = url, expected = expected, found = found).into_any()
        }
        Trouble::StorageFull { needed_bytes, detail } => {
            tell!(trouble.storage_full, needed = number::bytes(needed_bytes), detail = detail).into_any()
        }
        Trouble::NoGpu { detail } => tell!(trouble.no_gpu, detail = detail).into_any(),
        Trouble::DeviceLost { detail } => tell!(trouble.device_lost, detail = detail).into_any(),
        Trouble::OutOfMemory { needed_bytes, available_bytes } => tell!(
            trouble.out_of_memory,
            needed = number::bytes(needed_bytes),
            available = number::bytes(available_bytes)
        )
        .into_any(),
        Trouble::Cancelled => (move || say!(trouble.cancelled)).into_any(),
        Trouble::BadJob { detail } => tell!(trouble.bad_job, detail = detail).into_any(),
        Trouble::Bug { detail } => tell!(trouble.bug, detail = detail).into_any(),
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
        Trouble::Checksum { .. } => "checksum",
        Trouble::StorageFull { .. } => "storage_full",
        Trouble::NoGpu { .. } => "no_gpu",
        Trouble::DeviceLost { .. } => "device_lost",
        Trouble::OutOfMemory { .. } => "out_of_memory",
        Trouble::Cancelled => "cancelled",
        Trouble::BadJob { .. } => "bad_job",
        Trouble::Bug { .. } => "bug",
    }
}

/// Why an answer was computed where it was.
pub(crate) fn why(why: &Why) -> AnyView {
    match why.clone() {
        Why::Chosen => (move || say!(badge.chosen)).into_any(),
        Why::Faster { millis, other_millis } => {
            tell!(badge.faster, millis = number::millis(millis), other = number::millis(other_millis)).into_any()
        }
        Why::NoGpu { detail } => tell!(badge.no_gpu, detail = detail).into_any(),
        Why::GpuFailed { detail } => tell!(badge.gpu_failed, detail = detail).into_any(),
    }
}

/// Before any answer: what the browser offers.
pub(crate) fn gpu(gpu: &GpuReport, wanted: BackendChoice, without_gpu: bool) -> AnyView {
    match gpu.clone() {
        _ if without_gpu => (move || say!(badge.switched_off)).into_any(),
        _ if wanted == BackendChoice::Cpu => (move || say!(badge.chosen)).into_any(),
        GpuReport::Here { software: true, .. } => (move || say!(badge.gpu_software)).into_any(),
        GpuReport::Here { software: false, .. } => (move || say!(badge.gpu_next)).into_any(),
        GpuReport::Missing { detail } => tell!(badge.no_gpu, detail = detail).into_any(),
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
        Stage::Download => say!(stage.download),
        Stage::Verify => say!(stage.verify),
        Stage::Store => say!(stage.store),
        Stage::Compile => say!(stage.compile),
        Stage::Race => say!(stage.race),
        Stage::Run => say!(stage.run),
    }
}

/// `12.1 MB of 46.8 MB`, in the stage's own unit.
pub(crate) fn amount(progress: &Progress) -> Option<AnyView> {
    let in_unit = |value: u64| match progress.stage {
        Stage::Download | Stage::Verify | Stage::Store => number::bytes(value),
        Stage::Decode | Stage::Compile | Stage::Race | Stage::Run => number::count(value),
    };
    let done = in_unit(progress.done);
    match progress.of {
        0 if progress.done == 0 => None,
        0 => Some(done.into_any()),
        of => Some(tell!(stage.of, done = done, of = in_unit(of)).into_any()),
    }
}

pub(crate) fn time_left(progress: &Progress) -> Option<AnyView> {
    let seconds = progress.millis_left?.div_ceil(1000);
    Some(match seconds {
        0..60 => tell!(stage.left_seconds, seconds = seconds).into_any(),
        _ => tell!(stage.left_minutes, minutes = seconds / 60, seconds = seconds % 60).into_any(),
    })
}
