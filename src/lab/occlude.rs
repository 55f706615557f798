//! Occlude: a grey square slides over the network's input, and the probability of a class is mapped (Zeiler & Fergus 2014).

mod facts;
mod square;

use super::device::{CompiledProgram, Device, Model, Models, Pace, Placed, on_each, timed};
use super::softmax::softmax;
use super::{Host, LabError, Perform, Monitor, Weights, input_from, pixels_from_rgb, predictions, seen};
use crate::data::Rgb;
use crate::protocol::{Occlude, Occluded, Occlusion, OcclusionMap, Stage, usual_side, usual_stride};
use async_lock::Mutex;
use square::{BATCH, Square, logits};
use std::rc::Rc;

/// More runs of a network than this are a mistake.
const MOST_PLACES: usize = 10_000;
/// Classes of the whole picture that are told.
const TOP: usize = 10;

/// A network compiled for [`BATCH`] inputs.
struct Batched(CompiledProgram);

impl Model for Batched {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        Ok(Self(device.compile(weights.program(BATCH)?).await?))
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut plan = device.compile(weights.program(1)?).await?;
        let shape = weights.network().input;
        let input = vec![0.0; shape.iter().product()];
        timed(watch, async || logits(&mut plan, &[&input], 1, shape).await.map(drop)).await
    }
}

/// The network of the last job stays compiled.
#[derive(Default)]
pub struct OccludeSession(Mutex<Models<Batched, 1>>);

impl<H: Host> Perform<H> for Occlude {
    type Kept = OccludeSession;

    async fn perform(self, kept: &Self::Kept, host: &H, tell: &dyn Fn(OcclusionMap)) -> Result<Occluded, LabError> {
        let job = match self {
            Occlude::Map(job) => job,
            Occlude::Check(choice) => {
                let facts = on_each(choice, host, async |device| facts::facts(device).await);
                return Ok(Occluded::Checked(facts.await?));
            }
        };
        let (picture, weights) = (host.picture(job.picture)?, host.weights(&job.network).await?);
        let square = checked(&job, &weights)?;
        let mut models = host.or_cancelled(kept.0.lock()).await?;
        let run =
            async |models: &mut [Placed<Batched>]| filled(&job, &picture, &square, &mut models[0], host, tell).await;
        let map = models.run(&[weights], job.backend, host, run).await?;
        Ok(Occluded::Mapped(Box::new(map)))
    }
}

/// The square as the job wants it.
fn checked(job: &Occlusion, weights: &Weights) -> Result<Square, LabError> {
    let network = weights.network();
    let (title, [_, height, width]) = (&network.title, network.input);
    let shorter = height.min(width);
    let side = job.side.unwrap_or_else(|| usual_side(shorter)) as usize;
    let stride = job.stride.unwrap_or_else(|| usual_stride(shorter)) as usize;
    let is_part = (1..=shorter).contains(&side);
    ensure!(
        is_part,
        "a square of {side} pixels does not cover a part of {title}'s input of {width} × {height}; choose 1 to {shorter}"
    );
    ensure!(stride > 0, "a stride of 0 never moves the square; choose 1 or more");
    let places = |of: usize| of.saturating_sub(side).div_ceil(stride) + 1;
    let count = places(width) * places(height);
    let is_possible = count <= MOST_PLACES;
    ensure!(is_possible, "a stride of {stride} means {count} places; choose a longer one, for {MOST_PLACES} at most");
    if let Some(class) = job.class.filter(|&class| class as usize >= network.classes) {
        return Err(bad_setup!("{title} has {} classes, 0 the first; there is no class {class}", network.classes));
    }
    Ok(Square { side, stride, grey: job.grey, shape: network.input, normalise: network.normalise })
}

async fn filled(
    job: &Occlusion,
    picture: &Rgb,
    square: &Square,
    Placed { network: weights, model: Batched(plan), used, .. }: &mut Placed<Batched>,
    watch: &impl Monitor,
    tell: &dyn Fn(OcclusionMap),
) -> Result<OcclusionMap, LabError> {
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
        seen: pixels_from_rgb(&seen),
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
                // Its error says which logits are not numbers.
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
