//! What a network with given weights says of a data set, on the CPU.

use super::batch::Batches;
use super::task::Evaluator;
use super::{Dataset, LabError, Scores};
use crate::data::dataset::Part;
use crate::graph::Host;
use crate::lab::Watch;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::Stage;

/// Logits of every example of a part, row by row; `value` has the weights by name.
///
/// # Errors
/// [`LabError::MissingTensor`], [`LabError::Cancelled`].
pub async fn answers_of(
    network: &NetworkSpec,
    normalise: Normalise,
    value: impl Fn(&str) -> Option<Host>,
    data: &Dataset,
    part: Part,
    watch: &impl Watch,
) -> Result<Vec<f32>, LabError> {
    let batches = Batches::normalised(data, normalise);
    let evaluator = Evaluator::new(network, &batches, data, value)?;
    let (mut answers, mut batch) = (Vec::new(), 0);
    while let Some(examples) = batches.measured(part, batch) {
        watch.step(Stage::Run, (batch * super::batch::MEASURED) as u64, batches.len(part) as u64).await?;
        let scores = Scores::of(&evaluator.predict(examples.start as u32)?)?;
        scores.rows().zip(examples).for_each(|(row, _)| answers.extend_from_slice(row.logits()));
        batch += 1;
    }
    Ok(answers)
}
