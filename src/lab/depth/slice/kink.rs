//! Where a piecewise linear network is not linear: functions of one number in pieces, and the largest of several.

use crate::graph::Spec;
use crate::graph::op::adaptive_pool2d::AdaptiveFn;
use crate::graph::op::binary::BinaryFn;
use crate::graph::op::movement::Move;
use crate::graph::op::pool2d::PoolFn;
use crate::graph::op::reduce::ReduceFn;
use crate::graph::op::unary::UnaryFn;
use crate::graph::op::{
    AdaptivePool2d, BatchNorm, Binary, Cast, Concat, Conv2d, ConvTranspose2d, Gather, Matmul, Op, Pad, Pool2d, Reduce,
    Reshape, Resize2d, Unary,
};
use crate::lab::depth::regions::{Affine, Polygon, cut, envelope, sides};

/// Numbers of an affine map of the plane: its value at the middle of the window, then what it gains across and up.
pub(super) const ROWS: usize = 3;

/// Of one op.
#[derive(Debug)]
pub(super) enum Kink {
    /// Each number by itself: between breaks, in ascending order, `mul · x + add`.
    Pieces { breaks: Vec<f32>, pieces: Vec<[f32; 2]> },
    /// The largest of each window: places in a plane of so many numbers, the same for every channel.
    Largest { plane: usize, windows: Vec<Vec<u32>> },
}

/// What an op is to the input of the network.
#[derive(Debug)]
pub(super) enum Role {
    Affine,
    Kink(Kink),
}

/// A part of a polygon, and the piece of each number that is taken there.
pub(super) type KinkPart = (Polygon, Vec<u8>);

/// None where it is not piecewise linear in those inputs that vary.
pub(super) fn role(op: &Op, x: &[&Spec], y: &Spec, varies: &[bool]) -> Option<Role> {
    let varying = varies.iter().filter(|varies| **varies).count();
    let is_first_alone = varies[0] && varying == 1;
    if let Some(Unary(function)) = op.get() {
        return by_itself(*function);
    }
    if let Some(pool) = op.get::<Pool2d>() {
        return match pool.pool {
            PoolFn::Avg { .. } => Some(Role::Affine),
            PoolFn::Max => largest(pool, x[0], y).map(Role::Kink),
        };
    }
    let is_affine = if let Some(Binary(function)) = op.get() {
        match function {
            BinaryFn::Add | BinaryFn::Sub => true,
            BinaryFn::Mul => varying == 1,
            BinaryFn::Div => is_first_alone,
            _ => false,
        }
    } else if let Some(reduce) = op.get::<Reduce>() {
        matches!(reduce.reduce, ReduceFn::Sum | ReduceFn::Mean)
    } else if let Some(pool) = op.get::<AdaptivePool2d>() {
        matches!(pool.pool, AdaptiveFn::Avg | AdaptiveFn::Sum)
    } else if op.get::<Matmul>().is_some() {
        varying == 1
    } else if op.get::<Cast>().is_some() {
        y.dtype == x[0].dtype
    } else {
        let is_moved = op.get::<Move>().is_some() || op.get::<Pad>().is_some() || op.get::<Reshape>().is_some();
        let is_weighted = op.get::<Conv2d>().is_some()
            || op.get::<ConvTranspose2d>().is_some()
            || op.get::<BatchNorm>().is_some()
            || op.get::<Gather>().is_some()
            || op.get::<Resize2d>().is_some();
        is_moved || op.get::<Concat>().is_some() || (is_weighted && is_first_alone)
    };
    is_affine.then_some(Role::Affine)
}

fn by_itself(function: UnaryFn) -> Option<Role> {
    let pieces = |breaks: &[f64], pieces: &[[f64; 2]]| {
        let breaks = breaks.iter().map(|at| *at as f32).collect();
        let pieces = pieces.iter().map(|piece| piece.map(|number| number as f32)).collect();
        Some(Role::Kink(Kink::Pieces { breaks, pieces }))
    };
    match function {
        UnaryFn::Neg | UnaryFn::Affine(..) => Some(Role::Affine),
        UnaryFn::Relu => pieces(&[0.0], &[[0.0, 0.0], [1.0, 0.0]]),
        UnaryFn::LeakyRelu(slope) => pieces(&[0.0], &[[slope, 0.0], [1.0, 0.0]]),
        UnaryFn::Abs => pieces(&[0.0], &[[-1.0, 0.0], [1.0, 0.0]]),
        UnaryFn::Clamp(low, high) => pieces(&[low, high], &[[0.0, low], [1.0, 0.0], [0.0, high]]),
        _ => None,
    }
}

/// Of a window with more places than a byte counts there is none.
fn largest(pool: &Pool2d, x: &Spec, y: &Spec) -> Option<Kink> {
    let (height, width) = (x.shape[2], x.shape[3]);
    let mut windows = Vec::new();
    for row in 0..y.shape[2] {
        for column in 0..y.shape[3] {
            let ((rows, _), (columns, _)) = (pool.window(0, row, height), pool.window(1, column, width));
            let places = rows.flat_map(|row| columns.clone().map(move |column| (row * width + column) as u32));
            let places: Vec<u32> = places.collect();
            if places.is_empty() || places.len() > usize::from(u8::MAX) {
                return None;
            }
            windows.push(places);
        }
    }
    Some(Kink::Largest { plane: height * width, windows })
}

