//! What a network makes of a picture before it names a class: numbers from which other networks can learn
//! (Donahue et al., DeCAF, 2014).

use super::device::{Batched, Device, choose, timed};
use super::{LabError, Weights, seen, values_from};
use crate::data::Rgb;
use crate::graph::op::pool2d::PoolFn;
use crate::graph::op::{Conv2d, Matmul, Pool2d};
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
        Self::of_grid(weights, batch, None, device).await
    }

    /// Behind these numbers the same by places: the last map of the network, averaged over `grid` × `grid` parts of the picture, all parts of
    /// the first channel first. Nothing follows where the network has no map of so many places.
    pub(in crate::lab) async fn with_places(
        weights: &Rc<Weights>,
        batch: usize,
        grid: usize,
        device: &Device,
    ) -> Result<Self, LabError> {
        Self::of_grid(weights, batch, Some(grid), device).await
    }

    async fn of_grid(
        weights: &Rc<Weights>,
        batch: usize,
        grid: Option<usize>,
        device: &Device,
    ) -> Result<Self, LabError> {
        let (_, logits) = weights.network().graph(batch)?;
        let read = before_classes(&logits);
        let read = read.ok_or_else(|| bad_setup!("{} has no layer whose input could be used", weights.name()))?;
        let mut features = averaged(&read)?;
        let count = features.dims()[1];
        if let Some(grid) = grid
            && let Some(map) = last_map(&read, grid)
        {
            features = Tensor::cat(&[&features, &by_places(&map, grid)?], 1)?;
        }
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

    /// Without places.
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

/// What the last convolution or matrix product before the logits reads.
fn before_classes(logits: &Tensor) -> Option<Tensor> {
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
    read.map(|read| graph.tensor(read))
}

/// `[batch, count]`, averaged over the places.
fn averaged(x: &Tensor) -> Result<Tensor, ShapeError> {
    if x.rank() == 4 { x.global_avg_pool2d() } else { x.flatten_from(1) }
}

/// The last one at or before `read` with `grid` × `grid` places or more.
fn last_map(read: &Tensor, grid: usize) -> Option<Tensor> {
    let graph = read.graph();
    let is_map = |x: &Tensor| x.rank() == 4 && x.dims()[2] >= grid && x.dims()[3] >= grid;
    (0..=read.id()).rev().map(|id| graph.tensor(id)).find(is_map)
}

/// `[batch, channels, height, width]` → `[batch, channels · grid²]`, the means of parts that cover the whole map.
fn by_places(map: &Tensor, grid: usize) -> Result<Tensor, ShapeError> {
    let window = |side: usize| {
        let stride = side / grid;
        (side - (grid - 1) * stride, stride)
    };
    let ((high, down), (wide, across)) = (window(map.dims()[2]), window(map.dims()[3]));
    let pool = Pool2d {
        kernel: [high, wide],
        stride: [down, across],
        ..Pool2d::square(PoolFn::Avg { count_padding: true }, 1, 1)
    };
    map.pool2d(pool)?.flatten_from(1)
}
