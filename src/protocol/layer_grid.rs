//! A layer by its name and its size.

use serde::{Deserialize, Serialize};

/// A layer of a network that has channels, for one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerGrid {
    pub path: String,
    /// Channels, height, width.
    pub shape: [usize; 3],
}
