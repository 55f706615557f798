//! Learning curves: how often a classifier on features, the network fine-tuned, and the same network from scratch are right about pictures
//! that none of them has learnt from, against the number of pictures of each class that they learn from.

use super::classifier::{ClassifierRule, FeatureClassifier};
use super::layer::feature_layer;
use super::model::TransferModel;
use super::store::FeatureStore;
use super::subject::LabelledPictures;
use super::tune::{FineTuning, TuneStart, TunedNetwork, asked};
use super::validate::HeldOut;
use crate::lab::device::{Device, MaybeGpu};
use crate::lab::table::FeatureTable;
use crate::lab::{LabError, Monitor, Weights};
use crate::protocol::{AccuracyShare, FineTune, LearningRow, TransferTask, TuneEpoch};
use std::rc::Rc;

/// What is compared.
#[derive(Clone, Copy)]
pub struct CurveTask<'a> {
    pub task: &'a TransferTask,
    /// Also the network fine-tuned.
    pub tune: Option<&'a FineTune>,
    /// Also the same network from scratch, with the same steps.
    pub scratch: bool,
}

/// What learns, and about which pictures all are asked.
pub(super) struct CurveLearning<'a, M: Monitor> {
    pub(super) compared: CurveTask<'a>,
    pub(super) weights: &'a Rc<Weights>,
    pub(super) model: &'a mut TransferModel,
    pub(super) store: &'a mut FeatureStore,
    pub(super) gpu: &'a MaybeGpu,
    pub(super) asked: &'a LabelledPictures,
    pub(super) watch: &'a M,
}

impl<M: Monitor> CurveLearning<'_, M> {
    /// What all make of these pictures.
    pub(super) async fn row(
        &mut self,
        learnt: &LabelledPictures,
        tell: &mut dyn FnMut(&TuneEpoch),
    ) -> Result<(LearningRow, Option<TunedNetwork>), LabError> {
        let CurveTask { task, tune, scratch } = self.compared;
        let (classes, rule) = (learnt.classes.len(), ClassifierRule::of(task)?);
        let layer = [feature_layer(self.weights.network(), task.layer.as_deref())?];
        let Self { weights, model, store, asked, watch, .. } = &mut *self;
        let known = store.tables(model, weights, task.fit, &layer, &learnt.pictures, *watch).await?.remove(0);
        let new = store.tables(model, weights, task.fit, &layer, &asked.pictures, *watch).await?.remove(0);
        let fitted = rule.fit(&known, &learnt.labels, classes).await?;
        let classifier = share(&fitted.classifier, &new, asked);
        let raw = rule.fit(&learnt.raw()?, &learnt.labels, classes).await?;
        let raw = share(&raw.classifier, &asked.raw()?, asked);
        let mut row = LearningRow { each: learnt.least() as u32, classifier, raw, tuned: None, scratch: None };
        let Some(settings) = tune else { return Ok((row, None)) };
        let from = TuneStart::of(self.weights, &learnt.classes)?;
        let (accuracy, tuned) = self.tuned(&from, settings, learnt, tell).await?;
        row.tuned = Some(accuracy);
        if scratch {
            let from = TuneStart::scratch(self.weights.network(), &learnt.classes)?;
            row.scratch = Some(self.tuned(&from, settings, learnt, &mut |_| {}).await?.0);
        }
        Ok((row, Some(tuned)))
    }

    async fn tuned(
        &mut self,
        start: &TuneStart,
        settings: &FineTune,
        learnt: &LabelledPictures,
        tell: &mut dyn FnMut(&TuneEpoch),
    ) -> Result<(AccuracyShare, TunedNetwork), LabError> {
        let TransferTask { fit, seed, .. } = *self.compared.task;
        let device: Device = self.model.device().clone();
        let tuning = FineTuning { start, settings, subject: learnt, fit, seed };
        let tuned = tuning.run(&device, self.gpu, self.watch, tell).await?;
        let weights = Rc::new(tuned.weights.clone());
        let held = asked(&weights, &device, self.asked, fit, self.watch).await?;
        Ok((held.share(), tuned))
    }
}

fn share(classifier: &FeatureClassifier, table: &FeatureTable, asked: &LabelledPictures) -> AccuracyShare {
    let scores = table.iter().map(|row| classifier.scores(row)).collect();
    HeldOut { scores, labels: asked.labels.clone() }.share()
}
