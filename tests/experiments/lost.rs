//! A GPU that is lost in the middle of each training: it goes on from the state that was kept last, on a new device, and ends as
//! if nothing had happened.

use crate::captions::toys;
use crate::host::TestHost;
use neocog::lab::caption::{Captioner, train_own, train_scenes};
use neocog::lab::device::MaybeGpu;
use neocog::lab::distil::DistilSession;
use neocog::lab::train::{Saved, TrainSession};
use neocog::lab::{LabError, Perform};
use neocog::protocol::{
    BackendChoice, BackendUsed, Begin, CaptionTrain, DataChoice, DeepNet, DeepTraining, Distil, DistilRun, Distilled,
    LearnCaptions, Optimise, OptimiseNews, Optimised, Optimiser, OptimiserRace, Rule, RunState, Setup, Teacher,
    TrainRun, Why,
};
use pollster::block_on;
use std::cell::Cell;
use std::rc::Rc;

/// Its clock goes on by this with every look at it: states are kept and news told after so many steps, not after so long.
const TICK_MILLIS: f64 = 40.0;

fn host(gpu: &MaybeGpu) -> TestHost {
    TestHost { tick_millis: Some(TICK_MILLIS), ..TestHost::on(gpu.clone()) }
}

/// One that can be found again.
fn gpu() -> Option<MaybeGpu> {
    crate::gpu::gpu()?;
    Some(block_on(MaybeGpu::find()))
}

/// Runs a training twice, the second time with a GPU that is lost once, when `is_time` says so of some news; what came of both,
/// but for where it ran.
fn assert_recovers<N, T: PartialEq + std::fmt::Debug>(
    is_time: impl Fn(&N) -> bool,
    run: impl Fn(&TestHost, &dyn Fn(N)) -> (T, BackendUsed),
) {
    let Some(gpu) = gpu() else { return };
    let (calm, used) = run(&host(&gpu), &|_| {});
    assert_eq!(used.why, Why::Chosen);
    let lost = Cell::new(false);
    let lose = |news: N| {
        if is_time(&news) && !lost.replace(true) {
            gpu.lose();
        }
    };
    let (found, used) = run(&host(&gpu), &lose);
    assert!(lost.get(), "the GPU was not lost");
    let Why::Recovered { lost_steps } = used.why else { panic!("{used:?}") };
    println!("{lost_steps} steps again");
    assert!(lost_steps < LOST_AT, "it went on from a state that was kept: {lost_steps} steps again");
    assert!(found == calm, "the same once more: {found:?} for {calm:?}");
}

/// The GPU is lost after this step.
const LOST_AT: u32 = 40;

fn by(rule: Rule, rate: f64) -> Optimiser {
    Optimiser { rule, rate, ..Optimiser::default() }
}

fn setup() -> Setup {
    Setup {
        data: DataChoice { set: "xor".to_owned(), count: 200, ..DataChoice::default() },
        network: "linear 8\ntanh\nlinear classes".to_owned(),
        batch: 20,
        epochs: 12,
        backend: BackendChoice::Gpu,
        ..Setup::default()
    }
}

#[test]
fn a_race_goes_on() {
    let lanes = vec![by(Rule::Sgd, 0.1), by(Rule::Adam, 0.02), by(Rule::Sgd, 1e38)];
    let job = Optimise::Race(OptimiserRace { setup: setup(), lanes, steps: 400 });
    assert_recovers(
        |news| matches!(news, OptimiseNews::Race(news) if news.step >= LOST_AT),
        |host, tell| match block_on(job.clone().perform(&(), host, tell)).unwrap() {
            Optimised::Raced(news) => (news.lanes, news.backend),
            other => panic!("{other:?}"),
        },
    );
}

#[test]
fn deep_networks_go_on() {
    let nets = vec![DeepNet { depth: 3, width: 8, ..DeepNet::default() }; 2];
    let data = DataChoice { set: "xor".to_owned(), count: 100, ..DataChoice::default() };
    let job = Optimise::Depth(DeepTraining {
        nets,
        data,
        steps: 300,
        backend: BackendChoice::Gpu,
        ..DeepTraining::default()
    });
    assert_recovers(
        |news| matches!(news, OptimiseNews::Depth(news) if news.step >= LOST_AT),
        |host, tell| match block_on(job.clone().perform(&(), host, tell)).unwrap() {
            Optimised::Deepened(news) => (news.nets, news.backend.unwrap()),
            other => panic!("{other:?}"),
        },
    );
}

