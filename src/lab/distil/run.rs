//! A run: the teacher learns or is there, answers the transfer set, and the two students learn side by side.

use super::{Answers, LiveControls, TransferSet};
use crate::data::dataset::{Dataset, Examples, Part};
use crate::graph::Host;
use crate::lab::device::Device;
use crate::lab::pixels_from_planes;
use crate::lab::train::{Trainer, answers_of, dataset_of};
use crate::lab::trainer::TrainingLoop;
use crate::lab::{LabError, Monitor, Weights};
use crate::protocol::{
    Augment, BackendUsed, DistilNews, DistilResult, DistilRun, ErrorPoint, LearnerNews, SampleAnswer, Schedule,
    ScheduleKind, Setup, Teacher,
};
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Measurements on the test pictures during each network's training.
const MARKS: u32 = 24;
/// Pictures that are asked: the first of each class, and those on which the teacher is least sure.
const ASKED: usize = 20;
/// The class whose bias is corrected where none is omitted: the paper's.
const USUAL_CLASS: u32 = 3;
const MOST_BIAS: f32 = 12.0;
const BIAS_STEPS: u16 = 120;

/// Teacher, student alone, student distilled.
const TEACHER: usize = 0;
const PLAIN: usize = 1;
const DISTILLED: usize = 2;

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
    watch: &impl Monitor,
) -> Result<Rc<Dataset>, LabError> {
    let data = dataset_of(&job.data, brought, watch).await?;
    let (name, classes) = (&data.name, data.classes.len());
    let has_test = !data.split.range(Part::Test).is_empty();
    ensure!(has_test, "{name} has no test examples on which errors could be counted");
    if let Some(omitted) = job.omit.filter(|&omitted| omitted as usize >= classes) {
        return Err(bad_setup!("there is no class {omitted} to leave out; {name} has {classes}"));
    }
    Ok(data)
}

pub(super) struct DistilTraining<'a, W: Monitor, T: Fn(DistilNews)> {
    begin: DistilInputs<'a, W, T>,
    reporter: Reporter<'a, T>,
    transfer: TransferSet,
    student: Setup,
    device: Device,
    teacher: Option<Trainer>,
    plain: Trainer,
    distilled: Option<Trainer>,
    teacher_steps: u32,
    knowledge: Option<Host>,
    /// What the teacher says of the test pictures, once it has learnt.
    taught: Option<Answers>,
    /// The last step before which the networks were measured.
    measured: Option<u32>,
    /// When the present stage began.
    began_millis: f64,
}

pub(super) struct DistilInputs<'a, W, T> {
    pub(super) job: &'a DistilRun,
    pub(super) data: Rc<Dataset>,
    pub(super) given: Option<&'a Weights>,
    pub(super) controls: &'a LiveControls,
    pub(super) watch: &'a W,
    pub(super) tell: &'a T,
}

impl<'a, W: Monitor, T: Fn(DistilNews)> DistilTraining<'a, W, T> {
    pub(super) async fn new(
        begin: DistilInputs<'a, W, T>,
        device: Device,
        backend: BackendUsed,
    ) -> Result<Self, LabError> {
        let DistilInputs { job, ref data, .. } = begin;
        let count = (job.examples > 0).then_some(job.examples as usize);
        let transfer = TransferSet::of(data, count, job.omit)?;
        let student = setup_of_student(job);
        // The plain student first: what is wrong with its text or size is said before the teacher has learnt for a minute.
        let plain = Trainer::new(student.clone(), transfer.data.clone(), &device).await?;
        let teacher = match &job.teacher {
            Teacher::Trained { network, epochs, shift } => {
                let setup = setup_of_teacher(&student, network, *epochs, *shift);
                Some(Trainer::new(setup, data.clone(), &device).await?)
            }
            Teacher::Loaded { .. } => None,
        };
        let teacher_steps = teacher.as_ref().map_or(0, Trainer::steps);
        let examples = transfer.data.split.range(Part::Train).len();
        let mut reporter = Reporter::new(job, data.clone(), begin.tell, backend, examples);
        reporter.news.of = plain.steps() + teacher_steps;
        let (distilled, knowledge, taught, measured) = (None, None, None, None);
        let began_millis = begin.watch.now_millis();
        Ok(Self {
            begin,
            reporter,
            transfer,
            student,
            device,
            teacher,
            plain,
            distilled,
            teacher_steps,
            knowledge,
            taught,
            measured,
            began_millis,
        })
    }

