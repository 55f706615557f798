//! Where the pictures come from: the tray, or the examples of a data set.

use crate::data::Rgb;
use crate::data::dataset::Dataset;
use crate::lab::train::dataset_of;
use crate::lab::{Host, LabError};
use crate::protocol::{DataChoice, Excite};
use std::rc::Rc;

/// All are looked through in their order.
#[derive(Clone)]
pub enum PicturePool {
    Tray { ids: Vec<u32>, pictures: Vec<Rc<Rgb>> },
    Set { choice: DataChoice, data: Rc<Dataset> },
}

impl PicturePool {
    /// `known` is taken where it is still the same.
    pub(super) async fn of(job: &Excite, known: Option<&Self>, host: &impl Host) -> Result<Self, LabError> {
        let Some(choice) = &job.data else {
            let pictures = job.pictures.iter().map(|&id| host.picture(id)).collect::<Result<Vec<_>, _>>()?;
            ensure!(!pictures.is_empty(), "the tray is empty: there is no picture that could excite anything");
            return Ok(Self::Tray { ids: job.pictures.clone(), pictures });
        };
        let brought = host.examples();
        if let Some(Self::Set { choice: before, data }) = known {
            let is_brought = brought.as_ref().is_some_and(|brought| brought.name == choice.set);
            if before == choice && (!is_brought || brought.as_ref().is_some_and(|brought| Rc::ptr_eq(brought, data))) {
                return Ok(Self::Set { choice: choice.clone(), data: data.clone() });
            }
        }
        let data = dataset_of(choice, brought.as_ref(), host).await?;
        let is_seen = data.picture(0).is_some();
        ensure!(is_seen, "the set {} has points and no pictures; choose one with pictures", data.name);
        Ok(Self::Set { choice: choice.clone(), data })
    }

    /// Both have the same pictures in the same order.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tray { ids, .. }, Self::Tray { ids: others, .. }) => ids == others,
            (Self::Set { data, .. }, Self::Set { data: other, .. }) => Rc::ptr_eq(data, other),
            (Self::Tray { .. }, Self::Set { .. }) | (Self::Set { .. }, Self::Tray { .. }) => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Tray { pictures, .. } => pictures.len(),
            Self::Set { data, .. } => data.len(),
        }
    }

    pub(super) fn picture(&self, at: usize) -> Result<Rc<Rgb>, LabError> {
        let found = match self {
            Self::Tray { pictures, .. } => pictures.get(at).cloned(),
            Self::Set { data, .. } => data.picture(at).map(Rc::new),
        };
        found.ok_or_else(|| bad_setup!("there is no picture {at} among {}", self.len()))
    }

    /// The classes of the data, where there are such.
    pub(super) fn classes(&self) -> Option<&[String]> {
        match self {
            Self::Tray { .. } => None,
            Self::Set { data, .. } => Some(&data.classes),
        }
    }

    pub(super) fn label(&self, at: usize) -> Option<u32> {
        match self {
            Self::Tray { .. } => None,
            Self::Set { data, .. } => data.labels.get(at).copied(),
        }
    }
}
