//! Captions of one's own: what a person brought, what was learnt of it, and what it says.

use super::caption::Captions;
use super::context::JobContext;
use super::picture;
use super::session::Session;
use crate::data::dataset::Part;
use crate::data::files::{Album, DataFile};
use crate::data::resize;
use crate::lab::caption::{Captioner, OwnLearnt, OwnSet, Reader, learn};
use crate::lab::device::{Device, MaybeGpu};
use crate::lab::{Features, LabError, Watch};
use crate::protocol::{
    BackendUsed, BringCaptions, CaptionNews, CaptionsNotes, CaptionsReport, LearnCaptions, Learnt, Pixels, SaidCaption,
    SayCaption, SpokenCaption, Stage, Trouble,
};
use async_lock::Mutex;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Default)]
pub(super) struct OwnCaptions {
    brought: RefCell<Option<Rc<Album>>>,
    /// The same, as a network saw it last.
    seen: RefCell<Option<Seen>>,
    learnt: RefCell<Option<Skill>>,
    reader: Mutex<Option<Reader>>,
}

#[derive(Clone)]
struct Seen {
    album: Rc<Album>,
    network: String,
    set: Rc<OwnSet>,
    /// Of the first validation pictures, by their names.
    previews: Rc<BTreeMap<String, Pixels>>,
}

/// What was learnt, and where.
#[derive(Clone)]
struct Skill {
    captioner: Rc<Captioner>,
    device: Device,
    backend: BackendUsed,
}

/// Of all files that are brought together.
const LIMIT_BYTES: u64 = 1 << 30;
/// Pictures that a network sees at once.
const BATCH: usize = 8;
/// Validation pictures that are shown, and their longer side.
const SHOWN: usize = 12;
const PREVIEW_SIDE: u32 = 160;

impl Session {
    pub(super) async fn bring_captions(
        &self,
        captions: &Captions,
        job: BringCaptions,
        context: &JobContext,
    ) -> Result<CaptionsReport, Trouble> {
        let bytes = job.files.iter().map(|file| file.bytes.len() as u64).sum();
        if bytes > LIMIT_BYTES {
            let file = job.files.first().map(|file| file.name.clone()).unwrap_or_default();
            return Err(Trouble::TooLarge { file, bytes, limit_bytes: LIMIT_BYTES });
        }
        context.step(Stage::Verify).await?;
        let files = job.files.into_iter().map(|file| DataFile { name: file.name, bytes: file.bytes.into_vec() });
        let album = Album::open(files.collect(), None).map_err(LabError::from)?;
        let report = report_of(&album);
        captions.own.brought.replace(Some(Rc::new(album)));
        captions.own.seen.take();
        Ok(report)
    }

    pub(super) async fn learn_captions(
        &self,
        captions: &Captions,
        job: &LearnCaptions,
        gpu: &MaybeGpu,
        context: &JobContext,
        tell: &dyn Fn(CaptionNews),
    ) -> Result<Learnt, Trouble> {
        let Seen { set, previews, .. } = self.seen_by(captions, &job.network, gpu, context).await?;
        let OwnLearnt { news, best_epoch, marks, captioner, device } = learn(job, &set, gpu, context, &tell).await?;
        let words = captioner.vocabulary.len() as u32;
        let backend = news.backend.clone();
        captions.own.learnt.replace(Some(Skill { captioner: Rc::new(captioner), device, backend }));
        let spoken = marks.spoken.into_iter().map(|spoken| SpokenCaption {
            preview: previews.get(&spoken.picture).cloned(),
            picture: spoken.picture,
            greedy: spoken.greedy,
            beam: spoken.beam,
            references: spoken.references,
        });
        Ok(Learnt {
            news,
            best_epoch,
            words,
            greedy: marks.greedy,
            beam: marks.beam,
            baseline: marks.baseline,
            frequent: marks.frequent,
            frequent_count: marks.frequent_count as u32,
            damaged: set.damaged as u32,
            first_damaged: set.first_damaged.clone(),
            spoken: spoken.collect(),
        })
    }

