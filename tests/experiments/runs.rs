//! Whole runs: networks learn drawn data, on either device the same; saved and taken up again they go on exactly.

use crate::gpu::gpu;
use neocog::data::dataset::{Dataset, Examples, Part, Split};
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::device::Device;
use neocog::lab::train::{TrainConfig, Trainer, WeightsFile, evaluate};
use neocog::nn::checkpoint::Checkpoint;
use neocog::protocol::{Augment, Optimiser, Rule, Schedule, ScheduleKind, Setup};
use pollster::block_on;

const CNN: &str = "conv 8 3 stride 2\nbatchnorm\nrelu\nmaxpool 2\ndropout 0.1\nconv 16 3 pad 1\nrelu\nlinear classes";

fn draw(set: &str, count: u32) -> Dataset {
    Set::find(set).unwrap().draw(&Recipe { count, noise: 0.05, ..Recipe::default() }).unwrap()
}

fn setup(network: &str) -> Setup {
    Setup {
        network: network.to_owned(),
        optimiser: Optimiser { rule: Rule::Adamw, rate: 0.01, weight_decay: 0.01, clip: 5.0, ..Optimiser::default() },
        schedule: Schedule { kind: ScheduleKind::Cosine, warmup_steps: 5 },
        label_smoothing: 0.05,
        batch: 16,
        epochs: 2,
        augment: Augment { shift: 1, flip: true, elastic: 1.5 },
        ..Setup::default()
    }
}

/// Losses, one per so many steps, up to this step.
fn advance(trainer: &mut Trainer, to: u32, every: u32) -> Vec<f32> {
    let mut losses = Vec::new();
    while trainer.step() < to {
        trainer.advance().unwrap();
        if trainer.step().is_multiple_of(every) {
            losses.push(block_on(trainer.point()).unwrap().unwrap().loss);
        }
    }
    losses
}

fn opened(bytes: Vec<u8>) -> Checkpoint {
    Checkpoint::parse("run", bytes).unwrap()
}

fn file(kept: &WeightsFile) -> Vec<u8> {
    kept.bytes("run").unwrap()
}

#[test]
fn a_net_learns_points_of_the_plane() {
    let network = "linear 16\ntanh\nlinear 16\ntanh\nlinear classes";
    let setup = Setup { epochs: 30, label_smoothing: 0.0, augment: Augment::default(), ..setup(network) };
    let mut trainer = block_on(Trainer::new(setup, draw("xor", 600), &Device::Cpu)).unwrap();
    let before = block_on(trainer.measure(Part::Validation)).unwrap().unwrap();
    let steps = trainer.steps();
    advance(&mut trainer, steps, 50);
    let after = block_on(trainer.measure(Part::Validation)).unwrap().unwrap();
    assert!(after.accuracy > 0.95 && after.accuracy > before.accuracy, "{before:?} {after:?}");
}

#[test]
fn a_net_learns_drawn_digits_and_its_file_says_the_same() {
    let data = draw("digits", 1500);
    let augment = Augment { shift: 1, ..Augment::default() };
    let setup = Setup { epochs: 4, augment, ..setup(CNN) };
    let mut trainer = block_on(Trainer::new(setup, data.clone(), &Device::Cpu)).unwrap();
    let steps = trainer.steps();
    let losses = advance(&mut trainer, steps, 30);
    let tested = block_on(trainer.measure(Part::Test)).unwrap().unwrap();
    assert!(losses.last() < losses.first() && tested.accuracy > 0.8, "{losses:?} {tested:?}");
    let found = evaluate("run", file(&block_on(trainer.kept(false)).unwrap()), data, Part::Test).unwrap().unwrap();
    assert_eq!((found.errors, found.of), (tested.errors, tested.of));
}

#[test]
fn a_saved_run_goes_on_as_if_it_had_not_stopped() {
    let data = draw("digits", 400);
    let start = || block_on(Trainer::new(setup(CNN), data.clone(), &Device::Cpu)).unwrap();
    let mut whole = start();
    let losses = advance(&mut whole, 30, 1);
    let mut first = start();
    assert_eq!(advance(&mut first, 13, 1), losses[..13], "the same seed is the same curve");
    let kept = file(&block_on(first.kept(true)).unwrap());
    let mut second = start();
    second.go_on(&opened(kept.clone())).unwrap();
    assert_eq!((second.step(), advance(&mut second, 30, 1)), (13, losses[13..].to_vec()));
    let mut other = block_on(Trainer::new(Setup { seed: 2, ..setup(CNN) }, data.clone(), &Device::Cpu)).unwrap();
    assert!(other.go_on(&opened(kept)).unwrap_err().to_string().contains("another seed"));
    assert_ne!(advance(&mut other, 3, 1), losses[..3], "another seed is another curve");
}

