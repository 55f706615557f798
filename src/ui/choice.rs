//! One of a few: what each is called in the address, and what a person reads.

use crate::protocol::{BackendChoice, Fit};
use crate::ui::Words;

/// The values of a setting that a list or a row of buttons offers.
pub(crate) trait Choice: Copy + PartialEq + Send + Sync + 'static {
    const OFFERED: &'static [Self];

    /// The name in the address, and the text.
    fn row(self) -> (&'static str, Words);

    fn key(self) -> &'static str {
        self.row().0
    }

    /// In the person's language: call it inside a closure of a view.
    fn name(self) -> &'static str {
        self.row().1()
    }

    fn from_key(key: &str) -> Option<Self> {
        Self::OFFERED.iter().copied().find(|choice| choice.key() == key)
    }
}

/// All of them, by their names in the address.
pub(crate) fn rows<C: Choice>() -> Vec<(&'static str, Words)> {
    C::OFFERED.iter().map(|choice| choice.row()).collect()
}

/// Sets `place` to what is called `key`; an unknown name changes nothing.
pub(crate) fn pick<C: Choice>(place: &mut C, key: &str) {
    C::from_key(key).into_iter().for_each(|choice| *place = choice);
}

choices! {
    Fit {
        Crop = ("crop", words!(classify.fit_crop)),
        Squash = ("squash", words!(classify.fit_squash)),
    }
    BackendChoice {
        Auto = ("auto", words!(classify.backend_auto)),
        Gpu = ("gpu", words!(classify.backend_gpu)),
        Cpu = ("cpu", words!(classify.backend_cpu)),
    }
}
