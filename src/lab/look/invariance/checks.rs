//! What must hold of the curves of a picture.

use super::layers::is_alike;
use super::{Comparison, transformed};
use crate::graph::{Host as HostTensor, Program, Tensor};
use crate::lab::device::{Device, max_difference};
use crate::lab::layer::{layer_named, split};
use crate::lab::look::model::LookModel;
use crate::lab::{LabError, Monitor};
use crate::models::ReceptiveField;
use crate::protocol::{Finding, InvarianceFact, InvarianceFound, Stage, Transformation};
use candle_core::Device as HostDevice;

/// What devices may differ by.
const ROUNDING: f64 = 1e-4;
const EXACT: f64 = 1e-5;

pub(super) async fn checks<H: Monitor>(
    of: &Comparison<'_>,
    found: &InvarianceFound,
    model: &mut LookModel,
    host: &H,
) -> Result<Vec<Finding<InvarianceFact>>, LabError> {
    host.step(Stage::Verify, 0, 2).await?;
    let untouched = found.layers.iter().map(|layer| f64::from(layer.cosine[of.untouched]));
    let untouched = untouched.reduce(|far, value| if (value - 1.0).abs() > (far - 1.0).abs() { value } else { far });
    let alone = alone(of, found, model, host).await?;
    host.step(Stage::Verify, 1, 2).await?;
    let strides = strides(of, model).await?;
    let untouched = untouched.map(|value| (InvarianceFact::Untouched, 1.0, value, EXACT));
    let strides = strides.map(|apart| (InvarianceFact::Strides, 0.0, apart, EXACT));
    let all = untouched.into_iter().chain([(InvarianceFact::Alone, 0.0, alone, ROUNDING)]).chain(strides);
    Ok(model.device().findings(all))
}

/// The largest difference of a told cosine at either end from the one that is summed up here.
async fn alone<H: Monitor>(
    of: &Comparison<'_>,
    found: &InvarianceFound,
    model: &LookModel,
    host: &H,
) -> Result<f64, LabError> {
    let network = of.weights.network();
    let graph = network.layered(1)?;
    let output = |path: &str| -> Result<Tensor, LabError> {
        Ok(graph.input.graph().tensor(layer_named(network, &graph, path)?.output))
    };
    let outputs = of.layers.iter().map(|layer| output(&layer.path)).collect::<Result<Vec<_>, _>>()?;
    let program = Program::unoptimised(&outputs.iter().collect::<Vec<_>>(), &**model.values())?;
    let mut plan = Device::Cpu.compile(program).await?;
    let mut responses = async |picture: usize| -> Result<Vec<Vec<f32>>, LabError> {
        let [channels, height, width] = network.input;
        let input = of.input(&of.pictures[picture])?;
        let x = HostTensor::from_vec(input, (1, channels, height, width), &HostDevice::Cpu)?;
        host.rest().await?;
        plan.run(|_| x.clone()).await?.iter().map(|one| Ok(one.flatten_all()?.to_vec1()?)).collect()
    };
    let whole = responses(of.untouched).await?;
    let mut apart = 0.0_f64;
    for end in [0, of.pictures.len() - 1] {
        for (at, response) in responses(end).await?.iter().enumerate() {
            let size = |of: &[f32]| of.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
            let product: f64 = response.iter().zip(&whole[at]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let sizes = size(response) * size(&whole[at]);
            // Without any response there is no angle.
            if sizes > 0.0 {
                apart = apart.max((product / sizes.sqrt() - f64::from(found.layers[at].cosine[end])).abs());
            }
        }
    }
    Ok(apart)
}

/// How far the response to the picture, shifted to the right by a stride, is from the response shifted by a place, at the deepest layer
/// that has places whose fields no edge cuts, over its largest value there.
async fn strides(of: &Comparison<'_>, model: &mut LookModel) -> Result<Option<f64>, LabError> {
    let network = of.weights.network();
    let graph = network.layered(1)?;
    let [_, height, width] = network.input;
    for (number, layer) in of.layers.iter().enumerate().rev() {
        let node = layer_named(network, &graph, &layer.path)?;
        let (Some([down, across]), [_, rows, columns]) = (graph.field(node.output), layer.shape.as_slice()) else {
            continue;
        };
        let within = |field: ReceptiveField, count: usize, extent: usize| -> Vec<usize> {
            let start = |place: usize| field.start + (place * field.stride) as isize;
            let is_whole = |place: &usize| start(*place) >= 0 && start(*place) + field.size as isize <= extent as isize;
            (0..count).filter(is_whole).collect()
        };
        let inner_rows = within(down, *rows, height);
        let inner = within(across, columns.saturating_sub(1), width.saturating_sub(across.stride));
        if node.output == graph.input.id()
            || inner_rows.is_empty()
            || inner.is_empty()
            || !is_alike(&graph, node.output)
        {
            continue;
        }
        let seen = &of.pictures[of.untouched];
        let moved = transformed(seen, Transformation::Shift, across.stride as f64)?;
        let plan = model.responses(&of.layers, Comparison::batch(&of.layers)).await?;
        let mut both = Vec::new();
        for picture in [seen, &moved] {
            let row = plan.rows(&[of.input(picture)?]).await?.concat();
            both.push(split(&of.layers, &row).0[number].to_vec());
        }
        let mut places = Vec::new();
        for channel in 0..layer.shape[0] {
            for row in &inner_rows {
                places.extend(inner.iter().map(|column| (channel * rows + row) * columns + column));
            }
        }
        let still: Vec<f32> = places.iter().map(|&at| both[0][at]).collect();
        let after: Vec<f32> = places.iter().map(|&at| both[1][at + 1]).collect();
        let largest = still.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        if largest > 0.0 {
            return Ok(Some(max_difference(&still, &after) / f64::from(largest)));
        }
    }
    Ok(None)
}