    /// All pictures once; again only where others were brought, or another network is to see them.
    async fn seen_by(
        &self,
        captions: &Captions,
        network: &str,
        gpu: &MaybeGpu,
        context: &JobContext,
    ) -> Result<Seen, Trouble> {
        let own = &captions.own;
        let missing = || LabError::Setup {
            detail: "no pictures with captions were brought yet; choose a folder with pictures and a captions file"
                .to_owned(),
        };
        let album = own.brought.borrow().clone().ok_or_else(missing)?;
        let known = own.seen.borrow().clone();
        if let Some(seen) = known.filter(|seen| Rc::ptr_eq(&seen.album, &album) && seen.network == network) {
            return Ok(seen);
        }
        let weights = self.weights(network, context).await?;
        Watch::step(context, Stage::Compile, 0, 1).await.map_err(Trouble::from)?;
        let mut eyes = Features::on_faster(&weights, BATCH, gpu, context).await?;
        let shown: BTreeMap<String, String> = shown(&album);
        let previews = RefCell::new(BTreeMap::new());
        let decode = async |name: &str, bytes: &[u8]| -> Result<Option<crate::data::Rgb>, Trouble> {
            let picture = match picture::decoded(name, bytes, context).await {
                Ok(picture) => picture,
                Err(Trouble::Cancelled) => return Err(Trouble::Cancelled),
                Err(_) => return Ok(None),
            };
            if let Some(known) = shown.get(name) {
                previews.borrow_mut().insert(known.clone(), preview(&picture)?);
            }
            Ok(Some(picture))
        };
        let set = Rc::new(OwnSet::seen(&album, &mut eyes, context, decode).await?);
        let previews = Rc::new(previews.into_inner());
        let seen = Seen { album, network: network.to_owned(), set, previews };
        own.seen.replace(Some(seen.clone()));
        Ok(seen)
    }

    pub(super) async fn say_caption(
        &self,
        captions: &Captions,
        job: SayCaption,
        context: &JobContext,
    ) -> Result<SaidCaption, Trouble> {
        let missing = || LabError::Setup { detail: "no captions were learnt here yet; train first".to_owned() };
        let Skill { captioner, device, backend } = captions.own.learnt.borrow().clone().ok_or_else(missing)?;
        let picture = self.picture(job.picture)?;
        let mut reader = context.or_cancelled(captions.own.reader.lock()).await?;
        let known = reader.take().filter(|reader| Rc::ptr_eq(reader.captioner(), &captioner));
        let mut ready = match known {
            Some(ready) => ready,
            None => Reader::new(&captioner, &self.weights(&captioner.eyes, context).await?, &device).await?,
        };
        let start = context.now_millis();
        let (sentence, log_p) = ready.say(&picture, job.decode).await?;
        *reader = Some(ready);
        let millis = context.now_millis() - start;
        Ok(SaidCaption { picture: job.picture, sentence, log_p, millis, backend })
    }
}

fn report_of(album: &Album) -> CaptionsReport {
    let count = |part: Part| album.pictures().iter().filter(|picture| picture.part == part).count() as u32;
    let notes = &album.notes;
    CaptionsReport {
        name: album.name.clone(),
        captions_file: album.captions_file.clone(),
        train: count(Part::Train),
        validation: count(Part::Validation),
        captions: album.pictures().iter().map(|picture| picture.sentences.len() as u32).sum(),
        notes: CaptionsNotes {
            named: notes.named as u32,
            missing: notes.missing as u32,
            first_missing: notes.first_missing.clone(),
            uncaptioned: notes.uncaptioned as u32,
            empty: notes.empty as u32,
            repeated: notes.repeated as u32,
            unnamed: notes.unnamed as u32,
            left_out: notes.left_out as u32,
        },
    }
}

/// The first validation pictures: their names in the captions file by those of their files.
fn shown(album: &Album) -> BTreeMap<String, String> {
    let pictures = album.pictures().iter().enumerate().filter(|(_, picture)| picture.part == Part::Validation);
    let both = pictures.take(SHOWN).filter_map(|(index, picture)| {
        let file = album.read(index)?.ok()?;
        Some((file.name.to_owned(), picture.name.clone()))
    });
    both.collect()
}

fn preview(picture: &crate::data::Rgb) -> Result<Pixels, Trouble> {
    let longer = picture.width().max(picture.height()).max(1);
    let scaled = |side: u32| (side * PREVIEW_SIDE.min(longer)).div_ceil(longer).max(1);
    let small = resize::resize(picture, scaled(picture.width()), scaled(picture.height())).map_err(LabError::from)?;
    Ok(Pixels { width: small.width(), height: small.height(), rgba: small.to_rgba().into() })
}