    /// With what they have learnt: taught by the teacher, and alone.
    pub(super) async fn students(&self) -> Result<Option<[Weights; 2]>, LabError> {
        let Some(taught) = &self.distilled else { return Ok(None) };
        Ok(Some([taught.weights("student").await?, self.plain.weights("student-alone").await?]))
    }

    fn answers(&self, logits: Vec<f32>) -> Result<Answers, LabError> {
        let labels = &self.begin.data.labels[self.begin.data.split.range(Part::Test)];
        if logits.iter().any(|logit| !logit.is_finite()) {
            return Err(LabError::NotFiniteRun { step: 0, what: "a logit".to_owned() });
        }
        Ok(Answers::new(logits, labels, self.begin.data.classes.len()))
    }

    /// A step of the teacher, or what it knows once it has learnt.
    async fn teach(&mut self) -> Result<(), LabError> {
        let known = match &mut self.teacher {
            Some(teacher) => {
                self.reporter.news.pupils[TEACHER].params = teacher.network().totals().params;
                if let Some(test) = measured(teacher, &mut self.measured, self.begin.watch).await? {
                    let at = share(teacher);
                    let found = self.answers(test)?;
                    self.reporter.mark(TEACHER, at, &found);
                }
                let Some(teacher) = self.teacher.as_mut() else { return Ok(()) };
                if teacher.step() < teacher.steps() {
                    return teacher.advance();
                }
                let transfer = self.transfer.soft(&teacher.answers(Part::Train, self.begin.watch).await?)?;
                Knowledge { transfer, test: teacher.answers(Part::Test, self.begin.watch).await?, params: 0 }
            }
            None => answers_of_given(self.begin.given, &self.transfer, &self.begin.data, self.begin.watch).await?,
        };
        let taught = self.answers(known.test)?;
        if known.params > 0 {
            self.reporter.news.pupils[TEACHER].params = known.params;
            self.reporter.mark(TEACHER, 1.0, &taught);
        }
        self.reporter.ask(&taught);
        (self.teacher, self.taught, self.knowledge) = (None, Some(taught), Some(known.transfer));
        (self.measured, self.began_millis) = (None, self.begin.watch.now_millis());
        Ok(())
    }

    /// A step of the student that is behind; what came of it after the last one.
    async fn learn(&mut self, knowledge: &Host) -> Result<Option<DistilResult>, LabError> {
        if self.distilled.is_none() {
            let (setup, data) = (self.student.clone(), self.transfer.data.clone());
            self.distilled = Some(Trainer::student(setup, data, knowledge, self.begin.job.mix, &self.device).await?);
        }
        let Some(distilled) = &mut self.distilled else { return Ok(None) };
        let params = distilled.network().totals().params;
        [PLAIN, DISTILLED].into_iter().for_each(|lane| self.reporter.news.pupils[lane].params = params);
        if let Some(mix) = self.begin.controls.take_mix() {
            distilled.set_mix(mix)?;
        }
        if distilled.step() < self.plain.step() {
            distilled.advance()?;
            return Ok(None);
        }
        let mut again = self.measured;
        if let Some(alone) = measured(&mut self.plain, &mut self.measured, self.begin.watch).await? {
            let with_teacher = measured(distilled, &mut again, self.begin.watch).await?.unwrap_or_default();
            let at = share(&self.plain);
            for (lane, logits) in [(PLAIN, alone), (DISTILLED, with_teacher)] {
                let found = self.answers(logits)?;
                self.reporter.mark(lane, at, &found);
            }
        }
        if self.plain.step() < self.plain.steps() {
            self.plain.advance()?;
            return Ok(None);
        }
        let Some(distilled) = &mut self.distilled else { return Ok(None) };
        let mut all = Vec::new();
        for trainer in [&mut self.plain, distilled] {
            all.push(trainer.answers(Part::Test, self.begin.watch).await?);
        }
        let found = all.into_iter().map(|logits| self.answers(logits)).collect::<Result<Vec<_>, _>>()?;
        let (Some(taught), [alone, with_teacher]) = (&self.taught, found.as_slice()) else { return Ok(None) };
        self.reporter.answered(&[taught, alone, with_teacher]);
        let corrected = with_teacher.curve(self.reporter.class, MOST_BIAS, BIAS_STEPS);
        Ok(Some(DistilResult { corrected, news: self.reporter.whole() }))
    }
}

