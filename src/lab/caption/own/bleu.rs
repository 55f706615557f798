//! BLEU (Papineni et al. 2002): how much of what is said stands in what people said, in runs of one to four words.
//!
//! For a whole corpus, as sacrebleu counts it with `tokenize="none"`, `smooth_method="none"` and `max_ngram_order` 1 to 4: words
//! are taken as they are, nothing is smoothed, and BLEU-n is 0 where no run of n words is right.

use std::collections::BTreeMap;

/// Words of the longest runs that are counted.
const LONGEST: usize = 4;

/// What is counted of a corpus, sentence by sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bleu {
    /// Runs of 1 to 4 words that stand in a reference, each at most as often as in the reference that has it most.
    right: [u64; LONGEST],
    /// All runs of 1 to 4 words.
    said: [u64; LONGEST],
    words: u64,
    /// Of the references whose lengths are closest, the shorter of two as close.
    reference_words: u64,
}

impl Bleu {
    /// One sentence, and those that people said of the same picture.
    pub fn add<W: Ord>(&mut self, said: &[W], references: &[Vec<W>]) {
        self.words += said.len() as u64;
        let closest = references.iter().map(Vec::len).min_by_key(|&words| (words.abs_diff(said.len()), words));
        self.reference_words += closest.unwrap_or_default() as u64;
        for n in 1..=LONGEST {
            let mut most: BTreeMap<&[W], u64> = BTreeMap::new();
            for reference in references {
                for (run, count) in runs(reference, n) {
                    let known = most.entry(run).or_default();
                    *known = count.max(*known);
                }
            }
            for (run, count) in runs(said, n) {
                self.said[n - 1] += count;
                self.right[n - 1] += count.min(most.get(run).copied().unwrap_or_default());
            }
        }
    }

    /// BLEU-1 to BLEU-4, 0 to 100: `min(1, exp(1 - r/c)) · (Π p_k)^(1/n)` for the precisions `p_1 … p_n`.
    pub fn scores(&self) -> [f64; LONGEST] {
        let (words, wanted) = (self.words as f64, self.reference_words as f64);
        let brevity = match self.words {
            0 => return [0.0; LONGEST],
            _ if words >= wanted => 1.0,
            _ => (1.0 - wanted / words).exp(),
        };
        let mut logs = 0.0;
        let mut score = |n: usize| {
            logs += (self.right[n] as f64 / (self.said[n] as f64).max(1.0)).ln();
            100.0 * brevity * (logs / (n + 1) as f64).exp()
        };
        [score(0), score(1), score(2), score(3)]
    }
}

fn runs<W: Ord>(sentence: &[W], n: usize) -> BTreeMap<&[W], u64> {
    let mut counts = BTreeMap::new();
    sentence.windows(n).for_each(|run| *counts.entry(run).or_default() += 1);
    counts
}
