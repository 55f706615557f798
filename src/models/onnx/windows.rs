//! Convolutions and pools: windows that slide over pictures, with every way in which a file may say where they lie.

use super::array::{Kind, Value};
use super::call::{NodeCall, NodeValues, Refusal, one, refuse, selected};
use super::volume;
use crate::graph::op::conv2d::Padding;
use crate::graph::op::pool2d::PoolFn;
use crate::graph::op::{Conv2d, ConvTranspose2d, Pool2d, PoolIndex, windows as places};
use crate::graph::{DType, Spec, Tensor};

/// What windows do in the last two dimensions; a signal of one dimension is a picture of one row.
struct Windows {
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
    ceil: bool,
}

impl Windows {
    fn read(call: &NodeCall, kernel: &[usize], size: [usize; 2]) -> Result<Self, Refusal> {
        let flat = kernel.len() == 1;
        let pair = |name: &str, default: usize| -> Result<[usize; 2], Refusal> {
            match call.ints(name).as_deref() {
                None | Some([]) => Ok([default; 2]),
                Some(&[x]) if flat => Ok([default, positive(name, x)?]),
                Some(&[y, x]) if !flat => Ok([positive(name, y)?, positive(name, x)?]),
                Some(other) => refuse(format!("its {name} {other:?} are not those of {} dimensions", kernel.len())),
            }
        };
        let kernel = if flat { [1, kernel[0]] } else { [kernel[0], kernel[1]] };
        let (stride, dilation) = (pair("strides", 1)?, pair("dilations", 1)?);
        let padding = match call.text("auto_pad").unwrap_or("NOTSET") {
            "NOTSET" | "" => match call.ints("pads").as_deref() {
                None | Some([]) => Padding::default(),
                Some(&[left, right]) if flat => Padding { top: 0, bottom: 0, left: pad(left)?, right: pad(right)? },
                Some(&[top, left, bottom, right]) if !flat => {
                    Padding { top: pad(top)?, bottom: pad(bottom)?, left: pad(left)?, right: pad(right)? }
                }
                Some(other) => {
                    return refuse(format!("its pads {other:?} are not those of {} dimensions", kernel.len()));
                }
            },
            "VALID" => Padding::default(),
            which @ ("SAME_UPPER" | "SAME_LOWER") => {
                let total = |d: usize| {
                    let covered = (size[d].div_ceil(stride[d]) - 1) * stride[d] + (kernel[d] - 1) * dilation[d] + 1;
                    covered.saturating_sub(size[d])
                };
                let before = |total: usize| if which == "SAME_UPPER" { total / 2 } else { total.div_ceil(2) };
                let [rows, columns] = [total(0), total(1)];
                let (top, left) = (before(rows), before(columns));
                Padding { top, bottom: rows - top, left, right: columns - left }
            }
            other => return refuse(format!("its auto_pad {other} is not known")),
        };
        Ok(Self { kernel, stride, dilation, padding, ceil: call.flag("ceil_mode", false) })
    }
}

fn positive(name: &str, value: i64) -> Result<usize, Refusal> {
    match usize::try_from(value) {
        Ok(value) if value > 0 => Ok(value),
        _ => refuse(format!("its {name} have {value}")),
    }
}

fn pad(value: i64) -> Result<usize, Refusal> {
    usize::try_from(value).or_else(|_| refuse(format!("it cuts off {value} at an edge instead of padding")))
}

/// A signal `[batch, channels, length]` becomes a picture of one row.
fn picture(x: &Tensor) -> Result<Tensor, Refusal> {
    match x.rank() {
        3 => Ok(x.unsqueeze(2)?),
        4 => Ok(x.clone()),
        rank => refuse(format!("it works on {} dimensions of space; 1 and 2 are supported", rank.saturating_sub(2))),
    }
}

/// The way back.
fn as_before(y: Tensor, rank: usize) -> NodeValues {
    one(if rank == 3 { y.squeeze(2)? } else { y })
}

fn space(x: &Tensor) -> [usize; 2] {
    [x.dims()[2], x.dims()[3]]
}

