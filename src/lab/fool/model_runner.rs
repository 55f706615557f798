//! A network on a device, with the plans that were compiled for it: they stay from job to job.

use super::super::device::{Cache, CompiledProgram, Device, Model, timed};
use super::super::{LabError, Monitor, Weights};
use super::walk::{self, Ball};
use crate::graph::{Graph, Host, KnownValue, Program, ShapeError, Spec, Tensor, grad};
use crate::models::Network;
use crate::nn::VarBuilder;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// A plan that an attack can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GraphKind {
    Look,
    Vjp,
    Walk(Ball),
}

/// So many plans stay compiled for a network; each holds its weights.
const KEPT: usize = 8;

pub(super) struct ModelRunner {
    pub(super) victim: Victim,
    device: Device,
    programs: Cache<(GraphKind, usize), CompiledProgram>,
    /// Runs of plans so far.
    pub(super) runs: u32,
}

/// What [`GraphKind::Vjp`] gives, row by row of the batch.
pub(super) struct VjpRows {
    pub(super) logits: Vec<Vec<f32>>,
    pub(super) losses: Vec<f32>,
    pub(super) gradients: Vec<Vec<f32>>,
}

impl ModelRunner {
    pub(super) fn new(victim: Victim, device: Device) -> Self {
        Self { victim, device, programs: Cache::new(KEPT), runs: 0 }
    }

    pub(super) fn classes(&self) -> usize {
        self.victim.network.classes
    }

    /// Compiled on first use.
    pub(super) async fn program(&mut self, form: GraphKind, batch: usize) -> Result<&mut CompiledProgram, LabError> {
        let (victim, device) = (&self.victim, &self.device);
        let compile = async || {
            let program = match form {
                GraphKind::Look => victim.look(batch)?,
                GraphKind::Vjp => victim.vjp(batch)?,
                GraphKind::Walk(ball) => walk::program(victim, batch, ball)?,
            };
            device.compile(program).await
        };
        self.programs.get((form, batch), compile).await
    }

    /// Pictures side by side as a batch.
    pub(super) fn batch(&self, pictures: &[impl AsRef<[f32]>]) -> Result<Host, LabError> {
        let values: Vec<f32> = pictures.iter().flat_map(|picture| picture.as_ref().iter().copied()).collect();
        Ok(Host::from_vec(values, self.victim.shape(pictures.len()).as_slice(), &HostDevice::Cpu)?)
    }

    /// Rows of `[B, K]` that are 1 at a class and 0 elsewhere.
    pub(super) fn one_hot(&self, classes: &[usize]) -> Result<Host, LabError> {
        let mut rows = vec![0.0_f32; classes.len() * self.classes()];
        for (row, &class) in rows.chunks_exact_mut(self.classes()).zip(classes) {
            row[class] = 1.0;
        }
        self.rows(rows)
    }

    pub(super) fn rows(&self, values: Vec<f32>) -> Result<Host, LabError> {
        let batch = values.len() / self.classes().max(1);
        Ok(Host::from_vec(values, (batch, self.classes()), &HostDevice::Cpu)?)
    }

    pub(super) async fn look(&mut self, pictures: &[impl AsRef<[f32]>]) -> Result<Vec<Vec<f32>>, LabError> {
        let x = self.batch(pictures)?;
        self.runs += 1;
        let found = self.program(GraphKind::Look, pictures.len()).await?.run(|_| x.clone()).await?;
        rows_of(found.first())
    }

    pub(super) async fn look_at(&mut self, picture: &[f32]) -> Result<Vec<f32>, LabError> {
        Ok(self.look(&[picture]).await?.swap_remove(0))
    }

    /// See [`Victim::vjp`].
    pub(super) async fn vjp(
        &mut self,
        pictures: &[impl AsRef<[f32]>],
        goal: &Host,
        cotangent: &Host,
    ) -> Result<VjpRows, LabError> {
        let x = self.batch(pictures)?;
        self.runs += 1;
        let program = self.program(GraphKind::Vjp, pictures.len()).await?;
        let found = program.run(|name| match name {
            GOAL => goal.clone(),
            COTANGENT => cotangent.clone(),
            _ => x.clone(),
        });
        let found = found.await?;
        let losses = rows_of(found.get(1))?.into_iter().flatten().collect();
        Ok(VjpRows { logits: rows_of(found.first())?, losses, gradients: rows_of(found.get(2))? })
    }
}

