//! Captions of one's own in a session: what a person brought, what was learnt of it, and what it says of other pictures.

use super::{OwnSet, OwnTrained, train_own};
use crate::data::Rgb;
use crate::data::dataset::Part;
use crate::data::files::Album;
use crate::lab::caption::batch::PictureData;
use crate::lab::caption::compiled::CompiledCaptioner;
use crate::lab::caption::decode::decode;
use crate::lab::caption::kept::Captioner;
use crate::lab::device::{Device, again_if_lost};
use crate::lab::{Features, Host, LabError, Weights, files_from, thumbnail};
use crate::models::show_and_tell::PictureInput;
use crate::protocol::{
    BackendChoice, BackendUsed, BringCaptions, CaptionNews, CaptionsNotes, CaptionsReport, Decode, LearnCaptions,
    Learnt, Pixels, SaidCaption, SayCaption, SpokenCaption, Stage,
};
use async_lock::Mutex;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Default)]
pub(in crate::lab::caption) struct OwnSession {
    brought: RefCell<Option<Rc<Album>>>,
    /// The same, as a network saw it last.
    seen: RefCell<Option<Seen>>,
    trained: RefCell<Option<Trained>>,
    decoder: Mutex<Option<TrainedDecoder>>,
}

#[derive(Clone)]
struct Seen {
    album: Rc<Album>,
    network: String,
    set: Rc<OwnSet>,
    /// Of the first validation pictures, by their names.
    previews: Rc<BTreeMap<String, Pixels>>,
}

#[derive(Clone)]
struct Trained {
    captioner: Rc<Captioner>,
    device: Device,
    backend: BackendUsed,
}

/// Pictures that a network sees at once.
const BATCH: usize = 8;
/// Validation pictures that are shown, and their longer side.
const SHOWN: usize = 12;
const PREVIEW_SIDE: u32 = 160;

impl OwnSession {
    /// Pictures and their captions file replace those given before.
    pub(in crate::lab::caption) async fn bring(
        &self,
        job: BringCaptions,
        host: &impl Host,
    ) -> Result<CaptionsReport, LabError> {
        let album = Album::open(files_from(job.files, host).await?, None)?;
        let report = report_of(&album);
        self.brought.replace(Some(Rc::new(album)));
        self.seen.take();
        Ok(report)
    }

    fn trained(&self) -> Result<Trained, LabError> {
        let trained = self.trained.borrow().clone();
        trained.ok_or_else(|| bad_setup!("no captions were learnt here yet; train first"))
    }

    /// Learns what was brought.
    pub(in crate::lab::caption) async fn learn(
        &self,
        job: &LearnCaptions,
        host: &impl Host,
        tell: &impl Fn(CaptionNews),
    ) -> Result<Learnt, LabError> {
        let Seen { set, previews, .. } = self.seen_by(&job.network, host).await?;
        let OwnTrained { news, best_epoch, scores, captioner, device } = train_own(job, &set, host, tell).await?;
        let words = captioner.vocabulary.len() as u32;
        let backend = news.backend.clone();
        self.trained.replace(Some(Trained { captioner: Rc::new(captioner), device, backend }));
        let spoken = scores.spoken.into_iter();
        let spoken = spoken.map(|one| SpokenCaption { preview: previews.get(&one.picture).cloned(), ..one });
        Ok(Learnt {
            news,
            best_epoch,
            words,
            greedy: scores.greedy,
            beam: scores.beam,
            baseline: scores.baseline,
            frequent: scores.frequent,
            frequent_count: scores.frequent_count as u32,
            damaged: set.damaged as u32,
            first_damaged: set.first_damaged.clone(),
            spoken: spoken.collect(),
        })
    }

