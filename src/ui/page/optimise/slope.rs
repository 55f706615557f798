//! The Optimise page in the address: landscape, start, optimisers with their rates, the race, the deep network.

use crate::protocol::{DeepActivation, DeepInit, DeepNet, ExperimentId, Landscape, Optimiser, Rule};
use crate::ui::page::PageId;
use crate::ui::page::train::{rule_from, rule_key};
use crate::ui::place::{Sheet, real, whole};
use web_sys::UrlSearchParams;

/// An optimiser that takes part, with its rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Runner {
    pub(super) rule: Rule,
    pub(super) rate: f64,
}

/// All that the page is set to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slope {
    pub(super) land: Landscape,
    pub(super) start: [f64; 2],
    pub(super) walkers: Vec<Runner>,
    pub(super) steps: u32,
    pub(super) noise: f64,
    /// μ of momentum and Nesterov.
    pub(super) momentum: f64,
    pub(super) decay: f64,
    /// Of everything that is drawn.
    pub(super) seed: u32,
    pub(super) race_data: String,
    pub(super) lanes: Vec<Runner>,
    pub(super) race_steps: u32,
    pub(super) net: DeepNet,
    pub(super) deep: Runner,
    pub(super) deep_steps: u32,
}

impl Default for Slope {
    fn default() -> Self {
        let land = Landscape::default();
        Self {
            land,
            start: start_of(land),
            walkers: walkers_of(land),
            steps: 150,
            noise: 0.0,
            momentum: 0.9,
            decay: 0.0,
            seed: 1,
            race_data: "digits".to_owned(),
            lanes: FIRST.map(|rule| Runner { rule, rate: lane_rate(rule) }).to_vec(),
            race_steps: 300,
            net: DeepNet::default(),
            deep: Runner { rule: Rule::Adam, rate: 0.003 },
            deep_steps: 300,
        }
    }
}

/// Who takes part unless somebody is left out or taken in.
const FIRST: [Rule; 4] = [Rule::Sgd, Rule::Momentum, Rule::Adagrad, Rule::Adam];

pub(super) fn walkers_of(land: Landscape) -> Vec<Runner> {
    FIRST.map(|rule| Runner { rule, rate: walker_rate(land, rule) }).to_vec()
}

/// Where the landscape shows what it is for.
pub(super) fn start_of(land: Landscape) -> [f64; 2] {
    match land {
        Landscape::Ravine => [-2.5, 1.0],
        Landscape::Rosenbrock => [-1.2, 1.0],
        Landscape::Beale => [0.0, -1.0],
        Landscape::Himmelblau => [-0.5, -0.5],
        Landscape::Saddle => [-1.8, 0.001],
        Landscape::Rastrigin => [-2.3, 1.8],
    }
}

/// A rate at which the optimiser does well here: short of what its curvature allows.
pub(super) fn walker_rate(land: Landscape, rule: Rule) -> f64 {
    let [sgd, momentum, adagrad, rmsprop, adam] = match land {
        Landscape::Ravine => [0.04, 0.01, 0.5, 0.03, 0.15],
        Landscape::Rosenbrock => [0.001, 0.001, 1.0, 0.02, 0.3],
        Landscape::Beale => [0.02, 0.003, 0.5, 0.02, 0.15],
        Landscape::Himmelblau => [0.01, 0.002, 0.5, 0.05, 0.2],
        Landscape::Saddle => [0.1, 0.02, 0.2, 0.03, 0.05],
        Landscape::Rastrigin => [0.002, 0.001, 0.3, 0.03, 0.2],
    };
    match rule {
        Rule::Sgd => sgd,
        Rule::Momentum | Rule::Nesterov => momentum,
        Rule::Adagrad => adagrad,
        Rule::Rmsprop => rmsprop,
        Rule::Adam | Rule::Adamw => adam,
    }
}

pub(super) fn lane_rate(rule: Rule) -> f64 {
    match rule {
        Rule::Sgd => 0.2,
        Rule::Momentum | Rule::Nesterov => 0.05,
        Rule::Adagrad => 0.05,
        Rule::Rmsprop => 0.003,
        Rule::Adam | Rule::Adamw => 0.01,
    }
}

impl Slope {
    /// The optimiser of a runner, with what all have in common.
    pub(super) fn optimiser(&self, runner: Runner) -> Optimiser {
        let Runner { rule, rate } = runner;
        Optimiser { rule, rate, momentum: self.momentum, weight_decay: self.decay, ..Optimiser::default() }
    }
}

