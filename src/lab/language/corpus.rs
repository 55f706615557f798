//! A text as rows of numbers. It stays what it is, bytes in UTF-8; of its units only every [`EVERY`]th place is kept, and what a step
//! looks at is read anew, so that a text of 50 MB takes little more than 50 MB.

use super::grammar::Grammar;
use super::split::next_unit;
use crate::lab::{LabError, Monitor};
use crate::protocol::{LanguageText, Stage, TextReport, TextUnit};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// Units between two places that are kept.
const EVERY: usize = 128;
/// Bytes that are read before others have a turn.
const REST_BYTES: usize = 1 << 21;
/// Different units that are told apart; the most frequent ones. All others are [`UNKNOWN`].
const MOST_UNITS: usize = 2000;
/// What stands for all that is not in the vocabulary.
pub(super) const UNKNOWN: u32 = 0;
/// How it is written.
const UNKNOWN_NAME: &str = "□";
/// Characters that a grammar writes.
const WRITTEN: usize = 120_000;
/// It writes the same text for everybody: runs differ by their own seeds.
const TEXT_SEED: u32 = 20;
/// A tenth of a text is not learnt from: the last.
const HELD_OUT: usize = 10;
/// Units of it that models are measured with while they learn.
const JUDGED: usize = 8192;

/// Names of units by their numbers; the first stands for what is unknown.
pub struct UnitVocabulary {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl UnitVocabulary {
    pub fn of(names: Vec<String>) -> Self {
        let numbers = names.iter().zip(0..).map(|(name, number)| (name.clone(), number)).collect();
        Self { names, numbers }
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn size(&self) -> usize {
        self.names.len()
    }

    pub fn number(&self, unit: &str) -> u32 {
        self.numbers.get(unit).copied().unwrap_or(UNKNOWN)
    }

    pub fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or(UNKNOWN_NAME, String::as_str)
    }

    /// All units of a text.
    pub fn read(&self, mut text: &str, units: TextUnit) -> Vec<u32> {
        let mut found = Vec::new();
        while let Some((start, end)) = next_unit(text, units) {
            found.push(self.number(&text[start..end]));
            text = &text[end..];
        }
        found
    }
}

/// A text that a person brought.
#[derive(Clone)]
pub struct OwnText {
    pub(super) name: String,
    pub(super) text: Rc<String>,
}

/// # Errors
/// [`LabError::Setup`] where the bytes are no text in UTF-8 or UTF-16.
pub fn text_from(name: &str, bytes: Vec<u8>) -> Result<OwnText, LabError> {
    let wide = |of: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units = bytes.chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        _ => {
            let text = String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(at).copied().unwrap_or_default();
                bad_setup!(
                    "{name} is no text in UTF-8 or UTF-16 (byte {at} is 0x{byte:02x}; it may be in Shift_JIS or Latin-1): save it as UTF-8 first"
                )
            })?;
            Some(text)
        }
    };
    let mut text =
        text.ok_or_else(|| bad_setup!("{name} begins like UTF-16 and is damaged; save it as UTF-8 first"))?;
    ensure!(!text.contains('\0'), "{name} holds zero bytes, so it is no text; choose a text file");
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(OwnText { name: name.to_owned(), text: Rc::new(text) })
}

impl OwnText {
    pub fn report(&self) -> TextReport {
        TextReport {
            name: self.name.clone(),
            bytes: self.text.len() as u64,
            characters: self.text.chars().count() as u64,
            sample: self.text.chars().take(400).collect(),
        }
    }
}

/// A text with its vocabulary.
pub struct Corpus {
    text: Rc<String>,
    units: TextUnit,
    pub(super) vocabulary: UnitVocabulary,
    /// Where each [`EVERY`]th unit is looked for, in bytes.
    marks: Vec<u32>,
    count: usize,
    /// Of a grammar's text: each choice's byte and bits.
    bits: Vec<(u32, f32)>,
    pub(super) exact_bits: Option<f64>,
}

impl Corpus {
    /// # Errors
    /// [`LabError::Setup`] where no text was brought, [`LabError::Cancelled`].
    pub async fn of(
        kind: LanguageText,
        units: TextUnit,
        own: Option<&OwnText>,
        watch: &impl Monitor,
    ) -> Result<Self, LabError> {
        match (Grammar::of(kind), own) {
            (Some(grammar), _) => {
                let made = grammar.written(WRITTEN, TEXT_SEED);
                let mut corpus = Self::read(Rc::new(made.text), units, watch).await?;
                corpus.bits = made.bits;
                corpus.exact_bits = (units == TextUnit::Characters).then(|| grammar.bits_per_character());
                Ok(corpus)
            }
            (None, Some(own)) => Self::read(own.text.clone(), units, watch).await,
            (None, None) => Err(bad_setup!("no text was brought yet; choose, drop or paste one")),
        }
    }

