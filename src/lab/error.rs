//! Why a job fails, and what a person reads of it.

use crate::backend::{RunError, gpu::GpuError};
use crate::data::DataError;
use crate::data::foreign::Holds;
use crate::graph::{ShapeError, pass::PassError};
use crate::nn::checkpoint::CheckpointError;
use crate::protocol::{Trouble, TroubleKind, trouble};

/// [`LabError::Setup`] with this sentence.
macro_rules! bad_setup {
    ($($sentence:tt)*) => {
        $crate::lab::LabError::Setup { detail: format!($($sentence)*) }
    };
}

/// Ends the function with [`LabError::Setup`] and this sentence unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($sentence:tt)*) => {
        let holds: bool = $holds;
        if !holds {
            return Err(bad_setup!($($sentence)*));
        }
    };
}

impl From<candle_core::Error> for LabError {
    fn from(error: candle_core::Error) -> Self {
        Self::Run(error.into())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LabError {
    #[error(transparent)]
    Checkpoint(Box<CheckpointError>),
    #[error("{file} fits no network ({tensors} tensors, the first is {first})")]
    UnknownArchitecture { file: String, tensors: u32, first: String },
    #[error("{file} lacks {tensor} {expected:?} of {network}")]
    MissingTensor { file: String, network: String, tensor: String, expected: Vec<usize> },
    #[error("{file}: {tensor} has shape {found:?}, {network} wants {expected:?}")]
    WrongShape { file: String, network: String, tensor: String, expected: Vec<usize>, found: Vec<usize> },
    /// In the file itself, or, where `tensor` is `logits`, in what the network made of it.
    #[error("{file}: {tensor} holds {count} values that are not finite")]
    NotFinite { file: String, tensor: String, count: u64 },
    #[error("there is no network {network}")]
    UnknownNetwork { network: String },
    #[error("there are no weights for {network}")]
    WeightsMissing { network: String },
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error(transparent)]
    Pass(#[from] PassError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("network text, line {line}: {message}")]
    Network { line: u32, message: String },
    #[error("a batch of {batch} of {examples} examples")]
    Batch { batch: u32, examples: u32 },
    #[error("{detail}")]
    Setup { detail: String },
    #[error("{file} carries a network that cannot be used here: {detail}")]
    BadRun { file: String, detail: String },
    #[error("{file} is of a run with another {what}")]
    OtherRun { file: String, what: String },
    #[error("the run was made with another {what}")]
    RunDiffers { what: String },
    #[error("there is no run in memory")]
    NoRun,
    #[error("{what} is no number after step {step}")]
    NotFiniteRun { step: u32, what: String },
    #[error("no usable GPU: {detail}")]
    NoGpu { detail: String },
    #[error("cancelled")]
    Cancelled,
    /// What the session that the job runs in refused.
    #[error(transparent)]
    Host(Box<Trouble>),
}

impl From<Trouble> for LabError {
    fn from(trouble: Trouble) -> Self {
        match trouble.kind() {
            TroubleKind::Cancelled => Self::Cancelled,
            _ => Self::Host(Box::new(trouble)),
        }
    }
}

impl From<CheckpointError> for LabError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(Box::new(error))
    }
}

impl From<GpuError> for LabError {
    fn from(error: GpuError) -> Self {
        Self::Run(RunError::Gpu(error))
    }
}

impl LabError {
    /// A GPU refused it; the CPU may not.
    pub fn is_of_gpu(&self) -> bool {
        matches!(self, Self::Run(RunError::Gpu(_)))
    }

    /// The device is gone; a new one may work.
    pub fn is_device_lost(&self) -> bool {
        matches!(self, Self::Run(RunError::Gpu(GpuError::Lost { .. })))
    }
}

/// A match that turns each variant before the bar into one of [`Trouble`], of the same name unless another one is given, with
/// the same fields.
macro_rules! trouble_from {
    ($error:expr, $from:ident { $($name:ident $(=> $other:ident)? { $($field:ident),* })* | $($rest:tt)* }) => {
        match $error {
            $($from::$name { $($field),* } => trouble_from!(@ $name $($other)? { $($field),* }),)*
            $($rest)*
        }
    };
    (@ $name:ident { $($field:ident),* }) => { Trouble::from(trouble::$name { $($field),* }) };
    (@ $name:ident $other:ident { $($field:ident),* }) => { Trouble::from(trouble::$other { $($field),* }) };
}

impl From<LabError> for Trouble {
    fn from(error: LabError) -> Self {
        trouble_from!(error, LabError {
            UnknownArchitecture { file, tensors, first }
            MissingTensor { file, network, tensor, expected }
            WrongShape { file, network, tensor, expected, found }
            NotFinite { file, tensor, count }
            WeightsMissing { network }
            Network => BadNetwork { line, message }
            Batch => BatchTooLarge { batch, examples }
            Setup => BadSetup { detail }
            BadRun { file, detail }
            OtherRun { file, what }
            RunDiffers { what }
            NotFiniteRun => Diverged { step, what }
            NoGpu { detail }
            |
            LabError::Checkpoint(error) => trouble_from_checkpoint(*error),
            LabError::UnknownNetwork { network } => {
                trouble::UnknownNetwork { network, known: super::shipped::known_ids().join(", ") }.into()
            }
            LabError::Data(error) => trouble_from_data(error),
            LabError::Run(RunError::Gpu(error)) => trouble_from_gpu(error),
            LabError::NoRun => trouble::NoRun {}.into(),
            LabError::Cancelled => trouble::Cancelled {}.into(),
            LabError::Host(trouble) => *trouble,
            LabError::Run(RunError::NoMemory { needed_bytes }) => {
                trouble::NoRoom { needed_bytes }.into()
            }
            // A text, a file or a setting can ask for it, and no more is lost than this job.
            LabError::Shape(error) => cannot_compute(&error),
            LabError::Pass(error) => cannot_compute(&error),
            LabError::Run(error) => cannot_compute(&error),
        })
    }
}

