//! What the engine does that classifying does not need, in parts that are fetched with the first job that wants them.

use super::context::JobContext;
use super::keeping::Keeping;
use super::session::Session;
use crate::data::{Rgb, gallery, labels};
use crate::lab::FileBytes;
use crate::lab::{self, Beside, LabError, Perform, Weights};
use crate::models::Network;
use crate::part::Fetch;
use crate::protocol::{self, ExperimentId, ExportForm, Outcome, Sealed, Trouble, Update, trouble};
use std::pin::Pin;
use std::rc::Rc;

/// The parts, as the engine's binary names them.
#[derive(Clone, Copy)]
pub struct Parts {
    pub experiments: fn(ExperimentId) -> Fetch<Works>,
    pub gpu: Fetch<FindGpu>,
    pub keeping: Fetch<Keeping>,
    pub onnx: Fetch<Onnx>,
    pub export: Fetch<Export>,
    pub gallery: Fetch<Draw>,
    pub names: Fetch<&'static str>,
}

/// Does the jobs of a part's experiments.
#[derive(Clone, Copy)]
pub struct Works(&'static [Performer]);

/// Does the jobs of one experiment.
#[derive(Clone, Copy)]
pub(super) struct Performer {
    experiment: ExperimentId,
    pub(super) perform: for<'a> fn(Sealed, &'a JobContext) -> Answer<'a>,
    pub(super) steer: fn(&Session, Sealed) -> Result<Outcome, Trouble>,
}

pub(super) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Trouble>> + 'a>>;

impl Works {
    pub(super) fn of(self, experiment: ExperimentId) -> Result<Performer, Trouble> {
        let here = self.0.iter().find(|work| work.experiment == experiment).copied();
        here.ok_or_else(|| {
            trouble::Bug { detail: format!("{} is in another part of the engine", experiment.name()) }.into()
        })
    }
}

const fn work<E: Perform<JobContext>>() -> Performer {
    Performer { experiment: E::ID, perform: perform::<E>, steer: steer::<E> }
}

fn perform<E: Perform<JobContext>>(job: Sealed, context: &JobContext) -> Answer<'_> {
    Box::pin(async move {
        let kept: Rc<E::Kept> = context.session.kept(E::ID);
        let tell = |news| context.tell(Update::News(Sealed::new(news)));
        let answer = job.open::<E>()?.perform(&kept, context, &tell).await?;
        Ok(Outcome::Experiment(Sealed::new(answer)))
    })
}

fn steer<E: Perform<JobContext>>(session: &Session, steer: Sealed) -> Result<Outcome, Trouble> {
    E::steer(&session.kept::<E::Kept>(E::ID), steer.open()?);
    Ok(Outcome::Steered)
}

macro_rules! works {
    ($($part:ident => { $($id:ident $name:ident $group:ident $about:ident),* $(,)? })*) => {
        /// The parts of the table of experiments. Each part's binary function names one of these, and nothing else does.
        pub mod experiments {
            use super::{Works, protocol, work};
            $(pub fn $part() -> Works {
                Works(const { &[$(work::<protocol::$name>()),*] })
            })*
        }
    };
}
crate::experiments!(works);

#[derive(Clone, Copy)]
pub struct FindGpu(pub(super) lab::device::Finder);

/// Reads files that hold a graph of ONNX.
#[derive(Clone, Copy)]
pub struct Onnx {
    pub(super) read: fn(&str, FileBytes, Beside<'_>) -> Result<Weights, LabError>,
}

/// Writes networks for other programs.
#[derive(Clone, Copy)]
pub struct Export(pub(super) WriteFile);

type WriteFile = fn(ExportForm, &Network, Option<&Weights>) -> Result<Vec<u8>, LabError>;

/// Draws a picture of the gallery.
#[derive(Clone, Copy)]
pub struct Draw(pub(super) fn(&str) -> Option<Rgb>);

/// What drives a GPU: the first answer is the CPU's.
pub fn gpu() -> FindGpu {
    FindGpu(crate::backend::gpu::find)
}

/// Few weights of one's own come in such a file.
pub fn onnx() -> Onnx {
    Onnx { read: |name, bytes, beside| Weights::from_files(name, bytes, beside) }
}

/// Few networks leave the page.
pub fn export() -> Export {
    Export(lab::exported)
}

/// But for its first picture, which is drawn before anything is classified.
pub fn gallery() -> Draw {
    Draw(gallery::draw)
}

/// Of the classes of ImageNet.
pub fn names() -> &'static str {
    labels::table()
}
