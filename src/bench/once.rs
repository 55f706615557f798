//! Workloads that compute the same thing again: chains of products and of elementwise operations, networks, and the gradient of
//! a logit with respect to the picture.

use super::device::{Opening, elements};
use super::error::BenchError;
use super::inputs::{Options, both};
use crate::graph::{Graph, Host, Init, Program, Spec, Tensor, grad};
use crate::lab::device::CompiledProgram;
use crate::models::Network;
use crate::nn::VarBuilder;
use candle_core::Device;
use std::collections::BTreeMap;

pub(super) struct Once {
    /// Computes the checked result.
    whole: CompiledProgram,
    /// Computes the part that every repetition reads back, where that is less.
    brief: Option<CompiledProgram>,
    reads: Reads,
    /// The only input, where there is one.
    image: Host,
}

/// Which of the repetitions in a block are read back. A browser looks for finished work every one or two milliseconds:
/// waiting for each repetition cannot measure less.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    Each,
    Last,
}

impl Once {
    pub(super) async fn new(kind: &str, id: &str, options: &Options, device: Opening) -> Result<Self, BenchError> {
        match kind {
            "matmul" | "chain" => Self::chain(kind, id, options, device).await,
            "infer" | "inputgrad" => Self::network(kind, options, device).await,
            other => Err(BenchError::Unsupported { what: format!("workloads of kind {other}") }),
        }
    }

    /// The inputs are variables: they stay on the device.
    async fn chain(kind: &str, id: &str, options: &Options, device: Opening) -> Result<Self, BenchError> {
        if id.ends_with("_eager") {
            return Err(BenchError::Unsupported { what: "every program is compiled as a whole".to_owned() });
        }
        let spec = &options.spec;
        let (values, device) = both(options.set(spec.data.as_deref().unwrap_or(id)), device).await;
        let (values, device) = (values?, device?);
        let graph = Graph::new();
        let variable = |(name, value): &(String, Host)| graph.variable(name, Spec::f32(value.dims()), Init::Const(0.0));
        let variables: Vec<Tensor> = values.iter().map(variable).collect::<Result<_, _>>()?;
        let long = 0..spec.chain.unwrap_or(1);
        let (y, brief) = match (kind, variables.as_slice()) {
            ("matmul", [a, b]) => {
                let y = long.into_iter().try_fold(a.clone(), |y, _| y.matmul(b))?;
                (y.clone(), Some(y.narrow(0, 0, 1)?))
            }
            (_, [x]) => (long.into_iter().try_fold(x.clone(), |y, _| y.affine(spec.mul, spec.add))?, None),
            _ => return Err(BenchError::Data { set: id.to_owned(), detail: "other tensors than expected".to_owned() }),
        };
        let ready = async |y: &Tensor| -> Result<CompiledProgram, BenchError> {
            let ready = device.compile(Program::step(&[y], &[])?).await?;
            values.iter().try_for_each(|(name, value)| ready.write(name, value))?;
            Ok(ready)
        };
        let brief = match brief {
            Some(brief) => Some(ready(&brief).await?),
            None => None,
        };
        let reads = if brief.is_some() { Reads::Each } else { Reads::Last };
        Ok(Self { whole: ready(&y).await?, brief, reads, image: Host::new(&[0.0_f32], &Device::Cpu)? })
    }

    /// Weights are constants; the picture is given anew each time.
    async fn network(kind: &str, options: &Options, device: Opening) -> Result<Self, BenchError> {
        let id = options.spec.net.as_str();
        let data = both(options.set(id), options.set("image"));
        let unsupported = || BenchError::Unsupported { what: format!("there is no {id} here") };
        let network = Network::find(id).ok_or_else(unsupported)?;
        let graph = Graph::new();
        let [channels, height, width] = network.input;
        let x = graph.input("image", Spec::f32([1, channels, height, width]));
        let vb = VarBuilder::new(&graph);
        let logits = network.forward(&x, vb.clone())?;
        let (device, (values, image)) = both(device, data).await;
        let values = weights(&vb, values?)?;
        let y = match kind {
            "infer" => logits,
            _ => grad(&logits.narrow(1, options.class().await?, 1)?, &[&x])?.remove(0),
        };
        let program = Program::inference(&[&y], &|name| values.get(name).cloned().map(Into::into))?;
        let missing = || BenchError::Data { set: "image".to_owned(), detail: "no picture".to_owned() };
        let image = image?.into_iter().map(|(_, value)| value).next().ok_or_else(missing)?;
        Ok(Self { whole: device?.compile(program).await?, brief: None, reads: Reads::Each, image })
    }

