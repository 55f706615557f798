//! Features of regions, as many for each whatever its size. RoIAlign and RoI max pooling are composed of other ops, so their gradients and
//! kernels are those of products, sums and maxima.
//!
//! RoIAlign is bilinear, so it falls into rows and columns: `Y F Xᵀ`, where `Y` and `X` hold the weights with which each bin reads the rows
//! and the columns of the features `F`. Two products of matrices are what every device does best.

use crate::graph::{ShapeError, Spec, Tensor};

/// Into how many bins a region is cut, and where it lies on the features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoiGrid {
    /// Bins down and across.
    pub bins: usize,
    /// Places of the features for a pixel of the picture: 1/16 where sixteen pixels go from one place to the next.
    pub scale: f64,
}

/// Points of a bin along each side that RoIAlign takes the mean of.
const SAMPLES: usize = 2;
/// Less than any feature: what is beyond a bin.
const BEYOND: f64 = -1e30;

/// Regions `[batch, regions, 4]` of features `[batch, channels, height, width]`.
fn sizes(op: &'static str, features: &Tensor, boxes: &Tensor) -> Result<[usize; 5], ShapeError> {
    match (features.dims(), boxes.dims()) {
        (&[batch, channels, height, width], &[pictures, regions, 4]) if batch == pictures => {
            Ok([batch, channels, height, width, regions])
        }
        (a, b) => Err(ShapeError::mismatch(op, a, b)),
    }
}

fn row(like: &Tensor, values: &[f64]) -> Result<Tensor, ShapeError> {
    like.graph().constant_of("roi", values, &Spec::new([1, 1, values.len()], like.dtype()))
}

/// From and to of each region along a side (0 across, 1 down), in places of the features: `[batch, regions, 1]` each.
fn span(boxes: &Tensor, side: usize, scale: f64) -> Result<[Tensor; 2], ShapeError> {
    Ok([boxes.narrow(2, side, 1)?.affine(scale, 0.0)?, boxes.narrow(2, side + 2, 1)?.affine(scale, 0.0)?])
}

/// How each bin reads the `extent` places along a side: `[batch, regions, bins, extent]`.
fn weights(boxes: &Tensor, side: usize, grid: RoiGrid, extent: usize) -> Result<Tensor, ShapeError> {
    let [from, to] = span(boxes, side, grid.scale)?;
    let &[batch, regions, _] = boxes.dims() else { return Err(ShapeError::mismatch("roi_align", boxes.dims(), &[])) };
    let points = grid.bins * SAMPLES;
    let shares: Vec<f64> = (0..points).map(|k| (k as f64 + 0.5) / points as f64).collect();
    // The middle of the first place is at 0: half a place before it is where the picture begins.
    let at = to.sub(&from)?.broadcast_mul(&row(boxes, &shares)?)?.broadcast_add(&from)?.affine(1.0, -0.5)?;
    let last = extent as f64;
    // A point further than one place outside counts as 0; a nearer one reads the edge.
    let is_near = at.gt_scalar(last)?.affine(-1.0, 1.0)?.mul(&at.neg()?.gt_scalar(1.0)?.affine(-1.0, 1.0)?)?;
    let at = at.clamp(0.0, last - 1.0)?.reshape([batch, regions * points, 1])?;
    let places: Vec<f64> = (0..extent).map(|place| place as f64).collect();
    let hat = at.broadcast_sub(&row(boxes, &places)?)?.abs()?.affine(-1.0, 1.0)?.relu()?;
    let read = hat.broadcast_mul(&is_near.reshape([batch, regions * points, 1])?)?;
    read.reshape([batch, regions * grid.bins, SAMPLES, extent])?
        .mean_keepdim(2)?
        .reshape([batch, regions, grid.bins, extent])
}

