//! How often a classifier is right about pictures that it has not learnt from: stratified cross-validation, with pictures that are
//! nearly the same on one side.

use super::classifier::ClassifierRule;
use crate::lab::calibration::Judged;
use crate::lab::dice::Dice;
use crate::lab::softmax::argmax;
use crate::lab::table::FeatureTable;
use crate::lab::{LabError, Monitor};
use crate::protocol::Stage;

/// More folds than so many cost more than they tell.
const MOST_FOLDS: usize = 5;

/// Of each picture the fold in which it is asked about. Every class is in as many folds as it has groups, at most in all; the pictures
/// of a group are in one.
pub fn stratified_folds(labels: &[u32], groups: &[usize], folds: usize, seed: u32) -> Vec<usize> {
    let mut dice = Dice::new(seed);
    let mut firsts: Vec<usize> = (0..labels.len()).filter(|&at| groups[at] == at).collect();
    (1..firsts.len()).rev().for_each(|at| firsts.swap(at, dice.below(at + 1)));
    firsts.sort_by_key(|&at| labels[at]);
    let mut fold = vec![0; labels.len()];
    // One class begins where the last one ended, so that folds are of one size.
    firsts.iter().enumerate().for_each(|(place, &at)| fold[at] = place % folds.max(1));
    groups.iter().map(|&group| fold[group]).collect()
}

/// The classes with their pictures, for so many folds as there can be.
///
/// # Errors
/// [`LabError::Setup`] where a class has fewer than two pictures that differ.
pub fn possible_folds(classes: &[String], labels: &[u32], groups: &[usize]) -> Result<usize, LabError> {
    let mut counts = vec![[0_usize; 2]; classes.len()];
    for (at, &label) in labels.iter().enumerate() {
        counts[label as usize][0] += 1;
        // A group that has pictures of several classes is of the first one's.
        counts[label as usize][1] += usize::from(groups[at] == at);
    }
    for (name, [pictures, differing]) in classes.iter().zip(&counts) {
        ensure!(*pictures > 0, "the class {name} has no picture; give it at least two, or take the class out");
        ensure!(
            *differing > 1,
            "the class {name} has {pictures} pictures, of which {differing} differ from others (frames of one recording are one); give it at least two that differ"
        );
    }
    let least = counts.iter().map(|[_, differing]| *differing).min().unwrap_or_default();
    Ok(least.min(MOST_FOLDS))
}

/// What was answered about pictures that were not learnt from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOut {
    /// Scores of each picture, row by row, in the order of the pictures.
    pub scores: Vec<Vec<f32>>,
    pub labels: Vec<u32>,
}

impl HeldOut {
    pub fn judged(&self) -> Judged {
        let mut judged = Judged::default();
        self.scores.iter().zip(&self.labels).for_each(|(scores, &label)| judged.add(scores, label));
        judged
    }

    pub fn answers(&self) -> impl Iterator<Item = u32> {
        self.scores.iter().map(|scores| argmax(scores) as u32)
    }

    pub fn right(&self) -> usize {
        self.answers().zip(&self.labels).filter(|(answer, label)| answer == *label).count()
    }

    pub fn accuracy(&self) -> f64 {
        self.right() as f64 / self.labels.len().max(1) as f64
    }

    /// Of each class's pictures, how many are taken for which: row by row.
    pub fn confusion(&self, classes: usize) -> Vec<Vec<u32>> {
        let mut counts = vec![vec![0; classes]; classes];
        self.answers().zip(&self.labels).for_each(|(answer, &label)| counts[label as usize][answer as usize] += 1);
        counts
    }
}

/// Every picture is asked about by a classifier that has learnt from the other folds.
///
/// # Errors
/// [`LabError::Cancelled`].
pub async fn cross_validated(
    rule: &ClassifierRule,
    table: &FeatureTable,
    labels: &[u32],
    classes: usize,
    folds: &[usize],
    watch: &impl Monitor,
) -> Result<HeldOut, LabError> {
    let mut scores = vec![Vec::new(); labels.len()];
    let of = folds.iter().max().map_or(0, |last| last + 1);
    for fold in 0..of {
        watch.step(Stage::Run, fold as u64, of as u64).await?;
        let (asked, learnt): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|&at| folds[at] == fold);
        let known: Vec<u32> = learnt.iter().map(|&at| labels[at]).collect();
        let fitted = rule.fit(&table.picked(&learnt), &known, classes).await?;
        for at in asked {
            scores[at] = fitted.classifier.scores(table.row(at));
        }
    }
    Ok(HeldOut { scores, labels: labels.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_even_and_groups_stay_together() {
        let labels: Vec<u32> = (0..60).map(|at| at / 20).collect();
        let groups: Vec<usize> = (0..60).map(|at| at / 2 * 2).collect();
        let folds = stratified_folds(&labels, &groups, 5, 7);
        for fold in 0..5 {
            for class in 0..3 {
                let count = (0..60).filter(|&at| folds[at] == fold && labels[at] == class).count();
                assert_eq!(count, 4, "fold {fold}, class {class}");
            }
        }
        assert!((0..60).all(|at| folds[at] == folds[groups[at]]));
        assert_ne!(folds, stratified_folds(&labels, &groups, 5, 8));
    }

    #[test]
    fn a_class_with_too_few_is_named_with_its_figures() {
        let classes = ["cup".to_owned(), "key".to_owned()];
        let said = |labels: &[u32], groups: &[usize]| possible_folds(&classes, labels, groups).unwrap_err().to_string();
        assert!(said(&[0, 0], &[0, 1]).contains("key has no picture"));
        assert!(said(&[0, 0, 1], &[0, 1, 2]).contains("key has 1 pictures, of which 1 differ"));
        assert!(said(&[0, 0, 1, 1], &[0, 1, 2, 2]).contains("key has 2 pictures, of which 1 differ"));
        assert_eq!(possible_folds(&classes, &[0, 0, 1, 1, 1], &[0, 1, 2, 3, 4]).unwrap(), 2);
    }
}
