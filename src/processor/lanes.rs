//! Four singles at a time. The browser's engine is built for size, and a compiler that builds for size does not
//! vectorise loops: code that takes time asks for vectors here.

use candle_core::{DType, WithDType};
use std::ops::{Add, Div, Mul, Sub};

#[cfg(not(target_arch = "wasm32"))]
use portable as machine;
#[cfg(target_arch = "wasm32")]
use simd128 as machine;

/// Four singles.
#[derive(Clone, Copy)]
pub struct Lanes(machine::Four);

/// How many.
pub const WIDTH: usize = 4;

#[cfg(target_arch = "wasm32")]
mod simd128 {
    pub(super) use std::arch::wasm32::{
        f32x4_add as add, f32x4_div as div, f32x4_max as largest, f32x4_min as smallest, f32x4_mul as mul,
        f32x4_pmax as larger, f32x4_pmin as smaller, f32x4_splat as splat, f32x4_sub as sub, i32x4_shuffle as shuffle,
        v128 as Four,
    };
    use std::arch::wasm32::{v128_load, v128_store};

    #[inline(always)]
    pub(super) fn load(x: &[f32; 4]) -> Four {
        // SAFETY: 16 bytes are there; vectors may lie anywhere.
        unsafe { v128_load(x.as_ptr().cast()) }
    }