/// RoIAlign (He, Gkioxari, Dollár & Girshick, "Mask R-CNN", 2017), with four points in each bin and half a pixel taken off (torchvision's
/// `aligned`): `features [batch, channels, height, width]` and `boxes [batch, regions, 4]` (left, top, right and bottom in pixels) →
/// `[batch · regions, channels, bins, bins]`.
///
/// # Errors
/// Where shapes do not fit.
pub fn roi_align(features: &Tensor, boxes: &Tensor, grid: RoiGrid) -> Result<Tensor, ShapeError> {
    let [batch, channels, height, width, regions] = sizes("roi_align", features, boxes)?;
    let bins = grid.bins;
    let rows = weights(boxes, 1, grid, height)?.reshape([batch, regions * bins, height])?;
    let columns = weights(boxes, 0, grid, width)?.reshape([batch * regions, bins, width])?;
    let planes = features.permute([0, 2, 1, 3])?.reshape([batch, height, channels * width])?;
    let down = rows.matmul(&planes)?.reshape([batch * regions, bins * channels, width])?;
    let both = down.matmul(&columns.permute([0, 2, 1])?)?;
    both.reshape([batch * regions, bins, channels, bins])?.permute([0, 2, 1, 3])
}

/// 0 for the places inside each bin, [`BEYOND`] for the others: `[batch, regions, bins, extent]`. Bins of whole places, which may overlap.
fn beyond(boxes: &Tensor, side: usize, grid: RoiGrid, extent: usize) -> Result<Tensor, ShapeError> {
    let [from, to] = span(boxes, side, grid.scale)?;
    let &[batch, regions, _] = boxes.dims() else { return Err(ShapeError::mismatch("roi_pool", boxes.dims(), &[])) };
    let [from, to] = [from.round()?, to.round()?];
    let bins = grid.bins;
    let count = row(boxes, &[bins as f64])?;
    let bin = to.sub(&from)?.affine(1.0, 1.0)?.clamp(1.0, 1e9)?.broadcast_div(&count)?;
    let edge = |first: usize| -> Result<Tensor, ShapeError> {
        let numbers: Vec<f64> = (first..first + bins).map(|k| k as f64).collect();
        let at = bin.broadcast_mul(&row(boxes, &numbers)?)?;
        let whole = if first == 0 { at.floor()? } else { at.ceil()? };
        whole.broadcast_add(&from)?.reshape([batch, regions * bins, 1])
    };
    let places: Vec<f64> = (0..extent).map(|place| place as f64).collect();
    let places = row(boxes, &places)?;
    // Before the first place, or not before the last one.
    let is_before = edge(0)?.broadcast_sub(&places)?.gt_scalar(0.0)?;
    let is_behind = edge(1)?.broadcast_sub(&places)?.gt_scalar(0.0)?.affine(-1.0, 1.0)?;
    let outside = is_before.add(&is_behind)?.clamp(0.0, 1.0)?;
    outside.affine(BEYOND, 0.0)?.reshape([batch, regions, bins, extent])
}

/// RoI max pooling (Girshick, "Fast R-CNN", 2015), as torchvision's `roi_pool`: corners are rounded to places of the features, and a bin is
/// the largest of the whole places that it touches, 0 where there is none. Shapes as of [`roi_align`]; features are above -10²⁹.
///
/// # Errors
/// Where shapes do not fit.
pub fn roi_max_pool(features: &Tensor, boxes: &Tensor, grid: RoiGrid) -> Result<Tensor, ShapeError> {
    let [batch, channels, height, width, regions] = sizes("roi_pool", features, boxes)?;
    let bins = grid.bins;
    let rows = beyond(boxes, 1, grid, height)?.reshape([batch, regions * bins, 1, height, 1])?;
    let columns = beyond(boxes, 0, grid, width)?.reshape([batch * regions, 1, bins, 1, width])?;
    let planes = features.reshape([batch, 1, channels, height, width])?;
    let down = planes.broadcast_add(&rows)?.max_keepdim(3)?.reshape([batch * regions, bins, 1, channels, width])?;
    let both = down.broadcast_add(&columns)?.max_keepdim(4)?.reshape([batch * regions, bins, bins, channels])?;
    let is_there = both.gt_scalar(BEYOND / 10.0)?;
    let zeros = both.zeros_like()?;
    is_there.where_cond(&both, &zeros)?.permute([0, 3, 1, 2])
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
