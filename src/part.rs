//! Parts of a program that are fetched when they are first needed.
//!
//! A binary names its parts with [`part!`](crate::part!); `.ci/parts` cuts its wasm there after linking: what only one part
//! needs goes into a file of its own, in the same memory. A part yields one value, a pointer to what it does.
//!
//! The binaries name them, not this library: each of both would carry the other's.

use crate::protocol::{Trouble, trouble};
use std::pin::Pin;

/// Fetches a part, unless it is there already; asked again after a failure, it tries again.
pub type Fetch<T> = fn() -> Pin<Box<dyn Future<Output = Result<T, Missing>>>>;

/// A part could not be fetched.
pub struct Missing;

impl From<wasm_split_helpers::SplitLoaderError> for Missing {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}

impl From<Missing> for Trouble {
    fn from(_: Missing) -> Self {
        trouble::PartMissing {}.into()
    }
}

/// `part!(name: Type = value)` makes an async function of that name, which fetches the part and gives its value.
#[macro_export]
macro_rules! part {
    ($name:ident: $type:ty = $value:expr) => {
        #[wasm_split_helpers::wasm_split($name, fallible)]
        fn $name() -> Result<$type, $crate::part::Missing> {
            Ok($value)
        }
    };
}
