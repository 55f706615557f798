//! Element by element: activations, arithmetic, comparisons, choices. What is known is computed now, the rest by the graph.

use super::array::{Kind, KnownArray, Value};
use super::call::{NodeCall, NodeValues, Refusal, known, of_kind, one, refuse};
use crate::graph::{ShapeError, Spec, Tensor, broadcast};

type OnTensor = fn(&Tensor) -> Result<Tensor, ShapeError>;
type OnTensors = fn(&Tensor, &Tensor) -> Result<Tensor, ShapeError>;

/// A function of one value, in both ways.
fn unary(call: &NodeCall, kind: Option<Kind>, now: fn(f64) -> f64, later: OnTensor) -> NodeValues {
    match call.value(0)? {
        Value::Known(x) => {
            let values = x.values.iter().copied().map(now).collect();
            known(KnownArray::new(kind.unwrap_or(x.kind), x.shape.clone(), values))
        }
        Value::Live(x, own) => of_kind(later(x)?, kind.unwrap_or(*own)),
    }
}

pub(super) fn function(call: &NodeCall) -> NodeValues {
    let to = |now, later| unary(call, None, now, later);
    match call.op() {
        "Abs" => to(f64::abs, Tensor::abs),
        "Neg" => to(|x| -x, Tensor::neg),
        "Sign" => to(|x| if x == 0.0 { 0.0 } else { x.signum() }, Tensor::sign),
        "Exp" => to(f64::exp, Tensor::exp),
        "Log" => to(f64::ln, Tensor::log),
        "Sqrt" => to(f64::sqrt, Tensor::sqrt),
        "Reciprocal" => to(f64::recip, Tensor::recip),
        "Sin" => to(f64::sin, Tensor::sin),
        "Cos" => to(f64::cos, Tensor::cos),
        "Tan" => to(f64::tan, |x| x.sin()?.broadcast_div(&x.cos()?)),
        "Tanh" => to(f64::tanh, Tensor::tanh),
        "Sigmoid" => to(|x| 1.0 / (1.0 + (-x).exp()), Tensor::sigmoid),
        "Floor" => to(f64::floor, Tensor::floor),
        "Ceil" => to(f64::ceil, Tensor::ceil),
        "Round" => to(f64::round_ties_even, rounded),
        "Relu" => to(|x| if x < 0.0 { 0.0 } else { x }, Tensor::relu),
        "Softplus" => to(|x| x.exp().ln_1p(), softplus),
        "Softsign" => to(|x| x / (1.0 + x.abs()), |x| x.broadcast_div(&x.abs()?.affine(1.0, 1.0)?)),
        "Mish" => to(|x| x * x.exp().ln_1p().tanh(), |x| x.broadcast_mul(&softplus(x)?.tanh()?)),
        "HardSwish" => to(
            |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
            |x| x.broadcast_mul(&x.affine(1.0 / 6.0, 0.5)?.clamp(0.0, 1.0)?),
        ),
        "Erf" => to(candle_core::cpu::erf::erf_f64, Tensor::erf),
        "Not" => unary(call, Some(Kind::Bool), |x| f64::from(x == 0.0), |x| x.affine(-1.0, 1.0)),
        "IsNaN" => unary(call, Some(Kind::Bool), |x| f64::from(x.is_nan()), |x| x.broadcast_ne(x)),
        "Identity" | "Dropout" => identity(call),
        op => refuse(format!("{op} is no function of one value")),
    }
}

/// To the nearest whole number; at .5 to the even one.
pub(super) fn rounded(x: &Tensor) -> Result<Tensor, ShapeError> {
    let up = x.affine(1.0, 0.5)?.floor()?;
    let odd = up.broadcast_sub(&up.affine(0.5, 0.0)?.floor()?.affine(2.0, 0.0)?)?;
    let tie = up.broadcast_sub(x)?.broadcast_eq(&x.affine(0.0, 0.5)?)?;
    up.broadcast_sub(&tie.broadcast_mul(&odd)?)
}

