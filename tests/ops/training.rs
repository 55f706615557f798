//! What training adds: batch normalisation as a whole, how few steps it takes, random numbers, orders, examples.

use super::{difference, gpus};
use candle_core::{Device, Tensor as Host};
use neocog::backend::{Plan, cpu::CpuPlan, gpu::GpuPlan};
use neocog::graph::op::{BatchNorm, Given, Moments, Unary, unary::UnaryFn};
use neocog::graph::{DType, Graph, Op, Program, ShapeError, Spec, Tensor};

const EPS: f64 = 1e-5;

/// `relu(batch_norm(x, moments(x)))` and its gradients by chaining the rules: x, weight, bias, dy → y; dx, dweight, dbias.
struct Norm {
    y: Tensor,
    gradients: Vec<Tensor>,
}

fn norm(shape: [usize; 4], dtype: DType, relu: bool) -> Result<Norm, ShapeError> {
    let graph = Graph::new();
    let of_channels = |name: &str| graph.input(name, Spec::new([shape[1]], dtype));
    let x = graph.input("x", Spec::new(shape, dtype));
    let (weight, bias) = (of_channels("weight"), of_channels("bias"));
    let moments = x.moments()?;
    let normalised = x.batch_norm(&moments, &weight, &bias, EPS)?;
    let y = if relu { normalised.relu()? } else { normalised.clone() };

    let dy = graph.input("dy", Spec::new(shape, dtype));
    let only = |gradient: Vec<Option<Tensor>>| gradient.into_iter().flatten().next().unwrap();
    let rule = |op: Op, x: &[&Tensor], y: &Tensor, dy: &Tensor| {
        op.vjp(&x.iter().map(|&x| x.clone()).collect::<Vec<_>>(), y, dy)
    };
    let dnormalised = match relu {
        true => only(rule(Unary(UnaryFn::Relu).into(), &[&normalised], &y, &dy)?),
        false => dy,
    };
    let norm = BatchNorm { eps: EPS };
    let inputs = [&x, &moments, &weight, &bias];
    let parts: Vec<Tensor> = rule(norm.into(), &inputs, &normalised, &dnormalised)?.into_iter().flatten().collect();
    let [direct, dmoments, dweight, dbias] = <[Tensor; 4]>::try_from(parts).unwrap();
    let dx = direct.add(&only(rule(Moments.into(), &[&x], &moments, &dmoments)?))?;
    Ok(Norm { y, gradients: vec![dx, dweight, dbias] })
}

fn program(outputs: &[&Tensor]) -> Program {
    Program::inference(outputs, &|_| None).unwrap()
}

/// Values by name: the batch far from zero, for what digits remain.
fn inputs(program: &Program) -> Vec<Host> {
    let value = |(name, id): &(String, usize)| {
        let spec = program.node(*id).spec.clone();
        let value = Given { spec, ..Given::signed([1]) }.value(name.bytes().map(u32::from).sum()).unwrap();
        if name == "x" { (value + 3.0).unwrap() } else { value }
    };
    program.inputs.iter().map(value).collect()
}

/// PyTorch's formula (`native_batch_norm_backward`): dx = weight/σ (dy - mean dy - x̂ mean(dy x̂)), in candle's tensors.
fn expected(x: &Host, weight: &Host, dy: &Host) -> candle_core::Result<[Host; 5]> {
    let dims = x.dims().to_vec();
    let wide = |t: &Host| t.reshape((1, dims[1], 1, 1));
    let mean = |t: &Host| t.mean_keepdim((0, 2, 3));
    let centred = x.broadcast_sub(&mean(x)?)?;
    let deviation = (mean(&centred.sqr()?)? + EPS)?.sqrt()?;
    let normalised = centred.broadcast_div(&deviation)?;
    let products = (dy * &normalised)?;
    let inner = dy.broadcast_sub(&mean(dy)?)?.broadcast_sub(&normalised.broadcast_mul(&mean(&products)?)?)?;
    let scale = wide(weight)?.broadcast_div(&deviation)?;
    let (dx, dweight) = (inner.broadcast_mul(&scale)?, products.sum((0, 2, 3))?);
    // Σ dx x̂ would be zero but for ε: Σ x̂² is M var / (var + ε).
    let rest = ((scale / deviation.sqr()?)? * EPS)?.flatten_all()?.mul(&dweight)?;
    Ok([dx, dweight, dy.sum((0, 2, 3))?, normalised, rest])
}

