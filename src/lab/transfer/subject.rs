//! Pictures with the classes that a person gave them.

use super::duplicate::groups_by;
use super::store::KnownPicture;
use super::validate::{possible_folds, stratified_folds};
use crate::data::preprocess::fitted;
use crate::data::{self, Rgb};
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::lab::table::FeatureTable;
use crate::nn::Resizing;
use std::rc::Rc;

/// Height and width of the pictures whose pixels are taken as they are.
const RAW_SIDE: usize = 32;

pub struct LabelledPictures {
    pub classes: Vec<String>,
    pub labels: Vec<u32>,
    pub pictures: Vec<KnownPicture>,
}

/// How they are split.
pub(super) struct FoldPlan {
    pub(super) fold: Vec<usize>,
    pub(super) folds: usize,
    /// Pictures that are nearly the same as another one, or frames of the same recording.
    pub(super) near: usize,
    /// Pictures that are nearly the same as one in another fold, of another recording.
    pub(super) across: usize,
}

impl LabelledPictures {
    /// # Errors
    /// [`LabError::Setup`] of fewer than two classes, two of one name, or a label that is of none.
    pub fn new(classes: Vec<String>, pictures: Vec<(Rc<Rgb>, u32)>) -> Result<Self, LabError> {
        let labels = pictures.iter().map(|(_, label)| *label).collect();
        let pictures = pictures.into_iter().map(|(picture, _)| KnownPicture::new(picture)).collect::<Result<_, _>>()?;
        Self::of(classes, labels, pictures)
    }

    /// The same of pictures that are known.
    pub(super) fn of(classes: Vec<String>, labels: Vec<u32>, pictures: Vec<KnownPicture>) -> Result<Self, LabError> {
        ensure!(classes.len() > 1, "there are {} classes; at least two can be told apart", classes.len());
        for (at, class) in classes.iter().enumerate() {
            ensure!(!classes[..at].contains(class), "two classes are called {class}; give each a name of its own");
        }
        let is_known = labels.iter().all(|&label| (label as usize) < classes.len());
        ensure!(is_known, "a picture is of a class that is not among the {}", classes.len());
        Ok(Self { classes, labels, pictures })
    }

    /// # Errors
    /// Where a class has too few pictures.
    pub(super) fn plan(&self, seed: u32) -> Result<FoldPlan, LabError> {
        let groups = self.groups();
        let folds = possible_folds(&self.classes, &self.labels, &groups)?;
        let fold = stratified_folds(&self.labels, &groups, folds, seed);
        let mut sizes = vec![0_usize; groups.len()];
        groups.iter().for_each(|&group| sizes[group] += 1);
        let near = sizes.iter().filter(|size| **size > 1).sum();
        let all = 0..self.pictures.len();
        let is_across = |at: &usize| all.clone().any(|of| fold[of] != fold[*at] && self.are_near(of, *at));
        Ok(FoldPlan { across: all.clone().filter(is_across).count(), fold, folds, near })
    }

    /// The same; where a class is one recording, nothing is held out: all pictures are in one fold.
    ///
    /// # Errors
    /// Where a class has too few pictures, and is no recording.
    pub(super) fn plan_or_one_fold(&self, seed: u32) -> Result<FoldPlan, LabError> {
        let groups = self.groups();
        let has_enough = |class: u32| {
            let of_class = || (0..self.labels.len()).filter(move |&at| self.labels[at] == class);
            of_class().filter(|&at| groups[at] == at).count() > 1
                || of_class().filter(|&at| self.pictures[at].burst.is_some()).count() > 1
        };
        match self.plan(seed) {
            Err(_) if (0..self.classes.len() as u32).all(has_enough) => {
                Ok(FoldPlan { fold: vec![0; self.labels.len()], folds: 1, near: self.labels.len(), across: 0 })
            }
            plan => plan,
        }
    }

