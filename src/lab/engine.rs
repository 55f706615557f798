//! The engine: a GPU or none, the networks that are compiled, and the choice between GPU and CPU.

use super::plans::{Device, LONG_MILLIS, Plans, Ran, Times};
use super::race::{Race, agreement, max_difference};
use super::{LabError, Watch, Weights, input_from, predictions, seen};
use crate::backend::gpu::Gpu;
use crate::backend::{AnyGpu, Later};
use crate::data::Rgb;
use crate::graph::Host;
use crate::protocol::{
    Agreement, BackendChoice, BackendKind, BackendUsed, Classified, Classify, Compare, GpuReport, Pixels, Why,
};
use crate::sorted::SortedMap;
use std::any::Any;
use std::rc::Rc;

/// So many networks stay compiled; each holds its weights once per backend.
const KEPT: usize = 2;

/// A GPU whose logits are further from the CPU's than this computes something else; rounding explains a hundredth of it.
const WRONG: f64 = 0.1;

const MEDIAN: Times = Times::Median { long_millis: LONG_MILLIS };

/// Inputs up to this are shown as they are: so few pixels cannot be guessed from the picture.
const SHOWN_SIDE: u32 = 64;

type Answer = (BackendKind, Why, Ran);

/// Looks for the GPU, or says why there is none.
pub type Finder = fn() -> Later<'static, Result<Rc<dyn AnyGpu>, String>>;

#[derive(Default)]
pub struct Engine {
    find: Option<Finder>,
    /// Or why there is none; `None` until somebody wants to know.
    gpu: Option<Result<Rc<dyn AnyGpu>, String>>,
    /// The one used last at the end.
    plans: Vec<Plans>,
    /// By network.
    races: SortedMap<String, Race>,
}

impl Engine {
    /// With the fastest GPU that there is; it works without one too.
    pub async fn start() -> Self {
        let mut engine = Self::new();
        engine.meet_gpu(crate::backend::gpu::find).await;
        engine
    }

    /// It computes on the CPU until it is made known to the GPU.
    pub fn new() -> Self {
        Self::default()
    }

    /// On the CPU alone; `detail` says why.
    pub fn without_gpu(detail: impl Into<String>) -> Self {
        Self { gpu: Some(Err(detail.into())), ..Self::new() }
    }

    /// Whether it knows of the GPU, or that there is none.
    pub fn has_met_gpu(&self) -> bool {
        self.gpu.is_some()
    }

    /// Looks for the GPU, unless that was done.
    pub async fn meet_gpu(&mut self, find: Finder) {
        if self.gpu.is_none() {
            self.find = Some(find);
            self.gpu = Some(find().await);
        }
    }

    pub fn gpu_report(&self) -> GpuReport {
        match &self.gpu {
            Some(Ok(gpu)) => GpuReport::Here { adapter: gpu.name().to_owned(), software: gpu.is_software() },
            Some(Err(detail)) => GpuReport::Missing { detail: detail.clone() },
            None => GpuReport::NotAsked,
        }
    }

    /// The GPU's name: races are remembered under it.
    pub fn adapter(&self) -> Option<&str> {
        self.gpu.as_ref()?.as_ref().ok().map(|gpu| gpu.name())
    }

    /// Bytes and number of the buffers on the GPU; none without one.
    pub fn held(&self) -> [u64; 2] {
        match &self.gpu {
            Some(Ok(gpu)) => gpu.held(),
            Some(Err(_)) | None => [0; 2],
        }
    }

    /// Gives the GPU up, as a crash of its driver would. For tests of recovery.
    pub fn lose_gpu(&self) {
        if let Some(Ok(gpu)) = &self.gpu {
            gpu.destroy();
        }
    }

