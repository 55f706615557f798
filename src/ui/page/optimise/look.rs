//! How an optimiser is drawn: related ones share a colour, the second of them is dashed.

use crate::protocol::Rule;

/// A class of the style sheet.
pub(super) fn colour_of(rule: Rule) -> &'static str {
    match rule {
        Rule::Sgd => "run-5",
        Rule::Momentum => "run-0",
        Rule::Nesterov => "run-0 second",
        Rule::Adagrad => "run-3",
        Rule::Rmsprop => "run-2",
        Rule::Adam => "run-1",
        Rule::Adamw => "run-1 second",
    }
}
