//! The Fool page in the address: attack, target, strength, seed; which picture of nothing is to be made.

use crate::protocol::{ExperimentId, Method, Way};
use crate::ui::page::PageId;
use crate::ui::place::{Sheet, real, whole};
use web_sys::UrlSearchParams;

/// All that the page is set to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prank {
    pub(super) method: Method,
    /// A class; without one, any other.
    pub(super) target: Option<u32>,
    /// ε in levels of 255.
    pub(super) levels: f64,
    pub(super) steps: u32,
    /// Of everything that is drawn.
    pub(super) seed: u32,
    /// By what the perturbation is multiplied to be seen.
    pub(super) gain: u32,
    pub(super) way: Way,
    /// The class that a picture of nothing is for.
    pub(super) class: u32,
}

impl Default for Prank {
    fn default() -> Self {
        Self {
            method: Method::PgdLinf,
            target: None,
            levels: 8.0,
            steps: 20,
            seed: 1,
            gain: 32,
            way: Way::Cppn,
            class: 3,
        }
    }
}

pub(super) const MOST_LEVELS: f64 = 64.0;
pub(super) const MOST_GAIN: u32 = 128;

impl Sheet for Prank {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Fool);

    fn read(params: &UrlSearchParams) -> Option<Prank> {
        let named = params.get("attack")?;
        let usual = Prank::default();
        Some(Prank {
            method: Method::ALL.into_iter().find(|method| method_key(*method) == named).unwrap_or(usual.method),
            target: params.get("target").and_then(|target| target.parse().ok()),
            levels: real(params, "eps", usual.levels).clamp(0.0, MOST_LEVELS),
            steps: whole(params, "steps", usual.steps).clamp(1, 1000),
            seed: whole(params, "seed", usual.seed),
            gain: whole(params, "gain", usual.gain).clamp(1, MOST_GAIN),
            way: params
                .get("way")
                .and_then(|way| Way::ALL.into_iter().find(|known| way_key(*known) == way))
                .unwrap_or(usual.way),
            class: whole(params, "class", usual.class),
        })
    }

    fn write(&self, params: &UrlSearchParams) {
        params.append("attack", method_key(self.method));
        if let Some(target) = self.target {
            params.append("target", &target.to_string());
        }
        for (name, value) in [
            ("eps", self.levels.to_string()),
            ("steps", self.steps.to_string()),
            ("seed", self.seed.to_string()),
            ("gain", self.gain.to_string()),
            ("way", way_key(self.way).to_owned()),
            ("class", self.class.to_string()),
        ] {
            params.append(name, &value);
        }
    }
}

pub(super) fn method_key(method: Method) -> &'static str {
    match method {
        Method::Fgsm => "fgsm",
        Method::Bim => "bim",
        Method::PgdLinf => "pgd",
        Method::PgdL2 => "pgd2",
        Method::Deepfool => "deepfool",
        Method::Lbfgs => "lbfgs",
    }
}

pub(super) fn way_key(way: Way) -> &'static str {
    match way {
        Way::Ascent => "ascent",
        Way::Direct => "direct",
        Way::Cppn => "cppn",
    }
}
