//! Caption: a network that says what is in a picture, word by word (Vinyals et al. 2015).

mod graphs;
mod kept;
mod lessons;
mod school;
mod trainer;
mod vocabulary;

pub use kept::{Captioner, Keep, saved};
pub use lessons::Scenes;
pub use school::{Exam, School, scene_course};
pub use trainer::{Course, Trainer};
pub use vocabulary::{UNKNOWN, Vocabulary};
