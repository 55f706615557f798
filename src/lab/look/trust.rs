//! How far maps of evidence can be trusted: what the class's probability does while a map's places go or come, and whether the map is
//! another one when the network is.

mod rank;
mod rivals;
mod shuffled;

use super::evidence::{Attention, Filling, LookSubject, Ready};
use super::model::LookModel;
use crate::lab::device::{Models, Placed};
use crate::lab::{Host, LabError, probability_of};
use crate::protocol::{Evidence, EvidenceMap, JudgedMap, MapSource, Pixels, Trust, TrustRow};
use rank::{order_of, spearman};
use rivals::{chance, edges};
use shuffled::shuffled;

pub(super) async fn trust<H: Host>(
    job: &Trust,
    models: &mut Models<LookModel, 2>,
    host: &H,
    tell: &dyn Fn(TrustRow),
) -> Result<Vec<TrustRow>, LabError> {
    let Trust { evidence, methods, points } = job;
    ensure!((2..=256).contains(points), "a picture in {points} steps; choose 2 to 256");
    let subject = LookSubject::of(evidence, host).await?;
    let run = async |models: &mut [Placed<LookModel>]| {
        let Placed { model, used, .. } = &mut models[0];
        let mut rows = Vec::new();
        // Networks of convolutions have no attention to judge.
        let has_attention = Attention::of(&subject.weights.network().layered(1)?).is_some();
        let offered = methods.iter().copied().filter(|method| has_attention || !method.is_of_attention());
        let of_methods = offered.map(MapSource::Method);
        for judged in of_methods.chain([MapSource::Edges, MapSource::Chance]) {
            let mut filling = subject.filling(evidence, model, used.clone(), host, &|_| {}).await?;
            let row = match judge(judged, evidence, &subject, &mut filling).await {
                Ok((map, again)) => {
                    let order = order_of(&map.at_pixels(true));
                    filling.map = map.clone();
                    let (deletion, insertion) = curves(&order, *points as usize, &mut filling).await?;
                    let shuffled = again.map(|again| spearman(&sizes(&map), &sizes(&again)));
                    let map = without_pixels(map);
                    TrustRow::Found(Box::new(JudgedMap { judged, map, deletion, insertion, shuffled }))
                }
                Err(LabError::Setup { detail }) => TrustRow::Refused { judged, detail },
                Err(error) => return Err(error),
            };
            tell(row.clone());
            rows.push(row);
        }
        Ok(rows)
    };
    models.run(std::slice::from_ref(&subject.weights), evidence.backend, host, run).await
}

/// The map, and the same of the network with shuffled weights where a network is asked.
async fn judge<H: Host>(
    judged: MapSource,
    evidence: &Evidence,
    subject: &LookSubject,
    filling: &mut Filling<'_, H>,
) -> Result<(EvidenceMap, Option<EvidenceMap>), LabError> {
    let method = match judged {
        MapSource::Method(method) => method,
        MapSource::Chance => return Ok((chance(filling, evidence.seed), None)),
        MapSource::Edges => return Ok((edges(filling), None)),
    };
    let job = Evidence { method, ..evidence.clone() };
    let ready = Ready::of(&job, subject.weights.network(), &subject.layers)?;
    filling.map.method = method;
    ready.fill(filling).await?;
    let map = filling.map.clone();
    let mut other = shuffled(&subject.weights, evidence.seed, filling.model.device());
    let class = Evidence { class: Some(map.whole.index), ..job };
    let mut again = subject.filling(&class, &mut other, map.backend.clone(), filling.host, &|_| {}).await?;
    match ready.fill(&mut again).await {
        Ok(()) => Ok((map, Some(again.map))),
        // What it refuses of one network it may take of the other: there is nothing to compare.
        Err(LabError::Setup { .. }) => Ok((map, None)),
        Err(error) => Err(error),
    }
}

fn sizes(map: &EvidenceMap) -> Vec<f32> {
    map.values.iter().map(|value| value.abs()).collect()
}

fn without_pixels(map: EvidenceMap) -> EvidenceMap {
    let Pixels { width, height, .. } = map.seen;
    EvidenceMap { seen: Pixels { width, height, rgba: Vec::new().into() }, ..map }
}

/// Deletion leaves the mean colour of the network's pictures, insertion begins with the blurred picture.
async fn curves<H: Host>(
    order: &[usize],
    points: usize,
    filling: &mut Filling<'_, H>,
) -> Result<(Vec<f32>, Vec<f32>), LabError> {
    let (clean, blurred) = (filling.clean.clone(), filling.blurred());
    let empty = vec![0.0; clean.len()];
    Ok((
        curve(order, points, [&clean, &empty], filling).await?,
        curve(order, points, [&blurred, &clean], filling).await?,
    ))
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
