//! Which legacy encoding bytes are in: the one under which they are the likeliest, by how common the characters of each region of
//! its table are. Names are short, so neighbours count too: a letter with an accent stands among plain letters, an ideograph and a
//! Cyrillic letter do not.

use super::platform;

/// An encoding of the time before Unicode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legacy {
    /// Windows in Japan, as all of these with two bytes for a character.
    ShiftJis,
    Gb18030,
    EucKr,
    Big5,
    /// Archives that were packed on Windows or DOS in the West.
    Ibm437,
    Windows1252,
    Ibm866,
    Windows1251,
}

const ALL: [Legacy; 8] = [
    Legacy::ShiftJis,
    Legacy::Gb18030,
    Legacy::EucKr,
    Legacy::Big5,
    Legacy::Ibm437,
    Legacy::Windows1252,
    Legacy::Ibm866,
    Legacy::Windows1251,
];

/// The upper half of IBM's code page 437, which no browser decodes.
const UPPER_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Surprise of a character, in nats: about the logarithm of how many are as likely.
const PLAIN: f64 = 4.2;
/// Where a character stands that is not among its like.
const MISPLACED: f64 = 4.0;

/// The likeliest; `None` where the bytes are in none of these.
pub(super) fn guess(samples: &[&[u8]]) -> Option<Legacy> {
    let cost = |legacy: Legacy| -> Option<f64> {
        let costs: Option<Vec<f64>> = samples.iter().map(|sample| legacy.cost(sample)).collect();
        costs.map(|costs| costs.iter().sum())
    };
    let mut known: Vec<(f64, Legacy)> = ALL.into_iter().filter_map(|legacy| Some((cost(legacy)?, legacy))).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    known
        .into_iter()
        .map(|(_, legacy)| legacy)
        .find(|legacy| samples.iter().all(|sample| legacy.decode(sample).is_some()))
}

impl Legacy {
    /// The WHATWG's name, but for 437, which it does not have.
    pub fn name(self) -> &'static str {
        match self {
            Self::ShiftJis => "Shift_JIS",
            Self::Gb18030 => "gb18030",
            Self::EucKr => "EUC-KR",
            Self::Big5 => "Big5",
            Self::Ibm437 => "IBM437",
            Self::Windows1252 => "windows-1252",
            Self::Ibm866 => "IBM866",
            Self::Windows1251 => "windows-1251",
        }
    }

    /// `None` where the bytes are not in it.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<String> {
        if self != Self::Ibm437 {
            return platform::decode(self.name(), bytes);
        }
        let upper: Vec<char> = UPPER_437.chars().collect();
        Some(
            bytes
                .iter()
                .map(|&byte| if byte < 128 { char::from(byte) } else { upper[usize::from(byte) - 128] })
                .collect(),
        )
    }

    /// How surprising the bytes are in this encoding.
    fn cost(self, bytes: &[u8]) -> Option<f64> {
        let (mut at, mut sum, mut after_letter) = (0, 0.0, false);
        while let Some(&byte) = bytes.get(at) {
            let width = if byte < 128 { 1 } else { self.width(byte) };
            if byte >= 128 {
                let beside = after_letter || bytes.get(at + width).is_some_and(u8::is_ascii_alphabetic);
                let is_latin = matches!(self, Self::Ibm437 | Self::Windows1252);
                sum += self.surprise(byte, bytes.get(at + 1).copied())?;
                sum += if beside == is_latin { 0.0 } else { MISPLACED };
            } else {
                sum += PLAIN;
            }
            after_letter = byte.is_ascii_alphabetic();
            at += width;
        }
        Some(sum)
    }

    fn width(self, lead: u8) -> usize {
        match (self, lead) {
            (Self::ShiftJis, 0xa1..=0xdf) => 1,
            (Self::ShiftJis | Self::Gb18030 | Self::EucKr | Self::Big5, _) => 2,
            _ => 1,
        }
    }

    /// Of a character by its region: the everyday ones, the others of the table; `None` where there is none.
    fn surprise(self, lead: u8, trail: Option<u8>) -> Option<f64> {
        const RARE: f64 = 12.5;
        let is_high = |trail: Option<u8>| trail.is_some_and(|trail| trail >= 0xa1);
        Some(match (self, lead) {
            // Kana, and the kanji of the first level.
            (Self::ShiftJis, 0x82 | 0x83) => 6.5,
            (Self::ShiftJis, 0x88..=0x97) => 8.2,
            (Self::ShiftJis, 0xa1..=0xdf) => 8.5,
            (Self::ShiftJis, 0x81..=0x9f | 0xe0..=0xfc) => RARE,
            // The characters of GB 2312's first level, those of the second, and the rest.
            (Self::Gb18030, 0xb0..=0xd7) if is_high(trail) => 8.2,
            (Self::Gb18030, 0xd8..=0xf7) if is_high(trail) => 10.5,
            (Self::Gb18030, 0x81..=0xfe) => RARE,
            (Self::EucKr, 0xb0..=0xc8) if is_high(trail) => 7.8,
            (Self::EucKr, 0x81..=0xfe) => RARE,
            (Self::Big5, 0xa4..=0xc6) => 8.6,
            (Self::Big5, 0x81..=0xfe) => RARE,
            (Self::Ibm437, 0x80..=0xa5 | 0xe1) => 5.7,
            (Self::Ibm437, _) => RARE,
            (Self::Windows1252, 0xc0..=0xff) => 5.7,
            (Self::Windows1252, _) => RARE,
            (Self::Ibm866, 0x80..=0xaf | 0xe0..=0xf1) => 3.7,
            (Self::Ibm866, _) => RARE,
            (Self::Windows1251, 0xc0..=0xff | 0xa8 | 0xb8) => 3.7,
            (Self::Windows1251, _) => RARE,
            _ => return None,
        })
    }
}
