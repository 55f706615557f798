//! Features of words: in the plane along their first two principal components or by t-SNE, by the cosine to each other, and analogies.

use super::corpus::{Corpus, UNKNOWN};
use super::session::TrainedModel;
use crate::lab::map::{Distances, TsneEmbedding, components_of};
use crate::lab::{FeatureTable, LabError, Monitor};
use crate::protocol::{FeaturePlace, FeaturePlane, MapRun, Stage, WordPlacing};

/// Words that are drawn, the most frequent ones.
const DRAWN: usize = 240;
/// Neighbours that are told of.
const NEIGHBOURS: usize = 8;
/// Units that are counted for the map.
const COUNTED: usize = 200_000;
/// Neighbours that a word has on the map by t-SNE, about, and steps of it.
const PERPLEXITY: f64 = 12.0;
const STEPS: usize = 400;

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// Places along the first two principal components, and the share of the variance that those have.
///
/// # Errors
/// [`LabError::Setup`] of numbers that are not finite, or of one row.
pub fn principal_places(table: &FeatureTable) -> Result<(Vec<[f64; 2]>, f64), LabError> {
    let places = components_of(table)?;
    let count = table.rows().max(1) as f64;
    let mut all = 0.0;
    for at in 0..table.columns() {
        let column = || table.iter().map(|row| f64::from(row[at]));
        let mean = column().sum::<f64>() / count;
        all += column().map(|x| (x - mean).powi(2)).sum::<f64>();
    }
    let kept: f64 = places.iter().map(|[x, y]| x * x + y * y).sum();
    Ok((places, if all > 0.0 { kept / all } else { 0.0 }))
}

/// Places by t-SNE, from those of the components on, with fewer neighbours where there are few words.
async fn embedded(table: &FeatureTable, places: &[[f64; 2]], watch: &impl Monitor) -> Result<Vec<[f64; 2]>, LabError> {
    let distances = Distances::of(table, watch).await?;
    let mut embedding = TsneEmbedding::new(&distances, PERPLEXITY, places.to_vec(), STEPS);
    while !embedding.is_done() {
        if embedding.step().is_multiple_of(10) {
            watch.step(Stage::Run, embedding.step() as u64, STEPS as u64).await?;
        }
        embedding.advance();
    }
    Ok(embedding.places)
}

fn cosine(one: &[f64], other: &[f64]) -> f64 {
    let lengths = (dot(one, one) * dot(other, other)).sqrt();
    if lengths > 0.0 { dot(one, other) / lengths } else { 0.0 }
}

/// Those nearest to a direction, but for some.
fn nearest(features: &[Vec<f64>], to: &[f64], without: &[u32], corpus: &Corpus) -> Vec<(String, f32)> {
    let open = (1..features.len() as u32).filter(|unit| !without.contains(unit));
    let mut all: Vec<(u32, f64)> = open.map(|unit| (unit, cosine(&features[unit as usize], to))).collect();
    all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    all.truncate(NEIGHBOURS);
    all.into_iter().map(|(unit, cosine)| (corpus.vocabulary.name(unit).to_owned(), cosine as f32)).collect()
}

/// # Errors
/// [`LabError::Setup`] of a word that the model does not know.
pub(super) async fn map_of(model: &TrainedModel, job: &MapRun, watch: &impl Monitor) -> Result<FeaturePlane, LabError> {
    let TrainedModel { file, corpus, progress } = model;
    let missing = || bad_setup!("the model has no features of what it reads");
    let single = file.value("embed.weight").ok_or_else(missing)?.to_vec2::<f32>()?;
    let table = FeatureTable::from_rows(single.get(1..single.len().min(DRAWN + 1)).unwrap_or_default());
    let features: Vec<Vec<f64>> = single.into_iter().map(|row| row.into_iter().map(f64::from).collect()).collect();
    let mut counts = vec![0_u64; features.len()];
    for unit in corpus.window(0, corpus.count().min(COUNTED)) {
        counts[unit as usize] += 1;
    }
    // By frequency already: the vocabulary is.
    let drawn: Vec<usize> = (1..features.len().min(DRAWN + 1)).collect();
    ensure!(!drawn.is_empty(), "the model knows no word");
    let (places, explained) = principal_places(&table)?;
    let places = match job.by {
        WordPlacing::Components => places,
        WordPlacing::Tsne => embedded(&table, &places, watch).await?,
    };
    let point = |(unit, [x, y]): (&usize, [f64; 2])| FeaturePlace {
        text: corpus.vocabulary.name(*unit as u32).to_owned(),
        at: [x as f32, y as f32],
        count: counts[*unit],
    };
    let number = |word: &str| {
        let unit = corpus.vocabulary.number(word);
        let word: String = word.chars().take(40).collect();
        if unit == UNKNOWN {
            Err(bad_setup!("“{word}” is not in the vocabulary of the model; choose one that is on the map"))
        } else {
            Ok(unit)
        }
    };
    let near = if job.near.is_empty() { 1 } else { number(&job.near)? };
    let analogy = match job.analogy.iter().any(String::is_empty) {
        true => Vec::new(),
        false => {
            let [a, b, c] = [number(&job.analogy[0])?, number(&job.analogy[1])?, number(&job.analogy[2])?];
            let of = |unit: u32| &features[unit as usize];
            let to: Vec<f64> = of(a).iter().zip(of(b)).zip(of(c)).map(|((a, b), c)| a - b + c).collect();
            nearest(&features, &to, &[a, b, c], corpus)
        }
    };
    Ok(FeaturePlane {
        model: progress.model,
        step: file.step,
        points: drawn.iter().zip(places).map(point).collect(),
        by: job.by,
        explained,
        near: corpus.vocabulary.name(near).to_owned(),
        neighbours: nearest(&features, &features[near as usize], &[near], corpus),
        analogy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::dice::Dice;

    #[test]
    fn a_plane_is_found_again() {
        // Points of a plane within four dimensions, and a little beside it.
        let mut dice = Dice::new(3);
        let rows: Vec<Vec<f32>> = (0..60)
            .map(|_| {
                let [a, b] = [3.0 * dice.normal(), dice.normal()];
                vec![a + b, a - b, 0.5 + a, 0.001 * dice.normal()]
            })
            .collect();
        let (places, explained) = principal_places(&FeatureTable::from_rows(&rows)).unwrap();
        assert!(explained > 0.9999 && explained <= 1.0 + 1e-6, "{explained}");
        let apart = |of: &dyn Fn(usize) -> Vec<f64>| {
            let [one, other] = [of(4), of(9)];
            one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        let space = apart(&|at| rows[at].iter().map(|x| f64::from(*x)).collect());
        let plane = apart(&|at| places[at].to_vec());
        assert!((plane / space - 1.0).abs() < 1e-3, "{plane} {space}");
    }
}
