//! Joints that people put right: kept, learnt from, written and read.

use super::cascade::PoseExample;
use super::joints::as_lsp;
use crate::data::keypoints::{AnnotatedPerson, keypoints_from, to_keypoints};
use crate::lab::LabError;
use crate::protocol::{CorrectedPose, DataFile, ImportPose, ImportedPose, Skeleton};
use std::rc::Rc;

/// A picture that was put right.
#[derive(Clone)]
pub(super) struct Corrected {
    /// Of the tray, else the number of a figure.
    pub(super) of: (Option<u32>, u32),
    skeleton: Skeleton,
    person: AnnotatedPerson,
    pub(super) example: PoseExample,
}

impl Corrected {
    /// # Errors
    /// [`LabError::Setup`] of another number of joints, a [`DataError`](crate::data::DataError) of one outside the picture.
    pub(super) fn of(pose: CorrectedPose, picture: Rc<crate::data::Rgb>) -> Result<Self, LabError> {
        let CorrectedPose { picture: id, figure, name, skeleton, joints } = pose;
        let names = names_of(skeleton);
        let (found, wanted) = (joints.len(), names.len());
        ensure!(found == wanted, "{found} joints were given, and {wanted} are wanted");
        ensure!(joints.iter().any(Option::is_some), "no joint is placed, so there is nothing to learn from");
        let size = [picture.width(), picture.height()];
        let person = AnnotatedPerson { file: name.clone(), size, names, joints };
        person.check(&name)?;
        let joints = as_lsp(&person.names, &person.joints);
        Ok(Self { of: (id, figure), skeleton, person, example: PoseExample { picture, joints } })
    }
}

fn names_of(skeleton: Skeleton) -> Vec<String> {
    skeleton.joints().iter().map(|name| (*name).to_owned()).collect()
}

/// COCO's JSON.
pub(super) fn exported_keypoints(all: &[Corrected]) -> String {
    to_keypoints(&all.iter().map(|one| one.person.clone()).collect::<Vec<_>>())
}

/// The people of a file whose pictures are in the tray.
///
/// # Errors
/// [`LabError::Setup`] of joints that are neither those of the Leeds Sports Pose set nor COCO's, and what the file is refused for.
pub(super) fn imported(file: ImportPose) -> Result<ImportedPose, LabError> {
    let ImportPose { file: DataFile { name, bytes }, pictures } = file;
    let text = String::from_utf8_lossy(&bytes);
    let mut made = ImportedPose { found: Vec::new(), elsewhere: 0 };
    for person in keypoints_from(&name, &text)? {
        let skeleton = Skeleton::ALL.into_iter().find(|skeleton| {
            let known = skeleton.joints();
            known.len() == person.names.len() && person.names.iter().all(|name| known.contains(&name.as_str()))
        });
        let count = person.names.len();
        let skeleton = skeleton.ok_or_else(|| {
            bad_setup!("{name} names {count} joints that are neither COCO's 17 nor the 14 of the Leeds Sports Pose set")
        })?;
        let joints = skeleton
            .joints()
            .iter()
            .map(|wanted| person.names.iter().position(|name| name == wanted).and_then(|at| person.joints[at]));
        let joints = joints.collect();
        let stem = |file: &str| file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned();
        let figure =
            person.file.strip_prefix("figure-").and_then(|rest| rest.strip_suffix(".png")?.parse::<u32>().ok());
        let picture = pictures.iter().find(|(_, known)| stem(known) == stem(&person.file)).map(|(id, _)| *id);
        if picture.is_none() && figure.is_none() {
            made.elsewhere += 1;
            continue;
        }
        let figure = figure.unwrap_or_default();
        made.found.push(CorrectedPose { picture, figure, name: person.file, skeleton, joints });
    }
    Ok(made)
}

/// In place of what was said of the same picture before.
pub(super) fn put(all: &mut Vec<Corrected>, one: Corrected) {
    let is_same = |other: &Corrected| other.of == one.of && other.skeleton == one.skeleton;
    match all.iter().position(is_same) {
        Some(at) => all[at] = one,
        None => all.push(one),
    }
}
