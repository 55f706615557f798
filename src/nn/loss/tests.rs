//! Losses against candle-nn's, against formulas, and their gradients against central differences in f64.

use super::*;
use crate::backend::cpu::CpuPlan;
use crate::graph::op::{Fill, Given};
use crate::graph::{Graph, Host, Program, Spec, Wide, grad};
use candle_core::Device;

type Loss = fn(&Tensor, &Tensor) -> Result<Tensor, ShapeError>;

fn compute(loss: Loss, x: &Host, target: &Host) -> Host {
    let graph = Graph::new();
    let input = |name: &str, host: &Host| {
        let dtype = match host.dtype() {
            candle_core::DType::F64 => DType::F64(Wide),
            candle_core::DType::U32 => DType::U32,
            _ => DType::F32,
        };
        graph.input(name, Spec::new(host.dims(), dtype))
    };
    let y = loss(&input("x", x), &input("target", target)).unwrap();
    assert_eq!(y.elem_count(), 1);
    let program = Program::inference(&[&y], &|_| None).unwrap();
    CpuPlan::new(program).run_now(&[x.clone(), target.clone()]).unwrap().remove(0)
}

fn number(host: &Host) -> f64 {
    host.to_dtype(candle_core::DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap()[0]
}

fn close(got: &Host, want: f64) {
    let got = number(got);
    assert!((got - want).abs() <= 2e-6 * want.abs().max(1.0), "{got} for {want}");
}

fn logits(dtype: DType) -> Host {
    Given::signed([6, 5]).of(dtype).value(1).unwrap().affine(4.0, 0.0).unwrap()
}

fn labels() -> Host {
    Given::below([6], 5).value(2).unwrap()
}

fn targets(dtype: DType) -> Host {
    let raw = Given::positive([6, 5]).of(dtype).value(3).unwrap();
    raw.broadcast_div(&raw.sum_keepdim(1).unwrap()).unwrap()
}

fn mask() -> Host {
    Given { spec: Spec::f32([6, 5]), fill: Fill::Whole(2) }.value(4).unwrap()
}

#[test]
fn losses_are_candles() {
    let (x, labels) = (logits(DType::F32), labels());
    let want = candle_nn::loss::cross_entropy(&x, &labels).unwrap();
    close(&compute(|x, t| cross_entropy(x, t, 0.0), &x, &labels), number(&want));
    let want = candle_nn::loss::mse(&x, &targets(DType::F32)).unwrap();
    close(&compute(mse, &x, &targets(DType::F32)), number(&want));
    let want = candle_nn::loss::binary_cross_entropy_with_logit(&x, &mask()).unwrap();
    close(&compute(bce_with_logits, &x, &mask()), number(&want));
}

/// Hard labels are soft targets of one class; smoothed ones have the rest spread evenly.
#[test]
fn smoothed_labels_are_soft_targets() {
    let (x, labels) = (logits(DType::F32), labels());
    for (smoothing, loss) in [(0.0, (|x, t| cross_entropy(x, t, 0.0)) as Loss), (0.1, |x, t| cross_entropy(x, t, 0.1))]
    {
        let mut target = vec![smoothing as f32 / 5.0; 30];
        for (row, label) in labels.to_vec1::<u32>().unwrap().into_iter().enumerate() {
            target[row * 5 + label as usize] += 1.0 - smoothing as f32;
        }
        let target = Host::from_vec(target, (6, 5), &Device::Cpu).unwrap();
        close(&compute(loss, &x, &labels), number(&compute(soft_cross_entropy, &x, &target)));
    }
}

#[test]
fn great_logits_stay_finite() {
    let x = Host::new(&[[1e4_f32, -1e4], [-1e4, 1e4]], &Device::Cpu).unwrap();
    let wrong = Host::new(&[1_u32, 0], &Device::Cpu).unwrap();
    close(&compute(|x, t| cross_entropy(x, t, 0.0), &x, &wrong), 2e4);
    // Two entries of four are wrong by 10⁴, the others right.
    let target = Host::new(&[[0.0_f32, 0.0], [1.0, 1.0]], &Device::Cpu).unwrap();
    close(&compute(bce_with_logits, &x, &target), 5e3);
}

#[test]
fn gradients_are_central_differences() {
    let rows: [(Loss, Host, Host); 5] = [
        (|x, t| cross_entropy(x, t, 0.0), logits(DType::F64(Wide)), labels()),
        (|x, t| cross_entropy(x, t, 0.2), logits(DType::F64(Wide)), labels()),
        (soft_cross_entropy, logits(DType::F64(Wide)), targets(DType::F64(Wide))),
        (mse, logits(DType::F64(Wide)), targets(DType::F64(Wide))),
        // Zero among the logits: where the usual |x| has a kink.
        (bce_with_logits, logits(DType::F64(Wide)).zeros_like().unwrap(), targets(DType::F64(Wide))),
    ];
    for (loss, x, target) in rows {
        let values: Vec<f64> = x.flatten_all().unwrap().to_vec1().unwrap();
        let analytic = gradient(loss, &x, &target);
        for place in [0, 7, 29] {
            let moved = |by: f64| {
                let mut values = values.clone();
                values[place] += by;
                number(&compute(loss, &Host::from_vec(values, x.dims(), &Device::Cpu).unwrap(), &target))
            };
            let step = 1e-5;
            let central = (moved(step) - moved(-step)) / (2.0 * step);
            assert!((central - analytic[place]).abs() < 1e-8, "{central} and {}", analytic[place]);
        }
    }
}

fn gradient(loss: Loss, x: &Host, target: &Host) -> Vec<f64> {
    let graph = Graph::new();
    let dtype = if target.dtype() == candle_core::DType::U32 { DType::U32 } else { DType::F64(Wide) };
    let input = graph.input("x", Spec::new(x.dims(), DType::F64(Wide)));
    let y = loss(&input, &graph.input("target", Spec::new(target.dims(), dtype))).unwrap();
    let program = Program::inference(&[&grad(&y, &[&input]).unwrap()[0]], &|_| None).unwrap();
    let given = program.inputs.iter().map(|(name, _)| if name == "x" { x.clone() } else { target.clone() });
    let given: Vec<Host> = given.collect();
    CpuPlan::new(program).run_now(&given).unwrap()[0].flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn correct_counts_rows() {
    let x = Host::new(&[[0.0_f32, 2.0, 1.0], [3.0, 3.0, 0.0], [0.0, 0.0, 9.0], [5.0, 0.0, 0.0]], &Device::Cpu).unwrap();
    let labels = Host::new(&[1_u32, 0, 1, 0], &Device::Cpu).unwrap();
    assert_eq!(number(&compute(correct, &x, &labels)), 3.0);
}

#[test]
fn what_does_not_fit_is_refused() {
    let graph = Graph::new();
    let x = graph.input("x", Spec::f32([4, 3]));
    let labels = |count| graph.input("labels", Spec::u32([count]));
    assert!(cross_entropy(&x, &labels(5), 0.0).is_err());
    assert!(cross_entropy(&x, &x, 0.0).is_err());
    assert!(cross_entropy(&x, &labels(4), 1.5).is_err());
    assert!(correct(&x, &labels(3)).is_err());
    for loss in [soft_cross_entropy, mse, bce_with_logits] {
        assert!(loss(&x, &graph.input("t", Spec::f32([4, 1]))).is_err());
    }
}
