//! Biases that make up for what rounding weights moved: of each layer's outputs the mean of every channel becomes what it was (Nagel et al.,
//! "Data-free quantization through weight equalization and bias correction", 2019, section 4.2, with pictures).

use super::working::WorkingNetwork;
use crate::graph::{NodeId, Program};
use crate::lab::device::{Batched, Device};
use crate::lab::{LabError, Monitor, Weights};

const BATCH: usize = 16;

/// From the first layer on, each after those before it are corrected. A layer without a bias hands it to the batch norm behind; one that
/// has neither stays.
///
/// # Errors
/// What the device refuses.
pub(super) async fn corrected(
    whole: &Weights,
    work: &mut WorkingNetwork,
    inputs: &[Vec<f32>],
    device: &Device,
    watch: &impl Monitor,
) -> Result<(), LabError> {
    let modules: Vec<(String, NodeId)> = whole.network().graph(1)?.0.graph().modules().clone();
    for at in work.layers() {
        let name = work.layer_name(at).to_owned();
        let Some((_, node)) = modules.iter().rfind(|(module, _)| *module == name) else { continue };
        let Some((place, sign)) = home(work, &name) else { continue };
        watch.rest().await?;
        let wanted = means(whole, *node, inputs, device).await?;
        let got = means(&work.weights()?, *node, inputs, device).await?;
        let values = &mut work.tensors[place].values;
        if values.len() == wanted.len() {
            let moved = wanted.iter().zip(got).map(|(wanted, got)| sign * (wanted - got));
            values.iter_mut().zip(moved).for_each(|(value, moved)| *value += moved as f32);
        }
    }
    Ok(())
}

/// The tensor that can take what a layer's outputs are off, and which way.
fn home(work: &WorkingNetwork, layer: &str) -> Option<(usize, f64)> {
    let place = |name: String| work.tensors.iter().position(|tensor| tensor.name == name && tensor.shape.len() == 1);
    if let Some(bias) = place(format!("{layer}.bias")) {
        return Some((bias, 1.0));
    }
    let (list, at) = layer.rsplit_once('.').map_or(("", layer), |(list, at)| (list, at));
    let next = at.parse::<usize>().ok()? + 1;
    let next = if list.is_empty() { next.to_string() } else { format!("{list}.{next}") };
    Some((place(format!("{next}.running_mean"))?, -1.0))
}

/// Of each channel of a node's value.
async fn means(weights: &Weights, node: NodeId, inputs: &[Vec<f32>], device: &Device) -> Result<Vec<f64>, LabError> {
    let (x, _) = weights.network().graph(BATCH)?;
    let output = x.graph().tensor(node);
    let output = if output.rank() == 4 { output.global_avg_pool2d()? } else { output };
    let program = Program::inference(&[&output], &|name| weights.value(name))?;
    let mut model = Batched::new(program, device).await?;
    let mut sums: Vec<f64> = Vec::new();
    for inputs in inputs.chunks(BATCH) {
        for row in model.rows(inputs).await? {
            sums.resize(row.len(), 0.0);
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(value));
        }
    }
    sums.iter_mut().for_each(|sum| *sum /= inputs.len().max(1) as f64);
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::NoMonitor;
    use crate::lab::compress::quantise::quantised;
    use crate::lab::linear::unit;
    use crate::models::Network;
    use crate::models::spec::NetworkSpec;
    use crate::nn::Normalise;
    use pollster::block_on;

    const INPUTS: usize = 16;

    /// The mean square by which the logits of two networks differ, over that of the logits.
    fn apart(one: &Weights, other: &Weights, inputs: &[Vec<f32>]) -> f64 {
        let rows = |weights: &Weights| {
            let mut model = block_on(Batched::new(weights.program(BATCH).unwrap(), &Device::Cpu)).unwrap();
            inputs.chunks(BATCH).flat_map(|inputs| block_on(model.rows(inputs)).unwrap().concat()).collect::<Vec<f32>>()
        };
        let (one, other) = (rows(one), rows(other));
        let square = |values: &mut dyn Iterator<Item = f32>| values.map(|value| f64::from(value).powi(2)).sum::<f64>();
        square(&mut one.iter().zip(&other).map(|(a, b)| a - b)) / square(&mut one.iter().copied())
    }

    /// In each row one large weight makes the steps long, and all others lie four tenths of a step above a whole number: rounding takes
    /// them all down, and every output with them. Then a bias makes up for nearly all of it. Where they lie on both sides, as those of a
    /// trained network do, rounding moves the means little, and little is won.
    #[test]
    fn what_rounding_takes_from_every_output_comes_back() {
        for (is_uneven, least) in [(true, 20.0), (false, 0.9)] {
            let text = "flatten\nlinear 6\nrelu\nlinear classes\n";
            let spec = NetworkSpec::parse(text, [1, 4, 4], 3).unwrap();
            let names = (0..3).map(|class| class.to_string()).collect();
            let network = Network::written("rounded", "rounded", spec, names, Normalise::UNIT);
            let mut work = WorkingNetwork::of(&Weights::initial(network, 1).unwrap()).unwrap();
            let first = work.layers()[0];
            for (at, value) in work.tensors[first].values.iter_mut().enumerate() {
                let step = 0.1;
                let sign = if is_uneven || unit(31 * at as u32) < 0.5 { 1.0 } else { -1.0 };
                *value = if at % INPUTS == 0 { 7.0 * step } else { sign * 0.4 * step };
            }
            let whole = work.weights().unwrap();
            let tensor = &mut work.tensors[first];
            tensor.values = quantised(&tensor.values, 6, 4).weights();
            let input = |at: u32| (0..INPUTS as u32).map(|place| unit(997 * at + place)).collect::<Vec<f32>>();
            let inputs: Vec<Vec<f32>> = (0..8 * BATCH as u32).map(input).collect();
            let before = apart(&whole, &work.weights().unwrap(), &inputs);
            block_on(corrected(&whole, &mut work, &inputs, &Device::Cpu, &NoMonitor::default())).unwrap();
            let after = apart(&whole, &work.weights().unwrap(), &inputs);
            println!("uneven {is_uneven}: {before:.5} of the logits' square is lost, corrected {after:.5}");
            assert!(before > 1e-4 && before > least * after, "{before} {after}");
        }
    }
}
