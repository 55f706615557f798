//! Makes a bound wasm and its script smaller, `shorten FOLDER NAME`. It shortens the names by which they know each other, for
//! wasm-bindgen gives every import a name with a number of 16 digits in it, which no compression makes shorter, and has it in
//! both files. And it drops what is exported and used by nobody; wasm-opt then removes the code behind it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;

/// Streams to and from servers: they come with Leptos, and are exported whether anything makes them or not.
const UNUSED: [&str; 3] = ["IntoUnderlyingByteSource", "IntoUnderlyingSink", "IntoUnderlyingSource"];

/// What exports that nobody but the script calls are called.
const CLOSURE: &str = "wasm_bindgen__convert__closures";

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(name)) = (args.next(), args.next()) else {
        return Err(std::io::Error::other("usage: shorten FOLDER NAME"));
    };
    let (wasm, script) = (format!("{name}_bg.wasm"), format!("{name}.js"));
    let (wasm, script) = (Path::new(&folder).join(wasm), Path::new(&folder).join(script));
    let text = without_unused(&fs::read_to_string(&script)?);
    let mut names = Names { text, module: format!("./{name}_bg.js"), short: BTreeMap::new() };
    let shortened = names.shorten(&fs::read(&wasm)?);
    fs::write(&wasm, shortened)?;
    names.finish();
    fs::write(&script, names.text)
}

struct Names {
    /// Of the script.
    text: String,
    /// What the script calls itself.
    module: String,
    short: BTreeMap<String, String>,
}

impl Names {
    fn shorten(&mut self, wasm: &[u8]) -> Vec<u8> {
        let mut out = wasm[..8].to_vec();
        let mut bytes = Bytes { bytes: wasm, at: 8 };
        while bytes.at < wasm.len() {
            let id = bytes.byte();
            let section = bytes.chunk();
            let section = match id {
                IMPORTS => self.imports(section),
                EXPORTS => self.exports(section),
                _ => section.to_vec(),
            };
            out.push(id);
            put_chunk(&mut out, &section);
        }
        out
    }

    fn imports(&mut self, section: &[u8]) -> Vec<u8> {
        let mut bytes = Bytes { bytes: section, at: 0 };
        let mut out = Vec::new();
        let count = bytes.number();
        put_number(&mut out, count);
        for _ in 0..count {
            let (module, field) = (bytes.chunk(), bytes.chunk());
            if module == self.module.as_bytes() {
                put_chunk(&mut out, SELF.as_bytes());
                put_chunk(&mut out, self.short_of(&text(field)).as_bytes());
            } else {
                put_chunk(&mut out, module);
                put_chunk(&mut out, field);
            }
            let start = bytes.at;
            bytes.import_type();
            out.extend_from_slice(&section[start..bytes.at]);
        }
        out
    }

    fn exports(&mut self, section: &[u8]) -> Vec<u8> {
        let mut bytes = Bytes { bytes: section, at: 0 };
        let mut out = Vec::new();
        let mut count = 0;
        for _ in 0..bytes.number() {
            let (name, kind, index) = (text(bytes.chunk()), bytes.byte(), bytes.number());
            if UNUSED.iter().any(|class| name.contains(&class.to_lowercase())) {
                continue;
            }
            let name = if name.starts_with(CLOSURE) { self.short_of(&name) } else { name };
            count += 1;
            put_chunk(&mut out, name.as_bytes());
            out.push(kind);
            put_number(&mut out, index);
        }
        let mut counted = Vec::new();
        put_number(&mut counted, count);
        counted.extend(out);
        counted
    }

    fn short_of(&mut self, name: &str) -> String {
        let count = self.short.len();
        self.short.entry(name.to_owned()).or_insert_with(|| nth(count)).clone()
    }

    /// The same in the script, word by word.
    fn finish(&mut self) {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
        let mut out = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some(start) = rest.find(is_part) {
            let end = rest[start..].find(|letter| !is_part(letter)).map_or(rest.len(), |end| start + end);
            let word = &rest[start..end];
            out.push_str(&rest[..start]);
            out.push_str(self.short.get(word).map_or(word, String::as_str));
            rest = &rest[end..];
        }
        out.push_str(rest);
        self.text = out.replace(&format!("\"{}\"", self.module), &format!("\"{SELF}\""));
    }
}

/// The script without the unused classes. A class ends with a line `}`, what stands beside it with its statement.
fn without_unused(script: &str) -> String {
    let is_of = |line: &str, before: &str, after: &str| {
        UNUSED.iter().any(|class| line.starts_with(&format!("{before}{class}{after}")))
    };
    let mut out = String::with_capacity(script.len());
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        if is_of(line, "export class ", " {") {
            lines.by_ref().find(|line| *line == "}");
        } else if is_of(line, "const ", "Finalization") {
            lines.by_ref().find(|line| line.ends_with(';'));
        } else if !is_of(line, "if (Symbol.dispose) ", ".") {
            out.push_str(line);
            out.push('\n');
        }
    }
    for class in UNUSED {
        assert!(!out.contains(class), "the script uses {class}; take it out of what .ci/shorten.rs drops");
    }
    out
}

/// What the wasm calls the script.
const SELF: &str = "$";

/// No two are alike, none begins with a digit, and none is a word of the script's own: nobody ends a word with `$`.
fn nth(mut count: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = String::new();
    loop {
        name.push(char::from(LETTERS[count % LETTERS.len()]));
        count /= LETTERS.len();
        if count == 0 {
            name.push('$');
            return name;
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The binary format, as far as imports go (WebAssembly 2.0, §5).
struct Bytes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.bytes[self.at - 1]
    }

    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return number;
            }
        }
    }

    fn chunk(&mut self) -> &'a [u8] {
        let length = self.number() as usize;
        self.at += length;
        &self.bytes[self.at - length..self.at]
    }

    fn limits(&mut self) {
        if self.byte() & 1 == 1 {
            self.number();
        }
        self.number();
    }

    fn import_type(&mut self) {
        match self.byte() {
            0 => drop(self.number()),
            1 => {
                self.byte();
                self.limits();
            }
            2 => self.limits(),
            3 => self.at += 2,
            kind => panic!("an import of the unknown kind {kind}"),
        }
    }
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_chunk(out: &mut Vec<u8>, chunk: &[u8]) {
    put_number(out, chunk.len() as u64);
    out.extend_from_slice(chunk);
}