fn groups(call: &NodeCall) -> Result<usize, Refusal> {
    positive("group", call.int_or("group", 1))
}

/// `x` with a value for each channel added.
fn with_bias(y: Tensor, call: &NodeCall) -> Result<Tensor, Refusal> {
    let Some(bias) = call.optional(2)? else { return Ok(y) };
    let channels = bias.elem_count();
    Ok(y.broadcast_add(&bias.reshape(vec![1, channels, 1, 1])?)?)
}

pub(super) fn conv(call: &NodeCall) -> NodeValues {
    let (x, w) = (call.live(0)?, call.live(1)?);
    let rank = x.rank();
    let (x, w) = (picture(&x)?, picture(&w)?);
    let kernel = if rank == 3 { vec![w.dims()[3]] } else { space(&w).to_vec() };
    let windows = Windows::read(call, &kernel, space(&x))?;
    let y = convolved(&x, &w, &windows, groups(call)?)?;
    as_before(with_bias(y, call)?, rank)
}

/// The engine's convolution has one stride and one dilation; where a file has two, a smaller step and a choice of rows and
/// columns come to the same.
fn convolved(x: &Tensor, w: &Tensor, windows: &Windows, groups: usize) -> Result<Tensor, Refusal> {
    let Windows { kernel, stride, dilation, padding, .. } = *windows;
    let dilation = match dilation {
        [a, b] if a == b || kernel[1] == 1 => a,
        [_, b] if kernel[0] == 1 => b,
        [a, b] => return refuse(format!("its dilations {a} and {b} differ")),
    };
    let step = if stride[0] == stride[1] { stride[0] } else { 1 };
    let y = x.conv2d_padded(w, Conv2d { padding, stride: step, dilation, groups })?;
    if step == stride[0] && step == stride[1] { Ok(y) } else { Ok(every(&every(&y, 2, stride[0])?, 3, stride[1])?) }
}

/// Every so many elements along a dimension, from the first.
fn every(x: &Tensor, dim: usize, step: usize) -> Result<Tensor, Refusal> {
    if step == 1 {
        return Ok(x.clone());
    }
    let places: Vec<f64> = (0..x.dims()[dim]).step_by(step).map(|at| at as f64).collect();
    selected(x, &places, dim)
}

/// Zeros between the elements along a dimension, so that each is `step` from the next.
fn spread(x: &Tensor, dim: usize, step: usize) -> Result<Tensor, Refusal> {
    let mut shape = x.dims().to_vec();
    let extent = (shape[dim] - 1) * step + 1;
    let wide = x.unsqueeze(dim + 1)?.pad_with_zeros(dim + 1, 0, step - 1)?;
    shape[dim] *= step;
    Ok(wide.reshape(shape)?.narrow(dim, 0, extent)?)
}

/// Rows or columns of zeros behind what the windows reach.
const MOST_BEHIND: usize = 4096;

