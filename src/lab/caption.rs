//! Caption: a network that says what is in a picture, word by word (Vinyals et al. 2015).

mod decode;
mod facts;
mod graphs;
mod kept;
mod lessons;
mod mind;
mod own;
mod scene;
mod school;
mod studio;
mod tally;
mod teach;
mod trainer;
mod vocabulary;

pub use kept::{Captioner, Keep, saved};
pub use lessons::Scenes;
pub use own::{
    Apprentice, BEAM, Bleu, OwnCourse, OwnLearnt, OwnMarks, OwnPicture, OwnSet, Reader, Spoken, baseline, learn, marks,
};
pub use scene::kit;
pub use school::{Exam, School, scene_course};
pub use studio::Studio;
pub use teach::teach;
pub use trainer::{Course, Trainer};
pub use vocabulary::{UNKNOWN, Vocabulary};

use super::LabError;
use super::device::{MaybeGpu, on_each};
use crate::protocol::{BackendChoice, CaptionFact, Finding, ShippedReport};
use std::rc::Rc;

/// The network that comes with the page, in `www/models`; `errors` are captions of scenes with held-out combinations that are
/// not right to the word.
pub fn shipped_captioner() -> ShippedReport {
    ShippedReport {
        file: "scenes.safetensors".to_owned(),
        bytes: 1_162_602,
        sha256: "9358913675bdbd05d9a57d0a20ec8fc5aae51c8ac5073db26b61529930276338".to_owned(),
        data: "Scenes".to_owned(),
        errors: 7,
        of: 2000,
        how: "neocog caption scenes --steps 8000 --half".to_owned(),
    }
}

/// What must hold, on the CPU and, unless the person chose the CPU, on the GPU.
///
/// # Errors
/// What a device refuses.
pub async fn check(
    captioner: &Rc<Captioner>,
    choice: BackendChoice,
    gpu: &MaybeGpu,
) -> Result<Vec<Finding<CaptionFact>>, LabError> {
    on_each(choice, gpu, async |device| facts::facts(captioner, device).await).await
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
