//! From a network that gives every word a probability to a sentence: the likeliest word each time, one drawn by its
//! probability, or several sentences followed at once (beam search).

use super::batch::PictureData;
use super::compiled::CompiledCaptioner;
use crate::graph::op::random::threefry;
use crate::lab::LabError;
use crate::models::show_and_tell::{END, START};
use crate::protocol::{BeamStatus, Decode};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Considered {
    pub(super) parent: Option<usize>,
    pub(super) word: u32,
    pub(super) time: usize,
    pub(super) log_p: f32,
    pub(super) sum: f64,
    pub(super) fate: BeamStatus,
}

pub(super) struct Decoded {
    /// The end included, where it was reached.
    pub(super) words: Vec<u32>,
    pub(super) log_p: f64,
    pub(super) tree: Vec<Considered>,
    /// Sentences with their log-probabilities, the likeliest first.
    pub(super) found: Vec<(Vec<u32>, f64)>,
}

/// So many words are shown at each place of a tree, kept or not.
const SHOWN: usize = 3;

pub(super) async fn decode(
    compiled: &mut CompiledCaptioner,
    picture: &PictureData,
    how: Decode,
) -> Result<Decoded, LabError> {
    match how {
        Decode::Greedy => Ok(line(compiled.greedy(picture).await?)),
        Decode::Sample { temperature, seed } => {
            let allowed = Decode::TEMPERATURE;
            ensure!(allowed.holds(temperature), "a temperature of {temperature}; choose {allowed}");
            sample(compiled, picture, temperature, seed).await
        }
        Decode::Beam { width } => {
            let allowed = Decode::WIDTH;
            ensure!(allowed.holds(width), "a beam of {width} sentences; choose {allowed}");
            beam(compiled, picture, width as usize).await
        }
    }
}

async fn sample(
    compiled: &mut CompiledCaptioner,
    picture: &PictureData,
    temperature: f64,
    seed: u32,
) -> Result<Decoded, LabError> {
    compiled.encode(picture).await?;
    let (mut said, mut heard) = (Vec::new(), START);
    for time in 0..compiled.times() {
        let log_ps = compiled.step(&[(0, heard)]).await?.remove(0);
        let word = drawn(&log_ps, temperature, unit(seed, time as u32));
        said.push((word as u32, log_ps[word]));
        heard = word as u32;
        if heard == END {
            break;
        }
    }
    Ok(line(said))
}

/// In 0 ≤ u < 1.
fn unit(seed: u32, time: u32) -> f64 {
    f64::from(threefry([seed, SAMPLE_KEY], [time, 0])[0] >> 8) / f64::from(1 << 24)
}

/// Keeps these random numbers apart from others of the same seed.
const SAMPLE_KEY: u32 = 0x5a3_91e;

/// The word at which the summed probabilities pass `unit`.
fn drawn(log_ps: &[f32], temperature: f64, unit: f64) -> usize {
    let largest = log_ps.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f64> = log_ps.iter().map(|&log_p| (f64::from(log_p - largest) / temperature).exp()).collect();
    let mut left = unit * weights.iter().sum::<f64>();
    for (word, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return word;
        }
    }
    // Only rounding leads here.
    log_ps.iter().position(|&log_p| log_p == largest).unwrap_or_default()
}

fn line(said: Vec<(u32, f32)>) -> Decoded {
    let mut sum = 0.0;
    let tree = said.iter().enumerate().map(|(time, &(word, log_p))| {
        sum += f64::from(log_p);
        Considered { parent: time.checked_sub(1), word, time, log_p, sum, fate: BeamStatus::Said }
    });
    let tree: Vec<Considered> = tree.collect();
    let words: Vec<u32> = said.iter().map(|&(word, _)| word).collect();
    Decoded { found: vec![(words.clone(), sum)], words, log_p: sum, tree }
}

