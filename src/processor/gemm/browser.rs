//! In the browser: blocks that fit the caches, rearranged for [`kernel`](super::kernel), which multiplies them.
//!
//! The order of loops is that of Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.

use super::super::finish::Finish;
use super::super::lanes::{add_scaled, singles, singles_mut};
use super::kernel::{COLS, Call, Kernel, ROWS};
use super::{Left, Matrix, Old, Packed, Right, Target};
use candle_core::{DType, WithDType};
use std::arch::wasm32::{i32x4_shuffle, v128_load, v128_store};
use std::cell::RefCell;

pub(super) const PANEL: Option<usize> = Some(COLS);

/// Depth of a block.
const DEPTH: usize = 256;
/// Rows that are rearranged at once, 1 MiB of them; a multiple of [`ROWS`].
const READY_ROWS: usize = 1024;
/// Elements of the right operand's block, which all rows meet before the next one: most of a first-level cache.
const BLOCK: usize = 6144;
/// Rows of the left operand for which rearranging the right one costs more than it saves.
const FEW_ROWS: usize = 32;
/// Multiply-adds below which rearranging costs more than it saves.
const SMALL: usize = 1 << 11;

/// The kernel and the memory that it works in.
struct Machine {
    kernel: Kernel,
    left: Vec<f32>,
    right: Vec<f32>,
    edge: Vec<f32>,
}

thread_local! {
    /// None where the browser refuses the kernel.
    static MACHINE: RefCell<Option<Machine>> = RefCell::new(Machine::new());
}

/// The instructions that the kernel multiplies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// Fused multiply-adds: relaxed SIMD.
    Fused,
    /// A product and a sum.
    Plain,
    /// There is no kernel: loops straight from the definition.
    Loops,
}

/// From now on multiplies with these instructions only. False where this browser lacks them. For tests.
pub fn pretend(instructions: Instructions) -> bool {
    let machine = match instructions {
        Instructions::Fused => Machine::with(true),
        Instructions::Plain => Machine::with(false),
        Instructions::Loops => None,
    };
    let has = machine.is_some() || instructions == Instructions::Loops;
    MACHINE.set(machine);
    has
}

/// Tiles of all rows, one block of [`DEPTH`] after another.
pub(super) fn prepare<T: WithDType>(matrix: Matrix<'_, T>, rows: usize, depth: usize) -> Option<Packed<T>> {
    if T::DTYPE != DType::F32 || MACHINE.with_borrow(Option::is_none) {
        return None;
    }
    let padded = rows.div_ceil(ROWS) * ROWS;
    let mut elements = vec![T::zero(); padded * depth];
    let Matrix { data, row_stride, col_stride } = matrix.singles();
    for start in (0..depth).step_by(DEPTH) {
        let here = DEPTH.min(depth - start);
        let to = &mut singles_mut(&mut elements).unwrap_or_default()[start * padded..][..here * padded];
        interleave::<ROWS>(&data[start * col_stride..], [row_stride, col_stride], [rows, here], to);
    }
    Some(Packed { rows, depth, elements })
}

/// Extents and operands are checked.
pub(super) fn multiply<T: WithDType>(extents: [usize; 3], a: Left<'_, T>, b: Right<'_, T>, to: Target<'_, T>) {
    let [m, n, k] = extents;
    if let Left::Matrix(a) = a {
        if T::DTYPE != DType::F32 || m * n * k < SMALL {
            return plain(extents, a, b, to);
        }
        if let Right::Matrix(b) = b
            && streams(extents, a, b)
        {
            return streamed(extents, a, b, to);
        }
    }
    MACHINE.with_borrow_mut(|machine| match (machine, a) {
        (Some(machine), a) => machine.multiply(extents, a.singles(), b.singles(), to.singles()),
        (None, Left::Matrix(a)) => plain(extents, a, b, to),
        // Nothing is made ready where there is no kernel.
        (None, Left::Ready(_)) => {}
    });
}

impl<'a, T: WithDType> Target<'a, T> {
    fn singles(self) -> Target<'a, f32> {
        let bounds = self.finish.bounds.map(|bounds| bounds.map(|bound| bound.to_f64() as f32));
        let finish = Finish { bias: self.finish.bias.and_then(singles), bounds };
        Target { y: singles_mut(self.y).unwrap_or_default(), stride: self.stride, old: self.old, finish }
    }
}

impl<'a, T: WithDType> Matrix<'a, T> {
    fn singles(self) -> Matrix<'a, f32> {
        Matrix {
            data: singles(self.data).unwrap_or_default(),
            row_stride: self.row_stride,
            col_stride: self.col_stride,
        }
    }
}

