//! Graph files: one node or relationship a line, as APOC's JSON export writes them. Replaced by rename only, so an
//! open file is a snapshot.

mod commit;
mod line;
mod read;
mod rows;
mod scan;
mod walk;
mod write;

use super::url::{Options, StoreUrl};
use super::{Identity, Read, Sink, Snapshot, Source, StoreCatalog, Target, Transaction, file};
use crate::error::{Error, Result};
use read::Files;
use rustix::fs::{FlockOperation, flock};
use scan::Graph;
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// One graph file.
pub(super) struct GraphFile {
    path: PathBuf,
    shown: String,
    options: Options,
    /// The last scan, as long as the file is the same.
    scanned: Mutex<Option<(Stamp, Arc<Graph>)>>,
}

/// What changes with a file: inode, length and time of the last change in nanoseconds.
type Stamp = (u64, u64, i64, i64);

fn stamp(file: &File, path: &Path) -> Result<Stamp> {
    let meta = file.metadata().map_err(|cause| Error::file(path, &cause))?;
    Ok((meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()))
}

/// The path of a work file beside a file: `sp.jsonl.next`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

impl GraphFile {
    /// The file of a URL; nothing is opened yet.
    pub(super) fn new(url: &StoreUrl) -> GraphFile {
        GraphFile {
            path: url.file.clone().unwrap_or_default(),
            shown: url.shown.clone(),
            options: url.options.clone(),
            scanned: Mutex::new(None),
        }
    }

    fn open(&self) -> Result<File> {
        file::exists(&self.path, &self.shown)?;
        File::open(&self.path).map_err(|cause| Error::file(&self.path, &cause))
    }

    fn graph(&self, file: &File) -> Result<(Stamp, Arc<Graph>)> {
        let stamp = stamp(file, &self.path)?;
        let mut scanned = self.scanned.lock().unwrap_or_else(PoisonError::into_inner);
        match &*scanned {
            Some((known, graph)) if *known == stamp => Ok((stamp, graph.clone())),
            _ => {
                let graph = Arc::new(scan::scan(file, &self.path, &self.options.node_keys)?);
                *scanned = Some((stamp, graph.clone()));
                Ok((stamp, graph))
            }
        }
    }

    /// The file under a lock that one transaction holds at a time.
    fn lock(&self) -> Result<File> {
        loop {
            let file = self.open()?;
            flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
                Error::busy(format!("{}: another process is loading into it", self.shown))
                    .hint("wait until it is done; a repetition is safe")
            })?;
            let now = self.open()?;
            // A commit in between put a new file in its place.
            if stamp(&file, &self.path)?.0 == stamp(&now, &self.path)?.0 {
                return Ok(file);
            }
        }
    }
}

impl Source for GraphFile {
    fn introspect(&self) -> Result<StoreCatalog> {
        let (_, graph) = self.graph(&self.open()?)?;
        Ok(graph.shape(&self.shown)?.catalog())
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        let main = self.open()?;
        let (stamp, graph) = self.graph(&main)?;
        let taken_at = file::now();
        Ok(Box::new(View {
            files: Files { path: self.path.clone(), main, added: None },
            stamp,
            graph,
            taken_at,
        }))
    }

    fn identity(&self) -> Result<Identity> {
        file::identity(&self.path, &self.shown)
    }

    fn address(&self) -> Result<String> {
        file::address(&self.path, &self.shown)
    }

    fn is_marked(&self) -> Result<bool> {
        Ok(file::is_marked(&self.path))
    }

    fn version(&self) -> Result<String> {
        Ok("graph file".into())
    }

    fn can_write(&self) -> Result<bool> {
        file::exists(&self.path, &self.shown)?;
        Ok(file::is_writable(&self.path))
    }
}

/// An open file, opened for reading only.
struct View {
    files: Files,
    stamp: Stamp,
    graph: Arc<Graph>,
    taken_at: String,
}

impl Snapshot for View {
    fn id(&self) -> String {
        let (inode, length, seconds, _) = self.stamp;
        format!("file-{inode}-{length}-{seconds}")
    }

    fn taken_at(&self) -> String {
        self.taken_at.clone()
    }

    fn read(&self, request: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        read::rows(&self.graph, &self.files, request, sink)?;
        // A rename leaves this file as it is; only writing into it changes the stamp.
        match stamp(&self.files.main, &self.files.path)? == self.stamp {
            true => Ok(()),
            false => Err(read::changed(&self.files.path)),
        }
    }
}

impl Target for GraphFile {
    /// Makes an empty file where there is none. A graph file has no schema.
    fn create(&self, _: &str) -> Result<()> {
        let made = File::options().append(true).create(true).open(&self.path);
        made.map(drop).map_err(|cause| Error::file(&self.path, &cause))
    }

    fn source(&self) -> &dyn Source {
        self
    }

    fn begin(&self) -> Result<Box<dyn Transaction>> {
        if !self.can_write()? {
            return Err(Error::refused(format!("{} is read-only", self.shown))
                .hint("check the owner and mode of the file; the target of a load must be writable"));
        }
        let main = self.lock()?;
        let graph = Graph::clone(&self.graph(&main)?.1);
        let side = beside(&self.path, "added");
        let added = File::options().read(true).write(true).create(true).truncate(true).open(&side);
        let added = Some(added.map_err(|cause| Error::file(&side, &cause))?);
        Ok(Box::new(write::Writer {
            files: Files { path: self.path.clone(), main, added },
            graph,
            side,
            length: 0,
            keys: HashMap::new(),
            signatures: HashMap::new(),
            changes: HashMap::new(),
            added: Vec::new(),
        }))
    }

    fn mark(&self, name: &str) -> Result<()> {
        file::mark(&self.path, name)
    }

    fn decision(&self, run: &str) -> Result<Option<String>> {
        let (_, graph) = self.graph(&self.open()?)?;
        Ok(graph.decisions.get(run).map(|(decision, _)| decision.clone()))
    }
}
