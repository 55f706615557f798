//! What a reader made of files that a person should know, though the examples can be used.

use std::fmt;

/// Of files that were left out, so many are named.
pub const MOST_NAMED: usize = 10;

/// One thing that a reader did.
#[derive(Clone, Debug, PartialEq)]
pub enum ReaderNote {
    /// Files that cannot be read; the first [`MOST_NAMED`] by name, natively with the reason.
    LeftOut { count: usize, first: Vec<String> },
    /// Pictures in a folder for a part, not in one of a class.
    Unlabelled { count: usize, folder: String },
    /// The same examples again, in another file.
    Repeated { file: String },
    /// Numbers of another range than that of pixels.
    Scaled { least: f64, greatest: f64 },
    /// Names that are not in UTF-8.
    Decoded { encoding: &'static str },
    /// Letters that are stored with rows and columns exchanged.
    Turned,
}

impl fmt::Display for ReaderNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut { count: 1, first } => {
                write!(f, "1 file cannot be read and is left out: {}", first.join(", "))
            }
            Self::LeftOut { count, first } => {
                let more = if *count > first.len() { ", …" } else { "" };
                write!(f, "{count} files cannot be read and are left out: {}{more}", first.join(", "))
            }
            Self::Unlabelled { count, folder } => {
                write!(f, "{count} pictures in {folder} lie in no folder of a class and are left out")
            }
            Self::Repeated { file } => write!(f, "{file} holds the same as another file and is read once"),
            Self::Scaled { least, greatest } => {
                write!(f, "the numbers go from {least} to {greatest}; they are scaled to pixels from 0 to 255")
            }
            Self::Decoded { encoding } => write!(f, "the names in the archive are read as {encoding}"),
            Self::Turned => write!(f, "the letters lie on their side, as EMNIST stores them, and are turned upright"),
        }
    }
}
