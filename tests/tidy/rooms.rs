//! Who may know whom: rooms of the crate, and the outside crates that belong to one room.

use crate::source::{SourceFile, Token};
use std::collections::BTreeSet;

/// The design's table. A room may always name itself.
const MAY_KNOW: &[(&str, &[&str])] = &[
    // The table of experiments: a macro without types.
    ("experiments", &[]),
    ("protocol", &["experiments"]),
    ("processor", &[]),
    ("graph", &["processor", "sorted"]),
    ("backend", &["graph", "sorted"]),
    ("nn", &["graph", "sorted"]),
    ("models", &["nn", "graph"]),
    ("data", &["nn"]),
    ("lab", &["models", "data", "nn", "graph", "backend", "protocol", "experiments", "sorted"]),
    ("worker", &["experiments", "lab", "part", "protocol", "backend", "data", "models", "sorted"]),
    ("ui", &["experiments", "part", "protocol", "sorted"]),
    // How a program fetches the rest of itself.
    ("part", &["protocol"]),
    // The native command and what it needs beside the engine.
    ("command", &["lab", "protocol", "backend", "data", "models", "serve"]),
    ("serve", &[]),
    ("sorted", &[]),
    // The benchmark page: the engine without page and worker.
    ("bench", &["lab", "protocol", "backend", "data", "models", "nn", "graph"]),
    // A few lines each: they start the page, the worker, the command, the benchmark.
    ("bin", &["ui", "worker", "command", "bench", "part", "protocol", "experiments"]),
];

/// Outside crates (and everything whose name goes on with `_`: `leptos_i18n`) that only these paths may name.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("leptos", &["src/ui/"]),
    ("wgpu", &["src/backend/gpu/"]),
    ("naga", &["src/backend/gpu/"]),
    ("gemm", &["src/processor/"]),
    ("rayon", &["src/processor/"]),
    ("clap", &["src/command"]),
];

