//! Learning curves: how often a classifier on features, the network fine-tuned, and the same network from scratch are right about pictures
//! that none of them has learnt from, against the number of pictures of each class that they learn from.

use super::classifier::{ClassifierRule, FeatureClassifier};
use super::layer::feature_layer;
use super::model::TransferModel;
use super::store::FeatureStore;
use super::subject::LabelledPictures;
use super::tune::{FineTuning, TuneLog, TunePart, TuneStart, TuneSubject, TunedNetwork, asked};
use super::validate::HeldOut;
use crate::lab::device::MaybeGpu;
use crate::lab::table::FeatureTable;
use crate::lab::{LabError, Monitor};
use crate::protocol::{AccuracyShare, FineTune, LearningRow, TransferNews, TransferTask, TuneEpoch};
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
pub(super) struct CurveLearning<'a, 'k, M: Monitor> {
    pub(super) of: TuneSubject<'a>,
    pub(super) asked: &'a LabelledPictures,
    pub(super) model: &'a mut TransferModel,
    pub(super) store: &'a mut FeatureStore,
    pub(super) gpu: &'a MaybeGpu,
    pub(super) log: &'a TuneLog<'k>,
    pub(super) watch: &'a M,
}

impl<M: Monitor> CurveLearning<'_, '_, M> {
    /// A row for each number of pictures; `tell` hears of each and of each epoch. Also the network that was fine-tuned last.
    pub(super) async fn run(
        &mut self,
        tell: &mut dyn FnMut(TransferNews),
    ) -> Result<(Vec<LearningRow>, Option<TunedNetwork>), LabError> {
        let TuneSubject { learnt, sizes, compared, .. } = self.of;
        let (mut rows, mut last) = (Vec::new(), None);
        for (at, &each) in sizes.iter().enumerate() {
            let (row, tuned) = self.row(at, &learnt.some_of_each(each, compared.task.seed), tell).await?;
            tell(TransferNews::Learnt(row.clone()));
            rows.push(row);
            last = tuned;
        }
        Ok((rows, last))
    }

    /// What all make of these pictures; `at` is the number of the row. What was done before the run was stopped is not done again.
    async fn row(
        &mut self,
        at: usize,
        learnt: &LabelledPictures,
        tell: &mut dyn FnMut(TransferNews),
    ) -> Result<(LearningRow, Option<TunedNetwork>), LabError> {
        let TuneSubject { weights, compared: CurveTask { task, tune, scratch }, .. } = self.of;
        let mut hear = |epoch: &TuneEpoch| tell(TransferNews::Tuned(*epoch));
        let part = TunePart { row: at as u32, is_scratch: false };
        if let Some(row) = self.log.row(at) {
            let tuned = match tune {
                Some(settings) if self.log.has_tuned(at) => {
                    let from = TuneStart::of(weights, &learnt.classes)?;
                    Some(self.tuned(part, &from, settings, learnt, &mut hear).await?)
                }
                _ => None,
            };
            return Ok((row, tuned));
        }
        let (classes, rule) = (learnt.classes.len(), ClassifierRule::of(task)?);
        let layer = [feature_layer(weights.network(), task.layer.as_deref())?];
        let Self { model, store, asked, watch, .. } = &mut *self;
        let known = store.tables(model, weights, task.fit, &layer, &learnt.pictures, *watch).await?.remove(0);
        let new = store.tables(model, weights, task.fit, &layer, &asked.pictures, *watch).await?.remove(0);
        let fitted = rule.fit(&known, &learnt.labels, classes).await?;
        let classifier = share(&fitted.classifier, &new, asked);
        let raw = rule.fit(&learnt.raw()?, &learnt.labels, classes).await?;
        let raw = share(&raw.classifier, &asked.raw()?, asked);
        let mut row = LearningRow { each: learnt.least() as u32, classifier, raw, tuned: None, scratch: None };
        let Some(settings) = tune else { return Ok((row, None)) };
        if scratch {
            row.scratch = Some(self.of_scratch(at, settings, learnt).await?);
        }
        let from = TuneStart::of(weights, &learnt.classes)?;
        let tuned = self.tuned(part, &from, settings, learnt, &mut hear).await?;
        row.tuned = Some(self.measured(&tuned).await?);
        self.log.has_row(row.clone());
        Ok((row, Some(tuned)))
    }

    async fn of_scratch(
        &mut self,
        at: usize,
        settings: &FineTune,
        learnt: &LabelledPictures,
    ) -> Result<AccuracyShare, LabError> {
        if let Some(known) = self.log.scratch(at) {
            return Ok(known);
        }
        let from = TuneStart::scratch(self.of.weights.network(), &learnt.classes)?;
        let part = TunePart { row: at as u32, is_scratch: true };
        let tuned = self.tuned(part, &from, settings, learnt, &mut |_| {}).await?;
        let share = self.measured(&tuned).await?;
        self.log.has_scratch(at, share);
        Ok(share)
    }

    async fn tuned(
        &mut self,
        part: TunePart,
        start: &TuneStart,
        settings: &FineTune,
        learnt: &LabelledPictures,
        tell: &mut dyn FnMut(&TuneEpoch),
    ) -> Result<TunedNetwork, LabError> {
        let TransferTask { fit, seed, .. } = *self.of.compared.task;
        self.log.begin(part);
        let tuning = FineTuning { start, settings, subject: learnt, fit, seed };
        tuning.run(self.model.device(), self.gpu, self.watch, self.log, tell).await
    }

    async fn measured(&self, tuned: &TunedNetwork) -> Result<AccuracyShare, LabError> {
        let weights = Rc::new(tuned.weights.clone());
        let fit = self.of.compared.task.fit;
        Ok(asked(&weights, self.model.device(), self.asked, fit, self.watch).await?.share())
    }
}

fn share(classifier: &FeatureClassifier, table: &FeatureTable, asked: &LabelledPictures) -> AccuracyShare {
    let scores = table.iter().map(|row| classifier.scores(row)).collect();
    HeldOut { scores, labels: asked.labels.clone() }.share()
}
