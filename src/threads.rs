//! Work side by side, on scoped threads: they end before the call returns.

use crate::error::{Error, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads of work that is the processor's run side by side: more than it has cores would only wait.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

/// Runs `work` on every item at the same time; the first error by order of the items wins.
pub fn side_by_side<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let work = &work;
    std::thread::scope(|scope| {
        let handles: Vec<_> = items.into_iter().map(|item| scope.spawn(move || work(item))).collect();
        let results: Vec<Result<R>> = handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|_| Err(Error::internal("a thread broke down"))))
            .collect();
        results.into_iter().collect()
    })
}

/// Hands the numbers below `count` out, one at a time, to whichever of the `workers` is free. The first
/// error in time is the cause: after it nobody begins another item.
pub fn share_out<W: Send>(
    workers: Vec<W>,
    count: usize,
    work: impl Fn(&W, usize) -> Result<()> + Sync,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<Error>> = Mutex::default();
    side_by_side(workers, |worker| {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return Ok(());
            }
            if let Err(error) = work(&worker, at) {
                next.store(count, Ordering::Relaxed);
                if let Ok(mut failed) = failed.lock() {
                    failed.get_or_insert(error);
                }
            }
        }
    })?;
    failed.into_inner().unwrap_or(None).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        let seen = Mutex::new(Vec::new());
        share_out(vec![(), (), ()], 100, |(), at| {
            seen.lock().unwrap().push(at);
            Ok(())
        })
        .unwrap();
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_begins_another_item_after_an_error() {
        let begun = AtomicUsize::new(0);
        let failed = share_out(vec![()], 100, |(), at| {
            begun.fetch_add(1, Ordering::Relaxed);
            if at == 3 { Err(Error::refused("the fourth")) } else { Ok(()) }
        });
        assert_eq!(failed.unwrap_err().message, "the fourth");
        assert_eq!(begun.into_inner(), 4);
    }
}
