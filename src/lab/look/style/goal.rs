//! The loss of a style: distances of Gram matrices and of an activation, and what keeps neighbours alike.

use super::gram::{Read, answers, gram};
use crate::graph::plan::bytes_of;
use crate::graph::{Host as HostTensor, Init, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::look::model::NetworkValues;
use crate::lab::look::parametrisation::Parametrisation;
use crate::lab::look::search::{Objective, SearchGraph, Searcher, Slopes, rows, variation};
use crate::models::Network;
use candle_core::Device as HostDevice;

/// Inputs: weights of the terms, and one over the length of each target.
const WEIGHTS: &str = "weights";
const SCALES: &str = "scales";

/// What a search is compiled for. Its terms are those of the layers, of the content where it has one, of the neighbours.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::lab::look) struct StyleGoal {
    pub(in crate::lab::look) space: Parametrisation,
    /// Paths of layers.
    pub(in crate::lab::look) styles: Vec<String>,
    pub(in crate::lab::look) content: Option<String>,
}

/// What the variables and the inputs are: targets are of length 1, so that a term is 1 where nothing of the target is there.
pub(in crate::lab::look) struct StyleTargets {
    named: Vec<(String, HostTensor)>,
    scales: HostTensor,
    weights: HostTensor,
}

impl StyleGoal {
    pub(in crate::lab::look) async fn searcher(
        &self,
        network: &Network,
        values: &NetworkValues,
        device: &Device,
    ) -> Result<Searcher, LabError> {
        let graph = SearchGraph::new(&self.space)?;
        let objective = self.objective(&graph.picture, network)?;
        graph.searcher(&objective, values, device).await
    }

    pub(in crate::lab::look) async fn slopes(
        &self,
        network: &Network,
        values: &NetworkValues,
        device: &Device,
    ) -> Result<Slopes, LabError> {
        let graph = SearchGraph::new(&self.space)?;
        let objective = self.objective(&graph.picture, network)?;
        graph.slopes(&objective, values, device).await
    }

    /// Of a search with either rule; nothing is allocated.
    pub(super) fn bytes(&self, network: &Network) -> Result<u64, LabError> {
        let graph = SearchGraph::new(&self.space)?;
        let objective = self.objective(&graph.picture, network)?;
        Ok(bytes_of(&graph.slope_program(&objective, &|_| None)?))
    }

    /// Told is each term without its weight.
    fn objective(&self, picture: &Tensor, network: &Network) -> Result<Objective, LabError> {
        let graph = picture.graph();
        let paths: Vec<&str> = self.styles.iter().chain(&self.content).map(String::as_str).collect();
        let scales = graph.input(SCALES, Spec::f32([paths.len()]));
        let mut terms = Vec::new();
        for (at, answer) in answers(network, picture, &paths)?.iter().enumerate() {
            let found = if at < self.styles.len() { gram(answer)? } else { answer.clone() };
            let target = graph.variable(&target_name(at), found.spec().clone(), Init::Const(0.0))?;
            let scale = scales.narrow(0, at, 1)?.reshape(vec![1; found.rank()])?;
            let apart = found.broadcast_mul(&scale)?.sub(&target)?.sqr()?;
            terms.push(apart.reshape([1, apart.elem_count()])?.sum_keepdim(1)?);
        }
        terms.push(variation(picture)?.affine(1.0 / rows(picture)?.elem_count() as f64, 0.0)?);
        let told = Tensor::cat(&terms.iter().collect::<Vec<_>>(), 1)?;
        let weights = graph.input(WEIGHTS, Spec::f32(told.dims().to_vec()));
        Ok(Objective { loss: told.mul(&weights)?.sum_all()?, told })
    }

    /// From what was read of the style picture and of the content picture; `weights` has one for each term.
    ///
    /// # Errors
    /// [`LabError::Setup`] where a layer answers nothing.
    pub(super) fn targets(
        &self,
        style: &Read,
        content: Option<&HostTensor>,
        weights: &[f64],
    ) -> Result<StyleTargets, LabError> {
        let mut all = Vec::new();
        for (path, gram) in self.styles.iter().zip(&style.grams) {
            let count = (1..).find(|count| count * count >= gram.len()).unwrap_or(1);
            all.push((path, gram.clone(), vec![count, count]));
        }
        if let (Some(path), Some(content)) = (&self.content, content) {
            all.push((path, content.flatten_all()?.to_vec1()?, content.dims().to_vec()));
        }
        let (mut named, mut scales) = (Vec::new(), Vec::new());
        for (at, (path, values, shape)) in all.into_iter().enumerate() {
            let length = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
            ensure!(
                length > 0.0 && length.is_finite(),
                "{path} answers nothing to this picture that could be compared; choose another layer"
            );
            let unit: Vec<f32> = values.iter().map(|&value| (f64::from(value) / length) as f32).collect();
            named.push((target_name(at), HostTensor::from_vec(unit, shape, &HostDevice::Cpu)?));
            scales.push((1.0 / length) as f32);
        }
        let weights: Vec<f32> = weights.iter().map(|&weight| weight as f32).collect();
        let (count, terms) = (scales.len(), weights.len());
        Ok(StyleTargets {
            named,
            scales: HostTensor::from_vec(scales, count, &HostDevice::Cpu)?,
            weights: HostTensor::from_vec(weights, (1, terms), &HostDevice::Cpu)?,
        })
    }
}

fn target_name(at: usize) -> String {
    format!("target{at}")
}

impl StyleTargets {
    pub(in crate::lab::look) fn named(&self) -> Vec<(&str, &HostTensor)> {
        self.named.iter().map(|(name, target)| (name.as_str(), target)).collect()
    }

    /// Of an input of the loss.
    pub(in crate::lab::look) fn input(&self, name: &str) -> HostTensor {
        if name == SCALES { self.scales.clone() } else { self.weights.clone() }
    }
}
