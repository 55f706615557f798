//! The lines of a function: what is used once, at once, stands inside what uses it; the rest has a name, the same for a value as for the
//! one that it takes the place of.

use crate::graph::NodeId;
use crate::models::outline::Outline;
use std::collections::BTreeMap;

/// An expression with a hole `{0}`, `{1}`, … for each input.
pub(super) struct Expression {
    pub(super) text: String,
    /// Whether it must stand in brackets inside another.
    pub(super) is_infix: bool,
}

impl Expression {
    pub(super) fn call(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_infix: false }
    }

    pub(super) fn infix(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_infix: true }
    }
}

/// The longest expression that stands inside another.
const LONGEST: usize = 88;

/// Names in the order in which they are taken.
const NAMES: [&str; 6] = ["x", "y", "z", "u", "v", "w"];

enum Value {
    Named(String),
    /// Not written yet: its only reader is the next step.
    Inside(String, bool),
}

pub(super) struct Lines<'a> {
    outline: &'a Outline,
    /// How often each value is still read.
    open: BTreeMap<NodeId, usize>,
    values: BTreeMap<NodeId, Value>,
    free: Vec<String>,
    taken: usize,
    pub(super) lines: Vec<String>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(outline: &'a Outline) -> Self {
        let mut open: BTreeMap<NodeId, usize> = BTreeMap::new();
        outline.steps.iter().flat_map(|step| &step.inputs).for_each(|&input| *open.entry(input).or_default() += 1);
        *open.entry(outline.output).or_default() += 1;
        Self { outline, open, values: BTreeMap::new(), free: Vec::new(), taken: 0, lines: Vec::new() }
    }

    /// A value that has a name of its own for ever.
    pub(super) fn known(&mut self, id: NodeId, name: impl Into<String>) {
        self.values.insert(id, Value::Inside(name.into(), false));
    }

    /// A name that a line gives to what it computes.
    fn name(&mut self) -> String {
        if let Some(name) = self.free.pop() {
            return name;
        }
        self.taken += 1;
        let (round, at) = ((self.taken - 1) / NAMES.len(), (self.taken - 1) % NAMES.len());
        if round == 0 { NAMES[at].to_owned() } else { format!("{}{round}", NAMES[at]) }
    }

    /// The step at this place of the outline, whose expression reads these values.
    pub(super) fn step(
        &mut self,
        at: usize,
        inputs: &[NodeId],
        expression: Expression,
        assign: impl Fn(&str, &str) -> String,
    ) {
        let step = &self.outline.steps[at];
        let mut text = expression.text;
        let mut ends = Vec::new();
        for (k, input) in inputs.iter().enumerate() {
            let hole = format!("{{{k}}}");
            let filled = match self.values.get(input) {
                Some(Value::Named(name)) => name.clone(),
                Some(Value::Inside(inner, true)) if expression.is_infix || reads_part_of(&text, &hole) => {
                    format!("({inner})")
                }
                Some(Value::Inside(inner, _)) => inner.clone(),
                None => String::new(),
            };
            text = text.replace(&hole, &filled);
        }
        for input in &step.inputs {
            let left = self.open.entry(*input).or_default();
            *left = left.saturating_sub(1);
            if *left == 0
                && let Some(Value::Named(name)) = self.values.get(input)
            {
                ends.push(name.clone());
                self.values.remove(input);
            }
        }
        // What ends first is taken first.
        ends.reverse();
        self.free.extend(ends);
        let reader = self.outline.steps.get(at + 1).filter(|next| next.inputs.contains(&step.id));
        let is_last = step.id == self.outline.output;
        if !is_last && reader.is_some() && self.open.get(&step.id) == Some(&1) && text.len() <= LONGEST {
            self.values.insert(step.id, Value::Inside(text, expression.is_infix));
            return;
        }
        let name = self.name();
        self.lines.push(assign(&name, &text));
        self.values.insert(step.id, Value::Named(name));
    }

    /// What the outline gives.
    pub(super) fn result(&self) -> &str {
        match self.values.get(&self.outline.output) {
            Some(Value::Named(name) | Value::Inside(name, _)) => name,
            None => "",
        }
    }
}

/// Whether a method or an index follows the hole.
fn reads_part_of(text: &str, hole: &str) -> bool {
    text.split(hole).skip(1).any(|rest| rest.starts_with(['.', '[']))
}
