//! Networks as source text for other libraries, from their outlines. Run with the network's own weights it gives the same logits.

mod candle;
mod lines;
mod pytorch;
mod script;
mod step;

pub use candle::to_candle;
pub use pytorch::to_pytorch;
pub use script::{ScriptStep, ScriptWork, to_script};

use super::Network;
use super::outline::{Outline, OutlineWork};
use crate::graph::Host;
use crate::nn::Normalise;

/// Why a network has no such text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("cannot be written as source: {0}")]
pub struct CodeError(pub(super) String);

fn refuse<T>(why: impl Into<String>) -> Result<T, CodeError> {
    Err(CodeError(why.into()))
}

fn outline_of(network: &Network) -> Result<Outline, CodeError> {
    let outline = Outline::of(network).map_err(|error| CodeError(error.to_string()))?;
    let pictures = outline.steps.iter().filter(|step| matches!(step.work, OutlineWork::Picture)).count();
    if pictures == 1 { Ok(outline) } else { refuse("its answer does not depend on the picture") }
}

/// How its pictures are prepared.
fn prepared(network: &Network) -> String {
    let Normalise { mean, std } = network.normalise;
    if network.normalise == Normalise::UNIT {
        return "The values of a picture go from 0 to 1.".to_owned();
    }
    let three = |of: [f32; 3]| of.map(|value| value.to_string()).join(", ");
    format!("The values of a picture, from 0 to 1, are normalised: less ({}), by ({}).", three(mean), three(std))
}

/// Known values of more elements are no text.
const LARGEST: usize = 1 << 14;

/// Known values as text wants them.
struct Known {
    dims: Vec<usize>,
    values: Vec<f64>,
    /// Indices.
    is_whole: bool,
}

impl Known {
    fn of(value: &Host) -> Result<Self, CodeError> {
        let failed = |error: candle_core::Error| CodeError(error.to_string());
        let flat = value.flatten_all().and_then(|flat| flat.to_dtype(candle_core::DType::F64)).map_err(failed)?;
        let values = flat.to_vec1::<f64>().map_err(failed)?;
        Ok(Self { dims: value.dims().to_vec(), values, is_whole: value.dtype() == candle_core::DType::U32 })
    }

    fn first(&self) -> f64 {
        self.values.first().copied().unwrap_or(0.0)
    }

    /// One number everywhere.
    fn is_full(&self) -> bool {
        !self.is_whole && self.values.iter().all(|&value| value == self.first())
    }

    /// Indices one after the other.
    fn counts(&self) -> bool {
        let counts = self.values.iter().enumerate().all(|(at, &value)| value == self.first() + at as f64);
        self.is_whole && self.dims.len() == 1 && counts
    }

    fn check(&self) -> Result<(), CodeError> {
        match self.values.len() {
            many if many > LARGEST => refuse(format!("it holds {many} known numbers that no file of weights has")),
            _ => Ok(()),
        }
    }
}
