//! The compact form in which requests and responses cross the worker's edge. Objects as JSON has them are for scripts alone:
//! the code that reads and writes those is ten times as long.

use super::{Job, Outcome, PictureSource};
use serde::{Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;

pub fn pack(value: &impl Serialize) -> Result<Vec<u8>, String> {
    postcard::to_allocvec(value).map_err(|error| error.to_string())
}

/// # Errors
/// Where the bytes are not such a value.
pub fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}

impl Job {
    /// Where this job keeps the bytes of its files, in their order: they cross the edge beside it, handed over instead of copied.
    pub fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Job::AddPicture(picture) => match &mut picture.source {
                PictureSource::Bytes(bytes) => vec![bytes],
                PictureSource::Pixels(pixels) => vec![&mut pixels.rgba],
                PictureSource::Url(_) | PictureSource::Gallery(_) => Vec::new(),
            },
            Job::DropWeights(file) => {
                let beside = file.beside.iter_mut().map(|file| &mut file.bytes);
                std::iter::once(&mut file.bytes).chain(beside).collect()
            }
            Job::Experiment(job) => job.content.bodies_mut().iter_mut().collect(),
            Job::Start(_)
            | Job::MeetGpu
            | Job::RemovePicture(_)
            | Job::DownloadWeights(_)
            | Job::PrepareWeights(_)
            | Job::DeleteWeights(_)
            | Job::Classify(_)
            | Job::Compare(_)
            | Job::Held
            | Job::LoseGpu
            | Job::Steer(_)
            | Job::Cancel(_) => Vec::new(),
        }
    }

    /// Where it names pictures of the tray: the engine has other numbers for them than the page.
    pub fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Job::RemovePicture(picture) => vec![picture],
            Job::Classify(job) => vec![&mut job.picture],
            Job::Compare(job) => vec![&mut job.picture],
            Job::Experiment(job) => job.content.pictures_mut().iter_mut().collect(),
            Job::Start(_)
            | Job::MeetGpu
            | Job::AddPicture(_)
            | Job::DropWeights(_)
            | Job::DownloadWeights(_)
            | Job::PrepareWeights(_)
            | Job::DeleteWeights(_)
            | Job::Held
            | Job::LoseGpu
            | Job::Steer(_)
            | Job::Cancel(_) => Vec::new(),
        }
    }
}

impl Outcome {
    /// Where it names pictures that the job named.
    pub fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Outcome::Removed(picture) => vec![picture],
            Outcome::Classified(found) => vec![&mut found.picture],
            Outcome::Experiment(answer) => answer.pictures_mut().iter_mut().collect(),
            Outcome::Status(_)
            | Outcome::Gpu(_)
            | Outcome::Picture(_)
            | Outcome::Weights(_)
            | Outcome::Prepared(_)
            | Outcome::Cached(_)
            | Outcome::Compared(_)
            | Outcome::Steered
            | Outcome::Held(_) => Vec::new(),
        }
    }
}
