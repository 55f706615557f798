//! The captioning networks that are compiled, and what they are asked.

use super::batch::Pixels;
use super::compiled::CompiledCaptioner;
use super::decode::{Considered, Decoded, decode};
use super::kept::Captioner;
use super::scene::{pixels_from, scene_from};
use super::vocabulary::Vocabulary;
use crate::data::scenes;
use crate::lab::device::{Cache, Device, MaybeGpu, choose, timed};
use crate::lab::{LabError, Watch};
use crate::protocol::{
    BackendChoice, BackendUsed, Describe, Explain, Explained, FoundSentence, GateKind, Gates, Said, SaidWord, Speaker,
    TreeNode, WordMap,
};
use std::rc::Rc;

/// Words that are told beside the one that was said.
const BEST: usize = 5;

/// A network where it runs.
struct CacheEntry {
    backend: BackendUsed,
    compiled: CompiledCaptioner,
}

/// The networks that captioned last, ready to go on.
pub struct CaptionerCache(Cache<(Speaker, BackendChoice), CacheEntry>);

/// So many stay ready.
const ENTRIES: usize = 3;

impl Default for CaptionerCache {
    fn default() -> Self {
        Self(Cache::new(ENTRIES))
    }
}

impl CaptionerCache {
    /// # Errors
    /// [`LabError::Setup`] for a scene that there is no sentence about, [`LabError::NoGpu`], and what a device refuses.
    pub async fn describe(
        &mut self,
        job: &Describe,
        captioner: &Rc<Captioner>,
        gpu: &MaybeGpu,
        watch: &impl Watch,
    ) -> Result<Said, LabError> {
        match self.described(job, captioner, gpu, watch).await {
            Err(error) if error.is_device_lost() => self.described(job, captioner, gpu, watch).await,
            found => found,
        }
    }

    async fn described(
        &mut self,
        job: &Describe,
        captioner: &Rc<Captioner>,
        gpu: &MaybeGpu,
        watch: &impl Watch,
    ) -> Result<Said, LabError> {
        let scene = scene_from(&job.scene)?;
        let entry = self.entry(job.speaker, job.backend, captioner, gpu, watch).await?;
        let start = watch.now_millis();
        let bytes = scenes::picture(&scene, None);
        let seen = pixels_from(&bytes);
        let picture = Pixels::Bytes(bytes);
        let decoded = decode(&mut entry.compiled, &picture, job.decode).await?;
        let millis = watch.now_millis() - start;
        let read = entry.compiled.read(&picture, &decoded.words).await?;
        let vocabulary = &captioner.vocabulary;
        let words =
            decoded.words.iter().zip(&read.log_ps).map(|(&number, log_ps)| said_word(number, log_ps, vocabulary));
        let truth = scenes::sentence(&scene).unwrap_or_default().join(" ");
        Ok(Said {
            sentence: vocabulary.sentence(&decoded.words),
            words: words.collect(),
            log_p: decoded.log_p,
            truth,
            held_out: scene.things.iter().map(scenes::Thing::is_held_out).collect(),
            seen,
            gates: gates(&decoded, &read.gates, vocabulary),
            found: found(&decoded, vocabulary),
            tree: decoded.tree.iter().map(|node| tree_node(node, vocabulary)).collect(),
            millis,
            backend: entry.backend.clone(),
        })
    }

    /// # Errors
    /// As [`Self::describe`], and [`LabError::Setup`] for more words than a sentence has.
    pub async fn explain(
        &mut self,
        job: &Explain,
        captioner: &Rc<Captioner>,
        gpu: &MaybeGpu,
        watch: &impl Watch,
    ) -> Result<Explained, LabError> {
        match self.explained(job, captioner, gpu, watch).await {
            Err(error) if error.is_device_lost() => self.explained(job, captioner, gpu, watch).await,
            found => found,
        }
    }

    async fn explained(
        &mut self,
        job: &Explain,
        captioner: &Rc<Captioner>,
        gpu: &MaybeGpu,
        watch: &impl Watch,
    ) -> Result<Explained, LabError> {
        let scene = scene_from(&job.scene)?;
        let (words, times) = (job.words.len(), captioner.times);
        if words > times || job.words.iter().any(|&word| word as usize >= captioner.vocabulary.len()) {
            let detail = format!("{words} words cannot be explained; sentences have at most {times} of the vocabulary");
            return Err(LabError::Setup { detail });
        }
        let entry = self.entry(job.speaker, job.backend, captioner, gpu, watch).await?;
        let picture = Pixels::Bytes(scenes::picture(&scene, None));
        let gradient = entry.compiled.explain(&picture, &job.words).await?;
        // In units of a colour's whole range, of which the network's numbers have two.
        let rows = gradient.sum(1)?.affine(2.0, 0.0)?.flatten_from(1)?.to_vec2::<f32>()?;
        let maps = rows.into_iter().take(words).map(|row| {
            let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            WordMap { values: centred(row.into_iter(), largest).into(), largest }
        });
        Ok(Explained { side: scenes::SIDE as u32, maps: maps.collect() })
    }

    /// The network on the device that was chosen, or the faster one; once more where its GPU was lost.
    async fn entry(
        &mut self,
        speaker: Speaker,
        choice: BackendChoice,
        captioner: &Rc<Captioner>,
        gpu: &MaybeGpu,
        watch: &impl Watch,
    ) -> Result<&mut CacheEntry, LabError> {
        let key = (speaker, choice);
        let is_stale =
            |entry: &CacheEntry| !Rc::ptr_eq(&entry.compiled.captioner, captioner) || entry.compiled.is_lost();
        self.0.retain(|other, entry| *other != key || !is_stale(entry));
        let picture = Pixels::Bytes(scenes::picture(&scenes::Scene::default(), None));
        let make = async || {
            let sample = async |device: &Device| {
                let mut compiled = CompiledCaptioner::new(captioner, device)?;
                timed(watch, async || compiled.greedy(&picture).await.map(|_| ())).await
            };
            let (device, backend) = choose(choice, gpu, sample).await?;
            Ok(CacheEntry { backend, compiled: CompiledCaptioner::new(captioner, &device)? })
        };
        self.0.get(key, make).await
    }
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
