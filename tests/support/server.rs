//! A server process for the duration of the tests. A small shell holds it: the shell waits for the end
//! of its standard input, which comes when the test process ends in whatever way, even by `kill -9`;
//! then it stops the server and removes its folder. Under root, servers run as `nobody`.

use super::text_of;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The uid and gid of `nobody` on Debian; servers refuse to run as root.
const NOBODY: u32 = 65534;
/// What the shell does: `SIGNAL FOLDER COMMAND...`. It closes its own output, so that the reader sees the
/// end of it when a server dies early.
const HOLDER: &str = r#"
signal=$1 folder=$2; shift 2
"$@" 2>&1 </dev/null & server=$!
exec >/dev/null 2>&1
read -r line
kill -s "$signal" "$server"; wait "$server"; rm -rf "$folder"
"#;

/// A folder that an unprivileged server owns.
pub struct Home(pub PathBuf);

impl Home {
    /// Makes a fresh folder; its path is short, because a socket's path may have 107 bytes.
    pub fn new(server: &str) -> Home {
        let dir = tempfile::Builder::new().prefix(&format!("datamig-{server}-")).tempdir();
        let path = dir.expect("a temporary folder").keep();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions of our folder");
        if is_root() {
            chown(&path, Some(NOBODY), Some(NOBODY)).expect("root may give its folder away");
        }
        Home(path)
    }

    /// A command that the owner of the folder runs.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            // The repository, and with it the jars, may lie in a folder that only root may enter.
            command.args(["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.0).env("HOME", &self.0).env("LC_ALL", "C.UTF-8");
        command
    }

    /// Runs a command that prepares the folder.
    pub fn prepare(&self, program: &Path, arguments: &[&str]) {
        text_of(self.command(program).args(arguments));
    }

    /// Starts the server under its shell and returns it with the first line that contains `ready`. The
    /// lines before it are in the error of one that ends too early.
    pub fn serve(&self, signal: &str, server: &Command, ready: &str) -> Result<(Server, String), String> {
        let mut holder = Command::new("sh");
        holder.args(["-c", HOLDER, "sh", signal]).arg(&self.0).arg(server.get_program());
        holder.args(server.get_args()).current_dir(&self.0).env("HOME", &self.0).env("LC_ALL", "C.UTF-8");
        // A group of its own: Ctrl-C reaches the tests, and their end reaches the shell.
        let holder =
            holder.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut holder = holder.spawn().expect("a shell");
        let mut lines = BufReader::new(holder.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let mut log = Vec::new();
        for line in lines.by_ref() {
            if line.contains(ready) {
                std::thread::spawn(move || lines.for_each(drop));
                return Ok((Server { _holder: holder }, line));
            }
            log.push(line);
        }
        // Killed before it sees the end of its input: the folder stays, for another try.
        let _ = holder.kill().and_then(|()| holder.wait());
        Err(format!("{:?} ended before it was ready:\n{}", server.get_program(), log.join("\n")))
    }
}

/// A running server; its shell stops it when this process ends.
pub struct Server {
    _holder: Child,
}

/// A loopback port that was free a moment ago. Another process may take it before the server does, so
/// the caller tries again with another one.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    listener.local_addr().expect("an address").port()
}

/// The port in a URL.
pub fn port(url: &str) -> u16 {
    let after = url.rsplit_once(':').expect("a port").1;
    after.split('/').next().and_then(|port| port.parse().ok()).expect("a port")
}

/// Hands over what comes until `goes_on` says no, and closes both ends.
pub fn pass_on(mut from: TcpStream, mut to: TcpStream, mut goes_on: impl FnMut(&[u8]) -> bool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length) = from.read(&mut buffer) {
        if length == 0 || !goes_on(&buffer[..length]) || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// The program of this name in one of the folders, or on the path.
pub fn program(name: &str, folders: &[PathBuf]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates =
        folders.iter().cloned().chain(std::env::split_paths(&path)).map(|dir| dir.join(name));
    candidates
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{name} is missing: run `make setup-test`"))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