/// A left operand of single precision; another precision, which never gets here, has no elements.
#[derive(Clone, Copy)]
enum Singles<'a> {
    Matrix(Matrix<'a, f32>),
    Ready(&'a [f32]),
}

impl<'a, T: WithDType> Left<'a, T> {
    fn singles(self) -> Singles<'a> {
        match self {
            Left::Matrix(matrix) => Singles::Matrix(matrix.singles()),
            Left::Ready(ready) => Singles::Ready(singles(&ready.elements).unwrap_or_default()),
        }
    }
}

impl<'a, T: WithDType> Right<'a, T> {
    fn singles(self) -> Right<'a, f32> {
        match self {
            Right::Matrix(matrix) => Right::Matrix(matrix.singles()),
            Right::Panels(data, panels) => Right::Panels(singles(data).unwrap_or_default(), panels),
        }
    }

    fn at(&self, k: usize, j: usize) -> T {
        match self {
            Right::Matrix(b) => b.data[k * b.row_stride + j * b.col_stride],
            Right::Panels(data, panels) => data[(j / COLS * panels.rows + k) * COLS + j % COLS],
        }
    }
}

/// Straight from the definition.
fn plain<T: WithDType>([m, n, k]: [usize; 3], a: Matrix<'_, T>, b: Right<'_, T>, to: Target<'_, T>) {
    for i in 0..m {
        let row = &mut to.y[i * to.stride..][..n];
        if to.old == Old::Overwritten {
            row.fill(T::zero());
        }
        for l in 0..k {
            let a = a.data[i * a.row_stride + l * a.col_stride];
            match b {
                Right::Matrix(b) if b.col_stride == 1 => add_scaled(row, a, &b.data[l * b.row_stride..]),
                b => row.iter_mut().enumerate().for_each(|(j, y)| *y += a * b.at(l, j)),
            }
        }
    }
    to.finish.apply(to.y, to.stride, [m, n]);
}

/// One row or one column: every element of the other operand is read once, and rearranging it would double the work.
fn streams<T>([m, n, _]: [usize; 3], a: Matrix<'_, T>, b: Matrix<'_, T>) -> bool {
    m == 1 && b.col_stride == 1 || (m == 1 || n == 1) && a.col_stride == 1 && b.row_stride == 1
}

fn streamed<T: WithDType>([m, n, k]: [usize; 3], a: Matrix<'_, T>, b: Matrix<'_, T>, to: Target<'_, T>) {
    if b.col_stride == 1 && m == 1 {
        return plain([m, n, k], a, Right::Matrix(b), to);
    }
    let (a, b, to) = (a.singles(), b.singles(), to.singles());
    for i in 0..m {
        for j in 0..n {
            let sum = dot(&a.data[i * a.row_stride..][..k], &b.data[j * b.col_stride..][..k]);
            let y = &mut to.y[i * to.stride + j];
            *y = if to.old == Old::Added { *y + sum } else { sum };
        }
    }
    to.finish.apply(to.y, to.stride, [m, n]);
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let (a, b) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0f32; LANES];
    for (a, b) in a.0.iter().zip(b.0) {
        (0..LANES).for_each(|l| sums[l] += a[l] * b[l]);
    }
    a.1.iter().zip(b.1).map(|(a, b)| a * b).sum::<f32>() + sums.iter().sum::<f32>()
}

impl Machine {
    /// The best that this browser takes.
    fn new() -> Option<Self> {
        Self::with(true).or_else(|| Self::with(false))
    }

    fn with(fused: bool) -> Option<Self> {
        let kernel = Kernel::new(fused).ok()?;
        Some(Self { kernel, left: Vec::new(), right: Vec::new(), edge: Vec::new() })
    }

