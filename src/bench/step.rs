//! The harness's training workloads: its parameters, its batches resident on the device, the loss read back once per block.

use super::device::{Opening, elements};
use super::error::BenchError;
use super::inputs::{Options, WorkloadSpec, both};
use super::network::TrainedNetwork;
use crate::graph::op::optimiser_step::Figures;
use crate::graph::{Graph, Host, Init, Program, Spec, Tensor, grad};
use crate::lab::device::CompiledProgram;
use crate::lab::trainer::{figures_of, optimiser_step};
use crate::nn::VarBuilder;
use crate::protocol::{Optimiser, Rule};
use candle_core::{DType, Device};

pub(super) struct Steps {
    ready: CompiledProgram,
    work: StepSpec,
    /// The initial parameters, in the order of the manifest.
    start: Vec<(String, Host)>,
    slots: Vec<(String, Host)>,
    step: u32,
}

/// The settings of a workload that a step needs.
struct StepSpec {
    optimiser: Optimiser,
    batches: u32,
    check_steps: u32,
}

impl StepSpec {
    fn of(work: &WorkloadSpec) -> Self {
        let &WorkloadSpec { lr: rate, eps, momentum, check_steps, .. } = work;
        let rule = if work.opt == "adam" { Rule::Adam } else { Rule::Momentum };
        let optimiser = Optimiser { rule, rate, eps, momentum, ..Optimiser::default() };
        Self { optimiser, batches: work.batches as u32, check_steps }
    }
}

impl Steps {
    pub(super) async fn new(id: &str, options: &Options, device: Opening) -> Result<Self, BenchError> {
        // The training data arrive while the kernels compile.
        let data = both(options.set(&format!("{id}.data")), options.set(id));
        let work = StepSpec::of(&options.spec);
        let network = TrainedNetwork::of(&options.spec)?;
        let wrong = |detail: &str| BenchError::Data { set: id.to_owned(), detail: detail.to_owned() };

        let graph = Graph::new();
        let batches = options.spec.batches;
        let pick = graph.input("pick", Spec::u32([1]));
        let figures = graph.input("figures", Spec::f32([Figures::COUNT]));
        let all = |name: &str, of: Spec| {
            let all = Spec::new([batches, of.elem_count()], of.dtype);
            let all = graph.variable(name, all, Init::Const(0.0))?;
            all.index_select(&pick, 0)?.reshape(of.shape)
        };
        let x = all("all.x", network.x())?;
        let labels = all("all.labels", Spec::u32([network.labels()]))?;
        let vb = VarBuilder::new(&graph);
        let loss = network.loss(&x, &labels, &vb)?;

        let parameters = vb.parameters();
        let wrt: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
        let gradients = grad(&loss, &wrt)?;
        let gradients: Vec<&Tensor> = gradients.iter().collect();
        let update = optimiser_step(&graph, "optimiser", &work.optimiser, &figures, &wrt, &gradients)?;
        let program = Program::step(&[&loss], &[(&update.state, &update.value)])?;
        let device = device.await?;
        let (ready, (values, given)) = both(device.compile(program), data).await;
        let (ready, values, given) = (ready?, values?, given?);

        let all = |prefix: &str, row: &dyn Fn(&Host) -> candle_core::Result<Host>| -> Result<Host, BenchError> {
            let of =
                |(name, _): &&(String, Host)| name.strip_prefix(prefix).is_some_and(|n| n.parse::<usize>().is_ok());
            let rows = values.iter().filter(of).map(|(_, value)| row(value)?.unsqueeze(0));
            Ok(Host::cat(&rows.collect::<candle_core::Result<Vec<_>>>()?, 0)?)
        };
        ready.write("all.x", &all("x", &|x| network.arranged(x))?)?;
        ready.write("all.labels", &all("y", &|y| y.flatten_all())?)?;
        if given.len() != parameters.len()
            || given.iter().zip(&parameters).any(|((_, g), (_, p, _))| g.dims() != p.dims())
        {
            return Err(wrong("parameters of other shapes"));
        }
        let start = given.into_iter().zip(&parameters).map(|((_, value), (name, ..))| (name.clone(), value)).collect();
        let nothing = Host::zeros(update.state.elem_count() / (update.slots.len() + 1), DType::F32, &Device::Cpu)?;
        let slots = update.slots.into_iter().map(|name| (name, nothing.clone())).collect();
        let mut steps = Self { ready, work, start, slots, step: 0 };
        steps.reset()?;
        Ok(steps)
    }

    fn reset(&mut self) -> Result<(), BenchError> {
        self.step = 0;
        Ok(self.start.iter().chain(&self.slots).try_for_each(|(name, value)| self.ready.write(name, value))?)
    }

    /// The inputs of the next step.
    fn next(&mut self) -> Result<impl Fn(&str) -> Host + use<>, BenchError> {
        let step = self.step;
        self.step += 1;
        let figures = Host::new(&figures_of(&self.work.optimiser, step).elements(), &Device::Cpu)?;
        let pick = Host::new(&[step % self.work.batches], &Device::Cpu)?;
        Ok(move |name: &str| if name == "pick" { pick.clone() } else { figures.clone() })
    }

    /// One step, and its loss.
    async fn one(&mut self) -> Result<Vec<f64>, BenchError> {
        let inputs = self.next()?;
        elements(&self.ready.run(inputs).await?)
    }

    pub(super) async fn first(&mut self) -> Result<Vec<f64>, BenchError> {
        self.reset()?;
        self.one().await
    }

    /// The losses of the first steps, then the norm of each parameter's change.
    pub(super) async fn check(&mut self) -> Result<Vec<f64>, BenchError> {
        self.reset()?;
        let mut found = Vec::new();
        for _ in 0..self.work.check_steps {
            found.extend(self.one().await?);
        }
        let names: Vec<&str> = self.start.iter().map(|(name, _)| name.as_str()).collect();
        for (now, (_, start)) in self.ready.read(&names).await?.iter().zip(&self.start) {
            let pairs = elements(std::slice::from_ref(now))?.into_iter().zip(elements(std::slice::from_ref(start))?);
            found.push(pairs.map(|(now, start)| (now - start).powi(2)).sum::<f64>().sqrt());
        }
        Ok(found)
    }

    pub(super) async fn measure(&mut self, iters: u32) -> Result<Vec<f64>, BenchError> {
        for _ in 1..iters {
            let inputs = self.next()?;
            self.ready.step(inputs)?;
        }
        self.one().await
    }
}
