//! From the numbers of a network that a file brought to boxes in the picture.

use super::found::coco_names;
use crate::lab::letterbox::InputFrame;
use crate::models::head::{BoxForm, BoxHead, BoxOrder};
use crate::models::yolo_fastest::CLASSES as OF_COCO;
use crate::protocol::{BoxCorners, DetectedBox};

/// Coordinates are shares of the input where none is larger: no detector's boxes all lie in its first two pixels.
const LARGEST_SHARE: f32 = 2.0;

/// One box before it is known in which unit.
struct RawBox {
    numbers: [f32; 4],
    class: usize,
    score: f32,
}

/// Boxes in the picture's pixels with scores of `least` and more. `row` holds all numbers of the network for the picture that lies at
/// `frame` in its input, in the head's form. Of a place of the YOLO family its likeliest class counts, of SSD each.
pub fn boxes_from(row: &[f32], head: &BoxHead, frame: &InputFrame, least: f32) -> Vec<DetectedBox> {
    let places = places_of(row.len(), head);
    let (mut raw, mut largest) = (Vec::new(), 0.0_f32);
    for place in 0..places {
        let value = |at: usize| match head.form {
            BoxForm::Columns { .. } => row[at * places + place],
            BoxForm::Objectness => row[place * (5 + head.classes) + at],
            BoxForm::Rows => row[place * (4 + head.classes) + at],
            BoxForm::Suppressed => row[place * 6 + at],
            BoxForm::Apart { .. } | BoxForm::Labelled => row[place * 4 + at],
        };
        let numbers = [0, 1, 2, 3].map(value);
        largest = numbers.iter().fold(largest, |largest, number| largest.max(number.abs()));
        let mut add = |class: usize, score: f32| {
            if score >= least {
                raw.push(RawBox { numbers, class, score });
            }
        };
        let best = |first: usize| {
            let scores = (0..head.classes).map(|class| (class, value(first + class)));
            scores.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
        };
        match head.form {
            BoxForm::Objectness => {
                let (class, score) = best(5);
                add(class, score * value(4));
            }
            BoxForm::Columns { .. } | BoxForm::Rows => {
                let (class, score) = best(4);
                add(class, score);
            }
            BoxForm::Suppressed => add(class_of(value(5)), value(4)),
            BoxForm::Labelled => add(class_of(row[5 * places + place]), row[4 * places + place]),
            BoxForm::Apart { by_class, background, .. } => {
                let nothing = usize::from(background);
                for class in 0..head.classes {
                    let at = class + nothing;
                    let wide = head.classes + nothing;
                    let within = if by_class { at * places + place } else { place * wide + at };
                    add(class, row[4 * places + within]);
                }
            }
        }
    }
    let unit = if largest <= LARGEST_SHARE { frame.size.map(|side| side as f32) } else { [1.0; 2] };
    let order = order_of(head.form);
    let boxed = |RawBox { numbers, class, score }: RawBox| {
        let corners = corners_of(numbers, order);
        let [left, top] = frame.back([corners[0] * unit[0], corners[1] * unit[1]]);
        let [right, bottom] = frame.back([corners[2] * unit[0], corners[3] * unit[1]]);
        DetectedBox { class: class as u32, score, corners: [left, top, right, bottom] }
    };
    raw.into_iter().map(boxed).collect()
}

/// Boxes that so many numbers are.
pub(super) fn places_of(numbers: usize, head: &BoxHead) -> usize {
    let wide = match head.form {
        BoxForm::Objectness => 5 + head.classes,
        BoxForm::Columns { others } => 4 + head.classes + others,
        BoxForm::Rows => 4 + head.classes,
        BoxForm::Suppressed | BoxForm::Labelled => 6,
        BoxForm::Apart { background, .. } => 4 + head.classes + usize::from(background),
    };
    numbers / wide
}

fn class_of(number: f32) -> usize {
    number.round().max(0.0) as usize
}

fn order_of(form: BoxForm) -> BoxOrder {
    match form {
        BoxForm::Objectness | BoxForm::Columns { .. } | BoxForm::Rows => BoxOrder::Centre,
        BoxForm::Suppressed | BoxForm::Labelled => BoxOrder::Corners,
        BoxForm::Apart { order, .. } => order,
    }
}

fn corners_of([a, b, c, d]: [f32; 4], order: BoxOrder) -> BoxCorners {
    match order {
        BoxOrder::Corners => [a, b, c, d],
        BoxOrder::Down => [b, a, d, c],
        BoxOrder::Centre => [a - c / 2.0, b - d / 2.0, a + c / 2.0, b + d / 2.0],
    }
}

/// English and Japanese: those of the file, which are translated where they are COCO's; else COCO's where there are as many; else numbers.
pub(super) fn names_of_head(names: Option<&[String]>, classes: usize) -> Vec<[String; 2]> {
    let coco = coco_names();
    match names {
        Some(names) => {
            let known = |name: &String| coco.iter().find(|[english, _]| english == name).cloned();
            names.iter().map(|name| known(name).unwrap_or_else(|| [name.clone(), name.clone()])).collect()
        }
        None if classes == OF_COCO => coco,
        None => (0..classes).map(numbered).collect(),
    }
}

/// Of a class without a name; the first is 1.
pub(super) fn numbered(class: usize) -> [String; 2] {
    [format!("class {}", class + 1), format!("クラス{}", class + 1)]
}
