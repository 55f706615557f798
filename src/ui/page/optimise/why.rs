//! Why it works, and what to try.

use crate::ui::lang::Words;

pub(super) const TEXTS: &[Words] = &[words!(optimise.why_steps), words!(optimise.why_rules), words!(optimise.why_deep)];
pub(super) const TRIES: &[Words] = &[
    words!(optimise.try_rate),
    words!(optimise.try_saddle),
    words!(optimise.try_sigmoid),
    words!(optimise.try_residual),
];
