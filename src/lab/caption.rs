//! Caption: a network that says what is in a picture, word by word (Vinyals et al. 2015).

mod batch;
mod cache;
mod compiled;
mod decode;
mod facts;
mod graphs;
mod kept;
mod own;
mod scene;
mod scene_trainer;
mod session;
mod task;
mod train;
mod vocabulary;

pub use batch::{Example, Scenes};
pub use kept::{Captioner, SaveKind, saved};
pub use own::{
    BEAM, Bleu, CaptionTrainer, OwnConfig, OwnPicture, OwnScores, OwnSet, OwnTrained, Sentences, TrainedDecoder,
    baseline, scores, train_own,
};
pub use scene::kit;
pub use scene_trainer::{Evaluation, SceneTrainer, scene_config, scene_net};
pub use session::CaptionSession;
pub use task::{CaptionConfig, Captioning, ExampleSource};
pub use train::train_scenes;
pub use vocabulary::{UNKNOWN, Vocabulary};

use crate::protocol::ShippedReport;

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

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
