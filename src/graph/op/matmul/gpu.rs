//! Which kernel computes a matrix product on which device.

use super::super::{Launch, Operand, Spec, Traits, flat_groups};
use super::{Matmul, Order};

/// Extents of one product as kernels see it.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Gemm {
    pub(in super::super) of: Matmul,
    pub(in super::super) batch: usize,
    pub(in super::super) m: usize,
    pub(in super::super) n: usize,
    pub(in super::super) k: usize,
    /// Whether each batch has an `a` of its own, or all share one.
    pub(in super::super) a_batched: bool,
    pub(in super::super) b_batched: bool,
}

impl Gemm {
    pub(super) fn of(of: Matmul, a: &Spec, y: &Spec) -> Self {
        let [m, n] = [y.rank() - 2, y.rank() - 1].map(|dim| y.shape[dim]);
        let batch = y.elem_count() / (m * n);
        Gemm { of, batch, m, n, k: a.elem_count() / (batch * m), a_batched: true, b_batched: true }
    }

    /// Whether four neighbours in memory begin on multiples of four in each operand: one load instead of four.
    fn by_fours(&self) -> [bool; 2] {
        let of =
            |order, rows: usize, columns: usize| (if order == Order::Rows { columns } else { rows }).is_multiple_of(4);
        [of(self.of.a, self.m, self.k), of(self.of.b, self.k, self.n)]
    }
}

/// The kernel for a product of `a` and `b`.
pub(in super::super) fn launch(g: &Gemm, operands: [Operand; 2], device: &Traits) -> Launch {
    let quad = device.software && device.subgroups && g.m >= 16 && g.n >= 4;
    let (wgsl, groups) = if !device.software && device.max_invocations >= 256 && g.m >= 16 && g.n >= 16 {
        let groups = [g.n.div_ceil(64) as u32, g.m.div_ceil(64) as u32, g.batch as u32];
        (wgsl!("op/matmul_shared.wgsl"), groups)
    } else if quad {
        let count = g.batch * g.m.div_ceil(16) * g.n.div_ceil(16) * 4;
        (wgsl!("op/matmul_quad.wgsl"), flat_groups(count, 64))
    } else if g.m >= 4 && g.n >= 4 && g.k.is_multiple_of(4) {
        (wgsl!("op/matmul_tile.wgsl"), flat_groups(g.batch * g.m.div_ceil(8) * g.n.div_ceil(4), 64))
    } else {
        (wgsl!("op/matmul_plain.wgsl"), flat_groups(g.batch * g.m * g.n, 64))
    };
    let mut launch = Launch::new(wgsl, operands.into(), groups);
    for (slot, text, by_fours) in [("read_a", VEC4_A, g.by_fours()[0]), ("read_b", VEC4_B, g.by_fours()[1])] {
        if by_fours && wgsl.contains(&format!("//:slot {slot}\n")) {
            launch.slots.push((slot, text.into()));
        }
    }
    let shape = [
        ("BATCH", g.batch),
        ("M", g.m),
        ("N", g.n),
        ("K", g.k),
        ("A_STRIDE", if g.a_batched { g.m * g.k } else { 0 }),
        ("B_STRIDE", if g.b_batched { g.k * g.n } else { 0 }),
    ];
    let columns = |order: Order| usize::from(order == Order::Columns);
    let launch = launch.constants([("A_COLUMNS", columns(g.of.a)), ("B_COLUMNS", columns(g.of.b))]);
    let launch = if quad { launch.constants([("TAIL", usize::from(!g.k.is_multiple_of(4)))]) } else { launch };
    // Quads take long to compile: one pipeline for all sizes.
    if quad { launch.sizes(shape).rows(g.n) } else { launch.constants(shape) }
}

/// Rows of `a` start on multiples of four.
const VEC4_A: &str = "const A_UNIT: u32 = 4u;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
fn read_a(i: u32) -> vec4<f32> {
    return a[i];
}
";

/// The same for `b`.
const VEC4_B: &str = "const B_UNIT: u32 = 4u;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
fn read_b(i: u32) -> vec4<f32> {
    return b[i];
}
";
