//! One step of an optimiser over packed parameters: one dispatch, in place.

use super::{
    Case, DType, Form, Given, Host, KernelRule, Launch, Operand, Rule, ShapeError, Spec, Tensor, Traits, computed,
    flat_groups,
};

/// The update of one parameter p with gradient g. Formulas and order of operations are PyTorch's; the kernel has its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpdateRule {
    /// p ← p - η g
    Sgd,
    /// v ← μ v + g; p ← p - η v (Polyak 1964)
    Momentum,
    /// v ← μ v + g; p ← p - η (g + μ v) (Nesterov 1983, in the form of Sutskever et al. 2013)
    Nesterov,
    /// s ← s + g²; p ← p - η g / (√s + ε) (Duchi et al. 2011)
    Adagrad,
    /// s ← β₂ s + (1 - β₂) g²; p ← p - η g / (√s + ε) (Tieleman & Hinton 2012)
    Rmsprop,
    /// m ← β₁ m + (1 - β₁) g; s ← β₂ s + (1 - β₂) g²; p ← p - η (m / c₁) / (√s / √c₂ + ε), cᵢ = 1 - βᵢᵗ (Kingma & Ba 2015)
    Adam,
}

impl UpdateRule {
    /// The number of values that are kept for each parameter besides itself.
    pub fn slots(self) -> usize {
        match self {
            UpdateRule::Sgd => 0,
            UpdateRule::Momentum | UpdateRule::Nesterov | UpdateRule::Adagrad | UpdateRule::Rmsprop => 1,
            UpdateRule::Adam => 2,
        }
    }
}

/// `state ← update(state, gradient, figures)`. The state is `1 + slots` rows of as many elements as the gradient: parameters
/// first. Inputs: state, gradient, [`Figures`] as a tensor.
///
/// Weight decay is coupled (`g ← g + λ p`) or decoupled (`p ← p - η λ p` before the step; Loshchilov & Hutter 2019).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptimiserStep {
    /// The rule.
    pub update: UpdateRule,
    /// Whether weight decay leaves the gradient alone.
    pub decoupled: bool,
}

/// Elements that one invocation of the kernel updates, so that it reads the figures for all of them at once.
const EACH: usize = 8;

/// The values that may change from step to step without compiling again.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// η
    pub rate: f64,
    /// μ, or β₁
    pub beta1: f64,
    /// β₂
    pub beta2: f64,
    /// ε
    pub eps: f64,
    /// λ
    pub weight_decay: f64,
    /// 1 - β₁ᵗ
    pub correction1: f64,
    /// √(1 - β₂ᵗ)
    pub root_correction2: f64,
}

impl Figures {
    /// Numbers of [`Figures::values`].
    pub const COUNT: usize = 9;

    /// As the op reads them. 1 - β comes along: taken in f32, 1 - 0.999 would be off by 1e-5.
    pub fn values(&self) -> [f64; Self::COUNT] {
        let Self { rate, beta1, beta2, eps, weight_decay, correction1, root_correction2 } = *self;
        [rate, beta1, beta2, eps, weight_decay, correction1, root_correction2, 1.0 - beta1, 1.0 - beta2]
    }

    /// [`Figures::values`] as F32.
    pub fn elements(&self) -> [f32; Self::COUNT] {
        self.values().map(|v| v as f32)
    }
}

impl Rule for OptimiserStep {
    const NAME: &'static str = "optimiser_step";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let (state, grad, figures) = (x[0], x[1], x[2]);
        if state.dtype == DType::U32 || grad.dtype != state.dtype || figures.dtype != state.dtype {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::F32, got: grad.dtype });
        }
        if state.elem_count() != grad.elem_count() * (1 + self.update.slots()) {
            return Err(ShapeError::mismatch(Self::NAME, &state.shape, &grad.shape));
        }
        if figures.elem_count() != Figures::COUNT {
            return Err(ShapeError::bad(Self::NAME, format!("wants {} figures", Figures::COUNT), &figures.shape));
        }
        Ok(state.clone())
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Rewrite(self)
    }

    /// Training is not differentiated through.
    fn vjp(&self, _: &[Tensor], _: &Tensor, _: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Err(ShapeError::NoGradient { op: Self::NAME, why: "a step is where a gradient ends" })
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        use UpdateRule::*;
        let all = [Sgd, Momentum, Nesterov, Adagrad, Rmsprop, Adam];
        let steps =
            all.into_iter().flat_map(|update| [false, true].map(|decoupled| OptimiserStep { update, decoupled }));
        let case = |step: OptimiserStep| {
            let rows = 1 + step.update.slots();
            let inputs = [
                Given { spec: Spec::f32([rows * 130]), ..Given::positive([1]) },
                Given::signed([130]),
                Given::positive([Figures::COUNT]),
            ];
            Case::new(step, inputs, move |x| reference(step, x))
        };
        steps.map(case).collect()
    }
}

