//! Pools over volumes, and over any other number of dimensions of space, tap by tap: pictures have ops of their own.

use super::array::{Kind, KnownArray};
use super::call::{NodeCall, NodeValues, Refusal, one, refuse, selected};
use crate::graph::Tensor;

/// Larger steps, windows and paddings are no network's.
const LONGEST: usize = 1 << 12;
/// Windows of more places would take too long, and volumes of more too much.
const MOST_TAPS: usize = 1 << 12;
const MOST_PLACES: usize = 1 << 26;

/// One dimension of space.
#[derive(Clone, Copy)]
struct Axis {
    size: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    before: usize,
    after: usize,
    count: usize,
}

impl Axis {
    /// Places of the padded dimension that its windows reach.
    fn reach(&self) -> usize {
        (self.count - 1) * self.stride + (self.kernel - 1) * self.dilation + 1
    }

    /// Places of a window that count: those of the padding too, or not; never those behind it.
    fn counted(&self, window: usize, with_padding: bool) -> usize {
        let inside =
            if with_padding { 0..self.before + self.size + self.after } else { self.before..self.before + self.size };
        let taps = (0..self.kernel).map(|tap| window * self.stride + tap * self.dilation);
        taps.filter(|at| inside.contains(at)).count().max(1)
    }
}

fn axes(call: &NodeCall, x: &Tensor, kernel: &[usize]) -> Result<Vec<Axis>, Refusal> {
    let rank = kernel.len();
    let each = |name: &str, default: usize, count: usize| -> Result<Vec<usize>, Refusal> {
        let Some(given) = call.ints(name).filter(|given| !given.is_empty()) else { return Ok(vec![default; count]) };
        let sound = given.iter().map(|&value| usize::try_from(value).ok().filter(|&value| value <= LONGEST));
        let sound: Option<Vec<usize>> = sound.collect();
        match sound.filter(|sound| sound.len() == count) {
            Some(sound) => Ok(sound),
            None => refuse(format!("its {name} {given:?} are not those of {rank} dimensions")),
        }
    };
    let (strides, dilations) = (each("strides", 1, rank)?, each("dilations", 1, rank)?);
    let pads = each("pads", 0, 2 * rank)?;
    let auto = call.text("auto_pad").unwrap_or("NOTSET");
    let ceil = call.flag("ceil_mode", false);
    let axis = |d: usize| -> Result<Axis, Refusal> {
        let (size, stride, reach) = (x.dims()[2 + d], strides[d], (kernel[d] - 1) * dilations[d] + 1);
        if stride == 0 || dilations[d] == 0 {
            return refuse("one of its steps is 0");
        }
        let [before, after] = match auto {
            "SAME_UPPER" | "SAME_LOWER" => {
                let total = ((size.div_ceil(stride) - 1) * stride + reach).saturating_sub(size);
                let before = if auto == "SAME_UPPER" { total / 2 } else { total.div_ceil(2) };
                [before, total - before]
            }
            "VALID" => [0, 0],
            _ => [pads[d], pads[rank + d]],
        };
        let Some(room) = (size + before + after).checked_sub(reach) else {
            return refuse(format!("its windows of {reach} are larger than {size} with its padding"));
        };
        let mut count = if ceil { room.div_ceil(stride) } else { room / stride } + 1;
        // A window begins inside the volume or the padding before it.
        while ceil && count > 1 && (count - 1) * stride >= size + before {
            count -= 1;
        }
        Ok(Axis { size, kernel: kernel[d], stride, dilation: dilations[d], before, after, count })
    };
    (0..rank).map(axis).collect()
}

/// A value for each place of a shape, the same for all pictures and channels.
fn map(x: &Tensor, extents: &[usize], value: impl Fn(&[usize]) -> f64) -> Result<Tensor, Refusal> {
    let mut at = vec![0; extents.len()];
    let values = (0..extents.iter().product()).map(|mut rest: usize| {
        for (place, extent) in at.iter_mut().zip(extents).rev() {
            *place = rest % extent;
            rest /= extent;
        }
        value(&at)
    });
    let values: Vec<f64> = values.collect();
    Ok(KnownArray::new(Kind::Float, [&[1, 1], extents].concat(), values).live(x.graph())?)
}

type Join = fn(&Tensor, &Tensor) -> Result<Tensor, crate::graph::ShapeError>;

/// The places of each tap in all windows, joined tap by tap.
fn joined(wide: &Tensor, axes: &[Axis], join: Join) -> Result<Tensor, Refusal> {
    let mut all: Option<Tensor> = None;
    for at in 0..axes.iter().map(|axis| axis.kernel).product::<usize>() {
        let (mut rest, mut part) = (at, wide.clone());
        for (d, axis) in axes.iter().enumerate() {
            let tap = rest % axis.kernel;
            rest /= axis.kernel;
            part = part.narrow(2 + d, tap * axis.dilation, (axis.count - 1) * axis.stride + 1)?;
            if axis.stride > 1 {
                let places: Vec<f64> = (0..axis.count).map(|o| (o * axis.stride) as f64).collect();
                part = selected(&part, &places, 2 + d)?;
            }
        }
        all = Some(match all {
            Some(all) => join(&all, &part)?,
            None => part,
        });
    }
    all.ok_or(Refusal("its windows are empty".into()))
}

pub(super) fn pool(call: &NodeCall, kernel: &[usize]) -> NodeValues {
    let x = call.live(0)?;
    let taps = kernel.iter().try_fold(1_usize, |taps, &k| taps.checked_mul(k));
    if taps.is_none_or(|taps| taps > MOST_TAPS) {
        return refuse(format!("its windows are {kernel:?}"));
    }
    let axes = axes(call, &x, kernel)?;
    let places = axes.iter().try_fold(1_usize, |places, axis| places.checked_mul(axis.reach().max(axis.size)));
    if places.is_none_or(|places| places > MOST_PLACES) {
        return refuse(format!("it pads {:?} to too large a volume", x.dims()));
    }
    let padded = |x: &Tensor| {
        axes.iter().enumerate().try_fold(x.clone(), |x, (d, axis)| {
            x.pad_with_zeros(2 + d, axis.before, axis.reach().saturating_sub(axis.before + axis.size))
        })
    };
    let wide = padded(&x)?;
    let counts: Vec<usize> = axes.iter().map(|axis| axis.count).collect();
    one(match call.op() {
        "MaxPool" => {
            let inside = |at: &[usize]| {
                let here = |(at, axis): (&usize, &Axis)| (axis.before..axis.before + axis.size).contains(at);
                at.iter().zip(&axes).all(here)
            };
            // Padding that never wins.
            let edge = map(&x, &wide.dims()[2..], |at| if inside(at) { 0.0 } else { f64::from(f32::MIN) })?;
            joined(&wide.broadcast_add(&edge)?, &axes, Tensor::broadcast_maximum)?
        }
        "AveragePool" => {
            let with_padding = call.flag("count_include_pad", false);
            let share = |at: &[usize]| {
                let all: usize = at.iter().zip(&axes).map(|(&o, axis)| axis.counted(o, with_padding)).product();
                1.0 / all as f64
            };
            joined(&wide, &axes, Tensor::broadcast_add)?.broadcast_mul(&map(&x, &counts, share)?)?
        }
        _ => {
            let p = call.float_or("p", call.int_or("p", 2) as f64);
            joined(&padded(&x.abs()?.powf(p)?)?, &axes, Tensor::broadcast_add)?.powf(1.0 / p)?
        }
    })
}
