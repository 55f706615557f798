//! A run: the teacher learns or is there, answers the transfer set, and the two students learn side by side.

use super::teacher::{Knowledge, answers_of_given, setup_of_teacher};
use super::wheel::Wheel;
use super::{Answers, Transfer};
use crate::data::dataset::{Dataset, Examples, Part};
use crate::lab::device::{Device, Pace};
use crate::lab::train::{Trainer, dataset_of, picture};
use crate::lab::{LabError, Watch, Weights};
use crate::protocol::{
    Asked, BackendUsed, DistilNews, DistilRun, Lesson, Mark, Pupil, Schedule, ScheduleKind, Setup, Teacher,
};
use std::rc::Rc;

/// Measurements on the test pictures during each network's training.
const MARKS: u32 = 24;
/// Pictures that are asked: the first of each class, and those on which the teacher is least sure.
const ASKED: usize = 20;
/// The class whose bias is corrected where none is omitted: the paper's.
const USUAL_CLASS: u32 = 3;
/// Corrections of the bias.
const MOST_BIAS: f32 = 12.0;
const BIAS_STEPS: u16 = 120;

/// Teacher, student alone, student distilled.
const TEACHER: usize = 0;
const PLAIN: usize = 1;
const DISTILLED: usize = 2;

/// Who is asked: the job, what the person brought, and how to reach them.
pub(super) struct Room<'a, W: Watch, T: Fn(DistilNews)> {
    pub(super) job: &'a DistilRun,
    pub(super) data: Rc<Dataset>,
    pub(super) given: Option<&'a Weights>,
    pub(super) device: &'a Device,
    pub(super) wheel: &'a Wheel,
    pub(super) watch: &'a W,
    pub(super) tell: &'a T,
}

pub(super) fn setup_of_student(job: &DistilRun) -> Setup {
    Setup {
        data: job.data.clone(),
        network: job.student.clone(),
        optimiser: job.optimiser.clone(),
        schedule: Schedule { kind: ScheduleKind::Cosine, warmup_steps: 0 },
        batch: job.batch,
        epochs: job.epochs,
        seed: job.seed,
        backend: job.backend,
        ..Setup::default()
    }
}

/// The examples of a job, drawn or brought.
pub(super) async fn data_of(
    job: &DistilRun,
    brought: Option<&Rc<Dataset>>,
    watch: &impl Watch,
) -> Result<Rc<Dataset>, LabError> {
    let data = dataset_of(&job.data, brought, watch).await?;
    let detail = if data.split.range(Part::Test).is_empty() {
        format!("{} has no test examples on which errors could be counted", data.name)
    } else if let Some(omitted) = job.omit.filter(|&omitted| omitted as usize >= data.classes.len()) {
        format!("there is no class {omitted} to leave out; {} has {}", data.name, data.classes.len())
    } else {
        return Ok(data);
    };
    Err(LabError::Setup { detail })
}

impl<W: Watch, T: Fn(DistilNews)> Room<'_, W, T> {
    /// # Errors
    /// What [`Trainer::new`] refuses, [`LabError::Setup`] for a teacher of other pictures, [`LabError::NotFiniteRun`],
    /// [`LabError::Cancelled`].
    pub(super) async fn run(&self, backend: BackendUsed) -> Result<Lesson, LabError> {
        let (job, data, watch) = (self.job, &self.data, self.watch);
        let count = (job.examples > 0).then_some(job.examples as usize);
        let transfer = Transfer::of(data, count, job.omit)?;
        let student = setup_of_student(job);
        let mut show = Show::new(self, backend, transfer.data.split.range(Part::Train).len());

        // The plain student first: what is wrong with its text or size is said before the teacher has learnt for a minute.
        let plain = Trainer::new(student.clone(), transfer.data.clone(), self.device).await?;
        let steps = plain.steps();
        let mut teacher = match &job.teacher {
            Teacher::Trained { network, epochs, shift } => {
                let setup = setup_of_teacher(&student, network, *epochs, *shift);
                Some(Trainer::new(setup, data.clone(), self.device).await?)
            }
            Teacher::Loaded { .. } => None,
        };
        show.news.of = steps + teacher.as_ref().map_or(0, Trainer::steps);

        let knowledge = match &mut teacher {
            Some(teacher) => {
                self.learn(&mut show, &mut [(TEACHER, teacher)]).await?;
                let transfer = transfer.soft(&teacher.answers(Part::Train, watch).await?)?;
                Knowledge { transfer, test: teacher.answers(Part::Test, watch).await?, params: 0 }
            }
            None => answers_of_given(self.given, &transfer, data, watch).await?,
        };
        drop(teacher);
        let taught = self.answers(knowledge.test)?;
        if knowledge.params > 0 {
            show.news.pupils[TEACHER].params = knowledge.params;
            show.mark(TEACHER, 1.0, &taught);
        }
        show.ask(&taught);
        let mut plain = plain;
        let mut distilled =
            Trainer::student(student, transfer.data.clone(), &knowledge.transfer, job.mix, self.device).await?;
        self.learn(&mut show, &mut [(PLAIN, &mut plain), (DISTILLED, &mut distilled)]).await?;

        let alone = self.answers(plain.answers(Part::Test, watch).await?)?;
        let with_teacher = self.answers(distilled.answers(Part::Test, watch).await?)?;
        show.answered(&[&taught, &alone, &with_teacher]);
        Ok(Lesson { corrected: with_teacher.curve(show.class, MOST_BIAS, BIAS_STEPS), news: show.whole() })
    }

    fn answers(&self, logits: Vec<f32>) -> Result<Answers, LabError> {
        let labels = &self.data.labels[self.data.split.range(Part::Test)];
        if logits.iter().any(|logit| !logit.is_finite()) {
            return Err(LabError::NotFiniteRun { step: 0, what: "a logit".to_owned() });
        }
        Ok(Answers::new(logits, labels, self.data.classes.len()))
    }

    /// To the end, taking turns step by step.
    async fn learn(&self, show: &mut Show<'_, T>, lanes: &mut [(usize, &mut Trainer)]) -> Result<(), LabError> {
        let steps = lanes.first().map_or(0, |(_, trainer)| trainer.steps());
        let before = show.news.step;
        for (lane, trainer) in lanes.iter() {
            show.news.pupils[*lane].params = trainer.network().totals().params;
        }
        let every = steps.div_ceil(MARKS).max(1);
        let mut pace = Pace::new(self.watch);
        for step in 0..=steps {
            if step % every == 0 || step == steps {
                for (lane, trainer) in lanes.iter_mut() {
                    trainer.point().await?;
                    let answers = self.answers(trainer.answers(Part::Test, self.watch).await?)?;
                    show.mark(*lane, step as f32 / steps.max(1) as f32, &answers);
                }
            }
            if step == steps {
                break;
            }
            self.steer(lanes).await?;
            for (_, trainer) in lanes.iter_mut() {
                trainer.advance()?;
                pace.rest(self.watch).await?;
            }
            show.news.step = before + step + 1;
            if pace.is_time_to_tell(self.watch) {
                let per_second = f64::from(pace.per_second(self.watch, step + 1)).max(1e-6);
                show.tell(Some((f64::from(steps - step) / per_second * 1e3) as u64));
            }
        }
        Ok(())
    }

    /// What the person wants of the next step; waits while it is paused.
    async fn steer(&self, lanes: &mut [(usize, &mut Trainer)]) -> Result<(), LabError> {
        if let Some(mix) = self.wheel.take_mix() {
            for (_, trainer) in lanes.iter_mut() {
                trainer.set_mix(mix)?;
            }
        }
        while self.wheel.is_paused() {
            self.watch.pause().await;
            if self.watch.is_cancelled() {
                return Err(LabError::Cancelled);
            }
        }
        Ok(())
    }
}

