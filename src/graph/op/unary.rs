//! Elementwise functions of one tensor, one row each.

use super::{Case, Form, Given, Pointwise, PointwiseFn, Rule, ShapeError, Simple, Spec, Tensor, keeping_nan, literal};
use crate::processor::lanes::{self, Lanes};

/// √(2/π): what [`UnaryFn::Gelu`] has before its cubic.
pub(crate) const GELU_SCALE: f64 = 0.797_884_560_802_865_4;
/// The share of its cube.
pub(crate) const GELU_CUBE: f64 = 0.044715;

fn each<T: Copy + 'static>(f: impl Fn(T) -> T + 'static) -> PointwiseFn<T> {
    Box::new(move |x, y| y.iter_mut().zip(x[0]).for_each(|(y, &x)| *y = f(x)))
}

/// Clamped to what has a result, for WGSL may assume that nothing overflows; NaN stays NaN, which `clamp` may drop.
fn held(x: &str, low: f64, high: f64) -> String {
    keeping_nan(x, &format!("clamp({x}, {}, {})", literal(low), literal(high)))
}

/// Of infinity no angle is known.
fn of_angle(function: &str) -> String {
    let unknown = "bitcast<f32>(bitcast<u32>({0}) | 0x7fc00000u)";
    format!("select({function}({{0}}), {unknown}, (bitcast<u32>({{0}}) & 0x7f800000u) == 0x7f800000u)")
}

/// eˣ up to the largest single, and infinity beyond: told by the bits of x, as NaN is, which are larger than those of 88.72 as whole
/// numbers.
fn exponential() -> String {
    let beyond = "bitcast<i32>({0}) > 0x42b17217 || bitcast<u32>({0}) > 0xff800000u";
    format!("select(exp(clamp({{0}}, -87.0, 88.72)), ({{0}}) * 3.0e38, {beyond})")
}

/// Negative numbers have none, and infinity has itself; both told by their bits, as NaN is.
fn logarithm() -> String {
    let none = "bitcast<u32>({0}) > 0x7f800000u && bitcast<u32>({0}) != 0x80000000u";
    let real = format!("select(log({{0}}), bitcast<f32>(bitcast<u32>({{0}}) | 0x7fc00000u), {none})");
    format!("select({real}, {{0}}, bitcast<u32>({{0}}) == 0x7f800000u)")
}

