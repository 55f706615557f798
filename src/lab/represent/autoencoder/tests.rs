//! The penalty of a contractive code beside the Jacobian by differences, and gradients of all losses beside central differences in f64.

use super::examples::bytes_of;
use super::model::AutoencoderModel;
use super::network::AutoencoderShape;
use super::shared::CodeState;
use super::task::{AutoencoderTrainer, loss_of};
use crate::backend::cpu::CpuPlan;
use crate::data::procedural::{Recipe, Set};
use crate::graph::{DType, Graph, Host, KnownValue, Program, Spec, Tensor, Wide, grad};
use crate::lab::device::Device as Place;
use crate::lab::dice::Dice;
use crate::nn::VarBuilder;
use crate::protocol::{AutoencoderTrain, CodeNetwork, CodeRule};
use candle_core::Device;
use std::collections::BTreeMap;
use std::rc::Rc;

const PICTURE: [usize; 3] = [1, 4, 5];
const BATCH: usize = 3;
const WIDE: DType = DType::F64(Wide);

fn shape_of(network: CodeNetwork, rule: CodeRule, layers: u32) -> AutoencoderShape {
    let setup = AutoencoderTrain { network, rule, code: 3, width: 16, layers, ..AutoencoderTrain::default() };
    AutoencoderShape::of(&setup, PICTURE).unwrap()
}

/// Shapes and values by name, of all variables and of the batch.
type Given = BTreeMap<String, (Vec<usize>, Vec<f64>)>;

fn given(shape: &AutoencoderShape) -> Given {
    let mut dice = Dice::new(11);
    let mut given = BTreeMap::new();
    for (name, dims, _) in shape.weights().unwrap() {
        let count = dims.iter().product::<usize>();
        let drawn = (0..count).map(|_| 0.4 * f64::from(dice.normal())).collect();
        given.insert(name, (dims, drawn));
    }
    let pixels = (0..BATCH * 20).map(|_| f64::from(dice.unit())).collect();
    given.insert("x".to_owned(), (vec![BATCH, 1, 4, 5], pixels));
    given
}

/// What the graph `of` a batch and of the variables gives.
fn run(given: &Given, of: impl Fn(&Tensor, &VarBuilder) -> Vec<Tensor>) -> Vec<Vec<f64>> {
    let host = |name: &str| {
        let (dims, values) = given.get(name)?;
        Host::from_slice(values, dims.as_slice(), &Device::Cpu).ok()
    };
    let graph = Graph::new();
    let vb = VarBuilder::training_as(&graph, graph.input("counter", Spec::u32([2])), WIDE);
    let found = of(&graph.input("x", Spec::new([BATCH, 1, 4, 5], WIDE)), &vb);
    let known = |name: &str| host(name).filter(|_| name != "x").map(KnownValue::from);
    let program = Program::inference(&found.iter().collect::<Vec<_>>(), &known).unwrap();
    let counter = Host::new(&[5_u32, 1], &Device::Cpu).unwrap();
    let inputs: Vec<Host> =
        program.inputs.iter().map(|(name, _)| host(name).unwrap_or_else(|| counter.clone())).collect();
    let found = CpuPlan::new(program).run_now(&inputs).unwrap();
    found.iter().map(|found| found.flatten_all().unwrap().to_vec1().unwrap()).collect()
}

#[test]
fn gradients_of_all_losses_are_central_differences() {
    const STEP: f64 = 1e-5;
    let dense = [CodeRule::Plain, CodeRule::Denoising, CodeRule::Sparse, CodeRule::Contractive, CodeRule::Variational]
        .map(|rule| (CodeNetwork::Dense, rule, 2));
    let others = [
        (CodeNetwork::Dense, CodeRule::Contractive, 0),
        (CodeNetwork::Linear, CodeRule::Plain, 0),
        (CodeNetwork::Convolutional, CodeRule::Plain, 0),
        (CodeNetwork::Convolutional, CodeRule::Variational, 0),
    ];
    for (network, rule, layers) in dense.into_iter().chain(others) {
        let (shape, strength) = (shape_of(network, rule, layers), 0.7);
        let mut given = given(&shape);
        let names: Vec<String> = {
            let graph = Graph::new();
            let vb = VarBuilder::new(&graph);
            shape.again(&graph, 1, &vb).unwrap();
            vb.parameters().into_iter().map(|(name, ..)| name).collect()
        };
        let gradients = run(&given, |x, vb| {
            let [loss, ..] = loss_of(&shape, strength, x, vb).unwrap();
            let parameters = vb.parameters();
            grad(&loss, &parameters.iter().map(|(_, tensor, _)| tensor).collect::<Vec<_>>()).unwrap()
        });
        let mut most = 0.0_f64;
        for (name, gradient) in names.iter().zip(&gradients) {
            for place in [0, gradient.len() / 2, gradient.len() - 1] {
                let mut moved = |by: f64| {
                    given.get_mut(name).unwrap().1[place] += by;
                    let found = run(&given, |x, vb| loss_of(&shape, strength, x, vb).unwrap().into())[0][0];
                    given.get_mut(name).unwrap().1[place] -= by;
                    found
                };
                let central = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                most = most.max((central - gradient[place]).abs());
                assert!((central - gradient[place]).abs() < 1e-8, "{rule:?} {name}: {central} and {}", gradient[place]);
            }
        }
        println!("{network:?} {rule:?}: {} variables, largest difference {most:.1e}", names.len());
    }
}

