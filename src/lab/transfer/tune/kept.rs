//! A run of fine-tuning as it is kept, to go on when it was stopped, closed or lost: safetensors with the weights and what the optimiser
//! keeps, the weights of the best epoch, and the rest in the metadata.

use crate::lab::transfer::curve::CurveTask;
use crate::lab::transfer::duplicate::ContentHash;
use crate::lab::transfer::earlier::digest;
use crate::lab::transfer::subject::LabelledPictures;
use crate::lab::weights::check_finite;
use crate::lab::wilson::share_of;
use crate::lab::{LabError, Weights};
use crate::nn::checkpoint::{Checkpoint, bytes_from_tensors};
use crate::protocol::{AccuracyShare, BackendChoice, LearningRow, TransferTask, TuneEpoch};
use candle_core::Tensor as Host;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;

/// Under this key the metadata has the [`Card`] as JSON.
const KEY: &str = "neocog.fine-tuning";
/// What stands before the names of tensors: those of the step that was reached, and those of the best epoch.
const NOW: &str = "now/";
const BEST: &str = "best/";

/// What is kept of all that is compared: rows that are done, and the fine-tuning under way, or the last one where all are done.
#[derive(Default)]
pub struct TuneRun {
    /// Of all that the run depends on: it goes on with the same only.
    about: u64,
    rows: Vec<LearningRow>,
    /// Of a row that is not done.
    scratch: Option<(u32, AccuracyShare)>,
    tuning: Option<KeptTuning>,
}

/// Which fine-tuning of a run it is: the row, and whether the network begins with nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lab::transfer) struct TunePart {
    pub(in crate::lab::transfer) row: u32,
    pub(in crate::lab::transfer) is_scratch: bool,
}

/// One fine-tuning, after some step.
#[derive(Clone)]
pub(super) struct KeptTuning {
    pub(super) progress: TuneProgress,
    pub(super) now: BTreeMap<String, Host>,
    pub(super) best: BTreeMap<String, Host>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct TuneProgress {
    pub(super) part: TunePart,
    pub(super) step: u32,
    pub(super) epochs: Vec<TuneEpoch>,
    /// Of the steps of the epoch under way.
    pub(super) losses: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct Card {
    about: u64,
    rows: Vec<LearningRow>,
    scratch: Option<(u32, AccuracyShare)>,
    tuning: Option<TuneProgress>,
}

impl TuneRun {
    /// # Errors
    /// [`LabError::Checkpoint`], [`LabError::BadRun`] where it is no such run, [`LabError::NotFinite`].
    pub fn parse(name: &str, bytes: Vec<u8>) -> Result<Self, LabError> {
        let file = Checkpoint::parse(name, bytes)?;
        let bad = |detail: &str| LabError::BadRun { file: name.to_owned(), detail: detail.to_owned() };
        let card = file.metadata().get(KEY).ok_or_else(|| bad("it is no run of fine-tuning"))?;
        let Card { about, mut rows, mut scratch, mut tuning } =
            serde_json::from_str(card).map_err(|error| bad(&error.to_string()))?;
        // What follows from two counts: JSON's reader rounds the last digit.
        let exact = |share: &mut AccuracyShare| *share = share_of(share.right as usize, share.of as usize);
        for LearningRow { classifier, raw, tuned, scratch, .. } in &mut rows {
            [Some(classifier), Some(raw), tuned.as_mut(), scratch.as_mut()].into_iter().flatten().for_each(exact);
        }
        scratch.iter_mut().for_each(|(_, share)| exact(share));
        let epochs = tuning.iter_mut().flat_map(|tuning: &mut TuneProgress| &mut tuning.epochs);
        epochs.for_each(|epoch| exact(&mut epoch.validation));
        check_finite(&file)?;
        let [mut now, mut best] = [BTreeMap::new(), BTreeMap::new()];
        for name in file.names() {
            match (name.strip_prefix(NOW), name.strip_prefix(BEST)) {
                (Some(of), _) => now.insert(of.to_owned(), file.tensor(name)?),
                (_, Some(of)) => best.insert(of.to_owned(), file.tensor(name)?),
                _ => return Err(bad(&format!("{name} is a tensor of no known kind"))),
            };
        }
        let tuning = tuning.map(|progress| KeptTuning { progress, now, best });
        Ok(Self { about, rows, scratch, tuning })
    }

    fn bytes(&self) -> Result<Vec<u8>, LabError> {
        let Self { about, rows, scratch, tuning } = self;
        let progress = tuning.as_ref().map(|tuning| tuning.progress.clone());
        let card = Card { about: *about, rows: rows.clone(), scratch: *scratch, tuning: progress };
        let card = serde_json::to_string(&card).map_err(|error| bad_setup!("a run cannot be kept: {error}"))?;
        let mut tensors = BTreeMap::new();
        if let Some(KeptTuning { now, best, .. }) = tuning {
            for (before, values) in [(NOW, now), (BEST, best)] {
                tensors.extend(values.iter().map(|(name, value)| (format!("{before}{name}"), value.clone())));
            }
        }
        Ok(bytes_from_tensors("the run", &tensors, &BTreeMap::from([(KEY.to_owned(), card)]))?)
    }
}

/// All that a run depends on.
#[derive(Clone, Copy)]
pub struct TuneSubject<'a> {
    pub weights: &'a Rc<Weights>,
    pub compared: CurveTask<'a>,
    pub learnt: &'a LabelledPictures,
    pub asked: Option<&'a LabelledPictures>,
    /// Pictures of each class, row by row.
    pub sizes: &'a [usize],
}

impl TuneSubject<'_> {
    fn hash(&self) -> Result<u64, LabError> {
        let Self { weights, compared: CurveTask { task, tune, scratch }, learnt, asked, sizes } = *self;
        let mut content = ContentHash::default();
        // By its content, whatever it is called.
        let task = TransferTask { network: String::new(), backend: BackendChoice::Auto, ..task.clone() };
        let said = serde_json::to_string(&(task, tune, scratch, sizes));
        content.add(said.map_err(|error| bad_setup!("a run cannot be kept: {error}"))?.as_bytes());
        content.add(&digest(weights)?.to_le_bytes());
        for LabelledPictures { classes, labels, pictures } in [Some(learnt), asked].into_iter().flatten() {
            classes.iter().for_each(|class| content.add(format!("{class}\n").as_bytes()));
            for (label, known) in labels.iter().zip(pictures) {
                content.add(&label.to_le_bytes());
                content.add(&known.digest.content.to_le_bytes());
            }
        }
        Ok(content.0)
    }
}

