//! What can go wrong, as a person reads it: what failed, with which figures, what to do.
//!
//! `Display` is the English sentence, for the native command and for scripts; the page has the same sentences in each of
//! its languages, keyed by the variant.

use serde::{Deserialize, Serialize};

/// One failure that ended one job. Nothing else is lost by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    #[error("{file} is empty (0 bytes); choose a file with content")]
    EmptyFile { file: String },
    #[error("{file} is not a picture that can be read here; use PNG, JPEG, WebP, GIF or BMP")]
    NotAPicture { file: String },
    #[error("{file} is a picture in the format {format}, which cannot be read here; save it as PNG or JPEG first")]
    OtherPicture { file: String, format: String },
    #[error(
        "{file} holds a network in the format {format}, no picture and no examples; networks are read from files named .safetensors or .onnx (in Python: safetensors.torch.save_file(model.state_dict(), \"model.safetensors\"))"
    )]
    OtherNetwork { file: String, format: String },
    #[error(
        "{file} is a file of the format {format}, which is not used here; choose a picture (PNG, JPEG, WebP, GIF, BMP), a network (.safetensors, .onnx) or examples for training"
    )]
    OtherFile { file: String, format: String },
    #[error("{file} could not be read ({detail}); it may have been moved, changed, or be a folder: choose it again")]
    Unreadable { file: String, detail: String },
    #[error("{file} is damaged and could not be decoded ({detail}); try another copy of it")]
    DamagedPicture { file: String, detail: String },
    #[error(
        "{file} says that it is {width} × {height} pixels, more than the {limit_pixels} that are decoded here; make it smaller first"
    )]
    PictureTooLarge { file: String, width: u32, height: u32, limit_pixels: u64 },
    #[error("picture {picture} is not in the tray (any more); add it again")]
    UnknownPicture { picture: u32 },
    #[error("{file} is not a valid safetensors file: {detail}; export or download it again")]
    NotSafetensors { file: String, detail: String },
    #[error(
        "{file} holds {tensor} as {dtype}, a quantised type that does not become weights here; save the weights as F32, F16 or BF16"
    )]
    Quantised { file: String, tensor: String, dtype: String },
    #[error("{file} fits no network known here ({tensors} tensors, the first is {first}); see the list of networks")]
    UnknownArchitecture { file: String, tensors: u32, first: String },
    #[error(
        "{file} lacks the tensor {tensor} {expected:?} that {network} needs; use a complete checkpoint of {network}"
    )]
    MissingTensor { file: String, network: String, tensor: String, expected: Vec<usize> },
    #[error(
        "{file}: tensor {tensor} has shape {found:?} where {network} needs {expected:?}; use a checkpoint of {network}"
    )]
    WrongShape { file: String, network: String, tensor: String, expected: Vec<usize>, found: Vec<usize> },
    #[error(
        "{file}: tensor {tensor} holds {count} values that are not finite (NaN or infinity); use an intact checkpoint"
    )]
    NotFinite { file: String, tensor: String, count: u64 },
    #[error("there is no network named {network}; known are {known}")]
    UnknownNetwork { network: String, known: String },
    #[error("there are no weights for {network} yet; drop a .safetensors file or download one from the list")]
    WeightsMissing { network: String },
    #[error("{url} answered with HTTP status {status}; check the address")]
    Http { url: String, status: u16 },
    #[error(
        "{url} could not be fetched ({detail}); check the address and the connection, and whether that server allows other pages (CORS)"
    )]
    Unreachable { url: String, detail: String },
    #[error("the download of {url} broke off after {got_bytes} of {of_bytes} bytes; try again")]
    BrokenOff { url: String, got_bytes: u64, of_bytes: u64 },
    #[error("{file} has {bytes} bytes, more than the limit of {limit_bytes}; use a smaller file")]
    TooLarge { file: String, bytes: u64, limit_bytes: u64 },
    #[error("{file} is no data set that can be read here; known are {known}")]
    NotData { file: String, known: String },
    #[error("{file} cannot be read as data: {detail}; check how it was made, or get it again")]
    DamagedData { file: String, detail: String },
    #[error("{file} breaks off: it has {found_bytes} bytes where {needed_bytes} are needed; download or copy it again")]
    CutOff { file: String, needed_bytes: u64, found_bytes: u64 },
    #[error("{file} holds no examples; choose one that does")]
    NoExamples { file: String },
    #[error(
        "{file}: example {example} (counted from 0) has the label {label} where there are {classes} classes, 0 the first; check its labels"
    )]
    BadLabel { file: String, example: u64, label: i64, classes: u64 },
    #[error("{images_file} holds {images} images and {labels_file} {labels} labels; choose files that belong together")]
    CountsDiffer { images_file: String, images: u64, labels_file: String, labels: u64 },
    #[error("{file} holds images without their labels; drop the file of labels together with it")]
    LabelsMissing { file: String },
    #[error("{file} holds labels without their images; drop the file of images together with it")]
    ImagesMissing { file: String },
    #[error("the images of {file} are {found}, those of {first} {expected}; make them all of one size")]
    SizesDiffer { file: String, found: String, first: String, expected: String },
    #[error(
        "all {examples} training examples of {file} are of one class, {class}; there is nothing to tell apart, add another class"
    )]
    OneClass { file: String, class: String, examples: u64 },
    #[error("{file} lies in no folder that names its class; put the pictures of each class into a folder of its own")]
    NoClass { file: String },
    #[error("{first} and {second} are of different formats; drop one data set at a time")]
    MixedFormats { first: String, second: String },
    #[error(
        "{url} has the checksum {found} where {expected} was published; nothing was kept, do not trust that source"
    )]
    Checksum { url: String, expected: String, found: String },
    #[error(
        "the browser's storage has no room for {needed_bytes} bytes ({detail}); delete cached weights and try again"
    )]
    StorageFull { needed_bytes: u64, detail: String },
    #[error("there is no usable GPU here ({detail}); choose the CPU, or a browser with WebGPU")]
    NoGpu { detail: String },
    #[error("the GPU was lost ({detail}); run it again, a new device is made")]
    DeviceLost { detail: String },
    /// `available_bytes` is 0 where nobody says how many there are.
    #[error("{}; choose a smaller batch, a smaller network or another device", no_room(*needed_bytes, *available_bytes))]
    OutOfMemory { needed_bytes: u64, available_bytes: u64 },
    #[error("the network text, line {line}: {message}")]
    BadNetwork { line: u32, message: String },
    #[error(
        "a batch of {batch} is larger than the {examples} training examples that there are; choose a smaller batch"
    )]
    BatchTooLarge { batch: u32, examples: u32 },
    #[error(
        "there is no data set named {set}; known are {known}. Files that were dropped on an earlier visit must be dropped again"
    )]
    UnknownData { set: String, known: String },
    #[error("{detail}; nothing was changed")]
    BadSetup { detail: String },
    /// Shapes that do not fit together, a value that is missing: the network, the data or the settings ask for it.
    #[error("this cannot be computed: {detail}; change the network, the data or the settings. Nothing else was lost")]
    CannotCompute { detail: String },
    #[error("{file} carries a network that cannot be used here: {detail}; export it again, or use another file")]
    BadRun { file: String, detail: String },
    #[error(
        "the weights of {network} that come with this page could not be loaded ({detail}); check the connection and try again, or choose another network"
    )]
    NotShipped { network: String, detail: String },
    #[error("{file} is of a run with another {what}; choose its own, or another file")]
    OtherRun { file: String, what: String },
    #[error("there is no run to go on with; start one")]
    NoRun,
    #[error("the run in memory was made with another {what}; start anew to change that")]
    RunDiffers { what: String },
    #[error("{what} stopped being a number by step {step}; choose a lower learning rate or clip the gradient")]
    Diverged { step: u32, what: String },
    #[error("a part of Neocog could not be fetched; check the connection and try again")]
    PartMissing,
    #[error("cancelled")]
    Cancelled,
    #[error("the job could not be read: {detail}; the README shows the form of each job")]
    BadJob { detail: String },
    #[error("a fault in Neocog itself: {detail}; please report it, the page goes on")]
    Bug { detail: String },
}

fn no_room(needed_bytes: u64, available_bytes: u64) -> String {
    match available_bytes {
        0 => format!("there is no room for {needed_bytes} bytes, which are needed at once"),
        _ => format!("{needed_bytes} bytes are needed at once, and the device allows {available_bytes}"),
    }
}
