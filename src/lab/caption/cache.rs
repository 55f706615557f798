//! The captioning networks that are compiled, and what they are asked.

use super::batch::PictureData;
use super::compiled::CompiledCaptioner;
use super::decode::{Considered, Decoded, decode};
use super::kept::Captioner;
use super::scene::scene_from;
use super::vocabulary::Vocabulary;
use crate::data::scenes;
use crate::lab::device::{Device, Model, Models, Placed, timed};
use crate::lab::{Host, LabError, Monitor, pixels_from_planes};
use crate::protocol::{
    Describe, Explain, Explained, FoundSentence, GateKind, Gates, Said, SaidWord, TreeNode, WordMap,
};
use std::rc::Rc;

/// Words that are told beside the one that was said.
const BEST: usize = 5;

/// The networks that captioned last, ready to go on.
pub(super) type CaptionerCache = Models<CompiledCaptioner, 3>;

impl Model for CompiledCaptioner {
    type Network = Captioner;

    async fn on(captioner: &Rc<Captioner>, device: &Device) -> Result<Self, LabError> {
        Self::new(captioner, device)
    }

    async fn sample(captioner: &Rc<Captioner>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let picture = PictureData::Bytes(scenes::picture(&scenes::Scene::default(), None));
        let mut compiled = Self::new(captioner, device)?;
        timed(watch, async || compiled.greedy(&picture).await.map(drop)).await
    }
}

/// What the network says of a scene.
pub(super) async fn describe(
    cache: &mut CaptionerCache,
    job: &Describe,
    captioner: &Rc<Captioner>,
    host: &impl Host,
) -> Result<Said, LabError> {
    let scene = scene_from(&job.scene)?;
    let bytes = scenes::picture(&scene, None);
    let seen = pixels_from_planes(&bytes, [3, scenes::SIDE, scenes::SIDE]);
    let picture = PictureData::Bytes(bytes);
    let vocabulary = &captioner.vocabulary;
    let describe = async |models: &mut [Placed<CompiledCaptioner>]| {
        let Placed { model, used, .. } = &mut models[0];
        let start = host.now_millis();
        let decoded = decode(model, &picture, job.decode).await?;
        let millis = host.now_millis() - start;
        let read = model.read(&picture, &decoded.words).await?;
        let words = decoded.words.iter().zip(&read.log_ps);
        Ok(Said {
            sentence: vocabulary.sentence(&decoded.words),
            words: words.map(|(&number, log_ps)| said_word(number, log_ps, vocabulary)).collect(),
            log_p: decoded.log_p,
            truth: scenes::sentence(&scenes::in_sight(&scene)).unwrap_or_default().join(" "),
            held_out: scene.things.iter().map(scenes::Thing::is_held_out).collect(),
            seen: seen.clone(),
            gates: gates(&decoded, &read.gates, vocabulary),
            found: found(&decoded, vocabulary),
            tree: decoded.tree.iter().map(|node| tree_node(node, vocabulary)).collect(),
            millis,
            backend: used.clone(),
        })
    };
    cache.run(std::slice::from_ref(captioner), job.backend, host, describe).await
}

/// Where each word comes from in the picture.
pub(super) async fn explain(
    cache: &mut CaptionerCache,
    job: &Explain,
    captioner: &Rc<Captioner>,
    host: &impl Host,
) -> Result<Explained, LabError> {
    let picture = PictureData::Bytes(scenes::picture(&scene_from(&job.scene)?, None));
    let (words, times) = (job.words.len(), captioner.times);
    let is_known = |word: &u32| (*word as usize) < captioner.vocabulary.len();
    let is_sentence = words <= times && job.words.iter().all(is_known);
    ensure!(is_sentence, "{words} words cannot be explained; sentences have at most {times} of the vocabulary");
    let explain = async |models: &mut [Placed<CompiledCaptioner>]| {
        let gradient = models[0].model.explain(&picture, &job.words).await?;
        // In units of a colour's whole range, of which the network's numbers have two.
        let rows = gradient.sum(1)?.affine(2.0, 0.0)?.flatten_from(1)?.to_vec2::<f32>()?;
        let maps = rows.into_iter().take(words).map(|row| {
            let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            WordMap { values: centred(row.into_iter(), largest).into(), largest }
        });
        Ok(Explained { side: scenes::SIDE as u32, maps: maps.collect() })
    };
    cache.run(std::slice::from_ref(captioner), job.backend, host, explain).await
}

fn said_word(number: u32, log_ps: &[f32], vocabulary: &Vocabulary) -> SaidWord {
    let mut order: Vec<usize> = (0..log_ps.len()).collect();
    order.sort_by(|&a, &b| log_ps[b].total_cmp(&log_ps[a]));
    let best = order.into_iter().take(BEST).map(|word| (vocabulary.word(word as u32).to_owned(), log_ps[word].exp()));
    let log_p = log_ps.get(number as usize).copied().unwrap_or(f32::NEG_INFINITY);
    SaidWord { word: vocabulary.word(number).to_owned(), number, log_p, best: best.collect() }
}

fn tree_node(node: &Considered, vocabulary: &Vocabulary) -> TreeNode {
    TreeNode {
        parent: node.parent.map(|parent| parent as u32),
        word: vocabulary.word(node.word).to_owned(),
        time: node.time as u32,
        log_p: node.log_p,
        sum: node.sum,
        fate: node.fate,
    }
}

fn found(decoded: &Decoded, vocabulary: &Vocabulary) -> Vec<FoundSentence> {
    let sentence =
        |(words, log_p): &(Vec<u32>, f64)| FoundSentence { sentence: vocabulary.sentence(words), log_p: *log_p };
    decoded.found.iter().map(sentence).collect()
}

/// At the picture and at each word up to the last that was said.
fn gates(decoded: &Decoded, rows: &[Vec<f32>], vocabulary: &Vocabulary) -> Gates {
    let kinds = GateKind::ALL.len();
    let units = rows.first().map_or(0, |row| row.len() / kinds);
    let heard: Vec<String> = std::iter::once(String::new())
        .chain(std::iter::once(vocabulary.word(crate::models::show_and_tell::START).to_owned()))
        .chain(decoded.words.iter().map(|&word| vocabulary.word(word).to_owned()))
        .take(decoded.words.len() + 1)
        .collect();
    let (mut values, mut largest) = (Vec::new(), Vec::new());
    for kind in 0..kinds {
        let all =
            || rows.iter().take(heard.len()).flat_map(|row| row[kind * units..(kind + 1) * units].iter().copied());
        let most = all().fold(0.0_f32, |most, value| most.max(value.abs())).max(1.0);
        values.push(centred(all(), most).into());
        largest.push(most);
    }
    Gates { units: units as u32, heard, values, largest }
}

/// Bytes with 0 at 128 and `largest` at 255.
fn centred(values: impl Iterator<Item = f32>, largest: f32) -> Vec<u8> {
    let scale = if largest > 0.0 { 127.0 / largest } else { 0.0 };
    values.map(|value| (128.0 + (value * scale).clamp(-127.0, 127.0)).round() as u8).collect()
}
