//! A reader for the part of JSON that headers use. Every visitor who classifies a picture downloads it, and serde_json is six
//! times as large.

/// An error at a byte of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonFault {
    pub(super) at: usize,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// It is no JSON.
    Text(&'static str),
    /// It is JSON, but something else was wanted.
    Form(String),
}

/// Objects and lists within each other; a header has three.
const DEEPEST: usize = 64;

pub(super) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

type Read<T> = Result<T, JsonFault>;

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    fn text_fault<T>(&self, what: &'static str) -> Read<T> {
        Err(JsonFault { at: self.at, what: What::Text(what) })
    }

    fn form_fault<T>(&self, wanted: &str) -> Read<T> {
        Err(JsonFault { at: self.at, what: What::Form(format!("{wanted} is wanted at offset {} of it", self.at)) })
    }

    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Reads the first byte of a value of the wanted kind; otherwise tells another kind of value from text that is not JSON.
    fn begins(&mut self, first: u8, wanted: &str) -> Read<()> {
        match self.peek() {
            Some(byte) if byte == first => {
                self.at += 1;
                Ok(())
            }
            Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => self.form_fault(wanted),
            Some(_) => self.text_fault("no value begins here"),
            None => self.text_fault("it ends within a value"),
        }
    }

    /// Items between commas, up to `last`.
    fn list(&mut self, last: u8, mut item: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        if self.peek() != Some(last) {
            item(self)?;
            while self.peek() == Some(b',') {
                self.at += 1;
                item(self)?;
            }
        }
        if self.peek() != Some(last) {
            return self.text_fault("a comma or the end of the list is wanted here");
        }
        self.at += 1;
        Ok(())
    }

    /// An object; `field` reads the value of each key.
    pub(super) fn object(&mut self, mut field: impl FnMut(&mut Self, String) -> Read<()>) -> Read<()> {
        self.begins(b'{', "an object")?;
        self.list(b'}', |reader| {
            let key = reader.key()?;
            field(reader, key)
        })
    }

    fn key(&mut self) -> Read<String> {
        if self.peek() != Some(b'"') {
            return self.text_fault("a key is wanted here");
        }
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return self.text_fault("a colon is wanted here");
        }
        self.at += 1;
        Ok(key)
    }

    pub(super) fn array(&mut self, item: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.begins(b'[', "a list")?;
        self.list(b']', item)
    }

    /// A whole number that is not negative.
    pub(super) fn whole(&mut self) -> Read<u64> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.begins(b'0', "a whole number")?;
        }
        let mut number = Some(0_u64);
        while let Some(digit) = self.text.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            number = number.and_then(|number| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
            self.at += 1;
        }
        match (number, self.text.get(self.at)) {
            (Some(number), Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r') | None) => Ok(number),
            _ => self.form_fault("a whole number below 2⁶⁴"),
        }
    }

    pub(super) fn string(&mut self) -> Read<String> {
        self.begins(b'"', "a text")?;
        let mut bytes = Vec::new();
        loop {
            let start = self.at;
            while self.text.get(self.at).is_some_and(|&byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            bytes.extend_from_slice(&self.text[start..self.at]);
            match self.text.get(self.at) {
                Some(b'"') => break self.at += 1,
                Some(b'\\') => {
                    let letter = self.escaped()?;
                    bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => return self.text_fault("a text does not end"),
            }
        }
        match String::from_utf8(bytes) {
            Ok(string) => Ok(string),
            Err(_) => self.text_fault("a text that ends here is no UTF-8"),
        }
    }

    fn escaped(&mut self) -> Read<char> {
        let letter = self.text.get(self.at + 1).copied();
        self.at += 2;
        Ok(match letter {
            Some(letter @ (b'"' | b'\\' | b'/')) => char::from(letter),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = self.four_digits()?;
                let code = match high {
                    // The first half of a surrogate pair.
                    0xd800..0xdc00 if self.text[self.at..].starts_with(b"\\u") => {
                        self.at += 2;
                        0x1_0000 + ((high - 0xd800) << 10) + (self.four_digits()?.wrapping_sub(0xdc00) & 0x3ff)
                    }
                    code => code,
                };
                match char::from_u32(code) {
                    Some(letter) => letter,
                    None => return self.text_fault("half a letter"),
                }
            }
            _ => return self.text_fault("an unknown escape"),
        })
    }

    fn four_digits(&mut self) -> Read<u32> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        let digit = |code: Option<u32>, &byte: &u8| Some(code? << 4 | char::from(byte).to_digit(16)?);
        match digits.iter().fold(Some(0), digit).filter(|_| digits.len() == 4) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => self.text_fault("four digits are wanted here"),
        }
    }

    pub(super) fn is_null(&mut self) -> bool {
        self.peek() == Some(b'n')
    }

    /// Skips a value of any kind.
    pub(super) fn skip(&mut self) -> Read<()> {
        self.skip_within(0)
    }

    fn skip_within(&mut self, depth: usize) -> Read<()> {
        if depth == DEEPEST {
            return self.text_fault("too much lies within each other");
        }
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                self.list(b'}', |reader| {
                    reader.key()?;
                    reader.skip_within(depth + 1)
                })
            }
            Some(b'[') => {
                self.at += 1;
                self.list(b']', |reader| reader.skip_within(depth + 1))
            }
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                while self.text.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)) {
                    self.at += 1;
                }
                Ok(())
            }
            _ => self.text_fault("no value begins here"),
        }
    }

    /// Nothing but space follows.
    pub(super) fn end(&mut self) -> Read<()> {
        if self.peek().is_none() { Ok(()) } else { self.text_fault("something follows the end") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Read<Vec<(String, u64)>> {
        let mut reader = Reader::new(text.as_bytes());
        let mut found = Vec::new();
        reader.object(|reader, key| match key.as_str() {
            "other" => reader.skip(),
            _ => reader.whole().map(|number| found.push((key, number))),
        })?;
        reader.end()?;
        Ok(found)
    }

    #[test]
    fn texts_and_numbers_are_as_json_has_them() {
        let text = r#" {"a\n\"\u00e9\ud83d\ude00点" : 18446744073709551615, "other": [{"x": [-1.5e3, true]}, null, "]"], "": 0 } "#;
        let found = read(text).unwrap();
        assert_eq!(found, [("a\n\"é😀点".to_owned(), u64::MAX), (String::new(), 0)]);
        let whole: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(found.iter().all(|(key, number)| whole[key] == *number));
    }

    #[test]
    fn what_is_no_json_and_what_is_another_form() {
        let text = |at| move |fault: &JsonFault| fault.at == at && matches!(fault.what, What::Text(_));
        let form = |at| move |fault: &JsonFault| fault.at == at && matches!(fault.what, What::Form(_));
        let deep = format!("{{\"other\": {}", "[".repeat(1000));
        let is_deep = |fault: &JsonFault| matches!(fault.what, What::Text(_));
        type Wanted<'a> = &'a dyn Fn(&JsonFault) -> bool;
        let cases: [(&str, Wanted); 14] = [
            ("", &text(0)),
            ("{", &text(1)),
            ("[]", &form(0)),
            ("{\"a\"}", &text(4)),
            ("{\"a\":}", &text(5)),
            ("{\"a\":1 2}", &text(7)),
            ("{\"a\":1}]", &text(7)),
            ("{\"a\":1.0}", &form(6)),
            ("{\"a\":18446744073709551616}", &form(25)),
            ("{\"a\":-1}", &form(5)),
            ("{\"a", &text(3)),
            ("{\"\\x\":1}", &text(4)),
            ("{\"\\ud800\":1}", &text(8)),
            (&deep, &is_deep),
        ];
        for (json, expected) in cases {
            let fault = read(json).unwrap_err();
            assert!(expected(&fault), "{json}: {fault:?}");
        }
    }
}
