//! What people keep beside a file of weights: the names of its classes, and how pictures are prepared for it, as Hugging Face's
//! `config.json` and `preprocessor_config.json` and timm's `config.json` have them. What is none of these is left alone: any folder
//! may have a file of such a name.

use crate::data::text::text_from;
use crate::nn::checkpoint::FileBytes;
use crate::protocol::{Interpolation, Preprocess};
use serde_json::Value;

/// Reads a file that lies beside another one, by its name.
pub type Beside<'a> = &'a dyn Fn(&str) -> Option<FileBytes>;

/// Files of one name a line.
const LISTS: [&str; 6] =
    ["labels.txt", "classes.txt", "class_names.txt", "names.txt", "categories.txt", "imagenet_classes.txt"];

/// Files of JSON: a list, an object from numbers to names, or from names to numbers.
const OBJECTS: [&str; 7] = [
    "config.json",
    "labels.json",
    "classes.json",
    "class_indices.json",
    "class_names.json",
    "id2label.json",
    "class_to_idx.json",
];

/// Where in such an object the names are, where they are not all of it.
const KEYS: [&str; 6] = ["id2label", "label_names", "labels", "classes", "class_names", "label2id"];

/// A list of names that are not as many as the classes: the file, and how many it has.
pub(super) fn miscounted(classes: usize, beside: Beside<'_>) -> Option<(&'static str, usize)> {
    let count = |file: &&'static str| Some((*file, lines(&text(file, beside)?).len()));
    LISTS.iter().find_map(count).filter(|(_, names)| *names != classes)
}

/// The names of so many classes, from the first file that has them.
pub(super) fn labels(classes: usize, beside: Beside<'_>) -> Option<Vec<String>> {
    let listed = |file: &&str| {
        let names = lines(&text(file, beside)?);
        (names.len() == classes && classes > 0).then_some(names)
    };
    let keyed = |file: &&str| {
        let value = json(file, beside)?;
        let inner = [&value, &value["pretrained_cfg"]].map(|value| KEYS.map(|key| &value[key]));
        inner.iter().flatten().find_map(|value| names_in(value, classes)).or_else(|| names_in(&value, classes))
    };
    LISTS.iter().find_map(listed).or_else(|| OBJECTS.iter().find_map(keyed))
}

fn text(file: &str, beside: Beside<'_>) -> Option<String> {
    Some(text_from(&beside(file)?.whole().ok()?)?.into_owned())
}

/// One name a line; a line's own number before it is taken off.
fn lines(text: &str) -> Vec<String> {
    let names: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let unnumbered = |(at, line): (usize, &&'_ str)| {
        let rest = line.strip_prefix(&at.to_string())?;
        let name = rest.trim_start_matches([' ', '\t', ':', ',', '.', ';']);
        (name.len() < rest.len() && !name.is_empty()).then(|| name.to_owned())
    };
    let numbered: Option<Vec<String>> = names.iter().enumerate().map(unnumbered).collect();
    numbered.unwrap_or_else(|| names.into_iter().map(str::to_owned).collect())
}

/// From a list, an object from numbers to names, or one from names to numbers.
pub(super) fn names_in(value: &Value, classes: usize) -> Option<Vec<String>> {
    let count = value.as_array().map(Vec::len).or(value.as_object().map(serde_json::Map::len));
    if count != Some(classes) || classes == 0 {
        return None;
    }
    let mut names = vec![None; classes];
    let mut put = |at: Option<usize>, name: Option<&str>| {
        if let (Some(place), Some(name)) = (at.and_then(|at| names.get_mut(at)), name) {
            *place = Some(name.to_owned());
        }
    };
    match (value.as_array(), value.as_object()) {
        (Some(list), _) => list.iter().enumerate().for_each(|(at, name)| put(Some(at), name.as_str())),
        (_, Some(object)) => object.iter().for_each(|(key, value)| match value.as_u64() {
            Some(at) => put(usize::try_from(at).ok(), Some(key)),
            None => put(key.parse().ok(), value.as_str()),
        }),
        _ => {}
    }
    names.into_iter().collect()
}

/// How a publisher prepares pictures, as far as the files say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PublishedPreprocess {
    pub(super) by: Preprocess,
    /// Their proportions are given up; nothing is cut off.
    pub(super) is_squashed: bool,
}

/// Hugging Face's own file first.
pub(super) fn preprocess(beside: Beside<'_>) -> PublishedPreprocess {
    let theirs = json("preprocessor_config.json", beside).map(|value| of_transformers(&value));
    let timms = json("config.json", beside).map(|value| of_timm(&value));
    let (theirs, timms) = (theirs.unwrap_or_default(), timms.unwrap_or_default());
    // A mean without its deviation is of another range, and what is cut off is of a size.
    let values = if theirs.by.mean.is_some() || theirs.by.std.is_some() { &theirs.by } else { &timms.by };
    let sizes = if theirs.by.size.is_some() { &theirs } else { &timms };
    let by = Preprocess {
        mean: values.mean,
        std: values.std,
        size: sizes.by.size,
        shorter: sizes.by.shorter,
        interpolation: theirs.by.interpolation.or(timms.by.interpolation),
    };
    PublishedPreprocess { by, is_squashed: sizes.is_squashed }
}