/// What is known so far, and how much of it was told.
struct Show<'a, T: Fn(DistilNews)> {
    news: DistilNews,
    told: [usize; 3],
    class: u32,
    data: Rc<Dataset>,
    tell: &'a T,
}

impl<'a, T: Fn(DistilNews)> Show<'a, T> {
    fn new<W: Watch>(room: &Room<'a, W, T>, backend: BackendUsed, examples: usize) -> Self {
        let test = room.data.split.range(Part::Test);
        let class = room.job.omit.unwrap_or(USUAL_CLASS.min(room.data.classes.len() as u32 - 1));
        let of_class = room.data.labels[test.clone()].iter().filter(|&&label| label == class).count();
        let news = DistilNews {
            is_teacher_done: false,
            step: 0,
            of: 0,
            pupils: Default::default(),
            tested: test.len() as u32,
            tested_of_class: of_class as u32,
            examples: examples as u32,
            classes: room.data.classes.clone(),
            millis_left: None,
            backend,
            asked: Vec::new(),
        };
        Self { news, told: [0; 3], class, data: room.data.clone(), tell: room.tell }
    }

    fn mark(&mut self, lane: usize, at: f32, answers: &Answers) {
        let found = answers.at(self.class, 0.0);
        let mark = Mark { at, errors: found.errors, of_class: found.of_class };
        self.news.pupils[lane].measured.push(mark);
    }

    fn tell(&mut self, millis_left: Option<u64>) {
        let mut news = DistilNews { millis_left, ..self.news.clone() };
        for (pupil, told) in news.pupils.iter_mut().zip(&mut self.told) {
            let all = pupil.measured.len();
            *pupil = Pupil { params: pupil.params, measured: pupil.measured.split_off(*told) };
            *told = all;
        }
        (self.tell)(news);
        self.news.asked.clear();
    }

    /// The pictures that are shown, with the teacher's logits.
    fn ask(&mut self, taught: &Answers) {
        self.news.is_teacher_done = true;
        self.answered(&[taught]);
        self.tell(None);
    }

    fn answered(&mut self, all: &[&Answers]) {
        let test = self.data.split.range(Part::Test);
        let asked = |row: usize| Asked {
            pixels: pixels_of(&self.data, test.start + row),
            label: self.data.labels[test.start + row],
            logits: all.iter().map(|answers| answers.row(row).to_vec()).collect(),
        };
        self.news.asked =
            all.first().map(|taught| taught.telling(ASKED)).unwrap_or_default().into_iter().map(asked).collect();
    }

    fn whole(self) -> DistilNews {
        DistilNews { step: self.news.of, millis_left: Some(0), ..self.news }
    }
}

fn pixels_of(data: &Dataset, example: usize) -> Option<crate::protocol::Pixels> {
    let Examples::Bytes(bytes) = &data.examples else { return None };
    let row = data.row_len();
    Some(picture(&bytes[example * row..][..row], data.shape))
}