/// Keeps the file of a run somewhere.
pub type KeepRun<'a> = dyn Fn(Vec<u8>) -> Pin<Box<dyn Future<Output = Result<(), LabError>> + 'a>> + 'a;

/// A run under way, and who keeps it; by default nobody does.
#[derive(Default)]
pub struct TuneLog<'a> {
    run: RefCell<TuneRun>,
    part: Cell<TunePart>,
    keep: Option<&'a KeepRun<'a>>,
}

impl<'a> TuneLog<'a> {
    /// A new run, or the one that was kept.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where that one is of something else.
    pub fn new(of: TuneSubject<'_>, kept: Option<TuneRun>, keep: &'a KeepRun<'a>) -> Result<Self, LabError> {
        let about = of.hash()?;
        let run = kept.unwrap_or_else(|| TuneRun { about, ..TuneRun::default() });
        if run.about != about {
            return Err(LabError::RunDiffers { what: "network, with other pictures or other settings".to_owned() });
        }
        Ok(Self { run: run.into(), part: Cell::default(), keep: Some(keep) })
    }

    /// A row that is done.
    pub(in crate::lab::transfer) fn row(&self, at: usize) -> Option<LearningRow> {
        self.run.borrow().rows.get(at).cloned()
    }

    /// Of a row that is not done.
    pub(in crate::lab::transfer) fn scratch(&self, at: usize) -> Option<AccuracyShare> {
        self.run.borrow().scratch.filter(|(row, _)| *row as usize == at).map(|(_, share)| share)
    }

    pub(in crate::lab::transfer) fn has_scratch(&self, at: usize, share: AccuracyShare) {
        self.run.borrow_mut().scratch = Some((at as u32, share));
    }

    pub(in crate::lab::transfer) fn has_row(&self, row: LearningRow) {
        self.run.borrow_mut().rows.push(row);
    }

    /// Whether the fine-tuning of this row is there, as far as it came.
    pub(in crate::lab::transfer) fn has_tuned(&self, at: usize) -> bool {
        let part = TunePart { row: at as u32, is_scratch: false };
        self.run.borrow().tuning.as_ref().is_some_and(|tuning| tuning.progress.part == part)
    }

    /// What is fine-tuned next.
    pub(in crate::lab::transfer) fn begin(&self, part: TunePart) {
        self.part.set(part);
    }

    /// Where what is fine-tuned next goes on.
    pub(super) fn before(&self) -> Option<KeptTuning> {
        let part = self.part.get();
        self.run.borrow().tuning.clone().filter(|tuning| tuning.progress.part == part)
    }

    pub(super) fn is_kept(&self) -> bool {
        self.keep.is_some()
    }

    pub(super) fn part(&self) -> TunePart {
        self.part.get()
    }

    pub(super) async fn keep(&self, tuning: KeptTuning) -> Result<(), LabError> {
        self.run.borrow_mut().tuning = Some(tuning);
        let Some(keep) = self.keep else { return Ok(()) };
        let bytes = self.run.borrow().bytes()?;
        keep(bytes).await
    }
}
