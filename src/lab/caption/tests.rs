//! A network that captions can learn at all.

use super::batch::{Example, Scenes};
use super::task::{CaptionConfig, Captioning, ExampleSource};
use super::{Vocabulary, scene_config, scene_net};
use crate::lab::device::Device;
use crate::lab::trainer::Trainer;
use pollster::block_on;

/// The same examples at each step.
struct Same(u64);

impl ExampleSource for Same {
    fn examples(&mut self, _: u32, _: usize, _: &Vocabulary) -> Vec<Example> {
        examples(self.0)
    }
}

fn examples(count: u64) -> Vec<Example> {
    let vocabulary = Vocabulary::of_scenes();
    (0..count).map(|index| Scenes { seed: 5 }.example(index, &vocabulary)).collect()
}

/// Pictures are all that tells the sentences apart.
#[test]
fn a_batch_is_learnt_by_heart() {
    let config = CaptionConfig { batch: 8, ..scene_config(150, 1) };
    let of = (scene_net(), Vocabulary::of_scenes(), Scenes::times());
    let trainer = Trainer::<Captioning<Same>>::captioning(of, Same(8), config, 1, &Device::Cpu);
    let mut trainer = block_on(trainer).unwrap();
    for _ in 0..150 {
        trainer.advance().unwrap();
    }
    let losses = block_on(trainer.word_losses()).unwrap();
    let (first, last) = (losses[0].1, losses[149].1);
    assert!(first > 2.0 && last < 0.12, "{first} → {last}");
}
