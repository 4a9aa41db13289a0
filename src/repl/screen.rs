//! The terminal that answers are shown on: its size, and the pager for what is longer than it.

use crate::cli::output::stdout;
use crate::cli::words;
use crate::error::Result;
use std::io::{IsTerminal, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Columns and lines of the terminal on stdout; `None` where stdout is none.
fn size() -> Option<(u16, u16)> {
    let out = std::io::stdout();
    let size = out.is_terminal().then(|| rustix::termios::tcgetwinsize(&out).ok()).flatten()?;
    Some((size.ws_col, size.ws_row))
}

/// Columns of the terminal on stdout; 0 where it does not know, `None` where stdout is no terminal.
pub fn width() -> Option<u16> {
    size().map(|(columns, _)| columns)
}

/// A writer that holds one screen, and hands what is longer to a pager.
pub struct Screen {
    lines_max: usize,
    lines: usize,
    way: Way,
}

enum Way {
    Held(Vec<u8>),
    Pager(Child, ChildStdin),
    Plain,
}

impl Screen {
    /// The terminal on stdout; `None` when stdout is none.
    pub fn new() -> Option<Screen> {
        let (_, lines) = size()?;
        // The prompt and a note take two lines. A terminal that does not know its height says 0.
        let lines_max = if lines == 0 { usize::MAX } else { usize::from(lines.saturating_sub(2)) };
        Some(Screen { lines_max, lines: 0, way: Way::Held(Vec::new()) })
    }

    /// Shows what is held, or waits until the pager is left.
    pub fn finish(self) -> Result<()> {
        match self.way {
            Way::Held(held) => stdout(&held),
            Way::Plain => stdout(b""),
            Way::Pager(mut pager, stdin) => {
                drop(stdin);
                pager.wait()?;
                Ok(())
            }
        }
    }

    fn overflow(&mut self) -> std::io::Result<()> {
        let Way::Held(held) = std::mem::replace(&mut self.way, Way::Plain) else { return Ok(()) };
        let Some((pager, mut stdin)) = pager() else { return std::io::stdout().write_all(&held) };
        let sent = stdin.write_all(&held);
        self.way = Way::Pager(pager, stdin);
        sent
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &mut self.way {
            Way::Pager(_, stdin) => return stdin.write(bytes),
            Way::Plain => return std::io::stdout().write(bytes),
            Way::Held(held) => held.extend_from_slice(bytes),
        }
        self.lines += bytes.iter().filter(|byte| **byte == b'\n').count();
        if self.lines > self.lines_max {
            self.overflow()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Says on a terminal how to end a statement that runs for more than a second. How far it is, where that can
/// be told, the engine's bar shows below.
pub struct Waiting {
    told: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Waiting {
    /// Begins to wait.
    pub fn start() -> Waiting {
        let (told, end) = channel::<()>();
        let is_watched = std::io::stderr().is_terminal();
        let thread = std::thread::spawn(move || {
            if end.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) && is_watched {
                words::line("still running, Ctrl-C cancels");
            }
        });
        Waiting { told: Some(told), thread: Some(thread) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.told = None;
        // The line is gone before anything else is written.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// `$PAGER`, else `less` where there is one; an empty `$PAGER` means none.
fn pager() -> Option<(Child, ChildStdin)> {
    let words = match std::env::var("PAGER") {
        Ok(words) => words,
        Err(_) => {
            let path = std::env::var_os("PATH")?;
            std::env::split_paths(&path)
                .find(|folder| folder.join("less").is_file())
                .map(|_| "less".into())?
        }
    };
    if words.trim().is_empty() {
        return None;
    }
    let mut command = Command::new("sh");
    // What is searched for in it may be personal: no history. F, R, X as git has them.
    command.args(["-c", &words]).stdin(Stdio::piped()).env("LESSHISTFILE", "-");
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let mut pager = command.spawn().ok()?;
    let stdin = pager.stdin.take()?;
    Some((pager, stdin))
}
