//! The engine: a GPU or none, the networks that are compiled, and the choice between GPU and CPU.

use super::device::{Cache, Device, MaybeGpu, Race, agreement, max_difference};
use super::plans::{LONG_MILLIS, Plans, Ran, Times};
use super::{LabError, Monitor, Weights, input_from, pixels_from_rgb, predictions, seen};
use crate::data::Rgb;
use crate::graph::Host;
use crate::protocol::trouble::Bug;
use crate::protocol::{
    Agreement, BackendChoice, BackendKind, BackendUsed, Classified, Classify, Compare, Fit, Trouble, Why,
};
use crate::sorted::SortedMap;
use std::rc::Rc;

/// So many networks stay compiled; each holds its weights once per backend.
const KEPT: usize = 2;

/// A GPU whose logits are further from the CPU's than this computes something else; rounding explains a hundredth of it.
const WRONG: f64 = 0.1;

const MEDIAN: Times = Times::Median { long_millis: LONG_MILLIS };

/// Inputs up to this are shown as they are: so few pixels cannot be guessed from the picture.
const SHOWN_SIDE: u32 = 64;

type Answer = (BackendKind, Why, Ran);

pub struct Engine {
    gpu: MaybeGpu,
    /// By network.
    plans: Cache<String, Plans>,
    races: SortedMap<String, Race>,
    /// By network: the picture on which both backends were compared last, and its fit.
    compared: SortedMap<String, (u32, Fit)>,
}

impl Default for Engine {
    /// It computes on the CPU until its GPU is met.
    fn default() -> Self {
        Self { gpu: MaybeGpu::default(), plans: Cache::new(KEPT), races: SortedMap::new(), compared: SortedMap::new() }
    }
}

impl Engine {
    /// With the fastest GPU that there is; it works without one too.
    pub async fn start() -> Self {
        Self { gpu: MaybeGpu::find().await, ..Self::default() }
    }

    /// On the CPU alone; `detail` says why.
    pub fn without_gpu(detail: impl Into<String>) -> Self {
        Self { gpu: MaybeGpu::none(detail), ..Self::default() }
    }

    pub fn gpu(&self) -> &MaybeGpu {
        &self.gpu
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
        watch: &impl Monitor,
    ) -> Result<Classified, LabError> {
        let network = weights.network();
        let start = watch.now_millis();
        let seen = seen(picture, network, job.fit)?;
        let input = input_from(&seen, network)?;
        let preprocess_ms = watch.now_millis() - start;
        let was_raced = self.races.get(&network.id).is_some();
        let chosen = match job.backend {
            BackendChoice::Auto => None,
            BackendChoice::Cpu => Some(BackendKind::Cpu),
            BackendChoice::Gpu => Some(BackendKind::Gpu),
        };
        let (kind, why, ran) = match chosen {
            None => self.auto(weights, &input, watch).await?,
            Some(kind) => (kind, Why::Chosen, self.on(kind, weights, &input, watch, Times::Once).await?),
        };
        let about = (job.picture, job.fit);
        if !was_raced && self.races.get(&network.id).is_some() {
            self.compared.insert(network.id.clone(), about);
        }
        let is_compared = self.compared.get(&network.id) == Some(&about);
        let (top, probability_sum) = predictions(weights, &ran.logits, job.top)?;
        let adapter = match (kind, self.gpu.known()) {
            (BackendKind::Gpu, Some(Ok(gpu))) => gpu.name().to_owned(),
            (BackendKind::Gpu | BackendKind::Cpu, _) => String::new(),
        };
        Ok(Classified {
            picture: job.picture,
            network: network.id.clone(),
            fit: job.fit,
            seen: (seen.width().max(seen.height()) <= SHOWN_SIDE).then(|| pixels_from_rgb(&seen)),
            top,
            is_unknown: weights.calibration().is_unknown(&ran.logits),
            probability_sum,
            elapsed_ms: ran.millis,
            preprocess_ms,
            backend: BackendUsed { kind, adapter, why },
            dispatches: ran.dispatches,
            planned_bytes: ran.planned_bytes,
            unplanned_bytes: ran.unplanned_bytes,
            agreement: self.races.get(&network.id).filter(|_| is_compared).and_then(Race::agreement),
        })
    }

