//! What can be wrong with a file or with numbers that come in.

/// One refusal, with the figures that explain it.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{file} is empty")]
    Empty { file: String },
    /// No known signature at the start of the file.
    #[error("{file} is not a picture of a known format")]
    NotAPicture { file: String },
    /// A picture, but of a format that this target does not decode.
    #[error("{file} is {format}, which is not decoded here")]
    Undecodable { file: String, format: &'static str },
    #[error("{file} is damaged: {detail}")]
    Damaged { file: String, detail: String },
    #[error("{file} says that it is {width} × {height} pixels, more than {limit_pixels}")]
    TooLarge { file: String, width: u32, height: u32, limit_pixels: u64 },
    /// A buffer that does not hold `width · height` pixels.
    #[error("{width} × {height} pixels need {expected} bytes, not {found}")]
    PixelBytes { width: u32, height: u32, expected: u64, found: u64 },
    #[error("a picture of {width} × {height} pixels has nothing to show")]
    NoPixels { width: u32, height: u32 },
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}
