//! Captions of one's own: pictures with the sentences of a captions file, seen by a network that names classes, and what a
//! decoder learns of them.

mod bleu;
mod scores;
mod session;
mod train;
mod trainer;

pub use bleu::Bleu;
pub use scores::{BEAM, OwnScores, baseline, scores};
pub(super) use session::OwnSession;
pub use session::TrainedDecoder;
pub use train::{OwnTrained, train_own};
pub use trainer::{CaptionTrainer, OwnConfig, Sentences};

use crate::data::Rgb;
use crate::data::dataset::Part;
use crate::data::files::Album;
use crate::lab::{Features, LabError, Monitor};
use crate::protocol::Stage;

/// A picture as a network sees it, and what people said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnPicture {
    pub name: String,
    pub features: Vec<f32>,
    /// Words of each sentence.
    pub sentences: Vec<Vec<String>>,
    pub part: Part,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OwnSet {
    pub name: String,
    /// The network that sees them, by its id.
    pub backbone: String,
    pub pictures: Vec<OwnPicture>,
    /// Pictures that cannot be decoded, and the first of them.
    pub damaged: usize,
    pub first_damaged: String,
}

impl OwnSet {
    /// Lets a network see all pictures of an album. `decode` gives none for a damaged picture, which is left out.
    ///
    /// # Errors
    /// [`LabError::Setup`] where no picture is left for training or for validation, [`LabError::Cancelled`], what `decode` and
    /// the device refuse.
    pub async fn seen(
        album: &Album,
        backbone: &mut Features,
        watch: &impl Monitor,
        decode: impl AsyncFn(&str, &[u8]) -> Result<Option<Rgb>, LabError>,
    ) -> Result<Self, LabError> {
        let network = backbone.weights().network().id.clone();
        let (mut damaged, mut first_damaged) = (0, String::new());
        let mut pictures: Vec<OwnPicture> = Vec::new();
        let mut waiting: Vec<(usize, Rgb)> = Vec::new();
        let count = album.pictures().len();
        for (index, about) in album.pictures().iter().enumerate() {
            watch.step(Stage::Decode, index as u64, count as u64).await?;
            let Some(file) = album.read(index) else { break };
            let file = file?;
            match decode(file.name, &file.bytes).await? {
                Some(picture) => waiting.push((index, picture)),
                None => {
                    damaged += 1;
                    if first_damaged.is_empty() {
                        first_damaged.clone_from(&about.name);
                    }
                }
            }
            if waiting.len() == backbone.batch() || index + 1 == count {
                let (indexes, seen): (Vec<usize>, Vec<Rgb>) = std::mem::take(&mut waiting).into_iter().unzip();
                for (index, features) in indexes.into_iter().zip(backbone.of(&seen).await?) {
                    let about = &album.pictures()[index];
                    let (name, sentences, part) = (about.name.clone(), about.sentences.clone(), about.part);
                    pictures.push(OwnPicture { name, features, sentences, part });
                }
            }
        }
        let set = Self { name: album.name.clone(), backbone: network, pictures, damaged, first_damaged };
        let [train, validation] = [Part::Train, Part::Validation].map(|part| set.part(part).count());
        let is_enough = train >= 2 && validation > 0;
        ensure!(
            is_enough,
            "{damaged} of {count} pictures cannot be decoded (the first is {}), and {train} are left for training, \
             {validation} for validation",
            set.first_damaged
        );
        Ok(set)
    }

    /// The pictures for training or for validation.
    pub fn part(&self, part: Part) -> impl Iterator<Item = &OwnPicture> {
        self.pictures.iter().filter(move |picture| picture.part == part)
    }
}