impl Kink {
    /// What comes out of rows of which the first has values and the others what they gain, with these pieces; appended.
    pub(super) fn apply(&self, argument: &[f32], rows: usize, taken: &[u8], out: &mut Vec<f32>) {
        let length = argument.len() / rows;
        for (row, argument) in argument.chunks_exact(length).enumerate() {
            match self {
                Self::Pieces { pieces, .. } => out.extend(argument.iter().zip(taken).map(|(&value, &piece)| {
                    let [mul, add] = pieces[usize::from(piece)];
                    // What is cut away is zero whatever it was.
                    let of = if mul == 0.0 { 0.0 } else { mul * value };
                    if row == 0 { of + add } else { of }
                })),
                Self::Largest { plane, windows } => {
                    let all = argument.chunks_exact(*plane).flat_map(|plane| windows.iter().map(move |w| (plane, w)));
                    out.extend(all.zip(taken).map(|((plane, window), &at)| plane[window[usize::from(at)] as usize]));
                }
            }
        }
    }

    /// How many numbers are on a piece that rises or falls; of a largest one there is no such piece.
    pub(super) fn active(&self, taken: &[u8]) -> u32 {
        match self {
            Self::Pieces { pieces, .. } => {
                taken.iter().filter(|piece| pieces[usize::from(**piece)][0] != 0.0).count() as u32
            }
            Self::Largest { .. } => 0,
        }
    }

    /// The piece that each number takes, of values at one point.
    pub(super) fn taken(&self, values: &[f32]) -> Vec<u8> {
        match self {
            Self::Pieces { breaks, .. } => {
                values.iter().map(|value| breaks.iter().filter(|at| value > at).count() as u8).collect()
            }
            Self::Largest { plane, windows } => {
                let first = |plane: &[f32], window: &[u32]| {
                    let value = |at: usize| plane[window[at] as usize];
                    (1..window.len()).fold(0, |best, at| if value(at) > value(best) { at } else { best }) as u8
                };
                let planes = values.chunks_exact(*plane);
                planes.flat_map(|plane| windows.iter().map(move |window| first(plane, window))).collect()
            }
        }
    }

    /// A convex polygon around the middle of the window, whose half side is `reach`, in parts in each of which every number takes one
    /// piece.
    pub(super) fn split(&self, argument: &[f32], polygon: &[[f64; 2]], reach: f64) -> Vec<KinkPart> {
        let length = argument.len() / ROWS;
        let map = |at: usize| -> Affine {
            let [constant, across, up] = [0, 1, 2].map(|row| f64::from(argument[row * length + at]));
            [across * reach, up * reach, constant]
        };
        match self {
            Self::Pieces { breaks, .. } => {
                let (mut taken, mut lines) = (vec![0_u8; length], Vec::new());
                for (at, taken) in taken.iter_mut().enumerate() {
                    for &place in breaks {
                        let [across, up, constant] = map(at);
                        let line = [across, up, constant - f64::from(place)];
                        match sides(polygon, line) {
                            [true, true] => lines.push((at, line)),
                            [true, false] => *taken += 1,
                            [false, _] => {}
                        }
                    }
                }
                let mut parts = vec![(polygon.to_vec(), Vec::new())];
                for (at, line) in lines {
                    let mut next = Vec::with_capacity(parts.len() + 1);
                    for (part, above) in parts {
                        let [over, under] = cut(&part, line);
                        if over.len() > 2 {
                            next.push((over, above.iter().copied().chain([at]).collect()));
                        }
                        if under.len() > 2 {
                            next.push((under, above));
                        }
                    }
                    parts = next;
                }
                let with = |(part, above): (Polygon, Vec<usize>)| {
                    let mut taken = taken.clone();
                    above.into_iter().for_each(|at| taken[at] += 1);
                    (part, taken)
                };
                parts.into_iter().map(with).collect()
            }
            Self::Largest { plane, windows } => {
                let places = (0..length / plane).flat_map(|channel| windows.iter().map(move |w| (channel * plane, w)));
                let (mut taken, mut contested) = (Vec::with_capacity(length), Vec::new());
                for (at, (start, window)) in places.enumerate() {
                    let maps: Vec<Affine> = window.iter().map(|&place| map(start + place as usize)).collect();
                    let found = envelope(polygon, &maps);
                    taken.push(found.first().map_or(0, |(first, _)| *first as u8));
                    if found.len() > 1 {
                        contested.push((at, maps));
                    }
                }
                let mut parts = vec![(polygon.to_vec(), taken)];
                for (at, maps) in contested {
                    let cut = |(part, taken): KinkPart| {
                        let maps = &maps;
                        envelope(&part, maps).into_iter().map(move |(first, part)| {
                            let mut taken = taken.clone();
                            taken[at] = first as u8;
                            (part, taken)
                        })
                    };
                    parts = parts.into_iter().flat_map(cut).collect();
                }
                parts
            }
        }
    }
}