#[test]
fn batch_norm_has_pytorchs_gradient() {
    let shape = [4, 6, 5, 7];
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 2e-6)] {
        let norm = norm(shape, dtype, false).unwrap();
        let program = program(&norm.gradients.iter().collect::<Vec<_>>());
        let values = inputs(&program);
        let named = |name: &str| &values[program.inputs.iter().position(|(n, _)| n == name).unwrap()];
        let [dx, dweight, dbias, normalised, rest] = expected(named("x"), named("weight"), named("dy")).unwrap();
        let got = CpuPlan::new(program).run_now(&values).unwrap();
        for (got, want) in got.iter().zip([&dx, &dweight, &dbias]) {
            let off = difference(got, want);
            assert!(off < tolerance, "{dtype:?}: off by {off:e}");
        }
        // Neither a shift nor a scale of a channel changes what comes out: Σ dx = 0, Σ dx x̂ = 0.
        let along = (&got[0] * normalised).unwrap().sum((0, 2, 3)).unwrap();
        for (sum, want) in [(got[0].sum((0, 2, 3)).unwrap(), rest.zeros_like().unwrap()), (along, rest)] {
            let off = difference(&sum, &want);
            assert!(off < 20.0 * tolerance, "{dtype:?}: {off:e}");
        }
    }
}

/// Statistics, and normalising with the activation; back the mask, the sums, and dx. Besides, what has two numbers a channel.
#[test]
fn batch_norm_takes_few_passes() {
    let shape = [4, 6, 20, 20];
    let passes = |outputs: &[&Tensor]| {
        let program = program(outputs);
        let touches = |id: usize| program.node(id).spec.elem_count() == shape.iter().product::<usize>();
        let large = program.steps.iter().filter(|s| touches(s.output) || program.reads(s).into_iter().any(touches));
        let large = large.count();
        println!("{large} passes over the batch, {} steps over channels", program.steps.len() - large);
        (large, program.steps.len() - large)
    };
    let norm = norm(shape, DType::F32, true).unwrap();
    assert_eq!(passes(&[&norm.y]), (2, 0));
    let all: Vec<&Tensor> = std::iter::once(&norm.y).chain(&norm.gradients).collect();
    // dx asks for the gradient of the moments (two steps); dweight and dbias are copied out of the sums.
    assert_eq!(passes(&all), (2 + 3, 2 + 2));
}

#[test]
fn batch_norm_trains_on_the_gpu_as_on_the_cpu() {
    for gpu in gpus() {
        for shape in [[4, 6, 20, 20], [3, 70, 9, 9], [2, 3, 1, 1]] {
            let norm = norm(shape, DType::F32, true).unwrap();
            let all: Vec<&Tensor> = std::iter::once(&norm.y).chain(&norm.gradients).collect();
            let values = inputs(&program(&all));
            let want = CpuPlan::new(program(&all)).run_now(&values).unwrap();
            let got = pollster::block_on(async { GpuPlan::new(&gpu, &program(&all)).await?.run(&values).await });
            for (got, want) in got.unwrap().iter().zip(&want) {
                let off = difference(got, want);
                assert!(off < 2e-5, "{shape:?}: off by {off:e}");
            }
        }
    }
}

/// The gradient of a convolution's bias.
#[test]
fn channels_are_summed_in_one_step() {
    let graph = Graph::new();
    let dy = graph.input("dy", Spec::f32([3, 4, 5, 5]));
    assert_eq!(program(&[&dy.sum_to(&[1, 4, 1, 1]).unwrap()]).steps.len(), 1);
    assert_eq!(program(&[&dy.sum_to(&[4, 1, 5]).unwrap()]).steps.len(), 1);
}

/// One draw on the CPU, by name of what its counter is.
fn draw(counter: &[u32], of: impl Fn(&Tensor) -> Result<Tensor, ShapeError>) -> Host {
    let graph = Graph::new();
    let input = graph.input("counter", Spec::u32([counter.len()]));
    let plan = CpuPlan::new(program(&[&of(&input).unwrap()]));
    plan.run_now(&[Host::new(counter, &Device::Cpu).unwrap()]).unwrap().remove(0)
}

#[test]
fn draws_have_their_distributions() {
    const COUNT: usize = 1 << 20;
    let floats = |y: &Host| -> Vec<f64> { y.to_vec1::<f32>().unwrap().into_iter().map(f64::from).collect() };
    let moment = |y: &[f64], k: i32| y.iter().map(|v| v.powi(k)).sum::<f64>() / y.len() as f64;
    let root = (COUNT as f64).sqrt();

    let uniform = floats(&draw(&[7, 3], |c| c.random_uniform(1, [COUNT])));
    assert!(uniform.iter().all(|v| (0.0..1.0).contains(v)));
    // Five standard errors.
    assert!((moment(&uniform, 1) - 0.5).abs() < 5.0 * (1.0f64 / 12.0).sqrt() / root);
    assert!((moment(&uniform, 2) - 1.0 / 3.0).abs() < 5.0 * (4.0f64 / 45.0).sqrt() / root);

    let normal = floats(&draw(&[7, 3], |c| c.random_normal(1, [COUNT])));
    assert!(moment(&normal, 1).abs() < 5.0 / root);
    assert!((moment(&normal, 2) - 1.0).abs() < 5.0 * 2.0f64.sqrt() / root);
    assert!((moment(&normal, 4) - 3.0).abs() < 5.0 * 96.0f64.sqrt() / root);

    // Seed, step and key each make another draw; the same three make the same.
    let bits = |counter: [u32; 2], key: u32| draw(&counter, |c| c.random_bits(key, [64])).to_vec1::<u32>().unwrap();
    let draws = [bits([7, 3], 1), bits([8, 3], 1), bits([7, 4], 1), bits([7, 3], 2)];
    assert_eq!(draws[0], bits([7, 3], 1));
    for (k, draw) in draws.iter().enumerate() {
        assert!(!draws[..k].contains(draw), "{k}");
    }
}