#[test]
fn a_teacher_and_its_students_go_on() {
    let network = "flatten\nlinear 16\nrelu\nlinear classes".to_owned();
    let run = DistilRun {
        data: DataChoice { count: 300, ..DataChoice::default() },
        teacher: Teacher::Trained { network: network.clone(), epochs: 15, shift: 1 },
        student: network,
        batch: 20,
        epochs: 20,
        examples: 100,
        backend: BackendChoice::Gpu,
        ..DistilRun::default()
    };
    let job = Distil::Run(Box::new(run));
    let run = |host: &TestHost, tell: &dyn Fn(neocog::protocol::DistilNews)| match block_on(job.clone().perform(
        &DistilSession::default(),
        host,
        tell,
    ))
    .unwrap()
    {
        Distilled::Ran(lesson) => ((lesson.news.pupils, lesson.news.asked, lesson.corrected), lesson.news.backend),
        other => panic!("{other:?}"),
    };
    assert_recovers(|news| !news.is_teacher_done && news.step >= LOST_AT, run);
    assert_recovers(|news| news.is_teacher_done && news.millis_left.is_some() && news.step % 50 > 20, run);
}

#[test]
fn training_on_scenes_goes_on() {
    let job = CaptionTrain { steps: 60, batch: 2, backend: BackendChoice::Gpu, ..CaptionTrain::default() };
    let kept = Cell::new(0);
    let keep = |captioner: Captioner| kept.set(captioner.step);
    assert_recovers(
        |news: &neocog::protocol::CaptionNews| news.step >= LOST_AT,
        |host, tell| {
            let news = block_on(train_scenes(&job, host, &|news| tell(news), &keep)).unwrap();
            assert_eq!(kept.get(), 60);
            ((news.losses, news.exams), news.backend)
        },
    );
}

#[test]
fn captions_of_ones_own_go_on() {
    let set = Rc::new(toys());
    let job = LearnCaptions {
        epochs: 24,
        rate: 1e-2,
        size: 16,
        least: 1,
        backend: BackendChoice::Gpu,
        ..LearnCaptions::default()
    };
    assert_recovers(
        |news: &neocog::protocol::CaptionNews| news.step >= LOST_AT,
        |host, tell| {
            let found = block_on(train_own(&job, &set, host, &|news| tell(news))).unwrap();
            ((found.news.losses, found.news.held_out, found.best_epoch, found.scores), found.news.backend)
        },
    );
}

#[test]
fn a_run_in_a_session_goes_on() {
    let job = || TrainRun { setup: setup(), from: Begin::Anew, steps: None, pace: None };
    assert_recovers(
        |news: &neocog::protocol::Trained| news.step >= LOST_AT,
        |host, tell| {
            let recovered = Cell::new(0);
            let told = |news: neocog::protocol::Trained| {
                recovered.set(recovered.get() + u32::from(matches!(news.state, RunState::Recovered { .. })));
                tell(news);
            };
            let last = block_on(TrainSession::default().train(job(), host, told)).unwrap();
            assert_eq!((last.state, last.step), (RunState::Finished, 96));
            assert_eq!(recovered.get() > 0, last.backend.why != Why::Chosen);
            let stored = Saved::read("run", host.kept.take().remove("run.safetensors").unwrap()).unwrap().stored();
            ((stored.curve, stored.validation), last.backend)
        },
    );
}

#[test]
fn where_there_is_no_other_gpu_a_sentence_says_so() {
    let Some(gpu) = crate::gpu::gpu() else { return };
    // Without a way to find another one.
    let only = MaybeGpu::from(Ok(gpu));
    let job = CaptionTrain { steps: 60, batch: 2, backend: BackendChoice::Gpu, ..CaptionTrain::default() };
    let found = block_on(train_scenes(&job, &host(&only), &|_| only.lose(), &|_| {}));
    assert!(matches!(&found, Err(LabError::NoGpu { detail }) if detail == "it was lost"), "{found:?}");
}