impl Sheet for Slope {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Optimise);

    fn read(params: &UrlSearchParams) -> Option<Slope> {
        let land = params.get("land").and_then(|name| land_from(&name))?;
        let usual = Slope { land, start: start_of(land), walkers: walkers_of(land), ..Slope::default() };
        let runners = |name: &str| params.get(name).map(|text| runners_from(&text));
        let start = params.get("at").and_then(|text| {
            let (x, y) = text.split_once(',')?;
            Some([x, y].map(|at| at.parse().unwrap_or(f64::NAN))).filter(|at| at.iter().all(|at| at.is_finite()))
        });
        Some(Slope {
            land,
            start: start.unwrap_or(usual.start),
            walkers: runners("walk").unwrap_or(usual.walkers),
            steps: whole(params, "steps", usual.steps),
            noise: real(params, "noise", usual.noise),
            momentum: real(params, "momentum", usual.momentum),
            decay: real(params, "decay", usual.decay),
            seed: whole(params, "seed", usual.seed),
            race_data: params.get("race").filter(|set| !set.is_empty()).unwrap_or(usual.race_data),
            lanes: runners("lanes").unwrap_or(usual.lanes),
            race_steps: whole(params, "racesteps", usual.race_steps),
            net: params.get("deep").map_or(usual.net, |text| net_from(&text)),
            deep: runners("by").and_then(|runners| runners.first().copied()).unwrap_or(usual.deep),
            deep_steps: whole(params, "deepsteps", usual.deep_steps),
        })
    }

    fn write(&self, params: &UrlSearchParams) {
        let [x, y] = self.start.map(|at| (at * 1e4).round() / 1e4);
        for (name, value) in [
            ("land", land_key(self.land).to_owned()),
            ("at", format!("{x},{y}")),
            ("walk", runners_text(&self.walkers)),
            ("steps", self.steps.to_string()),
            ("noise", self.noise.to_string()),
            ("momentum", self.momentum.to_string()),
            ("decay", self.decay.to_string()),
            ("seed", self.seed.to_string()),
            ("race", self.race_data.clone()),
            ("lanes", runners_text(&self.lanes)),
            ("racesteps", self.race_steps.to_string()),
            ("deep", net_text(&self.net)),
            ("by", runners_text(&[self.deep])),
            ("deepsteps", self.deep_steps.to_string()),
        ] {
            params.append(name, &value);
        }
    }
}

pub(super) fn land_key(land: Landscape) -> &'static str {
    match land {
        Landscape::Ravine => "ravine",
        Landscape::Rosenbrock => "rosenbrock",
        Landscape::Beale => "beale",
        Landscape::Himmelblau => "himmelblau",
        Landscape::Saddle => "saddle",
        Landscape::Rastrigin => "rastrigin",
    }
}

pub(super) fn land_from(name: &str) -> Option<Landscape> {
    Landscape::ALL.into_iter().find(|land| land_key(*land) == name)
}

/// `sgd:0.04,adam:0.15`
fn runners_text(runners: &[Runner]) -> String {
    let one = |runner: &Runner| format!("{}:{}", rule_key(runner.rule), runner.rate);
    runners.iter().map(one).collect::<Vec<_>>().join(",")
}

fn runners_from(text: &str) -> Vec<Runner> {
    let one = |text: &str| {
        let (rule, rate) = text.split_once(':')?;
        let rate = rate.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0)?;
        Some(Runner { rule: rule_from(rule)?, rate })
    };
    let mut runners: Vec<Runner> = text.split(',').filter_map(one).collect();
    runners.sort_by_key(|runner| Rule::ALL.iter().position(|rule| *rule == runner.rule));
    runners.dedup_by_key(|runner| runner.rule);
    runners
}

/// `20x16-sigmoid-he-norm-residual`
fn net_text(net: &DeepNet) -> String {
    let mut text = format!("{}x{}-{}-{}", net.depth, net.width, net.activation.word(), net.init.word());
    for (is_there, word) in [(net.batch_norm, "-norm"), (net.residual, "-residual")] {
        text += if is_there { word } else { "" };
    }
    text
}

fn net_from(text: &str) -> DeepNet {
    let mut net = DeepNet::default();
    for part in text.split('-') {
        if let Some((depth, width)) = part.split_once('x') {
            net.depth = depth.parse().unwrap_or(net.depth).clamp(1, 50);
            net.width = width.parse().unwrap_or(net.width).clamp(1, 256);
        }
        net.batch_norm |= part == "norm";
        net.residual |= part == "residual";
        net.activation = DeepActivation::ALL.into_iter().find(|word| word.word() == part).unwrap_or(net.activation);
        net.init = DeepInit::ALL.into_iter().find(|word| word.word() == part).unwrap_or(net.init);
    }
    net
}