    #[inline(always)]
    pub(super) fn store(y: &mut [f32; 4], four: Four) {
        // SAFETY: as above.
        unsafe { v128_store(y.as_mut_ptr().cast(), four) }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod portable {
    pub(super) type Four = [f32; 4];

    macro_rules! each {
        ($($name:ident: |$a:ident, $b:ident| $f:expr),+ $(,)?) => {
            $(#[inline(always)]
            pub(super) fn $name(a: Four, b: Four) -> Four {
                std::array::from_fn(|k| {
                    let ($a, $b) = (a[k], b[k]);
                    $f
                })
            })+
        };
    }
    each! {
        add: |a, b| a + b,
        sub: |a, b| a - b,
        mul: |a, b| a * b,
        div: |a, b| a / b,
        larger: |a, b| if a < b { b } else { a },
        smaller: |a, b| if b < a { b } else { a },
        largest: |a, b| super::larger(a, b),
        smallest: |a, b| super::smaller(a, b),
    }

    #[inline(always)]
    pub(super) fn splat(v: f32) -> Four {
        [v; 4]
    }

    #[inline(always)]
    pub(super) fn shuffle<const I: usize, const J: usize, const K: usize, const L: usize>(a: Four, b: Four) -> Four {
        let at = |k: usize| if k < 4 { a[k] } else { b[k - 4] };
        [at(I), at(J), at(K), at(L)]
    }

    #[inline(always)]
    pub(super) fn load(x: &[f32; 4]) -> Four {
        *x
    }

    #[inline(always)]
    pub(super) fn store(y: &mut [f32; 4], four: Four) {
        *y = four;
    }
}

impl Lanes {
    #[inline(always)]
    pub fn splat(v: f32) -> Self {
        Self(machine::splat(v))
    }

    #[inline(always)]
    pub fn of(four: [f32; WIDTH]) -> Self {
        Self(machine::load(&four))
    }

    /// `y[at..at + 4] = self`, as [`Self::store`], with a check of the bounds.
    #[inline(always)]
    pub fn put(self, y: &mut [f32], at: usize) {
        if let Some(y) = y[at..].first_chunk_mut() {
            machine::store(y, self.0);
        }
    }

    /// `x[at..at + 4]`
    ///
    /// # Safety
    /// They must be there.
    #[inline(always)]
    pub unsafe fn load(x: &[f32], at: usize) -> Self {
        debug_assert!(at + WIDTH <= x.len());
        // SAFETY: the caller's promise.
        Self(machine::load(unsafe { &*x.as_ptr().add(at).cast() }))
    }

    /// `y[at..at + 4] = self`
    ///
    /// # Safety
    /// They must be there.
    #[inline(always)]
    pub unsafe fn store(self, y: &mut [f32], at: usize) {
        debug_assert!(at + WIDTH <= y.len());
        // SAFETY: the caller's promise.
        machine::store(unsafe { &mut *y.as_mut_ptr().add(at).cast() }, self.0);
    }

    /// Of eight in a row every second one: the first, the third, …
    #[inline(always)]
    pub fn evens(self, next: Self) -> Self {
        Self(machine::shuffle::<0, 2, 4, 6>(self.0, next.0))
    }

    /// The second, the fourth, …
    #[inline(always)]
    pub fn odds(self, next: Self) -> Self {
        Self(machine::shuffle::<1, 3, 5, 7>(self.0, next.0))
    }

    /// Eight in a row: each of `self`, and behind it that of `next`.
    #[inline(always)]
    pub fn between(self, next: Self) -> [Self; 2] {
        let (a, b) = (self.0, next.0);
        [Self(machine::shuffle::<0, 4, 1, 5>(a, b)), Self(machine::shuffle::<2, 6, 3, 7>(a, b))]
    }

    /// Of `self` the first and the third, of `last` the second and the fourth.
    #[inline(always)]
    pub fn outer(self, last: Self) -> Self {
        Self(machine::shuffle::<0, 2, 5, 7>(self.0, last.0))
    }

    /// The larger; NaN where one is NaN.
    #[inline(always)]
    pub fn largest(self, other: Self) -> Self {
        Self(machine::largest(self.0, other.0))
    }

    /// The smaller; NaN where one is NaN.
    #[inline(always)]
    pub fn smallest(self, other: Self) -> Self {
        Self(machine::smallest(self.0, other.0))
    }

    /// `if self < other { other } else { self }`: NaN stays where it is first, and `other` is known to be none.
    #[inline(always)]
    pub fn larger(self, other: Self) -> Self {
        Self(machine::larger(self.0, other.0))
    }

    /// `if other < self { other } else { self }`
    #[inline(always)]
    pub fn smaller(self, other: Self) -> Self {
        Self(machine::smaller(self.0, other.0))
    }
}

/// Whether it is no number.
#[expect(clippy::eq_op, reason = "of all values NaN alone differs from itself")]
#[inline(always)]
pub fn is_nan<T: PartialEq + Copy>(v: T) -> bool {
    v != v
}

/// The larger of two; NaN where one is NaN.
#[inline(always)]
pub fn larger<T: PartialOrd + Copy>(a: T, b: T) -> T {
    if a < b || is_nan(b) { b } else { a }
}

/// The smaller of two; NaN where one is NaN.
#[inline(always)]
pub fn smaller<T: PartialOrd + Copy>(a: T, b: T) -> T {
    if b < a || is_nan(b) { b } else { a }
}

macro_rules! operators {
    ($($operator:ident $name:ident),+) => {
        $(impl $operator for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                Self(machine::$name(self.0, other.0))
            }
        })+
    };
}
operators!(Add add, Sub sub, Mul mul, Div div);

/// Elements beside the last whole vector, in one that zeros fill.
#[inline(always)]
fn rest(x: &[f32]) -> Lanes {
    let mut padded = [0.0; WIDTH];
    padded.iter_mut().zip(x).for_each(|(to, &x)| *to = x);
    Lanes(machine::load(&padded))
}

#[inline(always)]
fn store_rest(y: &mut [f32], lanes: Lanes) {
    let mut padded = [0.0; WIDTH];
    machine::store(&mut padded, lanes.0);
    y.iter_mut().zip(padded).for_each(|(y, v)| *y = v);
}

/// `y = f(x)`, as far as both go.
#[inline(always)]
pub fn map(x: &[f32], y: &mut [f32], f: impl Fn(Lanes) -> Lanes) {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<WIDTH>(), y.as_chunks_mut::<WIDTH>());
    y.iter_mut().zip(x).for_each(|(y, x)| machine::store(y, f(Lanes(machine::load(x))).0));
    if !y_rest.is_empty() {
        store_rest(y_rest, f(rest(x_rest)));
    }
}

