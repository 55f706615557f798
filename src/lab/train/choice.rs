//! What there is to train on, and what to start from.

use super::LabError;
use crate::data::DataError;
use crate::data::dataset::{Dataset, Part, ReaderNote, Split};
use crate::data::procedural::{Recipe, SETS, Set};
use crate::lab::Monitor;
use crate::models::spec::preset::presets;
use crate::protocol::{DataChoice, DataNote, DataReport, Preset, Stage, StoredRun, TrainOptions};
use std::rc::Rc;

/// Examples that are drawn between two looks at whether that is still wanted.
const DRAWN_AT_ONCE: u32 = 500;

/// The chosen examples: drawn now, or those that were brought before.
pub async fn dataset_of(
    choice: &DataChoice,
    brought: Option<&Rc<Dataset>>,
    watch: &impl Monitor,
) -> Result<Rc<Dataset>, LabError> {
    if let Some(brought) = brought.filter(|brought| brought.name == choice.set) {
        return Ok(brought.clone());
    }
    let set = Set::find(&choice.set)?;
    let recipe = Recipe { seed: choice.seed, count: choice.count, noise: choice.noise };
    let mut examples = set.blank(&recipe)?;
    let count = set.count_of(&recipe);
    for start in (0..count).step_by(DRAWN_AT_ONCE as usize) {
        watch.step(Stage::Draw, u64::from(start), u64::from(count)).await?;
        set.draw_into(&recipe, start..(start + DRAWN_AT_ONCE).min(count), &mut examples);
    }
    Ok(Rc::new(set.dataset(&recipe, examples)?))
}

/// All sets and presets; the set that was brought stands last.
pub fn options(brought: Option<&Dataset>, stored: Option<StoredRun>) -> TrainOptions {
    let drawn = SETS.iter().map(|set| {
        let count = set.count_of(&Recipe::default());
        let counts = Split::of_tenths(count as usize);
        report(set.id, set.shape, set.classes.iter().map(|&class| class.to_owned()).collect(), &counts, true)
    });
    let presets = presets().into_iter().map(|preset| Preset {
        id: preset.id.to_owned(),
        title: preset.title.to_owned(),
        paper: preset.paper.to_owned(),
        text: preset.text,
        shape: preset.data,
    });
    TrainOptions { data: drawn.chain(brought.map(data_report)).collect(), presets: presets.collect(), stored }
}

/// Of a set in memory; a set is drawn by the program where it has the name of one that is.
pub fn data_report(data: &Dataset) -> DataReport {
    let is_drawn = !matches!(Set::find(&data.name), Err(DataError::UnknownSet { .. }));
    let notes = data.notes.iter().map(note).collect();
    DataReport { notes, ..report(&data.name, data.shape, data.classes.clone(), &data.split, is_drawn) }
}

fn note(note: &ReaderNote) -> DataNote {
    match note {
        ReaderNote::LeftOut { count, first } => DataNote::LeftOut { count: *count as u32, first: first.clone() },
        ReaderNote::Unlabelled { count, folder } => {
            DataNote::Unlabelled { count: *count as u32, folder: folder.clone() }
        }
        ReaderNote::Repeated { file } => DataNote::Repeated { file: file.clone() },
        ReaderNote::Scaled { least, greatest } => DataNote::Scaled { least: *least, greatest: *greatest },
        ReaderNote::Decoded { encoding } => DataNote::Decoded { encoding: (*encoding).to_owned() },
        ReaderNote::Turned => DataNote::Turned,
    }
}

fn report(set: &str, shape: [usize; 3], classes: Vec<String>, split: &Split, drawn: bool) -> DataReport {
    let count = |part: Part| split.range(part).len() as u32;
    let values = shape.iter().product::<usize>() as u64;
    // Points are four bytes a coordinate, pixels one.
    let bytes = values * split.examples() as u64 * if shape == [2, 1, 1] { 4 } else { 1 };
    DataReport {
        set: set.to_owned(),
        shape,
        classes,
        train: count(Part::Train),
        validation: count(Part::Validation),
        test: count(Part::Test),
        bytes,
        drawn,
        notes: Vec::new(),
    }
}
