//! Interpolated n-grams (Witten & Bell 1991): `p(w | c) = (N(c w) + T(c) p(w | c')) / (N(c) + T(c))`, where `T(c)` counts the different
//! units that follow the context `c`, `c'` is `c` without its first unit, and below single units all are alike.

use std::collections::HashMap;

/// Units of a context and the next one at most.
pub(super) const LONGEST: usize = 5;

/// How often units follow contexts of one length.
#[derive(Default)]
struct Order {
    /// Of each context: all that followed, and how many different ones.
    contexts: HashMap<u64, [u32; 2]>,
    followed: HashMap<(u64, u32), u32>,
}

pub struct NGrams {
    words: usize,
    /// By the length of the context.
    orders: Vec<Order>,
}

/// A context of up to four units, each below 2¹⁶.
fn packed(context: &[u32]) -> u64 {
    context.iter().fold(0, |key, unit| key << 16 | u64::from(unit & 0xffff))
}

impl NGrams {
    /// Of units below `words`, which is at most 2¹⁶.
    pub fn counted(text: &[u32], words: usize) -> Self {
        let mut orders: Vec<Order> = (0..LONGEST).map(|_| Order::default()).collect();
        for (length, order) in orders.iter_mut().enumerate() {
            for seen in text.windows(length + 1) {
                let (context, unit) = (packed(&seen[..length]), seen[length]);
                let followed = order.followed.entry((context, unit)).or_default();
                *followed += 1;
                let [all, different] = order.contexts.entry(context).or_default();
                *all += 1;
                *different += u32::from(*followed == 1);
            }
        }
        Self { words, orders }
    }

    /// The probability of a unit behind a context, of which the last `n - 1` units count.
    pub fn probability(&self, n: usize, context: &[u32], unit: u32) -> f64 {
        let mut p = 1.0 / self.words as f64;
        for length in 0..n.min(LONGEST).min(context.len() + 1) {
            let key = packed(&context[context.len() - length..]);
            let Some([all, different]) = self.orders[length].contexts.get(&key) else { break };
            let seen = self.orders[length].followed.get(&(key, unit)).copied().unwrap_or_default();
            let [all, different, seen] = [*all, *different, seen].map(f64::from);
            p = (seen + different * p) / (all + different);
        }
        p
    }

    /// Of n = 1, 2, … on the units from `first` on; those before them are context.
    pub fn perplexities(&self, text: &[u32], first: usize) -> Vec<f64> {
        let one = |n: usize| {
            let nats: f64 = (first..text.len())
                .map(|at| -self.probability(n, &text[at.saturating_sub(LONGEST - 1)..at], text[at]).ln())
                .sum();
            (nats / (text.len() - first).max(1) as f64).exp()
        };
        (1..=LONGEST).map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_witten_and_bells() {
        let text = [1, 2, 1, 2, 1, 3];
        let counted = NGrams::counted(&text, 4);
        // Of six units three different ones: 1 three times, 2 twice, 3 once.
        let of = |seen: f64| (seen + 3.0 * 0.25) / 9.0;
        assert!((counted.probability(1, &[], 2) - of(2.0)).abs() < 1e-12);
        // Behind 1, three times: 2 twice and 3 once.
        assert!((counted.probability(2, &[1], 2) - (2.0 + 2.0 * of(2.0)) / 5.0).abs() < 1e-12);
        for n in 1..=LONGEST {
            let sum: f64 = (0..4).map(|unit| counted.probability(n, &[2, 1, 2, 1], unit)).sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
        // The longer the context, the surer, on what was counted.
        let all = counted.perplexities(&text, 0);
        assert!(all.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9), "{all:?}");
    }
}
