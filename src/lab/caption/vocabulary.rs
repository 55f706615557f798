//! Words and their numbers.

use crate::data::scenes;
use crate::models::show_and_tell::{END, START};
use std::collections::BTreeMap;

/// For every word that the vocabulary lacks.
pub const UNKNOWN: u32 = 2;

/// What stands first in every vocabulary: [`END`], [`START`], [`UNKNOWN`].
const MARKS: [&str; 3] = ["<end>", "<start>", "<unknown>"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<String>,
    numbers: BTreeMap<String, u32>,
}

impl Vocabulary {
    /// Of all words, marks first; `None` where the marks are missing.
    pub fn from_words(words: Vec<String>) -> Option<Self> {
        let is_whole = words.len() > MARKS.len() && MARKS.iter().zip(&words).all(|(mark, word)| mark == word);
        let numbers = words.iter().zip(0..).map(|(word, number)| (word.clone(), number)).collect();
        is_whole.then_some(Self { words, numbers })
    }

    fn of(words: impl Iterator<Item = String>) -> Self {
        let words: Vec<String> = MARKS.iter().map(|&mark| mark.to_owned()).chain(words).collect();
        let numbers = words.iter().zip(0..).map(|(word, number)| (word.clone(), number)).collect();
        Self { words, numbers }
    }

    /// Of the scenes that the program draws.
    pub fn of_scenes() -> Self {
        Self::of(scenes::vocabulary().into_iter().map(str::to_owned))
    }

    /// All words that stand `least` times in these sentences, the most frequent first, equally frequent ones by their letters;
    /// `most` of them.
    pub fn of_sentences<'a>(sentences: impl Iterator<Item = &'a [String]>, least: usize, most: usize) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        sentences.flatten().for_each(|word| *counts.entry(word).or_default() += 1);
        let mut frequent: Vec<(&str, usize)> = counts.into_iter().filter(|&(_, count)| count >= least).collect();
        frequent.sort_by_key(|&(word, count)| (std::cmp::Reverse(count), word));
        Self::of(frequent.into_iter().take(most).map(|(word, _)| word.to_owned()))
    }

    pub fn words(&self) -> &[String] {
        &self.words
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub fn word(&self, number: u32) -> &str {
        self.words.get(number as usize).map_or("", String::as_str)
    }

    pub fn number(&self, word: &str) -> u32 {
        self.numbers.get(word).copied().unwrap_or(UNKNOWN)
    }

    /// Numbers of the words of a sentence, without marks.
    pub fn numbers<W: AsRef<str>>(&self, sentence: &[W]) -> Vec<u32> {
        sentence.iter().map(|word| self.number(word.as_ref())).collect()
    }

    /// The words before [`END`].
    pub fn sentence(&self, numbers: &[u32]) -> String {
        let said = numbers.iter().take_while(|&&number| number != END).filter(|&&number| number != START);
        said.map(|&number| self.word(number)).collect::<Vec<_>>().join(" ")
    }
}
