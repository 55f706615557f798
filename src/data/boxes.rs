//! Files of boxes: what is where in which picture. Read and written as PASCAL VOC (an XML file for each picture), COCO (one JSON file) and YOLO
//! (a text file for each picture); also read as a table with tabs.
//!
//! A box is left, top, right and bottom in pixels, from the left upper corner of the picture: the pixels 0 to 9 are a box from 0 to 10. VOC
//! counts pixels from 1 and includes the last one; COCO has the left upper corner, width and height; YOLO the middle, width and height as
//! shares of the picture.

mod coco;
mod table;
mod voc;
mod yolo;

pub use coco::{coco_from, to_coco};
pub use table::table_from;
pub use voc::{to_voc, voc_from};
pub use yolo::{to_yolo, yolo_from};

use super::DataError;

/// Files of classes beside YOLO's.
const CLASSES: [&str; 3] = ["classes.txt", "obj.names", "labels.txt"];

/// Whether a file of this name holds boxes, or names of classes.
pub fn is_annotation(name: &str) -> bool {
    is_classes(name) || ["json", "xml", "tsv", "txt"].contains(&ending(name).as_str())
}

fn is_classes(name: &str) -> bool {
    CLASSES.contains(&name.rsplit(['/', '\\']).next().unwrap_or(name))
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_ascii_lowercase())
}

/// Files of boxes together, each with its name and its text: COCO's JSON, VOC's XML, a table with tabs, or YOLO's texts with their classes.
/// `pictures` are the names of files of pictures with width and height; YOLO's boxes are shares of these.
///
/// # Errors
/// [`DataError::Annotations`], also of files of two kinds.
pub fn annotations_in(
    files: &[(String, String)],
    pictures: &[(String, [u32; 2])],
) -> Result<AnnotatedPictures, DataError> {
    let of =
        |wanted: &str| files.iter().filter(|(name, _)| ending(name) == wanted && !is_classes(name)).collect::<Vec<_>>();
    let [json, xml, tsv, txt] = ["json", "xml", "tsv", "txt"].map(of);
    let kinds = [&json, &xml, &tsv, &txt].into_iter().filter(|kind| !kind.is_empty()).count();
    let Some((first, _)) = files.first() else { return Err(bad("", "there is no file of boxes")) };
    if kinds > 1 {
        return Err(bad(first, "it comes with files of boxes of another kind; bring one kind at a time"));
    }
    match (&json[..], &tsv[..]) {
        ([(name, text)], _) => return coco_from(name, text),
        (_, [(name, text)]) => return table_from(name, text),
        ([], []) => {}
        _ => return Err(bad(first, "it is one of several files that list all pictures; bring one of them")),
    }
    if !xml.is_empty() {
        return voc_from(&xml.into_iter().cloned().collect::<Vec<_>>());
    }
    let Some((name, names)) = files.iter().find(|(name, _)| is_classes(name)) else {
        return Err(bad(
            first,
            "YOLO's boxes want the names of their classes beside them, in classes.txt, one on each line",
        ));
    };
    // A readme beside them is no file of boxes.
    let has_boxes =
        |text: &str| text.lines().all(|line| line.split_whitespace().all(|field| field.parse::<f32>().is_ok()));
    let texts: Vec<(String, String)> = txt.into_iter().filter(|(_, text)| has_boxes(text)).cloned().collect();
    yolo_from((name, names), &texts, pictures)
}

/// A box and what is in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnnotatedBox {
    /// Its place in [`AnnotatedPictures::classes`].
    pub class: u32,
    /// Left, top, right, bottom in pixels.
    pub corners: [f32; 4],
}

/// A picture by its file, and its boxes.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnotatedPicture {
    /// As the annotations have it; perhaps with a folder.
    pub file: String,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// None of them is empty or reaches beyond the picture by more than a pixel.
    pub boxes: Vec<AnnotatedBox>,
}

/// All pictures of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnnotatedPictures {
    /// In the order of the file, else as they are met.
    pub classes: Vec<String>,
    /// Those without a box too.
    pub pictures: Vec<AnnotatedPicture>,
}

/// Corners beyond the picture by no more than this are of rounding, and moved to its edge.
const SLACK: f32 = 1.0;

impl AnnotatedPictures {
    /// The number of a class, which becomes a new one where no other has its name.
    fn class_of(&mut self, name: &str) -> u32 {
        let at = self.classes.iter().position(|known| known == name).unwrap_or_else(|| {
            self.classes.push(name.to_owned());
            self.classes.len() - 1
        });
        at as u32
    }
}

