//! Captions of one's own: pictures with the sentences of a captions file, seen by a network that names classes, and what a
//! decoder learns of them.

mod apprentice;
mod bleu;
mod learn;
mod marks;
mod reader;

pub use apprentice::{Apprentice, OwnCourse};
pub use bleu::Bleu;
pub use learn::{OwnLearnt, learn};
pub use marks::{BEAM, OwnMarks, Spoken, baseline, marks};
pub use reader::Reader;

use crate::data::Rgb;
use crate::data::dataset::Part;
use crate::data::files::Album;
use crate::lab::{Features, LabError, Watch};
use crate::protocol::Stage;

/// A picture as a network sees it, and what people said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnPicture {
    pub name: String,
    pub features: Vec<f32>,
    /// Words of each sentence.
    pub sentences: Vec<Vec<String>>,
    /// For training or for validation.
    pub part: Part,
}

/// Pictures with captions.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnSet {
    pub name: String,
    /// The network that sees them, by its id.
    pub eyes: String,
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
    pub async fn seen<E: From<LabError>>(
        album: &Album,
        eyes: &mut Features,
        watch: &impl Watch,
        mut decode: impl AsyncFnMut(&str, &[u8]) -> Result<Option<Rgb>, E>,
    ) -> Result<Self, E> {
        let network = eyes.weights().network().id.clone();
        let (mut damaged, mut first_damaged) = (0, String::new());
        let mut pictures: Vec<OwnPicture> = Vec::new();
        let mut waiting: Vec<(usize, Rgb)> = Vec::new();
        let count = album.pictures().len();
        for (index, about) in album.pictures().iter().enumerate() {
            watch.step(Stage::Decode, index as u64, count as u64).await?;
            let Some(file) = album.read(index) else { break };
            let file = file.map_err(LabError::from)?;
            match decode(file.name, &file.bytes).await? {
                Some(picture) => waiting.push((index, picture)),
                None => {
                    damaged += 1;
                    if first_damaged.is_empty() {
                        first_damaged.clone_from(&about.name);
                    }
                }
            }
            if waiting.len() == eyes.batch() || index + 1 == count {
                let (indexes, seen): (Vec<usize>, Vec<Rgb>) = std::mem::take(&mut waiting).into_iter().unzip();
                for (index, features) in indexes.into_iter().zip(eyes.of(&seen).await?) {
                    let about = &album.pictures()[index];
                    let (name, sentences, part) = (about.name.clone(), about.sentences.clone(), about.part);
                    pictures.push(OwnPicture { name, features, sentences, part });
                }
            }
        }
        let set = Self { name: album.name.clone(), eyes: network, pictures, damaged, first_damaged };
        let [train, validation] = [Part::Train, Part::Validation].map(|part| set.part(part).count());
        if train < 2 || validation == 0 {
            let detail = format!(
                "{damaged} of {count} pictures cannot be decoded (the first is {}), and {train} are left for training, \
                 {validation} for validation",
                set.first_damaged
            );
            return Err(LabError::Setup { detail }.into());
        }
        Ok(set)
    }

    /// The pictures for training or for validation.
    pub fn part(&self, part: Part) -> impl Iterator<Item = &OwnPicture> {
        self.pictures.iter().filter(move |picture| picture.part == part)
    }
}
