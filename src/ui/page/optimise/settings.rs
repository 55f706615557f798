//! What the page is set to: landscape, start, optimisers with their rates, the race, the deep network.

use crate::protocol::{
    DeepActivation, DeepInit, DeepNet, DeepTraining, ExperimentId, Interval, Landscape, Optimiser, OptimiserRace, Rule,
    Walk,
};
use crate::ui::page::train::{DECAY, MOMENTUM};
use crate::ui::settings::fill;
use crate::ui::{Choice, Field, PageId, PageSettings, Words, pick};

/// An optimiser that takes part, with its rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Runner {
    pub(super) rule: Rule,
    pub(super) rate: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct OptimiseSettings {
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

impl Default for OptimiseSettings {
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

/// Where a landscape shows what it is for, and rates at which optimisers do well there: short of what its curvature allows.
fn usual_of(land: Landscape) -> ([f64; 2], [f64; 5]) {
    match land {
        Landscape::Ravine => ([-2.5, 1.0], [0.04, 0.01, 0.5, 0.03, 0.15]),
        Landscape::Rosenbrock => ([-1.2, 1.0], [0.001, 0.001, 1.0, 0.02, 0.3]),
        Landscape::Beale => ([0.0, -1.0], [0.02, 0.003, 0.5, 0.02, 0.15]),
        Landscape::Himmelblau => ([-0.5, -0.5], [0.01, 0.002, 0.5, 0.05, 0.2]),
        Landscape::Saddle => ([-1.8, 0.001], [0.1, 0.02, 0.2, 0.03, 0.05]),
        Landscape::Rastrigin => ([-2.3, 1.8], [0.002, 0.001, 0.3, 0.03, 0.2]),
    }
}

pub(super) fn start_of(land: Landscape) -> [f64; 2] {
    usual_of(land).0
}

pub(super) fn walker_rate(land: Landscape, rule: Rule) -> f64 {
    rate_of(rule, usual_of(land).1)
}

pub(super) fn lane_rate(rule: Rule) -> f64 {
    rate_of(rule, [0.2, 0.05, 0.05, 0.003, 0.01])
}

fn rate_of(rule: Rule, [sgd, momentum, adagrad, rmsprop, adam]: [f64; 5]) -> f64 {
    match rule {
        Rule::Sgd => sgd,
        Rule::Momentum | Rule::Nesterov => momentum,
        Rule::Adagrad => adagrad,
        Rule::Rmsprop => rmsprop,
        Rule::Adam | Rule::Adamw => adam,
    }
}

impl OptimiseSettings {
    /// The optimiser of a runner, with what all have in common.
    pub(super) fn optimiser(&self, runner: Runner) -> Optimiser {
        let Runner { rule, rate } = runner;
        Optimiser { rule, rate, momentum: self.momentum, weight_decay: self.decay, ..Optimiser::default() }
    }
}

impl PageSettings for OptimiseSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Optimise);
    const FIELDS: &'static [Field<Self>] = &[
        Field::<Self>::choice::<Landscape>(
            "land",
            words!(optimise.land),
            |s| s.land.key(),
            |s, key| {
                pick(&mut s.land, key);
                s.start = start_of(s.land);
                s.walkers = walkers_of(s.land);
            },
        )
        .id("land-select"),
        Field::text("at", |s| Some(start_text(s.start)), |s, text| s.start = start_from(text).unwrap_or(s.start)),
        Field::text("walk", |s| Some(runners_text(&s.walkers)), |s, text| s.walkers = runners_from(text)),
        Field::whole("steps", words!(train.steps), Walk::STEPS, |s| &mut s.steps),
        Field::<Self>::real("noise", words!(optimise.noise), Walk::NOISE, |s| &mut s.noise)
            .hint(words!(optimise.noise_hint)),
        Field::real("momentum", words!(train.momentum), MOMENTUM, |s| &mut s.momentum),
        Field::real("decay", words!(train.decay), DECAY, |s| &mut s.decay),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s| &mut s.seed),
        Field::text("race", |s| Some(s.race_data.clone()), |s, text| fill(&mut s.race_data, text)),
        Field::text("lanes", |s| Some(runners_text(&s.lanes)), |s, text| s.lanes = runners_from(text)),
        Field::whole("racesteps", words!(train.steps), OptimiserRace::STEPS, |s| &mut s.race_steps),
        Field::text("deep", |s| Some(net_text(&s.net)), |s, text| s.net = net_from(text)),
        Field::<Self>::whole("width", words!(optimise.width), DeepNet::WIDTH, |s| &mut s.net.width)
            .id("deep-width")
            .part(),
        choice!(DeepActivation, "activation", words!(optimise.activation), net.activation)
            .id("deep-activation")
            .in_sight()
            .part(),
        choice!(DeepInit, "init", words!(optimise.init), net.init).id("deep-init").in_sight().part(),
        switch!("norm", words!(optimise.batch_norm), net.batch_norm).id("depth-norm").part(),
        switch!("residual", words!(optimise.residual), net.residual).id("depth-residual").part(),
        Field::text(
            "by",
            |s| Some(runners_text(&[s.deep])),
            |s, text| runners_from(text).first().into_iter().for_each(|runner| s.deep = *runner),
        ),
        Field::whole("deepsteps", words!(train.steps), DeepTraining::STEPS, |s| &mut s.deep_steps),
    ];
}