impl AnnotatedPicture {
    /// Takes a box of this picture.
    ///
    /// # Errors
    /// [`DataError::Annotations`] of one that is empty, no numbers, or beyond the picture.
    fn put(&mut self, file: &str, class: u32, corners: [f32; 4]) -> Result<(), DataError> {
        let [left, top, right, bottom] = corners;
        let [width, height] = self.size.map(|side| side as f32);
        let bad = |what: &str| {
            let picture = &self.file;
            let detail = format!(
                "the box {left} {top} {right} {bottom} of {picture}, {width} × {height} pixels, {what}; correct it, or take it out"
            );
            Err(DataError::Annotations { file: file.to_owned(), detail })
        };
        if corners.iter().any(|at| !at.is_finite()) {
            return bad("is of no numbers");
        }
        if left >= right || top >= bottom {
            return bad("is empty");
        }
        if left < -SLACK || top < -SLACK || right > width + SLACK || bottom > height + SLACK {
            return bad("reaches beyond the picture");
        }
        let corners = [left.max(0.0), top.max(0.0), right.min(width), bottom.min(height)];
        self.boxes.push(AnnotatedBox { class, corners });
        Ok(())
    }
}

pub(super) fn bad(file: &str, detail: impl Into<String>) -> DataError {
    DataError::Annotations { file: file.to_owned(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> AnnotatedPictures {
        let one = |class, corners| AnnotatedBox { class, corners };
        let picture =
            |file: &str, boxes: Vec<AnnotatedBox>| AnnotatedPicture { file: file.to_owned(), size: [320, 200], boxes };
        AnnotatedPictures {
            classes: vec!["red & <round>".to_owned(), "blue".to_owned()],
            pictures: vec![
                picture("one.jpg", vec![one(0, [0.0, 0.0, 320.0, 200.0]), one(1, [10.0, 20.0, 43.0, 61.0])]),
                picture("none.jpg", vec![]),
                picture("two.jpg", vec![one(1, [100.0, 50.0, 101.0, 51.0])]),
            ],
        }
    }

    fn near(a: &AnnotatedPictures, b: &AnnotatedPictures) -> bool {
        let same = |a: &AnnotatedBox, b: &AnnotatedBox| {
            a.class == b.class && a.corners.iter().zip(b.corners).all(|(a, b)| (a - b).abs() < 0.01)
        };
        a.classes == b.classes
            && a.pictures.len() == b.pictures.len()
            && a.pictures.iter().zip(&b.pictures).all(|(a, b)| {
                (&a.file, a.size, a.boxes.len()) == (&b.file, b.size, b.boxes.len())
                    && a.boxes.iter().zip(&b.boxes).all(|(a, b)| same(a, b))
            })
    }

    #[test]
    fn what_is_written_is_read_back() {
        let set = set();
        assert!(near(&coco_from("all.json", &to_coco(&set)).unwrap(), &set));
        let voc: Vec<(String, String)> = to_voc(&set);
        assert_eq!(voc[0].0, "one.xml");
        assert!(voc[0].1.contains("<xmin>11</xmin>") && voc[0].1.contains("<xmax>43</xmax>"), "{}", voc[0].1);
        assert!(near(&voc_from(&voc).unwrap(), &set));
        let (names, files) = to_yolo(&set);
        assert_eq!((names.as_str(), files[0].0.as_str()), ("red & <round>\nblue\n", "one.txt"));
        let pictures: Vec<(String, [u32; 2])> = set.pictures.iter().map(|p| (p.file.clone(), p.size)).collect();
        assert!(near(&yolo_from(("classes.txt", &names), &files, &pictures).unwrap(), &set));
    }

    #[test]
    fn coco_is_read_as_published() {
        let text = r#"{"info": {}, "images": [{"id": 7, "width": 100, "height": 50, "file_name": "a.jpg"}],
            "categories": [{"id": 90, "name": "toothbrush"}, {"id": 3, "name": "car", "supercategory": "vehicle"}],
            "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 20, 30.5, 10], "iscrowd": 0, "area": 5},
                {"id": 2, "image_id": 7, "category_id": 90, "bbox": [0, 0, 100, 50], "iscrowd": 1, "segmentation": {}}]}"#;
        let found = coco_from("a.json", text).unwrap();
        assert_eq!(found.classes, ["toothbrush", "car"]);
        // A crowd is no thing.
        assert_eq!(found.pictures[0].boxes, [AnnotatedBox { class: 1, corners: [10.0, 20.0, 40.5, 30.0] }]);
    }

    #[test]
    fn a_voc_file_may_have_parts_and_comments() {
        let text = "<?xml version='1.0'?><!-- by hand --><annotation><filename>x.png</filename><size><width>50</width>\
            <height>40</height><depth>3</depth></size><object><name> person </name><part><name>head</name><bndbox><xmin>1</xmin>\
            <ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></part><bndbox><ymin>3</ymin><xmin>2</xmin><xmax>11.0</xmax>\
            <ymax>12</ymax></bndbox></object></annotation>";
        let found = voc_from(&[("x.xml".to_owned(), text.to_owned())]).unwrap();
        assert_eq!(found.classes, ["person"]);
        assert_eq!(found.pictures[0].boxes[0].corners, [1.0, 2.0, 11.0, 12.0]);
        assert_eq!((found.pictures[0].file.as_str(), found.pictures[0].size), ("x.png", [50, 40]));
    }

    #[test]
    fn tables_have_a_line_for_each_box() {
        let text = "file\twidth\theight\tclass\txmin\tymin\txmax\tymax\na.jpg\t30\t20\tcell\t1.5\t2\t9\t20\na.jpg\t30\t20\tdot\t0\t0\t1\t1\n";
        let found = table_from("boxes.tsv", text).unwrap();
        assert_eq!((found.classes.len(), found.pictures.len(), found.pictures[0].boxes.len()), (2, 1, 2));
    }

    #[test]
    fn each_fault_is_one_sentence() {
        let said = |found: Result<AnnotatedPictures, DataError>| found.unwrap_err().to_string();
        let coco = |annotation: &str| {
            let text = format!(
                r#"{{"images": [{{"id": 1, "width": 10, "height": 10, "file_name": "a.jpg"}}], "categories": [{{"id": 1, "name": "x"}}],
                "annotations": [{annotation}]}}"#
            );
            said(coco_from("a.json", &text))
        };
        let voc = |text: &str| said(voc_from(&[("a.xml".to_owned(), text.to_owned())]));
        let yolo = |names: &str, line: &str| {
            let files = [("a.txt".to_owned(), line.to_owned())];
            said(yolo_from(("classes.txt", names), &files, &[("a.jpg".to_owned(), [10, 10])]))
        };
        for (found, part) in [
            (coco(r#"{"image_id": 1, "category_id": 1, "bbox": [2, 2, 20, 2]}"#), "reaches beyond the picture"),
            (coco(r#"{"image_id": 1, "category_id": 1, "bbox": [2, 2, 0, 2]}"#), "is empty"),
            (
                coco(r#"{"image_id": 2, "category_id": 1, "bbox": [2, 2, 2, 2]}"#),
                "is of image 2, which it does not list",
            ),
            (
                coco(r#"{"image_id": 1, "category_id": 5, "bbox": [2, 2, 2, 2]}"#),
                "is of category 5, which it does not list",
            ),
            (coco(r#"{"image_id": 1, "caption": "a cat"}"#), "no boxes but captions or something else"),
            (said(coco_from("a.json", "{}")), "is not COCO's JSON of boxes"),
            (said(coco_from("a.json", "<annotation>")), "is not COCO's JSON of boxes"),
            (voc("<html></html>"), "is not a VOC annotation"),
            (voc("<annotation><filename>a</filename></annotation>"), "does not say how wide and high"),
            (
                voc(
                    "<annotation><size><width>9</width><height>9</height></size><object><name></name></object></annotation>",
                ),
                "an object has no name",
            ),
            (
                voc(
                    "<annotation><size><width>9</width><height>9</height></size><object><name>x</name></object></annotation>",
                ),
                "has no box",
            ),
            (yolo("x", "1 0.5 0.5 0.2 0.2"), "line 1 has the class 1, and classes.txt names 1"),
            (yolo("x", "0 0.5 0.5 0.2"), "line 1 has 4 numbers, not a class and four"),
            (yolo("x", "0 0.5 0.5 5 5"), "reaches beyond the picture"),
            (yolo("", "0 0.5 0.5 0.2 0.2"), "names no classes"),
            (
                said(yolo_from(("c", "x"), &[("b.txt".to_owned(), String::new())], &[])),
                "belongs to none of the pictures",
            ),
            (said(table_from("t.tsv", "a\tb\n")), "its first line is not"),
            (
                said(table_from("t.tsv", "file\twidth\theight\tclass\txmin\tymin\txmax\tymax\na\t1\n")),
                "line 2 has 2 fields",
            ),
        ] {
            assert!(found.contains(part), "{found} has no {part:?}");
        }
    }
}
