//! Features of words: in the plane along their first two principal components, by the cosine to each other, and analogies.

use super::corpus::{Corpus, UNKNOWN};
use super::session::TrainedModel;
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::protocol::{FeaturePlace, FeaturePlane, MapRun};

/// Words that are drawn, the most frequent ones.
const DRAWN: usize = 240;
/// Neighbours that are told of.
const NEIGHBOURS: usize = 8;
/// Units that are counted for the map.
const COUNTED: usize = 200_000;
/// Of the search for a direction.
const TURNS: usize = 200;

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// Places along the first two principal components of centred rows, and the share of the variance that those have. By the power method, the
/// second one at right angles to the first.
pub fn principal_places(rows: &[Vec<f64>]) -> (Vec<[f64; 2]>, f64) {
    let size = rows.first().map_or(0, Vec::len);
    let mean: Vec<f64> = (0..size).map(|at| rows.iter().map(|row| row[at]).sum::<f64>() / rows.len() as f64).collect();
    let centred: Vec<Vec<f64>> =
        rows.iter().map(|row| row.iter().zip(&mean).map(|(x, mean)| x - mean).collect()).collect();
    let mut axes: Vec<Vec<f64>> = Vec::new();
    for first in 0..2 {
        let mut dice = Dice::new(first + 1);
        let mut axis: Vec<f64> = (0..size).map(|_| f64::from(dice.normal())).collect();
        for _ in 0..TURNS {
            let mut next = vec![0.0; size];
            for row in &centred {
                let along = dot(row, &axis);
                next.iter_mut().zip(row).for_each(|(sum, x)| *sum += along * x);
            }
            for other in &axes {
                let part = dot(other, &next);
                next.iter_mut().zip(other).for_each(|(x, other)| *x -= part * other);
            }
            let length = dot(&next, &next).sqrt();
            axis = next.into_iter().map(|x| if length > 1e-12 { x / length } else { 0.0 }).collect();
        }
        axes.push(axis);
    }
    let places: Vec<[f64; 2]> = centred.iter().map(|row| [dot(row, &axes[0]), dot(row, &axes[1])]).collect();
    let all: f64 = centred.iter().map(|row| dot(row, row)).sum();
    let kept: f64 = places.iter().map(|[x, y]| x * x + y * y).sum();
    (places, if all > 0.0 { kept / all } else { 0.0 })
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
pub(super) fn map_of(model: &TrainedModel, job: &MapRun) -> Result<FeaturePlane, LabError> {
    let TrainedModel { file, corpus, progress } = model;
    let missing = || bad_setup!("the model has no features of what it reads");
    let features = file.value("embed.weight").ok_or_else(missing)?.to_vec2::<f32>()?;
    let features: Vec<Vec<f64>> = features.into_iter().map(|row| row.into_iter().map(f64::from).collect()).collect();
    let mut counts = vec![0_u64; features.len()];
    for unit in corpus.window(0, corpus.count().min(COUNTED)) {
        counts[unit as usize] += 1;
    }
    // By frequency already: the vocabulary is.
    let drawn: Vec<usize> = (1..features.len().min(DRAWN + 1)).collect();
    ensure!(!drawn.is_empty(), "the model knows no word");
    let rows: Vec<Vec<f64>> = drawn.iter().map(|unit| features[*unit].clone()).collect();
    let (places, explained) = principal_places(&rows);
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
        explained,
        near: corpus.vocabulary.name(near).to_owned(),
        neighbours: nearest(&features, &features[near as usize], &[near], corpus),
        analogy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_found_again() {
        // Points of a plane within four dimensions, and a little beside it.
        let mut dice = Dice::new(3);
        let rows: Vec<Vec<f64>> = (0..60)
            .map(|_| {
                let [a, b] = [3.0 * f64::from(dice.normal()), f64::from(dice.normal())];
                vec![a + b, a - b, 0.5 + a, 0.001 * f64::from(dice.normal())]
            })
            .collect();
        let (places, explained) = principal_places(&rows);
        assert!(explained > 0.9999, "{explained}");
        let apart = |of: &dyn Fn(usize) -> Vec<f64>| {
            let [one, other] = [of(4), of(9)];
            one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        let [plane, space] = [apart(&|at| places[at].to_vec()), apart(&|at| rows[at].clone())];
        assert!((plane / space - 1.0).abs() < 1e-3, "{plane} {space}");
        assert!((places[4][0] - places[9][0]).abs() > 0.0);
    }
}