    async fn read(text: Rc<String>, units: TextUnit, watch: &impl Monitor) -> Result<Self, LabError> {
        let (mut marks, mut count, mut at, mut rested) = (Vec::new(), 0, 0, 0);
        let mut seen: HashMap<&str, u64> = HashMap::new();
        // Most texts are of few different characters: they are counted without a table of names.
        let mut few = [0_u64; 128];
        while let Some((start, end)) = next_unit(&text[at..], units) {
            if count % EVERY == 0 {
                marks.push(at as u32);
            }
            let unit = &text[at + start..at + end];
            match unit.as_bytes() {
                [byte] => few[usize::from(*byte)] += 1,
                _ => *seen.entry(unit).or_default() += 1,
            }
            (at, count) = (at + end, count + 1);
            if at - rested > REST_BYTES {
                rested = at;
                watch.step(Stage::Verify, at as u64, text.len() as u64).await?;
            }
        }
        let few: Vec<(String, u64)> = (0_u8..128)
            .zip(few)
            .filter(|(_, count)| *count > 0)
            .map(|(byte, count)| (char::from(byte).to_string(), count))
            .collect();
        let mut all: Vec<(String, u64)> =
            seen.into_iter().map(|(unit, count)| (unit.to_owned(), count)).chain(few).collect();
        all.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
        let names = all.into_iter().take(MOST_UNITS - 1).map(|(unit, _)| unit);
        let vocabulary = UnitVocabulary::of(std::iter::once(UNKNOWN_NAME.to_owned()).chain(names).collect());
        Ok(Self { text, units, vocabulary, marks, count, bits: Vec::new(), exact_bits: None })
    }

    /// The same text read by other names: what they lack is unknown.
    pub(super) fn read_by(&self, names: &[String]) -> Self {
        Self {
            text: self.text.clone(),
            units: self.units,
            vocabulary: UnitVocabulary::of(names.to_vec()),
            marks: self.marks.clone(),
            count: self.count,
            bits: self.bits.clone(),
            exact_bits: self.exact_bits,
        }
    }

    /// The units alone, for whoever only writes.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn without_text(vocabulary: UnitVocabulary, units: TextUnit) -> Self {
        let (marks, bits) = (Vec::new(), Vec::new());
        Self { text: Rc::default(), units, vocabulary, marks, count: 0, bits, exact_bits: None }
    }

    pub fn units(&self) -> TextUnit {
        self.units
    }

    /// Of the whole text.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many units, from the first on, are learnt from.
    pub fn trained(&self) -> usize {
        self.count - self.count / HELD_OUT
    }

    /// Units that models are measured with: so many rows, each of so many that it is whole windows.
    pub(super) fn judged(&self, window: usize) -> JudgedPart {
        let held = self.count / HELD_OUT;
        let rows = [32, 16, 4, 1].into_iter().find(|rows| held > rows * window).unwrap_or(1);
        let row = ((held - 1).min(JUDGED) / rows / window).max(1) * window;
        JudgedPart { first: self.trained(), rows, row }
    }

    /// # Errors
    /// [`LabError::Setup`] of a text that is too short.
    pub(super) fn check(&self, window: usize) -> Result<(), LabError> {
        let (count, least) = (self.count, HELD_OUT * (window + 2));
        let what = match self.units {
            TextUnit::Characters => "characters",
            TextUnit::Words => "words",
        };
        ensure!(
            count >= least,
            "the text has {count} {what}, and at least {least} are needed to learn from windows of {window} and be measured on the last tenth; bring a longer text or choose a shorter window"
        );
        Ok(())
    }

    fn byte_of(&self, unit: usize) -> usize {
        let mut at = self.marks.get(unit / EVERY).map_or(self.text.len(), |mark| *mark as usize);
        for _ in 0..unit % EVERY {
            at += next_unit(&self.text[at..], self.units).map_or(0, |(_, end)| end);
        }
        at
    }

    /// Numbers of the units from `first` on; behind the end, of what is unknown.
    pub fn window(&self, first: usize, len: usize) -> Vec<u32> {
        let mut at = self.byte_of(first);
        let one = |_| match next_unit(&self.text[at..], self.units) {
            Some((start, end)) => {
                let number = self.vocabulary.number(&self.text[at + start..at + end]);
                at += end;
                number
            }
            None => UNKNOWN,
        };
        (0..len).map(one).collect()
    }

    /// Bits that the grammar gives a part, where it wrote the text.
    pub(super) fn bits_of(&self, part: Range<usize>) -> Option<f64> {
        let [start, end] = [part.start, part.end].map(|unit| self.byte_of(unit) as u32);
        let [from, to] = [start, end].map(|byte| self.bits.partition_point(|(at, _)| *at < byte));
        (!self.bits.is_empty()).then(|| self.bits[from..to].iter().map(|(_, bits)| f64::from(*bits)).sum())
    }
}

/// Rows of units, one after the other in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedPart {
    pub first: usize,
    pub rows: usize,
    /// Units of each.
    pub row: usize,
}

impl JudgedPart {
    pub fn range(&self) -> Range<usize> {
        self.first..self.first + self.rows * self.row
    }
}
