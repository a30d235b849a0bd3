//! Turns at the processor: work that computes and asks nobody runs on as many threads as there are cores, some wait, and
//! whoever comes when the queue is full is told to come again instead of being kept waiting for ever.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Semaphore;

use crate::{
    app::off_thread,
    error::{ApiError, ApiResult, Code},
};

/// How many may wait. A list takes milliseconds, so the last of them waits for well under a second. Our choice.
const WAITING_MAX: usize = 256;

/// The turns of a process.
pub(crate) struct Turns {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

impl Turns {
    /// As many as there are cores.
    pub(crate) fn of_all_cores() -> Turns {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Turns::new(cores, WAITING_MAX)
    }

    fn new(at_once: usize, waiting_max: usize) -> Turns {
        Turns {
            free: Arc::new(Semaphore::new(at_once)),
            waiting: AtomicUsize::new(0),
            waiting_max,
        }
    }

    /// Runs `work` in its turn, away from the threads that serve.
    ///
    /// # Errors
    /// 503 with the seconds to wait where too many wait already; those of `work`.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let waiting = Waiting::join(self)?;
        let turn = self.free.clone().acquire_owned().await;
        let turn = turn.map_err(|_| ApiError::from(Code::Unavailable))?;
        drop(waiting);
        // The turn lasts as long as the work, also where nobody waits for the answer any more.
        off_thread(move || {
            let _turn = turn;
            work()
        })
        .await
    }
}

/// A place in the queue, given back when it is dropped.
struct Waiting<'a>(&'a Turns);

impl Waiting<'_> {
    fn join(turns: &Turns) -> ApiResult<Waiting<'_>> {
        let before = turns.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(turns);
        // Who finds a free turn does not wait.
        if before >= turns.waiting_max.max(turns.free.available_permits()) {
            return Err(Code::Unavailable.into());
        }
        Ok(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use actix_web::rt;

    use super::*;

    #[actix_web::test]
    async fn who_comes_when_the_queue_is_full_is_told_to_come_again_and_all_others_are_served() {
        let turns = Arc::new(Turns::new(1, 1));
        let (let_go, held) = mpsc::channel::<()>();
        let start = |work: Box<dyn FnOnce() -> ApiResult<u8> + Send>| {
            let turns = turns.clone();
            rt::spawn(async move { turns.run(work).await })
        };
        let running = start(Box::new(move || {
            held.recv().expect("the test lets go");
            Ok(1)
        }));
        while turns.free.available_permits() > 0 {
            rt::task::yield_now().await;
        }
        let waiting = start(Box::new(|| Ok(2)));
        while turns.waiting.load(Ordering::Relaxed) == 0 {
            rt::task::yield_now().await;
        }

        let refused = turns.run(|| Ok(3)).await.unwrap_err();

        assert_eq!(refused.code, Code::Unavailable);
        assert_eq!(refused.retry_after, Some(1));
        let_go.send(()).unwrap();
        assert_eq!(running.await.unwrap().unwrap(), 1);
        assert_eq!(waiting.await.unwrap().unwrap(), 2);
        assert_eq!(turns.run(|| Ok(4)).await.unwrap(), 4);
    }

    #[actix_web::test]
    async fn who_gives_up_waiting_leaves_the_queue() {
        let turns = Turns::new(1, 1);
        let turn = turns.free.clone().acquire_owned().await.unwrap();

        let waiting = turns.run(|| Ok(()));
        let gave_up = tokio::time::timeout(std::time::Duration::ZERO, waiting).await;

        assert!(gave_up.is_err());
        assert_eq!(turns.waiting.load(Ordering::Relaxed), 0);
        drop(turn);
        assert!(turns.run(|| Ok(())).await.is_ok());
    }
}
