//! A scratch workspace in which the built program runs, alone in its environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The test values of the two secrets: strong, and no secret.
pub const SALT: &str = "kF1xXw9bq0m3cV7tYz5LhR2nJ8sD4gA6uEoPiTyWeQc=";
/// See [`SALT`].
pub const KEY: &str = "Zr8dQm2vTn5yBk1wXs7hLc9gJf3pAe6uRo4iKtYzWqE=";

/// Writes the test values of both secrets to a workspace's `.env`, readable by its owner alone.
pub fn write_secrets(root: &Path) {
    let path = root.join(".env");
    fs::write(&path, format!("ANONYMIZATION_SALT={SALT}\nDATAMIG_KEY={KEY}\n")).expect("a file of secrets");
    datamig::run::keys::restrict(&path, 0o600).expect("a file of one's own");
}

/// A workspace that is removed when the test succeeds and kept when it fails.
pub struct Workdir {
    root: PathBuf,
    environment: BTreeMap<String, OsString>,
}

impl Workdir {
    /// A fresh workspace without files: the embedded rules apply. Both secrets are set.
    pub fn new(name: &str) -> Workdir {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = format!("{name}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(unique);
        // A process of the same number may have left its own there.
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("a scratch folder");
        let mut work = Workdir { root, environment: BTreeMap::new() };
        let home = work.root.clone();
        work.set("HOME", home).set("PATH", std::env::var_os("PATH").unwrap_or_default());
        work.set("ANONYMIZATION_SALT", SALT).set("DATAMIG_KEY", KEY).set("NO_COLOR", "1").set("TZ", "UTC");
        work
    }

    /// Sets a variable for the programs that run from now on.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) -> &mut Workdir {
        self.environment.insert(name.to_owned(), value.as_ref().to_owned());
        self
    }

    /// Removes a variable.
    pub fn unset(&mut self, name: &str) -> &mut Workdir {
        self.environment.remove(name);
        self
    }

    /// A path in the workspace; `""` is the workspace itself.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Writes a file, with the folders it needs.
    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a file in the workspace")).expect("a folder");
        fs::write(&path, text).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    }

    /// Reads a text file.
    pub fn read(&self, relative: &str) -> String {
        let path = self.path(relative);
        fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
    }

    /// The program with `--workspace` and these words, not yet started: for tests that kill or feed it.
    /// Nothing of the caller's environment gets in.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_datamig"));
        command.env_clear().envs(&self.environment).current_dir(&self.root);
        command.arg("--workspace").arg(&self.root).args(words.split_whitespace());
        command
    }

    /// Runs the program with words parted by blanks: `migrate district-001 --json`.
    pub fn datamig(&self, words: &str) -> Run {
        self.datamig_with(words, &[])
    }

    /// The same with what somebody types.
    pub fn datamig_typing(&self, words: &str, typed: &str) -> Run {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the built program");
        // A program that asks nothing does not read.
        let _ = child.stdin.take().expect("a pipe").write_all(typed.as_bytes());
        let output = child.wait_with_output().expect("the built program");
        Run::new(format!("datamig {words} (typed: {typed:?})"), &output)
    }

    /// The same with further arguments that may hold blanks.
    pub fn datamig_with(&self, words: &str, more: &[&str]) -> Run {
        let mut command = self.command(words);
        let output = command.args(more).output().expect("the built program");
        Run::new(format!("datamig {words} {}", more.join(" ")), &output)
    }
}

impl Drop for Workdir {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("kept for a look: {}", self.root.display());
        } else {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// A finished program. Every assertion that fails shows all of it.
pub struct Run {
    /// What was run.
    pub line: String,
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// What became of a command.
    pub fn new(line: String, output: &Output) -> Run {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Run { line, code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// It must have exited with 0.
    #[track_caller]
    pub fn ok(self) -> Run {
        self.exits(0)
    }

    /// It must have exited with this code, and not by a panic.
    #[track_caller]
    pub fn exits(self, code: i32) -> Run {
        let panicked = self.stderr.contains("panicked at");
        assert!(self.code == Some(code) && !panicked, "expected exit code {code} of {}", self.shown());
        self
    }

    /// One of its streams must contain the words.
    #[track_caller]
    pub fn says(self, words: &str) -> Run {
        let said = self.stdout.contains(words) || self.stderr.contains(words);
        assert!(said, "expected the words \"{words}\" in {}", self.shown());
        self
    }

    /// Neither stream may contain the words.
    #[track_caller]
    pub fn never_says(self, words: &str) -> Run {
        let said = self.stdout.contains(words) || self.stderr.contains(words);
        assert!(!said, "unexpected words \"{words}\" in {}", self.shown());
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|cause| panic!("not JSON ({cause}): the output of {}", self.shown()))
    }

    fn shown(&self) -> String {
        let Run { line, code, stdout, stderr } = self;
        let code = code.map_or("a signal".to_owned(), |code| code.to_string());
        format!("`{line}` (exit code {code})\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}