    fn multiply(&mut self, [m, n, k]: [usize; 3], a: Singles<'_>, b: Right<'_, f32>, to: Target<'_, f32>) {
        let padded = m.div_ceil(ROWS) * ROWS;
        for top in (0..m).step_by(READY_ROWS) {
            let high = READY_ROWS.min(m - top);
            for start in (0..k).step_by(DEPTH) {
                let depth = DEPTH.min(k - start);
                let left = match a {
                    Singles::Ready(elements) => &elements[start * padded + top * depth..],
                    Singles::Matrix(a) => {
                        let to = room(&mut self.left, high.div_ceil(ROWS) * ROWS * depth);
                        let from = &a.data[top * a.row_stride + start * a.col_stride..];
                        interleave::<ROWS>(from, [a.row_stride, a.col_stride], [high, depth], to);
                        to
                    }
                };
                // The bias comes with the first block, the bounds with the last.
                let add = start > 0 || to.old == Old::Added;
                let finish = Finish {
                    bias: if start == 0 { to.finish.rows_from(top).bias } else { None },
                    bounds: if start + depth == k { to.finish.bounds } else { None },
                };
                let fit = (BLOCK / depth / COLS).max(1) * COLS;
                let mut first = 0;
                while first < n {
                    let mut cols = fit.min(n - first);
                    let right = match b {
                        Right::Panels(data, panels) => Columns {
                            data: &data[(first / COLS * panels.rows + start) * COLS..],
                            row_stride: COLS,
                            panel_stride: panels.rows * COLS,
                        },
                        Right::Matrix(b) => {
                            let from = &b.data[start * b.row_stride + first * b.col_stride..];
                            if b.col_stride == 1 && high <= FEW_ROWS && cols >= COLS {
                                cols -= cols % COLS;
                                Columns { data: from, row_stride: b.row_stride, panel_stride: COLS }
                            } else {
                                let to = room(&mut self.right, cols.div_ceil(COLS) * COLS * depth);
                                interleave::<COLS>(from, [b.col_stride, b.row_stride], [cols, depth], to);
                                Columns { data: to, row_stride: COLS, panel_stride: depth * COLS }
                            }
                        }
                    };
                    let block = Block { left, right, extents: [high, cols, depth], add, finish };
                    let y = &mut to.y[top * to.stride + first..];
                    block.multiply(&self.kernel, y, to.stride, &mut self.edge);
                    first += cols;
                }
            }
        }
    }
}

/// At least `len` elements with arbitrary values.
fn room(memory: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if memory.len() < len {
        memory.resize(len, 0.0);
    }
    &mut memory[..len]
}

/// A right operand: `[panel][k][column of the panel]`, or a matrix as it is.
#[derive(Clone, Copy)]
struct Columns<'a> {
    data: &'a [f32],
    /// Elements from k to k.
    row_stride: usize,
    panel_stride: usize,
}

/// Operands made ready for the kernel.
struct Block<'a> {
    /// `[tile][k][row of the tile]`
    left: &'a [f32],
    right: Columns<'a>,
    extents: [usize; 3],
    add: bool,
    finish: Finish<'a, f32>,
}

impl Block<'_> {
    /// Whole tiles are written directly; the edges at the bottom and on the right go through a buffer.
    fn multiply(&self, kernel: &Kernel, y: &mut [f32], y_stride: usize, edge: &mut Vec<f32>) {
        let [m, n, _] = self.extents;
        let (tiles, panels) = (m / ROWS, n / COLS);
        self.run(kernel, [0, tiles], [0, panels], (y, y_stride), self.finish);
        if m % ROWS > 0 {
            self.run_edge(kernel, [tiles, 1], [0, n.div_ceil(COLS)], (y, y_stride), edge);
        }
        if n % COLS > 0 {
            self.run_edge(kernel, [0, tiles], [panels, 1], (y, y_stride), edge);
        }
    }

    /// Tiles and panels: the first, and how many. `y` begins with their first element, `finish` with their first row.
    fn run(
        &self,
        kernel: &Kernel,
        tiles: [usize; 2],
        panels: [usize; 2],
        (y, y_stride): (&mut [f32], usize),
        finish: Finish<'_, f32>,
    ) {
        let depth = self.extents[2];
        if tiles[1] == 0 || panels[1] == 0 || depth == 0 {
            return;
        }
        let left = &self.left[tiles[0] * depth * ROWS..][..tiles[1] * depth * ROWS];
        let Columns { data, row_stride, panel_stride } = self.right;
        let right = &data[panels[0] * panel_stride..];
        assert!((panels[1] - 1) * panel_stride + (depth - 1) * row_stride + COLS <= right.len());
        assert!((tiles[1] * ROWS - 1) * y_stride + panels[1] * COLS <= y.len());
        assert!(finish.holds(tiles[1] * ROWS));
        let call = Call {
            a: left.as_ptr(),
            b: right.as_ptr(),
            y: y.as_mut_ptr(),
            y_stride: 4 * y_stride,
            row_stride: 4 * row_stride,
            panel_stride: 4 * panel_stride,
            tiles: tiles[1],
            panels: panels[1],
            depth,
            add: self.add.into(),
            bias: finish.bias.map_or(std::ptr::null(), <[f32]>::as_ptr),
            bounds: finish.bounds.as_ref().map_or(std::ptr::null(), std::ptr::from_ref),
        };
        // SAFETY: the slice and the asserts above bound what the call reaches.
        unsafe { kernel.run(&call) }
    }

    fn run_edge(
        &self,
        kernel: &Kernel,
        tiles: [usize; 2],
        panels: [usize; 2],
        (y, y_stride): (&mut [f32], usize),
        edge: &mut Vec<f32>,
    ) {
        let [m, n, _] = self.extents;
        let (first, col, width) = (tiles[0] * ROWS, panels[0] * COLS, panels[1] * COLS);
        let (rows, cols) = ((tiles[1] * ROWS).min(m - first), width.min(n - col));
        edge.clear();
        edge.resize(tiles[1] * ROWS * width, 0.0);
        if self.add {
            for (to, from) in edge.chunks_exact_mut(width.max(1)).zip(y[first * y_stride..].chunks(y_stride)).take(rows)
            {
                to[..cols].copy_from_slice(&from[col..][..cols]);
            }
        }
        let mut finish = self.finish.rows_from(first.min(m));
        let mut bias = [0.0; ROWS];
        if let (Some(from), true) = (finish.bias, rows < tiles[1] * ROWS) {
            bias[..rows].copy_from_slice(&from[..rows]);
            finish.bias = Some(&bias);
        }
        self.run(kernel, tiles, panels, (edge, width), finish);
        for (i, from) in edge.chunks_exact(width.max(1)).enumerate().take(rows) {
            y[(first + i) * y_stride + col..][..cols].copy_from_slice(&from[..cols]);
        }
    }
}