    pub async fn compare(
        &mut self,
        weights: &Rc<Weights>,
        picture: &Rgb,
        job: &Compare,
        watch: &impl Monitor,
    ) -> Result<Agreement, LabError> {
        let network = weights.network();
        let input = input_from(&seen(picture, network, job.fit)?, network)?;
        let gpu = self.on(BackendKind::Gpu, weights, &input, watch, MEDIAN).await?;
        let cpu = self.on(BackendKind::Cpu, weights, &input, watch, MEDIAN).await?;
        let difference = self.record(weights, &gpu, &cpu);
        self.compared.insert(network.id.clone(), (job.picture, job.fit));
        Ok(agreement(difference, gpu.millis, cpu.millis))
    }

    /// The faster backend; a race where it is not known which that is.
    async fn auto(&mut self, weights: &Rc<Weights>, input: &Host, watch: &impl Monitor) -> Result<Answer, LabError> {
        let why = match self.gpu.known() {
            Some(Err(detail)) => Why::NoGpu { detail },
            None => Why::GpuNotAsked,
            Some(Ok(_)) => {
                let race = self.races.get(&weights.network().id).copied();
                match (self.plans(weights).gpu_fault.clone(), race) {
                    (Some(trouble), _) => Why::GpuFailed { trouble },
                    (None, None) => return self.race(weights, input, watch).await,
                    (None, Some(race)) if race.winner() == BackendKind::Cpu => race.why(),
                    (None, Some(race)) => match self.on(BackendKind::Gpu, weights, input, watch, Times::Once).await {
                        Ok(gpu) => return Ok((BackendKind::Gpu, race.why(), gpu)),
                        Err(error) => self.failed(weights, error)?,
                    },
                }
            }
        };
        Ok((BackendKind::Cpu, why, self.on(BackendKind::Cpu, weights, input, watch, Times::Once).await?))
    }

    async fn race(&mut self, weights: &Rc<Weights>, input: &Host, watch: &impl Monitor) -> Result<Answer, LabError> {
        // The CPU first: there is a result, whatever the GPU does.
        let cpu = self.on(BackendKind::Cpu, weights, input, watch, MEDIAN).await?;
        // A GPU that is twice as slow has lost.
        let times = Times::Median { long_millis: LONG_MILLIS.min(cpu.millis * 2.0) };
        let gpu = match self.on(BackendKind::Gpu, weights, input, watch, times).await {
            Ok(gpu) => gpu,
            Err(error) => return Ok((BackendKind::Cpu, self.failed(weights, error)?, cpu)),
        };
        if max_difference(&gpu.logits, &cpu.logits) > WRONG {
            let detail = format!("the GPU's logits are more than {WRONG} from the CPU's");
            let why = self.failed(weights, Trouble::from(Bug { detail }).into())?;
            return Ok((BackendKind::Cpu, why, cpu));
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
        let trouble = Trouble::from(error);
        self.plans(weights).gpu_fault = Some(trouble.clone());
        Ok(Why::GpuFailed { trouble })
    }

    /// Remembers both times; returns how far the logits are apart.
    fn record(&mut self, weights: &Weights, gpu: &Ran, cpu: &Ran) -> f64 {
        let difference = max_difference(&gpu.logits, &cpu.logits);
        let race = Race { gpu_ms: gpu.millis, cpu_ms: cpu.millis, max_logit_difference: Some(difference) };
        self.races.insert(weights.network().id.clone(), race);
        difference
    }

    /// If the device is lost, it runs once more on a new one.
    async fn on(
        &mut self,
        kind: BackendKind,
        weights: &Rc<Weights>,
        input: &Host,
        watch: &impl Monitor,
        times: Times,
    ) -> Result<Ran, LabError> {
        let device = match kind {
            BackendKind::Cpu => Device::Cpu,
            BackendKind::Gpu => self.gpu.device().await?,
        };
        match self.plans(weights).run(&device, times, input, watch).await {
            Err(error) if error.is_device_lost() => {
                let device = self.gpu.device().await?;
                self.plans(weights).run(&device, times, input, watch).await
            }
            ran => ran,
        }
    }

    /// What is compiled of these weights. Other weights of the same network replace them.
    fn plans(&mut self, weights: &Rc<Weights>) -> &mut Plans {
        let id = weights.network().id.clone();
        let known = self.plans.take(&id).filter(|plans| Rc::ptr_eq(&plans.weights, weights));
        self.plans.put(id, known.unwrap_or_else(|| Plans::new(weights.clone())))
    }
}
