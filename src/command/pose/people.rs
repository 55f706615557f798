//! People whose joints are known, in pictures of a folder.

use crate::command::Failure;
use crate::command::drive::read;
use crate::command::pictures::picture;
use crate::data::keypoints::{AnnotatedPerson, joints_from, keypoints_from};
use crate::lab::LabError;
use crate::lab::pose::{PoseExample, as_lsp};
use crate::lab::run::is_held_out;
use std::path::Path;
use std::rc::Rc;

/// All people of a file of joints, whose pictures lie in `pictures`, or beside it, or in `images` there.
pub(super) fn people_from(annotations: &Path, pictures: Option<&Path>) -> Result<Vec<PoseExample>, Failure> {
    let people = annotated(annotations)?;
    let beside = annotations.parent().unwrap_or(Path::new(""));
    let images = beside.join("images");
    let folder = pictures.unwrap_or(if images.is_dir() { &images } else { beside });
    people.iter().map(|person| example(person, folder)).collect()
}

/// Those that are learnt from, and every fifth, which is not.
pub(super) fn split(people: Vec<PoseExample>) -> Result<[Vec<PoseExample>; 2], Failure> {
    let count = people.len();
    let mut parts = [Vec::new(), Vec::new()];
    for (at, person) in people.into_iter().enumerate() {
        parts[usize::from(is_held_out(at))].push(person);
    }
    match parts[1].is_empty() {
        true => Err(Failure::Said(format!(
            "of {count} people none is held out, every fifth one; name a file of five or more"
        ))),
        false => Ok(parts),
    }
}

pub(super) fn annotated(path: &Path) -> Result<Vec<AnnotatedPerson>, Failure> {
    let shown = path.display().to_string();
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("json") => Ok(keypoints_from(&shown, &text).map_err(LabError::from)?),
        Some("tsv") => Ok(joints_from(&shown, &text).map_err(LabError::from)?),
        _ => Err(Failure::Said(format!("{shown} is no file of joints: COCO's JSON and a table (.tsv) are read"))),
    }
}

fn example(person: &AnnotatedPerson, folder: &Path) -> Result<PoseExample, Failure> {
    let picture = picture(&folder.join(&person.file))?;
    let size = [picture.width(), picture.height()];
    if size != person.size {
        let ([w, h], [width, height]) = (size, person.size);
        let sentence = format!(
            "{} is {w} × {h} pixels, and its joints are of a picture of {width} × {height}: they are of other pictures",
            person.file
        );
        return Err(Failure::Said(sentence));
    }
    let joints = as_lsp(&person.names, &person.joints);
    if joints.iter().all(Option::is_none) {
        let sentence = format!("of {} joints that {} names none is known here", person.names.len(), person.file);
        return Err(Failure::Said(sentence));
    }
    Ok(PoseExample { picture: Rc::new(picture), joints })
}
