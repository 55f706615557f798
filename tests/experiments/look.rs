//! Look inside without a page: what must hold of its maps, where they are largest, and what is refused.

use crate::host::{TestHost, assert_facts, drawing, shipped};
use crate::shared;
use neocog::data::{Rgb, decode};
use neocog::lab::look::LookSession;
use neocog::lab::{LabError, Perform, Weights, seen};
use neocog::protocol::{
    BackendChoice, BackendKind, Baseline, Evidence, EvidenceFact, EvidenceFound, EvidenceMethod, Finding, Fit,
    JudgedMap, LookFact, LookInside, LookInsideAnswer, LookInsideNews, MapSource, Trust, TrustRow,
};
use pollster::block_on;
use std::cell::RefCell;
use std::rc::Rc;

fn found(job: Evidence, picture: &Rc<Rgb>, weights: &Rc<Weights>) -> EvidenceFound {
    let host = TestHost { gpu: TestHost::on_all().0.gpu, ..TestHost::with(picture, weights) };
    match host.answer(LookInside::Evidence(job)) {
        Ok(LookInsideAnswer::Evidence(found)) => *found,
        other => panic!("no map: {other:?}"),
    }
}

fn job(method: EvidenceMethod) -> Evidence {
    Evidence { method, backend: BackendChoice::Cpu, ..Evidence::default() }
}

fn occlusion() -> Evidence {
    job(EvidenceMethod::Occlusion)
}

fn grey(width: u32, height: u32) -> Rgb {
    Rgb::new(width, height, vec![128; (3 * width * height) as usize]).unwrap()
}

fn finding(found: &EvidenceFound, fact: EvidenceFact) -> Finding<EvidenceFact> {
    let one = found.findings.iter().find(|finding| finding.fact == fact).unwrap().clone();
    println!("{one:?}");
    one
}

#[test]
fn what_must_hold_of_maps_holds_on_every_device() {
    let (host, devices) = TestHost::on_all();
    let found = host.answer(LookInside::Check(BackendChoice::Auto)).unwrap();
    let LookInsideAnswer::Checked(findings) = found else { panic!("no facts") };
    assert_facts::<LookFact>(&findings, devices);
}

#[test]
fn gradients_predict_changes_and_a_cam_adds_up_to_the_logit() {
    let (photos, digits) = (shipped("photos"), shipped("digits"));
    for (weights, picture) in [(&photos, drawing("ship")), (&digits, drawing("digit_7"))] {
        for method in [EvidenceMethod::Gradient, EvidenceMethod::InputGradient] {
            for against in [None, Some(1)] {
                let found = found(Evidence { against, ..job(method) }, &picture, weights);
                let [_, height, width] = weights.network().input;
                assert_eq!((found.map.values.len(), found.map.side, found.layer), (height * width, 1, None));
                let slope = found.findings.iter().find(|finding| finding.fact == EvidenceFact::Slope).unwrap();
                println!("{method:?} {against:?} {slope:?}");
                assert!(slope.holds(), "{slope:?}");
            }
        }
    }
    let picture = drawing("ship");
    let cam = found(job(EvidenceMethod::Cam), &picture, &photos);
    let sum = finding(&cam, EvidenceFact::CamSum);
    assert!(sum.holds(), "{sum:?}");
    // Where a mean and one linear layer follow, the three maps are one but for a factor.
    assert_eq!(cam.map.values.len(), 16);
    for method in [EvidenceMethod::GradCam, EvidenceMethod::HiresCam] {
        let other = found(job(method), &picture, &photos);
        assert_eq!(other.layer, cam.layer);
        let off = |(a, b): (&f32, &f32)| (a - 16.0 * b).abs();
        let apart = cam.map.values.iter().zip(&other.map.values).map(off).fold(0.0, f32::max);
        assert!(apart < 1e-4 * cam.map.largest(), "{apart}");
    }
}

