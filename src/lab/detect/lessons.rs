//! What a detector learns from, and what it is measured with: scenes that the program draws, or pictures with a person's boxes.

use super::boxes::area;
use super::found::{DetectInput, shape_names};
use super::rcnn::truth_of;
use crate::data::procedural::ShapeScene;
use crate::data::resize::resize;
use crate::data::{DataError, Rgb};
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::lab::run::is_held_out;
use crate::protocol::{BoxCorners, DetectTask, TrueBox};
use std::rc::Rc;

/// Of a picture that is learnt from: the least share of its sides that is shown, and what must be left of a box.
const LEAST_SHOWN: f32 = 0.6;
const LEAST_LEFT: f32 = 0.5;
/// By what its colours are multiplied, and what is added to them, from 0 to 255.
const CONTRAST: [f32; 2] = [0.75, 1.25];
const LIGHT: f32 = 24.0;

/// VOC's names of classes, and COCO's.
const ALIASES: [[&str; 2]; 5] = [
    ["aeroplane", "airplane"],
    ["diningtable", "dining table"],
    ["motorbike", "motorcycle"],
    ["pottedplant", "potted plant"],
    ["tvmonitor", "tv"],
];

/// The number of a class among those of a detector; a name of VOC's stands for COCO's.
pub fn class_among(class: &str, names: &[[String; 2]]) -> Option<u32> {
    let class = ALIASES.iter().find(|[other, _]| *other == class).map_or(class, |[_, known]| known);
    names.iter().position(|[name, _]| name == class).map(|at| at as u32)
}

/// Pictures with the boxes that a person gave them.
#[derive(Debug)]
pub struct BoxedPictures {
    classes: Vec<String>,
    /// With the number by which each is known.
    pictures: Vec<(u32, DetectInput)>,
}

impl BoxedPictures {
    /// # Errors
    /// [`LabError::Setup`] where there is no box, a class has no name, or two have the same.
    pub fn new(classes: Vec<String>, pictures: Vec<(u32, DetectInput)>) -> Result<Self, LabError> {
        let count = pictures.len();
        let has_boxes = pictures.iter().any(|(_, input)| !input.truth.is_empty());
        ensure!(has_boxes, "none of {count} pictures has a box to learn from; draw one, or bring a file of boxes");
        for (at, class) in classes.iter().enumerate() {
            ensure!(!class.is_empty(), "class {} of {} has no name; give it one", at + 1, classes.len());
            ensure!(!classes[..at].contains(class), "two classes are called {class}; give each a name of its own");
        }
        let is_known = |thing: &TrueBox| (thing.class as usize) < classes.len();
        let all_known = pictures.iter().all(|(_, input)| input.truth.iter().all(is_known));
        ensure!(all_known, "a box is of a class that is not among the {}", classes.len());
        Ok(Self { classes, pictures })
    }

    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// Those that are learnt from, and the others: every fifth is held out, and none of fewer than five.
    pub fn split(&self) -> [Vec<&(u32, DetectInput)>; 2] {
        let part = |held: bool| {
            let all = self.pictures.iter().enumerate();
            all.filter(|(at, _)| is_held_out(*at) == held).map(|(_, one)| one).collect()
        };
        [part(false), part(true)]
    }

    /// Those that nothing is learnt from.
    ///
    /// # Errors
    /// [`LabError::Setup`] where there are none, or none of them has a box.
    pub fn held_out(&self) -> Result<Vec<&(u32, DetectInput)>, LabError> {
        let [_, held] = self.split();
        let count = self.pictures.len();
        ensure!(
            held.iter().any(|(_, input)| !input.truth.is_empty()),
            "of {count} pictures {} are held out, every fifth one, and none of them has a box to measure with; add pictures with boxes",
            held.len()
        );
        Ok(held)
    }
}

/// Where pictures with boxes come from.
#[derive(Clone, Debug)]
pub enum Lessons {
    /// Scenes of a stream: there is no end of them.
    Scenes,
    Own(Rc<BoxedPictures>),
}

impl Lessons {
    pub fn classes(&self) -> Vec<String> {
        match self {
            Self::Scenes => ShapeScene::CLASSES.map(str::to_owned).to_vec(),
            Self::Own(own) => own.classes.clone(),
        }
    }