/// `(value · rescale_factor - image_mean) / image_std`, after the size and a cut.
fn of_transformers(value: &Value) -> PublishedPreprocess {
    let is_on = |key: &str| value[key].as_bool().unwrap_or(true);
    let pixels = |value: &Value| value.as_u64().and_then(|side| u32::try_from(side).ok());
    let side = |value: &Value| {
        [value, &value["height"], &value["width"], &value["shortest_edge"]].into_iter().find_map(pixels)
    };
    let is_cut = is_on("do_center_crop") && !value["crop_size"].is_null();
    let scaled = side(&value["size"]);
    let share = value["crop_pct"].as_f64();
    let (size, shorter, is_squashed) = match (scaled, share) {
        _ if is_cut => (side(&value["crop_size"]), scaled, false),
        // ConvNeXt's: 384 pixels and more are not cut.
        (Some(size), Some(share)) if size < 384 => (scaled, shorter_of(size, share), false),
        (Some(_), _) => (scaled, scaled, share.is_some() || pixels(&value["size"]["shortest_edge"]).is_none()),
        (None, _) => (None, None, false),
    };
    let interpolation = match value["resample"].as_u64() {
        Some(2) => Some(Interpolation::Bilinear),
        Some(3) => Some(Interpolation::Bicubic),
        Some(_) | None => None,
    };
    let factor = match (is_on("do_rescale"), value["rescale_factor"].as_f64()) {
        (true, factor) => factor.unwrap_or(1.0 / 255.0),
        (false, _) => 1.0,
    };
    // In terms of values from 0 to 1.
    let scaled = |numbers: [f64; 3]| Some(numbers.map(|number| (number / (255.0 * factor)) as f32));
    let [mean, std] = match (is_on("do_normalize"), three(&value["image_mean"]), three(&value["image_std"])) {
        (true, Some(mean), Some(std)) => [mean, std].map(scaled),
        (true, ..) => [None; 2],
        (false, ..) => [[0.0; 3], [1.0; 3]].map(scaled),
    };
    PublishedPreprocess { by: Preprocess { mean, std, size, shorter, interpolation }, is_squashed }
}

/// `(value / 255 - mean) / std`.
fn of_timm(value: &Value) -> PublishedPreprocess {
    let about = if value["pretrained_cfg"].is_object() { &value["pretrained_cfg"] } else { value };
    let single = |numbers: [f64; 3]| numbers.map(|number| number as f32);
    let [mean, std] = match ["mean", "std"].map(|key| three(&about[key]).map(single)) {
        [Some(mean), Some(std)] => [Some(mean), Some(std)],
        _ => [None; 2],
    };
    let size = about["input_size"][1].as_u64().and_then(|side| u32::try_from(side).ok());
    let shorter = size.zip(about["crop_pct"].as_f64()).and_then(|(size, share)| shorter_of(size, share));
    let interpolation = match about["interpolation"].as_str() {
        Some("bilinear") => Some(Interpolation::Bilinear),
        Some("bicubic") => Some(Interpolation::Bicubic),
        Some(_) | None => None,
    };
    let is_squashed = about["crop_mode"].as_str() == Some("squash");
    PublishedPreprocess { by: Preprocess { mean, std, size, shorter, interpolation }, is_squashed }
}

/// To what the shorter side is scaled so that the size is this share of it; both libraries round down.
fn shorter_of(size: u32, share: f64) -> Option<u32> {
    (share > 0.0 && share <= 1.0).then(|| (f64::from(size) / share) as u32)
}

/// Three numbers, or one for all three channels.
fn three(value: &Value) -> Option<[f64; 3]> {
    let number = |value: &Value| value.as_f64().filter(|number| number.is_finite());
    match value.as_array().map(Vec::as_slice) {
        Some([all]) => number(all).map(|number| [number; 3]),
        Some([red, green, blue]) => Some([number(red)?, number(green)?, number(blue)?]),
        Some(_) => None,
        None => number(value).map(|number| [number; 3]),
    }
}

