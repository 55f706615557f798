//! What the folders of pictures say: `class/…`, `train|val|test/class/…`, `class/images/…`; and a flat `test/` without classes.

use super::{part_of, split_path};
use crate::data::dataset::Part;
use std::collections::BTreeSet;

/// Folders that hold the pictures of the class above them.
const CONTAINERS: [&str; 8] = ["images", "image", "imgs", "img", "pictures", "photos", "jpegs", "data"];

/// What a picture's folders say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LabelPlace<'a> {
    Class {
        class: &'a str,
        part: Option<Part>,
    },
    /// In a folder for a part, beside others whose pictures have classes.
    Unlabelled {
        folder: &'a str,
    },
    /// In no folder.
    Loose,
}

/// In the order of these names.
pub(super) fn places<'a>(names: &[&'a str]) -> Vec<LabelPlace<'a>> {
    let plain: Vec<LabelPlace<'a>> = names.iter().map(|name| place(split_path(name).0)).collect();
    let within: Vec<LabelPlace<'a>> = names.iter().map(|name| place(without_container(split_path(name).0))).collect();
    // Folders called `images` may be of one class among others; they hold several only where that leaves classes.
    let mut places =
        if classes(&plain) < 2 && classes(&within) > classes(&plain) { within } else { mixed(plain, within) };
    // Beside `train/class/…` a folder `test` with pictures in it is a part and no class.
    let has_parts = places.iter().any(|place| matches!(place, LabelPlace::Class { part: Some(_), .. }));
    for place in &mut places {
        if let LabelPlace::Class { class, part: None } = *place
            && has_parts
            && is_part(class)
        {
            *place = LabelPlace::Unlabelled { folder: class };
        }
    }
    places
}

/// Of pictures in a folder called `images`, the class above it, where the same set has several such folders.
fn mixed<'a>(plain: Vec<LabelPlace<'a>>, within: Vec<LabelPlace<'a>>) -> Vec<LabelPlace<'a>> {
    let above: BTreeSet<&str> = plain
        .iter()
        .zip(&within)
        .filter(|(plain, within)| plain != within)
        .filter_map(|(_, within)| class_of(within))
        .collect();
    if above.len() < 2 { plain } else { within }
}

fn classes(places: &[LabelPlace<'_>]) -> usize {
    places.iter().filter_map(class_of).collect::<BTreeSet<_>>().len()
}

fn class_of<'a>(place: &LabelPlace<'a>) -> Option<&'a str> {
    match place {
        LabelPlace::Class { class, .. } => Some(class),
        LabelPlace::Unlabelled { .. } | LabelPlace::Loose => None,
    }
}

fn place(folders: &str) -> LabelPlace<'_> {
    let (above, class) = split_path(folders);
    if class.is_empty() {
        return LabelPlace::Loose;
    }
    // The nearest folder that says it.
    let part = above.rsplit('/').find_map(part_of);
    LabelPlace::Class { class, part }
}

fn without_container(folders: &str) -> &str {
    let (above, last) = split_path(folders);
    let is_container = CONTAINERS.iter().any(|name| last.eq_ignore_ascii_case(name));
    if is_container && !above.is_empty() { above } else { folders }
}

/// Whether a folder's whole name is that of a part, or of pictures to be classified.
fn is_part(folder: &str) -> bool {
    const PARTS: [&str; 11] = [
        "train",
        "training",
        "val",
        "valid",
        "validation",
        "test",
        "testing",
        "pred",
        "predict",
        "unlabeled",
        "unlabelled",
    ];
    PARTS.iter().any(|part| folder.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &[&'static str]) -> Vec<String> {
        places(names)
            .into_iter()
            .map(|place| match place {
                LabelPlace::Class { class, part } => match part {
                    None => class.to_owned(),
                    Some(part) => format!("{class} {part:?}"),
                },
                LabelPlace::Unlabelled { folder } => format!("({folder})"),
                LabelPlace::Loose => "-".to_owned(),
            })
            .collect()
    }

    #[test]
    fn folders_tell_class_and_part() {
        assert_eq!(told(&["cat/1.png", "dog/1.png", "2.png"]), ["cat", "dog", "-"]);
        assert_eq!(
            told(&["s/train/cat/1.png", "s/val/dog/1.png", "s/test/1.png"]),
            ["cat Train", "dog Validation", "(test)"]
        );
        assert_eq!(
            told(&["s/seg_train/seg_train/sea/1.png", "s/seg_test/seg_test/ice/1.png"]),
            ["sea Train", "ice Test"]
        );
        assert_eq!(told(&["t/train/n1/images/a.png", "t/train/n2/images/b.png"]), ["n1 Train", "n2 Train"]);
        assert_eq!(
            told(&["t/train/n1/images/a.png", "t/train/n2/images/b.png", "t/val/images/c.png"]),
            ["n1 Train", "n2 Train", "(val)"]
        );
        // A class may be called as a part or a container is.
        assert_eq!(told(&["v/train/1.png", "v/car/1.png", "v/images/1.png"]), ["train", "car", "images"]);
        assert_eq!(told(&["v/train/train/1.png", "v/train/car/1.png"]), ["train Train", "car Train"]);
    }
}
