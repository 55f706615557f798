//! The same numbers in another element type.

use super::{
    Case, DType, Form, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, Wide, candle_dtype,
    to_dtype,
};

/// `y = x.to_dtype(to)`. To U32 the fraction is cut off and the rest limited to what U32 holds. F64 is the CPU's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cast {
    /// The element type of the result.
    pub to: DType,
}

impl Rule for Cast {
    const NAME: &'static str = "to_dtype";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        Ok(Spec::new(x[0].shape.clone(), self.to))
    }

    fn form(&self, x: &[&Spec], _: &Spec) -> Form<'_> {
        if x[0].dtype == self.to { Form::Alias } else { Form::Kernel(self) }
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let whole = self.to == DType::U32 || x[0].dtype() == DType::U32;
        Ok(vec![if whole { None } else { Some(dy.to_dtype(x[0].dtype())?) }])
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        let case = |x: Given, to: DType| Case::new(Cast { to }, [x], move |x| x[0].to_dtype(candle_dtype(to)));
        let mut cases = vec![
            case(Given::positive([3, 50]), DType::U32),
            case(Given::whole([70], 1_000_000), DType::U32),
            case(Given::below([5, 13], 100_000), DType::F32),
            case(Given::below([2, 3], 9), DType::U32),
            case(Given::signed([2, 3]), DType::F32),
        ];
        if let Some(wide) = Wide::HERE.map(DType::F64) {
            cases.extend([
                case(Given::signed([4, 5]), wide),
                case(Given::signed([4, 5]).of(wide), DType::F32),
                case(Given::positive([4, 5]).of(wide), DType::U32),
                case(Given::below([4, 5], 1000), wide),
            ]);
        }
        cases
    }
}

impl KernelRule for Cast {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        to_dtype(&x[0], y.dtype)
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let mut launch = Launch::each(wgsl!("op/cast.wgsl"), 1, y.elem_count());
        if x[0].dtype == DType::U32 {
            let convert = "fn convert(bits: u32) -> u32 {\n    return bitcast<u32>(f32(bits));\n}\n";
            launch.slots.push(("convert", convert.into()));
        }
        vec![launch]
    }
}

impl Tensor {
    /// The same values in another element type; a float loses what is behind the point where it becomes a U32.
    pub fn to_dtype(&self, dtype: DType) -> Result<Tensor, ShapeError> {
        if self.dtype() == dtype { Ok(self.clone()) } else { self.then(Cast { to: dtype }, &[]) }
    }
}