/// What these rooms must not name.
const NEVER: &[(&str, &[&str])] = &[
    // The memory of the engine's own module, and a module beside it; nothing of the page.
    ("processor", &["web_sys", "gloo"]),
    ("graph", &["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "gloo"]),
    ("nn", &["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "gloo"]),
    ("models", &["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "gloo"]),
    ("ui", &["candle_core", "candle_nn", "gemm"]),
];

/// All that the protocol names from outside.
const PROTOCOL_NAMES: &[&str] = &["serde", "serde_bytes", "thiserror", "postcard"];

/// Names of the packages in a manifest, as crates.
pub(crate) fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut listing = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            listing = line.trim_end_matches(']').ends_with("dependencies");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| listing) {
            names.insert(name.trim().replace('-', "_"));
        }
    }
    names
}

/// A path in the source that names a room of this crate or an outside crate.
struct Mention {
    name: String,
    outside: bool,
    line: usize,
    in_test: bool,
}

pub(crate) fn breaches(file: &SourceFile, crates: &BTreeSet<String>) -> Vec<String> {
    if file.path == "src/lib.rs" {
        return Vec::new();
    }
    let room = file.room();
    let Some((_, may_know)) = MAY_KNOW.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{}: the room `{room}` is not in the table of tests/tidy/rooms.rs", file.path)];
    };
    let mut breaches = Vec::new();
    for mention in mentions(file, crates).into_iter().filter(|mention| !mention.in_test) {
        let name = mention.name.as_str();
        let fault = match mention.outside {
            false if name == room || may_know.contains(&name) => None,
            false => Some(format!("`{room}` must not know `{name}`")),
            true => outside_fault(file, room, name),
        };
        breaches.extend(fault.map(|fault| format!("{}:{}: {fault}", file.path, mention.line)));
    }
    breaches
}

fn outside_fault(file: &SourceFile, room: &str, name: &str) -> Option<String> {
    if room == "protocol" && !PROTOCOL_NAMES.contains(&name) {
        return Some(format!("`protocol` is plain serde types and must not name `{name}`"));
    }
    if NEVER.iter().any(|(where_, names)| *where_ == room && names.contains(&name)) {
        return Some(format!("`{room}` must not name `{name}`"));
    }
    let owner = |owned: &str| name == owned || name.starts_with(&format!("{owned}_"));
    let (_, places) = ONLY_IN.iter().find(|(owned, _)| owner(owned))?;
    (!places.iter().any(|place| file.path.starts_with(place)))
        .then(|| format!("`{name}` is named only in {}", places.join(", ")))
}

fn mentions(file: &SourceFile, crates: &BTreeSet<String>) -> Vec<Mention> {
    let tokens = file.tokens();
    let starts = |name: &str| matches!(name, "crate" | "super" | "neocog") || crates.contains(name);
    let mention = |(at, path): (usize, Vec<String>)| {
        let (name, outside) = resolve(file, &tokens[at], &path, crates)?;
        Some(Mention { name, outside, line: tokens[at].line, in_test: tokens[at].in_test })
    };
    paths(&tokens, starts).into_iter().filter_map(mention).collect()
}

/// All paths of `use` declarations, and those elsewhere whose first name is a start; each with the token where it begins.
pub(crate) fn paths(tokens: &[Token], is_start: impl Fn(&str) -> bool) -> Vec<(usize, Vec<String>)> {
    let text = |i: usize| tokens.get(i).map(|token| token.text.as_str()).unwrap_or_default();
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        // Only where a path starts.
        let starts = i == 0 || text(i - 1) != "::";
        let (next, paths) = match text(i) {
            "use" => use_tree(tokens, i + 1),
            name if starts && text(i + 1) == "::" && is_start(name) => plain_path(tokens, i),
            _ => (i + 1, Vec::new()),
        };
        found.extend(paths.into_iter().map(|path| (i, path)));
        i = next.max(i + 1);
    }
    found
}

/// `a::b::c` from token `i` on.
fn plain_path(tokens: &[Token], mut i: usize) -> (usize, Vec<Vec<String>>) {
    let mut path = vec![tokens[i].text.clone()];
    while tokens.get(i + 1).is_some_and(|token| token.text == "::") && i + 2 < tokens.len() {
        path.push(tokens[i + 2].text.clone());
        i += 2;
    }
    (i + 1, vec![path])
}

/// The paths of `use a::{b, c::{d, e as f}}` without their aliases; `i` is behind `use` or inside the braces.
fn use_tree(tokens: &[Token], mut i: usize) -> (usize, Vec<Vec<String>>) {
    let mut paths = Vec::new();
    let mut prefix: Vec<String> = Vec::new();
    while i < tokens.len() {
        match tokens[i].text.as_str() {
            "{" => {
                let (next, inner) = use_tree(tokens, i + 1);
                paths.extend(inner.into_iter().map(|path| prefix.iter().cloned().chain(path).collect::<Vec<_>>()));
                prefix.clear();
                i = next;
                continue;
            }
            mark @ ("," | ";" | "}") => {
                if !prefix.is_empty() {
                    paths.push(std::mem::take(&mut prefix));
                }
                if mark != "," {
                    return (i + 1, paths);
                }
            }
            "::" => {}
            // The alias is not part of the path.
            "as" => i += 1,
            word => prefix.push(word.into()),
        }
        i += 1;
    }
    (i, paths)
}

/// The room (false) or outside crate (true) that a path names, if any.
fn resolve(file: &SourceFile, at: &Token, path: &[String], crates: &BTreeSet<String>) -> Option<(String, bool)> {
    let first = path.first()?.as_str();
    match first {
        "crate" | "neocog" => path.get(1).map(|room| (room.clone(), false)),
        "super" => {
            let supers = path.iter().take_while(|part| *part == "super").count();
            let module: Vec<String> = file.module().into_iter().chain(at.modules.iter().cloned()).collect();
            let base = &module[..module.len().checked_sub(supers)?];
            base.iter().chain(&path[supers..]).next().map(|room| (room.clone(), false))
        }
        "self" | "std" | "core" | "alloc" => None,
        name => crates.contains(name).then(|| (name.to_string(), true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<String> {
        let crates = ["wgpu", "leptos", "leptos_i18n", "web_sys", "candle_core", "serde", "thiserror", "gloo"];
        breaches(&SourceFile::new(path, text), &crates.into_iter().map(String::from).collect())
    }

    #[test]
    fn a_manifest_names_its_crates() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nweb-sys = \"1\"\n[target.'cfg(a)'.dev-dependencies]\nb = { version = \"1\" }";
        assert_eq!(dependencies(manifest), BTreeSet::from(["web_sys".into(), "b".into()]));
    }

    #[test]
    fn the_table_can_be_broken() {
        for (path, text) in [
            ("src/ui/page/x.rs", "use crate::graph::Tensor;"),
            ("src/ui/page/x.rs", "fn f() { let g = crate::nn::linear(); }"),
            ("src/ui/app.rs", "use crate::{protocol::Job, lab};"),
            ("src/protocol/x.rs", "use crate::graph::Shape;"),
            ("src/protocol/x.rs", "use super::super::graph::Shape;"),
            ("src/protocol/x.rs", "use candle_core::Tensor;"),
            ("src/worker/mod.rs", "use crate::graph::Graph;"),
            ("src/worker/mod.rs", "use crate::ui::App;"),
            ("src/lab/x.rs", "use crate::worker::Session;"),
            ("src/data/x.rs", "use crate::graph::Graph;"),
            ("src/models/x.rs", "use crate::backend::Backend;"),
            ("src/models/x.rs", "use crate::data::Picture;"),
            ("src/nn/x.rs", "use crate::models::resnet;"),
            ("src/backend/gpu/x.rs", "use crate::nn::Linear;"),
            ("src/graph/op/relu.rs", "use super::super::super::backend::Backend;"),
            ("src/graph/op/relu.rs", "mod inner { use super::super::super::super::nn::Linear; }"),
            ("src/graph/x.rs", "fn f(b: wgpu::Buffer) {}"),
            ("src/graph/x.rs", "use web_sys::console;"),
            ("src/graph/x.rs", "use leptos::prelude::*;"),
            ("src/lab/x.rs", "use leptos_i18n::t;"),
            ("src/lab/x.rs", "use wgpu as gpu;"),
            ("src/backend/cpu/x.rs", "use wgpu::Device;"),
            ("src/bin/app.rs", "fn main() { neocog::lab::run() }"),
            ("src/misc/x.rs", ""),
            ("src/misc.rs", ""),
        ] {
            assert_eq!(faults(path, text).len(), 1, "{path}: {text}: {:?}", faults(path, text));
        }
        assert_eq!(faults("src/ui/app.rs", "\n\nuse crate::lab;"), ["src/ui/app.rs:3: `ui` must not know `lab`"]);
    }

    #[test]
    fn what_is_allowed_passes() {
        for (path, text) in [
            ("src/lib.rs", "pub mod anything;"),
            (
                "src/ui/page/x.rs",
                "use crate::protocol::{Job, Update as News}; use leptos::prelude::*; use super::widget::A;",
            ),
            ("src/protocol/mod.rs", "mod classify; pub use classify::Fit; use serde::Serialize; use std::fmt;"),
            ("src/lab/x.rs", "use crate::{backend, data, graph, models, nn, protocol::{self, Job}};"),
            ("src/backend/gpu/x.rs", "use wgpu::Device; use crate::graph::Graph; fn f() -> super::super::cpu::A {}"),
            (
                "src/graph/op/relu.rs",
                "use super::super::Tensor; use candle_core::DType; mod graph { use super::super::x; }",
            ),
            ("src/graph/x.rs", "// use crate::nn; and wgpu::Device\nconst S: &str = \"leptos::prelude\";"),
            ("src/graph/x.rs", "#[cfg(test)] mod tests { use crate::backend::cpu::Cpu; }"),
            ("src/bin/app.rs", "fn main() { neocog::ui::start() }"),
            ("src/worker/x.rs", "let m = a.crate_name; let wgpu = 1;"),
        ] {
            assert_eq!(faults(path, text), Vec::<String>::new(), "{path}: {text}");
        }
    }
}
