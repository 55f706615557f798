//! Why it works, and what to try.

use crate::ui::lang::Words;

pub(super) const TEXTS: &[Words] = &[words!(caption.why_tell), words!(caption.why_lstm), words!(caption.why_new)];
pub(super) const TRIES: &[Words] =
    &[words!(caption.try_move), words!(caption.try_overlap), words!(caption.try_sample), words!(caption.try_gates)];
