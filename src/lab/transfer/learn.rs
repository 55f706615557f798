//! From pictures to a classifier: their features, what is answered about each by classifiers that have not learnt from it, and the
//! classifier that has learnt from all.

use super::classifier::ClassifierRule;
use super::file::TransferFile;
use super::layer::{feature_layer, feature_layers};
use super::model::TransferModel;
use super::novelty::Novelty;
use super::store::{FeatureStore, input_of};
use super::subject::{FoldPlan, LabelledPictures};
use super::validate::{HeldOut, cross_validated};
use crate::lab::softmax::softmax;
use crate::lab::table::FeatureTable;
use crate::lab::wilson::share_of;
use crate::lab::{LabError, Monitor, Weights};
use crate::protocol::{
    AccuracyShare, BackendUsed, ClassifierKind, FeatureLayer, Finding, HeldOutAnswer, TransferFound,
    TransferProblemFact, TransferTask,
};
use std::rc::Rc;

/// All that a question needs.
pub(super) struct Learning<'a, M: Monitor> {
    pub(super) task: &'a TransferTask,
    pub(super) subject: &'a LabelledPictures,
    pub(super) weights: &'a Rc<Weights>,
    pub(super) model: &'a mut TransferModel,
    pub(super) store: &'a mut FeatureStore,
    pub(super) used: &'a BackendUsed,
    pub(super) watch: &'a M,
    pub(super) plan: FoldPlan,
    pub(super) layer: FeatureLayer,
    rule: ClassifierRule,
}

/// What came of it.
pub struct TransferLearnt {
    pub found: TransferFound,
    pub file: TransferFile,
}

impl HeldOut {
    pub fn share(&self) -> AccuracyShare {
        share_of(self.right(), self.labels.len())
    }
}

impl<'a, M: Monitor> Learning<'a, M> {
    pub(super) fn new(
        task: &'a TransferTask,
        subject: &'a LabelledPictures,
        weights: &'a Rc<Weights>,
        model: &'a mut TransferModel,
        store: &'a mut FeatureStore,
        used: &'a BackendUsed,
        watch: &'a M,
    ) -> Result<Self, LabError> {
        let rule = ClassifierRule::of(task)?;
        let layer = feature_layer(weights.network(), task.layer.as_deref())?;
        let plan = subject.plan_or_one_fold(task.seed)?;
        Ok(Self { task, subject, weights, model, store, used, watch, plan, layer, rule })
    }

    /// Of these layers.
    pub(super) async fn tables(&mut self, layers: &[FeatureLayer]) -> Result<Vec<FeatureTable>, LabError> {
        let Self { task, subject, weights, watch, .. } = *self;
        self.store.tables(self.model, weights, task.fit, layers, &subject.pictures, watch).await
    }

    pub(super) async fn held_out(&self, table: &FeatureTable) -> Result<HeldOut, LabError> {
        let LabelledPictures { classes, labels, .. } = self.subject;
        cross_validated(&self.rule, table, labels, classes.len(), &self.plan.fold, self.watch).await
    }

    pub(super) async fn learn(&mut self) -> Result<TransferLearnt, LabError> {
        let start = self.watch.now_millis();
        let layer = self.layer.clone();
        let table = self.tables(std::slice::from_ref(&layer)).await?.remove(0);
        let ready = self.watch.now_millis();
        let LabelledPictures { classes, labels, .. } = self.subject;
        let is_measured = self.plan.folds > 1;
        let held = match is_measured {
            true => self.held_out(&table).await?,
            false => HeldOut::default(),
        };
        let fitted = self.rule.fit(&table, labels, classes.len()).await?;
        let done = self.watch.now_millis();
        let (raw, temperature) = match is_measured {
            true => (self.held_out(&self.subject.raw()?).await?.share(), held.judged().temperature()),
            false => (HeldOut::default().share(), 1.0),
        };
        let answers = held.answers().zip(&held.scores).enumerate().map(|(picture, (answer, scores))| {
            let probability = probabilities(scores, temperature)[answer as usize];
            HeldOutAnswer { picture: picture as u32, class: labels[picture], answer, probability }
        });
        let found = TransferFound {
            classes: classes.clone(),
            pictures: labels.len() as u32,
            layer,
            layers: feature_layers(self.weights.network())?,
            folds: self.plan.folds as u32,
            near: self.plan.near as u32,
            across: self.plan.across as u32,
            accuracy: held.share(),
            raw,
            confusion: held.confusion(classes.len()),
            answers: answers.collect(),
            temperature,
            findings: self.findings(&table, fitted.relative_gap).await?,
            features_ms: ready - start,
            classifiers_ms: done - ready,
            backend: self.used.clone(),
        };
        let file = TransferFile {
            network: self.weights.network().id.clone(),
            layer: found.layer.path.clone(),
            fit: self.task.fit,
            classes: found.classes.clone(),
            temperature,
            classifier: fitted.classifier,
            novelty: Some(Novelty::of(&table, &self.plan.fold)),
        };
        Ok(TransferLearnt { found, file })
    }

    async fn findings(
        &mut self,
        table: &FeatureTable,
        gap: Option<f64>,
    ) -> Result<Vec<Finding<TransferProblemFact>>, LabError> {
        const GAP: f64 = 1e-3;
        const FEATURES: f64 = 1e-3;
        debug_assert_eq!(gap.is_some(), self.rule.kind == ClassifierKind::Svm, "only a dual has a gap");
        let gap = gap.map(|gap| (TransferProblemFact::Gap, 0.0, gap, GAP));
        let first = self.subject.pictures.first();
        let features = match first {
            Some(known) => {
                let input = input_of(self.weights, &known.picture, self.task.fit)?;
                let plain = self.model.plain(&self.layer, &input).await?;
                let largest = plain.iter().fold(0.0_f64, |most, x| most.max(x.abs())).max(f64::MIN_POSITIVE);
                let apart = plain.iter().zip(table.row(0)).map(|(x, &y)| (x - f64::from(y)).abs()).fold(0.0, f64::max);
                Some((TransferProblemFact::Features, 0.0, apart / largest, FEATURES))
            }
            None => None,
        };
        Ok(self.model.device().findings(gap.into_iter().chain(features)))
    }
}

/// Of each class.
pub(super) fn probabilities(scores: &[f32], temperature: f64) -> Vec<f32> {
    let all = softmax(scores.iter().map(|&score| f64::from(score) / temperature));
    all.into_iter().map(|probability| probability as f32).collect()
}