/// In the error's own words, not in those of all of [`LabError`]: they would be in what everyone loads.
fn cannot_compute(error: &dyn std::fmt::Display) -> Trouble {
    trouble::CannotCompute { detail: error.to_string() }.into()
}

fn trouble_from_checkpoint(error: CheckpointError) -> Trouble {
    use CheckpointError as E;
    let words = error.to_string();
    let file = match error {
        E::Empty { file } => return trouble::EmptyFile { file }.into(),
        E::Unread { file, detail } => return trouble::Unreadable { file, detail }.into(),
        E::NotFloat { file, tensor, dtype } => {
            return trouble::Quantised { file, tensor, dtype: dtype.to_string() }.into();
        }
        E::NoHeaderLength { file, .. }
        | E::HeaderTooLong { file, .. }
        | E::HeaderPastEnd { file, .. }
        | E::BadJson { file, .. }
        | E::BadEntry { file, .. }
        | E::UnknownDtype { file, .. }
        | E::WrongLength { file, .. }
        | E::Overlap { file, .. }
        | E::Hole { file, .. }
        | E::Truncated { file, .. }
        | E::NoTensor { file, .. }
        | E::Tensor { file, .. }
        | E::Save { file, .. } => file,
    };
    // The sentence around it names the file already.
    let detail = match words.strip_prefix(&file) {
        Some(rest) if rest.starts_with(": ") => rest[2..].to_owned(),
        Some(rest) => format!("it{rest}"),
        None => words,
    };
    trouble::NotSafetensors { file, detail }.into()
}

fn trouble_from_data(error: DataError) -> Trouble {
    trouble_from!(error, DataError {
        Empty => EmptyFile { file }
        NotAPicture { file }
        Damaged => DamagedPicture { file, detail }
        TooLarge => PictureTooLarge { file, width, height, limit_pixels }
        Truncated => CutOff { file, needed_bytes, found_bytes }
        TooManyBytes => TooLarge { file, bytes, limit_bytes }
        NoExamples { file }
        BadLabel { file, example, label, classes }
        CountsDiffer { images_file, images, labels_file, labels }
        LabelsMissing { file }
        ImagesMissing { file }
        SizesDiffer { file, found, first, expected }
        OneClass { file, class, examples }
        OnlyPicture { file }
        NoClass { file }
        MixedFormats { first, second }
        UnknownSet => UnknownData { set, known }
        Unreadable { file, detail }
        |
        DataError::Foreign { file, format, holds } => trouble_from_foreign(file, format, holds),
        error @ (DataError::PixelBytes { .. } | DataError::NoPixels { .. }) => {
            trouble::BadJob { detail: error.to_string() }.into()
        }
        DataError::UnknownFormat { file, known } => trouble::NotData { file, known: known.to_owned() }.into(),
        DataError::Unexpected { file, offset, expected, found } => {
            let detail = format!("at byte {offset} {expected} was expected, not {found}");
            trouble::DamagedData { file, detail }.into()
        }
        DataError::NoMemory { bytes, .. } => trouble::NoRoom { needed_bytes: bytes }.into(),
        error @ DataError::Annotations { .. } => trouble::BadSetup { detail: error.to_string() }.into(),
        error @ (DataError::RowBytes { .. } | DataError::Tensor(_)) => {
            trouble::CannotCompute { detail: error.to_string() }.into()
        }
    })
}

fn trouble_from_foreign(file: String, format: &str, holds: Holds) -> Trouble {
    let format = format.to_owned();
    match holds {
        Holds::Picture => trouble::OtherPicture { file, format }.into(),
        Holds::Network => trouble::OtherNetwork { file, format }.into(),
        Holds::Other => trouble::OtherFile { file, format }.into(),
    }
}

fn trouble_from_gpu(error: GpuError) -> Trouble {
    match error {
        GpuError::Lost { detail } => trouble::DeviceLost { detail }.into(),
        GpuError::TooLarge { needed, limit, .. } => {
            trouble::OutOfMemory { needed_bytes: needed, available_bytes: limit }.into()
        }
        GpuError::OutOfMemory { needed, .. } => trouble::NoRoom { needed_bytes: needed }.into(),
        // Not a fault that ends the worker: the CPU still computes this.
        error @ (GpuError::NoAdapter { .. }
        | GpuError::NoDevice { .. }
        | GpuError::Kernel { .. }
        | GpuError::Refused { .. }
        | GpuError::Type { .. }) => trouble::NoGpu { detail: error.to_string() }.into(),
    }
}
