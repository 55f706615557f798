//! The paper's experiment on MNIST (its section 3): what is trained, and how.
//!
//! The paper does not say its rates of dropout and learning, sizes of batches, first weights and numbers of passes. Those
//! below were chosen by errors on 10,000 training pictures held out (`docs/distillation.md`); a cosine takes the rate of Adam
//! to nothing in as many passes as the person gives.

use crate::protocol::{Augment, BackendChoice, Mix, Optimiser, Rule, Schedule, ScheduleKind, Setup};

/// The teacher: two layers of 1200 rectified units, dropout, weights of bounded length, pictures shifted by up to two pixels.
pub const TEACHER: &str =
    "init pytorch\nflatten\nlinear 1200\nrelu\ndropout 0.2\nlinear 1200\nrelu\ndropout 0.2\nlinear classes";
/// The student: two layers of 800, nothing else.
pub const STUDENT: &str = "init pytorch\nflatten\nlinear 800\nrelu\nlinear 800\nrelu\nlinear classes";
/// The class that the transfer set lacks in the last part.
pub const OMITTED: u32 = 3;
pub const MIX: Mix = Mix { temperature: 20.0, weight: 0.9 };

/// √15, of the paper's reference for it (Hinton et al. 2012).
const MAX_NORM: f64 = 3.873;
const RATE: f64 = 1e-3;
const TEACHER_BATCH: u32 = 250;
/// Small batches match the teacher in fewer passes.
const BATCH: u32 = 100;

pub fn teacher(epochs: u32, seed: u32, backend: BackendChoice) -> Setup {
    let setup = student(epochs, seed, backend);
    Setup {
        network: TEACHER.to_owned(),
        optimiser: Optimiser { max_norm: MAX_NORM, ..setup.optimiser },
        augment: Augment { shift: 2, ..Augment::default() },
        batch: TEACHER_BATCH,
        ..setup
    }
}

pub fn student(epochs: u32, seed: u32, backend: BackendChoice) -> Setup {
    Setup {
        network: STUDENT.to_owned(),
        optimiser: Optimiser { rule: Rule::Adam, rate: RATE, ..Optimiser::default() },
        schedule: Schedule { kind: ScheduleKind::Cosine, warmup_steps: 0 },
        batch: BATCH,
        epochs,
        seed,
        backend,
        ..Setup::default()
    }
}