#[test]
fn every_layer_with_places_can_be_looked_at() {
    let (weights, picture) = (shipped("digits"), drawing("digit_7"));
    let found = found(job(EvidenceMethod::HiresCam), &picture, &weights);
    assert_eq!(found.layer, found.layers.last().map(|layer| layer.path.clone()));
    let (host, session) = (TestHost::with(&picture, &weights), LookSession::default());
    for layer in &found.layers {
        let job = Evidence { layer: Some(layer.path.clone()), ..job(EvidenceMethod::GradCam) };
        let answer = block_on(LookInside::Evidence(job).perform(&session, &host, &|_| {})).unwrap();
        let LookInsideAnswer::Evidence(one) = answer else { panic!("no map") };
        let [_, height, width] = layer.shape;
        assert_eq!((one.map.values.len(), one.layer.as_ref()), (height * width, Some(&layer.path)));
        assert!(one.map.largest() > 0.0, "{}", layer.path);
    }
}

#[test]
fn a_map_is_largest_where_the_only_thing_is() {
    // A digit on an empty sheet; the network sees it in the middle, so it is moved there: 28 × 28 pixels are taken as they are.
    let weights = shipped("digits");
    let digit = Rc::new(seen(&drawing("digit_7"), weights.network(), Fit::Crop).unwrap());
    let found = found(Evidence { grey: 0, stride: Some(1), ..occlusion() }, &digit, &weights).map;
    assert_eq!((found.whole.label.as_str(), found.side), ("7", Evidence::usual_side(28)));
    assert_eq!(found.values.len(), 22 * 22);
    let strongest = found.strongest().unwrap();
    let [x, y] = found.place(strongest);
    let ink = |x: u32, y: u32| u32::from(digit.pixels()[((y * 28 + x) * 3) as usize]);
    let covered: u32 = (y..y + 7).flat_map(|y| (x..x + 7).map(move |x| ink(x, y))).sum();
    assert!(covered > 5 * 255, "the square at {x}, {y} covers {covered}");
    assert!(found.values[strongest] > 0.2, "{} of {}", found.values[strongest], found.whole.probability);
    // Black over black is no change.
    assert!(found.values[0].abs() < 1e-5, "{}", found.values[0]);
}

#[test]
fn a_thing_in_a_grey_picture_is_found() {
    // A ship in a corner of nothing: only squares over that corner change anything.
    let weights = shipped("photos");
    let ship = seen(&drawing("ship"), weights.network(), Fit::Crop).unwrap();
    let mut pixels = grey(32, 32).pixels().to_vec();
    for (x, y) in (0..16).flat_map(|y| (0..16).map(move |x| (x, y))) {
        let (from, to) = ((y * 2 * 32 + x * 2) * 3, ((y + 16) * 32 + x) * 3);
        pixels[to..to + 3].copy_from_slice(&ship.pixels()[from..from + 3]);
    }
    let found = found(occlusion(), &Rc::new(Rgb::new(32, 32, pixels).unwrap()), &weights).map;
    let is_over = |at: &usize| found.place(*at)[0] < 16 && found.place(*at)[1] + found.side > 16;
    let most = |is_there: &dyn Fn(&usize) -> bool| {
        (0..found.values.len()).filter(is_there).map(|at| found.values[at].abs()).fold(0.0, f32::max)
    };
    let (inside, elsewhere) = (most(&is_over), most(&|at| !is_over(at)));
    assert!(inside > 0.02 && elsewhere < 1e-5, "{inside} {elsewhere}");
}

