//! Why it works, and what to try.

use crate::ui::lang::Words;

pub(super) const TEXTS: &[Words] = &[words!(distil.why_dark), words!(distil.why_heat), words!(distil.why_who)];
pub(super) const TRIES: &[Words] =
    &[words!(distil.try_temperature), words!(distil.try_weight), words!(distil.try_omit), words!(distil.try_digits)];