impl Model for ModelRunner {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        Ok(Self::new(Victim::of(weights), device.clone()))
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut runner = Self::on(weights, device).await?;
        let grey = vec![0.5; runner.victim.len()];
        let goal = runner.one_hot(&[0])?;
        let cotangent = goal.zeros_like()?;
        timed(watch, async || runner.vjp(&[&grey], &goal, &cotangent).await.map(drop)).await
    }
}

/// The values of each example.
pub(super) fn rows_of(host: Option<&Host>) -> Result<Vec<Vec<f32>>, LabError> {
    Ok(host.ok_or_else(|| bad_setup!("a plan gave less than was asked of it"))?.flatten_from(1)?.to_vec2::<f32>()?)
}

/// Values of the variables, by name.
type Values = Rc<dyn Fn(&str) -> Option<KnownValue>>;

#[derive(Clone)]
pub(super) struct Victim {
    pub(super) network: Network,
    values: Values,
}

impl Victim {
    pub(super) fn new(network: Network, values: impl Fn(&str) -> Option<KnownValue> + 'static) -> Self {
        Self { network, values: Rc::new(values) }
    }

    pub(super) fn of(weights: &Rc<Weights>) -> Self {
        let weights = weights.clone();
        Self::new(weights.network().clone(), move |name| weights.value(name))
    }

    pub(super) fn len(&self) -> usize {
        self.network.input.iter().product()
    }

    pub(super) fn shape(&self, batch: usize) -> [usize; 4] {
        let [channels, height, width] = self.network.input;
        [batch, channels, height, width]
    }

    /// Pixels `[B, C, H, W]` in [0, 1] to logits `[B, K]`.
    pub(super) fn logits(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let normal = self.network.normalise.apply(x, 1.0)?;
        self.network.forward(&normal, VarBuilder::new(x.graph()))
    }

    /// Cross-entropy `-Σ goal · log p`, one for each row of `logits` and `goal`, both `[B, K]`: `[B, 1]`.
    pub(super) fn loss(logits: &Tensor, goal: &Tensor) -> Result<Tensor, ShapeError> {
        logits.log_softmax()?.mul(goal)?.sum_keepdim(1)?.neg()
    }

    /// Its answers: pixels in, logits out.
    pub(super) fn look(&self, batch: usize) -> Result<Program, LabError> {
        let graph = Graph::new();
        let x = graph.input(PIXELS, Spec::f32(self.shape(batch)));
        self.ready(&[&self.logits(&x)?], &[])
    }

    /// Logits, losses `[B, 1]`, and the gradient of `Σ loss + Σ cotangent · logits` by the pixels. With a goal of zeros the loss
    /// has no part in it.
    pub(super) fn vjp(&self, batch: usize) -> Result<Program, LabError> {
        let graph = Graph::new();
        let x = graph.input(PIXELS, Spec::f32(self.shape(batch)));
        let row = Spec::f32([batch, self.network.classes]);
        let (goal, cotangent) = (graph.input(GOAL, row.clone()), graph.input(COTANGENT, row));
        let logits = self.logits(&x)?;
        let loss = Self::loss(&logits, &goal)?;
        let height = loss.sum_all()?.add(&logits.mul(&cotangent)?.sum_all()?)?;
        let gradient = grad(&height, &[&x])?.remove(0);
        self.ready(&[&logits, &loss, &gradient], &[])
    }

    /// With the weights where they belong.
    pub(super) fn ready(&self, outputs: &[&Tensor], assigns: &[(&Tensor, &Tensor)]) -> Result<Program, LabError> {
        Ok(Program::step_with(outputs, assigns, &*self.values)?)
    }
}

pub(super) const PIXELS: &str = "pixels";
pub(super) const GOAL: &str = "goal";
pub(super) const COTANGENT: &str = "cotangent";
