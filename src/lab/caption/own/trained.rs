//! A decoder that has learnt, with the network that sees for it: from any picture to a sentence.

use crate::data::Rgb;
use crate::lab::caption::batch::PictureData;
use crate::lab::caption::compiled::CompiledCaptioner;
use crate::lab::caption::decode::decode;
use crate::lab::caption::kept::Captioner;
use crate::lab::device::Device;
use crate::lab::{Features, LabError, Weights};
use crate::models::show_and_tell::PictureInput;
use crate::protocol::Decode;
use std::rc::Rc;

/// Decoder and backbone on one device.
pub struct TrainedDecoder {
    captioner: Rc<Captioner>,
    backbone: Features,
    compiled: CompiledCaptioner,
}

impl TrainedDecoder {
    /// `weights` are those of the network that made the features from which the decoder learnt.
    ///
    /// # Errors
    /// [`LabError::Setup`] where it is another network, and what a device refuses.
    pub async fn new(captioner: &Rc<Captioner>, weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let (wanted, found) = (&captioner.backbone, &weights.network().id);
        let backbone = Features::new(weights, 1, device).await?;
        let is_same = wanted == found && captioner.net.input == (PictureInput::Features { count: backbone.count() });
        let seen = if wanted.is_empty() { "pictures themselves".to_owned() } else { format!("features of {wanted}") };
        ensure!(is_same, "the captioning network learnt from {seen}, not from features of {found}");
        Ok(Self { captioner: captioner.clone(), backbone, compiled: CompiledCaptioner::new(captioner, device)? })
    }

    pub fn is_lost(&self) -> bool {
        self.compiled.is_lost()
    }

    pub fn captioner(&self) -> &Rc<Captioner> {
        &self.captioner
    }

    /// The sentence, and its log-probability.
    pub async fn caption(&mut self, picture: &Rgb, how: Decode) -> Result<(String, f64), LabError> {
        let features = self.backbone.of(std::slice::from_ref(picture)).await?.remove(0);
        let decoded = decode(&mut self.compiled, &PictureData::Features(features), how).await?;
        Ok((self.captioner.vocabulary.sentence(&decoded.words), decoded.log_p))
    }
}
