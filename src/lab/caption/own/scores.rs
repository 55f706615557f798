//! How well captions of one's own are said: BLEU on the validation pictures, beside that of saying always the same.

use super::{Bleu, CaptionTrainer, OwnSet};
use crate::data::dataset::Part;
use crate::lab::caption::batch::PictureData;
use crate::lab::caption::compiled::CompiledCaptioner;
use crate::lab::caption::decode::decode;
use crate::lab::caption::kept::{Captioner, SaveKind, saved};
use crate::lab::{LabError, Monitor};
use crate::protocol::{Decode, SpokenCaption, Stage};
use std::collections::BTreeMap;
use std::rc::Rc;

/// BLEU-1 to BLEU-4, 0 to 100, of all validation pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnScores {
    /// Of the likeliest word each time.
    pub greedy: [f64; 4],
    /// Of the likeliest sentence among [`BEAM`].
    pub beam: [f64; 4],
    /// Of the caption that the training pictures have most often, said of every picture.
    pub baseline: [f64; 4],
    /// That caption, and how often they have it.
    pub frequent: String,
    pub frequent_count: usize,
    /// Without previews.
    pub spoken: Vec<SpokenCaption>,
}

/// Sentences that are followed at once.
pub const BEAM: u32 = 3;

/// The most frequent caption of the training pictures (of equals the first by its letters), how often it stands there, and its
/// BLEU-1 to BLEU-4 where it is said of every validation picture.
pub fn baseline(set: &OwnSet) -> (String, usize, [f64; 4]) {
    let mut counts: BTreeMap<&[String], usize> = BTreeMap::new();
    let sentences = set.part(Part::Train).flat_map(|picture| &picture.sentences);
    sentences.for_each(|sentence| *counts.entry(sentence).or_default() += 1);
    let frequent = counts.into_iter().max_by(|(a, m), (b, n)| m.cmp(n).then(b.cmp(a)));
    let (caption, count) = frequent.unwrap_or_default();
    let mut bleu = Bleu::default();
    set.part(Part::Validation).for_each(|picture| bleu.add(caption, &picture.sentences));
    (caption.join(" "), count, bleu.scores())
}

/// Measures a decoder; gives it too, as it would be read from its file.
pub async fn scores(trainer: &mut CaptionTrainer, watch: &impl Monitor) -> Result<(OwnScores, Captioner), LabError> {
    let set = trainer.set().clone();
    let bytes = saved(trainer, SaveKind::Weights, "memory").await?;
    let captioner = Captioner::parse("the network in training", bytes)?;
    let indexes: Vec<usize> = (0..set.pictures.len()).filter(|&at| set.pictures[at].part == Part::Validation).collect();
    let greedy = trainer.captions(&indexes).await?;
    let mut compiled = CompiledCaptioner::new(&Rc::new(captioner.clone()), trainer.device())?;
    let mut spoken = Vec::new();
    let mut bleu = [Bleu::default(), Bleu::default()];
    for (done, (&at, greedy)) in indexes.iter().zip(greedy).enumerate() {
        watch.step(Stage::Run, done as u64, indexes.len() as u64).await?;
        let picture = &set.pictures[at];
        let decoded =
            decode(&mut compiled, &PictureData::Features(picture.features.clone()), Decode::Beam { width: BEAM })
                .await?;
        let beam = captioner.vocabulary.sentence(&decoded.words);
        for (bleu, said) in bleu.iter_mut().zip([&greedy, &beam]) {
            let words: Vec<String> = said.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
            bleu.add(&words, &picture.sentences);
        }
        let references = picture.sentences.iter().map(|words| words.join(" ")).collect();
        spoken.push(SpokenCaption { picture: picture.name.clone(), preview: None, greedy, beam, references });
    }
    let [greedy, beam] = bleu.map(|bleu| bleu.scores());
    let (frequent, frequent_count, baseline) = baseline(&set);
    Ok((OwnScores { greedy, beam, baseline, frequent, frequent_count, spoken }, captioner))
}
