//! What can go wrong, as a person reads it: what failed, with which figures, what to do.
//!
//! Each failure is one row of a table: its name, its name in the protocol, its figures, and the English sentence, for the native
//! command and for scripts. The page has the same sentences in each of its languages, by the name in the protocol. A failure
//! crosses the edge as its number and its figures, so that no program carries code for each of them.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// One failure that ended one job. Nothing else is lost by it.
///
/// Each kind has a type of its name in [`trouble`](self), by which it is made: `BadSetup { detail }.into()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    kind: TroubleKind,
    /// In the order of [`TroubleKind::names`].
    figures: Vec<Figure>,
}

/// What a failure tells of: a count whose name ends in `bytes` is one of bytes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Figure {
    Text(String),
    Count(u64),
    Signed(i64),
    Shape(Vec<usize>),
}

macro_rules! troubles {
    ($($(#[$about:meta])* $name:ident $key:ident { $($figure:ident: $type:ty),* } $sentence:literal;)+) => {
        /// Which failure it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum TroubleKind {
            $($(#[$about])* $name),+
        }

        impl TroubleKind {
            pub const ALL: &'static [TroubleKind] = &[$(TroubleKind::$name),+];

            const NAMES: &'static [(&'static str, &'static [&'static str])] =
                &[$((stringify!($key), &[$(stringify!($figure)),*])),+];

            const SENTENCES: &'static [&'static str] = &[$($sentence),+];
        }

        $($(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $(pub $figure: $type),*
        }

        impl From<$name> for Trouble {
            fn from(trouble: $name) -> Self {
                let $name { $($figure),* } = trouble;
                Self { kind: TroubleKind::$name, figures: vec![$(Figure::from($figure)),*] }
            }
        })+

        /// For the page: an array of what the macro `$of` makes of each failure's name in the protocol, in their order.
        #[cfg(target_arch = "wasm32")]
        macro_rules! each_trouble {
            ($of:ident) => { [$($of!($key)),+] };
        }
        #[cfg(target_arch = "wasm32")]
        pub(crate) use each_trouble;
    };
}