/// `y = f(a, b)`; all three are equally long.
#[inline(always)]
pub fn zip(a: &[f32], b: &[f32], y: &mut [f32], f: impl Fn(Lanes, Lanes) -> Lanes) {
    let ((a, a_rest), (b, b_rest), (y, y_rest)) =
        (a.as_chunks::<WIDTH>(), b.as_chunks::<WIDTH>(), y.as_chunks_mut::<WIDTH>());
    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
        machine::store(y, f(Lanes(machine::load(a)), Lanes(machine::load(b))).0);
    }
    if !y_rest.is_empty() {
        store_rest(y_rest, f(rest(a_rest), rest(b_rest)));
    }
}

/// `y = f(y)`.
#[inline(always)]
pub fn change(y: &mut [f32], f: impl Fn(Lanes) -> Lanes) {
    let (y, y_rest) = y.as_chunks_mut::<WIDTH>();
    y.iter_mut().for_each(|y| {
        let new = f(Lanes(machine::load(y)));
        machine::store(y, new.0);
    });
    if !y_rest.is_empty() {
        let new = f(rest(y_rest));
        store_rest(y_rest, new);
    }
}

/// `y = f(y, x)`; both are equally long.
#[inline(always)]
pub fn update(y: &mut [f32], x: &[f32], f: impl Fn(Lanes, Lanes) -> Lanes) {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<WIDTH>(), y.as_chunks_mut::<WIDTH>());
    for (y, x) in y.iter_mut().zip(x) {
        let new = f(Lanes(machine::load(y)), Lanes(machine::load(x)));
        machine::store(y, new.0);
    }
    if !y_rest.is_empty() {
        let new = f(rest(y_rest), rest(x_rest));
        store_rest(y_rest, new);
    }
}

/// `y += a · x` of any element type.
pub fn add_scaled<T: WithDType>(y: &mut [T], a: T, x: &[T]) {
    match (singles(x), a.to_f64() as f32) {
        (Some(x), a) => {
            if let Some(y) = singles_mut(y) {
                let len = x.len().min(y.len());
                let a = Lanes::splat(a);
                update(&mut y[..len], &x[..len], |y, x| y + a * x);
            }
        }
        _ => y.iter_mut().zip(x).for_each(|(y, &x)| *y += a * x),
    }
}

/// The elements, if they are singles.
pub(crate) fn singles<T: WithDType>(elements: &[T]) -> Option<&[f32]> {
    // SAFETY: of all element types only f32 has this name.
    (T::DTYPE == DType::F32).then(|| unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), elements.len()) })
}

/// The same to write.
pub(crate) fn singles_mut<T: WithDType>(elements: &mut [T]) -> Option<&mut [f32]> {
    // SAFETY: as above.
    (T::DTYPE == DType::F32)
        .then(|| unsafe { std::slice::from_raw_parts_mut(elements.as_mut_ptr().cast(), elements.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_are_computed_too() {
        for len in 0..10 {
            let x: Vec<f32> = (0..len).map(|k| k as f32 - 3.0).collect();
            let mut y = vec![9.0; len];
            map(&x, &mut y, |x| x.larger(Lanes::splat(0.0)) * Lanes::splat(2.0));
            assert!(x.iter().zip(&y).all(|(&x, &y)| y == x.max(0.0) * 2.0));
            let mut z = vec![9.0; len];
            zip(&x, &y, &mut z, |x, y| (x - y) / Lanes::splat(2.0));
            assert!(x.iter().zip(&y).zip(&z).all(|((&x, &y), &z)| z == (x - y) / 2.0));
            add_scaled(&mut z, -1.0, &x);
            update(&mut z, &x, |z, x| (z + x).smaller(Lanes::splat(1e9)));
            assert!(x.iter().zip(&y).zip(&z).all(|((&x, &y), &z)| (z - (x - y) / 2.0).abs() < 1e-6));
            let mut doubles = vec![1f64; len];
            add_scaled(&mut doubles, 0.5, &vec![4.0; len]);
            assert!(doubles.iter().all(|&d| d == 3.0));
        }
    }
}
