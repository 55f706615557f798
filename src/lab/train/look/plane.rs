//! What a network of the plane's points sees: the answer everywhere, and each hidden unit, over [-1.25, 1.25]².

use crate::data::dataset::Examples;
use crate::graph::{Graph, Host, Program, Spec};
use crate::lab::train::score::Scores;
use crate::lab::train::{LabError, TrainingRun};
use crate::models::spec::{LayerOutput, NetworkSpec};
use crate::nn::VarBuilder;
use crate::protocol::{Looked, SurfaceLayer, SurfacePoint};
use candle_core::Device;

const EDGE: f32 = 1.25;
const MOST_SIDE: u32 = 200;

impl TrainingRun {
    pub(super) async fn surface(&mut self, side: u32) -> Result<Looked, LabError> {
        let points = match &self.data().examples {
            Examples::Points(points) if self.data().shape == [2, 1, 1] => points,
            _ => return Err(bad_setup!("only points of a plane have a surface")),
        };
        let is_map = (2..=MOST_SIDE).contains(&side);
        ensure!(is_map, "a map of {side} × {side} cannot be made; choose 2 to {MOST_SIDE}");
        let trained = self.data().split.train.clone();
        let shown = points.chunks_exact(2).zip(&self.data().labels).take(trained.len());
        let points = shown.map(|(at, &class)| SurfacePoint { x: at[0], y: at[1], class }).collect();
        let step = self.trainer().step();
        let (values, names) = self.trainer().over_plane(side).await?;
        let mut layers = Vec::new();
        for (output, layer) in values.iter().zip(names) {
            let rows = output.flatten_from(1)?.t()?.to_vec2::<f32>()?;
            layers.push(SurfaceLayer { layer, side, units: rows });
        }
        if let (Some(logits), Some(last)) = (values.last(), layers.last_mut()) {
            let scores = Scores::of(&logits.flatten_from(1)?)?;
            let rows: Vec<Vec<f32>> = scores.rows().map(|row| row.probabilities()).collect();
            let classes = rows.first().map_or(0, Vec::len);
            last.units = (0..classes).map(|class| rows.iter().map(|row| row[class]).collect()).collect();
        }
        Ok(Looked::Surface { step, layers, points })
    }
}

/// The outputs of hidden layers, each after what follows its weights, and of the last layer; with their names.
pub(in crate::lab::train) fn plane_program(
    network: &NetworkSpec,
    side: u32,
) -> Result<(Program, Vec<String>), LabError> {
    let graph = Graph::new();
    let count = (side * side) as usize;
    let x = graph.input("x", Spec::f32([count, 2, 1, 1]));
    let vb = VarBuilder::new(&graph);
    let stages = network.stages(&x, vb.clone())?;
    let has_weights =
        |stage: &LayerOutput| vb.parameters().iter().any(|(name, ..)| name.starts_with(&format!("{}.", stage.name)));
    let starts: Vec<usize> =
        (0..stages.len()).filter(|&at| has_weights(&stages[at]) && stages[at].word != "batchnorm").collect();
    let mut shown = Vec::new();
    for (k, &start) in starts.iter().enumerate() {
        let end = starts.get(k + 1).map_or(stages.len(), |&next| next);
        shown.push((&stages[end - 1].output, format!("{} {}", stages[start].name, stages[start].word)));
    }
    let outputs: Vec<_> = shown.iter().map(|(output, _)| *output).collect();
    let names = shown.iter().map(|(_, name)| name.clone()).collect();
    Ok((Program::step(&outputs, &[])?, names))
}

/// Rows from the top; points are not normalised.
pub(in crate::lab::train) fn plane(side: u32) -> Result<Host, LabError> {
    let at = |k: u32| EDGE * (2.0 * k as f32 / (side - 1) as f32 - 1.0);
    let values: Vec<f32> = (0..side).flat_map(|row| (0..side).flat_map(move |column| [at(column), -at(row)])).collect();
    Ok(Host::from_vec(values, ((side * side) as usize, 2, 1, 1), &Device::Cpu)?)
}
