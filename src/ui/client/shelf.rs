//! The pictures that the engine holds, and what is needed to give them to another engine.

use super::Ask;
use crate::protocol::{AddPicture, Classify, Compare, Job, Outcome, PictureSource, Trouble};
use crate::sorted::SortedMap;
use web_sys::Blob;

#[derive(Default)]
pub(super) struct Shelf {
    last: u32,
    pictures: SortedMap<u32, Kept>,
}

pub(super) struct Kept {
    engine_id: u32,
    pub(super) job: AddPicture,
    pub(super) body: Option<Blob>,
}

impl Shelf {
    /// What to remember of this job, should it add a picture. Bytes inside the job become a blob: the browser may keep
    /// that on disk.
    pub(super) fn memory_of(ask: &mut Ask) -> Option<(AddPicture, Option<Blob>)> {
        let Job::AddPicture(add) = &mut ask.job else {
            return None;
        };
        if ask.bodies.is_empty() {
            let bytes = match &mut add.source {
                PictureSource::Bytes(bytes) => Some(bytes),
                PictureSource::Pixels(pixels) => Some(&mut pixels.rgba),
                PictureSource::Url(_) | PictureSource::Gallery(_) => None,
            };
            if let Some(bytes) = bytes {
                let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes.as_slice()));
                if let Ok(body) = Blob::new_with_u8_array_sequence(&parts) {
                    ask.bodies.push(body);
                    bytes.clear();
                }
            }
        }
        Some((add.clone(), ask.bodies.first().cloned()))
    }

    /// Gives a new picture its place; the id is for everyone outside the client.
    pub(super) fn add(&mut self, engine_id: u32, job: AddPicture, body: Option<Blob>) -> u32 {
        self.last += 1;
        self.pictures.insert(self.last, Kept { engine_id, job, body });
        self.last
    }

    pub(super) fn ids(&self) -> Vec<u32> {
        self.pictures.keys().copied().collect()
    }

    pub(super) fn get(&self, picture: u32) -> Option<&Kept> {
        self.pictures.get(&picture)
    }

    pub(super) fn moved(&mut self, picture: u32, engine_id: u32) {
        if let Some(kept) = self.pictures.get_mut(&picture) {
            kept.engine_id = engine_id;
        }
    }

    pub(super) fn remove(&mut self, picture: u32) -> Option<Kept> {
        self.pictures.remove(&picture)
    }

    /// The picture that a job is about.
    pub(super) fn picture_of(job: &Job) -> Option<u32> {
        match job {
            Job::RemovePicture(picture)
            | Job::Classify(Classify { picture, .. })
            | Job::Compare(Compare { picture, .. }) => Some(*picture),
            Job::Fool(job) => job.pictures().first().copied(),
            Job::Caption(job) => job.pictures().first().copied(),
            Job::Start(_)
            | Job::MeetGpu
            | Job::AddPicture(_)
            | Job::DropWeights(_)
            | Job::DownloadWeights(_)
            | Job::DeleteWeights(_)
            | Job::Summarise(_)
            | Job::TrainOptions
            | Job::AddData(_)
            | Job::FetchData(_)
            | Job::DescribeNetwork(_)
            | Job::Train(_)
            | Job::Steer(_)
            | Job::Look(_)
            | Job::ExportRun
            | Job::ImportRun(_)
            | Job::Optimise(_)
            | Job::Distil(_)
            | Job::SteerDistil(_)
            | Job::Speed(_)
            | Job::Held
            | Job::LoseGpu
            | Job::Cancel(_) => None,
        }
    }

    /// The job in the engine's own numbers.
    pub(super) fn for_engine(&self, job: &Job) -> Result<Job, Trouble> {
        let Some(id) = Shelf::picture_of(job) else {
            return Ok(job.clone());
        };
        let engine_id = |id: u32| -> Result<u32, Trouble> {
            Ok(self.pictures.get(&id).ok_or(Trouble::UnknownPicture { picture: id })?.engine_id)
        };
        let picture = engine_id(id)?;
        Ok(match job.clone() {
            Job::RemovePicture(_) => Job::RemovePicture(picture),
            Job::Classify(classify) => Job::Classify(Classify { picture, ..classify }),
            Job::Compare(compare) => Job::Compare(Compare { picture, ..compare }),
            Job::Fool(mut job) => {
                for picture in job.pictures_mut() {
                    *picture = engine_id(*picture)?;
                }
                Job::Fool(job)
            }
            Job::Caption(mut job) => {
                job.pictures_mut().fill(picture);
                Job::Caption(job)
            }
            other => other,
        })
    }

    /// The outcome in the shelf's numbers.
    pub(super) fn from_engine(outcome: &mut Outcome, picture: Option<u32>) {
        let Some(id) = picture else {
            return;
        };
        match outcome {
            Outcome::Picture(picture) => picture.id = id,
            Outcome::Removed(removed) => *removed = id,
            Outcome::Classified(classified) => classified.picture = id,
            Outcome::Fooled(found) => found.pictures_mut().fill(id),
            Outcome::Captioned(found) => found.pictures_mut().fill(id),
            Outcome::Station(_)
            | Outcome::Gpu(_)
            | Outcome::Weights(_)
            | Outcome::Cached(_)
            | Outcome::Compared(_)
            | Outcome::Summary(_)
            | Outcome::TrainOptions(_)
            | Outcome::Data(_)
            | Outcome::Described(_)
            | Outcome::Trained(_)
            | Outcome::Steered
            | Outcome::Looked(_)
            | Outcome::Exported(_)
            | Outcome::Imported(_)
            | Outcome::Optimised(_)
            | Outcome::Distilled(_)
            | Outcome::Timed(_)
            | Outcome::Held(_) => {}
        }
    }
}
