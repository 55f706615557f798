//! Where in a pickle the weights are: people save a state dict, or one beside an optimiser's state, an epoch, the names of classes.

use super::PyTorchError;
use super::pickle::{Id, Pickle, Pickled};
use super::tensor::is_tensor;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Dictionaries in dictionaries.
const DEEPEST: usize = 6;

/// What begins so holds tensors that are no weights: moments, schedules.
const NO_WEIGHTS: [&str; 3] = ["optim", "sched", "scaler"];

/// Keys under which people keep the names of classes.
const LABELS: [&str; 9] = [
    "labels",
    "classes",
    "class_names",
    "class_labels",
    "names",
    "categories",
    "id2label",
    "idx_to_class",
    "class_to_idx",
];

/// Modules whose functions act on the machine. Weights never name one.
const ACTING: [&str; 22] = [
    "os",
    "posix",
    "nt",
    "subprocess",
    "sys",
    "shutil",
    "socket",
    "runpy",
    "importlib",
    "pty",
    "commands",
    "webbrowser",
    "ctypes",
    "pickle",
    "code",
    "platform",
    "asyncio",
    "urllib",
    "requests",
    "multiprocessing",
    "timeit",
    "bdb",
];

/// Of Python's own functions, those that run text, reach into objects or open files.
const ACTING_BUILTINS: [&str; 11] = [
    "eval",
    "exec",
    "compile",
    "open",
    "getattr",
    "setattr",
    "__import__",
    "input",
    "globals",
    "breakpoint",
    "execfile",
];

pub(super) struct StateDict<'a> {
    /// By name.
    pub(super) tensors: BTreeMap<&'a str, Id>,
    /// The names of the classes as JSON.
    pub(super) labels: Option<String>,
}

/// The dictionary with the most tensors, and what lies beside it.
pub(super) fn find<'a>(pickle: &Pickle<'a>) -> Result<StateDict<'a>, PyTorchError> {
    if let Some((module, name)) = pickle.called().find(|&(module, name)| is_acting(module, name)) {
        return Err(PyTorchError::Hostile { function: format!("{module}.{name}") });
    }
    let mut best = BTreeMap::new();
    let mut labels = None;
    let mut object = None;
    let mut seen = BTreeSet::new();
    let mut waiting = VecDeque::from([(pickle.root(), 0)]);
    while let Some((id, depth)) = waiting.pop_front() {
        if !seen.insert(id) {
            continue;
        }
        match pickle.get(id) {
            Pickled::Dict(pairs) => {
                let named = || pairs.iter().filter_map(|&(key, value)| Some((pickle.text(key)?, value)));
                let tensors: BTreeMap<&str, Id> = named().filter(|&(_, value)| is_tensor(pickle, value)).collect();
                if tensors.len() > best.len() {
                    best = tensors;
                }
                labels = labels.or_else(|| named().find_map(|(key, value)| labels_in(pickle, key, value)));
                if depth < DEEPEST {
                    let is_weights = |key: &str| !NO_WEIGHTS.iter().any(|prefix| key.starts_with(prefix));
                    waiting.extend(named().filter(|(key, _)| is_weights(key)).map(|(_, value)| (value, depth + 1)));
                }
            }
            Pickled::Made { of, .. } if object.is_none() && !is_tensor(pickle, id) => object = class(pickle, *of),
            _ => {}
        }
    }
    match object {
        _ if !best.is_empty() => Ok(StateDict { tensors: best, labels }),
        Some((module, name)) => Err(PyTorchError::Object { class: format!("{module}.{name}") }),
        None => Err(PyTorchError::NoTensors),
    }
}

/// Files of old keep the class of a module with its source, outside.
fn class<'a>(pickle: &Pickle<'a>, of: Id) -> Option<(&'a str, &'a str)> {
    let Pickled::Outside(about) = pickle.get(of) else { return pickle.global(of) };
    pickle.global(*pickle.items(*about)?.get(1)?)
}

fn is_acting(module: &str, name: &str) -> bool {
    match module {
        "builtins" | "__builtin__" => ACTING_BUILTINS.contains(&name),
        _ => ACTING.contains(&module.split('.').next().unwrap_or(module)),
    }
}

/// Texts in a list, by number, or with their numbers, as JSON: a list, or an object from numbers to names.
fn labels_in(pickle: &Pickle<'_>, key: &str, id: Id) -> Option<String> {
    if !LABELS.contains(&key) {
        return None;
    }
    let number = |id: Id| if let Pickled::Int(number) = pickle.get(id) { Some(number.to_string()) } else { None };
    let labels = match pickle.get(id) {
        Pickled::List(items) | Pickled::Tuple(items) => {
            let names: Option<Vec<_>> = items.iter().map(|&item| pickle.text(item)).collect();
            serde_json::json!(names.filter(|names| !names.is_empty())?)
        }
        Pickled::Dict(pairs) => {
            let pair = |&(a, b): &(Id, Id)| match (pickle.text(a), pickle.text(b)) {
                (Some(place), Some(name)) => Some((place.to_owned(), name)),
                (Some(name), None) => Some((number(b)?, name)),
                (None, Some(name)) => Some((number(a)?, name)),
                (None, None) => None,
            };
            let names: Option<BTreeMap<String, &str>> = pairs.iter().map(pair).collect();
            serde_json::json!(names.filter(|names| !names.is_empty())?)
        }
        _ => return None,
    };
    Some(labels.to_string())
}
