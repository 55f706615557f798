//! The Fool experiment without a page: attacks, what must hold of them, and pictures of nothing.

use crate::gpu::gpu;
use crate::host::{TestHost, assert_facts, drawing, shipped};
use crate::shared;
use neocog::data::files::dataset_from_paths;
use neocog::data::{Rgb, decode};
use neocog::lab::device::MaybeGpu;
use neocog::lab::fool::FoolSession;
use neocog::lab::{LabError, Perform, Weights};
use neocog::protocol::{
    Attack, Attacked, BackendChoice, BackendKind, Fool, FoolFact, FoolNews, Fooled, Invent, InventMethod, InventNews,
    Method, Strength, StrengthLine, TransferAttack,
};
use pollster::block_on;
use std::cell::RefCell;
use std::rc::Rc;
use std::slice::from_ref;

/// The answer, or the sentence of the refusal.
fn fooled_on(job: &Fool, pictures: &[Rc<Rgb>], weights: &[Rc<Weights>], gpu: &MaybeGpu) -> Result<Fooled, String> {
    let (pictures, weights) = (pictures.to_vec(), weights.to_vec());
    let host = TestHost { pictures, weights, ..TestHost::on(gpu.clone()) };
    host.answer(job.clone()).map_err(|error| error.to_string())
}

fn no_gpu() -> MaybeGpu {
    TestHost::without_gpu().gpu
}

