//! Sizes that a shader reads from a uniform: launches that differ only in sizes share the shader's text, and so a pipeline.

use std::collections::BTreeMap;

/// The shader without its constants of these names: it reads them from a uniform `p` at `binding`, and what followed from them
/// is computed where it is wanted. A name that the shader does not have is an error.
pub(super) fn opened(text: &str, names: &[&str], binding: usize) -> Result<String, String> {
    let mut meanings: BTreeMap<&str, String> = BTreeMap::new();
    let mut body = String::new();
    for line in text.split_inclusive('\n') {
        let open = replaced(line, &meanings);
        match constant(line) {
            Some((name, _)) if names.contains(&name) => _ = meanings.insert(name, format!("p.{name}")),
            Some((name, _)) if open != line => {
                let value = constant(&open).map_or("", |(_, value)| value);
                meanings.insert(name, format!("({value})"));
            }
            _ => body.push_str(&open),
        }
    }
    if let Some(name) = names.iter().find(|name| !meanings.contains_key(**name)) {
        return Err(format!("no constant {name}"));
    }
    let fields: Vec<String> = names.iter().map(|name| format!("{name}: u32")).collect();
    let fields = fields.join(", ");
    Ok(format!("struct Params {{ {fields} }}\n@group(0) @binding({binding}) var<uniform> p: Params;\n{body}"))
}

/// Name and value where a line declares a constant.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("const ")?.split_once(": u32 = ")?;
    Some((name, value.trim_end().strip_suffix(';')?))
}

/// The text with these words replaced. What follows `//` stays.
fn replaced(text: &str, meanings: &BTreeMap<&str, String>) -> String {
    let (code, comment) = text.split_at(text.find("//").unwrap_or(text.len()));
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut result = String::new();
    let mut rest = code;
    while let Some(start) = rest.find(in_word) {
        let length = rest[start..].find(|c| !in_word(c)).unwrap_or(rest.len() - start);
        let word = &rest[start..start + length];
        result.push_str(&rest[..start]);
        result.push_str(meanings.get(word).map_or(word, String::as_str));
        rest = &rest[start + length..];
    }
    result + rest + comment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_what_follows_from_them_are_read() {
        let text = "const N: u32 = 8u;\nconst KIND: u32 = 1u;\nconst BLOCKS: u32 = (N + 3u) / 4u;\n// N of them\ni < BLOCKS - N;\n";
        let want = "struct Params { N: u32 }\n@group(0) @binding(2) var<uniform> p: Params;\n\
            const KIND: u32 = 1u;\n// N of them\ni < ((p.N + 3u) / 4u) - p.N;\n";
        assert_eq!(opened(text, &["N"], 2).unwrap(), want);
        assert_eq!(opened(text, &["M"], 2).unwrap_err(), "no constant M");
    }
}