    /// Of each picture the first one of those that are on one side of every split: those that are nearly the same, and frames of one
    /// recording. Where that leaves a class of several recordings with nothing to be asked about, because they show one still scene or that
    /// of another class, recordings are told apart as the person made them.
    fn groups(&self) -> Vec<usize> {
        let joined = self.joined(|_, _| true);
        if possible_folds(&self.classes, &self.labels, &joined).is_ok() {
            return joined;
        }
        let recorded = self.joined(|a, b| a.is_none() || b.is_none());
        if possible_folds(&self.classes, &self.labels, &recorded).is_ok() { recorded } else { joined }
    }

    /// Near pictures are joined where that is said of their recordings.
    fn joined(&self, are_joined: impl Fn(Option<u32>, Option<u32>) -> bool) -> Vec<usize> {
        groups_by(self.pictures.len(), |a, b| {
            let bursts = [a, b].map(|at| self.pictures[at].burst);
            let is_one = bursts[0].is_some() && bursts[0] == bursts[1];
            is_one || (are_joined(bursts[0], bursts[1]) && self.are_near(a, b))
        })
    }

    fn are_near(&self, a: usize, b: usize) -> bool {
        self.pictures[a].digest.is_near(&self.pictures[b].digest)
    }

    /// The pictures of all folds but the first, and those of the first.
    ///
    /// # Errors
    /// Where a class has too few pictures.
    pub(super) fn parted(&self, seed: u32) -> Result<(Self, Self), LabError> {
        let plan = self.plan(seed)?;
        let (asked, learnt): (Vec<usize>, Vec<usize>) = (0..self.labels.len()).partition(|&at| plan.fold[at] == 0);
        Ok((self.picked(&learnt), self.picked(&asked)))
    }

    /// How many pictures the class has that has the fewest.
    pub(super) fn least(&self) -> usize {
        let of = |class: u32| self.labels.iter().filter(|&&label| label == class).count();
        (0..self.classes.len() as u32).map(of).min().unwrap_or_default()
    }

    /// At most so many of each class. Of two numbers, the smaller one's pictures are among the larger one's.
    #[must_use]
    pub fn some_of_each(&self, most: usize, seed: u32) -> Self {
        self.picked(&self.places_of_each(most, seed))
    }

    /// Their places.
    pub(super) fn places_of_each(&self, most: usize, seed: u32) -> Vec<usize> {
        let mut dice = Dice::new(seed);
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        (1..order.len()).rev().for_each(|at| order.swap(at, dice.below(at + 1)));
        // Those that differ come first.
        let groups = self.groups();
        order.sort_by_key(|&at| groups[at] != at);
        let mut counts = vec![0; self.classes.len()];
        let mut is_taken = |at: &usize| {
            let count = &mut counts[self.labels[*at] as usize];
            *count += 1;
            *count <= most
        };
        order.retain(|at| is_taken(at));
        order.sort_unstable();
        order
    }

    /// These pictures.
    #[must_use]
    pub(super) fn picked(&self, places: &[usize]) -> Self {
        let labels = places.iter().map(|&at| self.labels[at]).collect();
        let pictures = places.iter().map(|&at| self.pictures[at].clone()).collect();
        Self { classes: self.classes.clone(), labels, pictures }
    }

    /// The pixels of each, 32 × 32 of them in three colours.
    pub fn raw(&self) -> Result<FeatureTable, LabError> {
        let rows = self.pictures.iter().map(|known| raw_row(&known.picture)).collect::<Result<Vec<_>, _>>()?;
        Ok(FeatureTable::from_rows(&rows))
    }
}

/// The pixels of a picture's middle, from 0 to 1.
pub(super) fn raw_row(picture: &Rgb) -> Result<Vec<f32>, LabError> {
    let small = fitted(picture, data::Fit::Crop, [RAW_SIDE; 2], Resizing::default())?;
    Ok(small.pixels().iter().map(|&byte| f32::from(byte) / 255.0).collect())
}
