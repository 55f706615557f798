//! A network each of whose layers is compressed as far as is said of it.

use super::CompressBench;
use super::channels::ScoredChannels;
use super::low_rank::{SplitLayer, split, split_layers};
use super::method::{Changed, bits_of};
use super::predict::{PredictedLayer, predictable, predicted};
use super::prune::kept;
use super::working::WorkingNetwork;
use crate::lab::{LabError, Monitor};
use crate::protocol::{CompressMethod, CompressTask};

/// What can be made of each layer by a method.
pub(super) struct LayerChanges {
    /// Of the layers that it can change.
    pub(super) names: Vec<String>,
    method: CompressMethod,
    /// Of low rank.
    splits: Vec<SplitLayer>,
    /// Of channels.
    channels: Option<ScoredChannels>,
}

impl LayerChanges {
    /// # Errors
    /// [`LabError::Setup`] of a network of which the method makes nothing.
    pub(super) async fn of(
        bench: &CompressBench,
        work: &WorkingNetwork,
        task: &CompressTask,
        watch: &impl Monitor,
    ) -> Result<Self, LabError> {
        let method = task.method;
        let channels = match method {
            CompressMethod::Channels => Some(ScoredChannels::of(work, task, bench, watch).await?),
            _ => None,
        };
        let splits = match method {
            CompressMethod::LowRank => split_layers(work, task.way, watch).await?,
            _ => Vec::new(),
        };
        let names = match method {
            CompressMethod::LowRank => splits.iter().map(|layer| layer.layer.name.clone()).collect(),
            // The last layer's are the classes.
            CompressMethod::Channels => channels.iter().flat_map(ScoredChannels::layers).collect(),
            CompressMethod::Predict => predictable(work)?.into_iter().map(|layer| layer.name).collect(),
            _ => work.layers().into_iter().map(|at| work.layer_name(at).to_owned()).collect(),
        };
        Ok(Self { names, method, splits, channels })
    }

    /// With so much of each layer left; all where nothing is said of it.
    ///
    /// # Errors
    /// None of layers of this network.
    pub(super) fn changed(
        &self,
        mut work: WorkingNetwork,
        task: &CompressTask,
        share: &dyn Fn(&str) -> Option<f64>,
    ) -> Result<Changed, LabError> {
        match self.method {
            CompressMethod::LowRank => {
                let choice = |layer: &SplitLayer| {
                    share(&layer.layer.name).filter(|share| *share < 1.0).and_then(|share| layer.within(share))
                };
                let choices: Vec<_> = self.splits.iter().map(choice).collect();
                let (work, splits) = split(&work, &self.splits, &choices)?;
                Ok(Changed { work, splits, narrowed: Vec::new() })
            }
            CompressMethod::Channels => {
                let Some(channels) = &self.channels else { return Ok(Changed::only(work)) };
                let (work, narrowed) = channels.narrowed(&work, &channels.by_layer(share))?;
                Ok(Changed { work, splits: Vec::new(), narrowed })
            }
            CompressMethod::Prune | CompressMethod::Share => {
                for at in work.layers() {
                    let Some(share) = share(work.layer_name(at)) else { continue };
                    let values = &mut work.tensors[at].values;
                    let stay = kept(&[values], share).remove(0);
                    values.iter_mut().zip(stay).filter(|(_, stays)| !stays).for_each(|(value, _)| *value = 0.0);
                }
                Ok(Changed::only(work))
            }
            CompressMethod::Predict => {
                let layers = predictable(&work)?.into_iter().filter_map(|layer| Some((share(&layer.name)?, layer)));
                let layers = layers.map(|(share, layer)| PredictedLayer::of(&work, &layer, share, task.seed));
                let (work, narrowed) = predicted(&work, &layers.collect::<Result<Vec<_>, _>>()?)?;
                Ok(Changed { work, splits: Vec::new(), narrowed })
            }
            CompressMethod::Int8 | CompressMethod::Int4 => Ok(Changed::only(work)),
        }
    }

    /// Writes the layers of which something is said as the file of the method has them.
    pub(super) fn pack(&self, work: &mut WorkingNetwork, task: &CompressTask, share: &dyn Fn(&str) -> Option<f64>) {
        for at in work.layers() {
            if let Some(share) = share(work.layer_name(at)) {
                super::method::pack(&mut work.tensors[at], self.method, bits_of(task, Some(share)));
            }
        }
    }
}