#[test]
fn every_device_maps_the_same_and_a_square_over_everything_is_a_grey_picture() {
    let (weights, picture) = (shipped("photos"), drawing("airplane"));
    let cpu = found(occlusion(), &picture, &weights).map;
    assert_eq!(cpu.whole.label, "airplane");
    assert!(cpu.values.len() == cpu.xs.len() * cpu.ys.len() && cpu.place(0) == [0, 0]);
    assert_eq!(cpu.place(cpu.values.len() - 1), [32 - cpu.side; 2]);
    let all = Evidence { side: Some(32), class: Some(8), ..occlusion() };
    let covered = found(all.clone(), &picture, &weights).map;
    let plain = found(all, &Rc::new(grey(5, 7)), &weights).map;
    assert_eq!((covered.values.len(), covered.whole.label.as_str()), (1, "ship"));
    assert!((covered.whole.probability - covered.values[0] - plain.whole.probability).abs() <= 1e-6);
    if TestHost::on_all().1 == 2 {
        for method in
            [EvidenceMethod::Occlusion, EvidenceMethod::Cam, EvidenceMethod::Guided, EvidenceMethod::Integrated]
        {
            let few = Evidence { stride: Some(16), steps: 3, ..job(method) };
            let of = |backend| found(Evidence { backend, ..few.clone() }, &picture, &weights).map;
            let (gpu, cpu) = (of(BackendChoice::Gpu), of(BackendChoice::Cpu));
            assert_eq!((gpu.backend.kind, cpu.backend.kind), (BackendKind::Gpu, BackendKind::Cpu));
            let apart = gpu.values.iter().zip(&cpu.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-3 * cpu.largest().max(1.0), "{method:?}: {apart} of {}", cpu.largest());
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_a_sentence() {
    let layer = |path: &str| Some(path.to_owned());
    let rows = [
        (Evidence { side: Some(0), ..occlusion() }, "choose 1 to 32"),
        (Evidence { side: Some(33), ..occlusion() }, "a square of 33 pixels"),
        (Evidence { stride: Some(0), ..occlusion() }, "never moves"),
        (Evidence { class: Some(10), ..occlusion() }, "there is no class 10"),
        (Evidence { against: Some(10), ..occlusion() }, "there is no class 10"),
        (Evidence { class: Some(8), against: Some(8), ..occlusion() }, "against itself"),
        (Evidence { backend: BackendChoice::Gpu, ..occlusion() }, "none is wanted"),
        (Evidence { samples: 0, ..job(EvidenceMethod::SmoothGrad) }, "choose 1 to 1024"),
        (Evidence { noise: 2.0, ..job(EvidenceMethod::SmoothGrad) }, "choose 0 to 1"),
        (Evidence { steps: 0, ..job(EvidenceMethod::Integrated) }, "0 steps"),
        (Evidence { masks: 3, ..job(EvidenceMethod::Rise) }, "choose 16 to 10000"),
        (Evidence { cells: 33, ..job(EvidenceMethod::Rise) }, "choose 2 to 32"),
        (Evidence { layer: layer("attic"), ..job(EvidenceMethod::GradCam) }, "has no layer attic"),
    ];
    let photos = TestHost::with(&drawing("ship"), &shipped("photos"));
    photos.refuses(rows.map(|(job, part)| (LookInside::Evidence(job), part)));
    let last = found(job(EvidenceMethod::GradCam), &drawing("ship"), &shipped("photos"));
    let before = last.layers[last.layers.len() - 3].path.clone();
    let rows = [(Evidence { layer: Some(before), ..job(EvidenceMethod::Cam) }, "comes more than a mean")];
    photos.refuses(rows.map(|(job, part)| (LookInside::Evidence(job), part)));
    // Its last layer is flattened.
    let digits = TestHost::with(&drawing("digit_7"), &shipped("digits"));
    digits.refuses([(LookInside::Evidence(job(EvidenceMethod::Cam)), "comes more than a mean")]);
    let logits = shipped("digits").network().layered(1).unwrap().wiring().last().unwrap().path.clone();
    let rows = [(Evidence { layer: Some(logits), ..job(EvidenceMethod::GradCam) }, "has no places to map")];
    digits.refuses(rows.map(|(job, part)| (LookInside::Evidence(job), part)));
    // One pixel is a picture like any other.
    let pixel = found(job(EvidenceMethod::GradCam), &Rc::new(grey(1, 1)), &shipped("photos"));
    assert!(pixel.map.values.iter().all(|value| value.is_finite()));
}

#[test]
fn a_map_is_told_of_while_it_fills_and_can_be_stopped() {
    let host = TestHost::with(&drawing("ship"), &shipped("photos"));
    let (told, session) = (RefCell::new(Vec::new()), LookSession::default());
    let tell = |news| {
        if let LookInsideNews::Evidence(news) = news {
            told.borrow_mut().push(news.values.len());
        }
    };
    // The number of places that were done at each step until the job was cancelled, after so many.
    let steps_of = |pauses: u32| {
        host.pauses_left.set(Some(pauses));
        let ended = block_on(LookInside::Evidence(occlusion()).perform(&session, &host, &tell));
        assert!(matches!(ended, Err(LabError::Cancelled)), "{ended:?}");
        host.heard.take().iter().map(|progress| progress.done).collect::<Vec<_>>()
    };
    assert_eq!(steps_of(6), [0, 0, 16, 32, 48, 64]);
    assert_eq!(told.borrow().first(), Some(&16));
    // What was compiled is there for the next one: it does not begin with compiling.
    assert_eq!(steps_of(2), [0, 16]);
}

/// What PyTorch makes of the same pictures: `tests/fixtures/saliency.py`.
#[derive(serde::Deserialize)]
struct Reference {
    layer: String,
    steps: u32,
    stored: Vec<usize>,
    pictures: Vec<serde_json::Value>,
}

#[test]
fn maps_of_photographs_equal_pytorchs() {
    let (Some(file), Some(folder)) =
        (shared::shared("data/models/squeezenet1_1.safetensors"), shared::shared("data/reference/pixels"))
    else {
        return;
    };
    let reference: Reference = serde_json::from_str(include_str!("../fixtures/saliency.json")).unwrap();
    let weights = Rc::new(Weights::from_bytes("squeezenet1_1", std::fs::read(file).unwrap()).unwrap());
    let session = LookSession::default();
    for (at, of) in reference.pictures.iter().enumerate() {
        let name = of["picture"].as_str().unwrap();
        let picture = Rc::new(decode(name, &std::fs::read(folder.join(name)).unwrap()).unwrap());
        let host = TestHost::with(&picture, &weights);
        for (key, method) in [
            ("gradient", EvidenceMethod::Gradient),
            ("integrated", EvidenceMethod::Integrated),
            ("guided", EvidenceMethod::Guided),
            ("deconvnet", EvidenceMethod::Deconvnet),
            ("grad_cam", EvidenceMethod::GradCam),
        ] {
            let job = Evidence {
                fit: Fit::Squash,
                layer: Some(reference.layer.clone()),
                steps: reference.steps,
                baseline: Baseline::Mean,
                ..job(method)
            };
            let answer = block_on(LookInside::Evidence(job).perform(&session, &host, &|_| {})).unwrap();
            let LookInsideAnswer::Evidence(found) = answer else { panic!("no map") };
            assert_eq!(u64::from(found.map.whole.index), of["class"].as_u64().unwrap());
            let want: Vec<f32> = serde_json::from_value(of[key]["values"].clone()).unwrap();
            let largest = of[key]["largest"].as_f64().unwrap() as f32;
            let place = |at: usize| if key == "grad_cam" { at } else { reference.stored[at] };
            let off = want.iter().enumerate().map(|(at, want)| (found.map.values[place(at)] - want).abs());
            let apart = off.fold(0.0, f32::max) / largest;
            println!("{name}, {key}: off by {apart:.1e} of the largest");
            assert!(apart <= 1e-3 && (found.map.largest() / largest - 1.0).abs() <= 1e-3, "{name}, {key}: {apart}");
            if let (0, Some(cost)) = (at, found.cost) {
                let (times, calls) = (
                    cost.gradient_ms / cost.answer_ms,
                    cost.gradient_dispatches as f64 / cost.answer_dispatches as f64,
                );
                println!("{cost:?}: {times:.2} times an answer, {calls:.2} times its kernel calls");
            }
        }
    }
}

#[test]
fn a_saliency_map_costs_little_more_than_three_answers() {
    let weights = shipped("photos");
    let backends = [BackendChoice::Cpu, BackendChoice::Gpu];
    for backend in &backends[..TestHost::on_all().1] {
        let found = found(Evidence { backend: *backend, ..job(EvidenceMethod::Gradient) }, &drawing("ship"), &weights);
        let cost = found.cost.unwrap();
        println!("{backend:?}: {cost:?}, {:.2} times an answer", cost.gradient_ms / cost.answer_ms);
        assert!(f64::from(cost.gradient_dispatches) <= 3.2 * f64::from(cost.answer_dispatches), "{cost:?}");
    }
}

#[test]
fn integrated_gradients_add_up_from_every_baseline() {
    let (weights, picture) = (shipped("photos"), drawing("ship"));
    // How far a few steps are off, and that many are not.
    for (baseline, steps, off) in
        [(Baseline::Black, 128, 0.01), (Baseline::Mean, 16, 0.1), (Baseline::Blurred, 16, 0.1)]
    {
        let one = found(Evidence { baseline, steps, ..job(EvidenceMethod::Integrated) }, &picture, &weights);
        let sum = finding(&one, EvidenceFact::Completeness);
        assert!((sum.measured - 1.0).abs() <= off, "{baseline:?}: {sum:?}");
    }
}

#[test]
fn noise_and_masks_are_drawn_by_their_seed_and_find_a_thing() {
    let (weights, picture) = (shipped("photos"), drawing("ship"));
    let of = |seed: u32, method: EvidenceMethod| {
        found(Evidence { seed, samples: 2, masks: 16, cells: 4, ..job(method) }, &picture, &weights).map
    };
    for method in [EvidenceMethod::SmoothGrad, EvidenceMethod::Rise] {
        let (one, again, other) = (of(1, method), of(1, method), of(2, method));
        assert!(one.values == again.values && one.values != other.values, "{method:?}");
    }
    // No noise: the gradient itself.
    let still = found(Evidence { samples: 4, noise: 0.0, ..job(EvidenceMethod::SmoothGrad) }, &picture, &weights).map;
    let plain = found(job(EvidenceMethod::Gradient), &picture, &weights).map;
    let apart = still.values.iter().zip(&plain.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart <= 1e-5 * plain.largest().max(1.0), "{apart}");
    // The ship lies across the middle: there more speaks for it than at the upper edge.
    let rise = found(Evidence { masks: 200, cells: 4, ..job(EvidenceMethod::Rise) }, &picture, &weights).map;
    let mean = |rows: std::ops::Range<usize>| {
        let all: Vec<f32> = rows.flat_map(|row| rise.values[row * 32..][..32].to_vec()).collect();
        all.iter().sum::<f32>() / all.len() as f32
    };
    assert!(mean(12..26) > mean(0..6), "{} {}", mean(12..26), mean(0..6));
}

fn judged(job: Trust, picture: &Rc<Rgb>, weights: &Rc<Weights>) -> Vec<TrustRow> {
    let answer = TestHost::with(picture, weights).answer(LookInside::Trust(job)).unwrap();
    let LookInsideAnswer::Trust(rows) = answer else { panic!("no table") };
    rows
}

fn found_in(rows: &[TrustRow], judged: MapSource) -> &JudgedMap {
    let of = |row: &&TrustRow| row.judged() == judged;
    match rows.iter().find(of) {
        Some(TrustRow::Found(found)) => found,
        other => panic!("{judged:?}: {other:?}"),
    }
}

/// With the weights of all layers shuffled.
fn last_rank(found: &JudgedMap) -> f32 {
    found.shuffled.last().unwrap().rank
}

#[test]
fn all_methods_are_judged_beside_chance_and_edges() {
    let (weights, picture) = (shipped("photos"), drawing("ship"));
    let few = Evidence { steps: 8, samples: 4, masks: 48, stride: Some(8), ..job(EvidenceMethod::Cam) };
    let rows = judged(Trust { evidence: few, points: 8, depths: 3, ..Trust::default() }, &picture, &weights);
    // A network of convolutions has no attention to judge.
    let offered = EvidenceMethod::ALL.iter().filter(|method| !method.is_of_attention()).count();
    assert_eq!(rows.len(), offered + 3);
    let chance = found_in(&rows, MapSource::Chance);
    for row in &rows {
        let found = found_in(&rows, row.judged());
        let areas = [&found.deletion, &found.insertion].map(|curve| JudgedMap::area(curve));
        let ranks: Vec<f32> = found.shuffled.iter().map(|one| one.rank).collect();
        println!("{:?}: {areas:?}, shuffled from the logits down {ranks:.2?}", found.judged);
        let asks = matches!(found.judged, MapSource::Method(_));
        assert_eq!(ranks.len(), if asks { 3 } else { 0 });
        // Layer after layer, to the input.
        for two in found.shuffled.windows(2) {
            assert!(two[0].layers < two[1].layers, "{two:?}");
        }
        assert!(found.shuffled.last().is_none_or(|last| last.layers == last.of && last.down_to == "0"));
        // Whatever the order, both ends are the same pictures.
        let whole = found.map.whole.probability;
        assert!((found.deletion[0] - whole).abs() < 1e-5 && (found.insertion[8] - whole).abs() < 1e-5);
        let ends = (found.deletion[8] - chance.deletion[8]).abs() + (found.insertion[0] - chance.insertion[0]).abs();
        assert!(ends < 1e-5 && found.deletion.len() == 9, "{ends}");
    }
    let shuffled = |method| last_rank(found_in(&rows, MapSource::Method(method)));
    assert!(shuffled(EvidenceMethod::Gradient) < 0.3);
    assert!(shuffled(EvidenceMethod::Guided) > shuffled(EvidenceMethod::Gradient));
    let rise = found_in(&rows, MapSource::Method(EvidenceMethod::Rise));
    assert!(JudgedMap::area(&rise.deletion) < JudgedMap::area(&chance.deletion));
}

#[test]
fn a_method_that_a_network_refuses_is_a_row_with_the_reason() {
    let maps = [EvidenceMethod::Cam, EvidenceMethod::GradCam].map(MapSource::Method).to_vec();
    let job = Trust { evidence: job(EvidenceMethod::Cam), judged: maps, points: 2, depths: 1, ..Trust::default() };
    let rows = judged(job, &drawing("digit_7"), &shipped("digits"));
    assert!(matches!(&rows[0], TrustRow::Refused { detail, .. } if detail.contains("comes more than a mean")));
    assert!(matches!(&rows[1], TrustRow::Found(_)) && rows.len() == 2);
    let none = Trust { chances: 0, ..Trust::default() };
    TestHost::with(&drawing("ship"), &shipped("photos"))
        .refuses([(LookInside::Trust(none), "the mean of 0 maps by chance; choose 1 to 64")]);
}

/// Beside means over many maps by chance, as coarse as the layer.
#[test]
#[ignore = "minutes: deletion curves of all shared photographs, which it prints"]
fn grad_cams_deletion_is_below_that_of_chance() {
    let Some(folder) = shared::shared("data/imagenet-samples") else { return };
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "jpg")).collect();
    files.sort();
    for (file, layer, emptied, least) in [
        ("mobilenet_v1_075-f16", "blocks.12.clamp", Baseline::Blurred, 0.9),
        ("squeezenet1_1", "features.12", Baseline::Blurred, 0.75),
    ] {
        let Some(path) = shared::shared(&format!("data/models/{file}.safetensors")) else { return };
        let weights = Rc::new(Weights::from_bytes(file, std::fs::read(path).unwrap()).unwrap());
        let mut below = 0;
        for path in &files {
            let picture = Rc::new(decode("photograph.jpg", &std::fs::read(path).unwrap()).unwrap());
            let maps = [MapSource::Method(EvidenceMethod::GradCam), MapSource::Patches];
            let evidence = Evidence { layer: Some(layer.to_owned()), ..job(EvidenceMethod::GradCam) };
            let (judged_maps, inserts, chances, depths) = (maps.to_vec(), false, 8, 0);
            let job = Trust { evidence, judged: judged_maps, points: 16, inserts, emptied, chances, depths };
            let rows = judged(job, &picture, &weights);
            let [grad_cam, chance] = maps.map(|map| JudgedMap::area(&found_in(&rows, map).deletion));
            below += usize::from(grad_cam < chance);
            println!("{}: {grad_cam:.3} of {chance:.3}", path.display());
        }
        let of = files.len();
        println!(
            "{file}, {layer}, to {emptied:?}: Grad-CAM's deletion is below that of chance in patches on {below} of {of}"
        );
        assert!(below as f64 >= least * of as f64);
    }
}