/// How far a network is, 0 to 1.
fn share(trainer: &Trainer) -> f32 {
    trainer.step() as f32 / trainer.steps().max(1) as f32
}

/// What a network says of the test pictures, where it is time to count its errors and that was not done before this step.
async fn measured(
    trainer: &mut Trainer,
    last: &mut Option<u32>,
    watch: &impl Monitor,
) -> Result<Option<Vec<f32>>, LabError> {
    let (step, steps) = (trainer.step(), trainer.steps());
    let every = steps.div_ceil(MARKS).max(1);
    if !(step.is_multiple_of(every) || step == steps) || *last == Some(step) {
        return Ok(None);
    }
    // That it has diverged is said here.
    trainer.point().await?;
    let logits = trainer.answers(Part::Test, watch).await?;
    *last = Some(step);
    Ok(Some(logits))
}

impl<W: Monitor, T: Fn(DistilNews)> TrainingLoop for DistilTraining<'_, W, T> {
    type End = Box<DistilResult>;

    fn step(&self) -> u32 {
        match &self.teacher {
            Some(teacher) => teacher.step(),
            None => self.teacher_steps + self.distilled.as_ref().map_or(0, Trainer::step),
        }
    }

    async fn turn(&mut self) -> Result<Option<Box<DistilResult>>, LabError> {
        while self.begin.controls.is_paused() {
            self.begin.watch.rest().await?;
        }
        let found = match self.knowledge.clone() {
            Some(knowledge) => self.learn(&knowledge).await?,
            None => self.teach().await.map(|()| None)?,
        };
        self.reporter.news.step = self.step();
        Ok(found.map(Box::new))
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        for trainer in self.teacher.iter_mut().chain([&mut self.plain]).chain(&mut self.distilled) {
            trainer.keep().await?;
        }
        Ok(())
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        self.device = device.clone();
        self.measured = None;
        self.plain.recover(device).await?;
        [PLAIN, DISTILLED].into_iter().for_each(|lane| self.reporter.go_back(lane, &self.plain));
        if let Some(distilled) = &mut self.distilled {
            distilled.recover(device).await?;
        }
        if let Some(teacher) = &mut self.teacher {
            teacher.recover(device).await?;
            self.reporter.go_back(TEACHER, teacher);
        }
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, _: f64) {
        let trainer = self.teacher.as_ref().unwrap_or(&self.plain);
        let seconds = (self.begin.watch.now_millis() - self.began_millis) / 1e3;
        let per_second = (f64::from(trainer.step()) / seconds.max(1e-6)).max(1e-6);
        let left = f64::from(trainer.steps() - trainer.step()) / per_second * 1e3;
        self.reporter.news.backend = backend.clone();
        self.reporter.tell(Some(left as u64));
    }
}

/// What is known so far, and how much of it was told.
struct Reporter<'a, T: Fn(DistilNews)> {
    news: DistilNews,
    told: [usize; 3],
    class: u32,
    data: Rc<Dataset>,
    tell: &'a T,
}

impl<'a, T: Fn(DistilNews)> Reporter<'a, T> {
    fn new(job: &DistilRun, data: Rc<Dataset>, tell: &'a T, backend: BackendUsed, examples: usize) -> Self {
        let test = data.split.range(Part::Test);
        let class = job.omit.unwrap_or(USUAL_CLASS.min(data.classes.len() as u32 - 1));
        let of_class = data.labels[test.clone()].iter().filter(|&&label| label == class).count();
        let news = DistilNews {
            is_teacher_done: false,
            step: 0,
            of: 0,
            pupils: Default::default(),
            tested: test.len() as u32,
            tested_of_class: of_class as u32,
            examples: examples as u32,
            classes: data.classes.clone(),
            millis_left: None,
            backend,
            asked: Vec::new(),
        };
        Self { news, told: [0; 3], class, data, tell }
    }

