//! Occlude: a grey square slides over the network's input, and the probability of a class is mapped (Zeiler & Fergus 2014).

mod facts;
mod square;

use super::device::{CompiledProgram, Device, MaybeGpu, Pace, after_loss, choose, on_each, timed};
use super::softmax::softmax;
use super::{Host, LabError, Perform, Watch, Weights, input_from, predictions, seen};
use crate::data::Rgb;
use crate::protocol::{
    BackendChoice, BackendUsed, Occlude, Occluded, Occlusion, OcclusionMap, Pixels, Stage, usual_side, usual_stride,
};
use async_lock::Mutex;
use square::{BATCH, Square, logits};
use std::rc::Rc;

/// More runs of a network than this are a slip.
const MOST_PLACES: usize = 10_000;
/// Classes of the whole picture that are told.
const TOP: usize = 10;

/// The network as it was compiled for the last job.
pub struct Compiled {
    weights: Rc<Weights>,
    choice: BackendChoice,
    used: BackendUsed,
    plan: CompiledProgram,
}

impl Compiled {
    async fn on(
        (device, used): (Device, BackendUsed),
        weights: &Rc<Weights>,
        choice: BackendChoice,
    ) -> Result<Self, LabError> {
        let plan = device.compile(weights.program(BATCH)?).await?;
        Ok(Self { weights: weights.clone(), choice, used, plan })
    }
}

/// The map; `tell` hears of it while it fills.
///
/// # Errors
/// [`LabError::Setup`] for what makes no sense, [`LabError::NoGpu`] where the person chose one, [`LabError::NotFinite`],
/// [`LabError::Cancelled`], and what a device refuses.
pub async fn map(
    job: &Occlusion,
    picture: &Rgb,
    weights: &Rc<Weights>,
    gpu: &MaybeGpu,
    kept: &mut Option<Compiled>,
    watch: &impl Watch,
    tell: &dyn Fn(OcclusionMap),
) -> Result<OcclusionMap, LabError> {
    let square = checked(job, weights)?;
    let is_it =
        |kept: &Compiled| Rc::ptr_eq(&kept.weights, weights) && kept.choice == job.backend && !kept.plan.is_lost();
    let mut compiled = match kept.take().filter(is_it) {
        Some(compiled) => compiled,
        None => {
            watch.step(Stage::Compile, 0, 1).await?;
            let sample = async |device: &Device| {
                let mut plan = device.compile(weights.program(1)?).await?;
                let grey = square.plain(weights.network())?;
                timed(watch, async || logits(&mut plan, &[&grey], 1, square.shape).await.map(drop)).await
            };
            Compiled::on(choose(job.backend, gpu, sample).await?, weights, job.backend).await?
        }
    };
    let mut found = filled(job, picture, &square, &mut compiled, watch, tell).await;
    if matches!(&found, Err(error) if error.is_device_lost()) {
        compiled = Compiled::on(after_loss(job.backend, gpu).await?, weights, job.backend).await?;
        found = filled(job, picture, &square, &mut compiled, watch, tell).await;
    }
    *kept = Some(compiled);
    found
}

/// The square as the job wants it.
fn checked(job: &Occlusion, weights: &Weights) -> Result<Square, LabError> {
    let network = weights.network();
    let [_, height, width] = network.input;
    let shorter = height.min(width);
    let side = job.side.unwrap_or_else(|| usual_side(shorter)) as usize;
    let stride = job.stride.unwrap_or_else(|| usual_stride(shorter)) as usize;
    let places = |of: usize| of.saturating_sub(side).div_ceil(stride.max(1)) + 1;
    let count = places(width) * places(height);
    let title = &network.title;
    let wrong = if side == 0 || side > shorter {
        format!(
            "a square of {side} pixels does not cover a part of {title}'s input of {width} × {height}; choose 1 to {shorter}"
        )
    } else if stride == 0 {
        "a stride of 0 never moves the square; choose 1 or more".to_owned()
    } else if count > MOST_PLACES {
        format!("a stride of {stride} means {count} places; choose a longer one, for {MOST_PLACES} at most")
    } else if let Some(class) = job.class.filter(|&class| class as usize >= network.classes) {
        format!("{title} has {} classes, 0 the first; there is no class {class}", network.classes)
    } else {
        return Ok(Square { side, stride, grey: job.grey, shape: network.input, normalise: network.normalise });
    };
    Err(LabError::Setup { detail: wrong })
}

async fn filled(
    job: &Occlusion,
    picture: &Rgb,
    square: &Square,
    compiled: &mut Compiled,
    watch: &impl Watch,
    tell: &dyn Fn(OcclusionMap),
) -> Result<OcclusionMap, LabError> {
    let Compiled { weights, used, plan, .. } = compiled;
    let start = watch.now_millis();
    let seen = seen(picture, weights.network(), job.fit)?;
    let clean = input_from(&seen, weights.network())?.flatten_all()?.to_vec1::<f32>()?;
    let first = logits(plan, &[&clean], BATCH, square.shape).await?.concat();
    let (mut top, _) = predictions(weights, &first, first.len())?;
    let at = top.iter().position(|one| Some(one.index) == job.class).unwrap_or(0);
    let whole = top[at].clone();
    top.truncate(TOP);
    let places = square.places();
    let [xs, ys] = square.edges();
    let mut map = OcclusionMap {
        seen: Pixels { width: seen.width(), height: seen.height(), rgba: seen.to_rgba().into() },
        top,
        whole,
        side: square.side as u32,
        xs,
        ys,
        probabilities: Vec::with_capacity(places.len()),
        elapsed_ms: 0.0,
        backend: used.clone(),
    };
    let mut pace = Pace::new(watch);
    for batch in places.chunks(BATCH) {
        watch.step(Stage::Run, map.probabilities.len() as u64, places.len() as u64).await?;
        let inputs: Vec<Vec<f32>> = batch.iter().map(|&place| square.over(&clean, place)).collect();
        for row in logits(plan, &inputs, BATCH, square.shape).await? {
            let probability = softmax(row.iter().copied().map(f64::from))[map.whole.index as usize];
            if !probability.is_finite() {
                // It says which logits are no numbers.
                predictions(weights, &row, 0)?;
            }
            map.probabilities.push(probability as f32);
        }
        map.elapsed_ms = watch.now_millis() - start;
        if pace.is_time_to_tell(watch) {
            tell(map.clone());
        }
    }
    Ok(map)
}

/// What must hold whatever the network, on each device that is wanted.
///
/// # Errors
/// What a device refuses.
pub async fn check(choice: BackendChoice, gpu: &MaybeGpu) -> Result<Occluded, LabError> {
    Ok(Occluded::Checked(on_each(choice, gpu, async |device| facts::facts(device).await).await?))
}

impl<H: Host> Perform<H> for Occlude {
    type Kept = Mutex<Option<Compiled>>;

    async fn perform(self, kept: &Self::Kept, host: &H, tell: &dyn Fn(OcclusionMap)) -> Result<Occluded, LabError> {
        let gpu = host.gpu().await?;
        let job = match self {
            Occlude::Map(job) => job,
            Occlude::Check(choice) => return check(choice, &gpu).await,
        };
        let (picture, weights) = (host.picture(job.picture)?, host.weights(&job.network).await?);
        let mut kept = host.or_cancelled(kept.lock()).await?;
        Ok(Occluded::Mapped(Box::new(map(&job, &picture, &weights, &gpu, &mut kept, host, tell).await?)))
    }
}
