//! The Optimise experiment without a page: walks, races, deep networks, facts of papers.

use crate::host::{TestHost, assert_facts};
use neocog::lab::{LabError, Perform};
use neocog::protocol::{
    BackendChoice, BackendKind, DataChoice, DeepActivation, DeepInit, DeepNet, DeepNews, DeepTraining, DepthNews,
    LandMap, Landscape, Optimise, OptimiseFact, OptimiseNews, Optimised, Optimiser, OptimiserRace, Path, RaceNews,
    Rule, Setup, Walk,
};
use pollster::block_on;
use std::cell::RefCell;

/// The answer, or the sentence of the refusal.
fn done(job: Optimise) -> Result<Optimised, String> {
    let done = block_on(job.perform(&(), &TestHost::without_gpu(), &|_| {}));
    done.map_err(|error| error.to_string())
}

fn walk(job: Walk) -> Vec<Path> {
    match done(Optimise::Walk(job)).unwrap() {
        Optimised::Walked(paths) => paths,
        other => panic!("{other:?}"),
    }
}

fn map(land: Landscape) -> LandMap {
    match done(Optimise::Map(land)).unwrap() {
        Optimised::Map(map) => map,
        other => panic!("{other:?}"),
    }
}

fn race(job: OptimiserRace) -> RaceNews {
    match done(Optimise::Race(job)).unwrap() {
        Optimised::Raced(news) => news,
        other => panic!("{other:?}"),
    }
}

fn deep(job: DeepTraining) -> DepthNews {
    match done(Optimise::Depth(job)).unwrap() {
        Optimised::Deepened(news) => news,
        other => panic!("{other:?}"),
    }
}

fn by(rule: Rule, rate: f64) -> Optimiser {
    Optimiser { rule, rate, ..Optimiser::default() }
}

fn complaint(job: Optimise) -> String {
    done(job).unwrap_err()
}

#[test]
fn sgd_on_a_quadratic_is_its_closed_form() {
    let (start, rate) = ([-2.5, 1.0], 0.03);
    let paths = walk(Walk { start, walkers: vec![by(Rule::Sgd, rate)], steps: 60, ..Walk::default() });
    assert_eq!(paths[0].points.len(), 61);
    for (step, ([x, y], loss)) in paths[0].points.iter().zip(&paths[0].losses).enumerate() {
        let want = [start[0] * (1.0 - rate).powi(step as i32), start[1] * (1.0 - 20.0 * rate).powi(step as i32)];
        assert!((f64::from(*x) - want[0]).abs() < 1e-5, "step {step}: {x}, not {}", want[0]);
        assert!((f64::from(*y) - want[1]).abs() < 1e-5, "step {step}: {y}, not {}", want[1]);
        let want = 0.5 * (want[0].powi(2) + 20.0 * want[1].powi(2));
        assert!((f64::from(*loss) - want).abs() < 1e-4 * want.max(1.0), "step {step}: loss {loss}, not {want}");
    }
}

#[test]
fn a_rate_beyond_two_over_the_curvature_runs_away_and_says_so() {
    let walkers = vec![by(Rule::Sgd, 0.099), by(Rule::Sgd, 0.101), by(Rule::Sgd, 1.5)];
    let [near, over, far] = walk(Walk { walkers, steps: 1000, ..Walk::default() }).try_into().unwrap();
    assert!(near.left_map.is_none() && near.diverged.is_none());
    assert!(over.left_map.is_some_and(|step| step > 5), "{:?}", over.left_map);
    let ended = far.diverged.unwrap();
    assert_eq!(far.points.len(), ended as usize);
    assert!(far.losses.iter().all(|loss| loss.is_finite()));
}

