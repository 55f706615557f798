//! What the file of an autoencoder says of it.

use super::AutoencoderShape;
use crate::graph::ShapeError;
use crate::lab::run::{RunCard, RunFile};
use crate::lab::trainer::NamedVariable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AutoencoderCard {
    pub shape: AutoencoderShape,
    /// The set that it learns.
    pub data: String,
}

pub type AutoencoderFile = RunFile<AutoencoderCard>;

impl RunCard for AutoencoderCard {
    const KEY: &'static str = "neocog.represent";
    const KIND: &'static str = "autoencoder";
    const WHAT: &'static str = "autoencoder";
    const NETWORK: &'static str = "the autoencoder";

    fn refusal(&self) -> Option<&'static str> {
        let AutoencoderShape { picture, code, .. } = self.shape;
        let is_sound = picture.iter().all(|side| (1..=4096).contains(side)) && code > 0 && code < self.shape.numbers();
        (!is_sound).then_some("it does not say which pictures and codes it has")
    }

    fn weights(&self) -> Result<Vec<NamedVariable>, ShapeError> {
        self.shape.weights()
    }
}
