//! The pictures that the command learns from, and those that it asks about.

use super::Arguments;
use crate::command::Failure;
use crate::data::dataset::{Dataset, Part};
use crate::data::files::{Found, Pictures, combine, read_paths};
use crate::data::procedural::{Recipe, Set};
use crate::data::{Rgb, decode};
use crate::lab::LabError;
use crate::lab::transfer::LabelledPictures;
use std::rc::Rc;

pub(super) struct GivenPictures {
    pub(super) learnt: LabelledPictures,
    /// Of those.
    pub(super) names: Vec<String>,
    pub(super) asked: Option<LabelledPictures>,
}

/// Where a picture is.
#[derive(Clone, Copy)]
struct PicturePlace {
    at: usize,
    label: u32,
}

impl GivenPictures {
    pub(super) fn read(arguments: &Arguments) -> Result<Self, Failure> {
        let paths = &arguments.data;
        if let [one] = paths.as_slice()
            && !one.exists()
            && let Some(Ok(set)) = one.to_str().map(Set::find)
        {
            return Self::of_set(&set.draw(&Recipe { count: 1000, ..Recipe::default() })?, arguments);
        }
        match combine(read_paths(paths).map_err(LabError::from)?).map_err(LabError::from)? {
            Found::Dataset(data) => Self::of_set(&data, arguments),
            Found::Pictures(pictures) => Self::of_files(&pictures, arguments),
        }
    }

    fn of_set(data: &Dataset, arguments: &Arguments) -> Result<Self, Failure> {
        if data.picture(0).is_none() {
            return Err(Failure::Said(format!(
                "the set {} has points and no pictures; choose one with pictures",
                data.name
            )));
        }
        let place = |at: usize| PicturePlace { at, label: data.labels[at] };
        let (test, others): (Vec<_>, Vec<_>) =
            (0..data.len()).partition(|at| data.split.range(Part::Test).contains(at));
        let picture = |at: usize| data.picture(at).map(|picture| (picture, format!("{} {at}", data.name)));
        let all = [others, test].map(|places| places.into_iter().map(place).collect());
        Self::chosen(&data.classes, all, arguments, &mut |at| Ok(picture(at)))
    }

    fn of_files(files: &Pictures, arguments: &Arguments) -> Result<Self, Failure> {
        let label = |class: &str| files.classes.iter().position(|known| known == class).unwrap_or_default() as u32;
        let mut places = Vec::new();
        for at in 0..files.len() {
            if let Some(Ok(file)) = files.read(at) {
                places.push(PicturePlace { at, label: label(file.class) });
            }
        }
        let mut picture = |at: usize| {
            let Some(file) = files.read(at) else { return Ok(None) };
            let file = file.map_err(LabError::from)?;
            match decode(file.name, &file.bytes) {
                Ok(picture) => Ok(Some((picture, file.name.to_owned()))),
                Err(error) => {
                    eprintln!("neocog: left out: {error}");
                    Ok(None)
                }
            }
        };
        Self::chosen(&files.classes, [places, Vec::new()], arguments, &mut picture)
    }

    /// From the places for learning and those for the test; without the latter what learning leaves is for the test.
    fn chosen(
        classes: &[String],
        [learn, test]: [Vec<PicturePlace>; 2],
        arguments: &Arguments,
        picture: &mut dyn FnMut(usize) -> Result<Option<(Rgb, String)>, Failure>,
    ) -> Result<Self, Failure> {
        let most = arguments.per_class.unwrap_or(usize::MAX);
        let (mut pictures, mut names) = (Vec::new(), Vec::new());
        let (taken, left) = taken(learn, classes.len(), most, arguments.seed);
        for PicturePlace { at, label } in taken {
            if let Some((picture, name)) = picture(at)? {
                pictures.push((Rc::new(picture), label));
                names.push(name);
            }
        }
        let learnt = LabelledPictures::new(classes.to_vec(), pictures)?;
        let Some(most) = arguments.test else { return Ok(Self { learnt, names, asked: None }) };
        let rest = if test.is_empty() { left } else { test };
        let mut pictures = Vec::new();
        for PicturePlace { at, label } in self::taken(rest, classes.len(), most, arguments.seed).0 {
            pictures.extend(picture(at)?.map(|(picture, _)| (Rc::new(picture), label)));
        }
        if pictures.is_empty() {
            let said = "no picture is left for --test; choose a smaller --per-class, or data with a part for the test";
            return Err(Failure::Said(said.to_owned()));
        }
        Ok(Self { learnt, names, asked: Some(LabelledPictures::new(classes.to_vec(), pictures)?) })
    }
}

/// At most so many of each class, chosen by the seed, in the order of the data; and the others.
fn taken(places: Vec<PicturePlace>, classes: usize, most: usize, seed: u32) -> (Vec<PicturePlace>, Vec<PicturePlace>) {
    let mut by_class: Vec<Vec<usize>> = vec![Vec::new(); classes];
    places.iter().enumerate().for_each(|(index, place)| by_class[place.label as usize].push(index));
    let mut is_taken = vec![false; places.len()];
    for (class, of) in by_class.iter_mut().enumerate() {
        // The same pictures stay when more are wanted.
        let key = |index: usize| {
            (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ (u64::from(seed) << 32 | class as u64))
        };
        of.sort_by_key(|&index| key(index).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9));
        of.iter().take(most).for_each(|&index| is_taken[index] = true);
    }
    let mut flags = is_taken.into_iter();
    places.into_iter().partition(|_| flags.next().unwrap_or_default())
}