/// The `width` likeliest beginnings go on at each word; a sentence that ends leaves its place to nobody, and the search ends
/// when no beginning can become likelier than the best sentence.
async fn beam(compiled: &mut CompiledCaptioner, picture: &PictureData, width: usize) -> Result<Decoded, LabError> {
    compiled.encode(picture).await?;
    let mut tree: Vec<Considered> = Vec::new();
    // Ends, as indexes into the tree.
    let mut ended: Vec<usize> = Vec::new();
    // Of each beginning that is followed: its last word's index (none before the first), and its beam at the last step.
    let mut alive: Vec<(Option<usize>, u32)> = vec![(None, 0)];
    for time in 0..compiled.times() {
        let heard = |node: Option<usize>| node.map_or(START, |node| tree[node].word);
        let beams: Vec<(u32, u32)> = alive.iter().map(|&(node, beam)| (beam, heard(node))).collect();
        let log_ps = compiled.step(&beams).await?;
        let mut candidates = Vec::new();
        for (beam, (&(parent, _), log_ps)) in alive.iter().zip(&log_ps).enumerate() {
            let before = parent.map_or(0.0, |node| tree[node].sum);
            let mut words: Vec<usize> = (0..log_ps.len()).collect();
            // Of equals the first, as the likeliest word is chosen too.
            words.sort_by(|&a, &b| log_ps[b].total_cmp(&log_ps[a]));
            for (rank, &word) in words.iter().take(width.max(SHOWN)).enumerate() {
                let (log_p, word) = (log_ps[word], word as u32);
                let sum = before + f64::from(log_p);
                let considered = Considered { parent, word, time, log_p, sum, fate: BeamStatus::Dropped };
                candidates.push((considered, beam as u32, rank));
            }
        }
        candidates.sort_by(|(a, ..), (b, ..)| b.sum.total_cmp(&a.sum));
        alive.clear();
        let places = width.saturating_sub(ended.len());
        for (place, (mut considered, beam, rank)) in candidates.into_iter().enumerate() {
            let is_kept = place < places;
            if is_kept {
                considered.fate = BeamStatus::Kept;
                if considered.word == END {
                    ended.push(tree.len());
                } else {
                    alive.push((Some(tree.len()), beam));
                }
            }
            if is_kept || rank < SHOWN {
                tree.push(considered);
            }
        }
        let best = ended.iter().map(|&node| tree[node].sum).fold(f64::NEG_INFINITY, f64::max);
        alive.retain(|&(node, _)| node.is_some_and(|node| tree[node].sum > best));
        if alive.is_empty() {
            break;
        }
    }
    // Where none came to an end, what there is.
    let ends = if ended.is_empty() { alive.iter().filter_map(|&(node, _)| node).collect() } else { ended };
    let mut found: Vec<(usize, Vec<u32>, f64)> =
        ends.into_iter().map(|node| (node, path(&tree, node), tree[node].sum)).collect();
    found.sort_by(|a, b| b.2.total_cmp(&a.2));
    if let Some(&(end, ..)) = found.first() {
        let mut node = Some(end);
        while let Some(at) = node {
            tree[at].fate = BeamStatus::Said;
            node = tree[at].parent;
        }
    }
    let found: Vec<(Vec<u32>, f64)> = found.into_iter().map(|(_, words, sum)| (words, sum)).collect();
    let (words, log_p) = found.first().cloned().unwrap_or_default();
    Ok(Decoded { words, log_p, tree, found })
}

/// The words up to a node.
fn path(tree: &[Considered], node: usize) -> Vec<u32> {
    let mut words = Vec::new();
    let mut at = Some(node);
    while let Some(node) = at {
        words.push(tree[node].word);
        at = tree[node].parent;
    }
    words.reverse();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_drawn_by_their_probabilities() {
        let log_ps = [0.5_f32, 0.3, 0.2].map(f32::ln);
        let count = |temperature: f64| {
            let mut counts = [0.0; 3];
            (0..20_000).for_each(|time| counts[drawn(&log_ps, temperature, unit(3, time))] += 1.0 / 20_000.0);
            counts
        };
        for (found, wanted) in count(1.0).into_iter().zip([0.5_f64, 0.3, 0.2]) {
            assert!((found - wanted).abs() < 0.015, "{found} for {wanted}");
        }
        // Squares at half the temperature: 25, 9 and 4 of 38.
        for (found, wanted) in count(0.5).into_iter().zip([25.0_f64 / 38.0, 9.0 / 38.0, 4.0 / 38.0]) {
            assert!((found - wanted).abs() < 0.015, "{found} for {wanted}");
        }
        assert_eq!(drawn(&log_ps, 0.01, 0.999), 0);
    }
}
