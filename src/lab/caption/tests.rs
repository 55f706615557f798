//! A network that captions can learn at all.

use super::lessons::{Example, Scenes};
use super::trainer::{Course, Trainer};
use super::{School, Vocabulary, scene_course};
use crate::lab::device::Device;
use pollster::block_on;

fn examples(count: u64) -> Vec<Example> {
    let vocabulary = Vocabulary::of_scenes();
    (0..count).map(|index| Scenes { seed: 5 }.example(index, &vocabulary)).collect()
}

/// Pictures are all that tells the sentences apart.
#[test]
fn a_batch_is_learnt_by_heart() {
    let lessons = examples(8);
    let course = Course { batch: 8, ..scene_course(150, 1) };
    let trainer = Trainer::new(School::net(), Vocabulary::of_scenes(), Scenes::times(), course, &Device::Cpu);
    let mut trainer = block_on(trainer).unwrap();
    let first = block_on(trainer.advance(&lessons, true)).unwrap().unwrap();
    let mut last = first;
    for step in 1..150 {
        if let Some(loss) = block_on(trainer.advance(&lessons, step % 10 == 9)).unwrap() {
            last = loss;
            println!("{step} {loss}");
        }
    }
    assert!(first > 2.0 && last < 0.12, "{first} → {last}");
}
