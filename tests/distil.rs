//! Distillation: what the paper derives, and what it finds, on what the program draws.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use neocog::lab::distil::{Means, Wheel, distil};
use neocog::lab::{LabError, Unwatched};
use neocog::protocol::{BackendChoice, Distil, DistilNews, DistilRun, Distilled, Lesson, Mix, Teacher};
use pollster::block_on;

fn run(job: DistilRun) -> Result<Lesson, LabError> {
    let (gpu, wheel) = (Err("none is wanted".to_owned()), Wheel::default());
    let means = Means { gpu: &gpu, brought: None, teacher: None, wheel: &wheel };
    match block_on(distil(&Distil::Run(job), means, &Unwatched::default(), |_: DistilNews| {}))? {
        Distilled::Ran(lesson) => Ok(*lesson),
        Distilled::Checked(_) => panic!("a run was asked for"),
    }
}

fn errors(lesson: &Lesson) -> [u32; 3] {
    lesson.news.pupils.each_ref().map(|pupil| pupil.measured.last().unwrap().errors)
}

#[test]
fn scratch() {
    let var = |name: &str, or: f64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(or);
    for seed in 1..=(var("SEEDS", 3.0) as u32) {
        let start = std::time::Instant::now();
        let mut job = DistilRun { seed, backend: BackendChoice::Cpu, ..DistilRun::default() };
        job.data.seed = seed;
        job.data.count = var("COUNT", 4000.0) as u32;
        job.examples = var("EX", 300.0) as u32;
        job.epochs = var("EPOCHS", 40.0) as u32;
        job.mix = Mix { temperature: var("T", 4.0), weight: var("W", 0.9) };
        job.optimiser.rate = var("RATE", 5e-3);
        job.student = format!("init glorot\nflatten\nlinear {}\nrelu\nlinear classes", var("HID", 24.0));
        if let Teacher::Trained { epochs, shift, .. } = &mut job.teacher {
            *epochs = var("TE", 8.0) as u32;
            *shift = var("SHIFT", 1.0) as u32;
        }
        if var("OMIT", -1.0) >= 0.0 { job.omit = Some(var("OMIT", 3.0) as u32); }
        let lesson = run(job).unwrap();
        let best = neocog::lab::distil::best(&lesson.corrected).unwrap();
        println!("{seed} {:?} of {} ({} ms) omit {:?} -> {:?}", errors(&lesson), lesson.news.tested, start.elapsed().as_millis(), lesson.news.pupils[2].measured.last().unwrap().of_class, best);
    }
}
