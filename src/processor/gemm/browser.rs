//! In the browser: blocks that fit the caches, rearranged for [`kernel`](super::kernel), which multiplies them.
//!
//! The order of loops is that of Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.

use super::super::lanes::{singles, singles_mut};
use super::kernel::{COLS, Call, Kernel, ROWS};
use super::{Left, Matrix, Old, Ready, Right};
use candle_core::{DType, WithDType};
use std::arch::wasm32::{i32x4_shuffle, v128_load, v128_store};
use std::cell::RefCell;

pub(super) const PANEL: Option<usize> = Some(COLS);

/// Depth of a block: a panel of it fills a quarter of a first-level cache.
const DEPTH: usize = 256;
/// Rows of the left operand that meet a block of the right one before the next do, 128 KiB of them; a multiple of [`ROWS`].
const BLOCK_ROWS: usize = 128;
/// Rows that are rearranged at once; a multiple of [`BLOCK_ROWS`].
const READY_ROWS: usize = 1024;
/// Columns of the right operand's block, 512 KiB of it; a multiple of [`COLS`].
const BLOCK_COLS: usize = 512;
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

/// What the kernel multiplies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// Fused multiply-adds: relaxed SIMD.
    Fused,
    /// A product and a sum.
    Plain,
    /// There is no kernel: loops straight from the definition.
    Loops,
}

/// Multiplies from now on as browsers do that have no more than this. False where this one has less. For tests.
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
pub(super) fn prepare<T: WithDType>(matrix: Matrix<'_, T>, rows: usize, depth: usize) -> Option<Ready<T>> {
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
    Some(Ready { rows, depth, elements })
}

/// Extents and operands are checked.
pub(super) fn multiply<T: WithDType>(
    extents: [usize; 3],
    a: Left<'_, T>,
    b: Right<'_, T>,
    y: &mut [T],
    y_stride: usize,
    old: Old,
) {
    let [m, n, k] = extents;
    if let Left::Matrix(a) = a {
        if T::DTYPE != DType::F32 || m * n * k < SMALL {
            return plain(extents, a, b, y, y_stride, old);
        }
        if streamed(extents, a.singles(), b.singles(), singles_mut(y).unwrap_or_default(), y_stride, old) {
            return;
        }
    }
    MACHINE.with_borrow_mut(|machine| match (machine, a) {
        (Some(machine), a) => {
            machine.multiply(extents, a.singles(), b.singles(), singles_mut(y).unwrap_or_default(), y_stride, old)
        }
        (None, Left::Matrix(a)) => plain(extents, a, b, y, y_stride, old),
        // Nothing is made ready where there is no kernel.
        (None, Left::Ready(_)) => {}
    });
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

/// A left operand of single precision; of another, which never comes so far, without elements.
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
fn plain<T: WithDType>(
    [m, n, k]: [usize; 3],
    a: Matrix<'_, T>,
    b: Right<'_, T>,
    y: &mut [T],
    y_stride: usize,
    old: Old,
) {
    for i in 0..m {
        let row = &mut y[i * y_stride..][..n];
        if old == Old::Overwritten {
            row.fill(T::zero());
        }
        for l in 0..k {
            let a = a.data[i * a.row_stride + l * a.col_stride];
            match b {
                Right::Matrix(b) if b.col_stride == 1 => {
                    row.iter_mut().zip(&b.data[l * b.row_stride..]).for_each(|(y, &b)| *y += a * b);
                }
                b => row.iter_mut().enumerate().for_each(|(j, y)| *y += a * b.at(l, j)),
            }
        }
    }
}

/// One row or one column: every element of the other operand is read once, and rearranging it would double the work. False
/// where the kernel does better.
fn streamed(
    [m, n, k]: [usize; 3],
    a: Matrix<'_, f32>,
    b: Right<'_, f32>,
    y: &mut [f32],
    y_stride: usize,
    old: Old,
) -> bool {
    let Right::Matrix(b) = b else { return false };
    if m == 1 && b.col_stride == 1 {
        plain([m, n, k], a, Right::Matrix(b), y, y_stride, old);
        return true;
    }
    if a.col_stride != 1 || b.row_stride != 1 || (m > 1 && n > 1) {
        return false;
    }
    for i in 0..m {
        for j in 0..n {
            let sum = dot(&a.data[i * a.row_stride..][..k], &b.data[j * b.col_stride..][..k]);
            let y = &mut y[i * y_stride + j];
            *y = if old == Old::Added { *y + sum } else { sum };
        }
    }
    true
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

    fn multiply(
        &mut self,
        [m, n, k]: [usize; 3],
        a: Singles<'_>,
        b: Right<'_, f32>,
        y: &mut [f32],
        y_stride: usize,
        old: Old,
    ) {
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
                for first in (0..n).step_by(BLOCK_COLS) {
                    let cols = BLOCK_COLS.min(n - first);
                    let (right, panel_stride) = match b {
                        Right::Panels(data, panels) => {
                            (&data[(first / COLS * panels.rows + start) * COLS..], panels.rows * COLS)
                        }
                        Right::Matrix(b) => {
                            let to = room(&mut self.right, cols.div_ceil(COLS) * COLS * depth);
                            let from = &b.data[start * b.row_stride + first * b.col_stride..];
                            interleave::<COLS>(from, [b.col_stride, b.row_stride], [cols, depth], to);
                            (&*to, depth * COLS)
                        }
                    };
                    let add = start > 0 || old == Old::Added;
                    for row in (0..high).step_by(BLOCK_ROWS) {
                        let extents = [BLOCK_ROWS.min(high - row), cols, depth];
                        let block = Block { left: &left[row * depth..], right, panel_stride, extents, add };
                        let y = &mut y[(top + row) * y_stride + first..];
                        block.multiply(&self.kernel, y, y_stride, &mut self.edge);
                    }
                }
            }
        }
    }
}