#[test]
fn the_gpu_learns_as_the_cpu_does() {
    let Some(gpu) = gpu() else { return };
    let data = draw("digits", 300);
    let run = |device: &Device| {
        let mut trainer = block_on(Trainer::new(setup(CNN), data.clone(), device)).unwrap();
        println!("{} dispatches or steps", trainer.dispatches());
        let losses = advance(&mut trainer, 15, 1);
        (losses, block_on(trainer.measure(Part::Validation)).unwrap().unwrap().loss)
    };
    let ((on_gpu, gpu_loss), (on_cpu, cpu_loss)) = (run(&Device::Gpu(gpu)), run(&Device::Cpu));
    for (step, (gpu, cpu)) in on_gpu.iter().zip(&on_cpu).enumerate() {
        assert!((gpu - cpu).abs() < 0.01 * cpu, "step {step}: {gpu} on the GPU, {cpu} on the CPU");
    }
    assert!((gpu_loss - cpu_loss).abs() < 0.02 * cpu_loss, "{gpu_loss} {cpu_loss}");
}

/// Byte and label of every example; each example is of one grey, its own number.
fn numbered(count: usize) -> Dataset {
    let bytes = (0..count).flat_map(|k| [k as u8; 25]).collect();
    let labels = (0..count as u32).collect();
    let classes = (0..count).map(|k| k.to_string()).collect();
    let split = Split::of_counts([count, 0, 0]);
    Dataset::new("numbers", [1, 5, 5], classes, Examples::Bytes(bytes), labels, split).unwrap()
}

#[test]
fn an_epoch_has_every_example_once_with_its_label_and_normalised() {
    let setup = Setup { batch: 20, epochs: 3, augment: Augment::default(), ..setup("linear classes") };
    for device in [Some(Device::Cpu), gpu().map(Device::from)].into_iter().flatten() {
        let mut trainer = block_on(Trainer::new(setup.clone(), numbered(200), &device)).unwrap();
        let normalise = trainer.normalise();
        let mut epochs = Vec::new();
        for _ in 0..setup.epochs {
            let mut order = Vec::new();
            for _ in 0..trainer.steps_per_epoch() {
                let (x, labels) = block_on(trainer.examples(20)).unwrap();
                let x = x.flatten_from(1).unwrap().to_vec2::<f32>().unwrap();
                for (x, label) in x.iter().zip(&labels) {
                    let want = (*label as f32 / 255.0 - normalise.mean[0]) / normalise.std[0];
                    assert!(x.len() == 25 && x.iter().all(|x| (x - want).abs() < 2e-6), "{label}: {x:?} {want}");
                }
                order.extend(labels);
                trainer.advance().unwrap();
            }
            epochs.push(order);
        }
        assert_ne!(epochs[0], epochs[1]);
        for mut order in epochs {
            order.sort_unstable();
            assert!(order.into_iter().eq(0..200));
        }
    }
}

#[test]
fn the_network_sees_the_same_examples_on_either_device() {
    let Some(gpu) = gpu() else { return };
    for set in ["digits", "shapes"] {
        let seen = [Device::Gpu(gpu.clone()), Device::Cpu].map(|device| {
            let mut trainer = block_on(Trainer::new(setup("linear classes"), draw(set, 200), &device)).unwrap();
            let first = block_on(trainer.examples(9)).unwrap();
            trainer.advance().unwrap();
            let second = block_on(trainer.examples(9)).unwrap();
            assert_ne!(first.1, second.1, "the next step has other examples");
            [first, second]
        });
        let [on_gpu, on_cpu] = &seen;
        for ((x, labels), (want, want_labels)) in on_gpu.iter().zip(on_cpu.iter()) {
            assert_eq!((labels, x.dims()[0]), (want_labels, 9));
            let off = (x - want).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
            assert!(off.to_scalar::<f32>().unwrap() < 1e-4, "{set}: {off}");
        }
    }
}

