//! Resizing: each dimension is a known linear map, so every mode is a small matrix; the common ones have an op.

use super::array::{Kind, KnownArray};
use super::call::{NodeCall, NodeValues, Refusal, one, refuse};
use super::reduce::along;
use crate::graph::Tensor;
use crate::graph::op::resize2d::ResizeFn;

/// How places of the result are found in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Coordinates {
    HalfPixel,
    PytorchHalfPixel,
    AlignCorners,
    Asymmetric,
    /// As half a pixel, about the middle of the picture where the scale does not give a whole number.
    Symmetric,
    /// A part of the picture, by its relative edges.
    Crop,
}

#[derive(Clone, Copy)]
struct Axis {
    from: usize,
    to: usize,
    scale: f64,
    /// Relative edges of the part that is cut out.
    part: [f64; 2],
}

pub(super) fn resize(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let rank = x.rank();
    let is_old = call.op() == "Upsample" || call.opset < 11;
    let (scales_at, sizes_at) = if is_old { (1, 3) } else { (2, 3) };
    let axes = match call.ints("axes") {
        Some(axes) => axes.into_iter().map(|axis| call.axis(axis, rank)).collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    let scales = match call.floats("scales").filter(|scales| !scales.is_empty()) {
        Some(scales) => scales.iter().copied().map(f64::from).collect(),
        None if call.has(scales_at) => call.known(scales_at, "scales")?.values.clone(),
        None => Vec::new(),
    };
    let sizes = call.known_ints(sizes_at, "sizes")?.unwrap_or_default();
    let mut all: Vec<Axis> =
        x.dims().iter().map(|&extent| Axis { from: extent, to: extent, scale: 1.0, part: [0.0, 1.0] }).collect();
    if sizes.len() == axes.len() && !sizes.is_empty() {
        let ratios = axes.iter().zip(&sizes).map(|(&axis, &size)| size as f64 / all[axis].from as f64);
        let common = match call.text("keep_aspect_ratio_policy").unwrap_or("stretch") {
            "not_larger" => Some(ratios.fold(f64::INFINITY, f64::min)),
            "not_smaller" => Some(ratios.fold(0.0, f64::max)),
            _ => None,
        };
        for (&axis, &size) in axes.iter().zip(&sizes) {
            let to = common.map_or(size.max(1) as usize, |ratio| (ratio * all[axis].from as f64).round() as usize);
            let scale = common.unwrap_or(to as f64 / all[axis].from as f64);
            all[axis] = Axis { to, scale, ..all[axis] };
        }
    } else if scales.len() == axes.len() {
        for (&axis, &scale) in axes.iter().zip(&scales) {
            let to = (all[axis].from as f64 * scale).floor() as usize;
            all[axis] = Axis { to, scale, ..all[axis] };
        }
    } else {
        return refuse("it has neither scales nor sizes for its dimensions");
    }
    if let Some(empty) = all.iter().find(|axis| axis.to == 0 || axis.to > 16_384) {
        return refuse(format!("it makes {} of {}", empty.to, empty.from));
    }
    let coordinates = match call.text("coordinate_transformation_mode") {
        _ if is_old => Coordinates::Asymmetric,
        None | Some("half_pixel") => Coordinates::HalfPixel,
        Some("pytorch_half_pixel") => Coordinates::PytorchHalfPixel,
        Some("align_corners") => Coordinates::AlignCorners,
        Some("asymmetric") => Coordinates::Asymmetric,
        Some("half_pixel_symmetric") => Coordinates::Symmetric,
        Some("tf_crop_and_resize") => {
            let part = &call.known(1, "part of the picture")?.values;
            if part.len() != 2 * axes.len() {
                return refuse(format!("its part of the picture has {} numbers", part.len()));
            }
            axes.iter().enumerate().for_each(|(k, &axis)| all[axis].part = [part[k], part[k + axes.len()]]);
            Coordinates::Crop
        }
        Some(other) => return refuse(format!("its coordinate_transformation_mode {other} is not supported")),
    };
    let mode = call.text("mode").unwrap_or("nearest");
    if let Some(y) = with_op(call, &all, coordinates, mode)? {
        return one(y);
    }
    let mut y = x;
    for (dim, axis) in
        all.iter().enumerate().filter(|(_, axis)| axis.to != axis.from || axis.scale != 1.0 || axis.part != [0.0, 1.0])
    {
        y = along(&y, dim, rank - 1, &matrix(call, axis, coordinates, mode)?, call)?;
    }
    if coordinates == Coordinates::Crop {
        y = outside_filled(call, y, &all)?;
    }
    one(y)
}

/// What is cut out beyond the picture's edges has a value of its own.
fn outside_filled(call: &NodeCall, mut y: Tensor, all: &[Axis]) -> Result<Tensor, Refusal> {
    let fill = call.float_or("extrapolation_value", 0.0);
    for (dim, axis) in all.iter().enumerate().filter(|(_, axis)| axis.part != [0.0, 1.0]) {
        let inside = (0..axis.to).map(|o| {
            let at = cropped(axis, o as f64);
            f64::from((0.0..=(axis.from - 1) as f64).contains(&at))
        });
        let mut shape = vec![1; all.len()];
        shape[dim] = axis.to;
        let mask = KnownArray::new(Kind::Float, shape, inside.collect()).live(call.graph)?;
        y = mask.where_cond(&y, &call.graph.full(fill, crate::graph::Spec::f32(vec![1; all.len()]))?)?;
    }
    Ok(y)
}

/// Where an element of the result lies in the picture, for a part that is cut out.
fn cropped(axis: &Axis, out: f64) -> f64 {
    let ([start, end], last) = (axis.part, (axis.from - 1) as f64);
    if axis.to > 1 {
        start * last + out * (end - start) * last / (axis.to - 1) as f64
    } else {
        0.5 * (start + end) * last
    }
}

/// By the engine's own resizing, where that computes just this.
fn with_op(call: &NodeCall, all: &[Axis], coordinates: Coordinates, mode: &str) -> Result<Option<Tensor>, Refusal> {
    let [n, c, h, w] = all else { return Ok(None) };
    let is_plain = n.from == n.to && c.from == c.to && !call.flag("antialias", false);
    let is_whole = [h, w].iter().all(|axis| (axis.scale * axis.from as f64 - axis.to as f64).abs() < 1e-6);
    let fits = match (mode, coordinates) {
        ("nearest", Coordinates::Asymmetric) => {
            let by_floor = call.text("nearest_mode").unwrap_or("round_prefer_floor") == "floor" || call.opset < 11;
            (by_floor || [h, w].iter().all(|axis| axis.scale.fract() == 0.0 && call.op() == "Upsample"))
                .then_some(ResizeFn::Nearest)
        }
        ("linear", Coordinates::HalfPixel) => Some(ResizeFn::Bilinear),
        ("linear", Coordinates::AlignCorners) => Some(ResizeFn::BilinearAligned),
        _ => None,
    };
    match fits {
        Some(resize) if is_plain && is_whole => Ok(Some(call.live(0)?.resize2d(resize, [h.to, w.to])?)),
        _ => Ok(None),
    }
}

/// `[from, to]`: what each element of the result takes of each of the picture.
fn matrix(call: &NodeCall, axis: &Axis, coordinates: Coordinates, mode: &str) -> Result<KnownArray, Refusal> {
    let Axis { from, to, scale, .. } = *axis;
    let mut values = vec![0.0; from * to];
    let clamped = |at: f64| at.clamp(0.0, (from - 1) as f64) as usize;
    // Antialiasing widens the kernel where a picture becomes smaller.
    let widened = if call.flag("antialias", false) && scale < 1.0 { 1.0 / scale } else { 1.0 };
    let cubic = call.float_or("cubic_coeff_a", -0.75);
    for o in 0..to {
        let out = o as f64;
        let place = match coordinates {
            Coordinates::HalfPixel => (out + 0.5) / scale - 0.5,
            Coordinates::PytorchHalfPixel if to > 1 => (out + 0.5) / scale - 0.5,
            Coordinates::PytorchHalfPixel => 0.0,
            Coordinates::AlignCorners if to > 1 => out * (from - 1) as f64 / (scale * from as f64 - 1.0),
            Coordinates::AlignCorners => 0.0,
            Coordinates::Symmetric => {
                let whole = scale * from as f64;
                let adjust = to as f64 / whole;
                (from as f64 / 2.0) * (1.0 - adjust) + (out + 0.5) / scale - 0.5
            }
            Coordinates::Crop => cropped(axis, out),
            Coordinates::Asymmetric => out / scale,
        };
        let mut add = |at: f64, share: f64| values[clamped(at) * to + o] += share;
        let kernel: fn(f64, f64) -> f64 = match mode {
            "nearest" => {
                let at = match call.text("nearest_mode").unwrap_or(if call.opset < 11 {
                    "floor"
                } else {
                    "round_prefer_floor"
                }) {
                    "floor" => place.floor(),
                    "ceil" => place.ceil(),
                    "round_prefer_ceil" => (place + 0.5).floor(),
                    _ => (place - 0.5).ceil(),
                };
                add(at, 1.0);
                continue;
            }
            "linear" => |d, _| (1.0 - d).max(0.0),
            "cubic" => |d, a| match d {
                ..1.0 => ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0,
                ..2.0 => ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a,
                _ => 0.0,
            },
            other => return refuse(format!("its mode {other} is not supported")),
        };
        let reach = widened * if mode == "cubic" { 2.0 } else { 1.0 };
        let (first, last) = ((place - reach).ceil() as i64, (place + reach).floor() as i64);
        let inside = |at: &i64| !call.flag("exclude_outside", false) || (0..from as i64).contains(at);
        let shares: Vec<(i64, f64)> =
            (first..=last).filter(inside).map(|at| (at, kernel((at as f64 - place).abs() / widened, cubic))).collect();
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        let sum = if sum == 0.0 { 1.0 } else { sum };
        shares.into_iter().for_each(|(at, share)| add(at as f64, share / sum));
    }
    Ok(KnownArray::new(Kind::Float, vec![from, to], values))
}
