//! Caption: a network that says what is in a picture, word by word (Vinyals et al. 2015).

mod decode;
mod graphs;
mod kept;
mod lessons;
mod mind;
mod scene;
mod school;
mod trainer;
mod vocabulary;

pub use kept::{Captioner, Keep, saved};
pub use lessons::Scenes;
pub use scene::kit;
pub use school::{Exam, School, scene_course};
pub use trainer::{Course, Trainer};
pub use vocabulary::{UNKNOWN, Vocabulary};

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