/// The formulas in candle's tensors.
fn reference(step: OptimiserStep, x: &[Host]) -> candle_core::Result<Host> {
    let (grad, rows) = (&x[1], 1 + step.update.slots());
    let len = grad.elem_count();
    let row = |k: usize| x[0].narrow(0, k * len, len);
    let figures = x[2].to_dtype(candle_core::DType::F64)?.to_vec1::<f64>()?;
    let [rate, beta1, beta2, eps, decay, c1, c2, rest1, rest2] = std::array::from_fn(|k| figures[k]);
    let mut p = row(0)?;
    let mut g = grad.clone();
    match step.decoupled {
        true => p = (&p - (&p * (rate * decay))?)?,
        false => g = (g + (&p * decay)?)?,
    }
    let mut new = Vec::new();
    let change = match step.update {
        UpdateRule::Sgd => g,
        UpdateRule::Momentum | UpdateRule::Nesterov => {
            let v = ((row(1)? * beta1)? + &g)?;
            new.push(v.clone());
            if step.update == UpdateRule::Nesterov { (g + (v * beta1)?)? } else { v }
        }
        UpdateRule::Adagrad | UpdateRule::Rmsprop => {
            let (keep, add) = if step.update == UpdateRule::Adagrad { (1.0, 1.0) } else { (beta2, rest2) };
            let s = ((row(1)? * keep)? + (g.sqr()? * add)?)?;
            new.push(s.clone());
            (g / (s.sqrt()? + eps)?)?
        }
        UpdateRule::Adam => {
            let m = ((row(1)? * beta1)? + (&g * rest1)?)?;
            let s = ((row(2)? * beta2)? + (g.sqr()? * rest2)?)?;
            new.extend([m.clone(), s.clone()]);
            ((m / c1)? / ((s.sqrt()? / c2)? + eps)?)?
        }
    };
    new.insert(0, (p - (change * rate)?)?);
    debug_assert_eq!(new.len(), rows);
    Host::cat(&new, 0)
}

impl KernelRule for OptimiserStep {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        for_float!(Self::NAME, y.dtype, T => computed(x, y, |x: &[&[T]]| {
            let &[rate, beta1, beta2, eps, decay, correction1, root_correction2, rest1, rest2] = x[2] else {
                return x[0].to_vec();
            };
            let (mut new, grad) = (x[0].to_vec(), x[1]);
            let (params, slots) = new.split_at_mut(grad.len());
            let (first, second) = slots.split_at_mut(slots.len().min(grad.len()));
            let decayed = |p: &mut T, g: T| {
                if self.decoupled {
                    *p -= rate * decay * *p;
                    g
                } else {
                    g + decay * *p
                }
            };
            match self.update {
                UpdateRule::Sgd => {
                    for (p, &g) in params.iter_mut().zip(grad) {
                        let g = decayed(p, g);
                        *p -= rate * g;
                    }
                }
                UpdateRule::Momentum | UpdateRule::Nesterov => {
                    let nesterov = self.update == UpdateRule::Nesterov;
                    for ((p, &g), v) in params.iter_mut().zip(grad).zip(first) {
                        let g = decayed(p, g);
                        *v = beta1 * *v + g;
                        *p -= rate * if nesterov { g + beta1 * *v } else { *v };
                    }
                }
                UpdateRule::Adagrad | UpdateRule::Rmsprop => {
                    let (keep, add) = if self.update == UpdateRule::Adagrad { (1.0, 1.0) } else { (beta2, rest2) };
                    for ((p, &g), s) in params.iter_mut().zip(grad).zip(first) {
                        let g = decayed(p, g);
                        *s = keep * *s + add * g * g;
                        *p -= rate * g / (s.sqrt() + eps);
                    }
                }
                UpdateRule::Adam => {
                    for (((p, &g), m), s) in params.iter_mut().zip(grad).zip(first).zip(second) {
                        let g = decayed(p, g);
                        *m = beta1 * *m + rest1 * g;
                        *s = beta2 * *s + rest2 * g * g;
                        *p -= rate / correction1 * *m / (s.sqrt() / root_correction2 + eps);
                    }
                }
            }
            new
        }))
    }

    fn gpu(&self, x: &[&Spec], _: &Spec, _: &Traits) -> Vec<Launch> {
        let len = x[1].elem_count();
        let operands = vec![Operand::plain(1), Operand::plain(2)];
        let groups = flat_groups(len.div_ceil(EACH), 64);
        let launch = Launch::new(wgsl!("op/optimiser_step.wgsl"), operands, groups);
        vec![launch.constants([
            ("LEN", len),
            ("UPDATE", self.update as usize),
            ("DECOUPLED", usize::from(self.decoupled)),
        ])]
    }
}

impl OptimiserStep {
    /// The state after one step.
    pub fn apply(self, state: &Tensor, gradient: &Tensor, figures: &Tensor) -> Result<Tensor, ShapeError> {
        state.then(self, &[gradient, figures])
    }
}