functions! {
    /// The function; constants are compiled into the kernel.
    #[derive(Clone, Copy, Debug, PartialEq)]
    UnaryFn by each:
    /// -x
    Neg => "-({0})", |x| -x;
    /// |x|
    Abs => "abs({0})", |x| x.abs();
    /// -1, 0 or 1
    Sign => keeping_nan("{0}", "sign({0})"), |x| if x > 0.0 { 1.0 } else if x < 0.0 { -1.0 } else { x * 0.0 };
    /// eˣ
    Exp => exponential(), |x| x.exp();
    /// ln x
    Log => logarithm(), |x| x.ln();
    /// √x
    Sqrt => "sqrt({0})", |x| x.sqrt();
    /// 1 / x
    Recip => "(1.0 / ({0}))", |x| 1.0 / x;
    /// x²
    Sqr => "(({0}) * ({0}))", |x| x * x;
    /// sin x, x in radians
    Sin => of_angle("sin"), |x| x.sin();
    /// cos x, x in radians
    Cos => of_angle("cos"), |x| x.cos();
    /// tanh x
    Tanh => format!("tanh({})", held("{0}", -15.0, 15.0)), |x| x.tanh();
    /// 1 / (1 + e⁻ˣ)
    Sigmoid => keeping_nan("{0}", "(1.0 / (1.0 + exp(clamp(-({0}), -87.0, 87.0))))"), |x| 1.0 / (1.0 + (-x).exp());
    /// max(x, 0)
    Relu => keeping_nan("{0}", "max({0}, 0.0)"), |x| if x < 0.0 { 0.0 } else { x };
    /// x above 0, this times x below
    LeakyRelu(slope) => format!("select({} * ({{0}}), {{0}}, ({{0}}) > 0.0)", literal(slope)),
        |x| if x > 0.0 { x } else { slope as T * x };
    /// x above 0, this times (eˣ - 1) below (Clevert et al. 2016)
    Elu(alpha) => format!("select({} * (exp({}) - 1.0), {{0}}, ({{0}}) > 0.0)", literal(alpha), held("{0}", -87.0, 0.0)),
        |x| if x > 0.0 { x } else { alpha as T * (x.exp() - 1.0) };
    /// tanh approximation (Hendrycks & Gimpel 2016), as candle's `gelu`.
    Gelu => format!(
            "(0.5 * ({{0}}) * (1.0 + tanh(clamp({} * ({{0}}) * (1.0 + 0.044715 * ({{0}}) * ({{0}})), -15.0, 15.0))))",
            literal(GELU_SCALE)
        ),
        |x| 0.5 * x * (1.0 + (GELU_SCALE as T * x * (1.0 + 0.044715 * x * x)).tanh());
    /// x / (1 + e⁻ˣ)
    Silu => format!("(({{0}}) / (1.0 + exp(-{})))", held("{0}", -87.0, 87.0)), |x| x / (1.0 + (-x).exp());
    /// The next whole number downwards.
    Floor => "floor({0})", |x| x.floor();
    /// The next whole number upwards.
    Ceil => "ceil({0})", |x| x.ceil();
    /// The nearest whole number; away from zero at .5, as candle, where WGSL's own goes to the even one.
    Round => "(sign({0}) * floor(abs({0}) + 0.5))", |x| x.round();
    /// Within these limits. Comparisons become vectors; `max` and `min` with their care for NaN do not.
    Clamp(lo, hi) => held("{0}", lo, hi), |x| {
        let x = if x < lo as T { lo as T } else { x };
        if x > hi as T { hi as T } else { x }
    };
    /// mul·x + add
    Affine(mul, add) => format!("(({{0}}) * {} + {})", literal(mul), literal(add)), |x| x * mul as T + add as T;
    /// x to this power, for x > 0; for any x where it is 2
    Powf(e) => if e == 2.0 { "(({0}) * ({0}))".to_owned() } else { keeping_nan("{0}", &format!("pow({{0}}, {})", literal(e))) },
        |x| x.powf(e as T);
    /// 1 above the limit, 0 elsewhere.
    Above(limit) => format!("select(0.0, 1.0, ({{0}}) > {})", literal(limit)),
        |x| if x > limit as T { 1.0 } else { 0.0 };
}

/// `y = f(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unary(pub UnaryFn);

fn rule_f32(f: UnaryFn) -> PointwiseFn<f32> {
    use UnaryFn::*;
    fn each(f: impl Fn(Lanes) -> Lanes + 'static) -> PointwiseFn<f32> {
        Box::new(move |x, y| lanes::map(x[0], y, &f))
    }
    let all = |v: f64| Lanes::splat(v as f32);
    match f {
        Neg => each(move |x| all(0.0) - x),
        Sqr => each(|x| x * x),
        Recip => each(move |x| all(1.0) / x),
        Relu => each(move |x| x.larger(all(0.0))),
        Clamp(lo, hi) => each(move |x| x.larger(all(lo)).smaller(all(hi))),
        Affine(mul, add) => each(move |x| x * all(mul) + all(add)),
        _ => f.one_by_one_f32(),
    }
}