    /// All pictures once; again only where others were brought, or another network is to see them.
    async fn seen_by(&self, network: &str, host: &impl Host) -> Result<Seen, LabError> {
        let album = self.brought.borrow().clone().ok_or_else(|| {
            bad_setup!("no pictures with captions were brought yet; choose a folder with pictures and a captions file")
        })?;
        let known = self.seen.borrow().clone();
        if let Some(seen) = known.filter(|seen| Rc::ptr_eq(&seen.album, &album) && seen.network == network) {
            return Ok(seen);
        }
        let weights = &host.weights(network).await?;
        host.step(Stage::Compile, 0, 1).await?;
        let shown: BTreeMap<String, String> = shown(&album);
        let previews = RefCell::new(BTreeMap::new());
        let decode = async |name: &str, bytes: &[u8]| {
            let picture = match host.decoded(name, bytes).await {
                Err(LabError::Cancelled) => return Err(LabError::Cancelled),
                decoded => decoded.ok(),
            };
            if let (Some(known), Some(picture)) = (shown.get(name), &picture) {
                previews.borrow_mut().insert(known.clone(), thumbnail(picture, PREVIEW_SIDE)?);
            }
            Ok(picture)
        };
        let see = async |device: &Device, _| {
            let mut backbone = Features::new(weights, BATCH, device).await?;
            OwnSet::seen(&album, &mut backbone, host, &decode).await
        };
        let chosen = Features::faster(weights, host).await?;
        let set = Rc::new(again_if_lost(BackendChoice::Auto, &host.gpu().await?, chosen, see).await?);
        let seen =
            Seen { album: album.clone(), network: network.to_owned(), set, previews: Rc::new(previews.into_inner()) };
        self.seen.replace(Some(seen.clone()));
        Ok(seen)
    }

    /// What was learnt says what is in a picture.
    pub(in crate::lab::caption) async fn say(
        &self,
        job: &SayCaption,
        host: &impl Host,
    ) -> Result<SaidCaption, LabError> {
        let Trained { captioner, device, backend } = self.trained()?;
        let picture = host.picture(job.picture)?;
        let weights = &host.weights(&captioner.backbone).await?;
        let mut decoder = host.or_cancelled(self.decoder.lock()).await?;
        let say = async |device: &Device, backend: BackendUsed| {
            let known = decoder.take().filter(|known| Rc::ptr_eq(known.captioner(), &captioner) && !known.is_lost());
            let ready = match known {
                Some(known) => known,
                None => TrainedDecoder::new(&captioner, weights, device).await?,
            };
            let start = host.now_millis();
            let (sentence, log_p) = decoder.insert(ready).caption(&picture, job.decode).await?;
            let millis = host.now_millis() - start;
            Ok(SaidCaption { picture: job.picture, sentence, log_p, millis, backend })
        };
        again_if_lost(BackendChoice::Auto, &host.gpu().await?, (device, backend), say).await
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

/// Decoder and backbone on one device.
pub struct TrainedDecoder {
    captioner: Rc<Captioner>,
    backbone: Features,
    compiled: CompiledCaptioner,
}

impl TrainedDecoder {
    /// `weights` are those of the network that made the features from which the decoder learnt.
    pub async fn new(captioner: &Rc<Captioner>, weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let (wanted, found) = (&captioner.backbone, &weights.network().id);
        let backbone = Features::new(weights, 1, device).await?;
        let is_same = wanted == found && captioner.net.input == (PictureInput::Features { count: backbone.count() });
        let seen = if wanted.is_empty() { "pictures themselves".to_owned() } else { format!("features of {wanted}") };
        ensure!(is_same, "the captioning network learnt from {seen}, not from features of {found}");
        Ok(Self { captioner: captioner.clone(), backbone, compiled: CompiledCaptioner::new(captioner, device)? })
    }

    pub fn is_lost(&self) -> bool {
        self.compiled.is_lost()
    }

    pub fn captioner(&self) -> &Rc<Captioner> {
        &self.captioner
    }

    /// The sentence, and its log-probability.
    pub async fn caption(&mut self, picture: &Rgb, how: Decode) -> Result<(String, f64), LabError> {
        let features = self.backbone.of(std::slice::from_ref(picture)).await?.remove(0);
        let decoded = decode(&mut self.compiled, &PictureData::Features(features), how).await?;
        Ok((self.captioner.vocabulary.sentence(&decoded.words), decoded.log_p))
    }
}