pub(super) fn conv_transpose(call: &NodeCall) -> NodeValues {
    let (x, w) = (call.live(0)?, call.live(1)?);
    let rank = x.rank();
    let (x, w) = (picture(&x)?, picture(&w)?);
    let (kernel, size) = (space(&w), space(&x));
    let kernel_here = if rank == 3 { vec![kernel[1]] } else { kernel.to_vec() };
    let mut windows = Windows::read(call, &kernel_here, size)?;
    let pair = |name: &str| -> Result<Option<[usize; 2]>, Refusal> {
        match call.ints(name).as_deref() {
            None | Some([]) => Ok(None),
            Some(&[x]) => Ok(Some([usize::from(name == "output_shape"), pad(x)?])),
            Some(&[.., y, x]) => Ok(Some([pad(y)?, pad(x)?])),
        }
    };
    let mut more = pair("output_padding")?.unwrap_or_default();
    let [stride, dilation] = [windows.stride, windows.dilation];
    if dilation[0] != dilation[1] && kernel[0] != 1 {
        return refuse("its two dilations differ");
    }
    // Without padding: all that the windows reach.
    let reached = |d: usize| stride[d] * (size[d] - 1) + (kernel[d] - 1) * dilation[d] + 1;
    let wanted = match (pair("output_shape")?, call.text("auto_pad").unwrap_or("NOTSET")) {
        (None, "SAME_UPPER" | "SAME_LOWER") => Some([size[0] * stride[0], size[1] * stride[1]]),
        (shape, _) => shape,
    };
    if let Some(wanted) = wanted {
        // A larger output is padded behind.
        more = [0, 1].map(|d| wanted[d].saturating_sub(reached(d)).max(more[d]));
        if more.iter().any(|&more| more > MOST_BEHIND) {
            return refuse(format!("its output of {wanted:?} is larger than its windows"));
        }
        let cut =
            |d: usize| (reached(d) + more[d]).checked_sub(wanted[d]).ok_or(Refusal("its output is too large".into()));
        let upper = call.text("auto_pad") == Some("SAME_UPPER");
        let before = |total: usize| if upper { total / 2 } else { total.div_ceil(2) };
        let [rows, columns] = [cut(0)?, cut(1)?];
        let (top, left) = (before(rows), before(columns));
        windows.padding = Padding { top, bottom: rows - top, left, right: columns - left };
    }
    let p = windows.padding;
    let extent = |d: usize, cut: usize| {
        (reached(d) + more[d])
            .checked_sub(cut)
            .filter(|extent| *extent > 0)
            .ok_or(Refusal("its padding leaves nothing".into()))
    };
    let size = [extent(0, p.top + p.bottom)?, extent(1, p.left + p.right)?];
    // The engine's has one stride: where a file has two, zeros between rows and columns are the strides.
    let (x, step) = if stride[0] == stride[1] || rank == 3 {
        (x, stride[1])
    } else {
        (spread(&spread(&x, 2, stride[0])?, 3, stride[1])?, 1)
    };
    // The engine's choice of a size is less than its stride: what lies behind that is zero.
    let groups = groups(call)?;
    let y = if more.iter().any(|more| *more >= step) {
        let conv = Conv2d { padding: Padding::default(), stride: step, dilation: dilation[1], groups };
        let whole = [reached(0), reached(1)];
        let y = x.graph().apply(ConvTranspose2d { conv, size: whole }, &[&x, &w])?;
        let y = y.pad_with_zeros(2, 0, more[0])?.pad_with_zeros(3, 0, more[1])?;
        y.narrow(2, p.top, size[0])?.narrow(3, p.left, size[1])?
    } else {
        let conv = Conv2d { padding: p, stride: step, dilation: dilation[1], groups };
        x.graph().apply(ConvTranspose2d { conv, size }, &[&x, &w])?
    };
    as_before(with_bias(y, call)?, rank)
}

pub(super) fn pool(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let rank = x.rank();
    let kernel = call.ints("kernel_shape").unwrap_or_default();
    if kernel.len() + 2 != rank {
        return refuse(format!("its kernel_shape {kernel:?} does not fit {} dimensions", rank.saturating_sub(2)));
    }
    let kernel = kernel.iter().map(|&k| positive("kernel_shape", k)).collect::<Result<Vec<_>, _>>()?;
    if rank > 4 && call.wanted() == 1 {
        return volume::pool(call, &kernel);
    }
    let x = picture(&x)?;
    let windows = Windows::read(call, &kernel, space(&x))?;
    if call.wanted() > 1 {
        return max_pool_with_places(call, &x, &windows, rank);
    }
    let y = match call.op() {
        "MaxPool" => max_pool(&x, &windows)?,
        "AveragePool" => average_pool(&x, &windows, call.flag("count_include_pad", false))?,
        "LpPool" => {
            let p = call.float_or("p", call.int_or("p", 2) as f64);
            let powers = x.abs()?.powf(p)?;
            let [rows, columns] = windows.kernel;
            let sums = average_pool(&powers, &windows, true)?.affine((rows * columns) as f64, 0.0)?;
            sums.powf(1.0 / p)?
        }
        op => return refuse(format!("{op} is no pool")),
    };
    as_before(y, rank)
}

