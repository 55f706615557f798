//! Files of joints: COCO's keypoints (Lin et al. 2014), read and written, and the table in which the Leeds Sports Pose set lies here.
//!
//! In COCO's JSON a category names its keypoints, and each annotation has three numbers for each: across, down, and 0 where it is not
//! annotated, 1 hidden, 2 visible.

use super::DataError;
use super::boxes::bad;
use super::coco::{CocoCategory, CocoFile, CocoImage, unlisted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A person in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnotatedPerson {
    /// As the annotations name the picture; perhaps with a folder.
    pub file: String,
    /// Width and height of the picture in pixels.
    pub size: [u32; 2],
    /// Names of the joints.
    pub names: Vec<String>,
    /// Across and down in pixels; none of a joint that is not annotated.
    pub joints: Vec<Option<[f32; 2]>>,
}

#[derive(Serialize, Deserialize)]
struct Annotation {
    #[serde(default)]
    id: i64,
    image_id: i64,
    category_id: i64,
    #[serde(default)]
    keypoints: Vec<f32>,
    #[serde(default)]
    num_keypoints: u32,
    #[serde(default)]
    bbox: [f32; 4],
    #[serde(default)]
    area: f32,
    #[serde(default)]
    iscrowd: u8,
}

/// A joint beyond the edge by no more than this is of rounding, or of a person whom the edge cuts off.
const SLACK: f32 = 1.0;

impl AnnotatedPerson {
    /// # Errors
    /// [`DataError::Annotations`] of a joint outside the picture.
    pub fn check(&self, file: &str) -> Result<(), DataError> {
        let [width, height] = self.size;
        for (name, joint) in self.names.iter().zip(&self.joints) {
            let Some([x, y]) = *joint else { continue };
            let is_in = |at: f32, size: u32| at >= -SLACK && at <= size as f32 + SLACK;
            if !is_in(x, width) || !is_in(y, height) {
                let sentence = format!(
                    "the joint {name} of a person in {} lies at {x}, {y}, outside the picture of {width} × {height}",
                    self.file
                );
                return Err(bad(file, sentence));
            }
        }
        Ok(())
    }
}

/// # Errors
/// [`DataError::Annotations`] of what is no file of keypoints, and of joints outside their picture.
pub fn keypoints_from(file: &str, text: &str) -> Result<Vec<AnnotatedPerson>, DataError> {
    let CocoFile { images, categories, annotations } = CocoFile::<Annotation>::read(file, text, "keypoints")?;
    let names: BTreeMap<i64, Vec<String>> = categories.into_iter().map(|one| (one.id, one.keypoints)).collect();
    if names.values().all(Vec::is_empty) {
        return Err(bad(file, "none of its categories names keypoints: it is a file of boxes or captions"));
    }
    let images: BTreeMap<i64, CocoImage> = images.into_iter().map(|image| (image.id, image)).collect();
    let mut people = Vec::new();
    for (at, annotation) in annotations.into_iter().enumerate() {
        let Annotation { image_id, category_id, keypoints, iscrowd, .. } = annotation;
        let image = images.get(&image_id).ok_or_else(|| unlisted(file, at, "image", image_id))?;
        let names = names.get(&category_id).cloned();
        let names = names.ok_or_else(|| unlisted(file, at, "category", category_id))?;
        if keypoints.len() != 3 * names.len() {
            let (found, wanted) = (keypoints.len(), 3 * names.len());
            return Err(bad(
                file,
                format!("annotation {at} has {found} numbers of keypoints, and {wanted} are wanted"),
            ));
        }
        let joint = |three: &[f32]| (three[2] > 0.0).then_some([three[0], three[1]]);
        let joints: Vec<_> = keypoints.chunks_exact(3).map(joint).collect();
        let person =
            AnnotatedPerson { file: image.file_name.clone(), size: [image.width, image.height], names, joints };
        person.check(file)?;
        // A crowd is nobody, and of a person without a joint nothing is said.
        if iscrowd == 0 && person.joints.iter().any(Option::is_some) {
            people.push(person);
        }
    }
    Ok(people)
}

/// A category for each list of joints. Boxes are those around the joints.
pub fn to_keypoints(people: &[AnnotatedPerson]) -> String {
    let mut lists: Vec<&[String]> = Vec::new();
    let mut images: Vec<(&str, [u32; 2])> = Vec::new();
    let mut annotations = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let place_of_list = lists.iter().position(|names| *names == person.names.as_slice());
        let list = place_of_list.unwrap_or_else(|| {
            lists.push(&person.names);
            lists.len() - 1
        });
        let place_of_image = images.iter().position(|(file, _)| *file == person.file);
        let image = place_of_image.unwrap_or_else(|| {
            images.push((&person.file, person.size));
            images.len() - 1
        });
        let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for [x, y] in person.joints.iter().flatten().copied() {
            bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
        }
        let [left, top, right, bottom] = if bounds[0] <= bounds[2] { bounds } else { [0.0; 4] };
        annotations.push(Annotation {
            id: number as i64 + 1,
            image_id: image as i64 + 1,
            category_id: list as i64 + 1,
            keypoints: person.joints.iter().flat_map(|joint| joint.map_or([0.0; 3], |[x, y]| [x, y, 2.0])).collect(),
            num_keypoints: person.joints.iter().flatten().count() as u32,
            bbox: [left, top, right - left, bottom - top],
            area: (right - left) * (bottom - top),
            iscrowd: 0,
        });
    }
    let image = |(at, (file, [width, height])): (usize, &(&str, [u32; 2]))| CocoImage {
        id: at as i64 + 1,
        width: *width,
        height: *height,
        file_name: (*file).to_owned(),
    };
    let category = |(at, names): (usize, &&[String])| CocoCategory {
        id: at as i64 + 1,
        name: "person".to_owned(),
        keypoints: names.to_vec(),
    };
    let whole = CocoFile {
        images: images.iter().enumerate().map(image).collect(),
        categories: lists.iter().enumerate().map(category).collect(),
        annotations,
    };
    whole.text()
}