/// The formulas as their papers have them, apart from the engine's graphs.
fn height(land: Landscape, [x, y]: [f64; 2]) -> f64 {
    match land {
        Landscape::Ravine => 0.5 * (x.powi(2) + 20.0 * y.powi(2)),
        Landscape::Rosenbrock => (1.0 - x).powi(2) + 100.0 * (y - x.powi(2)).powi(2),
        Landscape::Beale => {
            let factor = |constant: f64, power: i32| (constant - x + x * y.powi(power)).powi(2);
            factor(1.5, 1) + factor(2.25, 2) + factor(2.625, 3)
        }
        Landscape::Himmelblau => (x.powi(2) + y - 11.0).powi(2) + (x + y.powi(2) - 7.0).powi(2),
        Landscape::Saddle => 0.5 * x.powi(2) + 0.25 * y.powi(4) - 0.5 * y.powi(2),
        Landscape::Rastrigin => {
            20.0 + x.powi(2) + y.powi(2)
                - 10.0 * (std::f64::consts::TAU * x).cos()
                - 10.0 * (std::f64::consts::TAU * y).cos()
        }
    }
}

/// The value and the derivative that the engine finds, against the formula and its difference quotient in f64: one step of
/// SGD shows both.
#[test]
fn every_landscape_has_its_gradient_and_its_minima() {
    for land in Landscape::ALL {
        let rate = 1e-3;
        let value = |start: [f64; 2]| f64::from(walk(Walk { land, start, steps: 1, ..Walk::default() })[0].losses[0]);
        let map = map(land);
        let at = [0.3_f64, 0.7].map(|part| part * 0.8);
        let start = [
            f64::from(map.x[0]) + at[0] * f64::from(map.x[1] - map.x[0]),
            f64::from(map.y[0]) + at[1] * f64::from(map.y[1] - map.y[0]),
        ];
        let path = &walk(Walk { land, start, walkers: vec![by(Rule::Sgd, rate)], steps: 1, ..Walk::default() })[0];
        let (got, want) = (value(start), height(land, start));
        assert!((got - want).abs() < 1e-5 * want.abs().max(1.0), "{land:?} at {start:?}: {got}, not {want}");
        for axis in 0..2 {
            let moved = |by: f64| {
                let mut at = start;
                at[axis] += by;
                height(land, at)
            };
            let want = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            let got = -f64::from(path.points[1][axis] - path.points[0][axis]) / rate;
            // A place is an f32: the last bit of it is 2.4e-4 of a step.
            assert!((got - want).abs() < 5e-4 * want.abs().max(1.0), "{land:?}, axis {axis}: {got}, not {want}");
        }
        for minimum in &map.minima {
            let here = value(minimum.map(f64::from));
            assert!((here - f64::from(map.lowest)).abs() < 1e-3, "{land:?} at {minimum:?}: {here}");
            let around = [[0.01, 0.0], [-0.01, 0.0], [0.0, 0.01], [0.0, -0.01]];
            let around = around.map(|[x, y]| value([f64::from(minimum[0]) + x, f64::from(minimum[1]) + y]));
            assert!(
                around.iter().all(|&there| there > here - 1e-5),
                "{land:?} at {minimum:?}: {around:?} around {here}"
            );
        }
        assert_eq!(map.heights.len(), (map.side * map.side) as usize);
        assert_eq!(map.heights.iter().max(), Some(&255));
        assert!(map.contours.iter().all(|contour| !contour.segments.is_empty()), "{land:?}");
        assert!(!map.formula.is_empty() && (map.source.contains("19") || map.source.contains("20")));
    }
}

#[test]
fn noise_is_the_same_for_every_walker_and_its_seed_chooses_it() {
    let job = |seed| Walk { walkers: vec![by(Rule::Sgd, 0.01); 2], noise: 1.0, seed, steps: 20, ..Walk::default() };
    let (one, again, other) = (walk(job(1)), walk(job(1)), walk(job(2)));
    assert_eq!(one[0], one[1]);
    assert_eq!(one, again);
    assert_ne!(one[0].points, other[0].points);
    let still = walk(Walk { noise: 0.0, ..job(1) });
    assert_ne!(one[0].points, still[0].points);
}

