//! What must hold of the places that were found: each is found again in its picture alone, and depends on the pixels in its box and on no
//! others.

use super::model::ExciteModel;
use super::strongest::Strong;
use crate::lab::channels::AskedLayer;
use crate::lab::{LabError, Monitor};
use crate::models::Network;
use crate::protocol::{ExciteFact, Finding, Stage};

/// A large network is asked about fewer places: of each there are three answers.
const MOST_MACS: u64 = 20_000_000_000;
const RUNS: usize = 3;
/// What devices may differ by.
const ROUNDING: f64 = 1e-4;

/// A place with what the network reads of its picture.
pub(super) struct FoundPlace {
    pub(super) strong: Strong,
    pub(super) input: Vec<f32>,
}

pub(super) async fn checks<H: Monitor>(
    network: &Network,
    layer: &AskedLayer,
    channel: usize,
    places: &[FoundPlace],
    model: &mut ExciteModel,
    host: &H,
) -> Result<Vec<Finding<ExciteFact>>, LabError> {
    let macs: u64 = network.layered(1)?.wiring().iter().map(|node| node.macs).sum();
    let count = (MOST_MACS / (RUNS as u64 * macs).max(1)).clamp(1, places.len() as u64) as usize;
    let mut plain = model.plain(layer).await?;
    let [_, height, width] = network.input;
    let (mut apart, mut largest) = (0.0_f64, f64::MIN_POSITIVE);
    let (mut outside, mut has_outside) = (0.0_f64, false);
    let (mut inside, mut asked) = (0_u32, 0_u32);
    for (at, FoundPlace { strong, input }) in places.iter().take(count).enumerate() {
        host.step(Stage::Verify, at as u64, count as u64).await?;
        let part = layer.part(strong.place as usize);
        let index = layer.at(channel, strong.place as usize);
        let own = plain.answer(input).await?[index];
        apart = apart.max(f64::from((own - strong.value).abs()));
        largest = largest.max(f64::from(strong.value.abs()));
        let turned = |is_inside: bool| -> Vec<f32> {
            let turn = |(at, value): (usize, &f32)| {
                let is_it = part.has(at / width % height, at % width) == is_inside;
                if is_it { 1.0 - value } else { *value }
            };
            input.iter().enumerate().map(turn).collect()
        };
        if part.rows.len() < height || part.columns.len() < width {
            has_outside = true;
            host.rest().await?;
            outside = outside.max(f64::from((plain.answer(&turned(false)).await?[index] - own).abs()));
        }
        // What a rectifier holds back may stay so.
        if strong.value > 0.0 {
            asked += 1;
            host.rest().await?;
            inside += u32::from(plain.answer(&turned(true)).await?[index] != own);
        }
    }
    let mut found = vec![(ExciteFact::Alone, 0.0, apart / largest, ROUNDING)];
    found.extend(has_outside.then_some((ExciteFact::Outside, 0.0, outside, 0.0)));
    found.extend((asked > 0).then_some((ExciteFact::Inside, f64::from(asked), f64::from(inside), 0.0)));
    Ok(model.device().findings(found))
}