/// Groups of `P` lines side by side: `to[group][k][line]`, and zeros for lines beyond the last. `strides` of `from` are those
/// from line to line and along a line.
fn interleave<const P: usize>(from: &[f32], [across, along]: [usize; 2], [lines, depth]: [usize; 2], to: &mut [f32]) {
    if depth == 0 {
        return;
    }
    for (group, to) in to.chunks_exact_mut(P * depth).enumerate() {
        let from = &from[group * P * across..];
        let here = P.min(lines - group * P);
        if here == P && across == 1 {
            beside::<P>(from, along, to);
        } else if here == P && along == 1 {
            for quad in (0..P).step_by(4) {
                transposed(&from[quad * across..], across, depth, &mut to[quad..], P);
            }
        } else {
            for (k, to) in to.chunks_exact_mut(P).enumerate() {
                to.fill(0.0);
                for (line, to) in to[..here].iter_mut().enumerate() {
                    *to = from[line * across + k * along];
                }
            }
        }
    }
}

/// `P` neighbours, again and again `along` further.
fn beside<const P: usize>(from: &[f32], along: usize, to: &mut [f32]) {
    let rows = to.len() / P;
    assert!((rows - 1) * along + P <= from.len() && P.is_multiple_of(4));
    // SAFETY: the assert bounds every read, the length of `to` every write; vectors may lie anywhere.
    unsafe {
        let (mut from, mut to) = (from.as_ptr(), to.as_mut_ptr());
        for row in 0..rows {
            let mut lane = 0;
            while lane < P {
                v128_store(to.add(lane).cast(), v128_load(from.add(lane).cast()));
                lane += 4;
            }
            to = to.add(P);
            if row + 1 < rows {
                from = from.add(along);
            }
        }
    }
}

/// Four lines of `depth` elements, `across` apart, to columns `stride` apart.
fn transposed(from: &[f32], across: usize, depth: usize, to: &mut [f32], stride: usize) {
    assert!(3 * across + depth <= from.len() && (depth - 1) * stride + 4 <= to.len());
    let whole = depth / 4 * 4;
    for k in (0..whole).step_by(4) {
        // SAFETY: the assert bounds every read and write; vectors may lie anywhere.
        unsafe {
            let from = from.as_ptr().add(k);
            let a = v128_load(from.cast());
            let b = v128_load(from.add(across).cast());
            let c = v128_load(from.add(2 * across).cast());
            let d = v128_load(from.add(3 * across).cast());
            let (ab, cd) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d));
            let (ab_high, cd_high) = (i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d));
            let to = to.as_mut_ptr().add(k * stride);
            v128_store(to.cast(), i32x4_shuffle::<0, 1, 4, 5>(ab, cd));
            v128_store(to.add(stride).cast(), i32x4_shuffle::<2, 3, 6, 7>(ab, cd));
            v128_store(to.add(2 * stride).cast(), i32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high));
            v128_store(to.add(3 * stride).cast(), i32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high));
        }
    }
    for k in whole..depth {
        for line in 0..4 {
            to[k * stride + line] = from[line * across + k];
        }
    }
}
