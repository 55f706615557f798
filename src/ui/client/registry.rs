//! The pictures that the engine holds, and what is needed to give them to another engine.

use super::Submission;
use crate::protocol::{AddPicture, Job, Outcome, PictureSource, Trouble, trouble};
use crate::sorted::SortedMap;
use web_sys::Blob;

#[derive(Default)]
pub(super) struct PictureRegistry {
    last: u32,
    pictures: SortedMap<u32, RegisteredPicture>,
}

pub(super) struct RegisteredPicture {
    engine_id: u32,
    pub(super) job: AddPicture,
    pub(super) body: Option<Blob>,
}

impl PictureRegistry {
    /// What to remember of this job, should it add a picture. Bytes inside the job become a blob: the browser may keep
    /// that on disk.
    pub(super) fn memory_of(ask: &mut Submission) -> Option<(AddPicture, Option<Blob>)> {
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
        self.pictures.insert(self.last, RegisteredPicture { engine_id, job, body });
        self.last
    }

    pub(super) fn ids(&self) -> Vec<u32> {
        self.pictures.keys().copied().collect()
    }

    pub(super) fn get(&self, picture: u32) -> Option<&RegisteredPicture> {
        self.pictures.get(&picture)
    }

    pub(super) fn moved(&mut self, picture: u32, engine_id: u32) {
        if let Some(kept) = self.pictures.get_mut(&picture) {
            kept.engine_id = engine_id;
        }
    }

    pub(super) fn remove(&mut self, picture: u32) -> Option<RegisteredPicture> {
        self.pictures.remove(&picture)
    }

    /// Gives the pictures that a job names the engine's own numbers; which are which.
    ///
    /// # Errors
    /// [`Trouble::UnknownPicture`]
    pub(super) fn translate(&self, job: &mut Job) -> Result<Vec<PictureIds>, Trouble> {
        let mut named = Vec::new();
        for picture in job.pictures_mut() {
            let page = *picture;
            let engine = self.pictures.get(&page).ok_or(trouble::UnknownPicture { picture: page })?.engine_id;
            *picture = engine;
            named.push(PictureIds { page, engine });
        }
        Ok(named)
    }
}

/// One picture by its two numbers.
#[derive(Clone, Copy)]
pub(super) struct PictureIds {
    pub(super) page: u32,
    pub(super) engine: u32,
}

/// The outcome of a job that named these pictures, in the page's numbers.
pub(super) fn translate_back(outcome: &mut Outcome, named: &[PictureIds]) {
    for picture in outcome.pictures_mut() {
        if let Some(known) = named.iter().find(|known| known.engine == *picture) {
            *picture = known.page;
        }
    }
}
