//! Every case of every op, on the CPU and on the GPU, against candle; their shaders, gradients, and graphs made of them.

mod gradients;
mod graphs;
mod own;
mod shaders;

use crate::finished;
use crate::gpu::gpu;
use crate::poison;
use candle_core::Tensor;
use neocog::backend::{
    Plan,
    cpu::CpuPlan,
    gpu::{Gpu, GpuPlan},
};
use neocog::graph::{
    DType, Program, Spec,
    op::{Case, Form, Given, NAMES, all_cases},
};
use std::rc::Rc;

/// Largest difference relative to the largest reference value (at least 1).
pub(crate) fn difference(got: &Tensor, want: &Tensor) -> f64 {
    assert_eq!((got.dims(), got.dtype()), (want.dims(), want.dtype()));
    let flat =
        |t: &Tensor| t.to_dtype(candle_core::DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
    let (got, want) = (flat(got), flat(want));
    let scale = want.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    got.iter().zip(&want).fold(0.0, |m: f64, (g, w)| if g.is_nan() { f64::INFINITY } else { m.max((g - w).abs()) })
        / scale
}

fn program(case: &Case) -> Program {
    let (_, y) = case.graph().unwrap();
    Program::inference(&[&y], &|_| None).unwrap()
}

/// The case with its last input known beforehand, as weights are.
fn program_with_known(case: &Case, values: &[Tensor]) -> Program {
    let (x, y) = case.graph().unwrap();
    let known = y.graph().constant(&values[x.len() - 1]).unwrap();
    let inputs: Vec<_> = x[..x.len() - 1].iter().chain([&known]).collect();
    let y = y.graph().apply(case.op.clone(), &inputs).unwrap();
    Program::inference(&[&y], &|_| None).unwrap()
}

/// `2 y + 1/2 + r`, for a kernel that can do this before it stores `y`.
fn program_with_epilogue(case: &Case) -> Option<(Program, Given)> {
    let (x, y) = case.graph().unwrap();
    let specs: Vec<&Spec> = x.iter().map(|x| x.spec()).collect();
    let fuses = matches!(case.op.form(&specs, y.spec()), Form::Kernel(rule) if rule.takes_epilogue());
    let rest = Given { spec: y.spec().clone(), ..Given::signed([1]) };
    let r = y.graph().input("r", rest.spec.clone());
    let tail = y.affine(2.0, 0.5).and_then(|y| y.add(&r));
    fuses.then(|| (Program::inference(&[&tail.unwrap()], &|_| None).unwrap(), rest))
}

pub(crate) fn label(name: &str, case: &Case) -> String {
    format!("{name} {:?} on {:?}", case.op, case.inputs.iter().map(|g| &g.spec).collect::<Vec<_>>())
}

/// GPUs that choose the kernels for software adapters and those for real GPUs: both are tested on whatever is here. Empty
/// where there is none.
pub(crate) fn gpus() -> Vec<Rc<Gpu>> {
    let with = |software| {
        let mut gpu = Rc::into_inner(gpu()?)?;
        gpu.traits.software = software;
        Some(Rc::new(gpu))
    };
    [true, false].into_iter().filter_map(with).collect()
}

#[test]
fn every_op_has_a_case() {
    for wanted in NAMES {
        assert!(all_cases().iter().any(|(name, case)| name == wanted && case.op.name() == *wanted), "{wanted}");
    }
}

#[test]
fn cpu_equals_candle() {
    for (name, case) in all_cases() {
        let values = case.values().unwrap();
        let want = (case.reference)(&values).unwrap();
        let got = CpuPlan::new(program(&case)).run_now(&values).unwrap();
        let off = difference(&got[0], &want);
        assert!(off < 2e-6, "{}: off by {off:e}", label(name, &case));
    }
}

/// What a GPU makes otherwise of inputs with NaN and infinities.
fn poison_fault(gpu: &Rc<Gpu>, name: &str, case: &Case) -> Option<String> {
    let values = case.poisoned().unwrap();
    let spreads = poison::SPREADING.contains(&name);
    let mut want = CpuPlan::new(program(case)).run_now(&values).unwrap().remove(0);
    if spreads {
        want = poison::least(&want, &(case.reference)(&values).unwrap());
    }
    let got = pollster::block_on(async { GpuPlan::new(gpu, &program(case)).await?.run(&values).await });
    match got.map(|got| poison::difference(&got[0], &want, !spreads)) {
        Ok(off) if off <= case.tolerance => None,
        Ok(off) => Some(format!("{}: with NaN off by {off:e}", label(name, case))),
        Err(error) => Some(format!("{}: with NaN: {error}", label(name, case))),
    }
}

/// What is no number stays none, wherever it stands: in a row of four that a vector takes, in the rest, first or later.
#[test]
fn nan_and_infinity_pass_on_the_cpu() {
    use neocog::graph::{ShapeError, Tensor as Symbol};
    type Ours = fn(&Symbol, &Symbol) -> Result<Symbol, ShapeError>;
    let rows: [(&str, Ours); 18] = [
        ("relu", |x, _| x.relu()),
        ("clamp", |x, _| x.clamp(-0.5, 0.5)),
        ("leaky_relu", |x, _| x.leaky_relu(0.1)),
        ("elu", |x, _| x.elu(1.0)),
        ("exp", |x, _| x.exp()),
        ("sigmoid", |x, _| x.sigmoid()),
        ("tanh", |x, _| x.tanh()),
        ("gelu", |x, _| x.gelu()),
        ("silu", |x, _| x.silu()),
        ("sign", |x, _| x.sign()),
        ("maximum", |x, y| x.broadcast_maximum(y)),
        ("maximum of the second", |x, y| y.broadcast_maximum(x)),
        ("minimum", |x, y| x.broadcast_minimum(y)),
        ("minimum of the second", |x, y| y.broadcast_minimum(x)),
        ("max", |x, _| x.max_keepdim(1)?.broadcast_as([1, 9])),
        ("min", |x, _| x.min_keepdim(1)?.broadcast_as([1, 9])),
        ("softmax", |x, _| x.softmax()),
        ("max_pool2d", |x, _| x.reshape([1, 1, 3, 3])?.max_pool2d(3)?.reshape([1, 1])?.broadcast_as([1, 9])),
    ];
    let whole = Given::signed([1, 9]).value(1).unwrap();
    for (name, ours) in rows {
        for at in 0..9 {
            let mut values = whole.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            values[at] = f32::NAN;
            let x = Tensor::from_vec(values, (1, 9), &candle_core::Device::Cpu).unwrap();
            let graph = neocog::graph::Graph::new();
            let [x_in, y_in] = ["x", "y"].map(|name| graph.input(name, Spec::f32([1, 9])));
            let program = Program::inference(&[&ours(&x_in, &y_in).unwrap()], &|_| None).unwrap();
            let inputs: Vec<Tensor> =
                program.inputs.iter().map(|(name, _)| if name == "x" { x.clone() } else { whole.clone() }).collect();
            let found = CpuPlan::new(program).run_now(&inputs).unwrap().remove(0);
            let found = found.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert!(found[at].is_nan(), "{name}: {found:?} of NaN at {at}");
        }
    }
}

#[test]
fn finished_convolutions_equal_their_steps_on_the_cpu() {
    for (name, case) in all_cases().iter().filter(|(name, _)| *name == "conv2d") {
        for (got, want) in finished::finished(case) {
            let off = difference(&got, &want);
            assert!(off < 2e-6, "{}: off by {off:e}", label(name, case));
        }
    }
}

#[test]
fn gpu_equals_candle() {
    for gpu in gpus() {
        println!("on {}", gpu.name);
        let mut failures = Vec::new();
        for (name, case) in all_cases() {
            if !case.on_gpus() {
                continue;
            }
            let mut values = case.values().unwrap();
            let want = (case.reference)(&values).unwrap();
            failures.extend(poison_fault(&gpu, name, &case));
            let mut check = |program: Program, values: &[Tensor], want: &Tensor| {
                let got = pollster::block_on(async { GpuPlan::new(&gpu, &program).await?.run(values).await });
                match got.map(|got| difference(&got[0], want)) {
                    Ok(off) if off <= case.tolerance => {}
                    Ok(off) => failures.push(format!("{}: off by {off:e}", label(name, &case))),
                    Err(error) => failures.push(format!("{}: {error}", label(name, &case))),
                }
            };
            check(program(&case), &values, &want);
            if name.starts_with("conv") {
                check(program_with_known(&case, &values), &values[..1], &want);
            }
            if let Some((program, rest)) = program_with_epilogue(&case) {
                assert_eq!(program.steps.len(), 1, "{}: the epilogue is fused", label(name, &case));
                values.push(rest.value(77).unwrap());
                check(program, &values, &(want.affine(2.0, 0.5).unwrap() + &values[values.len() - 1]).unwrap());
            }
        }
        assert!(failures.is_empty(), "software = {}:\n{}", gpu.traits.software, failures.join("\n"));
    }
}

/// Methods that are made of several ops mean what candle's mean.
#[test]
fn composites_equal_candle() {
    use neocog::graph::{ShapeError, Tensor as Symbol};
    type Ours = fn(&[Symbol]) -> Result<Symbol, ShapeError>;
    type Theirs = fn(&[Tensor]) -> candle_core::Result<Tensor>;
    let rows: [(&str, Ours, Theirs); 15] = [
        ("stack", |x| Symbol::stack(&[&x[0], &x[1]], 1), |x| Tensor::stack(&[&x[0], &x[1]], 1)),
        ("chunk 0", |x| Ok(x[0].chunk(3, 2)?.remove(0)), |x| x[0].chunk(3, 2)?[0].contiguous()),
        ("chunk 2", |x| Ok(x[0].chunk(3, 2)?.remove(2)), |x| x[0].chunk(3, 2)?[2].contiguous()),
        ("chunk 9", |x| Ok(x[0].chunk(9, 1)?.remove(1)), |x| x[0].chunk(9, 1)?[1].contiguous()),
        ("repeat", |x| x[0].repeat([2, 1, 3, 2]), |x| x[0].repeat((2, 1, 3, 2))),
        ("repeat 1", |x| x[0].repeat([3]), |x| Tensor::cat(&[&x[0], &x[0], &x[0]], 2)),
        ("zeros_like", |x| x[0].zeros_like(), |x| x[0].zeros_like()),
        ("ones_like", |x| x[0].ones_like()?.add(&x[1]), |x| x[0].ones_like()? + &x[1]),
        ("var_keepdim", |x| x[0].var_keepdim(1), |x| x[0].var_keepdim(1)),
        ("var", |x| x[0].var(2), |x| x[0].var(2)),
        ("log_sum_exp", |x| x[0].log_sum_exp(2), |x| x[0].log_sum_exp(2)),
        ("broadcast_matmul", |x| x[0].broadcast_matmul(&x[2]), |x| x[0].broadcast_matmul(&x[2])),
        ("scatter_add", |x| x[0].scatter_add(&x[3], &x[1], 2), |x| x[0].scatter_add(&x[3], &x[1], 2)),
        ("index_add", |x| x[0].index_add(&x[4], &x[1], 2), |x| x[0].index_add(&x[4], &x[1], 2)),
        ("argmin", |x| x[0].argmin(0)?.to_dtype(DType::F32), |x| x[0].argmin(0)?.to_dtype(candle_core::DType::F32)),
    ];
    let givens = [
        Given::signed([2, 3, 5]),
        Given::signed([2, 3, 5]),
        Given::signed([5, 4]),
        Given::below([2, 3, 5], 5),
        Given::below([5], 5),
    ];
    let values: Vec<Tensor> = givens.iter().enumerate().map(|(k, given)| given.value(k as u32).unwrap()).collect();
    for (name, ours, theirs) in rows {
        let graph = neocog::graph::Graph::new();
        let x: Vec<Symbol> =
            (0..).zip(&givens).map(|(k, given)| graph.input(&format!("{k}"), given.spec.clone())).collect();
        let program = Program::inference(&[&ours(&x).unwrap()], &|_| None).unwrap();
        let inputs: Vec<Tensor> =
            program.inputs.iter().map(|(k, _)| values[k.parse::<usize>().unwrap()].clone()).collect();
        let off = difference(&CpuPlan::new(program).run_now(&inputs).unwrap()[0], &theirs(&values).unwrap());
        assert!(off < 2e-6, "{name}: off by {off:e}");
    }
}

/// An index beyond the end is an error that names it.
#[test]
fn indexes_are_checked() {
    let device = &candle_core::Device::Cpu;
    let graph = neocog::graph::Graph::new();
    let x = graph.input("x", Spec::f32([2, 3]));
    let ids = graph.input("ids", Spec::u32([2]));
    let y = x.index_select(&ids, 0).unwrap();
    let values =
        [Tensor::zeros((2, 3), candle_core::DType::F32, device).unwrap(), Tensor::new(&[1u32, 2], device).unwrap()];
    let error = CpuPlan::new(Program::inference(&[&y], &|_| None).unwrap()).run_now(&values).unwrap_err();
    assert!(error.to_string().contains("index_select: index 2 is beyond the 2"), "{error}");
}