/// Windows that no padding is left for: how many places the padded picture must have, so that the last one is whole.
fn filled(windows: &Windows, size: [usize; 2]) -> ([usize; 2], Padding) {
    let Padding { top, bottom, left, right } = windows.padding;
    let before = [top, left];
    let last = |d: usize, after: usize| {
        let k = (windows.kernel[d] - 1) * windows.dilation[d] + 1;
        let (s, all) = (windows.stride[d], size[d] + before[d] + after);
        let room = all.saturating_sub(k);
        let mut count = if windows.ceil { room.div_ceil(s) } else { room / s } + 1;
        // A window begins inside the picture or the padding before it.
        while windows.ceil && count > 1 && (count - 1) * s >= size[d] + before[d] {
            count -= 1;
        }
        let reach = (count - 1) * s + k;
        (count, reach.saturating_sub(size[d] + before[d]))
    };
    let ((rows, below), (columns, behind)) = (last(0, bottom), last(1, right));
    ([rows, columns], Padding { top, bottom: below, left, right: behind })
}

fn padded(x: &Tensor, p: Padding) -> Result<Tensor, Refusal> {
    Ok(x.pad_with_zeros(2, p.top, p.bottom)?.pad_with_zeros(3, p.left, p.right)?)
}

/// One value for each place of a picture, the same for all channels.
fn map(x: &Tensor, size: [usize; 2], value: impl Fn(usize, usize) -> f64) -> Result<Tensor, Refusal> {
    let values: Vec<f64> = (0..size[0] * size[1]).map(|at| value(at / size[1], at % size[1])).collect();
    Ok(x.graph().constant_of("onnx", &values, &Spec::new([1, 1, size[0], size[1]], x.dtype()))?)
}

fn simple(windows: &Windows, pool: PoolFn) -> Option<Pool2d> {
    let Windows { kernel, stride, padding: p, ceil, .. } = *windows;
    let fits = p.top == p.bottom && p.left == p.right && p.top * 2 <= kernel[0] && p.left * 2 <= kernel[1];
    let fits = fits && windows.dilation == [1, 1];
    fits.then_some(Pool2d { pool, kernel, stride, padding: [p.top, p.left], ceil })
}

fn max_pool(x: &Tensor, windows: &Windows) -> Result<Tensor, Refusal> {
    if let Some(pool) = simple(windows, PoolFn::Max) {
        return Ok(x.pool2d(pool)?);
    }
    if windows.dilation != [1, 1] {
        let ([rows, columns], p) = filled(windows, space(x));
        let wide = padded(x, p)?.broadcast_add(&edge(x, p)?)?;
        return taps(&wide, windows, [rows, columns], Tensor::broadcast_maximum);
    }
    // Padding that never wins.
    let ([rows, columns], p) = filled(windows, space(x));
    let wide = padded(x, p)?;
    let pool =
        Pool2d { pool: PoolFn::Max, kernel: windows.kernel, stride: windows.stride, padding: [0; 2], ceil: false };
    let y = wide.broadcast_add(&edge(x, p)?)?.pool2d(pool)?;
    Ok(y.narrow(2, 0, rows)?.narrow(3, 0, columns)?)
}

/// The largest values, and where in the whole tensor each lies.
fn max_pool_with_places(call: &NodeCall, x: &Tensor, windows: &Windows, rank: usize) -> NodeValues {
    let Some(pool) = simple(windows, PoolFn::Max) else {
        return refuse("it gives the places of the largest values, and has gaps or uneven padding");
    };
    let y = x.pool2d(pool)?;
    let of = places::Windows::Strided { kernel: pool.kernel, stride: pool.stride, padding: pool.padding };
    let found = x.graph().apply(PoolIndex { windows: of, size: space(&y) }, &[x])?.to_dtype(DType::F32)?;
    let (planes, [h, w]) = (x.dims()[0] * x.dims()[1], space(x));
    let found = if call.flag("storage_order", false) {
        // Column by column.
        let row = found.affine(1.0 / w as f64, 0.5 / w as f64)?.floor()?;
        let column = found.broadcast_sub(&row.affine(w as f64, 0.0)?)?;
        column.affine(h as f64, 0.0)?.broadcast_add(&row)?
    } else {
        found
    };
    let starts: Vec<f64> = (0..planes).map(|plane| (plane * h * w) as f64).collect();
    let starts = x.graph().constant_of("onnx", &starts, &Spec::f32([x.dims()[0], x.dims()[1], 1, 1]))?;
    let found = found.broadcast_add(&starts)?;
    let [y, found] = [y, found].map(|of| if rank == 3 { of.squeeze(2) } else { Ok(of) });
    Ok(vec![Value::float(y?), Value::Live(found?, Kind::Int)])
}

