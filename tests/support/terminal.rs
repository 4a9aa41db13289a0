//! A pseudo-terminal: the program as somebody meets it who sits in front of it.

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A program on a terminal of its own, 100 columns wide.
pub struct Terminal {
    child: Child,
    keys: File,
    shown: Receiver<Vec<u8>>,
    /// Everything shown so far, escape sequences included.
    pub raw: Vec<u8>,
    read: usize,
}

impl Terminal {
    /// Starts a command on a terminal with so many lines.
    pub fn new(command: &Command, lines: u16) -> Terminal {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a pseudo-terminal");
        grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("a pseudo-terminal");
        let name = ptsname(&ours, Vec::new()).expect("its name").into_string().expect("a path");
        let theirs = File::options().read(true).write(true).open(name).expect("its other end");
        let size = Winsize { ws_row: lines, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&ours, size).expect("a size");
        // Ctrl-C reaches only a process whose controlling terminal this is.
        let mut started = Command::new("setsid");
        started.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear();
        started.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        started.current_dir(command.get_current_dir().expect("a folder"));
        started.stdin(theirs.try_clone().expect("a copy")).stdout(theirs.try_clone().expect("a copy"));
        let child = started.stderr(theirs).spawn().expect("setsid of util-linux");
        let (sender, shown) = channel();
        let mut output = File::from(ours.try_clone().expect("a copy"));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end of a terminal is an error.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { child, keys: File::from(ours), shown, raw: Vec::new(), read: 0 }
    }

    /// Types keys.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("to be read");
    }

    /// Types a line.
    pub fn line(&mut self, line: &str) {
        self.keys(&format!("{line}\r"));
    }

    /// Waits until the words are shown after those of the last time. Returns what was shown until then,
    /// without escape sequences.
    #[track_caller]
    pub fn until(&mut self, words: &str) -> String {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let text = plain(&self.raw);
            if let Some(at) = text[self.read..].find(words) {
                let from = self.read;
                self.read += at + words.len();
                return text[from..self.read].to_owned();
            }
            match self.shown.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.raw.extend(bytes),
                Err(_) => panic!("\"{words}\" was not shown after \"{}\" in:\n{text}", &text[..self.read]),
            }
        }
    }

    /// Waits for the end of the program and returns its exit code.
    #[track_caller]
    pub fn ends(mut self) -> Option<i32> {
        // A terminal that nobody holds any more is closed.
        loop {
            match self.shown.recv_timeout(Duration::from_secs(60)) {
                Ok(bytes) => self.raw.extend(bytes),
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().expect("an end").code(),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", plain(&self.raw)),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn plain(raw: &[u8]) -> String {
    let escape = regex::Regex::new(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]").expect("a pattern");
    escape.replace_all(&String::from_utf8_lossy(raw), "").replace('\r', "")
}
