//! Recurrent layers, step by step for a length that is known.

use super::array::Value;
use super::call::{NodeCall, NodeValues, Refusal, refuse};
use crate::graph::{ShapeError, Spec, Tensor};

type Activation = fn(&Tensor) -> Result<Tensor, ShapeError>;

fn activation(name: &str) -> Result<Activation, Refusal> {
    match name.to_ascii_lowercase().as_str() {
        "sigmoid" => Ok(Tensor::sigmoid),
        "tanh" => Ok(Tensor::tanh),
        "relu" => Ok(Tensor::relu),
        other => refuse(format!("its activation {other} is not supported")),
    }
}

/// One direction of a layer.
struct Cell<'a> {
    op: &'a str,
    /// `[gates · hidden, in]` and `[gates · hidden, hidden]`.
    w: Tensor,
    r: Tensor,
    /// Of the input's side and of the state's, `[1, gates · hidden]`.
    bias: Option<[Tensor; 2]>,
    /// Peepholes `[1, hidden]`: input, output, forget.
    peepholes: Option<[Tensor; 3]>,
    hidden: usize,
    act: Vec<Activation>,
    /// GRU: whether the reset gate acts after the state's product.
    linear_before_reset: bool,
    clip: Option<f64>,
}

impl Cell<'_> {
    fn gate(&self, all: &Tensor, at: usize) -> Result<Tensor, Refusal> {
        Ok(all.narrow(1, at * self.hidden, self.hidden)?)
    }

    fn applied(&self, act: usize, x: &Tensor) -> Result<Tensor, Refusal> {
        let x = match self.clip {
            Some(clip) => x.clamp(-clip, clip)?,
            None => x.clone(),
        };
        Ok(self.act[act](&x)?)
    }

    /// The next state from an input `[batch, in]`.
    fn step(&self, x: &Tensor, h: &Tensor, c: &Tensor) -> Result<[Tensor; 2], Refusal> {
        let of_x = x.matmul(&self.w.t()?)?;
        let of_h = h.matmul(&self.r.t()?)?;
        let [of_x, of_h] = match &self.bias {
            Some([wb, rb]) => [of_x.broadcast_add(wb)?, of_h.broadcast_add(rb)?],
            None => [of_x, of_h],
        };
        match self.op {
            "RNN" => Ok([self.applied(0, &of_x.broadcast_add(&of_h)?)?, c.clone()]),
            "GRU" => {
                let sum = of_x.broadcast_add(&of_h)?;
                let (z, reset) = (self.applied(0, &self.gate(&sum, 0)?)?, self.applied(0, &self.gate(&sum, 1)?)?);
                let state = if self.linear_before_reset {
                    reset.broadcast_mul(&self.gate(&of_h, 2)?)?
                } else {
                    let own = self.r.narrow(0, 2 * self.hidden, self.hidden)?;
                    let product = reset.broadcast_mul(h)?.matmul(&own.t()?)?;
                    match &self.bias {
                        Some([_, rb]) => product.broadcast_add(&self.gate(rb, 2)?)?,
                        None => product,
                    }
                };
                let new = self.applied(1, &self.gate(&of_x, 2)?.broadcast_add(&state)?)?;
                // (1 - z) · new + z · h
                let h = new.broadcast_add(&z.broadcast_mul(&h.broadcast_sub(&new)?)?)?;
                Ok([h, c.clone()])
            }
            _ => {
                let sum = of_x.broadcast_add(&of_h)?;
                let peep = |gate: Tensor, at: usize, c: &Tensor| match &self.peepholes {
                    Some(peepholes) => Ok(gate.broadcast_add(&peepholes[at].broadcast_mul(c)?)?),
                    None => Ok::<_, Refusal>(gate),
                };
                let input = self.applied(0, &peep(self.gate(&sum, 0)?, 0, c)?)?;
                let forget = self.applied(0, &peep(self.gate(&sum, 2)?, 2, c)?)?;
                let new = self.applied(1, &self.gate(&sum, 3)?)?;
                let c = forget.broadcast_mul(c)?.broadcast_add(&input.broadcast_mul(&new)?)?;
                let output = self.applied(0, &peep(self.gate(&sum, 1)?, 1, &c)?)?;
                Ok([output.broadcast_mul(&self.act[2](&c)?)?, c])
            }
        }
    }
}