troubles! {
    EmptyFile empty_file { file: String }
        "{file} is empty (0 bytes); choose a file with content";
    NotAPicture not_a_picture { file: String }
        "{file} is not a picture that can be read here; use PNG, JPEG, WebP, GIF or BMP";
    OtherPicture other_picture { file: String, format: String }
        "{file} is a picture in the format {format}, which cannot be read here; save it as PNG or JPEG first";
    OtherNetwork other_network { file: String, format: String }
        "{file} holds a network in the format {format}, no picture and no examples; networks are read from files named .safetensors, .onnx, .pth, .pt or .ckpt";
    OtherFile other_file { file: String, format: String }
        "{file} is a file of the format {format}, which is not used here; choose a picture (PNG, JPEG, WebP, GIF, BMP), a network (.safetensors, .onnx, .pth) or examples for training";
    Unreadable unreadable { file: String, detail: String }
        "{file} could not be read ({detail}); it may have been moved, changed, or be a folder: choose it again";
    DamagedPicture damaged_picture { file: String, detail: String }
        "{file} is damaged and could not be decoded ({detail}); try another copy of it";
    PictureTooLarge picture_too_large { file: String, width: u32, height: u32, limit_pixels: u64 }
        "{file} says that it is {width} × {height} pixels, more than the {limit_pixels} that are decoded here; make it smaller first";
    UnknownPicture unknown_picture { picture: u32 }
        "picture {picture} is not in the tray (any more); add it again";
    NotSafetensors not_safetensors { file: String, detail: String }
        "{file} is not a valid safetensors file: {detail}; export or download it again";
    Quantised quantised { file: String, tensor: String, dtype: String }
        "{file} holds {tensor} as {dtype}, a quantised type that does not become weights here; save the weights as F32, F16 or BF16";
    UnknownArchitecture unknown_architecture { file: String, tensors: u32, first: String }
        "{file} fits no network known here ({tensors} tensors, the first is {first}); see the list of networks";
    MissingTensor missing_tensor { file: String, network: String, tensor: String, expected: Vec<usize> }
        "{file} lacks the tensor {tensor} {expected} that {network} needs; use a complete checkpoint of {network}";
    WrongShape wrong_shape { file: String, network: String, tensor: String, expected: Vec<usize>, found: Vec<usize> }
        "{file}: tensor {tensor} has shape {found} where {network} needs {expected}; use a checkpoint of {network}";
    NotFinite not_finite { file: String, tensor: String, count: u64 }
        "{file}: tensor {tensor} holds {count} values that are not finite (NaN or infinity); use an intact checkpoint";
    UnknownNetwork unknown_network { network: String, known: String }
        "there is no network named {network}; known are {known}";
    WeightsMissing weights_missing { network: String }
        "there are no weights for {network} yet; drop a .safetensors or .pth file or download one from the list";
    Http http { url: String, status: u16 }
        "{url} answered with HTTP status {status}; check the address";
    Unreachable unreachable { url: String, detail: String }
        "{url} could not be fetched ({detail}); check the address and the connection, and whether that server allows other pages (CORS)";
    BrokenOff broken_off { url: String, got_bytes: u64, of_bytes: u64 }
        "the download of {url} broke off after {got_bytes} of {of_bytes} bytes; try again";
    TooLarge too_large { file: String, bytes: u64, limit_bytes: u64 }
        "{file} has {bytes} bytes, more than the limit of {limit_bytes}; use a smaller file";
    NotData not_data { file: String, known: String }
        "{file} is no data set that can be read here; known are {known}";
    DamagedData damaged_data { file: String, detail: String }
        "{file} cannot be read as data: {detail}; check how it was made, or get it again";
    CutOff cut_off { file: String, needed_bytes: u64, found_bytes: u64 }
        "{file} breaks off: it has {found_bytes} bytes where {needed_bytes} are needed; download or copy it again";
    NoExamples no_examples { file: String }
        "{file} holds no examples; choose one that does";
    BadLabel bad_label { file: String, example: u64, label: i64, classes: u64 }
        "{file}: example {example} (counted from 0) has the label {label} where there are {classes} classes, 0 the first; check its labels";
    CountsDiffer counts_differ { images_file: String, images: u64, labels_file: String, labels: u64 }
        "{images_file} holds {images} images and {labels_file} {labels} labels; choose files that belong together";
    LabelsMissing labels_missing { file: String }
        "{file} holds images without their labels; drop the file of labels together with it";
    ImagesMissing images_missing { file: String }
        "{file} holds labels without their images; drop the file of images together with it";
    SizesDiffer sizes_differ { file: String, found: String, first: String, expected: String }
        "the images of {file} are {found}, those of {first} {expected}; make them all of one size";
    OneClass one_class { file: String, class: String, examples: u64 }
        "all {examples} training examples of {file} are of one class, {class}; there is nothing to tell apart, add another class";
    OnlyPicture only_picture { file: String }
        "{file} is one picture, and nothing can be learnt from one alone; bring several, those of each class in a folder of its own";
    NoClass no_class { file: String }
        "{file} lies in no folder that names its class; put the pictures of each class into a folder of its own";
    MixedFormats mixed_formats { first: String, second: String }
        "{first} and {second} are of different formats; drop one data set at a time";
    Checksum checksum { url: String, expected: String, found: String }
        "{url} has the checksum {found} where {expected} was published; nothing was kept, do not trust that source";
    StorageFull storage_full { needed_bytes: u64, detail: String }
        "the browser's storage has no room for {needed_bytes} bytes ({detail}); delete cached weights and try again";
    NoGpu no_gpu { detail: String }
        "there is no usable GPU here ({detail}); choose the CPU, or a browser with WebGPU";
    DeviceLost device_lost { detail: String }
        "the GPU was lost ({detail}); run it again, a new device is made";
    OutOfMemory out_of_memory { needed_bytes: u64, available_bytes: u64 }
        "{needed_bytes} bytes are needed at once, and the device allows {available_bytes}; choose a smaller batch, a smaller network or another device";
    /// Nobody says how much room there is.
    NoRoom no_room { needed_bytes: u64 }
        "there is no room for {needed_bytes} bytes, which are needed at once; choose a smaller batch, a smaller network or another device";
    BadNetwork bad_network { line: u32, message: String }
        "the network text, line {line}: {message}";
    BatchTooLarge batch_too_large { batch: u32, examples: u32 }
        "a batch of {batch} is larger than the {examples} training examples that there are; choose a smaller batch";
    UnknownData unknown_data { set: String, known: String }
        "there is no data set named {set}; known are {known}. Files that were dropped on an earlier visit must be dropped again";
    BadSetup bad_setup { detail: String }
        "{detail}; nothing was changed";
    /// Shapes that do not fit together, a value that is missing: the network, the data or the settings ask for it.
    CannotCompute cannot_compute { detail: String }
        "this cannot be computed: {detail}; change the network, the data or the settings. Nothing else was lost";
    BadRun bad_run { file: String, detail: String }
        "{file} carries a network that cannot be used here: {detail}; export it again, or use another file";
    NotShipped not_shipped { network: String, detail: String }
        "the weights of {network} that come with this page could not be loaded ({detail}); check the connection and try again, or choose another network";
    OtherRun other_run { file: String, what: String }
        "{file} is of a run with another {what}; choose its own, or another file";
    NoRun no_run {}
        "there is no run to go on with; start one";
    RunDiffers run_differs { what: String }
        "the run in memory was made with another {what}; start anew to change that";
    Diverged diverged { step: u32, what: String }
        "{what} stopped being a number by step {step}; choose a lower learning rate or clip the gradient";
    PartMissing part_missing {}
        "a part of Neocog could not be fetched; check the connection and try again";
    Cancelled cancelled {}
        "cancelled";
    BadJob bad_job { detail: String }
        "the job could not be read: {detail}; the README shows the form of each job";
    Bug bug { detail: String }
        "a fault in Neocog itself: {detail}; please report it, the page goes on";
}

