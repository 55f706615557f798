//! An op that this crate does not list, with kernels of its own.

use super::{difference, gpus};
use candle_core::{Device, Tensor as Host};
use neocog::backend::{Plan, cpu::CpuPlan, gpu::GpuPlan};
use neocog::graph::launch::{Launch, Traits};
use neocog::graph::op::{Case, Cost, Form, KernelRule, Op, Rule};
use neocog::graph::{Graph, Program, ShapeError, Spec, Tensor, grad};

/// `y[i] = Σ x[..=i]` of a vector, or from the end with `reverse`.
#[derive(Clone, Copy, Debug)]
struct CumulativeSum {
    reverse: bool,
}

const WGSL: &str = "
    const COUNT: u32 = 4u;
    const REVERSE: u32 = 0u;
    @group(0) @binding(0) var<storage, read_write> y: array<f32>;
    @group(0) @binding(1) var<storage, read> x: array<f32>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
        let i = id.x + id.y * groups.x * 64u;
        if i >= COUNT {
            return;
        }
        var sum = 0.0;
        for (var k = select(0u, i, REVERSE == 1u); k < select(i + 1u, COUNT, REVERSE == 1u); k++) {
            sum += x[k];
        }
        y[i] = sum;
    }";

impl Rule for CumulativeSum {
    const NAME: &'static str = "cumulative_sum";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        match x[0].rank() {
            1 => Ok(x[0].clone()),
            _ => Err(ShapeError::Rank { op: Self::NAME, want: "1", got: x[0].shape.clone() }),
        }
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    /// Each input is in all sums behind it.
    fn vjp(&self, _: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![Some(dy.graph().apply(Op::own_kernel(Self { reverse: !self.reverse }), &[dy])?)])
    }

    fn cost(&self, _: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: 2 * y.size_bytes() as u64 }
    }

    fn cases() -> Vec<Case> {
        Vec::new()
    }
}

impl KernelRule for CumulativeSum {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let mut values = x[0].to_vec1::<f32>()?;
        let mut sum = 0.0;
        let mut add = |v: &mut f32| {
            sum += *v;
            *v = sum;
        };
        if self.reverse {
            values.iter_mut().rev().for_each(&mut add)
        } else {
            values.iter_mut().for_each(&mut add)
        }
        Host::from_vec(values, y.shape.as_slice(), &Device::Cpu)
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let constants = [("COUNT", y.elem_count()), ("REVERSE", usize::from(self.reverse))];
        vec![Launch::flat(WGSL, 1, y.elem_count(), 64).constants(constants)]
    }
}

#[test]
fn an_op_of_ones_own_runs_and_has_its_gradient_on_every_device() {
    let graph = Graph::new();
    let x = graph.input("x", Spec::f32([4]));
    let y = graph.apply(Op::own_kernel(CumulativeSum { reverse: false }), &[&x]).unwrap();
    let dx = grad(&y.sqr().unwrap(), &[&x]).unwrap().remove(0);
    let program = || Program::inference(&[&y, &dx], &|_| None).unwrap();
    let host = |values: &[f32]| Host::new(values, &Device::Cpu).unwrap();
    let input = [host(&[1.0, 2.0, -4.0, 3.0])];
    // Sums 1, 3, -1, 2; twice their sums from the end.
    let want = [host(&[1.0, 3.0, -1.0, 2.0]), host(&[10.0, 8.0, 2.0, 4.0])];
    let mut all = vec![CpuPlan::new(program()).run_now(&input).unwrap()];
    for gpu in gpus() {
        all.push(
            pollster::block_on(async { GpuPlan::new(&gpu, &program()).await.unwrap().run(&input).await }).unwrap(),
        );
    }
    for got in all {
        got.iter().zip(&want).for_each(|(got, want)| assert!(difference(got, want) < 1e-6, "{got}"));
    }
    let square = graph.input("square", Spec::f32([2, 2]));
    let error = graph.apply(Op::own_kernel(CumulativeSum { reverse: false }), &[&square]).unwrap_err();
    assert!(error.to_string().contains("cumulative_sum"), "{error}");
}
