//! The whole path natively: checkpoint, picture, network, backend, classes, against what PyTorch gave.
#![allow(clippy::result_large_err, reason = "errors here end the test")]

use crate::gpu::gpu;
use crate::host::{drawing, shipped, shipped_file};
use crate::shared;
use candle_core::{Device, Tensor};
use neocog::backend::{Plan, cpu::CpuPlan, gpu::GpuPlan};
use neocog::data::{self, Rgb};
use neocog::lab::{Engine, LabError, NoMonitor, Shipped, Weights, input_from, seen};
use neocog::nn::checkpoint::Checkpoint;
use neocog::protocol::{
    BackendChoice, BackendKind, Classified, Classify, Compare, Fit, GpuReport, Trouble, TroubleKind, Why, trouble,
};
use pollster::block_on;
use std::io::Read;
use std::rc::Rc;
use std::time::Instant;

fn weights(file: &str) -> Option<Rc<Weights>> {
    let path = shared::shared("data/models")?.join(format!("{file}.safetensors"));
    Some(Rc::new(Weights::from_bytes(file, std::fs::read(path).unwrap()).unwrap()))
}

fn picture(path: &std::path::Path) -> Rgb {
    data::decode(&path.display().to_string(), &std::fs::read(path).unwrap()).unwrap()
}

