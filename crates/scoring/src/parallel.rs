//! Work that is parted between the cores of a machine. What comes out is the same as without.

use std::thread;

use rayon::{ThreadPoolBuilder, prelude::*};

/// `work` on each item, on threads that stay, as many as there are cores; the results in the order of the items. Threads
/// that come and go would leave what they wrote scattered over the allocator's memory (`benches/SCALE.md`).
///
/// # Panics
/// Where `work` does.
pub fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.into_iter().map(work).collect();
    }
    items.into_par_iter().with_max_len(1).map(work).collect()
}

/// Has what `work` parts between cores be done by half of them, and by other threads than those of anything else, which would
/// wait for it. By the same, where the machine has no more.
pub fn apart<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let half = thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
    match ThreadPoolBuilder::new().num_threads(half).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// Ranges of up to `size` that make up 0 to `count`.
pub(crate) fn ranges(count: usize, size: usize) -> Vec<std::ops::Range<usize>> {
    let starts = (0..count).step_by(size);
    starts.map(|start| start..count.min(start + size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let doubled = map((0..1000).collect(), |item: u32| 2 * item);

        assert!(doubled.into_iter().eq((0..2000).step_by(2)));
        assert_eq!(ranges(10, 4), [0..4, 4..8, 8..10]);
    }
}
