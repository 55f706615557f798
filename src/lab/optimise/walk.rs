//! Several optimisers walk over one landscape from one start: all of them in one plan, a run of it for each step.

use super::super::LabError;
use super::super::device::Device;
use super::super::trainer::{check_optimiser, figures_of, optimiser_step};
use super::land::Land;
use crate::graph::op::optimiser_step::Figures;
use crate::graph::{Graph, Host, Init, Program, Spec, Tensor, grad};
use crate::protocol::{Path, Walk};
use candle_core::Device as HostDevice;

const MOST_WALKERS: usize = 16;

/// The paths, in the order of the walkers. Two numbers are no work for a GPU: this is the CPU's.
pub(super) async fn walk(job: &Walk) -> Result<Vec<Path>, LabError> {
    check(job)?;
    let land = Land::of(job.land)?;
    let mut bench = Device::Cpu.compile(program(job, land)?).await?;
    let start = Host::new(&job.start.map(|at| at as f32), &HostDevice::Cpu)?;
    for at in 0..job.walkers.len() {
        bench.write(&walker(at), &start)?;
    }
    let mut paths =
        vec![Path { points: Vec::new(), losses: Vec::new(), left_map: None, diverged: None }; job.walkers.len()];
    for step in 0..=job.steps {
        let counter = Host::new(&[job.seed, step], &HostDevice::Cpu)?;
        let figures: Vec<Host> =
            job.walkers.iter().map(|walker| host_of(figures_of(walker, step))).collect::<Result<_, _>>()?;
        let found = bench.run(|name| match name.strip_prefix("figures.").and_then(|at| at.parse::<usize>().ok()) {
            Some(at) => figures[at].clone(),
            None => counter.clone(),
        });
        let found = found.await?;
        let (places, losses) = (found[0].to_vec2::<f32>()?, found[1].flatten_all()?.to_vec1::<f32>()?);
        for (path, (place, loss)) in paths.iter_mut().zip(places.iter().zip(losses)) {
            let place = [place[0], place[1]];
            if path.diverged.is_some() {
                continue;
            }
            if !(loss.is_finite() && place.iter().all(|at| at.is_finite())) {
                path.diverged = Some(step);
                continue;
            }
            if path.left_map.is_none() && !land.holds(place) {
                path.left_map = Some(step);
            }
            path.points.push(place);
            path.losses.push(loss);
        }
    }
    Ok(paths)
}

pub(super) fn host_of(figures: Figures) -> Result<Host, LabError> {
    Ok(Host::new(&figures.elements(), &HostDevice::Cpu)?)
}

fn walker(at: usize) -> String {
    format!("walker{at}")
}

fn check(job: &Walk) -> Result<(), LabError> {
    let Walk { start: [x, y], steps, noise, ref walkers, .. } = *job;
    let count = walkers.len();
    ensure!((1..=MOST_WALKERS).contains(&count), "{count} optimisers cannot walk at once; choose 1 to {MOST_WALKERS}");
    ensure!(Walk::STEPS.holds(steps), "{steps} steps cannot be walked; choose {}", Walk::STEPS);
    ensure!(x.abs() <= 1e6 && y.abs() <= 1e6, "({x}, {y}) is no place to start from");
    ensure!(Walk::NOISE.holds(noise), "noise of {noise} is not between 0 and a million");
    walkers.iter().try_for_each(check_optimiser)
}

/// Outputs: all places `[walkers, 2]` and the values there, before the step.
fn program(job: &Walk, land: &Land) -> Result<Program, LabError> {
    let graph = Graph::new();
    let places: Vec<Tensor> = (0..job.walkers.len())
        .map(|at| graph.variable(&walker(at), Spec::f32([2]), Init::Const(0.0)))
        .collect::<Result<_, _>>()?;
    let places: Vec<&Tensor> = places.iter().collect();
    let all = Tensor::stack(&places, 0)?;
    let values = land.value(&all.narrow(1, 0, 1)?, &all.narrow(1, 1, 1)?)?;
    let mut gradients = grad(&values, &places)?;
    if job.noise > 0.0 {
        let counter = graph.input("counter", Spec::u32([2]));
        let noise = graph.random_normal(&counter, 0, [2])?.affine(job.noise, 0.0)?;
        gradients = gradients.iter().map(|gradient| gradient.add(&noise)).collect::<Result<_, _>>()?;
    }
    let mut assigns = Vec::new();
    for (at, optimiser) in job.walkers.iter().enumerate() {
        let figures = graph.input(&format!("figures.{at}"), Spec::f32([Figures::COUNT]));
        assigns.push(optimiser_step(&graph, &walker(at), optimiser, &figures, &[places[at]], &[&gradients[at]])?);
    }
    let assigns: Vec<(&Tensor, &Tensor)> = assigns.iter().map(|update| (&update.state, &update.value)).collect();
    Ok(Program::step(&[&all, &values], &assigns)?)
}