impl TroubleKind {
    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    /// Of its figures.
    pub fn names(self) -> &'static [&'static str] {
        Self::NAMES[self as usize].1
    }
}

impl Trouble {
    pub fn kind(&self) -> TroubleKind {
        self.kind
    }

    pub fn is(&self, kind: TroubleKind) -> bool {
        self.kind == kind
    }

    /// All figures with their names.
    pub fn figures(&self) -> impl Iterator<Item = (&'static str, &Figure)> {
        self.kind.names().iter().copied().zip(&self.figures)
    }

    /// Its figures alone, `url: status`.
    pub fn list(&self) -> String {
        self.figures.iter().map(Figure::to_string).collect::<Vec<_>>().join(": ")
    }

    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures().find(|(known, _)| *known == name).map(|(_, figure)| figure)
    }
}

/// In English.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pieces = TroubleKind::SENTENCES[self.kind as usize].split('{');
        f.write_str(pieces.next().unwrap_or_default())?;
        for piece in pieces {
            let (name, rest) = piece.split_once('}').unwrap_or(("", piece));
            if let Some(figure) = self.figure(name) {
                figure.fmt(f)?;
            }
            f.write_str(rest)?;
        }
        Ok(())
    }
}

impl std::error::Error for Trouble {}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Figure::Text(text) => f.write_str(text),
            Figure::Count(count) => count.fmt(f),
            Figure::Signed(number) => number.fmt(f),
            Figure::Shape(shape) => write!(f, "{shape:?}"),
        }
    }
}

impl From<String> for Figure {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Figure {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<u32> for Figure {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<u16> for Figure {
    fn from(count: u16) -> Self {
        Self::Count(count.into())
    }
}

impl From<i64> for Figure {
    fn from(number: i64) -> Self {
        Self::Signed(number)
    }
}

impl From<Vec<usize>> for Figure {
    fn from(shape: Vec<usize>) -> Self {
        Self::Shape(shape)
    }
}

/// For scripts `{"bad_setup": {"detail": …}}`, or `"no_run"` where there are no figures.
impl Serialize for Trouble {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return (self.kind as u8, &self.figures).serialize(serializer);
        }
        if self.figures.is_empty() {
            return serializer.serialize_str(self.kind.name());
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.kind.name(), &Named(self))?;
        map.end()
    }
}

struct Named<'a>(&'a Trouble);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.figures.len()))?;
        for (name, figure) in self.0.figures() {
            match figure {
                Figure::Text(text) => map.serialize_entry(name, text)?,
                Figure::Count(count) => map.serialize_entry(name, count)?,
                Figure::Signed(number) => map.serialize_entry(name, number)?,
                Figure::Shape(shape) => map.serialize_entry(name, shape)?,
            }
        }
        map.end()
    }
}

/// As it crosses the edge; nobody reads what scripts get.
impl<'de> Deserialize<'de> for Trouble {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (number, figures) = <(u8, Vec<Figure>)>::deserialize(deserializer)?;
        let kind = TroubleKind::ALL.get(usize::from(number)).copied();
        let kind = kind.filter(|kind| kind.names().len() == figures.len());
        Ok(Self { kind: kind.ok_or_else(|| D::Error::custom("a failure that is not known"))?, figures })
    }
}
