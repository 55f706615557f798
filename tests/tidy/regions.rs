//! Regions that several shaders share: one original each under `shaders/lib`, and a copy in every shader that needs it.
//!
//! A region begins with `//:lib NAME` and ends with `//:lib end`, in the original `shaders/lib/NAME.wgsl` as in the copies; a
//! copy may be indented otherwise. What is around the region in the original makes that file valid as it stands.

use std::collections::BTreeMap;

const BEGIN: &str = "//:lib ";
const END: &str = "//:lib end";

/// Where a region lies in its file: the lines between its marks.
struct Region {
    name: String,
    lines: std::ops::Range<usize>,
    indent: String,
}

impl Region {
    /// Its text without the indentation.
    fn body(&self, text: &str) -> Vec<String> {
        let lines = text.lines().skip(self.lines.start).take(self.lines.len());
        lines.map(|line| line.strip_prefix(&self.indent).unwrap_or(line).to_owned()).collect()
    }
}

/// The regions of a file, or what is wrong with its marks.
fn regions(path: &str, text: &str) -> Result<Vec<Region>, String> {
    let mut found: Vec<Region> = Vec::new();
    let mut open: Option<Region> = None;
    for (k, line) in text.lines().enumerate() {
        let mark = line.trim_start();
        let Some(name) = mark.strip_prefix(BEGIN) else { continue };
        let indent = line[..line.len() - mark.len()].to_owned();
        match (open.take(), mark == END) {
            (Some(region), true) if region.indent == indent => {
                found.push(Region { lines: region.lines.start..k, ..region });
            }
            (None, false) => open = Some(Region { name: name.to_owned(), lines: k + 1..k + 1, indent }),
            _ => return Err(format!("{path}:{}: `{mark}` is out of place", k + 1)),
        }
    }
    match open {
        Some(region) => Err(format!("{path}:{}: the region `{}` has no end", region.lines.start, region.name)),
        None => Ok(found),
    }
}

/// The shaders with every copy as its original, and what is wrong: marks, originals that nothing shares, copies that differ.
/// `shaders` are paths and texts of all files.
pub(crate) fn mended(shaders: &[(String, String)]) -> (Vec<(String, String)>, Vec<String>) {
    let (mut originals, mut copies, mut faults) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (path, text) in shaders {
        let Some(stem) = path.strip_prefix("shaders/lib/").and_then(|name| name.strip_suffix(".wgsl")) else {
            continue;
        };
        match regions(path, text) {
            Ok(regions) if matches!(regions.as_slice(), [region] if region.name == stem) => {
                originals.insert(stem.to_owned(), regions[0].body(text));
            }
            Ok(_) => faults.push(format!("{path}: an original has one region, named as its file")),
            Err(fault) => faults.push(fault),
        }
    }
    let mut mended = Vec::new();
    for (path, text) in shaders.iter().filter(|(path, _)| !path.starts_with("shaders/lib/")) {
        let regions = regions(path, text).unwrap_or_else(|fault| {
            faults.push(fault);
            Vec::new()
        });
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for region in regions.iter().rev() {
            let Some(original) = originals.get(&region.name) else {
                faults.push(format!("{path}: there is no shaders/lib/{}.wgsl", region.name));
                continue;
            };
            *copies.entry(region.name.clone()).or_insert(0) += 1;
            if region.body(text) != *original {
                faults.push(format!("{path}: `{}` differs from shaders/lib/{0}.wgsl", region.name));
                let indented =
                    |line: &String| if line.is_empty() { String::new() } else { region.indent.clone() + line };
                lines.splice(region.lines.clone(), original.iter().map(indented));
            }
        }
        mended.push((path.clone(), lines.join("\n") + "\n"));
    }
    let shared = |name: &String| copies.get(name).is_some_and(|copies| *copies > 1);
    let alone = originals.keys().filter(|name| !shared(name));
    faults.extend(alone.map(|name| format!("shaders/lib/{name}.wgsl: fewer than two shaders share it")));
    (mended, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &str =
        "// A.\nfn f() {\n    //:lib one\n    a();\n\n    if b {\n        c();\n    }\n    //:lib end\n}\n";
    const COPY: &str = "//:lib one\na();\n\nif b {\n    c();\n}\n//:lib end\n";

    fn files(original: &str, copies: &[&str]) -> Vec<(String, String)> {
        let copies = copies.iter().enumerate().map(|(k, copy)| (format!("shaders/op/{k}.wgsl"), (*copy).to_owned()));
        std::iter::once(("shaders/lib/one.wgsl".to_owned(), original.to_owned())).chain(copies).collect()
    }

    #[test]
    fn copies_are_equal_but_for_their_indentation() {
        let (mended, faults) = mended(&files(ORIGINAL, &[COPY, ORIGINAL]));
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!((mended[0].1.as_str(), mended[1].1.as_str()), (COPY, ORIGINAL));
    }

    #[test]
    fn a_copy_that_differs_is_found_and_mended() {
        for changed in [COPY.replace("c()", "d()"), COPY.replace("    c", "  c"), COPY.replace("a();\n", "")] {
            let (mended, faults) = mended(&files(ORIGINAL, &[&changed, COPY]));
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].contains("shaders/op/0.wgsl"), "{faults:?}");
            assert_eq!(mended[0].1, COPY);
        }
    }

    #[test]
    fn each_rule_can_fail() {
        for (original, copies) in [
            (ORIGINAL, [COPY, "//:lib two\n//:lib end\n", COPY].as_slice()),
            (ORIGINAL, &[COPY, COPY, "//:lib one\n"]),
            (ORIGINAL, &[COPY, COPY, "//:lib end\n"]),
            (ORIGINAL, &[COPY, COPY, "//:lib one\n  //:lib end\n"]),
            (ORIGINAL, &[COPY]),
            ("//:lib one\n//:lib end\n//:lib one\n//:lib end\n", &[]),
        ] {
            assert_eq!(mended(&files(original, copies)).1.len(), 1, "{original} {copies:?}");
        }
    }
}