#[test]
fn the_contractive_penalty_is_the_squared_norm_of_the_jacobian() {
    const STEP: f64 = 1e-5;
    for layers in [0, 1, 2] {
        let shape = shape_of(CodeNetwork::Dense, CodeRule::Contractive, layers);
        let mut given = given(&shape);
        let penalty = run(&given, |x, vb| {
            let encoded = shape.encode(x, vb).unwrap();
            vec![shape.contraction(&encoded, vb).unwrap()]
        })[0][0];
        let mut sum = 0.0;
        for pixel in 0..20 {
            let mut codes = |by: f64| {
                (0..BATCH).for_each(|at| given.get_mut("x").unwrap().1[20 * at + pixel] += by);
                let found = run(&given, |x, vb| vec![shape.encode(x, vb).unwrap().code]).remove(0);
                (0..BATCH).for_each(|at| given.get_mut("x").unwrap().1[20 * at + pixel] -= by);
                found
            };
            let (more, less) = (codes(STEP), codes(-STEP));
            sum += more.iter().zip(&less).map(|(a, b)| ((a - b) / (2.0 * STEP)).powi(2)).sum::<f64>();
        }
        let norm = sum / BATCH as f64;
        println!("{layers} hidden layers: {penalty:.9} and {norm:.9} by differences");
        assert!((penalty - norm).abs() < 1e-7 * norm.max(1.0));
    }
}

/// Writes `tests/fixtures/codes.f32`, of which `tests/fixtures/trustworthiness.py` makes maps.
#[test]
#[ignore = "it writes a fixture"]
fn stored_codes() {
    let recipe = Recipe { count: 3000, ..Recipe::default() };
    let data = Rc::new(Set::find("digits").unwrap().draw(&recipe).unwrap());
    let setup = AutoencoderTrain { code: 16, steps: 600, ..AutoencoderTrain::default() };
    let mut trainer = pollster::block_on(AutoencoderTrainer::start(&setup, &data, &Place::Cpu)).unwrap();
    while trainer.step() < setup.steps {
        pollster::block_on(trainer.learn()).unwrap();
    }
    let values = pollster::block_on(trainer.values(false)).unwrap();
    let shape = AutoencoderShape::of(&setup, data.shape).unwrap();
    let mut model = pollster::block_on(AutoencoderModel::new(&shape)).unwrap();
    model.take(&Rc::new(CodeState { step: setup.steps, values })).unwrap();
    let rows: Vec<f32> = bytes_of(&data, 0..1000).iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let (codes, _) = pollster::block_on(model.again(&rows)).unwrap();
    let bytes: Vec<u8> = codes.into_iter().flatten().flat_map(f32::to_le_bytes).collect();
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/codes.f32"), bytes).unwrap();
}

#[test]
fn what_cannot_be_a_network_is_refused_by_its_figures() {
    let usual = AutoencoderTrain::default();
    let said =
        |setup: AutoencoderTrain, picture: [usize; 3]| AutoencoderShape::of(&setup, picture).unwrap_err().to_string();
    for (setup, picture, words) in [
        (AutoencoderTrain { code: 65, ..usual.clone() }, [1, 28, 28], "65 numbers"),
        (AutoencoderTrain { code: 16, ..usual.clone() }, [1, 4, 4], "no smaller than a picture of 4 × 4"),
        (AutoencoderTrain { width: 9999, ..usual.clone() }, [1, 28, 28], "9999 units"),
        (AutoencoderTrain { layers: 9, ..usual.clone() }, [1, 28, 28], "9 hidden layers"),
        (AutoencoderTrain { strength: f64::NAN, ..usual.clone() }, [1, 28, 28], "a strength of NaN"),
        (AutoencoderTrain { strength: 1.0, rule: CodeRule::Denoising, ..usual.clone() }, [1, 28, 28], "less than 1"),
        (
            AutoencoderTrain { network: CodeNetwork::Linear, rule: CodeRule::Sparse, ..usual.clone() },
            [1, 28, 28],
            "plainly",
        ),
        (AutoencoderTrain { network: CodeNetwork::Convolutional, ..usual.clone() }, [1, 3, 9], "too small"),
        (
            AutoencoderTrain { network: CodeNetwork::Convolutional, rule: CodeRule::Contractive, ..usual },
            [1, 28, 28],
            "dense",
        ),
    ] {
        let said = said(setup, picture);
        assert!(said.contains(words), "{said}");
    }
}
