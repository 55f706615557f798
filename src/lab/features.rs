//! What a network makes of a picture before it names a class: numbers from which other networks can learn
//! (Donahue et al., DeCAF, 2014).

use super::device::{Batched, Device, choose, timed};
use super::{LabError, Weights, seen, values_from};
use crate::data::Rgb;
use crate::graph::op::{Conv2d, Matmul};
use crate::graph::{Kind, Program, ShapeError, Tensor};
use crate::protocol::{BackendChoice, BackendUsed, Fit};
use std::rc::Rc;

/// A network on a device, as far as the input of its last layer that has weights, averaged over the places of a picture.
pub struct Features {
    weights: Rc<Weights>,
    batched: Batched,
    count: usize,
}

impl Features {
    /// For `batch` pictures at once.
    pub async fn new(weights: &Rc<Weights>, batch: usize, device: &Device) -> Result<Self, LabError> {
        let (_, logits) = weights.network().graph(batch)?;
        let features = before_classes(&logits)?;
        let features =
            features.ok_or_else(|| bad_setup!("{} has no layer whose input could be used", weights.name()))?;
        let count = features.dims()[1];
        let program = Program::inference(&[&features], &|name| weights.value(name))?;
        Ok(Self { weights: weights.clone(), batched: Batched::new(program, device).await?, count })
    }

    /// The device that is faster.
    pub(in crate::lab) async fn faster(
        weights: &Rc<Weights>,
        host: &impl super::Host,
    ) -> Result<(Device, BackendUsed), LabError> {
        let sample = async |device: &Device| {
            let mut one = Self::new(weights, 1, device).await?;
            let [_, height, width] = weights.network().input;
            let grey = Rgb::new(width as u32, height as u32, vec![128; 3 * width * height])?;
            timed(host, async || one.of(std::slice::from_ref(&grey)).await.map(|_| ())).await
        };
        choose(BackendChoice::Auto, &host.gpu().await?, sample).await
    }

    pub fn batch(&self) -> usize {
        self.batched.batch()
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn weights(&self) -> &Rc<Weights> {
        &self.weights
    }

    /// The numbers of each of up to [`Self::batch`] pictures, which are squashed to the network's size: captions are about
    /// what stands at the edges too.
    ///
    /// # Errors
    /// What a device refuses; [`LabError::NotFinite`] where weights overflow.
    pub async fn of(&mut self, pictures: &[Rgb]) -> Result<Vec<Vec<f32>>, LabError> {
        let network = self.weights.network();
        let input = |picture: &Rgb| values_from(&seen(picture, network, Fit::Squash)?, network);
        let inputs = pictures.iter().map(input).collect::<Result<Vec<_>, _>>()?;
        let rows = self.batched.rows(&inputs).await?;
        let count = rows.iter().flatten().filter(|value| !value.is_finite()).count() as u64;
        if count > 0 {
            let (file, tensor) = (self.weights.name().to_owned(), "features".to_owned());
            return Err(LabError::NotFinite { file, tensor, count });
        }
        Ok(rows)
    }
}

/// `[batch, count]`: what the last convolution or matrix product before the logits reads, averaged over its places.
fn before_classes(logits: &Tensor) -> Result<Option<Tensor>, ShapeError> {
    let graph = logits.graph();
    let read = {
        let nodes = graph.nodes();
        let mut is_needed = vec![false; logits.id() + 1];
        is_needed[logits.id()] = true;
        (0..=logits.id()).rev().find_map(|id| {
            let node = &nodes[id];
            if !is_needed[id] {
                return None;
            }
            node.inputs.iter().for_each(|&input| is_needed[input] = true);
            match &node.kind {
                Kind::Op(op) if op.get::<Conv2d>().is_some() || op.get::<Matmul>().is_some() => {
                    node.inputs.first().copied()
                }
                Kind::Op(_) | Kind::Input { .. } | Kind::Variable { .. } | Kind::Constant(_) => None,
            }
        })
    };
    read.map(|read| {
        let x = graph.tensor(read);
        if x.rank() == 4 { x.global_avg_pool2d() } else { x.flatten_from(1) }
    })
    .transpose()
}
