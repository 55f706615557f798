//! The ventral stream: layers of networks beside populations of neurons, as Yamins et al. (2014) compare them, by matrices of
//! dissimilarities (Kriegeskorte, Mur & Bandettini 2008).

mod compare;
mod matrix;
mod pictures;

use super::super::{Host, LabError};
use crate::lab::{FeatureTable, pixels_from_rgb};
use crate::protocol::{Stage, StreamFact, StreamPicture, StreamReport, StreamTask};
use compare::spearman;
use matrix::dissimilarities;
use pictures::drawn;

pub(super) async fn streamed(
    task: &StreamTask,
    host: &impl Host,
    tell: &dyn Fn(StreamReport),
) -> Result<StreamReport, LabError> {
    let start = host.now_millis();
    let pictures = drawn(task, host).await?;
    let rows: Vec<Vec<f32>> =
        pictures.iter().map(|picture| picture.rgb.pixels().iter().map(|&byte| f32::from(byte)).collect()).collect();
    let table = FeatureTable::from_rows(&rows);
    host.step(Stage::Run, 0, 1).await?;
    let dissimilarity = dissimilarities(&table, task.distance).into_iter().map(|value| value as f32).collect();
    let told = |picture: &pictures::DrawnObject| StreamPicture {
        seen: pixels_from_rgb(&picture.rgb),
        kind: picture.kind,
        level: picture.level,
    };
    let report = StreamReport {
        pictures: pictures.iter().map(told).collect(),
        kinds: crate::data::objects::OBJECTS.iter().map(|&kind| kind.to_owned()).collect(),
        dissimilarity,
        elapsed_ms: host.now_millis() - start,
    };
    tell(report.clone());
    Ok(report)
}

/// Fact, expected, measured, limit.
pub(super) fn stream_facts() -> Result<Vec<(StreamFact, f64, f64, f64)>, LabError> {
    let mut dice = crate::lab::Dice::new(3);
    let rows: Vec<[f32; 7]> = (0..20).map(|_| std::array::from_fn(|_| dice.normal())).collect();
    let one = dissimilarities(&FeatureTable::from_rows(&rows), crate::protocol::DissimilarityKind::Correlation);
    Ok(vec![(StreamFact::Itself, 1.0, spearman(&one, &one), 1e-12)])
}