fn json(file: &str, beside: Beside<'_>) -> Option<Value> {
    serde_json::from_slice(&beside(file)?.whole().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(files: &[(&str, &str)]) -> impl Fn(&str) -> Option<FileBytes> {
        let files: Vec<(String, FileBytes)> =
            files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().into())).collect();
        move |wanted| files.iter().find(|(name, _)| name == wanted).map(|(_, bytes)| bytes.clone())
    }

    #[test]
    fn names_come_in_many_forms() {
        let wanted = Some(vec!["a cat".to_owned(), "a dog".to_owned()]);
        for (file, text) in [
            ("labels.txt", "a cat\r\na dog\r\n\r\n"),
            ("labels.txt", "\u{feff}a cat\na dog"),
            ("classes.txt", "0 a cat\n1 a dog"),
            ("classes.txt", "0: a cat\n1: a dog\n"),
            ("config.json", r#"{"id2label": {"0": "a cat", "1": "a dog"}, "label2id": {"a dog": 1, "a cat": 0}}"#),
            ("config.json", r#"{"label2id": {"a dog": 1, "a cat": 0}}"#),
            ("config.json", r#"{"pretrained_cfg": {"label_names": ["a cat", "a dog"]}}"#),
            ("class_indices.json", r#"{"0": "a cat", "1": "a dog"}"#),
            ("labels.json", r#"["a cat", "a dog"]"#),
            ("class_to_idx.json", r#"{"a dog": 1, "a cat": 0}"#),
        ] {
            assert_eq!(labels(2, &with(&[(file, text)])), wanted, "{file} {text}");
            assert_eq!(labels(3, &with(&[(file, text)])), None, "{file} {text}");
        }
        for text in ["", "[]", "{}", "{", "null", r#"{"id2label": {"0": "a", "2": "b"}}"#, r#"{"a": 0, "b": 0}"#] {
            assert_eq!(labels(2, &with(&[("config.json", text)])), None, "{text}");
        }
    }

    #[test]
    fn preprocessing_is_read_as_both_write_it() {
        let found = |file: &str, text: &str| preprocess(&with(&[(file, text)]));
        let theirs = |text: &str| found("preprocessor_config.json", text);
        let published = |mean: Option<[f32; 3]>, std: Option<[f32; 3]>, [size, shorter]: [u32; 2], interpolation| {
            let by = Preprocess { mean, std, size: Some(size), shorter: Some(shorter), interpolation };
            PublishedPreprocess { by, is_squashed: false }
        };
        let squashed = |of: PublishedPreprocess| PublishedPreprocess { is_squashed: true, ..of };
        let whole = theirs(
            r#"{"do_normalize": true, "do_rescale": true, "rescale_factor": 0.00392156862745098, "resample": 2,
            "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.25, 0.5], "size": {"height": 384, "width": 384}}"#,
        );
        let half = Some([0.5; 3]);
        let wanted = published(half, Some([0.5, 0.25, 0.5]), [384, 384], Some(Interpolation::Bilinear));
        assert_eq!(whole, squashed(wanted));
        // Values to ±1 by the factor alone, and the cut after the size.
        let signed = theirs(
            r#"{"do_normalize": false, "do_rescale": true, "rescale_factor": 0.00784313725490196, "resample": 3,
            "size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}}"#,
        );
        assert_eq!(signed, published(Some([0.0; 3]), half, [224, 256], Some(Interpolation::Bicubic)));
        let raw = theirs(
            r#"{"do_normalize": true, "do_rescale": false, "image_mean": 127.5, "image_std": [127.5], "size": 96}"#,
        );
        assert_eq!(raw, squashed(published(half, half, [96, 96], None)));
        // ConvNeXt's, by the share.
        let share = theirs(r#"{"crop_pct": 0.875, "size": {"shortest_edge": 224}, "resample": 3}"#);
        assert_eq!(share, published(None, None, [224, 256], Some(Interpolation::Bicubic)));
        let large = theirs(r#"{"crop_pct": 0.875, "size": {"shortest_edge": 384}, "resample": 3}"#);
        assert_eq!(large, squashed(published(None, None, [384, 384], Some(Interpolation::Bicubic))));
        let timm = |more: &str| {
            let text = format!(
                r#"{{"architecture": "resnet18", "pretrained_cfg": {{"input_size": [3, 288, 288], {more}
                "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "crop_pct": 0.95, "interpolation": "bicubic"}}}}"#
            );
            found("config.json", &text)
        };
        let usual = [Some([0.485, 0.456, 0.406]), Some([0.229, 0.224, 0.225])];
        let wanted = published(usual[0], usual[1], [288, 303], Some(Interpolation::Bicubic));
        assert_eq!(timm(r#""crop_mode": "center","#), wanted);
        assert_eq!(timm(r#""crop_mode": "squash","#), squashed(wanted));
        for text in ["[]", "{", r#"{"image_mean": [1, 2], "size": "large", "mean": "x", "crop_pct": 0, "resample": 9}"#]
        {
            let found = preprocess(&with(&[("config.json", text), ("preprocessor_config.json", text)]));
            assert_eq!(found, PublishedPreprocess::default(), "{text}");
        }
    }
}