impl Rule for Unary {
    const NAME: &'static str = "unary";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].floats(Self::NAME)?;
        Ok(x[0].clone())
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        let simple = match self.0 {
            UnaryFn::Relu => Some(Simple::Bounds([0.0, f64::INFINITY])),
            UnaryFn::Clamp(lo, hi) => Some(Simple::Bounds([lo, hi])),
            _ => None,
        };
        Form::Pointwise(Pointwise::new(self.0.wgsl(), rule_f32(self.0), |_| self.0.rule_f64()).simple(simple))
    }

    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        use UnaryFn::*;
        let x = &x[0];
        let dx = match self.0 {
            Neg => dy.neg()?,
            Abs => dy.broadcast_mul(&x.sign()?)?,
            Sign | Floor | Ceil | Round | Above(_) => return Ok(vec![None]),
            Exp => dy.broadcast_mul(y)?,
            Log => dy.broadcast_div(x)?,
            // 1 / (2√x)
            Sqrt => dy.broadcast_div(&y.affine(2.0, 0.0)?)?,
            // -1/x²
            Recip => dy.broadcast_mul(&y.sqr()?.neg()?)?,
            Sqr => dy.broadcast_mul(&x.affine(2.0, 0.0)?)?,
            Sin => dy.broadcast_mul(&x.cos()?)?,
            Cos => dy.broadcast_mul(&x.sin()?.neg()?)?,
            // 1 - y²
            Tanh => dy.broadcast_mul(&y.sqr()?.affine(-1.0, 1.0)?)?,
            // y (1 - y)
            Sigmoid => dy.broadcast_mul(&y.broadcast_mul(&y.affine(-1.0, 1.0)?)?)?,
            // y > 0 exactly where x > 0: x need not be kept.
            Relu => dy.broadcast_mul(&y.gt_scalar(0.0)?)?,
            LeakyRelu(slope) if slope > 0.0 => dy.broadcast_mul(&y.gt_scalar(0.0)?.affine(1.0 - slope, slope)?)?,
            LeakyRelu(slope) => dy.broadcast_mul(&x.gt_scalar(0.0)?.affine(1.0 - slope, slope)?)?,
            // 1 above zero, y + α below
            Elu(alpha) => {
                let above = x.gt_scalar(0.0)?;
                let below = above.affine(-1.0, 1.0)?.broadcast_mul(&y.affine(1.0, alpha)?)?;
                dy.broadcast_mul(&above.broadcast_add(&below)?)?
            }
            // t = tanh(s (x + c x³)); y' = (1 + t)/2 + x/2 (1 - t²) s (1 + 3c x²)
            Gelu => {
                let square = x.sqr()?;
                let inner = x.broadcast_mul(&square.affine(GELU_SCALE * GELU_CUBE, GELU_SCALE)?)?;
                let t = inner.tanh()?;
                let slope = square.affine(3.0 * GELU_CUBE * GELU_SCALE, GELU_SCALE)?;
                let rest = x.affine(0.5, 0.0)?.broadcast_mul(&t.sqr()?.affine(-1.0, 1.0)?)?.broadcast_mul(&slope)?;
                dy.broadcast_mul(&t.affine(0.5, 0.5)?.broadcast_add(&rest)?)?
            }
            // s + y (1 - s)
            Silu => {
                let s = x.sigmoid()?;
                let rest = y.broadcast_mul(&s.affine(-1.0, 1.0)?)?;
                dy.broadcast_mul(&s.broadcast_add(&rest)?)?
            }
            Clamp(lo, hi) => {
                let inside = x.gt_scalar(lo)?.broadcast_mul(&x.neg()?.gt_scalar(-hi)?)?;
                dy.broadcast_mul(&inside)?
            }
            Affine(mul, _) => dy.affine(mul, 0.0)?,
            Powf(e) => dy.broadcast_mul(&x.powf(e - 1.0)?.affine(e, 0.0)?)?,
        };
        Ok(vec![Some(dx)])
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        use UnaryFn::*;
        let signed = || [Given::signed([3, 5, 7])];
        let case = |f: UnaryFn, reference: fn(&candle_core::Tensor) -> candle_core::Result<candle_core::Tensor>| {
            Case::new(Unary(f), signed(), move |x| reference(&x[0]))
        };
        let positive = |f: UnaryFn, reference: fn(&candle_core::Tensor) -> candle_core::Result<candle_core::Tensor>| {
            Case::new(Unary(f), [Given::positive([2, 11])], move |x| reference(&x[0]))
        };
        vec![
            case(Neg, |x| x.neg()),
            case(Abs, |x| x.abs()),
            case(Sign, |x| x.sign()),
            case(Exp, |x| x.exp()),
            case(Sqr, |x| x.sqr()),
            // WGSL promises an absolute error of 2⁻¹¹ for sin and cos.
            case(Sin, |x| x.sin()).within(4.9e-4),
            case(Cos, |x| x.cos()).within(4.9e-4),
            case(Tanh, |x| x.tanh()),
            case(Sigmoid, |x| x.neg()?.exp()?.affine(1.0, 1.0)?.recip()),
            case(Relu, |x| x.relu()),
            case(LeakyRelu(0.1), |x| x.maximum(&x.affine(0.1, 0.0)?)),
            case(Elu(1.3), |x| x.elu(1.3)),
            case(Gelu, |x| x.gelu()),
            case(Silu, |x| x.silu()),
            case(Floor, |x| x.floor()),
            case(Ceil, |x| x.ceil()),
            case(Round, |x| x.round()),
            case(Clamp(-0.3, 0.6), |x| x.clamp(-0.3, 0.6)),
            // The largest single: its rounded digits are beyond it.
            case(Clamp(0.1, f64::from(f32::MAX)), |x| x.clamp(0.1, f64::from(f32::MAX))),
            case(Affine(-2.5, 0.75), |x| x.affine(-2.5, 0.75)),
            positive(Log, |x| x.log()),
            positive(Sqrt, |x| x.sqrt()),
            positive(Recip, |x| x.recip()),
            positive(Powf(1.7), |x| x.powf(1.7)),
            positive(Powf(2.0), |x| x.powf(2.0)),
            positive(Above(0.5), |x| x.gt(0.5)?.to_dtype(x.dtype())),
        ]
    }
}

