//! What a layer answers to one tile, and its gradient: one program for all tiles of a size, wherever they lie and in whatever octave.

use crate::graph::{Host as HostTensor, Program, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::layer::layer_named;
use crate::lab::look::ascent::responses;
use crate::lab::look::model::NetworkValues;
use crate::lab::look::parametrisation::Parametrisation;
use crate::lab::look::search::{Objective, SearchGraph, Slopes};
use crate::models::Network;
use crate::protocol::PictureSpace;
use candle_core::Device as HostDevice;

/// An input of a run: what each channel of the layer counts.
const CHANNELS: &str = "channels";

/// What tiles are compiled for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::lab::look) struct TileGoal {
    space: Parametrisation,
    layer: String,
}

impl TileGoal {
    /// Tiles of this height and width.
    pub(super) fn new(network: &Network, layer: &str, [height, width]: [usize; 2]) -> Self {
        let input = [network.input[0], height, width];
        let space = Parametrisation { space: PictureSpace::Pixels, batch: 1, input, normalise: network.normalise };
        Self { space, layer: layer.to_owned() }
    }

    /// Height and width.
    pub(super) fn size(&self) -> [usize; 2] {
        [self.space.input[1], self.space.input[2]]
    }

    pub(super) fn layer(&self) -> &str {
        &self.layer
    }

    pub(in crate::lab::look) async fn slopes(
        &self,
        network: &Network,
        values: &NetworkValues,
        device: &Device,
    ) -> Result<Slopes, LabError> {
        let graph = SearchGraph::new(&self.space)?;
        let (objective, _) = self.objective(&graph.picture, network)?;
        graph.slopes(&objective, values, device).await
    }

    /// How many channels the layer has, and the operations of one tile.
    ///
    /// # Errors
    /// [`LabError::Setup`] where the network cannot read a tile of this size up to the layer, or the layer gives one number.
    pub(super) fn counted(&self, network: &Network) -> Result<(usize, u64), LabError> {
        let graph = SearchGraph::new(&self.space)?;
        let (objective, channels) = self.objective(&graph.picture, network)?;
        let program: Program = graph.slope_program(&objective, &|_| None)?;
        Ok((channels, program.flops_and_bytes(None).0))
    }

    /// Told is the mean of the layer's squares, or of those of the channels that count.
    fn objective(&self, picture: &Tensor, network: &Network) -> Result<(Objective, usize), LabError> {
        let Self { space, layer } = self;
        let layered = network.layered(1)?;
        let asked = layered.input.graph().tensor(layer_named(network, &layered, layer)?.output);
        let answer = layered.onto(picture, &[&asked]).map_err(|error| {
            let ([_, height, width], [_, own_height, own_width]) = (space.input, network.input);
            bad_setup!(
                "{} cannot read a tile of {width} × {height} pixels up to {layer}; choose its own size, {own_width} × {own_height}, or \
                 an earlier layer ({error})",
                network.title
            )
        })?;
        let answer = &answer[0];
        ensure!(
            answer.elem_count() > 1,
            "{layer} of {} gives one number, in which nothing can be seen; choose another layer",
            network.title
        );
        let squares = responses(&answer.sqr()?)?;
        let channels = squares.dims()[1];
        let weights = picture.graph().input(CHANNELS, Spec::f32([1, channels]));
        let told = squares.mul(&weights)?.sum_keepdim(1)?;
        Ok((Objective { loss: told.sum_all()?.neg()?, told }, channels))
    }
}

/// What each of so many channels counts.
///
/// # Errors
/// [`LabError::Setup`] where there is no such channel.
pub(super) fn weights(channel: Option<u32>, channels: usize, layer: &str) -> Result<HostTensor, LabError> {
    let values = match channel {
        None => vec![1.0 / channels as f32; channels],
        Some(channel) => {
            ensure!((channel as usize) < channels, "{layer} has {channels} channels, so there is no channel {channel}");
            (0..channels).map(|at| if at == channel as usize { 1.0 } else { 0.0 }).collect()
        }
    };
    Ok(HostTensor::from_vec(values, (1, channels), &HostDevice::Cpu)?)
}