/// E[dropout(x)] = x, in one step beside what the rate alone needs.
#[test]
fn dropout_keeps_the_mean() {
    const COUNT: usize = 1 << 18;
    let graph = Graph::new();
    let x = graph.input("x", Spec::f32([COUNT]));
    let counter = graph.input("counter", Spec::u32([2]));
    let rate = graph.input("rate", Spec::f32([1]));
    let y = x.dropout(&rate, &counter, 9).unwrap();
    let program = program(&[&y]);
    assert_eq!(program.steps.len(), 2);
    let plan = CpuPlan::new(program);
    let ones = Host::ones(COUNT, candle_core::DType::F32, &Device::Cpu).unwrap();
    for rate in [0.0f32, 0.25, 0.9] {
        let device = &Device::Cpu;
        let inputs = [ones.clone(), Host::new(&[1u32, 2], device).unwrap(), Host::new(&[rate], device).unwrap()];
        let y = plan.run_now(&inputs).unwrap().remove(0).to_vec1::<f32>().unwrap();
        let scaled = 1.0 / (1.0 - rate);
        assert!(y.iter().all(|&v| v == 0.0 || (v - scaled).abs() < 1e-6 * scaled));
        let mean = y.iter().map(|&v| f64::from(v)).sum::<f64>() / COUNT as f64;
        let error = (f64::from(rate * scaled) / COUNT as f64).sqrt();
        assert!((mean - 1.0).abs() <= 5.0 * error + 1e-6, "{rate}: {mean}");
    }
}

fn order(seed: u32, epoch: u32, first: u32, len: usize, count: usize) -> Vec<u32> {
    draw(&[seed, epoch, first], |c| c.permutation(len, count)).to_vec1::<u32>().unwrap()
}

#[test]
fn orders_are_permutations() {
    for len in [1, 2, 3, 4, 5, 17, 64, 65, 1000, 50_000] {
        let whole = order(5, 0, 0, len, len);
        let mut sorted = whole.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..len as u32), "{len}");
        // A batch is a part of it, and goes round.
        let first = len as u32 - 1;
        let batch = order(5, 0, first, len, 3);
        let wanted: Vec<u32> = (0..3).map(|i| whole[(first as usize + i) % len]).collect();
        assert_eq!(batch, wanted, "{len}");
        if len >= 17 {
            assert_ne!(whole, order(5, 1, 0, len, len), "{len}: another epoch, another order");
            assert_ne!(whole, order(6, 0, 0, len, len), "{len}: another seed, another order");
            assert_ne!(whole, (0..len as u32).collect::<Vec<_>>());
        }
    }
}

/// Each thing comes to each place equally often: χ² over many epochs stays within five standard deviations of its mean.
#[test]
fn orders_are_uniform() {
    const EPOCHS: u32 = 3000;
    for len in [2usize, 3, 5, 10, 17] {
        let mut counts = vec![0u32; len * len];
        for epoch in 0..EPOCHS {
            for (place, &thing) in order(3, epoch, 0, len, len).iter().enumerate() {
                counts[place * len + thing as usize] += 1;
            }
        }
        let expected = f64::from(EPOCHS) / len as f64;
        let chi: f64 = counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
        // Rows and columns add up: (len - 1)² degrees of freedom, scaled by len / (len - 1).
        let freedom = ((len - 1) * (len - 1)) as f64;
        let chi = chi * (len - 1) as f64 / len as f64;
        println!("{len} things: χ² = {chi:.3} for {freedom} degrees of freedom");
        assert!(chi < freedom + 5.0 * (2.0 * freedom).sqrt(), "{len}: {chi} for {freedom}");
    }
}

/// An example beyond the end is an error that names it.
#[test]
fn examples_are_checked() {
    let graph = Graph::new();
    let words = graph.input("words", Spec::u32([3, 2]));
    let ids = graph.input("ids", Spec::u32([1]));
    let plan = CpuPlan::new(program(&[&words.load_bytes(&ids, [7]).unwrap()]));
    let zeros = Host::zeros((3, 2), candle_core::DType::U32, &Device::Cpu).unwrap();
    let error = plan.run_now(&[zeros, Host::new(&[3u32], &Device::Cpu).unwrap()]).unwrap_err();
    assert!(error.to_string().contains("load_bytes: index 3 is beyond the 3"), "{error}");
    assert!(words.load_bytes(&ids, [9]).is_err());
}
