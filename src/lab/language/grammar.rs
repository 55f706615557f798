//! Texts whose entropy is known: a probabilistic grammar without recursion, in which every text has one derivation.
//!
//! So `p(text)` is the product of the choices by which it was written, and the entropy is a finite sum.

use crate::lab::dice::Dice;
use crate::protocol::LanguageText;
use std::fmt::Write as _;

/// Name, and for each way to go on its weight and a template: `{name}` stands for another rule.
type GrammarRows = &'static [(&'static str, &'static [(u32, &'static str)])];

enum Piece {
    Text(&'static str),
    Rule(usize),
}

/// One way to go on.
struct Alternative {
    probability: f64,
    pieces: Vec<Piece>,
}

/// The first rule is a sentence with what follows it.
pub struct Grammar {
    rules: Vec<Vec<Alternative>>,
}

/// What a grammar wrote.
pub struct GrammarText {
    pub text: String,
    /// Each choice: the byte of the text that followed it, and `-log₂` of its probability.
    pub bits: Vec<(u32, f32)>,
}

impl Grammar {
    /// `None` of a person's own text.
    pub fn of(text: LanguageText) -> Option<Self> {
        match text {
            LanguageText::English => Some(Self::parsed(ENGLISH)),
            LanguageText::Japanese => Some(Self::parsed(JAPANESE)),
            LanguageText::Own => None,
        }
    }

    fn parsed(rows: GrammarRows) -> Self {
        let place = |name: &str| rows.iter().position(|(known, _)| *known == name).unwrap_or_default();
        let pieces = |template: &'static str| {
            let mut found = Vec::new();
            for part in template.split_inclusive(['{', '}']) {
                match part.strip_suffix('}') {
                    Some(name) => found.push(Piece::Rule(place(name))),
                    None => found.push(Piece::Text(part.strip_suffix('{').unwrap_or(part))),
                }
            }
            found
        };
        let rule = |(_, ways): &(&str, &'static [(u32, &'static str)])| {
            let total: u32 = ways.iter().map(|(weight, _)| weight).sum();
            let way = |(weight, template): &(u32, &'static str)| Alternative {
                probability: f64::from(*weight) / f64::from(total),
                pieces: pieces(template),
            };
            ways.iter().map(way).collect()
        };
        Self { rules: rows.iter().map(rule).collect() }
    }

    /// At least so many characters; it ends with a sentence.
    pub fn written(&self, characters: usize, seed: u32) -> GrammarText {
        let mut dice = Dice::new(seed);
        let mut made = GrammarText { text: String::new(), bits: Vec::new() };
        let mut count = 0;
        while count < characters {
            let before = made.text.len();
            self.write(0, &mut dice, &mut made);
            count += made.text[before..].chars().count();
        }
        made
    }

    fn write(&self, rule: usize, dice: &mut Dice, made: &mut GrammarText) {
        let mut left = f64::from(dice.unit());
        let ways = &self.rules[rule];
        let found = ways.iter().position(|way| {
            left -= way.probability;
            left < 0.0
        });
        let way = &ways[found.unwrap_or(ways.len() - 1)];
        if ways.len() > 1 {
            made.bits.push((made.text.len() as u32, -way.probability.log2() as f32));
        }
        for piece in &way.pieces {
            match piece {
                Piece::Text(text) => _ = made.text.write_str(text),
                Piece::Rule(rule) => self.write(*rule, dice, made),
            }
        }
    }

    /// Entropy in bits and expected characters of what a rule writes.
    fn entropy_and_length(&self, rule: usize) -> [f64; 2] {
        let mut sums = [0.0; 2];
        for Alternative { probability, pieces } in &self.rules[rule] {
            let mut own = [-probability.log2(), 0.0];
            for piece in pieces {
                match piece {
                    Piece::Text(text) => own[1] += text.chars().count() as f64,
                    Piece::Rule(rule) => {
                        let [bits, length] = self.entropy_and_length(*rule);
                        own = [own[0] + bits, own[1] + length];
                    }
                }
            }
            sums = [0, 1].map(|at| sums[at] + probability * own[at]);
        }
        sums
    }

    /// Bits for each character, of sentences that follow each other independently: the entropy of one over its expected length.
    pub fn bits_per_character(&self) -> f64 {
        let [bits, length] = self.entropy_and_length(0);
        bits / length
    }

    /// The probability of a text as the sum over all of its derivations, whole sentences one after another.
    pub fn probability(&self, text: &str) -> f64 {
        // How likely a row of sentences ends at each byte.
        let mut ends = vec![0.0; text.len() + 1];
        ends[0] = 1.0;
        for at in 0..text.len() {
            if ends[at] > 0.0 {
                for (end, probability) in self.ends(0, text, at) {
                    ends[end] += ends[at] * probability;
                }
            }
        }
        ends[text.len()]
    }

    /// Where what a rule writes may end when it begins at this byte, and how likely each derivation is.
    fn ends(&self, rule: usize, text: &str, at: usize) -> Vec<(usize, f64)> {
        let mut all = Vec::new();
        for Alternative { probability, pieces } in &self.rules[rule] {
            let mut reached = vec![(at, *probability)];
            for piece in pieces {
                reached = match piece {
                    Piece::Text(part) => reached
                        .into_iter()
                        .filter(|(at, _)| text.get(*at..).is_some_and(|rest| rest.starts_with(part)))
                        .map(|(at, p)| (at + part.len(), p))
                        .collect(),
                    Piece::Rule(rule) => reached
                        .into_iter()
                        .flat_map(|(at, p)| self.ends(*rule, text, at).into_iter().map(move |(end, q)| (end, p * q)))
                        .collect(),
                };
            }
            all.extend(reached);
        }
        all
    }
}

