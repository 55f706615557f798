//! How captions of one's own are learnt, in the page's address.

use crate::protocol::LearnCaptions;
use crate::ui::place::{real, whole};
use web_sys::UrlSearchParams;

/// What cannot be read is the default.
pub(in crate::ui::page::caption) fn read(params: &UrlSearchParams) -> LearnCaptions {
    let usual = LearnCaptions::default();
    LearnCaptions {
        epochs: whole(params, "own-epochs", usual.epochs).clamp(1, 1000),
        size: whole(params, "own-size", usual.size).clamp(8, 2048),
        least: whole(params, "own-least", usual.least).max(1),
        rate: real(params, "own-rate", usual.rate),
        seed: whole(params, "own-seed", usual.seed),
        ..usual
    }
}

/// What is as usual is left out.
pub(in crate::ui::page::caption) fn write(own: &LearnCaptions, params: &UrlSearchParams) {
    let usual = LearnCaptions::default();
    for (name, value, is_usual) in [
        ("own-epochs", own.epochs.to_string(), own.epochs == usual.epochs),
        ("own-size", own.size.to_string(), own.size == usual.size),
        ("own-least", own.least.to_string(), own.least == usual.least),
        ("own-rate", own.rate.to_string(), own.rate == usual.rate),
        ("own-seed", own.seed.to_string(), own.seed == usual.seed),
    ] {
        if !is_usual {
            params.append(name, &value);
        }
    }
}
