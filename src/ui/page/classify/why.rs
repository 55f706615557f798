//! Why it works, and what to try.

use crate::ui::lang::Words;

pub(super) const TEXTS: &[Words] = &[words!(why.idea), words!(why.who)];
pub(super) const TRIES: &[Words] = &[words!(why.try_fit), words!(why.try_network), words!(why.try_backend)];
