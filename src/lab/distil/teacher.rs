//! Who teaches: a network trained here, or one with weights.

use super::TransferSet;
use crate::data::dataset::{Dataset, Part};
use crate::graph::Host;
use crate::lab::train::answers_of;
use crate::lab::{LabError, Monitor, Weights};
use crate::protocol::{Augment, Setup};
use candle_core::Device;

/// Of a teacher trained here.
const RATE: f64 = 2e-3;

pub(super) struct Knowledge {
    /// `[examples, classes]` of the transfer set.
    pub(super) transfer: Host,
    /// Of the test pictures, row by row.
    pub(super) test: Vec<f32>,
    /// Of a teacher that was not trained here.
    pub(super) params: u64,
}

/// A teacher's setup, what it has in common with its students from theirs.
pub(super) fn setup_of_teacher(student: &Setup, network: &str, epochs: u32, shift: u32) -> Setup {
    let mut setup = Setup { network: network.to_owned(), epochs, ..student.clone() };
    setup.optimiser.rate = RATE;
    setup.augment = Augment { shift, ..Augment::default() };
    setup
}

pub(super) async fn answers_of_given(
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
        answers_of(spec, network.normalise, |name| weights.value(name), data, part, watch).await
    };
    let soft = answers(&transfer.data, Part::Train).await?;
    let rows = transfer.data.split.range(Part::Train).len();
    Ok(Knowledge {
        transfer: Host::from_vec(soft, (rows, data.classes.len()), &Device::Cpu)?,
        test: answers(data, Part::Test).await?,
        params: spec.totals().params,
    })
}
