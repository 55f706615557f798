//! Why it works, and what to try.

use crate::ui::lang::Words;

pub(super) const TEXTS: &[Words] = &[words!(fool.why_linear), words!(fool.why_attacks), words!(fool.why_nothing)];
pub(super) const TRIES: &[Words] =
    &[words!(fool.try_epsilon), words!(fool.try_least), words!(fool.try_digit), words!(fool.try_invent)];