pub(super) fn recurrent(call: &NodeCall) -> NodeValues {
    let op = call.op();
    let by_batch = call.flag("layout", false);
    let x = call.live(0)?;
    let x = if by_batch { x.transpose(0, 1)? } else { x };
    let (w, r) = (call.live(1)?, call.live(2)?);
    let (&[length, batch, _], &[directions, _, hidden]) = (x.dims(), r.dims()) else {
        return refuse(format!("its input is {:?}", x.dims()));
    };
    let (usual, gates): (&[&str], usize) = match op {
        "RNN" => (&["Tanh"], 1),
        "GRU" => (&["Sigmoid", "Tanh"], 3),
        _ => (&["Sigmoid", "Tanh", "Tanh"], 4),
    };
    let named = call.strings("activations");
    let zero = call.graph.full(0.0, Spec::f32([batch, hidden]))?;
    let lengths = call.known_ints(4, "lengths of sequences")?;
    // Which sequences have not ended at a step; `None` where none has.
    let lasting = |at: usize| -> Result<Option<Tensor>, Refusal> {
        let Some(lengths) = lengths.as_ref().filter(|lengths| lengths.iter().any(|&len| len <= at as i64)) else {
            return Ok(None);
        };
        let values: Vec<f64> = lengths.iter().map(|&len| f64::from(len > at as i64)).collect();
        Ok(Some(call.graph.constant_of("onnx", &values, &Spec::f32([values.len(), 1]))?))
    };
    let start = |at: usize, direction: usize| -> Result<Tensor, Refusal> {
        let Some(state) = call.optional(at)? else { return Ok(zero.clone()) };
        let state = if by_batch { state.transpose(0, 1)? } else { state };
        Ok(state.narrow(0, direction, 1)?.squeeze(0)?)
    };
    let (mut all, mut last_h, mut last_c) = (Vec::new(), Vec::new(), Vec::new());
    for direction in 0..directions {
        let of = |x: &Tensor| -> Result<Tensor, Refusal> { Ok(x.narrow(0, direction, 1)?.squeeze(0)?) };
        let act = (0..usual.len()).map(|at| match named.get(direction * usual.len() + at) {
            Some(name) => activation(name),
            None => activation(usual[at]),
        });
        let bias = match call.optional(3)? {
            Some(bias) => {
                let (bias, width) = (bias.narrow(0, direction, 1)?, gates * hidden);
                Some([bias.narrow(1, 0, width)?, bias.narrow(1, width, width)?])
            }
            None => None,
        };
        let peepholes = match if op == "LSTM" { call.optional(7)? } else { None } {
            Some(all) => {
                let own = all.narrow(0, direction, 1)?;
                Some([own.narrow(1, 0, hidden)?, own.narrow(1, hidden, hidden)?, own.narrow(1, 2 * hidden, hidden)?])
            }
            None => None,
        };
        let clip = call.float_or("clip", 0.0);
        let cell = Cell {
            op,
            w: of(&w)?,
            r: of(&r)?,
            bias,
            peepholes,
            hidden,
            act: act.collect::<Result<_, _>>()?,
            linear_before_reset: call.flag("linear_before_reset", false),
            clip: (clip > 0.0).then_some(clip),
        };
        let (mut h, mut c) = (start(5, direction)?, if op == "LSTM" { start(6, direction)? } else { zero.clone() });
        let backwards = call.text("direction") == Some("reverse") || direction == 1;
        let mut steps = vec![h.clone(); length];
        for k in 0..length {
            let at = if backwards { length - 1 - k } else { k };
            let [new_h, new_c] = cell.step(&x.narrow(0, at, 1)?.squeeze(0)?, &h, &c)?;
            (steps[at], h, c) = match lasting(at)? {
                // What has ended gives zeros, and its state stays.
                Some(mask) => {
                    let shown = new_h.broadcast_mul(&mask)?;
                    (shown, mask.where_cond(&new_h, &h)?, mask.where_cond(&new_c, &c)?)
                }
                None => (new_h.clone(), new_h, new_c),
            };
        }
        all.push(steps);
        last_h.push(h);
        last_c.push(c);
    }
    // `[length, directions, batch, hidden]`, or with the batch first.
    let over = |parts: &[Tensor]| Tensor::stack(&parts.iter().collect::<Vec<_>>(), 0);
    let steps = (0..length).map(|at| over(&all.iter().map(|steps| steps[at].clone()).collect::<Vec<_>>()));
    let y = over(&steps.collect::<Result<Vec<_>, _>>()?)?;
    let (h, c) = (over(&last_h)?, over(&last_c)?);
    let outputs =
        if by_batch { [y.permute(vec![2, 0, 1, 3])?, h.transpose(0, 1)?, c.transpose(0, 1)?] } else { [y, h, c] };
    Ok(outputs.into_iter().map(Value::float).collect())
}