/// Verbs agree with a noun that may stand far before them; quotes and brackets close.
const ENGLISH: GrammarRows = &[
    ("text", &[(3, "{sentence} "), (1, "{sentence}\n")]),
    ("sentence", &[(6, "{clause}."), (2, "\"{clause},\" said {name}."), (2, "{clause} ({aside}).")]),
    ("clause", &[(3, "The {one} {does}"), (3, "The {many} {do}"), (2, "{name} {does}")]),
    ("one", &[(3, "{noun}"), (1, "{adjective} {noun}"), (1, "{noun} that the {plural} {like}")]),
    ("many", &[(3, "{plural}"), (1, "{adjective} {plural}"), (1, "{plural} that the {noun} {likes}")]),
    ("does", &[(1, "{sleeps}"), (1, "{likes} the {thing}")]),
    ("do", &[(1, "{sleep}"), (1, "{like} the {thing}")]),
    ("thing", &[(1, "{noun}"), (1, "{plural}")]),
    ("aside", &[(1, "it is {adjective}"), (1, "as {name} knows")]),
    ("noun", &[(4, "dog"), (4, "cat"), (2, "bird"), (2, "horse"), (1, "child"), (1, "fox")]),
    ("plural", &[(4, "dogs"), (4, "cats"), (2, "birds"), (2, "horses"), (1, "children"), (1, "foxes")]),
    ("adjective", &[(2, "small"), (1, "old"), (1, "quick")]),
    ("sleeps", &[(2, "sleeps"), (1, "sings"), (1, "waits"), (1, "runs")]),
    ("sleep", &[(2, "sleep"), (1, "sing"), (1, "wait"), (1, "run")]),
    ("likes", &[(2, "sees"), (2, "likes"), (1, "follows"), (1, "hears")]),
    ("like", &[(2, "see"), (2, "like"), (1, "follow"), (1, "hear")]),
    ("name", &[(1, "Ada"), (1, "Rosa"), (1, "Kunihiko"), (1, "Yann")]),
];

/// People are spoken of politely, and the verb at the end agrees with that.
const JAPANESE: GrammarRows = &[
    ("text", &[(3, "{sentence}"), (1, "{sentence}\n")]),
    ("sentence", &[(6, "{clause}。"), (2, "「{clause}」と{name}さんは{said}。"), (2, "{clause}（{aside}）。")]),
    ("clause", &[(5, "{who}は{where}{does}"), (3, "{name}さんは{where}{politely}")]),
    ("where", &[(2, ""), (1, "{place}で")]),
    ("who", &[(3, "{noun}"), (1, "{adjective}{noun}"), (1, "{noun}を{seen}{noun}")]),
    ("does", &[(1, "{sleeps}"), (1, "{noun}を{likes}")]),
    ("politely", &[(1, "{sleeping}"), (1, "{noun}を{liking}")]),
    ("aside", &[(1, "{adjective}から"), (1, "{name}さんも知っている")]),
    ("noun", &[(4, "犬"), (4, "猫"), (2, "小鳥"), (2, "馬"), (1, "子供"), (1, "狐")]),
    ("adjective", &[(2, "小さい"), (1, "古い"), (1, "速い")]),
    ("place", &[(2, "庭"), (1, "森"), (1, "川辺")]),
    ("sleeps", &[(2, "眠る"), (1, "歌う"), (1, "待つ"), (1, "走る")]),
    ("sleeping", &[(2, "眠ります"), (1, "歌います"), (1, "待ちます"), (1, "走ります")]),
    ("likes", &[(2, "見る"), (1, "追う"), (1, "呼ぶ")]),
    ("liking", &[(2, "見ます"), (1, "追います"), (1, "呼びます")]),
    ("seen", &[(2, "見た"), (1, "追った"), (1, "呼んだ")]),
    ("said", &[(2, "言いました"), (1, "答えました")]),
    ("name", &[(1, "安藤"), (1, "福島"), (1, "甘利"), (1, "岡谷")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_one_derivation_and_its_entropy_is_known() {
        for kind in [LanguageText::English, LanguageText::Japanese] {
            let grammar = Grammar::of(kind).unwrap();
            let made = grammar.written(400, 3);
            let bits: f64 = made.bits.iter().map(|(_, bits)| f64::from(*bits)).sum();
            assert!((-grammar.probability(&made.text).log2() - bits).abs() < 1e-3, "{bits}");
            assert_eq!(grammar.probability("The dog dog."), 0.0);

            let long = grammar.written(200_000, 4);
            let count = long.text.chars().count() as f64;
            let said = long.bits.iter().map(|(_, bits)| f64::from(*bits)).sum::<f64>() / count;
            let exact = grammar.bits_per_character();
            assert!((said / exact - 1.0).abs() < 0.01, "{said} {exact}");
        }
    }
}
