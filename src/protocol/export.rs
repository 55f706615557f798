//! Networks that go out: their weights, files for other programs, source for other libraries.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

choices! {
    /// What a network goes out as.
    pub enum ExportForm {
        /// Its weights, under the names that the network has for them.
        Safetensors,
        /// Graph and weights, for other programs.
        Onnx,
        /// Source for PyTorch, which runs with the weights.
        Pytorch,
        /// The same for candle.
        Candle,
    }
}

impl ExportForm {
    /// Of the names of such files.
    pub fn ending(self) -> &'static str {
        match self {
            ExportForm::Safetensors => "safetensors",
            ExportForm::Onnx => "onnx",
            ExportForm::Pytorch => "py",
            ExportForm::Candle => "rs",
        }
    }

    /// Whether it holds weights.
    pub fn has_weights(self) -> bool {
        match self {
            ExportForm::Safetensors | ExportForm::Onnx => true,
            ExportForm::Pytorch | ExportForm::Candle => false,
        }
    }
}

/// A file for the person's downloads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exported {
    pub name: String,
    pub bytes: ByteBuf,
}

impl Exported {
    /// What a file of source says.
    pub fn into_text(self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