/// A table with tabs: `file`, `width`, `height`, `joint`, `x`, `y`, `annotated`, a line for each joint.
///
/// # Errors
/// [`DataError::Annotations`] of a line that is none, and of joints outside their picture.
pub fn joints_from(file: &str, text: &str) -> Result<Vec<AnnotatedPerson>, DataError> {
    let mut lines = text.lines();
    if lines.next().is_none_or(|head| !head.starts_with("file\twidth\theight\tjoint\tx\ty\tannotated")) {
        return Err(bad(file, "its first line does not name file, width, height, joint, x, y and annotated"));
    }
    let mut people: Vec<AnnotatedPerson> = Vec::new();
    for (number, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        let columns: Vec<&str> = line.split('\t').collect();
        let unreadable = || bad(file, format!("line {} is no joint: {line}", number + 2));
        let [picture, width, height, joint, x, y, annotated] = columns[..] else { return Err(unreadable()) };
        let number = |text: &str| text.parse::<f32>().ok().filter(|value| value.is_finite()).ok_or_else(unreadable);
        let size = [number(width)? as u32, number(height)? as u32];
        let place = [number(x)?, number(y)?];
        if people.last().is_none_or(|person| person.file != picture) {
            people.push(AnnotatedPerson { file: picture.to_owned(), size, names: Vec::new(), joints: Vec::new() });
        }
        if let Some(person) = people.last_mut() {
            person.names.push(joint.to_owned());
            person.joints.push((annotated == "1").then_some(place));
        }
    }
    Ok(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> Vec<AnnotatedPerson> {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let one = AnnotatedPerson {
            file: "a.jpg".to_owned(),
            size: [40, 30],
            names: names(&["left_wrist", "neck"]),
            joints: vec![Some([3.5, 4.0]), None],
        };
        let other = AnnotatedPerson { names: names(&["nose"]), joints: vec![Some([1.0, 29.0])], ..one.clone() };
        vec![one.clone(), other, AnnotatedPerson { file: "b.jpg".to_owned(), ..one }]
    }

    #[test]
    fn what_is_written_is_read_back() {
        let people = people();
        assert_eq!(keypoints_from("x", &to_keypoints(&people)).unwrap(), people);
    }

    #[test]
    fn other_files_are_refused_in_one_sentence() {
        let said = |text: &str| keypoints_from("x.json", text).unwrap_err().to_string();
        assert!(said("[1, 2]").contains("not COCO's JSON of keypoints"));
        let boxes = r#"{"images": [], "categories": [{"id": 1, "name": "cat"}], "annotations": []}"#;
        assert!(said(boxes).contains("boxes or captions"));
        let mut outside = people();
        outside[0].joints[0] = Some([400.0, 4.0]);
        assert!(said(&to_keypoints(&outside)).contains("outside the picture of 40 × 30"));
        let short = to_keypoints(&people()).replacen("3.5,4.0,2.0,", "", 1);
        assert!(said(&short).contains("annotation 0 has 3 numbers of keypoints, and 6 are wanted"), "{}", said(&short));
    }

    #[test]
    fn a_table_has_a_line_for_each_joint() {
        let head = "file\twidth\theight\tjoint\tx\ty\tannotated\n";
        let text = format!(
            "{head}a.jpg\t40\t30\tneck\t1.5\t2\t1\na.jpg\t40\t30\thead_top\t-1\t-1\t0\nb.jpg\t9\t9\tneck\t1\t1\t1\n"
        );
        let people = joints_from("x", &text).unwrap();
        assert_eq!((people.len(), people[0].names.len()), (2, 2));
        assert_eq!(people[0].joints, [Some([1.5, 2.0]), None]);
        assert!(joints_from("x", &format!("{head}a.jpg\t40\n")).unwrap_err().to_string().contains("line 2"));
        assert!(joints_from("x", "name\n").is_err());
    }
}
