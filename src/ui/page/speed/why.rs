//! Why it works, and what to try.

use crate::ui::lang::Words;

pub(super) const TEXTS: &[Words] = &[words!(speed.why_limit), words!(speed.why_roofline), words!(speed.why_clock)];
pub(super) const TRIES: &[Words] = &[words!(speed.try_depthwise), words!(speed.try_small), words!(speed.try_network)];
