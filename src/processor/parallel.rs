//! Work on all cores, natively; in the browser, where the engine has one thread, one part after another.
//!
//! Results never depend on the number of cores: callers divide their work by its shape alone.

/// Calls `work` with the number of each chunk of `size` elements and the chunk. `operations` says how much work that is
/// altogether. `scratch` makes what a thread uses again from chunk to chunk; its content must not matter.
///
/// Where there are too few chunks for the cores, `work` is called in turn and may itself be parallel.
pub fn chunks<T: Send, S>(
    data: &mut [T],
    size: usize,
    operations: usize,
    scratch: impl Fn() -> S + Send + Sync,
    work: impl Fn(&mut S, usize, &mut [T]) + Send + Sync,
) {
    if data.is_empty() || size == 0 {
        return;
    }
    #[cfg(not(target_arch = "wasm32"))]
    if native::pays(data.len().div_ceil(size), operations) {
        return native::chunks(data, size, scratch, work);
    }
    #[cfg(target_arch = "wasm32")]
    let _ = operations;
    let mut scratch = scratch();
    data.chunks_mut(size).enumerate().for_each(|(k, chunk)| work(&mut scratch, k, chunk));
}

/// Whether one thread does all the work. Fewer operations then save time, even where they cannot run in parallel.
pub const IS_ALONE: bool = cfg!(target_arch = "wasm32");

/// Whether more threads are available: not in the browser, nor inside one of several parts that already run at the same time.
pub fn has_threads() -> bool {
    #[cfg(not(target_arch = "wasm32"))]
    return rayon::current_thread_index().is_none();
    #[cfg(target_arch = "wasm32")]
    return false;
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use rayon::iter::{IndexedParallelIterator, ParallelIterator};
    use rayon::slice::ParallelSliceMut;

    /// Operations below which waking other threads costs more than it saves.
    const WORTH: usize = 1 << 16;

    pub(super) fn pays(parts: usize, operations: usize) -> bool {
        let threads = rayon::current_num_threads();
        operations >= WORTH && super::has_threads() && threads > 1 && parts >= 2 && 2 * parts >= threads
    }

    pub(super) fn chunks<T: Send, S>(
        data: &mut [T],
        size: usize,
        scratch: impl Fn() -> S + Send + Sync,
        work: impl Fn(&mut S, usize, &mut [T]) + Send + Sync,
    ) {
        // A few runs of chunks per thread: each makes its scratch once, and a slow core holds up little.
        let run = data.len().div_ceil(size).div_ceil(4 * rayon::current_num_threads());
        data.par_chunks_mut(size)
            .enumerate()
            .with_min_len(run)
            .for_each_init(scratch, |scratch, (k, chunk)| work(scratch, k, chunk));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_is_worked_on_once() {
        for (len, size, operations) in [(1000, 7, 1 << 20), (1000, 7, 10), (5, 100, 1 << 20), (0, 3, 1 << 20)] {
            let mut data = vec![0usize; len];
            chunks(&mut data, size, operations, Vec::new, |seen: &mut Vec<usize>, k, chunk| {
                seen.push(k);
                assert!(seen.is_sorted(), "chunks come in order");
                chunk.iter_mut().enumerate().for_each(|(i, v)| *v += k * size + i + 1);
            });
            assert!(data.iter().enumerate().all(|(i, &v)| v == i + 1));
        }
    }
}