/// ln(1 + eˣ), without overflow.
fn softplus(x: &Tensor) -> Result<Tensor, ShapeError> {
    x.relu()?.broadcast_add(&x.abs()?.neg()?.exp()?.affine(1.0, 1.0)?.log()?)
}

/// Dropout drops nothing when a network answers; its mask, where one is asked for, keeps all.
fn identity(call: &NodeCall) -> NodeValues {
    let drops = call.op() == "Dropout" && call.has(2) && call.known(2, "training mode")?.single() == Some(1.0);
    if drops && !(call.has(1) && call.known(1, "share")?.single() == Some(0.0)) {
        return refuse("it drops values at random, as in training");
    }
    let x = call.value(0)?.clone();
    let ones = KnownArray::new(Kind::Bool, x.shape().to_vec(), vec![1.0; x.shape().iter().product()]);
    Ok(std::iter::once(x).chain((1..call.wanted()).map(|_| Value::Known(ones.clone()))).collect())
}

/// Activations with a setting.
pub(super) fn activation(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let alpha = |default: f64| call.float_or("alpha", default);
    let y = match call.op() {
        "LeakyRelu" => x.leaky_relu(alpha(0.01))?,
        "Elu" => x.elu(alpha(1.0))?,
        // x above zero, α (e^(x / α) - 1) below.
        "Celu" => x.affine(1.0 / alpha(1.0), 0.0)?.elu(1.0)?.affine(alpha(1.0), 0.0)?,
        "Selu" => x.elu(alpha(1.673_263_2))?.affine(call.float_or("gamma", 1.050_701), 0.0)?,
        "HardSigmoid" => x.affine(alpha(0.2), call.float_or("beta", 0.5))?.clamp(0.0, 1.0)?,
        "ThresholdedRelu" => x.broadcast_mul(&x.gt_scalar(alpha(1.0))?)?,
        "Swish" if alpha(1.0) == 1.0 => x.silu()?,
        "Swish" => x.broadcast_mul(&x.affine(alpha(1.0), 0.0)?.sigmoid()?)?,
        "Shrink" => {
            let (lambda, bias) = (call.float_or("lambd", 0.5), call.float_or("bias", 0.0));
            let above = x.gt_scalar(lambda)?.broadcast_mul(&x.affine(1.0, -bias)?)?;
            above.broadcast_add(&x.neg()?.gt_scalar(lambda)?.broadcast_mul(&x.affine(1.0, bias)?)?)?
        }
        "Gelu" if call.text("approximate") == Some("tanh") => x.gelu()?,
        "Gelu" => x.gelu_erf()?,
        // x above zero, slope · x below; the slope may have a value for each channel.
        "PRelu" => {
            let slope = call.live(1)?;
            x.relu()?.broadcast_sub(&x.neg()?.relu()?.broadcast_mul(&slope)?)?
        }
        op => return refuse(format!("{op} is no activation")),
    };
    one(y)
}

/// Limits from attributes (before opset 11) or inputs.
pub(super) fn clip(call: &NodeCall) -> NodeValues {
    let kind = call.value(0)?.kind();
    let limit = |at: usize, name: &str, default: f64| -> Result<Option<f64>, Refusal> {
        match call.inputs.get(at) {
            Some(Some(Value::Known(limit))) => Ok(limit.single()),
            Some(Some(Value::Live(..))) => Ok(None),
            _ => Ok(Some(call.float_or(name, default))),
        }
    };
    let [low, high] = [limit(1, "min", f64::from(f32::MIN))?, limit(2, "max", f64::from(f32::MAX))?];
    match (call.value(0)?, low, high) {
        (Value::Known(x), Some(low), Some(high)) => {
            known(KnownArray::new(kind, x.shape.clone(), x.values.iter().map(|x| x.max(low).min(high)).collect()))
        }
        (_, Some(low), Some(high)) if low <= high => of_kind(call.live(0)?.clamp(low, high)?, kind),
        _ => {
            let mut x = call.live(0)?;
            if let Some(low) = call.optional(1)? {
                x = x.broadcast_maximum(&low)?;
            }
            if let Some(high) = call.optional(2)? {
                x = x.broadcast_minimum(&high)?;
            }
            of_kind(x, kind)
        }
    }
}