    /// Whether both are the same pictures with the same boxes.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Scenes, Self::Scenes) => true,
            (Self::Own(one), Self::Own(other)) => Rc::ptr_eq(one, other),
            (Self::Scenes | Self::Own(_), _) => false,
        }
    }

    /// Picture `number` of those that are learnt from, `side` × `side` pixels. Of a person's own: each once before any comes again, in an
    /// order of the seed's; a part of it, perhaps mirrored, in another light.
    ///
    /// # Errors
    /// None that a decoded picture can cause.
    pub(super) fn lesson(&self, seed: u32, number: u64, side: u32) -> Result<DetectInput, LabError> {
        match self {
            Self::Scenes => scene_input(seed, number),
            Self::Own(own) => {
                let [learnt, _] = own.split();
                let (round, place) = (number / learnt.len() as u64, (number % learnt.len() as u64) as usize);
                let mut dice = Dice::new(seed ^ (round as u32).wrapping_mul(0x85eb_ca6b));
                let mut order: Vec<usize> = (0..learnt.len()).collect();
                for last in (1..order.len()).rev() {
                    order.swap(last, dice.below(last + 1));
                }
                let mut dice = Dice::new(seed ^ (number as u32).wrapping_mul(0x9e37_79b9) ^ 0x5eed);
                varied(&learnt[order[place]].1, side, &mut dice)
            }
        }
    }
}

/// English and Japanese.
pub(super) fn names_of(classes: &[String]) -> Vec<[String; 2]> {
    match classes == ShapeScene::CLASSES {
        true => shape_names(),
        false => classes.iter().map(|name| [name.clone(), name.clone()]).collect(),
    }
}

pub(super) fn scene_input(stream: u32, number: u64) -> Result<DetectInput, LabError> {
    let scene = ShapeScene::drawn(stream, number)?;
    Ok(DetectInput { truth: truth_of(&scene), picture: Rc::new(scene.picture) })
}

/// Scenes that are looked at, and those that a detector is measured with.
const SHOWN_STREAM: u32 = 0x5402_0000;
const MEASURED_STREAM: u32 = 0x3ea5_0000;

/// Scene `number` of those that detectors are measured with, and nothing is learnt from.
///
/// # Errors
/// None of its own.
pub fn measured_scene(number: u32) -> Result<DetectInput, LabError> {
    scene_input(MEASURED_STREAM, u64::from(number))
}

/// A scene by the number that a task has.
pub(super) fn scene_of_task(number: u32) -> Result<DetectInput, LabError> {
    match number.checked_sub(DetectTask::MEASURED) {
        Some(measured) => measured_scene(measured),
        None => scene_input(SHOWN_STREAM, u64::from(number)),
    }
}

/// A part of a picture, its boxes with it, perhaps mirrored, in another light. Boxes of which less than half is left are left out.
fn varied(input: &DetectInput, side: u32, dice: &mut Dice) -> Result<DetectInput, LabError> {
    let own = [input.picture.width(), input.picture.height()];
    let shown = own.map(|all| ((all as f32 * (LEAST_SHOWN + (1.0 - LEAST_SHOWN) * dice.unit())) as u32).clamp(1, all));
    let from = [0, 1].map(|at| dice.below((own[at] - shown[at]) as usize + 1) as u32);
    let is_mirrored = dice.is(0.5);
    let contrast = CONTRAST[0] + (CONTRAST[1] - CONTRAST[0]) * dice.unit();
    let light = LIGHT * (2.0 * dice.unit() - 1.0);
    let part = cut(&input.picture, from, shown)?;
    let seen = resize(&part, side, side)?;
    let seen = if is_mirrored { seen.turned(2) } else { seen };
    let lit = |value: &u8| ((f32::from(*value) - 128.0) * contrast + 128.0 + light).clamp(0.0, 255.0) as u8;
    let pixels = seen.pixels().iter().map(lit).collect();
    let scale = shown.map(|shown| side as f32 / shown as f32);
    let limit = side as f32;
    let place = |corners: BoxCorners| {
        let moved: BoxCorners =
            std::array::from_fn(|at| ((corners[at] - from[at % 2] as f32) * scale[at % 2]).clamp(0.0, limit));
        match is_mirrored {
            true => [limit - moved[2], moved[1], limit - moved[0], moved[3]],
            false => moved,
        }
    };
    let truth = input.truth.iter().filter_map(|thing| {
        let corners = place(thing.corners);
        let whole = area(thing.corners) * scale[0] * scale[1];
        (area(corners) >= LEAST_LEFT * whole).then_some(TrueBox { class: thing.class, corners })
    });
    Ok(DetectInput { truth: truth.collect(), picture: Rc::new(Rgb::new(side, side, pixels)?) })
}

