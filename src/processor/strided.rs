//! Rows of a picture, read and written by vectors at steps of one or two. The last vector of a row overlaps the one before, so
//! that nothing beside the row is touched and nothing is left over; and so no compiler takes the loop for a copy or a fill by
//! the browser's own means, which costs more than a short row.

use super::lanes::{Lanes, WIDTH, singles, singles_mut};
use candle_core::WithDType;

/// Where the vectors of a row of `len` elements, at least a vector's width, begin.
#[inline(always)]
fn starts(len: usize, mut visit: impl FnMut(usize)) {
    let last = len - WIDTH;
    let mut at = 0;
    loop {
        visit(at);
        if at >= last {
            return;
        }
        at = (at + WIDTH).min(last);
    }
}

/// `x[at]`, `x[at + STRIDE]`, …, of which `x` has four.
#[inline(always)]
unsafe fn load<const STRIDE: usize>(x: &[f32], at: usize) -> Lanes {
    // SAFETY: the caller's promise; the second load of two ends with the last of the four.
    unsafe {
        match STRIDE {
            1 => Lanes::load(x, at),
            _ => Lanes::load(x, at).outer(Lanes::load(x, at + 3)),
        }
    }
}

/// `to[k] = from[k · stride]`
pub(crate) fn copy<T: WithDType>(to: &mut [T], from: &[T], stride: usize) {
    if to.is_empty() {
        return;
    }
    assert!((to.len() - 1) * stride < from.len());
    if let (Some(from), true) = (singles(from), to.len() >= WIDTH)
        && let Some(to) = singles_mut(to)
    {
        // SAFETY: the assert; vectors lie within `to`.
        match stride {
            1 => return starts(to.len(), |at| unsafe { load::<1>(from, at).store(to, at) }),
            2 => return starts(to.len(), |at| unsafe { load::<2>(from, 2 * at).store(to, at) }),
            _ => {}
        }
    }
    let mut at = 0;
    for to in to {
        *to = from[at];
        at += stride;
    }
}

/// `to[k] = v`
pub(crate) fn fill<T: WithDType>(to: &mut [T], v: T) {
    match to {
        [] => {}
        [a] => *a = v,
        [a, b] => (*a, *b) = (v, v),
        _ => to.fill(v),
    }
}

/// `y[o] = finish(Σ w[u][v] · rows[u][o · STRIDE + v])`; `finish` is a bias and two bounds.
#[inline(always)]
pub(crate) fn convolve<const STRIDE: usize>(
    rows: [&[f32]; 3],
    w: &[[Lanes; 3]; 3],
    [bias, low, high]: [Lanes; 3],
    y: &mut [f32],
) {
    assert!(y.len() >= WIDTH && rows.iter().all(|row| row.len() > (y.len() - 1) * STRIDE + 2));
    let taps = |row: &[f32], w: &[Lanes; 3], at: usize| {
        // SAFETY: the assert.
        unsafe {
            let [a, b] = match STRIDE {
                1 => [Lanes::load(row, at), Lanes::load(row, at + 1)],
                _ => {
                    let (low, high) = (Lanes::load(row, at), Lanes::load(row, at + WIDTH));
                    [low.evens(high), low.odds(high)]
                }
            };
            w[0] * a + w[1] * b + w[2] * load::<STRIDE>(row, at + 2)
        }
    };
    starts(y.len(), |o| {
        let at = o * STRIDE;
        let sum = bias + taps(rows[0], &w[0], at) + (taps(rows[1], &w[1], at) + taps(rows[2], &w[2], at));
        // SAFETY: vectors lie within `y`.
        unsafe { sum.larger(low).smaller(high).store(y, o) }
    });
}

/// `y[o] = finish(x[o · STRIDE] ∘ … ∘ x[o · STRIDE + taps - 1], z[o])`
#[inline(always)]
pub(crate) fn join<const STRIDE: usize>(
    x: &[f32],
    taps: usize,
    y: &mut [f32],
    z: &[f32],
    join: impl Fn(Lanes, Lanes) -> Lanes,
    finish: impl Fn(Lanes, Lanes) -> Lanes,
) {
    assert!(y.len() >= WIDTH && y.len() == z.len() && taps > 0 && x.len() >= (y.len() - 1) * STRIDE + taps);
    starts(y.len(), |o| {
        // SAFETY: the assert; vectors lie within `y`.
        unsafe {
            let mut joined = load::<STRIDE>(x, o * STRIDE);
            for tap in 1..taps {
                joined = join(joined, load::<STRIDE>(x, o * STRIDE + tap));
            }
            finish(joined, Lanes::load(z, o)).store(y, o);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_of_a_row_is_reached_and_none_beside_it() {
        let x: Vec<f32> = (0..64).map(|k| ((k * 37) % 19) as f32 - 9.0).collect();
        for len in 1..20 {
            for stride in 1..=3 {
                let mut to = vec![7.0; len + 1];
                copy(&mut to[..len], &x[..(len - 1) * stride + 1], stride);
                assert!((0..len).all(|k| to[k] == x[k * stride]) && to[len] == 7.0);
                fill(&mut to[..len], 1.0);
                assert!(to[..len].iter().all(|&v| v == 1.0) && to[len] == 7.0);
            }
        }
        let w: [[f32; 3]; 3] = [[1.0, -2.0, 3.0], [0.5, 4.0, -1.0], [2.0, 0.0, 1.0]];
        let finish = [0.25, -20.0, 30.0];
        let want = |o: usize, stride: usize, len: usize| {
            let sum: f32 = (0..9).map(|k| w[k / 3][k % 3] * x[k / 3 * len + o * stride + k % 3]).sum();
            (sum + finish[0]).clamp(finish[1], finish[2])
        };
        for outputs in 4..10 {
            for stride in 1..=2 {
                let len = (outputs - 1) * stride + 3;
                let rows = std::array::from_fn(|u| &x[u * len..][..len]);
                let (w, finish) = (w.map(|row| row.map(Lanes::splat)), finish.map(Lanes::splat));
                let mut y = vec![7.0; outputs];
                match stride {
                    1 => convolve::<1>(rows, &w, finish, &mut y),
                    _ => convolve::<2>(rows, &w, finish, &mut y),
                }
                assert!((0..outputs).all(|o| y[o] == want(o, stride, len)));
                let z = &x[..outputs];
                match stride {
                    1 => join::<1>(&x[..len], 3, &mut y, z, |a, b| a + b, |sum, z| sum * z),
                    _ => join::<2>(&x[..len], 3, &mut y, z, |a, b| a + b, |sum, z| sum * z),
                }
                assert!((0..outputs).all(|o| y[o] == x[o * stride..][..3].iter().sum::<f32>() * z[o]));
            }
        }
    }
}