#[test]
fn the_page_s_rates_lead_somewhere() {
    // Each pair: where the page starts, and a rate that it suggests.
    for (land, start, rule, rate) in [
        (Landscape::Ravine, [-2.5, 1.0], Rule::Adam, 0.15),
        (Landscape::Rosenbrock, [-1.2, 1.0], Rule::Adam, 0.3),
        (Landscape::Beale, [0.0, -1.0], Rule::Momentum, 0.003),
        (Landscape::Himmelblau, [-0.5, -0.5], Rule::Sgd, 0.01),
        (Landscape::Saddle, [-1.8, 0.001], Rule::Momentum, 0.02),
    ] {
        let path = &walk(Walk { land, start, walkers: vec![by(rule, rate)], steps: 400, ..Walk::default() })[0];
        let (first, last) = (path.losses[0], path.losses[400]);
        let lowest = map(land).lowest;
        assert!((last - lowest) < 0.05 * (first - lowest), "{land:?}: from {first} to {last}");
    }
}

#[test]
fn walks_that_make_no_sense_are_refused_in_a_sentence() {
    let walk = Walk::default;
    for (job, part) in [
        (Walk { walkers: Vec::new(), ..walk() }, "0 optimisers"),
        (Walk { steps: 0, ..walk() }, "0 steps"),
        (Walk { steps: 1_000_000, ..walk() }, "1000000 steps"),
        (Walk { start: [f64::NAN, 0.0], ..walk() }, "no place to start"),
        (Walk { noise: -1.0, ..walk() }, "noise of -1"),
        (Walk { walkers: vec![by(Rule::Sgd, 0.0)], ..walk() }, "learning rate of 0"),
        (Walk { walkers: vec![Optimiser { momentum: 1.0, ..by(Rule::Momentum, 0.1) }], ..walk() }, "momentum"),
    ] {
        let said = complaint(Optimise::Walk(job));
        assert!(said.contains(part), "{said}");
    }
    let race = OptimiserRace { setup: small(1), lanes: Vec::new(), steps: 10 };
    assert!(complaint(Optimise::Race(race)).contains("0 optimisers cannot race"));
    let net = DeepNet { depth: 1000, ..DeepNet::default() };
    assert!(
        complaint(Optimise::Depth(DeepTraining { nets: vec![net], ..DeepTraining::default() })).contains("1000 layers")
    );
    let data = DataChoice { set: "nowhere".to_owned(), ..DataChoice::default() };
    assert!(done(Optimise::Depth(DeepTraining { data, ..DeepTraining::default() })).is_err());
    let chosen = DeepTraining { backend: BackendChoice::Gpu, ..DeepTraining::default() };
    assert!(done(Optimise::Depth(chosen)).unwrap_err().contains("no usable GPU"));
}

fn small(seed: u32) -> Setup {
    Setup {
        data: DataChoice { set: "circles".to_owned(), count: 200, ..DataChoice::default() },
        network: "flatten\nlinear 16\ntanh\nlinear classes".to_owned(),
        batch: 20,
        seed,
        ..Setup::default()
    }
}

#[test]
fn the_same_seed_is_the_same_race() {
    let lanes = vec![by(Rule::Sgd, 0.1), by(Rule::Adam, 0.02), by(Rule::Sgd, 1e38)];
    let job = |seed| OptimiserRace { setup: small(seed), lanes: lanes.clone(), steps: 120 };
    let (one, again, other) = (race(job(1)), race(job(1)), race(job(2)));
    assert_eq!(one.lanes, again.lanes);
    assert_ne!(one.lanes, other.lanes);
    let [sgd, adam, wild] = [0, 1, 2].map(|lane| &one.lanes[lane]);
    // The same first weights and first batch, before any step.
    assert_eq!(sgd.points[0].loss, adam.points[0].loss);
    assert_eq!(sgd.points.len(), 120);
    assert!(adam.points[119].loss < 0.5 * adam.points[0].loss, "{:?}", adam.points.last());
    assert!(wild.diverged.is_some() && sgd.diverged.is_none());
    assert_eq!((one.step, one.of, one.examples, one.backend.kind), (120, 120, 160, BackendKind::Cpu));
}

