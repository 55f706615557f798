//! Transfer: classes of a person's own, told apart by what a trained network makes of a few pictures (Donahue et al., "DeCAF", 2014;
//! Razavian et al., "CNN Features off-the-shelf", 2014).
//!
//! Invariants:
//! - Features are of a picture, a network's weights and a layer, and are computed once for them ([`FeatureStore`]),
//!   by an earlier visit too where the platform keeps files.
//! - What is said of accuracy is of pictures that the classifier has not learnt from; pictures that are nearly the same are on one side.
//! - Classifiers know rows of numbers, and neither pictures nor networks.

mod classes;
mod classifier;
mod curve;
mod duplicate;
mod earlier;
mod facts;
mod file;
mod layer;
mod learn;
mod logistic;
mod model;
mod novelty;
mod page;
mod project;
mod session;
mod store;
mod subject;
mod svm;
mod sweep;
mod tune;
mod validate;
mod whole;

pub use super::map::{FeatureMap, pca, tsne};
pub use classifier::{ClassifierRule, FeatureClassifier, Fitted, LinearRows, NearestNeighbours};
pub use curve::CurveTask;
pub use duplicate::{PictureDigest, groups};
pub use facts::transfer_facts;
pub use file::TransferFile;
pub use layer::{feature_layer, feature_layers};
pub use learn::TransferLearnt;
pub use logistic::{Logistic, LogisticFit};
pub(super) use model::pooled as pooled_layers;
pub use novelty::Novelty;
pub use session::TransferSession;
pub use store::{FeatureStore, KnownPicture};
pub use subject::LabelledPictures;
pub use svm::{HingeLoss, LinearSvm, Separation};
pub use tune::{FineTuning, KeepRun, TuneLog, TuneRun, TuneStart, TuneSubject, TunedNetwork};
pub use validate::{HeldOut, cross_validated, possible_folds, stratified_folds};

use super::FeatureTable;
use super::device::{Device, MaybeGpu, Model};
use super::{LabError, Monitor, Weights};
use crate::protocol::{
    AccuracyShare, BackendUsed, FeatureLayer, LearningRow, SweepRow, TransferNews, TransferTask, TuneEpoch, Why,
};
use curve::CurveLearning;
use learn::Learning;
use model::TransferModel;
use std::rc::Rc;

/// Labelled pictures, a network, and a device: what can be learnt from them. Features stay from question to question.
pub struct TransferBench {
    weights: Rc<Weights>,
    model: TransferModel,
    store: FeatureStore,
    used: BackendUsed,
}

impl TransferBench {
    /// # Errors
    /// Where the device refuses the network.
    pub async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let model = TransferModel::on(weights, device).await?;
        Ok(Self { weights: weights.clone(), model, store: FeatureStore::default(), used: device.used(Why::Chosen) })
    }

    fn learning<'a, M: Monitor>(
        &'a mut self,
        task: &'a TransferTask,
        subject: &'a LabelledPictures,
        watch: &'a M,
    ) -> Result<Learning<'a, M>, LabError> {
        let Self { weights, model, store, used } = self;
        Learning::new(task, subject, weights, model, store, used, watch)
    }

    /// A classifier, and how often it is right.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a task that makes no sense for the network, and of classes with too few pictures.
    pub async fn learn(
        &mut self,
        task: &TransferTask,
        subject: &LabelledPictures,
        watch: &impl Monitor,
    ) -> Result<TransferLearnt, LabError> {
        self.learning(task, subject, watch)?.learn().await
    }

    /// The same classifier on many layers; `tell` hears of each.
    ///
    /// # Errors
    /// As of [`Self::learn`].
    pub async fn sweep(
        &mut self,
        task: &TransferTask,
        subject: &LabelledPictures,
        watch: &impl Monitor,
        tell: &mut dyn FnMut(&SweepRow),
    ) -> Result<Vec<SweepRow>, LabError> {
        self.learning(task, subject, watch)?.sweep(tell).await
    }

    /// How many features of how many pictures are known: rows of all layers.
    pub fn known_rows(&self) -> usize {
        self.store.rows()
    }

    /// How often a classifier that has learnt from `learnt` is right about other pictures, and the same rule on their pixels.
    ///
    /// # Errors
    /// As of [`Self::learn`].
    pub async fn tested(
        &mut self,
        task: &TransferTask,
        learnt: &LabelledPictures,
        asked: &LabelledPictures,
        file: &TransferFile,
        watch: &impl Monitor,
    ) -> Result<(AccuracyShare, AccuracyShare), LabError> {
        let layer = feature_layer(self.weights.network(), Some(&file.layer))?;
        let table = self.features(task, &layer, &asked.pictures, watch).await?;
        let of = |classifier: &FeatureClassifier, table: &FeatureTable| {
            let scores = table.iter().map(|row| classifier.scores(row)).collect();
            HeldOut { scores, labels: asked.labels.clone() }.share()
        };
        let rule = ClassifierRule::of(task)?;
        let raw = rule.fit(&learnt.raw()?, &learnt.labels, learnt.classes.len()).await?;
        Ok((of(&file.classifier, &table), of(&raw.classifier, &asked.raw()?)))
    }

    /// What is compared learns from more and more pictures, and is asked about others; `tell` hears of each row and of each epoch of
    /// fine-tuning. `log` keeps the run. Also the network that was fine-tuned last.
    ///
    /// # Errors
    /// As of [`Self::learn`] and [`FineTuning::run`].
    pub async fn compared(
        &mut self,
        of: TuneSubject<'_>,
        asked: &LabelledPictures,
        gpu: &MaybeGpu,
        watch: &impl Monitor,
        log: &TuneLog<'_>,
        tell: &mut dyn FnMut(TransferNews),
    ) -> Result<(Vec<LearningRow>, Option<TunedNetwork>), LabError> {
        let Self { model, store, .. } = self;
        CurveLearning { of, asked, model, store, gpu, log, watch }.run(tell).await
    }

    /// The network with a last layer for these classes, fine-tuned on them.
    ///
    /// # Errors
    /// As of [`FineTuning::run`].
    pub async fn fine_tuned(
        &self,
        tuning: &FineTuning<'_>,
        gpu: &MaybeGpu,
        watch: &impl Monitor,
        log: &TuneLog<'_>,
        tell: &mut dyn FnMut(&TuneEpoch),
    ) -> Result<TunedNetwork, LabError> {
        tuning.run(self.model.device(), gpu, watch, log, tell).await
    }

    /// Features of pictures, row by row.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn features(
        &mut self,
        task: &TransferTask,
        layer: &FeatureLayer,
        pictures: &[KnownPicture],
        watch: &impl Monitor,
    ) -> Result<FeatureTable, LabError> {
        let Self { weights, model, store, .. } = self;
        let layers = std::slice::from_ref(layer);
        Ok(store.tables(model, weights, task.fit, layers, pictures, watch).await?.remove(0))
    }
}