fn attacked(job: Attack, picture: &Rc<Rgb>, weights: &Rc<Weights>) -> Attacked {
    match fooled_on(&Fool::Attack(job), from_ref(picture), from_ref(weights), &no_gpu()).unwrap() {
        Fooled::Attacked(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn measured(job: Strength, pictures: &[Rc<Rgb>], weights: &Rc<Weights>) -> Vec<StrengthLine> {
    let job = Strength { pictures: (0..pictures.len() as u32).collect(), ..job };
    match fooled_on(&Fool::Strength(job), pictures, from_ref(weights), &no_gpu()).unwrap() {
        Fooled::Measured(lines) => lines,
        other => panic!("{other:?}"),
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn every_attack_fools_the_photograph_net_within_its_limit() {
    let (weights, picture) = (shipped("photos"), drawing("coffee_mug"));
    for method in Method::ALL {
        for target in [None, Some(7)] {
            let found = attacked(Attack { method, target, ..Attack::default() }, &picture, &weights);
            println!(
                "{method:?} {target:?}: {} {:.3} -> {} {:.3} ({:.3}) norms {:?} in {} runs, {:.0} ms",
                found.before[0].label,
                found.before[0].probability,
                found.after[0].label,
                found.after[0].probability,
                found.rounded[0].probability,
                found.norms,
                found.runs,
                found.elapsed_ms
            );
            // One step is not always enough.
            if method != Method::Fgsm {
                assert!(found.is_fooled, "{method:?} {target:?}");
            }
            let level = 0.5 / 255.0;
            if let Some(limit) = found.limit {
                let n = (found.shape.iter().product::<usize>() as f64).sqrt();
                let (by, rounded, most) = match method {
                    Method::PgdL2 => (found.norms.l2, found.rounded_norms.l2, level * n),
                    _ => (found.norms.linf, found.rounded_norms.linf, level),
                };
                assert!(by <= limit + 1e-6 && rounded <= limit + most + 1e-6, "{method:?}: {by} {rounded} of {limit}");
                assert!(by > 0.9 * limit || method == Method::PgdL2, "{method:?} uses what it may: {by} of {limit}");
            }
            // What is written is what was found.
            let decoded = decode("result.png", &found.png).unwrap();
            assert_eq!(decoded.to_rgba(), found.result.rgba.as_slice());
            assert_eq!(found.png_is_exact, Some(true));
            let delta = floats(&found.delta);
            assert_eq!(delta, floats(&found.delta_npy[found.delta_npy.len() - found.delta.len()..]));
            let values = floats(&found.npy[found.npy.len() - found.delta.len()..]);
            assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
            assert_eq!(delta.iter().filter(|by| **by != 0.0).count() as u64, found.norms.l0);
        }
    }
}

#[test]
fn what_must_hold_of_attacks_holds_on_every_device() {
    let (host, devices) = TestHost::on_all();
    let Ok(Fooled::Checked(findings)) = host.answer(Fool::Check(BackendChoice::Auto)) else { panic!("no facts") };
    assert_facts::<FoolFact>(&findings, devices);
}

#[test]
fn an_epsilon_of_nothing_changes_nothing() {
    for (network, picture) in [("photos", "ship"), ("digits", "digit_5")] {
        let (weights, picture) = (shipped(network), drawing(picture));
        for method in Method::ALL.into_iter().filter(|method| method.is_bounded()) {
            let found = attacked(Attack { method, epsilon: 0.0, ..Attack::default() }, &picture, &weights);
            assert_eq!((found.norms.l0, found.rounded_norms.l0), (0, 0), "{network} {method:?}");
            assert_eq!((found.before, found.is_fooled), (found.after, false), "{network} {method:?}");
            assert_eq!(found.original, found.result);
        }
    }
}

#[test]
fn digits_are_fooled_too_and_the_same_seed_is_the_same_result() {
    let (weights, picture) = (shipped("digits"), drawing("digit_5"));
    let job = |seed| Attack { epsilon: 0.3, steps: 40, seed, ..Attack::default() };
    let [one, again, other] = [1, 1, 2].map(|seed| attacked(job(seed), &picture, &weights));
    assert!(one.is_fooled && one.survives, "{:?}", one.after);
    assert_eq!((one.shape, one.before[0].label.as_str()), ([1, 28, 28], "5"));
    assert_eq!(one.delta, again.delta);
    assert_ne!(one.delta, other.delta);
}

const EPSILONS: [f64; 6] = [0.0, 0.5 / 255.0, 1.0 / 255.0, 2.0 / 255.0, 4.0 / 255.0, 8.0 / 255.0];

#[test]
fn pgd_fools_at_least_as_many_as_fgsm_at_every_strength() {
    let weights = shipped("photos");
    let names = ["ship", "airplane", "daisy", "orange", "coffee_mug", "traffic_light", "umbrella", "ladybug"];
    let pictures = names.map(drawing);
    let job = Strength {
        attack: Attack { steps: 10, ..Attack::default() },
        methods: vec![Method::Fgsm, Method::Bim, Method::PgdLinf, Method::PgdL2],
        epsilons: EPSILONS.to_vec(),
        ..Strength::default()
    };
    let lines = measured(job, &pictures, &weights);
    for line in &lines {
        let told: Vec<String> = line
            .points
            .iter()
            .map(|point| format!("{}/{} {:.2}", point.fooled, point.pictures, point.confidence))
            .collect();
        println!("{:?}: {told:?}", line.method);
        assert_eq!((line.points[0].fooled, line.points[0].l0), (0, 0), "{:?} with nothing", line.method);
        for point in &line.points {
            assert_eq!(point.pictures, 8);
            assert!(line.method == Method::PgdL2 || point.linf <= point.epsilon + 1e-6, "{point:?}");
        }
        assert!(line.points.windows(2).all(|pair| pair[1].confidence <= pair[0].confidence + 0.02), "{told:?}");
    }
    for (fgsm, pgd) in lines[0].points.iter().zip(&lines[2].points) {
        assert!(pgd.fooled >= fgsm.fooled, "{pgd:?} {fgsm:?}");
    }
    assert!(lines[2].points[5].fooled >= 7, "{:?}", lines[2].points[5]);
}

#[test]
fn pgd_of_forty_steps_fools_the_photograph_net_on_test_pictures() {
    let Some(file) = shared::shared("data/cifar10/test_batch.bin.gz") else { return };
    let data = dataset_from_paths(&[file], None).unwrap();
    let pictures: Vec<Rc<Rgb>> = (0..200).map(|example| Rc::new(data.picture(example).unwrap())).collect();
    let job = Strength {
        attack: Attack { steps: 40, ..Attack::default() },
        methods: vec![Method::PgdLinf],
        epsilons: vec![8.0 / 255.0],
        until_fooled: true,
        ..Strength::default()
    };
    let start = std::time::Instant::now();
    let point = measured(job, &pictures, &shipped("photos"))[0].points[0];
    println!("{point:?} in {:.1} s", start.elapsed().as_secs_f64());
    assert_eq!(point.pictures, 200);
    assert!(point.fooled >= 190 && point.linf <= 8.0 / 255.0 + 1e-6, "{point:?}");
}

#[test]
fn lbfgs_reaches_a_target_with_under_two_percent_of_a_photograph() {
    let (Some(model), Some(folder)) =
        (shared::shared("data/models/squeezenet1_1.safetensors"), shared::shared("data/imagenet-samples"))
    else {
        return;
    };
    let weights = Rc::new(Weights::from_bytes("squeezenet1_1", std::fs::read(model).unwrap()).unwrap());
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "jpg" || ending == "JPEG"));
    files.sort();
    let start = std::time::Instant::now();
    let found = files.iter().take(10).enumerate().filter(|(at, path)| {
        let picture = Rc::new(decode("photograph", &std::fs::read(path).unwrap()).unwrap());
        // Far from every picture's own class.
        let target = Some((at * 97 + 13) as u32 % 1000);
        let job = Attack { method: Method::Lbfgs, target, steps: LBFGS_STEPS, ..Attack::default() };
        let found = attacked(job, &picture, &weights);
        println!(
            "{}: {} -> {} ({}), {:.2} % of the norm, {} runs, {:.1} s",
            path.file_name().unwrap().display(),
            found.before[0].label,
            found.after[0].label,
            found.is_fooled,
            100.0 * found.norms.relative,
            found.runs,
            start.elapsed().as_secs_f64()
        );
        found.is_fooled && found.norms.relative < 0.02
    });
    let found = found.count();
    assert!(found >= 9, "{found} of 10");
}

/// Of each search; the page's own number is larger, and its result closer.
const LBFGS_STEPS: u32 = 12;

#[test]
fn a_gpu_finds_what_the_cpu_finds() {
    let Some(gpu) = gpu() else { return };
    let gpu = MaybeGpu::from(Ok(gpu));
    let (weights, picture) = (shipped("digits"), drawing("digit_2"));
    for (method, steps) in [
        (Method::Fgsm, 1),
        (Method::Bim, 1),
        (Method::Bim, 8),
        (Method::PgdLinf, 1),
        (Method::PgdLinf, 8),
        (Method::PgdL2, 8),
        (Method::Deepfool, 8),
        (Method::Lbfgs, 8),
    ] {
        let job = |backend| Attack { method, backend, epsilon: 0.2, steps, ..Attack::default() };
        let on = |backend| match fooled_on(&Fool::Attack(job(backend)), from_ref(&picture), from_ref(&weights), &gpu) {
            Ok(Fooled::Attacked(found)) => found,
            other => panic!("{other:?}"),
        };
        let (one, other) = (on(BackendChoice::Gpu), on(BackendChoice::Cpu));
        assert_eq!((one.backend.kind, other.backend.kind), (BackendKind::Gpu, BackendKind::Cpu));
        let (a, b) = (floats(&one.delta), floats(&other.delta));
        // Where a gradient is all but nothing, its sign is rounding's.
        let differ = a.iter().zip(&b).filter(|(a, b)| (**a - **b).abs() > 1e-3).count();
        println!("{method:?}, {steps} steps: {differ} of {} differ", a.len());
        println!("  {:?} {:?}, {:?} {:?}", one.after[0], one.norms, other.after[0], other.norms);
        // Many steps along the signs of gradients that are all but nothing go many ways to the same end.
        let goes_by_rounding = method == Method::Bim && steps > 1;
        assert!(goes_by_rounding || differ * 100 <= a.len() * 2, "{method:?}: {differ} of {}", a.len());
        assert!((one.norms.linf - other.norms.linf).abs() < 1e-2 * other.norms.linf, "{method:?}");
        assert!((one.norms.l2 - other.norms.l2).abs() < 2e-2 * other.norms.l2, "{method:?}");
        assert_eq!((one.is_fooled, one.after[0].index), (other.is_fooled, other.after[0].index), "{method:?}");
        assert!((one.after[0].probability - other.after[0].probability).abs() < 1e-2, "{method:?}");
    }
}

#[test]
fn what_fools_one_network_is_shown_to_the_others() {
    let weights = [shipped("photos"), shipped("digits")];
    let networks = weights.iter().map(|weights| weights.network().id.clone()).collect();
    let job = Fool::Transfer(TransferAttack { attack: Attack::default(), networks });
    let Fooled::Transferred(rows) = fooled_on(&job, &[drawing("ship")], &weights, &no_gpu()).unwrap() else {
        panic!("another answer")
    };
    assert_eq!(rows.len(), 2);
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(row.cells.len(), 2);
        assert_eq!(row.network, row.cells[at].network);
    }
    assert!(rows[0].cells[0].is_fooled(), "{rows:?}");
}

fn invented(job: Invent, weights: &Rc<Weights>) -> InventNews {
    match fooled_on(&Fool::Invent(job), &[], from_ref(weights), &no_gpu()).unwrap() {
        Fooled::Invented(news) => news,
        other => panic!("{other:?}"),
    }
}

#[test]
fn networks_are_sure_of_pictures_of_nothing() {
    for (network, way, steps) in [
        ("photos", InventMethod::Ascent, 200),
        ("digits", InventMethod::Ascent, 400),
        ("digits", InventMethod::Direct, 400),
        ("digits", InventMethod::Cppn, 400),
    ] {
        let weights = shipped(network);
        let start = std::time::Instant::now();
        let job = Invent { network: network.to_owned(), way, target: 3, steps, ..Invent::default() };
        let news = invented(job.clone(), &weights);
        let best = &news.population[0].prediction;
        println!(
            "{network} {way:?}: {} {:.4} after {} steps, {} pictures, {:.1} s",
            best.label,
            best.probability,
            news.step,
            news.shown,
            start.elapsed().as_secs_f64()
        );
        assert!(best.index == 3 && best.probability >= 0.99, "{network} {way:?}: {best:?}");
        // The file is that picture.
        let decoded = Rc::new(decode("invented.png", news.png.as_ref().unwrap()).unwrap());
        let said = attacked(Attack { epsilon: 0.0, ..Attack::default() }, &decoded, &weights);
        if network == "photos" {
            assert_eq!((said.before[0].index, said.before[0].probability), (3, best.probability));
        }
        if way == InventMethod::Cppn && network == "digits" {
            assert_eq!(news.population.len(), 10);
            assert_eq!(invented(job, &weights).population[0], news.population[0]);
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_a_sentence() {
    let (photos, ship) = (shipped("photos"), drawing("ship"));
    let refused = |job: Fool| fooled_on(&job, from_ref(&ship), from_ref(&photos), &no_gpu()).unwrap_err();
    let (attack, invent, strength) = (Attack::default, Invent::default, Strength::default);
    let bounded = Strength { pictures: vec![1], methods: vec![Method::Fgsm], epsilons: vec![0.1], ..strength() };
    for (job, part) in [
        (Fool::Attack(Attack { epsilon: 1.5, ..attack() }), "an ε of 1.5 is not between 0 and 1"),
        (Fool::Attack(Attack { epsilon: f64::NAN, ..attack() }), "NaN"),
        (Fool::Attack(Attack { steps: 0, ..attack() }), "0 steps"),
        (Fool::Attack(Attack { step: Some(0.0), ..attack() }), "a step must be longer"),
        (Fool::Attack(Attack { target: Some(10), ..attack() }), "there is no class 10"),
        (Fool::Attack(Attack { backend: BackendChoice::Gpu, ..attack() }), "no usable GPU"),
        (Fool::Strength(Strength { epsilons: Vec::new(), ..bounded.clone() }), "nothing to measure"),
        (Fool::Strength(Strength { methods: vec![Method::Lbfgs], ..bounded.clone() }), "keeps to no ε"),
        (Fool::Strength(Strength { epsilons: vec![2.0], ..bounded }), "an ε of 2"),
        (Fool::Transfer(TransferAttack::default()), "0 networks make no grid"),
        (Fool::Invent(Invent { target: 10, ..invent() }), "there is no class 10"),
        (Fool::Invent(Invent { confidence: 1.0, ..invent() }), "a confidence of 1"),
        (Fool::Invent(Invent { steps: 0, ..invent() }), "0 steps"),
    ] {
        let said = refused(job);
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn the_population_is_told_of_and_evolution_can_be_stopped() {
    let heard = RefCell::new(Vec::new());
    let job = Invent { way: InventMethod::Direct, confidence: 1.0 - 1e-9, steps: 100_000, ..Invent::default() };
    let host = TestHost { weights: vec![shipped("digits")], ..TestHost::impatient(40) };
    let tell = |news| {
        if let FoolNews::Invent(news) = news {
            heard.borrow_mut().push(news);
        }
    };
    let ended = block_on(Fool::Invent(job).perform(&FoolSession::default(), &host, &tell));
    assert!(matches!(ended, Err(LabError::Cancelled)), "{ended:?}");
    let heard: Vec<InventNews> = heard.into_inner();
    assert!(heard.len() > 1 && heard.is_sorted_by(|a, b| a.step < b.step));
    assert!(heard.iter().all(|news| news.population.len() == 10 && news.png.is_none()));
}
