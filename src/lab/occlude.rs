//! Occlude: a grey square slides over the network's input, and the probability of a class is mapped (Zeiler & Fergus 2014).

use super::device::{CompiledProgram, Device, Model, Models, Pace, Placed, on_each, timed};
use super::softmax::softmax;
use super::{Host as JobHost, LabError, Monitor, Perform, Weights, input_from, pixels_from_rgb, predictions, seen};
use crate::data::Rgb;
use crate::graph::{Host, Program};
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::{
    Finding, Occlude, OccludeFact, Occluded, Occlusion, OcclusionMap, Stage, usual_side, usual_stride,
};
use async_lock::Mutex;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Inputs that a network gets at once.
const BATCH: usize = 16;
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

impl<H: JobHost> Perform<H> for Occlude {
    type Kept = OccludeSession;

    async fn perform(self, kept: &Self::Kept, host: &H, tell: &dyn Fn(OcclusionMap)) -> Result<Occluded, LabError> {
        let job = match self {
            Occlude::Map(job) => job,
            Occlude::Check(choice) => {
                let facts = on_each(choice, host, async |device| facts(device).await);
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

/// Where it may be, and what it makes of an input. Lengths are in pixels.
struct Square {
    /// At most the input's shorter one.
    side: usize,
    stride: usize,
    grey: u8,
    /// Of the input: channels, height, width.
    shape: [usize; 3],
    normalise: Normalise,
}

impl Square {
    /// Left and upper edges; the last ones lie against the input's own.
    fn edges(&self) -> [Vec<u32>; 2] {
        let [_, height, width] = self.shape;
        [width, height].map(|of| {
            let last = (of - self.side) as u32;
            (0..last).step_by(self.stride).chain([last]).collect()
        })
    }

    /// All `[x, y]`, row by row.
    fn places(&self) -> Vec<[u32; 2]> {
        let [xs, ys] = self.edges();
        ys.iter().flat_map(|&y| xs.iter().map(move |&x| [x, y])).collect()
    }

    /// The input `[C, H, W]`, normalised, with the square at this place.
    fn over(&self, clean: &[f32], [x, y]: [u32; 2]) -> Vec<f32> {
        let [channels, height, width] = self.shape;
        let mut covered = clean.to_vec();
        for channel in 0..channels {
            let grey = self.normalise.value(channel, self.grey);
            for row in y as usize..y as usize + self.side {
                let from = (channel * height + row) * width + x as usize;
                covered[from..from + self.side].fill(grey);
            }
        }
        covered
    }

    /// The input that a plain picture of the square's grey is.
    fn plain(&self, network: &Network) -> Result<Vec<f32>, LabError> {
        let [_, height, width] = self.shape;
        let picture = Rgb::new(width as u32, height as u32, vec![self.grey; 3 * width * height])?;
        Ok(input_from(&picture, network)?.flatten_all()?.to_vec1()?)
    }
}

/// Of each of up to `batch` inputs, for which `plan` is compiled.
async fn logits(
    plan: &mut CompiledProgram,
    inputs: &[impl AsRef<[f32]>],
    batch: usize,
    [channels, height, width]: [usize; 3],
) -> Result<Vec<Vec<f32>>, LabError> {
    let mut values: Vec<f32> = inputs.iter().flat_map(|input| input.as_ref()).copied().collect();
    values.resize(batch * channels * height * width, 0.0);
    let x = Host::from_vec(values, (batch, channels, height, width), &HostDevice::Cpu)?;
    let mut rows = plan.run(|_| x.clone()).await?.remove(0).to_vec2::<f32>()?;
    rows.truncate(inputs.len());
    Ok(rows)
}

const SHAPE: [usize; 3] = [3, 8, 8];
const VALUES: usize = 192;
const NORMALISE: Normalise = Normalise { mean: [0.45, 0.5, 0.55], std: [0.5, 0.8, 1.25] };

/// All facts, in their order: of a linear network `z = W · (x / 255 - mean) / std + b` and a picture without any order.
async fn facts(device: &Device) -> Result<Vec<Finding<OccludeFact>>, LabError> {
    let weight: Vec<f32> = (0..2 * VALUES).map(|at| (at * 37 % 101) as f32 / 101.0 - 0.5).collect();
    let picture = Rgb::new(8, 8, (0..VALUES).map(|at| (at * 53 % 256) as u8).collect())?;
    let wrong = |_| LabError::Setup { detail: "the linear network cannot be read".to_owned() };
    let spec = NetworkSpec::parse("flatten\nlinear classes", SHAPE, 2).map_err(wrong)?;
    let network = Network::written("linear", "linear", spec, vec!["a".to_owned(), "b".to_owned()], NORMALISE);
    let (_, z) = network.graph(BATCH)?;
    let value = |name: &str| match name.ends_with("weight") {
        true => Host::from_slice(&weight, (2, VALUES), &HostDevice::Cpu).ok(),
        false => Host::new(&[0.25_f32, -0.5], &HostDevice::Cpu).ok(),
    };
    let mut plan = device.compile(Program::inference(&[&z], &value)?).await?;

    let square = Square { side: 3, stride: 2, grey: 128, shape: SHAPE, normalise: NORMALISE };
    let clean = input_from(&picture, &network)?.flatten_all()?.to_vec1::<f32>()?;
    let before = logits(&mut plan, &[&clean], BATCH, SHAPE).await?.concat();
    let mut linear = 0.0_f64;
    for place in square.places() {
        let after = logits(&mut plan, &[square.over(&clean, place)], BATCH, SHAPE).await?.concat();
        for class in 0..2 {
            let by = f64::from(after[class]) - f64::from(before[class]);
            linear = linear.max((by - change(&weight[class * VALUES..], &picture, place)).abs());
        }
    }

    let all = Square { side: 8, ..square };
    let inputs = [all.over(&clean, [0, 0]), all.plain(&network)?];
    let rows = logits(&mut plan, &inputs, BATCH, SHAPE).await?;
    let whole = rows[0].iter().zip(&rows[1]).map(|(a, b)| f64::from(a - b).abs()).fold(0.0, f64::max);

    let backend = device.kind();
    let finding = |(fact, measured, limit)| Finding { fact, backend, expected: 0.0, measured, limit };
    Ok([(OccludeFact::Linear, linear, 2e-5), (OccludeFact::Whole, whole, 1e-6)].map(finding).into())
}

/// `-Σ w · (x - 128) / (255 · std)` over a square of 3 × 3, from the picture's own bytes.
fn change(weight: &[f32], picture: &Rgb, [x, y]: [u32; 2]) -> f64 {
    let mut sum = 0.0;
    for (channel, std) in NORMALISE.std.into_iter().enumerate() {
        for at in (0..9).map(|at| (y as usize + at / 3) * 8 + x as usize + at % 3) {
            let from_grey = f64::from(picture.pixels()[at * 3 + channel]) - 128.0;
            sum -= f64::from(weight[channel * 64 + at]) * from_grey / (255.0 * f64::from(std));
        }
    }
    sum
}
