//! Huffman's code (1952) in its canonical form: the lengths of the code words alone tell the code.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Longer words are not written: they would need more symbols than a file has.
const LONGEST: u8 = 48;

/// Appends bits, the first of each byte the highest.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Of the last byte.
    used: u32,
}

impl BitWriter {
    fn push(&mut self, word: u64, length: u8) {
        for at in (0..length).rev() {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let bit = (word >> at & 1) as u8;
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit << (7 - self.used);
            }
            self.used = (self.used + 1) % 8;
        }
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn bit(&mut self) -> Option<u64> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u64::from(bit))
    }
}

/// The length of each symbol's word; 0 of one that does not occur.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HuffmanCode {
    lengths: Vec<u8>,
}

impl HuffmanCode {
    /// The shortest for symbols that occur so often.
    pub(super) fn of_counts(counts: &[u64]) -> Self {
        let mut lengths = vec![0; counts.len()];
        // Of each tree: how often, and its symbols.
        let present = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let mut trees: BinaryHeap<_> = present.map(|(symbol, count)| Reverse((*count, vec![symbol]))).collect();
        if let (1, Some(Reverse((_, only)))) = (trees.len(), trees.peek()) {
            lengths[only[0]] = 1;
        }
        while let (Some(Reverse((a, one))), Some(Reverse((b, other)))) = (trees.pop(), trees.pop()) {
            let both = [one, other].concat();
            both.iter().for_each(|&symbol| lengths[symbol] += 1);
            trees.push(Reverse((a + b, both)));
            if trees.len() == 1 {
                break;
            }
        }
        Self { lengths }
    }

    /// One byte a symbol, after how many there are (two bytes).
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        let used = self.lengths.iter().rposition(|length| *length > 0).map_or(0, |last| last + 1);
        to.extend((used as u16).to_le_bytes());
        to.extend(&self.lengths[..used]);
    }

    /// The code, and what follows it; `None` of what is no code.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (count, rest) = bytes.split_first_chunk::<2>()?;
        let (lengths, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*count)))?;
        // Kraft's inequality, in units of the longest word.
        let room = |length: &u8| if *length == 0 { 0 } else { 1_u64 << LONGEST.saturating_sub(*length) };
        let is_code = lengths.iter().all(|length| *length <= LONGEST)
            && lengths.iter().map(room).try_fold(0_u64, u64::checked_add)? <= 1 << LONGEST;
        is_code.then(|| (Self { lengths: lengths.to_vec() }, rest))
    }

    /// Each symbol's word, by length and then by symbol.
    fn words(&self) -> Vec<(u8, u64, usize)> {
        let mut order: Vec<usize> = (0..self.lengths.len()).filter(|&symbol| self.lengths[symbol] > 0).collect();
        order.sort_by_key(|&symbol| (self.lengths[symbol], symbol));
        let (mut word, mut length) = (0_u64, 0_u8);
        let mut words = Vec::with_capacity(order.len());
        for symbol in order {
            word <<= self.lengths[symbol] - length;
            length = self.lengths[symbol];
            words.push((length, word, symbol));
            word += 1;
        }
        words
    }

    pub(super) fn encoder(&self) -> impl Fn(&mut BitWriter, usize) + use<> {
        let mut words = vec![(0, 0); self.lengths.len()];
        self.words().into_iter().for_each(|(length, word, symbol)| words[symbol] = (length, word));
        move |writer: &mut BitWriter, symbol: usize| writer.push(words[symbol].1, words[symbol].0)
    }

    /// The next symbol; `None` where the bits end or are no word.
    pub(super) fn decoder(&self) -> impl Fn(&mut BitReader<'_>) -> Option<usize> + use<> {
        let words = self.words();
        // Of each length: its first word, and where its symbols begin.
        let mut first: Vec<Option<(u64, usize)>> = vec![None; usize::from(LONGEST) + 1];
        let mut counts = vec![0; first.len()];
        for (at, (length, word, _)) in words.iter().enumerate() {
            first[usize::from(*length)].get_or_insert((*word, at));
            counts[usize::from(*length)] += 1;
        }
        move |reader: &mut BitReader<'_>| {
            let mut word = 0;
            for length in 1..first.len() {
                word = word << 1 | reader.bit()?;
                if let Some((least, at)) = first[length]
                    && let Some(beyond) = word.checked_sub(least)
                    && beyond < counts[length]
                {
                    return Some(words[at + beyond as usize].2);
                }
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_come_back_and_frequent_ones_are_short() {
        let symbols: Vec<usize> = (0..4000_usize).map(|at| (at * at % 61).min(at % 7 * 9)).collect();
        for symbols in [symbols, vec![3; 20], vec![0], vec![0, 1]] {
            let mut counts = vec![0_u64; 64];
            symbols.iter().for_each(|&symbol| counts[symbol] += 1);
            let code = HuffmanCode::of_counts(&counts);
            let (mut writer, encode) = (BitWriter::default(), code.encoder());
            symbols.iter().for_each(|&symbol| encode(&mut writer, symbol));
            let mut file = Vec::new();
            code.write(&mut file);
            let bits = writer.bytes();
            // Shannon's bound: within one bit a symbol of the entropy.
            let of = symbols.len() as f64;
            let entropy: f64 = counts.iter().filter(|c| **c > 0).map(|&c| c as f64 * (of / c as f64).log2()).sum();
            assert!(bits.len() as f64 * 8.0 <= entropy + of + 8.0 && bits.len() as f64 * 8.0 >= entropy);
            file.extend(&bits);
            let (read, rest) = HuffmanCode::read(&file).unwrap();
            let (mut reader, decode) = (BitReader::new(rest), read.decoder());
            let again: Vec<_> = symbols.iter().map(|_| decode(&mut reader).unwrap()).collect();
            assert_eq!(again, symbols);
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        assert!(HuffmanCode::read(&[1]).is_none());
        assert!(HuffmanCode::read(&[3, 0, 1, 1]).is_none());
        // Three words of one bit.
        assert!(HuffmanCode::read(&[3, 0, 1, 1, 1]).is_none());
        assert!(HuffmanCode::read(&[1, 0, 200]).is_none());
        let (code, rest) = HuffmanCode::read(&[2, 0, 2, 2, 0xff]).unwrap();
        assert!(code.decoder()(&mut BitReader::new(rest)).is_none());
    }
}
