//! Packs what the page's parts share, `pack FOLDER NAME`: in FOLDER lie a program NAME that was cut into parts, the chunks of code
//! that several parts need, one for each set of parts, and the script that fetches them. There are hundreds of chunks, most of
//! them smaller than what asking for a file costs. So those that the same parts need, or nearly the same, go into one file, a pack,
//! and the script is written anew: it tells `www/parts.js`
//! which chunk of which pack belongs to which part.
//!
//! Prints, a part a line, the part's name and its packs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// What asking for one more file costs, in bytes that could have travelled meanwhile, and what a file compressed by itself loses.
const BYTES_PER_FILE: f64 = 1150.0;

/// What is left of wasm that gzip compressed.
const COMPRESSED: f64 = 0.4;

/// The script's numbers hold this many parts.
const MOST_PARTS: usize = 31;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(program)) = (args.next(), args.next()) else {
        return Err(std::io::Error::other("usage: pack FOLDER NAME"));
    };
    let folder = Path::new(&folder);
    let script = folder.join("__wasm_split.js");
    let cut = Cut::read(&fs::read_to_string(&script)?);
    let mut chunks = BTreeMap::new();
    for (&id, &parts) in &cut.chunks {
        chunks.insert(id, Chunk { parts, wasm: fs::read(folder.join(format!("chunk_{id}.wasm")))? });
    }
    let packs = packed(&chunks);
    for (at, pack) in packs.iter().enumerate() {
        let mut bytes = Vec::new();
        for id in &pack.chunks {
            bytes.extend((chunks[id].wasm.len() as u32).to_le_bytes());
            bytes.extend(&chunks[id].wasm);
            fs::remove_file(folder.join(format!("chunk_{id}.wasm")))?;
        }
        fs::write(folder.join(format!("pack_{at}.bin")), bytes)?;
    }
    fs::write(script, cut.script(&program, &packs))?;
    for (bit, part) in cut.parts.iter().enumerate() {
        let of_part = packs.iter().enumerate().filter(|(_, pack)| pack.parts >> bit & 1 == 1);
        let names: Vec<_> = of_part.map(|(at, _)| format!(" pack_{at}")).collect();
        println!("{part}{}", names.concat());
    }
    Ok(())
}

struct Chunk {
    /// A bit for each part that needs it.
    parts: u32,
    wasm: Vec<u8>,
}

/// What the cutter's script says.
struct Cut {
    /// Its beginning, which knows what parts share with the program.
    shared: String,
    parts: Vec<String>,
    /// By their numbers: the parts that need them, a bit for each.
    chunks: BTreeMap<u32, u32>,
}

impl Cut {
    /// # Panics
    /// Where the script is not as wasm-split-cli of the version in .ci/env.sh writes it.
    fn read(script: &str) -> Self {
        let begin = script.find("let sharedImports").expect("the script says what parts share");
        let end = script.find("function wrapAsyncCb").expect("the script fetches parts");
        let mut cut = Self { shared: script[begin..end].to_owned(), parts: Vec::new(), chunks: BTreeMap::new() };
        // `, [` stands before what a part or chunk needs, in the line after its statement.
        let mut of: Option<&str> = None;
        for line in script.lines() {
            if let Some(rest) = line.strip_prefix("export const __wasm_split_load_") {
                let name = rest.split(' ').next().expect("a part's name");
                cut.parts.push(name.to_owned());
                of = Some(name);
            } else if line.starts_with("const __chunk_") {
                of = None;
            } else if let Some(list) = line.strip_prefix(", [") {
                let ids =
                    list.split(']').next().into_iter().flat_map(|list| list.split(", ")).filter(|id| !id.is_empty());
                let mut ids = ids.peekable();
                assert!(
                    of.is_some() || ids.peek().is_none(),
                    "chunks need chunks, which .ci/pack.rs does not know: {line}"
                );
                for id in ids {
                    let id = id.strip_prefix("__chunk_").and_then(|id| id.parse().ok());
                    let id: u32 = id.unwrap_or_else(|| panic!("a part needs what is no chunk: {line}"));
                    *cut.chunks.entry(id).or_default() |= 1 << (cut.parts.len() - 1);
                }
            }
        }
        assert!(!cut.parts.is_empty() && cut.parts.len() <= MOST_PARTS, "{} parts", cut.parts.len());
        cut
    }

    fn script(&self, program: &str, packs: &[Pack]) -> String {
        let mut script =
            format!("import {{ initSync }} from \"./{program}.js\";\nimport {{ loader }} from \"../parts.js\";\n\n");
        script.push_str(&self.shared);
        script.push_str("const load = loader(import.meta.url, getSharedImports, [\n");
        for pack in packs {
            let chunks: Vec<_> = pack.chunk_parts.iter().map(u32::to_string).collect();
            writeln!(script, "    [{}],", chunks.join(", ")).unwrap();
        }
        script.push_str("]);\n");
        for (bit, part) in self.parts.iter().enumerate() {
            writeln!(script, "export const __wasm_split_load_{part} = load(\"{part}\", {});", 1_u32 << bit).unwrap();
        }
        script
    }
}

/// Chunks that travel together.
#[derive(Clone)]
struct Pack {
    /// That need any of it.
    parts: u32,
    bytes: usize,
    chunks: Vec<u32>,
    /// That need each chunk.
    chunk_parts: Vec<u32>,
}

impl Pack {
    /// What it costs all parts together, with another or alone.
    fn cost(parts: u32, bytes: usize) -> f64 {
        f64::from(parts.count_ones()) * (COMPRESSED * bytes as f64 + BYTES_PER_FILE)
    }

    fn gain(&self, other: &Self) -> f64 {
        let apart = Self::cost(self.parts, self.bytes) + Self::cost(other.parts, other.bytes);
        apart - Self::cost(self.parts | other.parts, self.bytes + other.bytes)
    }

    fn take(&mut self, other: Self) {
        self.parts |= other.parts;
        self.bytes += other.bytes;
        self.chunks.extend(other.chunks);
        self.chunk_parts.extend(other.chunk_parts);
    }
}

/// From one pack for each chunk: the two that gain most together become one, until no two gain anything.
fn packed(chunks: &BTreeMap<u32, Chunk>) -> Vec<Pack> {
    let alone = |(&id, chunk): (&u32, &Chunk)| Pack {
        parts: chunk.parts,
        bytes: chunk.wasm.len(),
        chunks: vec![id],
        chunk_parts: vec![chunk.parts],
    };
    let mut packs: Vec<_> = chunks.iter().map(alone).collect();
    loop {
        let mut best: Option<(f64, usize, usize)> = None;
        for at in 0..packs.len() {
            for other in at + 1..packs.len() {
                let gain = packs[at].gain(&packs[other]);
                if gain > best.map_or(0.0, |(gain, ..)| gain) {
                    best = Some((gain, at, other));
                }
            }
        }
        let Some((_, at, other)) = best else { return packs };
        let other = packs.remove(other);
        packs[at].take(other);
    }
}
