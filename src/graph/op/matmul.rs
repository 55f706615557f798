//! Matrix product, batched.

mod gpu;

pub(super) use gpu::{Gemm, launch};

use super::{
    Case, Cost, Given, Host, KernelRule, Kind, Launch, Move, Operand, Rule, ShapeError, Spec, Tensor, Traits,
    broadcast, bytes_of, computed,
};
use crate::processor::gemm::{Matrix, product};
use candle_core::WithDType;

/// `y[…, m, n] = a[…, m, k] · b[…, k, n]`; leading dimensions are equal. Either operand may be given transposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matmul {
    /// How the left matrix lies.
    pub a: Order,
    /// How the right matrix lies.
    pub b: Order,
}

/// How the matrices of an operand lie in its tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they are multiplied.
    Rows,
    /// Transposed: `[…, k, m]` for `a`, `[…, n, k]` for `b`.
    Columns,
}

impl Order {
    /// The order of the transposed matrices.
    pub fn turned(self) -> Self {
        match self {
            Order::Rows => Order::Columns,
            Order::Columns => Order::Rows,
        }
    }

    /// Rows and columns of the matrices that are multiplied, from the extents of the tensor.
    fn extents<T>(self, [rows, columns]: [T; 2]) -> [T; 2] {
        match self {
            Order::Rows => [rows, columns],
            Order::Columns => [columns, rows],
        }
    }

    /// The matrix of this size whose elements lie in `data` in this order.
    fn matrix<T>(self, data: &[T], [rows, columns]: [usize; 2]) -> Matrix<'_, T> {
        match self {
            Order::Rows => Matrix::rows(data, columns),
            Order::Columns => Matrix::rows(data, rows).transposed(),
        }
    }
}

/// The tensor that `t` is a transpose of, or `t` itself, and which of the two: the result of [`Tensor::t`] need not be in
/// memory.
fn read(t: &Tensor) -> (Tensor, Order) {
    let source = {
        let node = &t.graph().nodes()[t.id()];
        let last = t.rank().saturating_sub(2);
        match &node.kind {
            Kind::Op(op) => match op.get() {
                Some(Move::Permute(dims)) if t.rank() >= 2 => {
                    let swaps = dims[..last].iter().copied().eq(0..last) && dims[last..] == [last + 1, last];
                    swaps.then(|| node.inputs[0])
                }
                _ => None,
            },
            _ => None,
        }
    };
    source.map_or_else(|| (t.clone(), Order::Rows), |source| (t.graph().tensor(source), Order::Columns))
}

impl Rule for Matmul {
    const NAME: &'static str = "matmul";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let (a, b) = (x[0], x[1]);
        a.floats(Self::NAME)?;
        b.of_type(Self::NAME, a.dtype)?;
        let mismatch = || ShapeError::mismatch(Self::NAME, &a.shape, &b.shape);
        let (lead, of_a) = a.shape.split_last_chunk::<2>().ok_or_else(mismatch)?;
        let (lead_of_b, of_b) = b.shape.split_last_chunk::<2>().ok_or_else(mismatch)?;
        let ([m, k], [k_of_b, n]) = (self.a.extents(*of_a), self.b.extents(*of_b));
        if lead != lead_of_b || k != k_of_b {
            return Err(mismatch());
        }
        Ok(Spec::new([lead, &[m, n]].concat(), a.dtype))
    }

    rules! { form: kernel }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // dA = dY·Bᵀ, dB = Aᵀ·dY; where they lie transposed, dAᵀ = B·dYᵀ, dBᵀ = dYᵀ·A
        let da = match self.a {
            Order::Rows => dy.then(Matmul { a: Order::Rows, b: self.b.turned() }, &[&x[1]]),
            Order::Columns => x[1].then(Matmul { a: self.b, b: Order::Columns }, &[dy]),
        };
        let db = match self.b {
            Order::Rows => x[0].then(Matmul { a: self.a.turned(), b: Order::Rows }, &[dy]),
            Order::Columns => dy.then(Matmul { a: Order::Columns, b: self.a }, &[&x[0]]),
        };
        Ok(vec![Some(da?), Some(db?)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: (y.elem_count() * Gemm::of(*self, x[0], y).k) as u64, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        const ROWS: Matmul = Matmul { a: Order::Rows, b: Order::Rows };
        let two: [[usize; 3]; 8] =
            [[1, 12, 10], [8, 16, 12], [9, 8, 7], [5, 3, 6], [70, 40, 66], [33, 64, 100], [18, 10, 20], [19, 9, 21]];
        let case = |of: Matmul, lead: [usize; 2], [m, k, n]: [usize; 3]| {
            let shape = |order: Order, extents| [lead.as_slice(), &order.extents(extents)].concat();
            let given = |shape| Given { spec: Spec::f32(shape), ..Given::signed([1]) };
            Case::new(of, [given(shape(of.a, [m, k])), given(shape(of.b, [k, n]))], move |x| {
                let straight = |x: &Host, order| if order == Order::Rows { Ok(x.clone()) } else { x.t()?.contiguous() };
                straight(&x[0], of.a)?.matmul(&straight(&x[1], of.b)?)
            })
        };
        let mut cases = vec![case(ROWS, [3, 2], [5, 4, 6])];
        for (a, b) in [(Order::Rows, Order::Columns), (Order::Columns, Order::Rows), (Order::Columns, Order::Columns)] {
            cases.push(case(Matmul { a, b }, [3, 2], [5, 4, 6]));
            cases.extend(two.map(|extents| case(Matmul { a, b }, [1, 1], extents)));
        }
        let flat = |[m, k, n]: [usize; 3]| {
            Case::new(ROWS, [Given::signed([m, k]), Given::signed([k, n])], |x| x[0].matmul(&x[1]))
        };
        cases.extend(two.map(flat));
        cases
    }
}

impl KernelRule for Matmul {
    const TAKES_EPILOGUE: bool = true;

    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        fn typed<T: WithDType>(of: Matmul, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
            let g = Gemm::of(of, &Spec::new(x[0].dims(), y.dtype), y);
            computed(x, y, |x: &[&[T]]| {
                let mut out = vec![T::zero(); y.elem_count()];
                let parts = x[0].chunks_exact(g.m * g.k).zip(x[1].chunks_exact(g.k * g.n));
                for (y, (a, b)) in out.chunks_exact_mut(g.m * g.n).zip(parts) {
                    let (a, b) = (of.a.matrix(a, [g.m, g.k]), of.b.matrix(b, [g.k, g.n]));
                    product([g.m, g.n, g.k], a, b, y, g.n);
                }
                out
            })
        }
        for_float!(Self::NAME, y.dtype, T => typed::<T>(*self, x, y))
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch> {
        vec![launch(&Gemm::of(*self, x[0], y), [0, 1].map(Operand::plain), device)]
    }
}

impl Tensor {
    /// Matrix product over the last two dimensions; the leading ones are equal.
    pub fn matmul(&self, rhs: &Tensor) -> Result<Tensor, ShapeError> {
        let ((x, a), (w, b)) = (read(self), read(rhs));
        x.then(Matmul { a, b }, &[&w])
    }

    /// Matrix product over the last two dimensions; the leading ones broadcast.
    pub fn broadcast_matmul(&self, rhs: &Tensor) -> Result<Tensor, ShapeError> {
        let mismatch = || ShapeError::mismatch("broadcast_matmul", self.dims(), rhs.dims());
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