/// Functions of two values, whose shapes broadcast.
pub(super) fn binary(call: &NodeCall) -> NodeValues {
    let whole = call.value(0)?.kind() == Kind::Int && call.value(1)?.kind() == Kind::Int;
    let to = |now: fn(f64, f64) -> f64, later: OnTensors| two(call, None, now, later);
    let test = |now: fn(f64, f64) -> f64, later: OnTensors| two(call, Some(Kind::Bool), now, later);
    match call.op() {
        "Add" => to(|a, b| a + b, Tensor::broadcast_add),
        "Sub" => to(|a, b| a - b, Tensor::broadcast_sub),
        "Mul" => to(|a, b| a * b, Tensor::broadcast_mul),
        "Div" if whole => to(|a, b| (a / b).trunc(), |a, b| truncated(&a.broadcast_div(b)?)),
        "Div" => to(|a, b| a / b, Tensor::broadcast_div),
        // A whole number's remainder has the divisor's sign, unless fmod is asked for.
        "Mod" if call.flag("fmod", false) => {
            to(|a, b| a % b, |a, b| a.broadcast_sub(&truncated(&a.broadcast_div(b)?)?.broadcast_mul(b)?))
        }
        "Mod" => {
            to(|a, b| a - (a / b).floor() * b, |a, b| a.broadcast_sub(&a.broadcast_div(b)?.floor()?.broadcast_mul(b)?))
        }
        "Pow" => power(call),
        "Equal" => test(|a, b| f64::from(a == b), Tensor::broadcast_eq),
        "Less" => test(|a, b| f64::from(a < b), Tensor::broadcast_lt),
        "LessOrEqual" => test(|a, b| f64::from(a <= b), Tensor::broadcast_le),
        "Greater" => test(|a, b| f64::from(a > b), Tensor::broadcast_gt),
        "GreaterOrEqual" => test(|a, b| f64::from(a >= b), Tensor::broadcast_ge),
        "And" => test(|a, b| f64::from(a != 0.0 && b != 0.0), Tensor::broadcast_mul),
        "Or" => test(|a, b| f64::from(a != 0.0 || b != 0.0), Tensor::broadcast_maximum),
        "Xor" => test(|a, b| f64::from((a != 0.0) != (b != 0.0)), Tensor::broadcast_ne),
        op => refuse(format!("{op} is no function of two values")),
    }
}

fn two(call: &NodeCall, kind: Option<Kind>, now: fn(f64, f64) -> f64, later: OnTensors) -> NodeValues {
    let (a, b) = (call.value(0)?, call.value(1)?);
    let kind = kind.unwrap_or(a.kind());
    if let (Value::Known(a), Value::Known(b)) = (a, b) {
        return known(joined(kind, [a, b], |[a, b]| now(a, b))?);
    }
    of_kind(later(&call.live(0)?, &call.live(1)?)?, kind)
}

/// Element by element over the shape to which all broadcast.
fn joined<const N: usize>(
    kind: Kind,
    parts: [&KnownArray; N],
    f: impl Fn([f64; N]) -> f64,
) -> Result<KnownArray, Refusal> {
    let mut shape = parts[0].shape.clone();
    for part in &parts[1..] {
        shape = broadcast("onnx", &shape, &part.shape)?;
    }
    let count: usize = shape.iter().product();
    let values = (0..count).map(|at| f(parts.map(|part| part.at_broadcast(&shape, at)))).collect();
    Ok(KnownArray::new(kind, shape, values))
}

/// Towards zero.
pub(super) fn truncated(x: &Tensor) -> Result<Tensor, ShapeError> {
    x.sign()?.broadcast_mul(&x.abs()?.floor()?)
}

