//! Ctrl-C. Once: what can stop stops, and says how to go on; what must not be torn apart finishes first.
//! Twice: the program ends at once; every phase survives that, as it survives `kill -9`.

use super::words;
use duckdb::InterruptHandle;
use rustix::process::{Resource, Rlimit, setrlimit};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

/// What the first Ctrl-C does now.
#[derive(Clone)]
pub enum Response {
    /// Ends the program with these words.
    End(String),
    /// Lets the work finish, with these words.
    Finish(String),
    /// Cancels a query; the command decides what comes then.
    Cancel(Arc<InterruptHandle>),
    /// Tells a command that waits for something else, and cancels its query.
    Tell(Sender<()>, Arc<InterruptHandle>),
}

static RESPONSE: Mutex<Option<Response>> = Mutex::new(None);

/// Sets what the first Ctrl-C does from here on; `None` ends the program.
pub fn respond(response: Option<Response>) {
    *RESPONSE.lock().unwrap_or_else(PoisonError::into_inner) = response;
}

/// From here on the first Ctrl-C lets `work` go on, whose `ending` is what `recover` does after a second one.
pub fn go_on(work: &str, ending: &str) {
    respond(Some(Response::Finish(format!(
        "\nthe {work} goes on until all stores agree; Ctrl-C again stops at once, then `datamig recover` {ending} it"
    ))));
}

/// Forbids core dumps: a process that dies must not write originals and keys to a disk.
pub fn forbid_dumps() {
    let nothing = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, nothing);
    // A limit does not bind a program that the kernel hands dumps to.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Starts the thread that waits for Ctrl-C.
pub fn install() {
    let Ok(mut signals) = Signals::new([SIGINT]) else { return };
    std::thread::spawn(move || {
        let mut is_second = false;
        for _ in signals.forever() {
            let response = RESPONSE.lock().unwrap_or_else(PoisonError::into_inner).clone();
            match response {
                _ if is_second => end("interrupted twice: stopped at once"),
                Some(Response::Cancel(query)) => query.interrupt(),
                Some(Response::Tell(command, query)) => {
                    let _ = command.send(());
                    query.interrupt();
                }
                Some(Response::Finish(text)) => {
                    words::line(&text);
                    is_second = true;
                }
                Some(Response::End(text)) => end(&text),
                None => end("interrupted"),
            }
        }
    });
}

/// Ends the program from the signal's thread: nothing returns to `main` from here. Locks are the operating
/// system's and files are renamed only when they are complete, so that nothing needs to be cleaned up.
#[allow(clippy::disallowed_methods, reason = "a signal's thread has no main to return to")]
fn end(text: &str) -> ! {
    words::line(&format!("\n{text}"));
    std::process::exit(i32::from(crate::error::Kind::Interrupted.exit_code()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    #[test]
    fn nothing_is_dumped() {
        super::forbid_dumps();
        assert_eq!(getrlimit(Resource::Core).maximum, Some(0));
        assert!(matches!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable)));
    }
}
