//! Elementwise functions.

use super::op::{StepCall, Written, WrittenOp};
use super::writer::Setting;
use crate::graph::op::binary::BinaryFn;
use crate::graph::op::unary::{GELU_CUBE, GELU_SCALE, UnaryFn};
use crate::graph::op::{Binary, Erf, Unary};

impl WrittenOp for Unary {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        use UnaryFn::*;
        let x = call.x[0].clone();
        Ok(match self.0 {
            Neg => call.one("Neg"),
            Abs => call.one("Abs"),
            Sign => call.one("Sign"),
            Exp => call.one("Exp"),
            Log => call.one("Log"),
            Sqrt => call.one("Sqrt"),
            Recip => call.one("Reciprocal"),
            Sqr => call.node("Mul", &[&x, &x], &[]),
            Sin => call.one("Sin"),
            Cos => call.one("Cos"),
            Tanh => call.one("Tanh"),
            Sigmoid => call.one("Sigmoid"),
            Relu => call.one("Relu"),
            LeakyRelu(slope) => call.node("LeakyRelu", &[&x], &[("alpha", Setting::Float(slope))]),
            Elu(alpha) => call.node("Elu", &[&x], &[("alpha", Setting::Float(alpha))]),
            Gelu => {
                let square = call.node("Mul", &[&x, &x], &[]);
                let slope = call.with("Mul", &square, GELU_SCALE * GELU_CUBE);
                let slope = call.with("Add", &slope, GELU_SCALE);
                let inner = call.node("Mul", &[&x, &slope], &[]);
                let tanh = call.node("Tanh", &[&inner], &[]);
                let twice = call.with("Add", &tanh, 1.0);
                let product = call.node("Mul", &[&x, &twice], &[]);
                call.with("Mul", &product, 0.5)
            }
            Silu => {
                let gate = call.one("Sigmoid");
                call.node("Mul", &[&x, &gate], &[])
            }
            Floor => call.one("Floor"),
            Ceil => call.one("Ceil"),
            // ONNX's own goes to the even one at .5.
            Round => {
                let (sign, size) = (call.one("Sign"), call.one("Abs"));
                let up = call.with("Add", &size, 0.5);
                let whole = call.node("Floor", &[&up], &[]);
                call.node("Mul", &[&sign, &whole], &[])
            }
            Clamp(low, high) => {
                let (low, high) = (call.writer.number(low), call.writer.number(high));
                call.node("Clip", &[&x, &low, &high], &[])
            }
            Affine(mul, add) => {
                let y = if mul == 1.0 { x } else { call.with("Mul", &x, mul) };
                if add == 0.0 && mul != 1.0 { y } else { call.with("Add", &y, add) }
            }
            Powf(exponent) => call.with("Pow", &x, exponent),
            Above(limit) => {
                let above = call.with("Greater", &x, limit);
                call.float(&above)
            }
        })
    }
}

impl WrittenOp for Erf {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        Ok(call.one("Erf"))
    }
}

impl WrittenOp for Binary {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        use BinaryFn::*;
        let truth = match self.0 {
            Add => return Ok(call.all("Add", &[])),
            Sub => return Ok(call.all("Sub", &[])),
            Mul => return Ok(call.all("Mul", &[])),
            Div => return Ok(call.all("Div", &[])),
            Maximum => return Ok(call.all("Max", &[])),
            Minimum => return Ok(call.all("Min", &[])),
            Pow => return Ok(call.all("Pow", &[])),
            Eq => call.all("Equal", &[]),
            Ne => {
                let equal = call.all("Equal", &[]);
                call.node("Not", &[&equal], &[])
            }
            Lt => call.all("Less", &[]),
            Le => call.all("LessOrEqual", &[]),
            Gt => call.all("Greater", &[]),
            Ge => call.all("GreaterOrEqual", &[]),
        };
        Ok(call.float(&truth))
    }
}