fn cut(picture: &Rgb, [left, top]: [u32; 2], [width, height]: [u32; 2]) -> Result<Rgb, DataError> {
    let row = |y: u32| {
        let first = 3 * ((top + y) * picture.width() + left) as usize;
        &picture.pixels()[first..][..3 * width as usize]
    };
    Rgb::new(width, height, (0..height).flat_map(row).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose only light square is the thing.
    fn square(left: u32, top: u32) -> DetectInput {
        let is_in = |at: u32| (left..left + 20).contains(&(at % 100)) && (top..top + 10).contains(&(at / 100));
        let pixels = (0..100 * 80).flat_map(|at| [if is_in(at) { 220 } else { 30 }; 3]).collect();
        let corners = [left as f32, top as f32, left as f32 + 20.0, top as f32 + 10.0];
        DetectInput { picture: Rc::new(Rgb::new(100, 80, pixels).unwrap()), truth: vec![TrueBox { class: 0, corners }] }
    }

    #[test]
    fn boxes_go_with_what_is_in_them() {
        let mut kept = 0;
        for seed in 0..40 {
            let seen = varied(&square(10 + seed, 20 + seed), 224, &mut Dice::new(seed)).unwrap();
            let Some(thing) = seen.truth.first() else { continue };
            kept += 1;
            let is_light = |x: usize, y: usize| seen.picture.pixels()[3 * (y * 224 + x)] > 125;
            let light: Vec<[usize; 2]> =
                (0..224 * 224).map(|at| [at % 224, at / 224]).filter(|[x, y]| is_light(*x, *y)).collect();
            let bound = |side: usize| {
                let all = light.iter().map(|at| at[side]);
                [all.clone().min().unwrap() as f32, all.max().unwrap() as f32 + 1.0]
            };
            let [[left, right], [top, bottom]] = [bound(0), bound(1)];
            let off = thing.corners.iter().zip([left, top, right, bottom]).map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f32::max) <= 2.0, "{:?} {left} {top} {right} {bottom}", thing.corners);
        }
        assert!(kept > 20, "{kept}");
    }

    #[test]
    fn each_picture_comes_before_any_comes_again() {
        let pictures = (0..11).map(|at| (at, square(2 * at, 3 * at))).collect();
        let own = BoxedPictures::new(vec!["square".to_owned()], pictures).unwrap();
        let [learnt, held] = own.split();
        assert_eq!((learnt.len(), held.iter().map(|(id, _)| *id).collect::<Vec<_>>()), (9, vec![4, 9]));
        let lessons = Lessons::Own(Rc::new(own));
        let one = |number| lessons.lesson(3, number, 64).unwrap().picture;
        assert_eq!(one(5), one(5));
        assert_ne!(one(5), one(14), "another part in another round");
    }

    #[test]
    fn what_nothing_can_be_learnt_from_is_said() {
        let said = |classes: &[&str], pictures| {
            let classes = classes.iter().map(|&class| class.to_owned()).collect();
            BoxedPictures::new(classes, pictures).map(drop).unwrap_err().to_string()
        };
        let blank = DetectInput { truth: Vec::new(), ..square(1, 1) };
        assert!(said(&["a"], vec![(0, blank)]).contains("none of 1 pictures has a box"));
        assert!(said(&["a", "a"], vec![(0, square(1, 1))]).contains("two classes are called a"));
        assert!(said(&["a", ""], vec![(0, square(1, 1))]).contains("class 2 of 2 has no name"));
        assert!(said(&[], vec![(0, square(1, 1))]).contains("not among the 0"));
        let few = BoxedPictures::new(vec!["a".to_owned()], vec![(0, square(1, 1))]).unwrap();
        assert!(few.held_out().unwrap_err().to_string().contains("of 1 pictures 0 are held out"));
    }
}
