//! A square over a network's input, and what the network says of inputs with it.

use super::super::{LabError, device::CompiledProgram, input_from};
use crate::data::Rgb;
use crate::graph::Host;
use crate::models::Network;
use crate::nn::Normalise;
use candle_core::Device as HostDevice;

pub(super) const BATCH: usize = 16;

/// Where it may be, and what it makes of an input. Lengths are in pixels.
pub(super) struct Square {
    /// At most the input's shorter one.
    pub(super) side: usize,
    pub(super) stride: usize,
    pub(super) grey: u8,
    /// Of the input: channels, height, width.
    pub(super) shape: [usize; 3],
    pub(super) normalise: Normalise,
}

impl Square {
    /// Left and upper edges; the last ones lie against the input's own.
    pub(super) fn edges(&self) -> [Vec<u32>; 2] {
        let [_, height, width] = self.shape;
        [width, height].map(|of| {
            let last = (of - self.side) as u32;
            (0..last).step_by(self.stride).chain([last]).collect()
        })
    }

    /// All `[x, y]`, row by row.
    pub(super) fn places(&self) -> Vec<[u32; 2]> {
        let [xs, ys] = self.edges();
        ys.iter().flat_map(|&y| xs.iter().map(move |&x| [x, y])).collect()
    }

    /// The input `[C, H, W]`, normalised, with the square at this place.
    pub(super) fn over(&self, clean: &[f32], [x, y]: [u32; 2]) -> Vec<f32> {
        let [channels, height, width] = self.shape;
        let mut covered = clean.to_vec();
        for channel in 0..channels {
            let grey = self.normalise.value(channel, self.grey);
            for row in y as usize..y as usize + self.side {
                let from = (channel * height + row) * width + x as usize;
                covered[from..from + self.side].fill(grey);
            }
        }
        covered
    }

    /// The input that a plain picture of the square's grey is.
    pub(super) fn plain(&self, network: &Network) -> Result<Vec<f32>, LabError> {
        let [_, height, width] = self.shape;
        let picture = Rgb::new(width as u32, height as u32, vec![self.grey; 3 * width * height])?;
        Ok(input_from(&picture, network)?.flatten_all()?.to_vec1()?)
    }
}

/// Of each of up to `batch` inputs, for which `plan` is compiled.
pub(super) async fn logits(
    plan: &mut CompiledProgram,
    inputs: &[impl AsRef<[f32]>],
    batch: usize,
    [channels, height, width]: [usize; 3],
) -> Result<Vec<Vec<f32>>, LabError> {
    let mut values: Vec<f32> = inputs.iter().flat_map(|input| input.as_ref()).copied().collect();
    values.resize(batch * channels * height * width, 0.0);
    let x = Host::from_vec(values, (batch, channels, height, width), &HostDevice::Cpu)?;
    let mut rows = plan.run(|_| x.clone()).await?.remove(0).to_vec2::<f32>()?;
    rows.truncate(inputs.len());
    Ok(rows)
}
