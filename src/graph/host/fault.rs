//! Why candle refused a tensor, in words.

/// A small replacement for candle's error. Only a bug of this program causes one: files and pictures are checked before they
/// become tensors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HostError(String);

impl From<candle_core::Error> for HostError {
    fn from(error: candle_core::Error) -> Self {
        Self(words(error))
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn words(error: candle_core::Error) -> String {
    error.to_string()
}

/// Without candle's own printing: that brings along the reading of stack traces, which a browser has none of, eleven
/// kilobytes of the first load.
#[cfg(target_arch = "wasm32")]
fn words(error: candle_core::Error) -> String {
    use candle_core::Error;
    match error {
        Error::Msg(words) => words,
        Error::WithBacktrace { inner, .. } | Error::WithPath { inner, .. } => words(*inner),
        Error::ShapeMismatchBinaryOp { lhs, rhs, op } => format!("{op} of {:?} and {:?}", lhs.dims(), rhs.dims()),
        Error::UnexpectedNumberOfDims { got, shape, .. } => {
            format!("{:?} where {got} dimensions are wanted", shape.dims())
        }
        Error::DTypeMismatchBinaryOp { lhs, rhs, op } => format!("{op} of {} and {}", lhs.as_str(), rhs.as_str()),
        _ => "an operation that candle refuses".to_owned(),
    }
}