/// The lowest number in the padding, zero inside.
fn edge(x: &Tensor, p: Padding) -> Result<Tensor, Refusal> {
    let [h, w] = space(x);
    let inside = |i: usize, j: usize| (p.top..p.top + h).contains(&i) && (p.left..p.left + w).contains(&j);
    let size = [h + p.top + p.bottom, w + p.left + p.right];
    map(x, size, |i, j| if inside(i, j) { 0.0 } else { f64::from(f32::MIN) })
}

type Join = fn(&Tensor, &Tensor) -> Result<Tensor, crate::graph::ShapeError>;

/// Windows with gaps: the places of each tap in all windows, joined tap by tap.
fn taps(wide: &Tensor, windows: &Windows, [rows, columns]: [usize; 2], join: Join) -> Result<Tensor, Refusal> {
    let reach = |d: usize, count: usize| (count - 1) * windows.stride[d] + 1;
    let mut all: Option<Tensor> = None;
    for i in 0..windows.kernel[0] {
        for j in 0..windows.kernel[1] {
            let part = wide.narrow(2, i * windows.dilation[0], reach(0, rows))?;
            let part = part.narrow(3, j * windows.dilation[1], reach(1, columns))?;
            let part = every(&every(&part, 2, windows.stride[0])?, 3, windows.stride[1])?;
            all = Some(match all {
                Some(all) => join(&all, &part)?,
                None => part,
            });
        }
    }
    all.ok_or(Refusal("its windows are empty".into()))
}

/// The sum over each window by the number of places that count: those of the padding too, or not; never those beyond it.
fn average_pool(x: &Tensor, windows: &Windows, count_padding: bool) -> Result<Tensor, Refusal> {
    if let Some(pool) = simple(windows, PoolFn::Avg { count_padding }) {
        return Ok(x.pool2d(pool)?);
    }
    let ([rows, columns], p) = filled(windows, space(x));
    let pool = PoolFn::Avg { count_padding: true };
    let Windows { kernel, stride, padding, dilation, .. } = *windows;
    let all = (kernel[0] * kernel[1]) as f64;
    let wide = padded(x, p)?;
    let means = if dilation == [1, 1] {
        let means = wide.pool2d(Pool2d { pool, kernel, stride, padding: [0; 2], ceil: false })?;
        means.narrow(2, 0, rows)?.narrow(3, 0, columns)?
    } else {
        taps(&wide, windows, [rows, columns], Tensor::broadcast_add)?.affine(1.0 / all, 0.0)?
    };
    let [h, w] = space(x);
    let counted = |d: usize, o: usize| {
        let (before, after, size) =
            if d == 0 { (padding.top, padding.bottom, h) } else { (padding.left, padding.right, w) };
        let inside = if count_padding { 0..before + size + after } else { before..before + size };
        let taps = (0..kernel[d]).map(|tap| o * stride[d] + tap * dilation[d]);
        taps.filter(|at| inside.contains(at)).count().max(1)
    };
    let shares = map(x, [rows, columns], |i, j| all / (counted(0, i) * counted(1, j)) as f64)?;
    Ok(means.broadcast_mul(&shares)?)
}

/// Over all places of a picture.
pub(super) fn global_pool(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let rank = x.rank();
    if rank < 3 {
        return refuse(format!("its input has {rank} dimensions, and none of space"));
    }
    let flat = x.flatten_from(2)?;
    let y = match call.op() {
        "GlobalMaxPool" => flat.max_keepdim(2)?,
        _ => flat.mean_keepdim(2)?,
    };
    one(y.reshape([&x.dims()[..2], &vec![1; rank - 2]].concat())?)
}
