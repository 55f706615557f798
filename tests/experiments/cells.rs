//! Simple and complex cells: networks that are made so that their answers are known, shipped ones, refusals, and the command.

use crate::host::shipped;
use candle_core::{Device as HostDevice, Tensor};
use neocog::lab::brain::cells_of;
use neocog::lab::device::Device;
use neocog::lab::{LabError, NoMonitor, Weights};
use neocog::nn::checkpoint::bytes_from_tensors;
use neocog::protocol::{CellTask, CellsFound, FieldFact, GaborFit, Grating, GratingWindow, UnitTuning, field_places};
use pollster::block_on;
use std::collections::BTreeMap;
use std::process::Command;

const SIDE: usize = 15;
const ORIENTATION: f64 = 55.0;
const FREQUENCY: f64 = 0.15;

fn gabor(phase: f64) -> GaborFit {
    let carrier = Grating { orientation: ORIENTATION, frequency: FREQUENCY, phase };
    GaborFit { x: 0.0, y: 0.0, across: 2.6, along: 3.0, amplitude: 0.1, carrier, explained: 1.0 }
}

/// Four Gabor filters a quarter of a turn apart, half-wave rectified, and their sum.
fn quadrature() -> Weights {
    let filters = [0.0, 90.0, 180.0, 270.0]
        .iter()
        .flat_map(|phase| field_places(SIDE, SIDE).map(|[x, y]| gabor(*phase).at(x, y) as f32).collect::<Vec<_>>());
    let tensor = |shape: &[usize], values: Vec<f32>| Tensor::from_vec(values, shape, &HostDevice::Cpu).unwrap();
    let tensors = [
        ("0.weight", tensor(&[4, 1, SIDE, SIDE], filters.collect())),
        ("0.bias", tensor(&[4], vec![0.3, -0.2, 0.0, 0.1])),
        ("2.weight", tensor(&[2, 4, 1, 1], vec![1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])),
        ("2.bias", tensor(&[2], vec![0.0; 2])),
        ("4.weight", tensor(&[2, 2], vec![1.0, 0.0, 0.0, 1.0])),
        ("4.bias", tensor(&[2], vec![0.0; 2])),
    ];
    let text = format!("conv 4 {SIDE} pad 7\nrelu\nconv 2 1\nglobalpool\nlinear classes");
    let metadata: BTreeMap<String, String> = [
        ("neocog.network", text.as_str()),
        ("neocog.classes", r#"["a","b"]"#),
        ("neocog.shape", "[1,29,29]"),
        ("neocog.mean", "[0.5,0.5,0.5]"),
        ("neocog.std", "[0.25,0.25,0.25]"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let tensors = tensors.map(|(name, tensor)| (name.to_owned(), tensor)).into();
    Weights::from_bytes("quadrature", bytes_from_tensors("w", &tensors, &metadata).unwrap()).unwrap()
}

fn found(weights: &Weights, job: &CellTask) -> Result<CellsFound, LabError> {
    block_on(cells_of(job, weights, &Device::Cpu, &NoMonitor::default()))
}

fn of_layer(layer: &str) -> CellTask {
    CellTask { layer: Some(layer.to_owned()), ..CellTask::default() }
}

fn tuning(found: &CellsFound, unit: usize) -> &UnitTuning {
    found.units[unit].tuning.as_ref().unwrap()
}

fn turned(orientation: f64) -> f64 {
    ((orientation - ORIENTATION + 90.0).rem_euclid(180.0) - 90.0).abs()
}

#[test]
fn facts_hold() {
    let found = block_on(neocog::lab::brain::cell_facts(&NoMonitor::default())).unwrap();
    assert_eq!(found.len(), 7);
    for (fact, expected, measured, limit) in found {
        println!("{fact:?}: {measured} (expected {expected} ± {limit})");
        assert!((measured - expected).abs() <= limit, "{fact:?}: {measured}");
    }
}

#[test]
fn a_linear_layer_is_simple_and_its_filters_are_found_again() {
    let weights = quadrature();
    let found = found(&weights, &of_layer("0")).unwrap();
    assert_eq!((found.shape, found.sees, found.rows, found.square), ([4, 29, 29], [15, 15], 15, 1));
    let summary = found.summary();
    assert_eq!((summary.simple, summary.complex, summary.silent), (4, 0, 0));
    for (at, phase) in [0.0, 90.0, 180.0, 270.0].into_iter().enumerate() {
        let made = tuning(&found, at);
        // Half a wave: π/2, but for 12 phases.
        assert!((made.modulation() - std::f64::consts::FRAC_PI_2).abs() < 0.05, "{}", made.modulation());
        assert!(turned(made.best.orientation) < 1.0, "{}", made.best.orientation);
        assert!((made.best.frequency / FREQUENCY - 1.0).abs() < 0.02, "{}", made.best.frequency);
        // The answer of cos(u + p) to cos(u + φ) is largest where φ is p.
        let off = (made.best.phase - phase).rem_euclid(360.0);
        assert!(off.min(360.0 - off) < 2.0, "{} {phase}", made.best.phase);

        let field = found.units[at].field.as_ref().unwrap();
        assert!(field.bend < 1e-4 && field.colour.abs() < 1e-9, "{} {}", field.bend, field.colour);
        for ([x, y], slope) in field_places(SIDE, SIDE).zip(&field.slope) {
            // 1 / 0.25 of the lightness.
            assert!((f64::from(*slope) - 4.0 * gabor(phase).at(x, y)).abs() < 1e-4);
        }
        for (fit, [degrees, share]) in [(field.gabor, [0.05, 1e-3]), (field.noise_gabor, [8.0, 0.1])] {
            let fit = fit.unwrap();
            assert!(turned(fit.carrier.orientation) < degrees, "{fit:?}");
            assert!((fit.carrier.frequency / FREQUENCY - 1.0).abs() < share, "{fit:?}");
        }
        assert!(field.gabor.unwrap().explained > 0.9999);
        // What chance leaves of 225 numbers in 2,000 pictures: √(1 / (1 + 224 / 2000)).
        assert!((field.agreement.unwrap() - 0.948).abs() < 0.03, "{:?}", field.agreement);
        let bars = found.units[at].bars.as_ref().unwrap();
        assert!(bars.overlap < -0.99, "{bars:?}");
    }
    let [finding] = found.findings.as_slice() else { panic!("no finding") };
    println!("{finding:?}");
    assert!(finding.fact == FieldFact::Agreement && finding.holds());
}

#[test]
fn rectified_filters_are_simple_and_their_sum_is_complex() {
    let weights = quadrature();
    let job = CellTask { noise: 0, ..of_layer("1") };
    let rectified = found(&weights, &job).unwrap();
    assert_eq!((rectified.summary().simple, rectified.summary().complex), (4, 0));
    assert!(rectified.findings.is_empty() && rectified.noise == 0);
    let summed = found(&weights, &CellTask { noise: 0, ..of_layer("2") }).unwrap();
    assert_eq!((summed.summary().simple, summed.summary().complex, summed.summary().silent), (0, 1, 1));
    let made = tuning(&summed, 0);
    assert!(made.modulation() < 0.2, "{}", made.modulation());
    assert!(turned(made.best.orientation) < 1.0, "{}", made.best.orientation);
    // Light and dark bars alike.
    assert!(summed.units[0].bars.as_ref().unwrap().overlap > 0.8);
    assert!(summed.units[0].field.as_ref().unwrap().bend > 0.5);
    assert!(summed.units[1].field.is_none() && summed.units[1].bars.is_none());
    // A disc as wide as the field changes little of it.
    let disc = CellTask { window: GratingWindow::Disc, noise: 0, ..of_layer("0") };
    let disc = found(&weights, &disc).unwrap();
    assert!(turned(tuning(&disc, 0).best.orientation) < 1.5 && disc.summary().simple == 4);
}

#[test]
fn the_width_of_a_gabor_filters_tuning_is_that_of_its_spectrum() {
    let job = CellTask { orientations: 36, frequencies: 24, noise: 0, ..of_layer("0") };
    let found = found(&quadrature(), &job).unwrap();
    let made = tuning(&found, 0);
    let GaborFit { across, along, .. } = gabor(0.0);
    // |G(f, Δ)| = exp(-2π² (σ_u² (f cos Δ - f₀)² + σ_v² f² sin² Δ)); f is the frequency of those shown that is answered the most.
    let spectrum = |f: f64, turn: f64| {
        let (sine, cosine) = turn.to_radians().sin_cos();
        let exponent = (across * (f * cosine - FREQUENCY)).powi(2) + (along * f * sine).powi(2);
        (-2.0 * std::f64::consts::PI.powi(2) * exponent).exp()
    };
    let shown = f64::from(found.frequencies[made.shown[1] as usize]);
    let is_half = |turn: &f64| spectrum(shown, *turn) < spectrum(shown, 0.0) / 2.0;
    let half = (0..9000).map(|at| f64::from(at) / 100.0).find(is_half).unwrap();
    assert!((made.width.unwrap() - 2.0 * half).abs() < 1.5, "{:?} {}", made.width, 2.0 * half);
    let upper = (0..3000).map(|at| FREQUENCY + f64::from(at) * 1e-4).find(|f| spectrum(*f, 0.0) < 0.5).unwrap();
    let octaves = (upper / (2.0 * FREQUENCY - upper)).log2();
    assert!((made.octaves.unwrap() - octaves).abs() < 0.1, "{:?} {octaves}", made.octaves);
}

#[test]
fn the_shipped_network_has_simple_and_complex_units() {
    let weights = shipped("photos");
    let job = CellTask { noise: 500, ..CellTask::default() };
    let first = found(&weights, &job).unwrap();
    let summary = first.summary();
    println!("{} {:?} {summary:?} in {:.1} s", first.layer, first.sees, first.elapsed_ms / 1e3);
    assert!(first.sees[0] >= 7 && summary.units == first.shape[0]);
    assert!(summary.simple + summary.complex + summary.silent == summary.units && summary.simple > 0, "{summary:?}");
    let again = found(&weights, &job).unwrap();
    assert_eq!(first.units, again.units);
    for (unit, tuning) in first.tuned() {
        assert!((0.0..=1.0 + 1e-9).contains(&tuning.selectivity), "{tuning:?}");
        assert!((0.0..=2.0 + 1e-6).contains(&tuning.modulation()), "{tuning:?}");
        assert!(unit.field.as_ref().unwrap().gabor.is_some_and(|fit| (0.0..=1.0).contains(&fit.explained)));
    }
    // Fields of 3 × 3 pixels are too small for a Gabor function.
    let small = found(&weights, &CellTask { noise: 200, ..of_layer("0") }).unwrap();
    assert!(small.sees == [3, 3] && small.units.iter().flat_map(|unit| &unit.field).all(|field| field.gabor.is_none()));
    assert!(small.findings.iter().all(|finding| finding.holds()), "{:?}", small.findings);
    // A layer behind all places.
    let last = found(&weights, &CellTask { noise: 0, ..of_layer(&first.layers.last().unwrap().path) }).unwrap();
    assert_eq!((last.shape, last.sees), ([10, 1, 1], [32, 32]));
}

#[test]
fn what_cannot_be_shown_is_refused_with_one_sentence() {
    let weights = quadrature();
    let refuses = |job: CellTask, part: &str| {
        let said = found(&weights, &job).map(drop).unwrap_err().to_string();
        assert!(said.contains(part), "{said} has no {part}");
    };
    refuses(of_layer("conv9"), "has no layer conv9; its layers are");
    refuses(CellTask { orientations: 3, ..CellTask::default() }, "3 orientations cannot be shown; choose 4 to 36");
    refuses(CellTask { phases: 99, ..CellTask::default() }, "99 phases cannot be shown");
    refuses(CellTask { frequencies: 1, ..CellTask::default() }, "1 frequencies cannot be shown");
    refuses(CellTask { contrast: 0.0, ..CellTask::default() }, "a contrast of 0 cannot be shown; choose 0.01 to 1");
    refuses(CellTask { highest: 0.7, ..CellTask::default() }, "0.7 cycles per pixel cannot be shown");
    refuses(CellTask { noise: 200_000, ..CellTask::default() }, "200000 pictures of noise cannot be shown");
    refuses(
        CellTask { lowest: Some(0.005), ..CellTask::default() },
        "reads 29 × 29 pixels, less than half a cycle of a grating of 0.005 cycles per pixel; choose 0.0172 or more",
    );
    refuses(
        CellTask { lowest: Some(0.3), highest: 0.2, ..CellTask::default() },
        "the lowest frequency, 0.3, is not below the highest, 0.2",
    );
}

#[test]
fn the_command_prints_tuning_and_gabor_functions() {
    let run = |arguments: &[&str]| {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/photos.safetensors");
        let mut command = Command::new(env!("CARGO_BIN_EXE_neocog"));
        let output = command.arg("brain").arg(arguments[0]).arg(file).args(&arguments[1..]).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.success(), out, err)
    };
    let (is_done, out, err) = run(&["tuning", "--noise", "100"]);
    println!("{out}");
    assert!(
        is_done && out.contains("each sees") && out.contains("simple,") && out.contains("V1: near 40"),
        "{out}{err}"
    );
    let (is_done, out, err) = run(&["gabor", "--noise", "0", "--json"]);
    assert!(is_done, "{err}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let units = found["units"].as_array().unwrap();
    assert!(units.iter().any(|unit| unit["field"]["gabor"]["explained"].as_f64().is_some_and(|share| share > 0.5)));
    let (_, out, _) = run(&["gabor", "--noise", "0", "--layer", "0"]);
    assert!(out.contains("no field of 5 × 5 pixels or more: nothing to fit"), "{out}");
    let (is_done, _, err) = run(&["tuning", "--layer", "nowhere"]);
    assert!(!is_done && err.contains("has no layer nowhere"), "{err}");
}
