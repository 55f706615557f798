//! Errors of a spec as a person reads them: with the figures, and with advice.

use std::ops::Range;

/// A fault at its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct SpecError {
    /// From 1.
    pub line: usize,
    /// Characters of the line, from 0; the end is behind the last one.
    pub columns: Range<usize>,
    /// The statement as it was written, shortened.
    pub statement: String,
    /// What is wrong.
    pub fault: Fault,
}

impl std::fmt::Display for SpecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.statement.is_empty() {
            write!(f, "{}: ", self.statement)?;
        }
        write!(f, "{}", self.fault)
    }
}

impl std::error::Error for SpecError {}

/// An error.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what its fields are")]
pub enum Fault {
    #[error("there is no layer yet; write one per line, for example `linear classes`")]
    Empty,
    #[error("the text has {bytes} bytes, more than the {limit} that are read; use `repeat`")]
    TextTooLong { bytes: usize, limit: usize },
    #[error("no layer is called `{word}`; did you mean `{nearest}`?")]
    UnknownWord { word: String, nearest: &'static str },
    #[error("`{word}` means nothing here; the form is `{form}`{}", nearest.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    UnknownOption { word: String, form: &'static str, nearest: Option<&'static str> },
    #[error("it lacks {what}; the form is `{form}`")]
    Missing { what: &'static str, form: &'static str },
    #[error("`{word}` stands twice; keep one")]
    Twice { word: &'static str },
    #[error("{what} is `{got}` and must be {want}")]
    Value { what: &'static str, got: String, want: &'static str },
    #[error("a second `input`; keep one, before the first layer")]
    InputTwice,
    #[error("`input` must stand before the first layer")]
    InputLate,
    #[error("it wants {want} channels and the data's pictures have {got}; write `input {got}x…` or leave the line out")]
    InputChannels { want: usize, got: usize },
    #[error("`end` without a `residual` or `repeat` before it; remove it")]
    EndAlone,
    #[error("this block has no `end`; add one behind its last layer")]
    NoEnd,
    #[error("this block is empty; put layers between it and its `end`")]
    EmptyBlock,
    #[error("blocks within blocks, {depth} deep; at most {limit}")]
    TooDeep { depth: usize, limit: usize },
    #[error("{layers} layers with all repeats, more than the {limit} that are built; repeat less")]
    TooManyLayers { layers: usize, limit: usize },
    #[error(
        "the network would have {} parameters ({} for the weights alone), more than the limit of {}; use fewer channels or units, or pool before `linear`",
        count(*params), bytes(params.saturating_mul(4)), count(*limit)
    )]
    TooManyParameters { params: u128, limit: u128 },
    #[error(
        "it makes {} values per picture ({}), more than the limit of {}; use fewer channels, a stride or a pool before it",
        count(*values), bytes(values.saturating_mul(4)), count(*limit)
    )]
    TooManyValues { values: u128, limit: u128 },
    #[error(
        "training with batches of {batch} needs about {} and there are {}; use a smaller batch or a smaller network",
        bytes(*needed_bytes), bytes(*available_bytes)
    )]
    Memory { batch: usize, needed_bytes: u128, available_bytes: u128 },
    #[error("the kernel {}×{} is larger than the input {height}×{width}; pad it or use a smaller one", reach[0], reach[1])]
    Kernel { reach: [usize; 2], height: usize, width: usize },
    #[error("a padding of {pad} is more than half the window of {kernel}; pad by at most {}", kernel / 2)]
    PoolPadding { pad: usize, kernel: usize },
    #[error(
        "it works on pictures, and the layer before gives {values} values in a row; put it before `flatten`, `globalpool` and `linear`"
    )]
    NotAPicture { values: usize },
    #[error("{groups} groups do not divide {channels} channels {side}; use a divisor of both")]
    Groups { groups: usize, channels: usize, side: &'static str },
    #[error("it reads {reads} channels per group and there are {channels}; read fewer")]
    Reads { reads: usize, channels: usize },
    #[error("inside, {from} becomes {to}, and no shortcut leads there: {why}")]
    Shortcut { from: String, to: String, why: &'static str },
    #[error("the network gives {got} for each picture, and there are {classes} classes; end it with `linear classes`")]
    NotClasses { got: String, classes: usize },
}

/// 1 234 567, thousands apart.
fn count(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// In the unit that leaves few digits.
fn bytes(number: u128) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{number} bytes") } else { format!("{value:.1} {}", units[unit]) }
}
