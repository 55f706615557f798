//! How far maps of evidence can be trusted: what the class's probability does while a map's places go or come, and whether the map is
//! another one when the network is.

mod rank;
mod rivals;
mod shuffled;

use super::evidence::{Attention, Filling, LookSubject, Ready, grid_of};
use super::model::LookModel;
use crate::lab::device::{Device, Models, Placed};
use crate::lab::{Host, LabError, probability_of};
use crate::protocol::{Baseline, Evidence, EvidenceMap, JudgedMap, MapSource, Pixels, ShuffledRank, Trust, TrustRow};
use rank::{order_of, spearman};
use rivals::{chance, edges};
use shuffled::{learned_layers, shuffled, steps};

pub(super) async fn trust<H: Host>(
    job: &Trust,
    models: &mut Models<LookModel, 2>,
    host: &H,
    tell: &dyn Fn(TrustRow),
) -> Result<Vec<TrustRow>, LabError> {
    let Trust { evidence, judged, points, chances, depths, .. } = job;
    ensure!((2..=256).contains(points), "a picture in {points} steps; choose 2 to 256");
    ensure!((1..=64).contains(chances), "the mean of {chances} maps by chance; choose 1 to 64");
    ensure!(*depths <= 64, "weights shuffled in {depths} steps; choose 0 to 64");
    let subject = LookSubject::of(evidence, host).await?;
    let run = async |models: &mut [Placed<LookModel>]| {
        let Placed { model, used, .. } = &mut models[0];
        let mut rows = Vec::new();
        // Networks of convolutions have no attention to judge.
        let has_attention = Attention::of(&subject.weights.network().layered(1)?).is_some();
        let is_offered = |judged: &MapSource| match judged {
            MapSource::Method(method) => has_attention || !method.is_of_attention(),
            MapSource::Edges | MapSource::Chance | MapSource::Patches => true,
        };
        for judged in judged.iter().copied().filter(is_offered) {
            let mut filling = subject.filling(evidence, model, used.clone(), host, &|_| {}).await?;
            let row = match map_of(judged, evidence, &subject, &mut filling).await {
                Ok(map) => {
                    let [mut deletion, mut insertion] = [const { Vec::new() }; 2];
                    let maps = if judged.is_by_chance() { *chances } else { 1 };
                    for at in 0..maps {
                        let again = Evidence { seed: evidence.seed.wrapping_add(at), ..evidence.clone() };
                        let map =
                            if at == 0 { map.clone() } else { map_of(judged, &again, &subject, &mut filling).await? };
                        let order = order_of(&map.at_pixels(true));
                        filling.map = map;
                        let [less, more] = curves(&order, job, &mut filling).await?;
                        add_share(&mut deletion, &less, maps);
                        add_share(&mut insertion, &more, maps);
                    }
                    let (map, shuffled) = (without_pixels(map), Vec::new());
                    TrustRow::Found(Box::new(JudgedMap { judged, map, deletion, insertion, shuffled }))
                }
                Err(LabError::Setup { detail }) => TrustRow::Refused { judged, detail },
                Err(error) => return Err(error),
            };
            tell(row.clone());
            rows.push(row);
        }
        forget_layers(job, &subject, model.device(), &mut rows, host, tell).await?;
        Ok(rows)
    };
    models.run(std::slice::from_ref(&subject.weights), evidence.backend, host, run).await
}

/// One of several curves whose mean is wanted.
fn add_share(mean: &mut Vec<f32>, curve: &[f32], of: u32) {
    mean.resize(curve.len(), 0.0);
    mean.iter_mut().zip(curve).for_each(|(mean, value)| *mean += value / of as f32);
}

async fn map_of<H: Host>(
    judged: MapSource,
    evidence: &Evidence,
    subject: &LookSubject,
    filling: &mut Filling<'_, H>,
) -> Result<EvidenceMap, LabError> {
    let method = match judged {
        MapSource::Method(method) => method,
        MapSource::Chance => return Ok(chance(filling, None, evidence.seed)),
        MapSource::Patches => return Ok(chance(filling, grid_at_hand(evidence, subject), evidence.seed)),
        MapSource::Edges => return Ok(edges(filling)),
    };
    let job = Evidence { method, ..evidence.clone() };
    filling.map.method = method;
    Ready::of(&job, subject.weights.network(), &subject.layers)?.fill(filling).await?;
    Ok(filling.map.clone())
}

