//! Batches: a data set that lies on the device as it is, and the part of a graph that makes a step's batch of it: which
//! examples, in which order, how changed.

use crate::data::dataset::{Dataset, Examples, Part, Split};
use crate::graph::op::LoadAugmented;
use crate::graph::op::load_augmented::Changes;
use crate::graph::{DType, Host, Init, ShapeError, Spec, Tensor};
use crate::nn::Normalise;
use crate::protocol::{Augment, Setup};
use candle_core::Device;
use std::ops::Range;

/// Examples that are measured at once.
pub(super) const MEASURED: usize = 250;

/// Keys of the random numbers that are drawn here; those of a network's layers start at 0.
const SHUFFLE: u32 = 0xFFFF_0001;
const AUGMENT: u32 = 0xFFFF_0002;

/// Variables that hold the data set. No step changes them, and they are not saved with a run.
pub(super) const EXAMPLES: &str = "data.examples";
pub(super) const LABELS: &str = "data.labels";

/// Logits of a teacher for every example of the part for training, `[examples, classes]`: what a student is to match.
pub(super) const SOFT: &str = "data.soft";

/// What a network learns from: `x [batch, channels, height, width]`, normalised, U32 `labels [batch]`, and which examples
/// they are.
pub(super) struct ExampleBatch {
    pub(super) x: Tensor,
    pub(super) labels: Tensor,
    ids: Tensor,
}

/// How batches are made of a data set.
pub(super) struct Batches {
    pub(super) classes: Vec<String>,
    pub(super) normalised: Normalise,
    shape: [usize; 3],
    /// Of [`EXAMPLES`]: bytes, four a word, or points.
    examples: Spec,
    split: Split,
}

impl Batches {
    /// Normalised to mean 0 and variance 1 of the part for training; points stay as they are.
    pub(super) fn new(data: &Dataset) -> Self {
        let normalise = match data.examples {
            Examples::Bytes(_) => data.normalise(),
            Examples::Points(_) => Normalise::UNIT,
        };
        Self::normalised(data, normalise)
    }

    pub(super) fn normalised(data: &Dataset, normalise: Normalise) -> Self {
        let shape = [data.len(), data.row_words()];
        let examples = match data.examples {
            Examples::Bytes(_) => Spec::u32(shape),
            Examples::Points(_) => Spec::f32(shape),
        };
        Self {
            classes: data.classes.clone(),
            normalised: normalise,
            shape: data.shape,
            examples,
            split: data.split.clone(),
        }
    }

    pub(super) fn len(&self, part: Part) -> usize {
        self.split.range(part).len()
    }

    pub(super) fn per_epoch(&self, batch: u32) -> u32 {
        (self.len(Part::Train) / batch.max(1) as usize) as u32
    }

    /// So many examples for the step that `counter` (U32 `[2]`: seed and step) says, shuffled, as they are.
    pub(super) fn shuffled(&self, counter: &Tensor, batch: usize) -> Result<ExampleBatch, ShapeError> {
        self.batch(&counter.shuffle(self.len(Part::Train), batch, SHUFFLE)?, None)
    }

    /// The batch of the step that `counter` (U32 `[2]`: seed and step) says, shuffled and changed.
    pub(super) fn training(&self, counter: &Tensor, setup: &Setup) -> Result<ExampleBatch, ShapeError> {
        // The part for training comes first.
        let ids = counter.shuffle(self.len(Part::Train), setup.batch as usize, SHUFFLE)?;
        let Augment { shift, flip, elastic } = setup.augment;
        let changes = Changes { shift: shift as usize, flip, elastic: f64::from(elastic) };
        let changed = setup.augment != Augment::default();
        self.batch(&ids, changed.then_some((changes, counter)))
    }

    /// `count` neighbours from `first` (U32 `[1]`) on, as they are; beyond the end of the data the last one again.
    pub(super) fn measuring(&self, first: &Tensor, count: usize) -> Result<ExampleBatch, ShapeError> {
        let last = self.split.examples().saturating_sub(1) as u32;
        self.batch(&first.sequence(count, last)?, None)
    }

    /// The examples of a measurement, so many of them into a part.
    pub(super) fn measured(&self, part: Part, measurement: usize) -> Option<Range<usize>> {
        let part = self.split.range(part);
        let start = part.start + measurement * MEASURED;
        (start < part.end).then(|| start..(start + MEASURED).min(part.end))
    }

    fn batch(&self, ids: &Tensor, changed: Option<(Changes, &Tensor)>) -> Result<ExampleBatch, ShapeError> {
        let graph = ids.graph();
        let examples = graph.variable(EXAMPLES, self.examples.clone(), Init::Const(0.0))?;
        let labels = graph.variable(LABELS, Spec::u32([self.examples.shape[0]]), Init::Const(0.0))?;
        let labels = labels.index_select(ids, 0)?;
        let shape = self.shape;
        let x = match (self.examples.dtype, changed) {
            (DType::U32, None) => self.normalised.apply(&examples.load_bytes(ids, shape)?, 255.0)?,
            (DType::U32, Some((changes, counter))) => {
                let op = LoadAugmented { example: shape, changes, key: AUGMENT };
                self.normalised.apply(&examples.load_augmented(ids, counter, op)?, 255.0)?
            }
            // A point of the plane has no pixels to shift.
            (DType::F32 | DType::F64(_), _) => {
                let batch = ids.elem_count();
                examples.index_select(ids, 0)?.reshape([batch, shape[0], shape[1], shape[2]])?
            }
        };
        Ok(ExampleBatch { x, labels, ids: ids.clone() })
    }

    /// What the teacher said of a batch's examples, `[batch, classes]`.
    pub(super) fn soft(&self, batch: &ExampleBatch) -> Result<Tensor, ShapeError> {
        let table = Spec::f32([self.len(Part::Train), self.classes.len()]);
        batch.ids.graph().variable(SOFT, table, Init::Const(0.0))?.index_select(&batch.ids, 0)
    }

    /// One example from elsewhere, as the data's are.
    pub(super) fn normalise(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        match self.examples.dtype {
            DType::U32 => self.normalised.apply(x, 255.0),
            DType::F32 | DType::F64(_) => Ok(x.clone()),
        }
    }
}

/// What [`EXAMPLES`] and [`LABELS`] hold.
pub(super) fn values(data: &Dataset) -> candle_core::Result<[(&'static str, Host); 2]> {
    let shape = (data.len(), data.row_words());
    let examples = match &data.examples {
        Examples::Bytes(_) => Host::from_vec(data.bytes_as_words(), shape, &Device::Cpu)?,
        Examples::Points(points) => Host::from_slice(points, shape, &Device::Cpu)?,
    };
    Ok([(EXAMPLES, examples), (LABELS, Host::from_slice(&data.labels, data.len(), &Device::Cpu)?)])
}
