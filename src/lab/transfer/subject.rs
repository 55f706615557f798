//! Pictures with the classes that a person gave them.

use super::duplicate::groups;
use super::store::KnownPicture;
use super::table::FeatureTable;
use super::validate::{possible_folds, stratified_folds};
use crate::data::preprocess::fitted;
use crate::data::{self, Rgb};
use crate::lab::LabError;
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
    /// Pictures that are nearly the same as another one.
    pub(super) near: usize,
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
        let digests: Vec<_> = self.pictures.iter().map(|picture| picture.digest.clone()).collect();
        let groups = groups(&digests);
        let folds = possible_folds(&self.classes, &self.labels, &groups)?;
        let fold = stratified_folds(&self.labels, &groups, folds, seed);
        let mut sizes = vec![0_usize; groups.len()];
        groups.iter().for_each(|&group| sizes[group] += 1);
        let near = sizes.iter().filter(|size| **size > 1).sum();
        Ok(FoldPlan { fold, folds, near })
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
