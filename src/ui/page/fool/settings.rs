//! What the page is set to: attack, target, strength, seed; which picture of nothing is to be made.

use crate::protocol::{Attack, ExperimentId, Interval, InventMethod, Method};
use crate::ui::settings::real;
use crate::ui::{Field, PageId, PageSettings};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct FoolSettings {
    pub(super) method: Method,
    /// A class; without one, any other.
    pub(super) target: Option<u32>,
    /// ε in levels of 255; without one, the least of a few that fools the network.
    pub(super) levels: Option<f64>,
    pub(super) steps: u32,
    /// Of everything that is drawn.
    pub(super) seed: u32,
    /// By what the perturbation is multiplied to be seen.
    pub(super) gain: u32,
    pub(super) way: InventMethod,
    /// The class that a picture of nothing is for.
    pub(super) class: u32,
}

impl Default for FoolSettings {
    fn default() -> Self {
        Self {
            method: Method::PgdLinf,
            target: None,
            levels: None,
            steps: 20,
            seed: 1,
            gain: 32,
            way: InventMethod::Cppn,
            class: 3,
        }
    }
}

/// More than a quarter of the range is no small change.
pub(super) const LEVELS: Interval = Interval::real(0.0, 64.0);
pub(super) const GAIN: Interval = Interval::whole(1, 128);
/// Of a network's classes; the network has its own limit.
pub(super) const CLASS: Interval = Interval::whole(0, 99_999);

impl PageSettings for FoolSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Fool);
    const FIELDS: &'static [Field<Self>] = &[
        choice!(Method, "attack", words!(fool.method), method).id("attack-method"),
        Field::open("target", words!(fool.target), None, |s| &mut s.target),
        Field::text(
            "eps",
            |s| Some(s.levels?.to_string()),
            |s, text| {
                s.levels = real(text).map(|levels| LEVELS.nearest(levels));
            },
        ),
        Field::whole("steps", words!(train.steps), Attack::STEPS, |s| &mut s.steps),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s| &mut s.seed),
        Field::whole("gain", || "", GAIN, |s| &mut s.gain),
        choice!(InventMethod, "way", words!(fool.way), way).id("invent-way").in_sight(),
        Field::whole("class", words!(fool.class_number), CLASS, |s| &mut s.class),
    ];
}

choices! {
    /// As its authors call it, in every language.
    Method {
        Fgsm = ("fgsm", || "FGSM"),
        Bim = ("bim", || "BIM"),
        PgdLinf = ("pgd", || "PGD, L∞"),
        PgdL2 = ("pgd2", || "PGD, L2"),
        Deepfool = ("deepfool", || "DeepFool"),
        Lbfgs = ("lbfgs", || "L-BFGS"),
    }
    InventMethod {
        Ascent = ("ascent", words!(fool.way_ascent)),
        Direct = ("direct", words!(fool.way_direct)),
        Cppn = ("cppn", words!(fool.way_cppn)),
    }
}
