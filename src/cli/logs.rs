//! `datamig logs`: the readable log of a run, or its events.

use super::{Global, output};
use crate::error::{Error, Result};
use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

/// Print the log of a run
#[derive(clap::Args)]
pub struct Logs {
    /// Run id or root key [default: the newest run]
    run: Option<String>,
    /// Go on printing what is added, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
}

impl Logs {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run_or_newest(self.run.as_deref(), |_| true)?;
        let path = match global.json {
            true => run.dir.join("events.jsonl"),
            false => run.workspace.join("logs").join(format!("{}.log", run.id)),
        };
        let mut read_to = 0;
        loop {
            let mut bytes = Vec::new();
            let read = |bytes: &mut Vec<u8>| -> std::io::Result<usize> {
                let mut file = std::fs::File::open(&path)?;
                file.seek(SeekFrom::Start(read_to))?;
                file.read_to_end(bytes)
            };
            read_to += read(&mut bytes).map_err(|cause| Error::file(&path, &cause))? as u64;
            output::stdout(&bytes)?;
            if !self.follow {
                return Ok(());
            }
            // Another process appends to the file: nothing portable wakes a reader for that.
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}