    pub(super) async fn output(&mut self) -> Result<Vec<f64>, BenchError> {
        elements(&self.whole.run(|_| self.image.clone()).await?)
    }

    pub(super) async fn measure(&mut self, iters: u32) -> Result<Vec<f64>, BenchError> {
        let ready = self.brief.as_mut().unwrap_or(&mut self.whole);
        for k in 1..=iters {
            if k == iters || self.reads == Reads::Each {
                ready.run(|_| self.image.clone()).await?;
            } else {
                ready.step(|_| self.image.clone())?;
            }
        }
        Ok(Vec::new())
    }
}

/// The harness has weight and bias of each convolution and linear layer in order of execution, with batch norms folded in. A
/// batch norm of ours becomes the bias alone: weight 1, mean 0, and a variance of 1 less its ε.
fn weights(vb: &VarBuilder, given: Vec<(String, Host)>) -> Result<BTreeMap<String, Host>, BenchError> {
    const EPS: f64 = 1e-5;
    let (parameters, statistics) = (vb.parameters(), vb.statistics());
    let norms: Vec<&str> = statistics.iter().filter_map(|(name, ..)| name.strip_suffix(".running_mean")).collect();
    let of_norm =
        |name: &str| norms.iter().any(|norm| name.strip_prefix(norm).is_some_and(|rest| rest.starts_with('.')));
    let mut layers: Vec<&str> = parameters
        .iter()
        .filter(|(name, ..)| !of_norm(name))
        .filter_map(|(name, ..)| name.strip_suffix(".weight"))
        .collect();
    if !norms.is_empty() {
        // torchvision's ResNets run a block's shortcut after its convolutions, and the names happen to sort so.
        let parts = |name: &str| -> Vec<(Option<usize>, String)> {
            name.split('.').map(|part| (part.parse().ok(), part.to_owned())).collect()
        };
        layers.sort_by_key(|name| (name.starts_with("fc") || name.starts_with("classifier"), parts(name)));
    }
    let mut values = BTreeMap::new();
    let shapes: BTreeMap<&str, &[usize]> =
        parameters.iter().chain(&statistics).map(|(name, variable, _)| (name.as_str(), variable.dims())).collect();
    let mut given = given.into_iter().map(|(_, value)| value);
    for layer in layers {
        // The next of a sequence, or the batch norm of the same number.
        let next = layer.rsplit_once('.').and_then(|(of, at)| Some(format!("{of}.{}", at.parse::<usize>().ok()? + 1)));
        let norm = next.unwrap_or_else(|| layer.replace("conv", "bn"));
        let bias = if norms.contains(&norm.as_str()) { format!("{norm}.bias") } else { format!("{layer}.bias") };
        for name in [format!("{layer}.weight"), bias] {
            let value =
                given.next().filter(|value| shapes.get(name.as_str()).is_some_and(|dims| *dims == value.dims()));
            let value =
                value.ok_or_else(|| BenchError::Data { set: name.clone(), detail: "of another shape".to_owned() })?;
            values.insert(name, value);
        }
    }
    for (name, dims) in shapes {
        if !values.contains_key(name) {
            let start = match name.ends_with("running_var") {
                true => 1.0 - EPS,
                false => f64::from(name.ends_with("weight") && of_norm(name)),
            };
            values.insert(name.to_owned(), Host::full(start as f32, dims, &Device::Cpu)?);
        }
    }
    Ok(values)
}