/// At least `len` elements of whatever is there.
fn room(memory: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if memory.len() < len {
        memory.resize(len, 0.0);
    }
    &mut memory[..len]
}

/// Operands made ready for the kernel.
struct Block<'a> {
    /// `[tile][k][row of the tile]`
    left: &'a [f32],
    /// `[panel][k][column of the panel]`, panels `panel_stride` elements apart.
    right: &'a [f32],
    panel_stride: usize,
    extents: [usize; 3],
    add: bool,
}

impl Block<'_> {
    /// Whole tiles go to their place; what sticks out at the bottom and on the right takes a way round.
    fn multiply(&self, kernel: &Kernel, y: &mut [f32], y_stride: usize, edge: &mut Vec<f32>) {
        let [m, n, _] = self.extents;
        let (tiles, panels) = (m / ROWS, n / COLS);
        self.run(kernel, [0, tiles], [0, panels], (y, y_stride), self.add);
        if m % ROWS > 0 {
            self.run_edge(kernel, [tiles, 1], [0, n.div_ceil(COLS)], (y, y_stride), edge);
        }
        if n % COLS > 0 {
            self.run_edge(kernel, [0, tiles], [panels, 1], (y, y_stride), edge);
        }
    }

    /// Tiles and panels: the first, and how many. `y` begins with their first element.
    fn run(&self, kernel: &Kernel, tiles: [usize; 2], panels: [usize; 2], y: (&mut [f32], usize), add: bool) {
        let depth = self.extents[2];
        if tiles[1] == 0 || panels[1] == 0 || depth == 0 {
            return;
        }
        let (y, y_stride) = y;
        let left = &self.left[tiles[0] * depth * ROWS..][..tiles[1] * depth * ROWS];
        let right = &self.right[panels[0] * self.panel_stride..];
        assert!((panels[1] - 1) * self.panel_stride + depth * COLS <= right.len());
        assert!((tiles[1] * ROWS - 1) * y_stride + panels[1] * COLS <= y.len());
        let call = Call {
            a: left.as_ptr(),
            b: right.as_ptr(),
            y: y.as_mut_ptr(),
            y_stride: 4 * y_stride,
            panel_stride: 4 * self.panel_stride,
            tiles: tiles[1],
            panels: panels[1],
            depth,
            add: add.into(),
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
        let width = panels[1] * COLS;
        edge.clear();
        edge.resize(tiles[1] * ROWS * width, 0.0);
        self.run(kernel, tiles, panels, (edge, width), false);
        let [m, n, _] = self.extents;
        let (first, col) = (tiles[0] * ROWS, panels[0] * COLS);
        let cols = width.min(n - col);
        for (i, from) in edge.chunks_exact(width.max(1)).enumerate().take(m - first) {
            let to = &mut y[(first + i) * y_stride + col..][..cols];
            if self.add {
                to.iter_mut().zip(from).for_each(|(y, sum)| *y += sum);
            } else {
                to.copy_from_slice(&from[..cols]);
            }
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
