//! What a person's text, file or setting can get wrong: one sentence each, and never a fault of the program, for which the page
//! would start its engine anew.

use neocog::backend::State;
use neocog::backend::cpu::{CpuPlan, CpuState};
use neocog::data::dataset::{Dataset, Examples, Split};
use neocog::graph::state::Layout;
use neocog::graph::{Graph, Host, Init, Program, Spec};
use neocog::lab::LabError;
use neocog::lab::device::Device;
use neocog::lab::train::Trainer;
use neocog::protocol::{Augment, Figure, Setup, Trouble, TroubleKind, trouble};
use pollster::block_on;

const HUGE: usize = 1 << 22;

/// An outer product of 70 TB, and a variable of the same size.
#[test]
fn what_no_memory_holds_is_refused_with_its_bytes() {
    let needed = (HUGE * HUGE * 4) as u64;
    let graph = Graph::new();
    let (x, y) = (graph.input("x", Spec::f32([HUGE, 1])), graph.input("y", Spec::f32([1, HUGE])));
    let sum = x.broadcast_add(&y).unwrap().sum_keepdim(0).unwrap();
    let product = x.broadcast_mul(&y).unwrap();
    let inputs = || {
        let ones = Host::ones((HUGE, 1), candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
        [ones.clone(), ones.reshape((1, HUGE)).unwrap()]
    };
    for (output, least) in [(product, needed), (sum, needed)] {
        let plan = CpuPlan::new(Program::step(&[&output], &[]).unwrap());
        let trouble = Trouble::from(LabError::from(plan.run_now(&inputs()).unwrap_err()));
        let Some(&Figure::Count(bytes)) = trouble.figure("needed_bytes") else { panic!("{trouble:?}") };
        assert!(trouble.is(TroubleKind::NoRoom) && bytes >= least, "{trouble:?}");
        assert!(trouble.to_string().contains(&format!("no room for {bytes} bytes")), "{trouble}");
    }

    let graph = Graph::new();
    let kept = graph.variable("kept", Spec::f32([HUGE, HUGE]), Init::Const(0.0)).unwrap();
    let program = Program::step(&[&kept.sum_keepdim(0).unwrap()], &[]).unwrap();
    let refused = CpuState::new(Layout::of(&program)).err().unwrap();
    let trouble = Trouble::from(LabError::from(refused));
    assert_eq!(trouble, trouble::NoRoom { needed_bytes: needed }.into());
}

/// Errors of graphs and runs, each from its own room.
#[test]
fn shapes_that_do_not_fit_are_no_fault_of_the_program() {
    let graph = Graph::new();
    let (x, y) = (graph.input("x", Spec::f32([2, 3])), graph.input("y", Spec::f32([4, 5])));
    let shape = LabError::from(x.matmul(&y).unwrap_err());
    let sum = Program::step(&[&x], &[]).unwrap();
    let wrong_input = Host::zeros((7, 3), candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
    let run = LabError::from(CpuPlan::new(sum).run_now(std::slice::from_ref(&wrong_input)).unwrap_err());
    let w = graph.variable("w", Spec::f32([2, 3]), Init::Const(0.0)).unwrap();
    let pass = LabError::from(Program::inference(&[&x.add(&w).unwrap()], &|_| None).err().unwrap());
    let state = CpuState::new(Layout::of(&Program::step(&[&w], &[]).unwrap())).unwrap();
    let value = LabError::from(state.write("w", &wrong_input).unwrap_err());
    for (error, figures) in [(shape, "[4, 5]"), (run, "[7, 3]"), (pass, "w"), (value, "[7, 3]")] {
        let trouble = Trouble::from(error);
        assert!(trouble.is(TroubleKind::CannotCompute), "{trouble:?}");
        let sentence = trouble.to_string();
        assert!(
            sentence.contains(figures) && sentence.contains("change the network, the data or the settings"),
            "{sentence}"
        );
    }
}

/// Forty examples of two classes in turn, of this shape.
fn data(shape: [usize; 3]) -> Dataset {
    let values = shape.iter().product::<usize>() * 40;
    let examples = match shape {
        [2, 1, 1] => Examples::Points((0..values).map(|k| (k % 7) as f32 / 7.0).collect()),
        _ => Examples::Bytes((0..values).map(|k| (k * 31 % 256) as u8).collect()),
    };
    let labels = (0..40).map(|k| k % 2).collect();
    Dataset::new("odd", shape, vec!["a".into(), "b".into()], examples, labels, Split::of_counts([32, 8, 0])).unwrap()
}

/// Lines of networks that fit some shapes and not others.
const LINES: [&str; 24] = [
    "conv 4 3",
    "conv 4 3 pad 1",
    "conv 4 3 pad same stride 2",
    "conv 4 1 stride 3",
    "conv 4 5 pad 2 groups 2",
    "conv 6 2 dilation 3",
    "maxpool 2",
    "maxpool 3 stride 1 pad 1",
    "avgpool 2",
    "avgpool 3 stride 2",
    "globalpool",
    "batchnorm",
    "dropout 0.5",
    "relu",
    "sigmoid",
    "flatten",
    "linear 5",
    "linear 1",
    "lrn",
    "residual\nconv 4 3 pad 1\nend",
    "residual project\nconv 4 3 stride 2 pad 1\nend",
    "repeat 3\nconv 4 3 pad 1\nrelu\nend",
    "input 3x8x8",
    "input 1x1x1",
];

/// Whatever a text says of whatever data, a network trains, or there is a sentence about the text or the settings.
#[test]
fn every_network_trains_or_its_text_is_refused() {
    let shapes = [[1, 1, 1], [1, 1, 9], [3, 7, 1], [1, 8, 8], [3, 5, 6], [4, 3, 3], [2, 1, 1]];
    let mut state = 1_u64;
    let mut drawn = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut trained, mut refused) = (0, 0);
    for _ in 0..300 {
        let lines = (0..1 + drawn(4)).map(|_| LINES[drawn(LINES.len())]).collect::<Vec<_>>();
        let shape = shapes[drawn(shapes.len())];
        let augment = Augment { shift: drawn(3) as u32, flip: drawn(2) == 0, elastic: drawn(2) as f32 };
        let network = format!("{}\nlinear classes", lines.join("\n"));
        let setup = Setup { network, batch: 1 + drawn(34) as u32, epochs: 1, augment, ..Setup::default() };
        let one_step = async {
            let mut trainer = Trainer::new(setup.clone(), data(shape), &Device::Cpu).await?;
            trainer.advance()?;
            trainer.measure(neocog::data::dataset::Part::Validation).await?;
            Ok::<_, LabError>(())
        };
        match block_on(one_step).map_err(Trouble::from) {
            Ok(()) => trained += 1,
            Err(trouble) => match trouble.kind() {
                TroubleKind::BadNetwork | TroubleKind::BadSetup | TroubleKind::BatchTooLarge => refused += 1,
                _ => panic!("{trouble:?} of {setup:?} for {shape:?}"),
            },
        }
    }
    println!("{trained} networks trained, {refused} refused");
    assert!(trained >= 50 && refused >= 50, "{trained} {refused}");
}