/// Of any base where the exponent is a known whole number, of positive ones elsewhere.
fn power(call: &NodeCall) -> NodeValues {
    let (a, b) = (call.value(0)?, call.value(1)?);
    let kind = a.kind();
    match (a, b) {
        (Value::Known(a), Value::Known(b)) => known(joined(kind, [a, b], |[a, b]| a.powf(b))?),
        (Value::Live(x, _), Value::Known(b)) => {
            let exponent = b.single();
            let y = match exponent {
                Some(1.0) => x.clone(),
                Some(2.0) => x.sqr()?,
                Some(0.5) => x.sqrt()?,
                Some(-1.0) => x.recip()?,
                Some(3.0) => x.sqr()?.broadcast_mul(x)?,
                Some(e) if e.fract() == 0.0 && e % 2.0 == 0.0 => x.abs()?.powf(e)?,
                Some(e) if e.fract() == 0.0 => x.abs()?.powf(e)?.broadcast_mul(&x.sign()?)?,
                Some(e) => x.powf(e)?,
                None => x.broadcast_pow(&call.live(1)?)?,
            };
            let shape = broadcast("Pow", x.dims(), &b.shape)?;
            let y = if y.dims() == shape { y } else { y.broadcast_as(shape)? };
            of_kind(y, kind)
        }
        _ => of_kind(call.live(0)?.broadcast_pow(&call.live(1)?)?, kind),
    }
}

/// The sum, mean, largest or smallest of any number of values.
pub(super) fn many(call: &NodeCall) -> NodeValues {
    let kind = call.value(0)?.kind();
    let now: fn(f64, f64) -> f64 = match call.op() {
        "Max" => f64::max,
        "Min" => f64::min,
        _ => |a, b| a + b,
    };
    let share = if call.op() == "Mean" { 1.0 / call.inputs.len() as f64 } else { 1.0 };
    if let Some(parts) = call.all_known() {
        let mut sum = parts[0].clone();
        for part in &parts[1..] {
            sum = joined(kind, [&sum, part], |[a, b]| now(a, b))?;
        }
        sum.values.iter_mut().for_each(|value| *value *= share);
        return known(sum);
    }
    let mut sum = call.live(0)?;
    for at in 1..call.inputs.len() {
        let other = call.live(at)?;
        sum = match call.op() {
            "Max" => sum.broadcast_maximum(&other)?,
            "Min" => sum.broadcast_minimum(&other)?,
            _ => sum.broadcast_add(&other)?,
        };
    }
    of_kind(if share == 1.0 { sum } else { sum.affine(share, 0.0)? }, kind)
}

/// `Where`: the second where the first is true, the third elsewhere.
pub(super) fn choice(call: &NodeCall) -> NodeValues {
    let kind = call.value(1)?.kind();
    if let Some([condition, yes, no]) = call.all_known().and_then(|all| <[&KnownArray; 3]>::try_from(all).ok()) {
        return known(joined(kind, [condition, yes, no], |[c, yes, no]| if c != 0.0 { yes } else { no })?);
    }
    of_kind(call.live(0)?.where_cond(&call.live(1)?, &call.live(2)?)?, kind)
}

/// To floats, whole numbers or truth values; widths beyond singles are not told apart.
pub(super) fn cast(call: &NodeCall) -> NodeValues {
    use rten_onnx::onnx::DataType;
    let to = match call.op() {
        "CastLike" => call.value(1)?.kind(),
        _ => match DataType(call.int_or("to", 1) as i32) {
            DataType::FLOAT | DataType::DOUBLE | DataType::FLOAT16 | DataType::BFLOAT16 => Kind::Float,
            DataType::BOOL => Kind::Bool,
            DataType::STRING => return refuse("it makes text of numbers"),
            _ => Kind::Int,
        },
    };
    match call.value(0)? {
        Value::Known(x) => {
            let now = |x: &f64| match to {
                Kind::Float => *x,
                Kind::Int => x.trunc(),
                Kind::Bool => f64::from(*x != 0.0),
            };
            known(KnownArray::new(to, x.shape.clone(), x.values.iter().map(now).collect()))
        }
        Value::Live(x, from) => {
            let zero = || x.graph().full(0.0, Spec::f32(vec![1; x.rank()]));
            let y = match (from, to) {
                (Kind::Float, Kind::Int) => truncated(x)?,
                (Kind::Float | Kind::Int, Kind::Bool) => x.broadcast_ne(&zero()?)?,
                _ => x.clone(),
            };
            of_kind(y, to)
        }
    }
}
