//! Matrix product, batched.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Operand, Traits, flat_groups};
use super::super::{DType, Host, ShapeError, Spec, Tensor, broadcast};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use crate::processor::gemm::{Matrix, product};
use candle_core::WithDType;

/// `y[…, m, n] = a[…, m, k] · b[…, k, n]`; leading dimensions are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matmul;

/// Extents of one product as kernels see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gemm {
    pub(super) batch: usize,
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) k: usize,
    /// Whether each batch has an `a` of its own, or all share one.
    pub(super) a_batched: bool,
    pub(super) b_batched: bool,
}

impl Gemm {
    fn of(a: &Spec, b: &Spec) -> Self {
        let rank = a.rank();
        Gemm {
            batch: a.shape[..rank - 2].iter().product(),
            m: a.shape[rank - 2],
            n: b.shape[rank - 1],
            k: a.shape[rank - 1],
            a_batched: true,
            b_batched: true,
        }
    }
}

/// The kernel for a product of `a` and `b`.
pub(super) fn launch(g: &Gemm, operands: [Operand; 2], device: &Traits) -> Launch {
    let quad = device.software && device.subgroups && g.m >= 16 && g.n >= 4 && g.k.is_multiple_of(4);
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
    if wgsl.contains("//:slot read_b") && g.n.is_multiple_of(4) {
        launch.slots.push(("read_b", VEC4_B.into()));
    }
    let shape = [
        ("BATCH", g.batch),
        ("M", g.m),
        ("N", g.n),
        ("K", g.k),
        ("A_STRIDE", if g.a_batched { g.m * g.k } else { 0 }),
        ("B_STRIDE", if g.b_batched { g.k * g.n } else { 0 }),
    ];
    // Quads take long to compile: one pipeline for all sizes.
    if quad { launch.sizes(shape).rows(g.n) } else { launch.constants(shape) }
}

/// Rows of `b` start on multiples of four: one load instead of four.
const VEC4_B: &str = "@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
fn read_b(i: u32) -> vec4<f32> {
    return b[i / 4u];
}
";

impl Rule for Matmul {
    const NAME: &'static str = "matmul";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let (a, b) = (x[0], x[1]);
        if a.dtype != b.dtype || a.dtype == DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::F32, got: b.dtype });
        }
        let rank = a.rank();
        let fits = rank >= 2
            && b.rank() == rank
            && a.shape[..rank - 2] == b.shape[..rank - 2]
            && a.shape[rank - 1] == b.shape[rank - 2];
        if !fits {
            return Err(ShapeError::Mismatch { op: Self::NAME, a: a.shape.clone(), b: b.shape.clone() });
        }
        let mut shape = a.shape.clone();
        shape[rank - 1] = b.shape[rank - 1];
        Ok(Spec::new(shape, a.dtype))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // dA = dY·Bᵀ, dB = Aᵀ·dY
        Ok(vec![Some(dy.matmul(&x[1].t()?)?), Some(x[0].t()?.matmul(dy)?)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: (y.elem_count() * x[0].shape[x[0].rank() - 1]) as u64, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let two: [([usize; 2], [usize; 2]); 6] = [
            ([1, 12], [12, 10]),
            ([8, 16], [16, 12]),
            ([9, 8], [8, 7]),
            ([5, 3], [3, 6]),
            ([70, 40], [40, 66]),
            ([33, 64], [64, 100]),
        ];
        let mut cases: Vec<Case> = two
            .into_iter()
            .map(|(a, b)| Case::new(Matmul, [Given::signed(a), Given::signed(b)], |x| x[0].matmul(&x[1])))
            .collect();
        cases.push(Case::new(Matmul, [Given::signed([3, 2, 5, 4]), Given::signed([3, 2, 4, 6])], |x| {
            x[0].matmul(&x[1])
        }));
        cases
    }
}

impl KernelRule for Matmul {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        fn typed<T: WithDType>(x: &[Host], y: &Spec) -> candle_core::Result<Host> {
            let spec = |h: &Host| Spec::new(h.dims(), y.dtype);
            let g = Gemm::of(&spec(&x[0]), &spec(&x[1]));
            let out = with_elements(&x[0], |a: &[T]| {
                with_elements(&x[1], |b: &[T]| {
                    let mut out = vec![T::zero(); y.elem_count()];
                    let parts = a.chunks_exact(g.m * g.k).zip(b.chunks_exact(g.k * g.n));
                    for (y, (a, b)) in out.chunks_exact_mut(g.m * g.n).zip(parts) {
                        product([g.m, g.n, g.k], Matrix::rows(a, g.k), Matrix::rows(b, g.n), y, g.n);
                    }
                    out
                })
            })??;
            from_elements(out, y)
        }
        match y.dtype {
            DType::F64(_) => typed::<f64>(x, y),
            DType::F32 => typed::<f32>(x, y),
            DType::U32 => candle_core::bail!("matmul wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], _: &Spec, device: &Traits) -> Vec<Launch> {
        vec![launch(&Gemm::of(x[0], x[1]), [0, 1].map(Operand::plain), device)]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}

impl Tensor {
    /// Matrix product over the last two dimensions; the leading ones are equal.
    pub fn matmul(&self, rhs: &Tensor) -> Result<Tensor, ShapeError> {
        self.then(Matmul, &[rhs])
    }

    /// Matrix product over the last two dimensions; the leading ones broadcast.
    pub fn broadcast_matmul(&self, rhs: &Tensor) -> Result<Tensor, ShapeError> {
        let mismatch =
            || ShapeError::Mismatch { op: "broadcast_matmul", a: self.dims().to_vec(), b: rhs.dims().to_vec() };
        let (a, m) = self.dims().split_last_chunk::<2>().ok_or_else(mismatch)?;
        let (b, n) = rhs.dims().split_last_chunk::<2>().ok_or_else(mismatch)?;
        let lead = broadcast("broadcast_matmul", a, b)?;
        let with_lead = |t: &Tensor, matrix: &[usize]| {
            let shape = [&lead, matrix].concat();
            if t.dims() == shape { Ok(t.clone()) } else { t.broadcast_as(shape) }
        };
        with_lead(self, m)?.matmul(&with_lead(rhs, n)?)
    }
}
