//! Convolutions with what networks put behind them, on the CPU: done as results are stored, and as steps of their own.

use neocog::backend::cpu::CpuPlan;
use neocog::graph::op::{Case, Given};
use neocog::graph::{Graph, Host, Init, Program, Spec};

/// What the plan computes, and what it should: a bias and bounds, and a bias, other results and a bound. The weights never
/// change.
pub(crate) fn finished(case: &Case) -> Vec<(Host, Host)> {
    let values = case.values().unwrap();
    let graph = Graph::new();
    let x = graph.input("x", case.inputs[0].spec.clone());
    let w = graph.variable("w", case.inputs[1].spec.clone(), Init::Const(0.0)).unwrap();
    let y = graph.apply(case.op.clone(), &[&x, &w]).unwrap();
    let [bias, rest] = [[1, y.dims()[1], 1, 1].to_vec(), y.dims().to_vec()]
        .map(|shape| Given { spec: Spec::new(shape, y.dtype()), ..Given::signed([1]) });
    let b = graph.variable("b", bias.spec.clone(), Init::Const(0.0)).unwrap();
    let r = graph.input("r", rest.spec.clone());
    let (bias, rest) = (bias.value(7).unwrap(), rest.value(8).unwrap());

    let biased = y.broadcast_add(&b).unwrap();
    let inputs = [values[0].clone(), rest];
    let known = |name: &str| match name {
        "w" => Some(values[1].clone().into()),
        "b" => Some(bias.clone().into()),
        _ => None,
    };
    let bounded = biased.clamp(-0.25, 0.5).unwrap();
    let residual = r.add(&biased).unwrap().relu().unwrap();
    let ways = [bounded, residual].into_iter().map(|y| {
        // A program takes the inputs that it has; as it stands the graph has both.
        let run = |program: Program| {
            let inputs = &inputs[..program.inputs.len()];
            CpuPlan::new(program).run_now(inputs).unwrap().remove(0)
        };
        let whole = Program::inference(&[&y], &known).unwrap();
        assert_eq!(whole.steps.len(), 1, "what follows a convolution is in its step");
        (run(whole), run(Program::unoptimised(&[&y], &known).unwrap()))
    });
    ways.collect()
}
