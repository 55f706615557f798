//! A network that finds joints, and pictures that are at hand.

use super::by_features::{FeatureCascade, PoseFeatures};
use super::cascade::{CascadeFile, CascadeModel, judged_figures};
use super::found::{PoseInput, by_file, by_heat_maps, in_stages};
use super::heads::BroughtJoints;
use super::measure::JudgedPose;
use super::movenet::MoveNetModel;
use super::session::MEASURED_STREAM;
use crate::data::Rgb;
use crate::lab::device::{Device, Model};
use crate::lab::{LabError, Monitor, Weights};
use crate::models::POSE;
use crate::protocol::{FoundPose, Why};
use std::rc::Rc;

/// For pictures one after another.
pub struct PoseBench {
    network: Network,
    device: Device,
}

enum Network {
    Cascade(Box<CascadeModel>),
    Features(Box<(FeatureCascade, PoseFeatures)>),
    HeatMaps(Box<MoveNetModel>),
    File(Box<BroughtJoints>),
}

impl PoseBench {
    /// # Errors
    /// What the device refuses.
    pub async fn of_cascade(file: &CascadeFile, device: &Device) -> Result<Self, LabError> {
        let network = Network::Cascade(Box::new(CascadeModel::new(file, device).await?));
        Ok(Self { network, device: device.clone() })
    }

    pub fn of_features(cascade: FeatureCascade, eyes: PoseFeatures, device: &Device) -> Self {
        Self { network: Network::Features(Box::new((cascade, eyes))), device: device.clone() }
    }

    /// # Errors
    /// [`LabError::Setup`] of a network that finds no joints, and what the device refuses.
    pub async fn of_weights(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let network = match weights.network().id == POSE {
            true => Network::HeatMaps(Box::new(MoveNetModel::on(weights, device).await?)),
            false => Network::File(Box::new(BroughtJoints::on(weights, device).await?)),
        };
        Ok(Self { network, device: device.clone() })
    }

    /// # Errors
    /// What the device refuses.
    pub async fn run(&mut self, input: &PoseInput, watch: &impl Monitor) -> Result<FoundPose, LabError> {
        let used = self.device.used(Why::Chosen);
        match &mut self.network {
            Network::Cascade(model) => {
                in_stages(input, &used, watch, async |picture, frame| model.look(picture, frame, watch).await).await
            }
            Network::Features(both) => {
                let (cascade, eyes) = &mut **both;
                let look = async |picture: &Rgb, frame| cascade.look(picture, frame, eyes, watch).await;
                in_stages(input, &used, watch, look).await
            }
            Network::HeatMaps(model) => by_heat_maps(input, (model, &used), watch).await,
            Network::File(model) => by_file(input, (model, &used), watch).await,
        }
    }

    /// What the cascade says of so many figures that no cascade learns from; nothing of other networks.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn figures(&mut self, count: u32, watch: &impl Monitor) -> Result<Option<Vec<JudgedPose>>, LabError> {
        match &mut self.network {
            Network::Cascade(model) => {
                judged_figures(model, (MEASURED_STREAM, count), watch, async |_| Ok(())).await.map(Some)
            }
            Network::Features(_) | Network::HeatMaps(_) | Network::File(_) => Ok(None),
        }
    }
}