fn rows(table: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(shared::shared(table).unwrap()).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Values of a tensor, row after row.
fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn argmax(logits: &[f32]) -> usize {
    (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap()
}

fn max_difference(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).fold(0.0, |max, (g, w)| if g.is_nan() { f32::INFINITY } else { max.max((g - w).abs()) })
}

fn job(fit: Fit, backend: BackendChoice) -> Classify {
    Classify { picture: 1, network: String::new(), fit, backend, top: 1000 }
}

#[test]
fn logits_of_six_pictures_equal_pytorchs() {
    let Some(pixels) = shared::shared("data/reference/pixels") else { return };
    let gpu = gpu();
    for (file, reference) in [
        ("squeezenet1_0", "squeezenet1_0"),
        ("squeezenet1_1", "squeezenet1_1"),
        ("mobilenet_v1_075-f16", "mobilenet_v1_075"),
    ] {
        let weights = weights(file).unwrap();
        assert_eq!(weights.network().id, reference);
        let want: Vec<f32> = std::fs::read(pixels.join(format!("{reference}.logits.f32")))
            .unwrap()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        let inputs: Vec<Tensor> = (0..6)
            .map(|n| {
                let picture = picture(&pixels.join(format!("p{n:02}.png")));
                input_from(&seen(&picture, weights.network(), Fit::Crop).unwrap(), weights.network()).unwrap()
            })
            .collect();
        let mut cpu = CpuPlan::new(weights.program(1).unwrap());
        compare_six(&format!("{reference} on the CPU"), &mut cpu, &inputs, &want);
        if let Some(gpu) = &gpu {
            let mut plan = block_on(GpuPlan::new(gpu, &weights.program(1).unwrap())).unwrap();
            compare_six(&format!("{reference} on {}", gpu.name), &mut plan, &inputs, &want);
        }
    }
}

fn compare_six(what: &str, plan: &mut impl Plan, inputs: &[Tensor], want: &[f32]) {
    let start = Instant::now();
    let got: Vec<f32> =
        inputs.iter().flat_map(|x| flat(&block_on(plan.run(std::slice::from_ref(x))).unwrap()[0])).collect();
    let off = max_difference(&got, want);
    let millis = start.elapsed().as_millis() / 6;
    println!("{what}: logits off by {off:.1e} at most, {millis} ms a picture");
    assert!(off < 1e-3, "{what}: off by {off}");
}

#[test]
fn cifar_predictions_equal_pytorchs() {
    let Some(batch) = shared::shared("data/cifar10/test_batch.bin.gz") else { return };
    let mut records = vec![0; 1000 * 3073];
    flate2::read::GzDecoder::new(std::fs::File::open(batch).unwrap()).read_exact(&mut records).unwrap();
    let gpu = gpu();
    for file in ["cifar10_resnet20", "cifar10_resnet56"] {
        let weights = weights(file).unwrap();
        assert_eq!(weights.network().id, file);
        let want = rows(&format!("data/reference/{file}.test_first1000.tsv"));
        let normalise = weights.network().normalise;
        let hundred = |start: usize| {
            let values = records[start * 3073..(start + 100) * 3073].chunks_exact(3073).flat_map(|record| {
                record[1..].iter().enumerate().map(|(at, &byte)| {
                    let channel = at / 1024;
                    (f32::from(byte) / 255.0 - normalise.mean[channel]) / normalise.std[channel]
                })
            });
            Tensor::from_vec(values.collect::<Vec<f32>>(), (100, 3, 32, 32), &Device::Cpu).unwrap()
        };
        let program = || weights.program(100).unwrap();
        let mut cpu = CpuPlan::new(program());
        compare_cifar(&format!("{file} on the CPU"), &mut cpu, (0..10).map(|n| hundred(n * 100)).collect(), &want);
        if let Some(gpu) = &gpu {
            let mut plan = block_on(GpuPlan::new(gpu, &program())).unwrap();
            compare_cifar(&format!("{file} on {}", gpu.name), &mut plan, vec![hundred(0)], &want);
        }
    }
}

fn compare_cifar(what: &str, plan: &mut impl Plan, batches: Vec<Tensor>, want: &[Vec<String>]) {
    let start = Instant::now();
    let got: Vec<f32> =
        batches.into_iter().flat_map(|x| flat(&block_on(plan.run(std::slice::from_ref(&x))).unwrap()[0])).collect();
    let millis = start.elapsed().as_millis();
    let (mut differ, mut off) = (0, 0.0_f32);
    for (got, want) in got.chunks_exact(10).zip(want) {
        let logits: Vec<f32> = want[4..14].iter().map(|logit| logit.parse().unwrap()).collect();
        off = off.max(max_difference(got, &logits));
        differ += usize::from(argmax(got) != want[2].parse::<usize>().unwrap());
    }
    println!("{what}: {differ} of {} predictions differ, logits off by {off:.1e}, {millis} ms", got.len() / 10);
    assert!(differ <= 1, "{what}: {differ} predictions differ");
}

#[test]
fn top_1_of_sixty_photographs_equals_pytorchs() {
    let Some(folder) = shared::shared("data/imagenet-samples") else { return };
    let mut engine = Engine::without_gpu("this test is of the CPU");
    for (file, network, fit, name) in [
        ("squeezenet1_1", "squeezenet1_1", Fit::Squash, "squash-224"),
        ("squeezenet1_1", "squeezenet1_1", Fit::Crop, "crop256-224"),
        ("tiny_darknet-f16", "tiny_darknet", Fit::Crop, "crop256-224"),
    ] {
        let weights = weights(file).unwrap();
        let want = rows(&format!("data/reference/{network}.{name}.shared.tsv"));
        let (mut same, mut millis, mut off) = (0, 0.0, 0.0_f32);
        for row in &want {
            let picture = picture(&folder.join(&row[0]));
            let job = job(fit, BackendChoice::Auto);
            let found = block_on(engine.classify(&weights, &picture, &job, &NoMonitor::default())).unwrap();
            checks(&found);
            let best = found.top.first().unwrap();
            if best.index.to_string() == row[2] {
                same += 1;
                off = off.max((best.probability - row[3].parse::<f32>().unwrap()).abs());
            }
            millis += found.elapsed_ms;
        }
        println!(
            "{network}, {name}: {same} of {} top-1 equal, probability off by {off:.1e} at most, {:.0} ms a picture",
            want.len(),
            millis / want.len() as f64
        );
        assert!(same >= 57, "{network}, {name}: {same}");
    }
}

/// The probabilities of all classes are those of their logits, by the definition and without the engine's arithmetic, and
/// the sum that the answer tells is theirs.
pub(crate) fn assert_softmax(found: &Classified, classes: usize, temperature: f64) {
    assert_eq!(found.top.len(), classes);
    let total: f64 = found.top.iter().map(|row| (f64::from(row.logit) / temperature).exp()).sum();
    for row in &found.top {
        let want = (f64::from(row.logit) / temperature).exp() / total;
        assert!((f64::from(row.probability) - want).abs() < 1e-6, "{row:?}, not {want}");
    }
    let sum: f64 = found.top.iter().map(|row| f64::from(row.probability)).sum();
    assert!((sum - 1.0).abs() < 1e-5 && (sum - found.probability_sum).abs() < 1e-9, "{sum} {}", found.probability_sum);
}

/// What holds for every answer.
fn checks(found: &Classified) {
    assert_softmax(found, 1000, 1.0);
    assert!(found.top.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
    assert!(found.top.iter().all(|p| !p.label.is_empty() && !p.label_ja.is_empty() && p.probability.is_finite()));
    assert!(found.planned_bytes < found.unplanned_bytes && found.dispatches > 0);
}

#[test]
fn auto_races_once_and_survives_a_lost_device() {
    let Some(folder) = shared::shared("data/reference/pixels") else { return };
    let Some(_) = gpu() else { return };
    let weights = weights("squeezenet1_1").unwrap();
    let picture = picture(&folder.join("p00.png"));
    let mut engine = block_on(Engine::start());
    assert!(matches!(engine.gpu().report(), GpuReport::Here { .. }));
    let classify = |engine: &mut Engine, backend| {
        let found = block_on(engine.classify(&weights, &picture, &job(Fit::Crop, backend), &NoMonitor::default()));
        let found = found.unwrap();
        checks(&found);
        assert_eq!(found.top[0].index, 1, "a goldfish");
        assert_eq!(found.top[0].label_ja, "金魚");
        found
    };

    let first = classify(&mut engine, BackendChoice::Auto);
    let agreement = first.agreement.clone().unwrap();
    println!(
        "{:?}: GPU {:.1} ms, CPU {:.1} ms, logits {:.1e} apart",
        first.backend, agreement.gpu_ms, agreement.cpu_ms, agreement.max_logit_difference
    );
    assert!(agreement.max_logit_difference < agreement.limit);
    assert!(matches!(first.backend.why, Why::Faster { millis, other_millis } if millis <= other_millis));
    let second = classify(&mut engine, BackendChoice::Auto);
    assert_eq!((second.backend, second.agreement), (first.backend, first.agreement));
    // A comparison is of one picture and its fit.
    for (another, fit) in [(2, Fit::Crop), (1, Fit::Squash)] {
        let job = Classify { picture: another, ..job(fit, BackendChoice::Auto) };
        let found = block_on(engine.classify(&weights, &picture, &job, &NoMonitor::default())).unwrap();
        assert_eq!(found.agreement, None);
    }

    // What another visit measured is taken over; a race of this one is kept.
    let mut later = Engine::without_gpu("none");
    later.remember(engine.races().clone());
    assert_eq!(later.races(), engine.races());

    let on_gpu = classify(&mut engine, BackendChoice::Gpu);
    assert_eq!((on_gpu.backend.kind, &on_gpu.backend.why), (BackendKind::Gpu, &Why::Chosen));
    engine.gpu().lose();
    let again = classify(&mut engine, BackendChoice::Gpu);
    assert_eq!(again.top, on_gpu.top);
    engine.gpu().lose();
    let compare = Compare { picture: 1, network: "squeezenet1_1".to_owned(), fit: Fit::Crop };
    let compared = block_on(engine.compare(&weights, &picture, &compare, &NoMonitor::default())).unwrap();
    assert!(compared.max_logit_difference < compared.limit);
}

#[test]
fn without_a_gpu_the_cpu_says_why() {
    let Some(folder) = shared::shared("data/reference/pixels") else { return };
    let weights = weights("squeezenet1_1").unwrap();
    let picture = picture(&folder.join("p00.png"));
    let mut engine = Engine::without_gpu("switched off");
    let classify = |engine: &mut Engine, backend| {
        block_on(engine.classify(&weights, &picture, &job(Fit::Crop, backend), &NoMonitor::default()))
    };
    let found = classify(&mut engine, BackendChoice::Auto).unwrap();
    assert_eq!(found.backend.kind, BackendKind::Cpu);
    assert_eq!(found.backend.why, Why::NoGpu { detail: "switched off".to_owned() });
    let refused = classify(&mut engine, BackendChoice::Gpu).unwrap_err();
    assert_eq!(Trouble::from(refused), trouble::NoGpu { detail: "switched off".to_owned() }.into());
}

/// What is told of a file, and figures of it as they are written.
type Wanted = (TroubleKind, &'static [(&'static str, &'static str)]);

const HOSTILE: [(&str, Wanted); 11] = [
    ("zero_byte", (TroubleKind::EmptyFile, &[])),
    ("header_len_2e60", (TroubleKind::NotSafetensors, &[])),
    ("header_len_past_end", (TroubleKind::NotSafetensors, &[])),
    ("overlapping_offsets", (TroubleKind::NotSafetensors, &[])),
    ("not_json", (TroubleKind::NotSafetensors, &[])),
    ("nan_weight_resnet20", (TroubleKind::NotFinite, &[("count", "1")])),
    (
        "missing_tensor_resnet20",
        (
            TroubleKind::MissingTensor,
            &[("network", "cifar10_resnet20"), ("tensor", "linear.bias"), ("expected", "[10]")],
        ),
    ),
    (
        "wrong_shape_resnet20",
        (
            TroubleKind::WrongShape,
            &[
                ("network", "cifar10_resnet20"),
                ("tensor", "linear.weight"),
                ("expected", "[10, 64]"),
                ("found", "[10, 32]"),
            ],
        ),
    ),
    ("truncated_resnet20", (TroubleKind::NotSafetensors, &[])),
    ("wrong_dtype", (TroubleKind::NotSafetensors, &[])),
    ("ok_small", (TroubleKind::UnknownArchitecture, &[("tensors", "2"), ("first", "a")])),
];

#[test]
fn hostile_checkpoints_get_the_sentence_that_their_table_asks_for() {
    let Some(folder) = shared::shared("data/hostile-models") else { return };
    for (stem, (kind, figures)) in &HOSTILE {
        let file = format!("{stem}.safetensors");
        let found = Weights::from_bytes(&file, std::fs::read(folder.join(&file)).unwrap());
        let trouble = Trouble::from(found.err().unwrap_or_else(|| panic!("{file} was read")));
        println!("{trouble}");
        assert!(trouble.to_string().starts_with(&file), "{trouble}");
        assert!(trouble.is(*kind), "{trouble:?}");
        for (name, written) in *figures {
            assert_eq!(trouble.figure(name).map(ToString::to_string).as_deref(), Some(*written), "{trouble:?}");
        }
        if trouble.is(TroubleKind::NotSafetensors) {
            let detail = trouble.figure("detail").unwrap().to_string();
            assert!(!detail.contains(".safetensors"), "it names the file twice: {trouble}");
        }
    }
    assert_eq!(rows("data/hostile-models/index.tsv").len(), HOSTILE.len());
}

#[test]
fn a_checkpoint_finds_its_network_or_none() {
    let Some(folder) = shared::shared("data/models") else { return };
    for (file, network) in [
        ("squeezenet1_0", "squeezenet1_0"),
        ("squeezenet1_1", "squeezenet1_1"),
        ("mobilenet_v1_075-f16", "mobilenet_v1_075"),
        ("cifar10_resnet20", "cifar10_resnet20"),
        ("cifar10_resnet56", "cifar10_resnet56"),
        ("tiny_darknet-f16", "tiny_darknet"),
        ("yolo-fastest-1.1", "yolo_fastest"),
        ("movenet_lightning-f16", "movenet_lightning"),
        ("fast_style_wave-f16", "fast_style"),
    ] {
        let file = folder.join(format!("{file}.safetensors"));
        let found = Weights::from_bytes("a file", std::fs::read(file).unwrap()).unwrap();
        assert_eq!(found.network().id, network);
        assert_eq!(found.warnings(), []);
    }
    let Some(small) = shared::shared("data/hostile-models/ok_small.safetensors") else { return };
    let found = Weights::from_bytes("a file", std::fs::read(small).unwrap());
    assert!(matches!(found, Err(LabError::UnknownArchitecture { .. })), "{found:?}");
}

#[test]
fn a_files_calibration_divides_the_logits_and_tells_what_is_none_of_the_classes() {
    let row = Shipped::find("photos").unwrap();
    let bytes = shipped_file(&row.report.file);
    let plain = Checkpoint::parse("photos", bytes.clone()).unwrap();
    let with = |temperature: &str, below: &str| {
        let mut metadata = plain.metadata().clone();
        metadata.insert("neocog.temperature".to_owned(), temperature.to_owned());
        metadata.insert("neocog.unknown_below".to_owned(), below.to_owned());
        Weights::from_bytes_as(row.network().unwrap(), "calibrated", plain.with_metadata(&metadata).unwrap())
    };
    let answer = |weights: &Rc<Weights>, picture: &str| {
        let mut engine = Engine::without_gpu("this test is of the CPU");
        let picture = drawing(picture);
        block_on(engine.classify(weights, &picture, &job(Fit::Crop, BackendChoice::Cpu), &NoMonitor::default()))
            .unwrap()
    };
    let before = answer(&shipped("photos"), "ship");
    let after = answer(&Rc::new(with("2", "probability 0.1").unwrap()), "ship");
    let logits = |found: &Classified| found.top.iter().map(|one| one.logit).collect::<Vec<_>>();
    assert_eq!(logits(&before), logits(&after));
    assert!(!before.is_unknown && !after.is_unknown);
    let sum: f64 = before.top.iter().map(|one| (f64::from(one.logit) / 2.0).exp()).sum();
    for one in &after.top {
        let expected = (f64::from(one.logit) / 2.0).exp() / sum;
        assert!((f64::from(one.probability) - expected).abs() < 1e-6, "{one:?} {expected}");
    }
    // A digit is none of ten things, and the network is less sure of it than of the ship.
    let energy = |found: &Classified| found.top.iter().map(|one| f64::from(one.logit).exp()).sum::<f64>().ln();
    let limit = f64::midpoint(energy(&before), energy(&answer(&shipped("photos"), "digit_7")));
    let weights = Rc::new(with("1", &format!("energy {limit}")).unwrap());
    assert_eq!(["ship", "digit_7"].map(|name| answer(&weights, name).is_unknown), [false, true]);
    for (temperature, below) in [("0", "energy 1"), ("warm", "energy 1"), ("1", "entropy 1"), ("1", "energy")] {
        let said = with(temperature, below).unwrap_err().to_string();
        assert!(said.contains("calibrated") && said.contains("in its metadata"), "{said}");
    }
}