    /// The GPU; a new one where it was lost.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn living_gpu(&mut self) -> Result<Rc<Gpu>, String> {
        let gpu: Rc<dyn Any> = self.any_living_gpu().await?;
        gpu.downcast().map_err(|_| "it is no GPU of ours".to_owned())
    }

    async fn any_living_gpu(&mut self) -> Result<Rc<dyn AnyGpu>, String> {
        let is_lost = matches!(&self.gpu, Some(Ok(gpu)) if gpu.is_lost());
        if let (true, Some(find)) = (is_lost, self.find) {
            self.plans.iter_mut().for_each(Plans::drop_gpu);
            self.gpu = Some(find().await);
        }
        self.gpu.clone().unwrap_or_else(|| Err("it was not looked for yet".to_owned()))
    }

    pub fn races(&self) -> &SortedMap<String, Race> {
        &self.races
    }

    /// Takes over what was measured on this device before; nothing that is known already is changed.
    pub fn remember(&mut self, races: SortedMap<String, Race>) {
        for (network, race) in races {
            self.races.or_insert_with(network, || race);
        }
    }

    /// # Errors
    /// [`LabError::NoGpu`] and GPU errors where the person chose the GPU; [`LabError::NotFinite`]; [`LabError::Cancelled`].
    pub async fn classify(
        &mut self,
        weights: &Rc<Weights>,
        picture: &Rgb,
        job: &Classify,
        watch: &impl Watch,
    ) -> Result<Classified, LabError> {
        let network = weights.network();
        let start = watch.now_millis();
        let seen = seen(picture, network, job.fit)?;
        let input = input_from(&seen, network)?;
        let preprocess_ms = watch.now_millis() - start;
        let (kind, why, ran) = match job.backend {
            BackendChoice::Auto => self.auto(weights, &input, watch).await?,
            BackendChoice::Cpu => (BackendKind::Cpu, Why::Chosen, self.cpu(weights, &input, watch, Times::Once).await?),
            BackendChoice::Gpu => (BackendKind::Gpu, Why::Chosen, self.gpu(weights, &input, watch, Times::Once).await?),
        };
        let (top, probability_sum) = predictions(weights, &ran.logits, job.top)?;
        let adapter = match kind {
            BackendKind::Gpu => self.adapter().unwrap_or_default().to_owned(),
            BackendKind::Cpu => String::new(),
        };
        Ok(Classified {
            picture: job.picture,
            network: network.id.clone(),
            fit: job.fit,
            seen: shown(&seen),
            top,
            probability_sum,
            elapsed_ms: ran.millis,
            preprocess_ms,
            backend: BackendUsed { kind, adapter, why },
            dispatches: ran.dispatches,
            planned_bytes: ran.planned_bytes,
            unplanned_bytes: ran.unplanned_bytes,
            agreement: self.races.get(&network.id).and_then(Race::agreement),
        })
    }

    /// # Errors
    /// As [`Self::classify`] with the GPU chosen.
    pub async fn compare(
        &mut self,
        weights: &Rc<Weights>,
        picture: &Rgb,
        job: &Compare,
        watch: &impl Watch,
    ) -> Result<Agreement, LabError> {
        let network = weights.network();
        let input = input_from(&seen(picture, network, job.fit)?, network)?;
        let gpu = self.gpu(weights, &input, watch, MEDIAN).await?;
        let cpu = self.cpu(weights, &input, watch, MEDIAN).await?;
        let difference = self.record(weights, &gpu, &cpu);
        Ok(agreement(difference, gpu.millis, cpu.millis))
    }

    /// The faster backend; a race where it is not known which that is.
    async fn auto(&mut self, weights: &Rc<Weights>, input: &Host, watch: &impl Watch) -> Result<Answer, LabError> {
        let on_cpu = match &self.gpu {
            Some(Ok(_)) => None,
            Some(Err(detail)) => Some(Why::NoGpu { detail: detail.clone() }),
            None => Some(Why::GpuNotAsked),
        };
        if let Some(why) = on_cpu {
            return Ok((BackendKind::Cpu, why, self.cpu(weights, input, watch, Times::Once).await?));
        }
        if let Some(detail) = self.plans(weights).gpu_fault.clone() {
            let why = Why::GpuFailed { detail };
            return Ok((BackendKind::Cpu, why, self.cpu(weights, input, watch, Times::Once).await?));
        }
        let Some(race) = self.races.get(&weights.network().id).copied() else {
            return self.race(weights, input, watch).await;
        };
        match race.winner() {
            BackendKind::Cpu => Ok((BackendKind::Cpu, race.why(), self.cpu(weights, input, watch, Times::Once).await?)),
            BackendKind::Gpu => match self.gpu(weights, input, watch, Times::Once).await {
                Ok(gpu) => Ok((BackendKind::Gpu, race.why(), gpu)),
                Err(error) => {
                    let why = self.failed(weights, error)?;
                    Ok((BackendKind::Cpu, why, self.cpu(weights, input, watch, Times::Once).await?))
                }
            },
        }
    }

    async fn race(&mut self, weights: &Rc<Weights>, input: &Host, watch: &impl Watch) -> Result<Answer, LabError> {
        // The CPU first: there is a result, whatever the GPU does.
        let cpu = self.cpu(weights, input, watch, MEDIAN).await?;
        // A GPU that is twice as slow has lost.
        let times = Times::Median { long_millis: LONG_MILLIS.min(cpu.millis * 2.0) };
        let gpu = match self.gpu(weights, input, watch, times).await {
            Ok(gpu) => gpu,
            Err(error) => return Ok((BackendKind::Cpu, self.failed(weights, error)?, cpu)),
        };
        if max_difference(&gpu.logits, &cpu.logits) > WRONG {
            let detail = format!("its logits are more than {WRONG} from the CPU's");
            self.plans(weights).gpu_fault = Some(detail.clone());
            return Ok((BackendKind::Cpu, Why::GpuFailed { detail }, cpu));
        }
        self.record(weights, &gpu, &cpu);
        let race = Race { gpu_ms: gpu.millis, cpu_ms: cpu.millis, max_logit_difference: None };
        let ran = match race.winner() {
            BackendKind::Gpu => gpu,
            BackendKind::Cpu => cpu,
        };
        Ok((race.winner(), race.why(), ran))
    }

    /// Keeps in mind that the GPU cannot run this network.
    fn failed(&mut self, weights: &Rc<Weights>, error: LabError) -> Result<Why, LabError> {
        if matches!(error, LabError::Cancelled) {
            return Err(error);
        }
        let detail = error.to_string();
        self.plans(weights).gpu_fault = Some(detail.clone());
        Ok(Why::GpuFailed { detail })
    }

    /// Remembers both times; returns how far the logits are apart.
    fn record(&mut self, weights: &Weights, gpu: &Ran, cpu: &Ran) -> f64 {
        let difference = max_difference(&gpu.logits, &cpu.logits);
        let race = Race { gpu_ms: gpu.millis, cpu_ms: cpu.millis, max_logit_difference: Some(difference) };
        self.races.insert(weights.network().id.clone(), race);
        difference
    }

    async fn cpu(
        &mut self,
        weights: &Rc<Weights>,
        input: &Host,
        watch: &impl Watch,
        times: Times,
    ) -> Result<Ran, LabError> {
        self.plans(weights).run(&Device::Cpu, times, input, watch).await
    }

    /// Where the device is lost, once more on a new one.
    async fn gpu(
        &mut self,
        weights: &Rc<Weights>,
        input: &Host,
        watch: &impl Watch,
        times: Times,
    ) -> Result<Ran, LabError> {
        let gpu = self.any_living_gpu().await.map_err(|detail| LabError::NoGpu { detail })?;
        let first = self.plans(weights).run(&Device::Gpu(gpu), times, input, watch).await;
        match first {
            Err(error) if error.is_device_lost() => {}
            other => return other,
        }
        let gpu = self.any_living_gpu().await.map_err(|detail| LabError::NoGpu { detail })?;
        self.plans(weights).run(&Device::Gpu(gpu), times, input, watch).await
    }

    /// What is compiled of these weights. Other weights of the same network replace them.
    fn plans(&mut self, weights: &Rc<Weights>) -> &mut Plans {
        let at = self.plans.iter().position(|plans| Rc::ptr_eq(&plans.weights, weights));
        let plans = match at {
            Some(at) => self.plans.remove(at),
            None => Plans::new(weights.clone()),
        };
        self.plans.retain(|other| other.weights.network().id != weights.network().id);
        if self.plans.len() >= KEPT {
            self.plans.remove(0);
        }
        self.plans.push(plans);
        let last = self.plans.len() - 1;
        &mut self.plans[last]
    }
}

/// A small input, for the page.
fn shown(seen: &Rgb) -> Option<Pixels> {
    let (width, height) = (seen.width(), seen.height());
    (width.max(height) <= SHOWN_SIDE).then(|| Pixels { width, height, rgba: seen.to_rgba().into() })
}
