//! A network as far as a layer, and a classifier of its features behind it: one network, whose softmax is the classifier's probabilities.

use super::classifier::{FeatureClassifier, LinearRows};
use super::file::TransferFile;
use super::model::pooled;
use crate::graph::{Host, Tensor};
use crate::lab::export::stated;
use crate::lab::{LabError, Weights};
use crate::models::onnx::outline_to_onnx;
use crate::models::outline::Outline;
use crate::nn::{VarBuilder, linear};
use candle_core::Device;

/// Variables of the last layer are under it; no network has such a module.
const LAST: &str = "own_classes";

impl TransferFile {
    /// The network as far as the layer and the classifier behind it as one ONNX file, whose softmax is [`Self::probabilities`].
    ///
    /// # Errors
    /// [`LabError::Setup`] of nearest neighbours, and with a sentence on what such a file cannot say.
    pub fn to_onnx(&self, weights: &Weights) -> Result<Vec<u8>, LabError> {
        let (whole, network) = (WholeNetwork::new(weights, self)?, weights.network());
        let stated = stated(&network.normalise, Some(&self.classes))?;
        let (title, value) = (&network.title, |name: &str| whole.value(name));
        outline_to_onnx(&whole.outline()?, title, &value, stated).map_err(|error| bad_setup!("{title} {error}"))
    }
}

/// From pictures to a logit for each class.
pub(super) struct WholeNetwork<'a> {
    weights: &'a Weights,
    file: &'a TransferFile,
    rows: &'a LinearRows,
}

impl<'a> WholeNetwork<'a> {
    /// # Errors
    /// [`LabError::Setup`] of nearest neighbours, which are no layer.
    pub(super) fn new(weights: &'a Weights, file: &'a TransferFile) -> Result<Self, LabError> {
        match &file.classifier {
            FeatureClassifier::Linear(rows) => Ok(Self { weights, file, rows }),
            FeatureClassifier::Neighbours(_) => Err(bad_setup!(
                "nearest neighbours are no layer of a network; train a support vector machine, logistic regression or the nearest class mean"
            )),
        }
    }

    /// # Errors
    /// Where the layer is not the network's.
    pub(super) fn outline(&self) -> Result<Outline, LabError> {
        let network = self.weights.network();
        let found = Outline::of_pair(&self.logits(2)?, &self.logits(3)?);
        found.ok_or_else(|| bad_setup!("the graph of {} is another one for another number of pictures", network.title))
    }

    /// The value of a variable.
    pub(super) fn value(&self, name: &str) -> Option<Host> {
        // The classifier's scores are divided by its temperature before the softmax.
        let cold = |x: f64| (x / self.file.temperature) as f32;
        let LinearRows { weight, bias } = self.rows;
        match name.strip_prefix(LAST) {
            Some(".weight") => {
                let values = weight.iter().flatten().map(|&x| cold(x)).collect();
                Host::from_vec(values, (weight.len(), self.file.features()), &Device::Cpu).ok()
            }
            Some(_) => Host::from_vec(bias.iter().map(|&x| cold(x)).collect::<Vec<_>>(), bias.len(), &Device::Cpu).ok(),
            None => self.weights.value(name)?.host().ok(),
        }
    }

    /// `[batch, classes]`.
    fn logits(&self, batch: usize) -> Result<Tensor, LabError> {
        let layer = std::slice::from_ref(&self.file.layer);
        let features = pooled(self.weights.network(), layer, batch)?.remove(0);
        let vb = VarBuilder::new(features.graph()).pp(LAST);
        Ok(linear(self.file.features(), self.rows.weight.len(), vb)?.forward(&features)?)
    }
}