choices! {
    Landscape {
        Ravine = ("ravine", words!(optimise.land_ravine)),
        Rosenbrock = ("rosenbrock", words!(optimise.land_rosenbrock)),
        Beale = ("beale", words!(optimise.land_beale)),
        Himmelblau = ("himmelblau", words!(optimise.land_himmelblau)),
        Saddle = ("saddle", words!(optimise.land_saddle)),
        Rastrigin = ("rastrigin", words!(optimise.land_rastrigin)),
    }
}

impl Choice for DeepActivation {
    const OFFERED: &'static [Self] = &DeepActivation::ALL;

    fn row(self) -> (&'static str, Words) {
        let name: Words = match self {
            DeepActivation::Sigmoid => || "sigmoid",
            DeepActivation::Tanh => || "tanh",
            DeepActivation::Relu => || "ReLU",
        };
        (self.word(), name)
    }
}

impl Choice for DeepInit {
    const OFFERED: &'static [Self] = &DeepInit::ALL;

    fn row(self) -> (&'static str, Words) {
        let name: Words = match self {
            DeepInit::He => || "He",
            DeepInit::Glorot => || "Glorot",
            DeepInit::Lecun => || "LeCun",
        };
        (self.word(), name)
    }
}

/// `-2.5,1`
fn start_text(start: [f64; 2]) -> String {
    let [x, y] = start.map(|at| (at * 1e4).round() / 1e4);
    format!("{x},{y}")
}

fn start_from(text: &str) -> Option<[f64; 2]> {
    let (x, y) = text.split_once(',')?;
    Some([x, y].map(|at| at.parse().unwrap_or(f64::NAN))).filter(|at| at.iter().all(|at| at.is_finite()))
}

/// `sgd:0.04,adam:0.15`
fn runners_text(runners: &[Runner]) -> String {
    let one = |runner: &Runner| format!("{}:{}", runner.rule.key(), runner.rate);
    runners.iter().map(one).collect::<Vec<_>>().join(",")
}

fn runners_from(text: &str) -> Vec<Runner> {
    let one = |text: &str| {
        let (rule, rate) = text.split_once(':')?;
        let rate = rate.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0)?;
        Some(Runner { rule: Rule::from_key(rule)?, rate })
    };
    let mut runners: Vec<Runner> = text.split(',').filter_map(one).collect();
    runners.sort_by_key(|runner| Rule::ALL.iter().position(|rule| *rule == runner.rule));
    runners.dedup_by_key(|runner| runner.rule);
    runners
}

/// `20x16-sigmoid-he-norm-residual`
fn net_text(net: &DeepNet) -> String {
    let mut text = format!("{}x{}-{}-{}", net.depth, net.width, net.activation.key(), net.init.key());
    for (is_there, word) in [(net.batch_norm, "-norm"), (net.residual, "-residual")] {
        text += if is_there { word } else { "" };
    }
    text
}

/// As deep as the page's slider goes.
pub(super) const DEPTH: Interval = Interval::whole(1, 50);

fn net_from(text: &str) -> DeepNet {
    let mut net = DeepNet::default();
    for part in text.split('-') {
        if let Some((depth, width)) = part.split_once('x') {
            net.depth = depth.parse().map_or(net.depth, |depth: u32| DEPTH.nearest(depth.into()) as u32);
            net.width = width.parse().map_or(net.width, |width: u32| DeepNet::WIDTH.nearest(width.into()) as u32);
        }
        net.batch_norm |= part == "norm";
        net.residual |= part == "residual";
        pick(&mut net.activation, part);
        pick(&mut net.init, part);
    }
    net
}