/// Height and width of the layer that is looked at, else of the last one that has places.
fn grid_at_hand(evidence: &Evidence, subject: &LookSubject) -> Option<[usize; 2]> {
    let named = subject.layers.iter().find(|node| Some(&node.path) == evidence.layer.as_ref());
    let [_, height, width] = grid_of(named.or(subject.layers.last())?)?;
    Some([height, width])
}

/// The maps of the same network with more and more of its layers shuffled, beside those of the network itself.
async fn forget_layers<H: Host>(
    Trust { evidence, depths, .. }: &Trust,
    subject: &LookSubject,
    device: &Device,
    rows: &mut [TrustRow],
    host: &H,
    tell: &dyn Fn(TrustRow),
) -> Result<(), LabError> {
    let layers = learned_layers(&subject.weights)?;
    for count in steps(layers.len(), *depths as usize) {
        let forgotten = &layers[layers.len() - count..];
        let mut model = shuffled(&subject.weights, forgotten, evidence.seed, device);
        for row in rows.iter_mut() {
            let TrustRow::Found(found) = row else { continue };
            let MapSource::Method(method) = found.judged else { continue };
            let job = Evidence { method, class: Some(found.map.whole.index), ..evidence.clone() };
            let ready = Ready::of(&job, subject.weights.network(), &subject.layers)?;
            let mut again = subject.filling(&job, &mut model, found.map.backend.clone(), host, &|_| {}).await?;
            match ready.fill(&mut again).await {
                Ok(()) => {
                    let rank = spearman(&sizes(&found.map), &sizes(&again.map));
                    let (down_to, layers, of) = (forgotten[0].path.clone(), count as u32, layers.len() as u32);
                    found.shuffled.push(ShuffledRank { layers, of, down_to, rank });
                    tell(row.clone());
                }
                // What it refuses of one network it may take of the other: there is nothing to compare.
                Err(LabError::Setup { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn sizes(map: &EvidenceMap) -> Vec<f32> {
    map.values.iter().map(|value| value.abs()).collect()
}

/// For the page, which has the picture.
fn without_pixels(map: EvidenceMap) -> EvidenceMap {
    let Pixels { width, height, .. } = map.seen;
    EvidenceMap { seen: Pixels { width, height, rgba: Vec::new().into() }, ..map }
}

/// Of deletion, which leaves what is asked for, and of insertion, which begins with the blurred picture.
async fn curves<H: Host>(
    order: &[usize],
    &Trust { points, inserts, emptied, .. }: &Trust,
    filling: &mut Filling<'_, H>,
) -> Result<[Vec<f32>; 2], LabError> {
    let (clean, blurred, empty) = (filling.clean.clone(), filling.emptied(Baseline::Blurred), filling.emptied(emptied));
    let deletion = curve(order, points as usize, [&clean, &empty], filling).await?;
    let insertion = match inserts {
        true => curve(order, points as usize, [&blurred, &clean], filling).await?,
        false => Vec::new(),
    };
    Ok([deletion, insertion])
}

/// The class's probability while the pixels go over from one picture to another in this order.
async fn curve<H: Host>(
    order: &[usize],
    points: usize,
    [from, to]: [&[f32]; 2],
    filling: &mut Filling<'_, H>,
) -> Result<Vec<f32>, LabError> {
    let (places, class) = (order.len(), filling.map.whole.index);
    let picture = |at: usize| {
        let mut picture = from.to_vec();
        for &place in &order[..places * at / points] {
            for value in (place..picture.len()).step_by(places) {
                picture[value] = to[value];
            }
        }
        picture
    };
    let mut found = Vec::with_capacity(points + 1);
    let hear = |filling: &mut Filling<'_, H>, logits: Vec<f32>| {
        found.push(probability_of(&filling.weights, &logits, class)?);
        Ok(())
    };
    filling.hear_all(points + 1, picture, hear).await?;
    Ok(found)
}
