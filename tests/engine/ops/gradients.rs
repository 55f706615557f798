//! Gradient rules against central differences, in f64 on the CPU.

use super::label;
use candle_core::Tensor as Host;
use neocog::backend::cpu::CpuPlan;
use neocog::graph::op::{Case, Fill, Given, all_cases};
use neocog::graph::{DType, Graph, Program, ShapeError, Spec, Tensor, Wide};
use std::collections::BTreeMap;

const STEP: f64 = 1e-6;
/// Elements of each input that are moved.
const PROBES: usize = 24;

/// Ops whose rule is that they have no gradient.
const NO_GRADIENT: [&str; 1] = ["optimiser_step"];

/// A compiled function of named values.
struct Function {
    names: Vec<String>,
    plan: CpuPlan,
}

impl Function {
    fn new(outputs: &[&Tensor]) -> Self {
        let program = Program::inference(outputs, &|_| None).unwrap();
        Self { names: program.inputs.iter().map(|(name, _)| name.clone()).collect(), plan: CpuPlan::new(program) }
    }

    fn call(&self, values: &BTreeMap<String, Host>) -> Vec<Vec<f64>> {
        let inputs: Vec<Host> = self.names.iter().map(|name| values[name].clone()).collect();
        let flat = |y: &Host| y.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        self.plan.run_now(&inputs).unwrap().iter().map(flat).collect()
    }
}

/// Compares the rule of one case; gives the reason if there is no gradient.
fn check(name: &str, case: &Case) -> Result<(), ShapeError> {
    let what = label(name, case);
    let widen =
        |given: &Given| if given.spec.dtype == DType::F32 { given.clone().of(DType::F64(Wide)) } else { given.clone() };
    let givens: Vec<Given> = case.inputs.iter().map(widen).collect();
    let graph = Graph::new();
    let x: Vec<Tensor> =
        givens.iter().enumerate().map(|(k, given)| graph.input(&format!("x{k}"), given.spec.clone())).collect();
    let y = graph.apply(case.op.clone(), &x.iter().collect::<Vec<_>>())?;
    let dy = graph.input("dy", y.spec().clone());
    let grads = case.op.vjp(&x, &y, &dy)?;
    assert_eq!(grads.len(), x.len(), "{what}: one gradient per input");
    for (x, dx) in x.iter().zip(&grads) {
        let smooth = x.dtype() != DType::U32 && y.dtype() != DType::U32;
        assert!(smooth || dx.is_none(), "{what}: whole numbers have no gradient");
        dx.iter().for_each(|dx| assert_eq!(dx.spec(), x.spec(), "{what}: a gradient has its input's spec"));
    }
    if !y.dtype().is_wide() {
        return Ok(());
    }

    let mut values: BTreeMap<String, Host> = BTreeMap::new();
    for (k, given) in givens.iter().enumerate() {
        values.insert(format!("x{k}"), given.value(k as u32).unwrap());
    }
    let weights = Given { spec: Spec::new(y.dims(), DType::F64(Wide)), ..Given::signed([1]) }.value(97).unwrap();
    let dy_flat = weights.flatten_all().unwrap().to_vec1::<f64>().unwrap();
    values.insert("dy".to_owned(), weights);
    let some: Vec<&Tensor> = grads.iter().flatten().collect();
    let mut computed = if some.is_empty() { Vec::new() } else { Function::new(&some).call(&values) }.into_iter();
    let forward = Function::new(&[&y]);
    let loss = |values: &BTreeMap<String, Host>| -> f64 {
        forward.call(values)[0].iter().zip(&dy_flat).map(|(y, dy)| y * dy).sum()
    };
    for (k, given) in givens.iter().enumerate() {
        // No gradient stands for zero, unless a step of a mask or an index is all or nothing.
        let flat = grads[k].is_none().then(|| vec![0.0; given.spec.elem_count()]);
        let dx = flat.or_else(|| computed.next()).unwrap();
        if given.spec.dtype == DType::U32 || (grads[k].is_none() && matches!(given.fill, Fill::Whole(_))) {
            continue;
        }
        let key = format!("x{k}");
        let at = values[&key].flatten_all().unwrap().to_vec1::<f64>().unwrap();
        let probes: std::collections::BTreeSet<usize> = (0..PROBES).map(|p| p * at.len() / PROBES).collect();
        for i in probes {
            let mut moved = |by: f64| {
                let mut x = at.clone();
                x[i] += by;
                values.insert(
                    key.clone(),
                    Host::from_vec(x, given.spec.shape.as_slice(), &candle_core::Device::Cpu).unwrap(),
                );
                loss(&values)
            };
            let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            moved(0.0);
            let off = (slope - dx[i]).abs() / slope.abs().max(1.0);
            assert!(off < 1e-6, "{what}: input {k} at {i}: the rule says {}, the slope is {slope}", dx[i]);
        }
    }
    Ok(())
}

#[test]
fn gradients_are_slopes() {
    let mut none = BTreeMap::new();
    for (name, case) in all_cases() {
        match check(name, &case) {
            Ok(()) => {}
            Err(ShapeError::NoGradient { op, why }) => _ = none.insert(op, why),
            Err(error) => panic!("{}: {error}", label(name, &case)),
        }
    }
    assert!(none.keys().eq(NO_GRADIENT.iter()), "of these ops only {NO_GRADIENT:?} may lack a gradient: {none:?}");
}
