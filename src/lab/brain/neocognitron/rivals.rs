//! Networks that learn by gradient from the pictures from which a neocognitron grew.

use super::deform::resized;
use super::digits::DigitPictures;
use super::planes::CellPlanes;
use crate::data::dataset::{Dataset, Examples, Part, Split};
use crate::lab::device::{Device, Pace};
use crate::lab::softmax::argmax;
use crate::lab::train::Trainer;
use crate::lab::{LabError, Monitor};
use crate::models::spec::preset::Preset;
use crate::protocol::{DataChoice, Progress, Schedule, ScheduleKind, Setup, Stage, ToleranceModel, ToleranceRun};
use std::rc::Rc;

/// Those of the zip-code net.
const ZIP_SIDE: usize = 16;
const BATCH: u32 = 32;

/// A network with as many weights as wanted, or as close as its last hidden layer lets it come.
fn convolutional(side: usize, classes: usize, wanted: usize) -> String {
    let channels = [12, 24];
    let pooled = side / 2 / 2;
    let fixed = channels[0] * 26 + channels[1] * (25 * channels[0] + 1) + classes;
    let each = channels[1] * pooled * pooled + 1 + classes;
    let width = (wanted.saturating_sub(fixed) / each).max(8);
    let [first, second] = channels;
    format!(
        "init he\nconv {first} 5 pad 2\nrelu\nmaxpool 2\nconv {second} 5 pad 2\nrelu\nmaxpool 2\nflatten\nlinear {width}\nrelu\nlinear classes\n"
    )
}

/// What a network of those says: of each picture its class.
pub struct RivalAnswers {
    pub weights: u32,
    pub classes: Vec<u32>,
}

/// The networks of [`ToleranceModel`] but the first, each with its pictures.
pub struct RivalLessons {
    kinds: usize,
    lessons: Vec<(Setup, Rc<Dataset>)>,
}

impl RivalLessons {
    /// To learn from the pictures for growing, and to be asked about `tried`; `wanted` are the weights of the last one.
    ///
    /// # Errors
    /// Where they are no data set.
    pub fn new(
        job: &ToleranceRun,
        pictures: &DigitPictures,
        tried: &[CellPlanes],
        wanted: usize,
    ) -> Result<Self, LabError> {
        let (side, kinds) = (pictures.side, pictures.classes.len());
        let preset = |id: &str| Preset::find(id).map(|preset| preset.text).unwrap_or_default();
        let mut lessons = Vec::new();
        for model in ToleranceModel::ALL {
            let (network, side) = match model {
                ToleranceModel::Neocognitron => continue,
                ToleranceModel::ZipCode => (preset("zipcode1989"), ZIP_SIDE),
                ToleranceModel::Dense => (preset("mlp"), side),
                ToleranceModel::Convolutional => (convolutional(side, kinds, wanted), side),
            };
            let data = Rc::new(dataset(pictures, tried, side)?);
            lessons.push((setup_of(job, network, pictures.train.len()), data));
        }
        Ok(Self { kinds, lessons })
    }

    /// Milliseconds of a step of each.
    pub(in crate::lab) async fn sample(&self, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut millis = 0.0;
        for (setup, data) in &self.lessons {
            millis += Trainer::new(setup.clone(), data.clone(), device).await?.step_millis(watch).await?;
        }
        Ok(millis)
    }

    /// Trains one after the other, and asks it.
    ///
    /// # Errors
    /// [`LabError::Cancelled`], and what training meets.
    pub async fn learnt(&self, device: &Device, watch: &impl Monitor) -> Result<Vec<RivalAnswers>, LabError> {
        let mut found = Vec::new();
        let mut pace = Pace::new(watch);
        for (at, (setup, data)) in self.lessons.iter().enumerate() {
            let mut trainer = Trainer::new(setup.clone(), data.clone(), device).await?;
            let steps = trainer.steps();
            while trainer.step() < steps {
                trainer.advance()?;
                if trainer.is_full() {
                    trainer.losses().await?;
                }
                if pace.is_time_to_tell(watch) {
                    let (step, each) = (u64::from(trainer.step()), u64::from(steps));
                    let (done, of) = (at as u64 * each + step, self.lessons.len() as u64 * each);
                    watch.progress(Progress { stage: Stage::Run, done, of, millis_left: None });
                }
                pace.rest(watch).await?;
            }
            let answers = trainer.answers(Part::Test, watch).await?;
            found.push(RivalAnswers {
                weights: trainer.params() as u32,
                classes: answers.chunks(self.kinds).map(|logits| argmax(logits) as u32).collect(),
            });
        }
        Ok(found)
    }
}

fn setup_of(job: &ToleranceRun, network: String, count: usize) -> Setup {
    Setup {
        data: DataChoice::default(),
        network,
        schedule: Schedule { kind: ScheduleKind::Cosine, warmup_steps: 0 },
        batch: BATCH.min(count as u32),
        epochs: job.epochs,
        seed: job.seed,
        ..Setup::default()
    }
}

/// The pictures for growing as those for training, what is tried as those for the test.
fn dataset(pictures: &DigitPictures, tried: &[CellPlanes], side: usize) -> Result<Dataset, LabError> {
    let learnt = pictures.train.iter().map(|(picture, _)| picture);
    let mut bytes = Vec::with_capacity((pictures.train.len() + tried.len()) * side * side);
    for picture in learnt.chain(tried) {
        let sized = (picture.side != side).then(|| resized(picture, side));
        let values = &sized.as_ref().unwrap_or(picture).values;
        bytes.extend(values.iter().map(|value| (255.0 * value).round() as u8));
    }
    let count = pictures.train.len();
    // What is tried has no labels here: whoever asks knows them.
    let labels = pictures.train.iter().map(|(_, class)| *class).chain(tried.iter().map(|_| 0)).collect();
    let split = Split::of_counts([count, 0, tried.len()]);
    Ok(Dataset::new("tolerance", [1, side, side], pictures.classes.clone(), Examples::Bytes(bytes), labels, split)?)
}
