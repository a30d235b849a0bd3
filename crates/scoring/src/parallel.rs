//! Work that is parted between the cores of a machine. What comes out is the same as without.

use std::{num::NonZero, sync::Mutex, thread};

/// `work` on each item, on as many threads as there are cores, each taking the next item when it is done with one; the
/// results in the order of the items.
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(items.len());
    if threads < 2 {
        return items.into_iter().map(work).collect();
    }
    let waiting = Mutex::new(items.into_iter().enumerate());
    let next = || waiting.lock().expect("no panic while held").next();
    let turn = || {
        let mut done = Vec::new();
        while let Some((at, item)) = next() {
            done.push((at, work(item)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(turn)).collect();
        let mut done = turn();
        for other in others {
            done.extend(other.join().expect("a panic of the work is one of ours"));
        }
        done
    });
    done.sort_unstable_by_key(|&(at, _)| at);
    done.into_iter().map(|(_, result)| result).collect()
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
