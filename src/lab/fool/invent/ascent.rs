//! Gradient ascent from noise: the attacks' own step towards the class, in a ball that holds all pictures.

use super::super::super::device::Pace;
use super::super::super::softmax::probabilities;
use super::super::super::{LabError, Monitor};
use super::super::model_runner::{GraphKind, rows_of};
use super::super::walk::{BEST, Ball, CLASS, EPSILON, MARGIN, NO_MARGIN, ORIGIN, X};
use super::GenerateContext;
use crate::data::png;
use crate::graph::Host;
use crate::lab::dice::Dice;
use crate::protocol::InventNews;
use candle_core::Device as HostDevice;

/// Root of the mean square change of a step: four grey levels.
const STEP: f32 = 4.0 / 255.0;
/// The ball's, around grey: no picture is outside.
const EPSILON_OF_ALL: f32 = 1.0;
/// So often the picture is rounded and looked at, whatever there is to tell.
const LOOK_EVERY: u32 = 8;

pub(super) async fn ascend(
    context: GenerateContext<'_>,
    watch: &impl Monitor,
    tell: &impl Fn(InventNews),
) -> Result<InventNews, LabError> {
    let (job, target) = (context.job.clone(), context.job.target as usize);
    let mut dice = Dice::new(job.seed);
    let noise: Vec<f32> = (0..context.runner.victim.len()).map(|_| dice.unit()).collect();
    let x = context.runner.batch(&[&noise])?;
    let grey = context.runner.batch(&[&vec![0.5; noise.len()]])?;
    let class = context.runner.one_hot(&[target])?;
    let form = GraphKind::Walk(Ball::L2);
    let epsilon = Host::full(EPSILON_OF_ALL, (1, 1, 1, 1), &HostDevice::Cpu)?;
    let margin = Host::full(NO_MARGIN, (1, 1), &HostDevice::Cpu)?;
    let figures = Host::new(&[STEP / EPSILON_OF_ALL, -1.0], &HostDevice::Cpu)?;
    let program = context.runner.program(form, 1).await?;
    for (name, value) in [(ORIGIN, &grey), (X, &x), (BEST, &x), (CLASS, &class), (EPSILON, &epsilon), (MARGIN, &margin)]
    {
        program.write(name, value)?;
    }
    let mut pace = Pace::new(watch);
    let mut step = 0;
    loop {
        // Looked at in 8 bits where there is something to tell, and every few steps.
        let is_told = pace.is_time_to_tell(watch);
        if is_told || step % LOOK_EVERY == 0 || step == job.steps {
            let now = rows_of(context.runner.program(form, 1).await?.read(&[X]).await?.first())?;
            let (rgb, values) = context.rounded(&now[0])?;
            let logits = context.runner.look_at(&values).await?;
            let is_done = step == job.steps || f64::from(probabilities(&logits)[target]) >= job.confidence;
            if is_told || is_done {
                let news = InventNews {
                    step,
                    of: job.steps,
                    shown: u64::from(step) + 1,
                    confidence: job.confidence,
                    population: vec![GenerateContext::shown(&rgb, context.said(&logits, target)?)?],
                    steps_per_second: pace.per_second(watch, step),
                    backend: context.used.clone(),
                    png: is_done.then(|| png::encode(&rgb).into()),
                };
                if is_done {
                    return Ok(news);
                }
                tell(news);
            }
        }
        context.runner.program(form, 1).await?.step(|_| figures.clone())?;
        step += 1;
        pace.rest(watch).await?;
    }
}
