//! Names and texts that other programs wrote, in whatever encoding: UTF-8, UTF-16, and the legacy ones that Windows still writes.
//! All are composed (NFC): macOS writes an é as two characters, and a class must not become two of one name.

mod guess;
mod platform;

use std::borrow::Cow;

pub use guess::Legacy;

/// In the composed form of Unicode (NFC).
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(platform::nfc(text)) }
}

/// A name as an archive has it.
#[derive(Clone, Copy, Debug)]
pub struct RawName<'a> {
    pub bytes: &'a [u8],
    /// The archive says so.
    pub is_utf8: bool,
}

/// Names of one source, composed. Where one of them is no UTF-8, all that do not say that they are it are decoded together, by the
/// encoding that they fit best: short names may be UTF-8 by chance. What fits none keeps its bytes, spelled out, so that two names
/// never become one.
pub fn names_from(raw: &[RawName<'_>]) -> (Vec<String>, Option<Legacy>) {
    let is_foreign = |name: &RawName<'_>| std::str::from_utf8(name.bytes).is_err();
    let open: Vec<&[u8]> =
        raw.iter().filter(|name| !name.is_utf8 && !name.bytes.is_ascii()).map(|name| name.bytes).collect();
    let legacy = if raw.iter().any(is_foreign) { guess::guess(&open) } else { None };
    let name = |raw: &RawName<'_>| {
        let decoded = legacy.filter(|_| !raw.is_utf8).and_then(|legacy| legacy.decode(raw.bytes));
        let name = decoded.unwrap_or_else(|| spelled(raw.bytes));
        if name.is_ascii() { name } else { platform::nfc(&name) }
    };
    (raw.iter().map(name).collect(), legacy)
}

/// A whole text, without the mark that may stand first; `None` where no encoding fits.
pub fn text_from(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => return utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        // Latin letters in UTF-16 without its mark.
        [first, 0, second, 0, ..] if first.is_ascii() && second.is_ascii() && *first != 0 => {
            return utf16(bytes, u16::from_le_bytes).map(Cow::Owned);
        }
        [0, first, 0, second, ..] if first.is_ascii() && second.is_ascii() && *first != 0 => {
            return utf16(bytes, u16::from_be_bytes).map(Cow::Owned);
        }
        _ => {}
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)));
    }
    // No text has these.
    if bytes.iter().any(|byte| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)) {
        return None;
    }
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_ascii()).collect();
    guess::guess(&lines)?.decode(bytes).map(Cow::Owned)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|&bytes| unit(bytes)).collect();
    if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
}

/// UTF-8 as it is, other bytes as `\x8c`.
pub fn spelled(raw: &[u8]) -> String {
    let mut text = String::new();
    for chunk in raw.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_together() {
        type Names = &'static [&'static [u8]];
        let cases: [(Names, &[&str], &str); 8] = [
            (&[b"\x8c\xa2", b"\x92\xb9", b"\x94\x4c"], &["犬", "鳥", "猫"], "Shift_JIS"),
            (&[b"\x83|\x83v\x83\x89/1.png", b"\x95\x5c.png"], &["ポプラ/1.png", "表.png"], "Shift_JIS"),
            (&[b"\xb9\xb7", b"\xd0\xa1\xc3\xa8", b"\xc4\xf1"], &["狗", "小猫", "鸟"], "gb18030"),
            (&[b"\xb0\xed\xbe\xe7\xc0\xcc", b"\xb0\xad\xbe\xc6\xc1\xf6"], &["고양이", "강아지"], "EUC-KR"),
            (&[b"M\x81ller", b"Gr\x94\xe1e", b"K\x84se"], &["Müller", "Größe", "Käse"], "IBM437"),
            (&[b"M\xfcller", b"Gr\xf6\xdfe", b"caf\xe9"], &["Müller", "Größe", "café"], "windows-1252"),
            (&[b"\xaa\xae\xe8\xaa\xa0", b"\xe1\xae\xa1\xa0\xaa\xa0"], &["кошка", "собака"], "IBM866"),
            (&[b"\xea\xee\xf8\xea\xe0", b"\xf1\xee\xe1\xe0\xea\xe0"], &["кошка", "собака"], "windows-1251"),
        ];
        for (raw, wanted, encoding) in cases {
            let raw: Vec<RawName<'_>> = raw.iter().map(|&bytes| RawName { bytes, is_utf8: false }).collect();
            let (names, legacy) = names_from(&raw);
            assert_eq!(names, wanted);
            assert_eq!(legacy.unwrap().name(), encoding, "{wanted:?}");
        }
    }

    #[test]
    fn names_of_no_encoding_stay_apart() {
        let raw = [b"\xff\xff\xff/1".as_slice(), b"\xff\xff\x80/1", b"plain"];
        let (names, _) = names_from(&raw.map(|bytes| RawName { bytes, is_utf8: false }));
        assert_ne!(names[0], names[1]);
        assert_eq!((names[2].as_str(), spelled(b"a\xff\xc3\xa4")), ("plain", "a\\xffä".to_owned()));
        assert_eq!(composed("cafe\u{301}"), "café");
    }

    #[test]
    fn texts_come_in_any_encoding() {
        for (bytes, wanted) in [
            (b"plain".as_slice(), "plain"),
            ("\u{feff}ä".as_bytes(), "ä"),
            (b"\xff\xfea\0\xe4\0", "aä"),
            (b"\xfe\xff\0a\0\xe4", "aä"),
            (b"a\0b\0\xe4\0", "abä"),
            (b"1.jpg\t\x90\xd4\x82\xa2 \x89~\n", "1.jpg\t赤い 円\n"),
        ] {
            assert_eq!(text_from(bytes).unwrap(), wanted);
        }
        assert_eq!(text_from(b"\xff\xfea"), None);
    }
}