#[test]
fn news_are_told_once_and_a_race_can_be_stopped() {
    let heard = RefCell::new(Vec::new());
    let tell = |news| {
        if let OptimiseNews::Race(news) = news {
            heard.borrow_mut().push(news);
        }
    };
    let job = OptimiserRace { setup: small(1), lanes: vec![by(Rule::Adam, 0.02)], steps: 20_000 };
    let ended = block_on(Optimise::Race(job).perform(&(), &TestHost::impatient(40), &tell));
    assert!(matches!(ended, Err(LabError::Cancelled)), "{ended:?}");
    let heard = heard.into_inner();
    assert!(heard.len() > 1);
    let steps: Vec<u32> =
        heard.iter().flat_map(|news: &RaceNews| &news.lanes[0].points).map(|point| point.step).collect();
    assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
}

fn net(activation: DeepActivation, batch_norm: bool, residual: bool) -> DeepNet {
    DeepNet { activation, batch_norm, residual, ..DeepNet::default() }
}

fn first_gradients(net: DeepNet) -> Vec<f32> {
    deep(DeepTraining { nets: vec![net], ..DeepTraining::default() }).nets.remove(0).gradients
}

#[test]
fn sigmoids_lose_the_gradient_on_the_way_and_what_was_found_since_keeps_it() {
    let sigmoid = first_gradients(net(DeepActivation::Sigmoid, false, false));
    assert_eq!(sigmoid.len(), 20);
    let ratio = |norms: &[f32]| f64::from(norms[0]) / f64::from(norms[norms.len() - 1]);
    assert!(ratio(&sigmoid) < 1e-6, "sigmoid: {sigmoid:?}");
    // It falls all the way, not in one layer.
    assert!(sigmoid[10] < sigmoid[18] * 1e-2 && sigmoid[1] < sigmoid[10] * 1e-2, "{sigmoid:?}");
    let modern = first_gradients(net(DeepActivation::Relu, true, true));
    assert!((0.05..20.0).contains(&ratio(&modern)), "ReLU, batch norm, residual: {modern:?}");
    let residual = first_gradients(net(DeepActivation::Sigmoid, false, true));
    assert!(ratio(&residual) > 1e-3, "sigmoid with residual links: {residual:?}");
}

#[test]
fn depths_and_inits_make_the_layers_they_name() {
    for (depth, residual) in [(1, false), (1, true), (2, true), (3, true), (7, false), (8, true), (50, true)] {
        for init in DeepInit::ALL {
            let net = DeepNet { depth, residual, init, ..net(DeepActivation::Tanh, true, residual) };
            let norms = first_gradients(net);
            assert_eq!(norms.len(), depth as usize, "{}", net.text());
            assert!(norms.iter().all(|norm| norm.is_finite() && *norm > 0.0), "{norms:?}");
        }
    }
}

/// He et al. 2015, figure 1, in small.
#[test]
fn a_deeper_plain_net_trains_worse_and_a_residual_one_does_not() {
    let of = |residual, depth| DeepNet { depth, ..net(DeepActivation::Relu, true, residual) };
    let news = deep(DeepTraining {
        nets: vec![of(false, 8), of(false, 50), of(true, 8), of(true, 50)],
        optimiser: by(Rule::Momentum, 0.02),
        steps: 150,
        ..DeepTraining::default()
    });
    let end = |net: &DeepNews| {
        let last = &net.losses[net.losses.len() - 10..];
        last.iter().map(|point| point.loss).sum::<f32>() / 10.0
    };
    let ends: Vec<f32> = news.nets.iter().map(end).collect();
    println!("{ends:?}");
    assert!(ends[1] > 2.0 * ends[0] && ends[3] < 0.5 * ends[1] && ends[3] <= ends[2] * 1.1 + 0.01, "{ends:?}");
}

#[test]
fn the_papers_facts_hold_on_every_device() {
    let (host, devices) = TestHost::on_all();
    let Ok(Optimised::Checked(findings)) = host.answer(Optimise::Check(BackendChoice::Auto)) else {
        panic!("no facts")
    };
    assert_facts::<OptimiseFact>(&findings, devices);
}