macro_rules! methods {
    ($($name:ident => $f:ident),* $(,)?) => {
        impl Tensor {
            $(#[doc = concat!("[`UnaryFn::", stringify!($f), "`] of every element.")]
            pub fn $name(&self) -> Result<Tensor, ShapeError> {
                self.then(Unary(UnaryFn::$f), &[])
            })*
        }
    };
}
methods! {
    neg => Neg, abs => Abs, sign => Sign, exp => Exp, log => Log, sqrt => Sqrt, recip => Recip, sqr => Sqr, sin => Sin,
    cos => Cos, tanh => Tanh, sigmoid => Sigmoid, relu => Relu, gelu => Gelu, silu => Silu, floor => Floor, ceil => Ceil,
    round => Round,
}

macro_rules! methods_with_settings {
    ($($name:ident($($setting:ident),+) => $f:ident: $what:literal;)*) => {
        impl Tensor {
            $(#[doc = $what]
            pub fn $name(&self, $($setting: f64),+) -> Result<Tensor, ShapeError> {
                self.then(Unary(UnaryFn::$f($($setting),+)), &[])
            })*
        }
    };
}
methods_with_settings! {
    leaky_relu(negative_slope) => LeakyRelu: "`x` above 0, `negative_slope · x` below.";
    elu(alpha) => Elu: "`x` above 0, `alpha · (eˣ - 1)` below (Clevert et al. 2016).";
    clamp(min, max) => Clamp: "Limits every element to `min..=max`.";
    affine(mul, add) => Affine: "`mul·x + add`.";
    powf(exponent) => Powf: "`x` to the power `exponent`.";
    gt_scalar(limit) => Above: "1 where the element is greater than `limit`, 0 elsewhere.";
}