#[test]
fn a_data_set_that_no_gpu_buffer_holds_is_refused_with_both_figures() {
    let Some(gpu) = gpu() else { return };
    let limit = gpu.largest_binding() as usize;
    if limit > 200 << 20 {
        println!("skipped: a data set too large for this GPU would take {limit} bytes");
        return;
    }
    let (side, count) = (512, limit / (512 * 512) + 1);
    let labels = (0..count as u32).map(|k| k % 2).collect();
    let classes = vec!["a".to_owned(), "b".to_owned()];
    let bytes = Examples::Bytes(vec![0; side * side * count]);
    let split = Split::of_counts([count, 0, 0]);
    let data = Dataset::new("large", [1, side, side], classes, bytes, labels, split).unwrap();
    let trainer = block_on(Trainer::new(setup("globalpool\nlinear classes"), data, &Device::Gpu(gpu)));
    let said = neocog::protocol::Trouble::from(trainer.err().unwrap()).to_string();
    println!("{said}");
    assert!(said.contains(&format!("{} bytes", side * side * count)) && said.contains(&limit.to_string()), "{said}");
}

#[test]
fn what_cannot_be_trained_is_said_in_a_sentence() {
    let refused = |setup: Setup| {
        let trainer = block_on(Trainer::new(setup, draw("digits", 100), &Device::Cpu));
        neocog::protocol::Trouble::from(trainer.err().unwrap()).to_string()
    };
    let batch = refused(Setup { batch: 1000, ..setup(CNN) });
    assert!(batch.contains("1000 is larger than the 80"), "{batch}");
    let text = refused(setup("conv 8 99\nlinear classes"));
    assert!(text.contains("line 1") && text.contains("99×99 is larger than the input 28×28"), "{text}");
    let deep = setup("conv 1000 3 pad 1\nrepeat 60\nrelu\nend\nglobalpool\nlinear classes");
    let large = refused(Setup { batch: 80, ..deep });
    println!("{large}");
    assert!(large.contains("batch") && large.contains("GB"), "{large}");
    let augmented = |augment: Augment| refused(Setup { augment, ..setup(CNN) });
    let shifted = augmented(Augment { shift: 28, ..Augment::default() });
    assert!(shifted.contains("shift of 28 pixels") && shifted.contains("28×28"), "{shifted}");
    for elastic in [-1.0, 28.0, f32::NAN] {
        let bent = augmented(Augment { elastic, ..Augment::default() });
        assert!(bent.contains(&format!("distortion of {elastic} pixels")), "{bent}");
    }
    let rate = refused(Setup { optimiser: Optimiser { rate: f64::NAN, ..Optimiser::default() }, ..setup(CNN) });
    assert!(rate.contains("learning rate of NaN"), "{rate}");
}

#[test]
fn a_run_that_diverges_says_where() {
    let optimiser = Optimiser { rule: Rule::Sgd, rate: 1e30, ..Optimiser::default() };
    let schedule = Schedule::default();
    let setup = Setup { optimiser, schedule, ..setup(CNN) };
    let mut trainer = block_on(Trainer::new(setup, draw("digits", 200), &Device::Cpu)).unwrap();
    for _ in 0..6 {
        trainer.advance().unwrap();
    }
    let error = block_on(trainer.point()).unwrap_err().to_string();
    assert!(error.contains("0.weight is no number after step 6"), "{error}");
}

fn factors(kind: ScheduleKind, warmup_steps: u32, steps: &[u32]) -> Vec<f64> {
    let optimiser = Optimiser { rate: 1.0, ..Optimiser::default() };
    let schedule = Schedule { kind, warmup_steps };
    let config = TrainConfig { optimiser, schedule, seed: 1, steps_per_epoch: 10, epochs: 4 };
    steps.iter().map(|&step| config.figures(step).rate).collect()
}

#[test]
fn rates_follow_their_schedule() {
    assert_eq!(factors(ScheduleKind::Constant, 0, &[0, 39]), [1.0, 1.0]);
    assert_eq!(factors(ScheduleKind::Constant, 4, &[0, 1, 3, 9]), [0.25, 0.5, 1.0, 1.0]);
    let halves = ScheduleKind::Step { every_epochs: 2, factor: 0.5 };
    assert_eq!(factors(halves, 0, &[0, 19, 20, 39]), [1.0, 1.0, 0.5, 0.5]);
    let cosine = factors(ScheduleKind::Cosine, 0, &[0, 20, 40]);
    assert!((cosine[0] - 1.0).abs() < 1e-12 && (cosine[1] - 0.5).abs() < 1e-12 && cosine[2] < 1e-12);
}