    fn mark(&mut self, lane: usize, at: f32, answers: &Answers) {
        let found = answers.at(self.class, 0.0);
        let mark = ErrorPoint { at, errors: found.errors, of_class: found.of_class };
        self.news.pupils[lane].measured.push(mark);
    }

    /// Forgets the errors that were counted after this step; those before it are counted again.
    fn go_back(&mut self, lane: usize, trainer: &Trainer) {
        let steps = trainer.steps().max(1) as f32;
        let step = |mark: &ErrorPoint| (mark.at * steps).round() as u32;
        self.news.pupils[lane].measured.retain(|mark| step(mark) < trainer.step());
    }

    fn tell(&mut self, millis_left: Option<u64>) {
        let mut news = DistilNews { millis_left, ..self.news.clone() };
        for (pupil, told) in news.pupils.iter_mut().zip(&mut self.told) {
            let all = pupil.measured.len();
            *pupil = LearnerNews { params: pupil.params, measured: pupil.measured.split_off((*told).min(all)) };
            *told = all.max(*told);
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
        let asked = |row: usize| SampleAnswer {
            pixels: pixels_of(&self.data, test.start + row),
            label: self.data.labels[test.start + row],
            logits: all.iter().map(|answers| answers.row(row).to_vec()).collect(),
        };
        self.news.asked =
            all.first().map(|taught| taught.telling(ASKED)).unwrap_or_default().into_iter().map(asked).collect();
    }

    fn whole(&self) -> DistilNews {
        DistilNews { step: self.news.of, millis_left: Some(0), ..self.news.clone() }
    }
}

fn pixels_of(data: &Dataset, example: usize) -> Option<crate::protocol::Pixels> {
    let Examples::Bytes(bytes) = &data.examples else { return None };
    let row = data.row_len();
    Some(pixels_from_planes(&bytes[example * row..][..row], data.shape))
}

/// The learning rate of a teacher that is trained here.
const TEACHER_RATE: f64 = 2e-3;

struct Knowledge {
    /// `[examples, classes]` of the transfer set.
    transfer: Host,
    /// Of the test pictures, row by row.
    test: Vec<f32>,
    /// Of a teacher that was not trained here.
    params: u64,
}

/// A teacher's setup, what it has in common with its students from theirs.
fn setup_of_teacher(student: &Setup, network: &str, epochs: u32, shift: u32) -> Setup {
    let mut setup = Setup { network: network.to_owned(), epochs, ..student.clone() };
    setup.optimiser.rate = TEACHER_RATE;
    setup.augment = Augment { shift, ..Augment::default() };
    setup
}

async fn answers_of_given(
    given: Option<&Weights>,
    transfer: &TransferSet,
    data: &Dataset,
    watch: &impl Monitor,
) -> Result<Knowledge, LabError> {
    let weights = given.ok_or_else(|| bad_setup!("there is no teacher with weights"))?;
    let network = weights.network();
    let Some(spec) = network.spec() else {
        return Err(bad_setup!("{} cannot teach here: only a network that is described by text can", network.title));
    };
    let ([c, h, w], [channels, height, width]) = (spec.data(), data.shape);
    ensure!(
        (spec.data(), spec.classes()) == (data.shape, data.classes.len()),
        "{} reads pictures of {c} × {h} × {w} in {} classes, {} has {channels} × {height} × {width} in {}; choose another \
         teacher or other data",
        network.title,
        spec.classes(),
        data.name,
        data.classes.len()
    );
    let answers = async |data: &Dataset, part: Part| {
        answers_of(spec, network.normalise, |name| weights.value(name)?.host().ok(), data, part, watch).await
    };
    let soft = answers(&transfer.data, Part::Train).await?;
    let rows = transfer.data.split.range(Part::Train).len();
    Ok(Knowledge {
        transfer: Host::from_vec(soft, (rows, data.classes.len()), &HostDevice::Cpu)?,
        test: answers(data, Part::Test).await?,
        params: spec.totals().params,
    })
}
