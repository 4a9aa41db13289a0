//! A connection that runs checks: in a READ ONLY transaction, each statement within a time limit.

use crate::duck::Db;
use crate::error::Result;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Interrupts what runs too long on a connection.
pub struct Limit {
    /// Takes the deadline of what runs; `None`: nothing does.
    deadline: mpsc::Sender<Option<Instant>>,
}

impl Limit {
    /// Watches over this connection.
    pub fn of(db: &Db) -> Limit {
        let (deadline, told) = mpsc::channel();
        let handle = db.interrupt_handle();
        std::thread::spawn(move || watch(&told, &handle));
        Limit { deadline }
    }

    /// Does `work`, whose statement is interrupted when it takes longer than `time_max`.
    pub fn within<T>(&self, time_max: Duration, work: impl FnOnce() -> T) -> T {
        self.deadline.send(Some(Instant::now() + time_max)).ok();
        let done = work();
        self.deadline.send(None).ok();
        done
    }
}

/// One connection among those that run checks side by side.
pub struct Worker {
    db: Db,
    limit: Limit,
}

impl Worker {
    /// Begins the transaction.
    pub fn start(db: Db) -> Result<Worker> {
        let limit = Limit::of(&db);
        db.run("BEGIN TRANSACTION READ ONLY")?;
        Ok(Worker { db, limit })
    }

    /// Does `work`, interrupted when it takes longer than `time_max`. The outer error: the connection is
    /// of no use any more.
    pub fn within<T>(&self, time_max: Duration, work: impl FnOnce(&Db) -> Result<T>) -> Result<Result<T>> {
        let done = self.limit.within(time_max, || work(&self.db));
        if done.is_err() {
            // An error ends the transaction; what comes next gets one of its own.
            self.db.run("ROLLBACK").and_then(|()| self.db.run("BEGIN TRANSACTION READ ONLY"))?;
        }
        Ok(done)
    }

    /// Ends the transaction.
    pub fn finish(self) -> Result<()> {
        self.db.run("ROLLBACK")
    }
}

/// Interrupts what runs longer than its deadline; ends with the limit.
fn watch(told: &mpsc::Receiver<Option<Instant>>, handle: &duckdb::InterruptHandle) {
    let mut deadline: Option<Instant> = None;
    loop {
        let message = match deadline {
            None => told.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            Some(at) => told.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match message {
            Ok(next) => deadline = next,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                handle.interrupt();
                deadline = None;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}
