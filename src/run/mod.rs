//! A run: one attempt to move one slice, and everything about it in one folder, `data/runs/<id>/`.
//! A file that exists is complete: each phase writes beside its file and renames, so that the state of
//! a run can be read from its folder after a crash.

pub mod cert;
pub mod decide;
pub mod destroy;
pub mod event;
pub mod keys;
pub mod lock;
pub mod meta;

use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::secret::Keys;
use event::{Event, Events, Happening};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The layout of run folders this version reads and writes.
pub const FORMAT: u32 = 2;

/// What a run was started with; the first line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The layout of the folder.
    pub format: u32,
    /// The version of datamig that made it.
    pub version: String,
    /// The project.
    pub project: String,
    /// The environment.
    pub env: String,
    /// The table of the root: `ids.districts`.
    pub root_table: String,
    /// The root's key: `district-001`.
    pub root_key: String,
    /// The part of the slice that was asked for (`10%`), if not all.
    pub sample: Option<String>,
    /// Random, given by [`Run::create`]: two workspaces may have runs of one id. Empty in runs of older versions.
    #[serde(default)]
    pub token: String,
}

impl Header {
    /// The part of the slice that was asked for, in words; `None` for all of it.
    pub fn part(&self) -> Option<&str> {
        self.sample.as_deref()
    }
}

/// The files of a run that are DuckDB databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFile {
    /// Anonymized tables, meta, findings. Plain.
    Run,
    /// The raw extract. Encrypted.
    Staging,
    /// What the target held before the load. Encrypted.
    Backup,
}

impl RunFile {
    /// The catalog it is attached as.
    pub fn catalog(self) -> &'static str {
        match self {
            RunFile::Run => "run",
            RunFile::Staging => "staging",
            RunFile::Backup => "backup",
        }
    }

    fn is_encrypted(self) -> bool {
        self != RunFile::Run
    }
}

/// One run.
pub struct Run {
    /// `mig-20261120-001`
    pub id: String,
    /// The folder.
    pub dir: PathBuf,
    /// The workspace the folder is in.
    pub workspace: PathBuf,
    /// What it was started with.
    pub header: Header,
}

impl Run {
    /// Makes the folder of a new run, with the next free number of the day.
    pub fn create(workspace: &Path, mut header: Header) -> Result<Run> {
        header.token = format!("{:016x}", rand::random::<u64>());
        let runs = workspace.join("data/runs");
        std::fs::create_dir_all(&runs).map_err(|cause| Error::file(&runs, &cause))?;
        let day = chrono::Utc::now().format("%Y%m%d");
        for number in 1..1000 {
            let id = format!("mig-{day}-{number:03}");
            let dir = runs.join(&id);
            match std::fs::create_dir(&dir) {
                Ok(()) => {
                    keys::restrict(&dir, 0o700)?;
                    let run = Run { id, dir, workspace: workspace.to_owned(), header: header.clone() };
                    run.events()?.write(Happening::RunStarted(header));
                    return Ok(run);
                }
                Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(Error::file(&dir, &cause)),
            }
        }
        Err(Error::refused("999 runs were started today").hint("remove some with `datamig purge`"))
    }

    /// The folder of a run, whether it can be opened or not.
    pub fn folder(workspace: &Path, id: &str) -> Result<PathBuf> {
        let dir = workspace.join("data/runs").join(id);
        let unknown = || {
            let ids: Vec<String> = list_ids(workspace);
            let error = Error::usage(format!("there is no run {id}"));
            match crate::name::nearest(id, ids.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean {near}? `datamig runs` lists them")),
                None => error.hint("`datamig runs` lists them"),
            }
        };
        if !id.starts_with("mig-") || id.contains(['/', '\\']) || !dir.is_dir() {
            return Err(unknown());
        }
        Ok(dir)
    }

    /// Opens a run by its id.
    pub fn open(workspace: &Path, id: &str) -> Result<Run> {
        let dir = Run::folder(workspace, id)?;
        let first = event::read(&dir)?.into_iter().next();
        let header = match first {
            Some(Event { happening: Happening::RunStarted(header), .. }) => header,
            _ => {
                return Err(Error::config(format!("{} holds no readable run", dir.display())).hint(
                    "it was made by another version or broke off at once: `datamig purge --all` removes it",
                ));
            }
        };
        if header.format != FORMAT {
            return Err(Error::config(format!(
                "run {id} has layout {} (datamig {}), this is datamig {} with layout {FORMAT}",
                header.format,
                header.version,
                env!("CARGO_PKG_VERSION")
            ))
            .hint("use the version that made the run, or migrate again; `datamig purge --all` removes it"));
        }
        Ok(Run { id: id.to_owned(), dir, workspace: workspace.to_owned(), header })
    }

    /// All readable runs, oldest first.
    pub fn list(workspace: &Path) -> Vec<Run> {
        list_ids(workspace).iter().filter_map(|id| Run::open(workspace, id).ok()).collect()
    }

    /// The newest run of a root that `fits`.
    pub fn newest(
        workspace: &Path,
        project: &str,
        env: &str,
        root_key: &str,
        fits: impl Fn(&Run) -> bool,
    ) -> Option<Run> {
        let same = |run: &Run| {
            run.header.project == project && run.header.env == env && run.header.root_key == root_key
        };
        Run::list(workspace).into_iter().rev().find(|run| same(run) && fits(run))
    }

    /// The tenant's name in a target: the same for every run of one workspace, and nobody can guess the key from it.
    pub fn tenant(&self, keys: &Keys) -> String {
        let Header { project, root_table, root_key, .. } = &self.header;
        tenant(project, root_table, root_key, keys)
    }

    /// The run's name in the stores: no run of another workspace has it.
    pub fn name(&self) -> String {
        match self.header.token.as_str() {
            "" => self.id.clone(),
            token => format!("{}.{token}", self.id),
        }
    }

    /// The append-only log of the run.
    pub fn events(&self) -> Result<Events> {
        Events::open(&self.dir, &self.workspace.join("logs").join(format!("{}.log", self.id)))
    }

    /// The path of a database file.
    pub fn file(&self, file: RunFile) -> PathBuf {
        self.dir.join(format!("{}.duckdb", file.catalog()))
    }

    /// Whether the phase that makes the file has finished.
    pub fn has(&self, file: RunFile) -> bool {
        self.file(file).exists()
    }

    /// Where a phase writes before it renames; left-overs of a crash are removed first.
    pub fn draft(&self, file: RunFile) -> Result<PathBuf> {
        let draft = self.dir.join(format!("{}.duckdb.new", file.catalog()));
        for path in [draft.clone(), draft.with_extension("new.wal")] {
            match std::fs::remove_file(&path) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::file(&path, &cause));
                }
                _ => {}
            }
        }
        Ok(draft)
    }

    /// Makes a finished draft the file: durable first, then renamed.
    pub fn publish(&self, file: RunFile) -> Result<()> {
        let draft = self.dir.join(format!("{}.duckdb.new", file.catalog()));
        keys::restrict(&draft, 0o600)?;
        let sync = |path: &Path| std::fs::File::open(path)?.sync_all();
        sync(&draft)
            .and_then(|()| std::fs::rename(&draft, self.file(file)))
            .and_then(|()| sync(&self.dir))
            .map_err(|cause| Error::file(&draft, &cause))
    }

    /// Opens DuckDB for this run, with an encrypted temp folder inside the run's own.
    pub fn db(&self) -> Result<Db> {
        Db::open(&self.dir.join("tmp"), true)
    }

    /// Attaches one of the run's files, decrypted where it is encrypted.
    pub fn attach(&self, db: &Db, file: RunFile, keys: &Keys, access: Access) -> Result<()> {
        self.attach_path(db, file, &self.file(file), keys, access)
    }

    /// Attaches a draft for writing.
    pub fn attach_draft(&self, db: &Db, file: RunFile, keys: &Keys) -> Result<()> {
        let draft = self.draft(file)?;
        self.attach_path(db, file, &draft, keys, Access::Draft)?;
        keys::restrict(&draft, 0o600)
    }

    fn attach_path(&self, db: &Db, file: RunFile, path: &Path, keys: &Keys, access: Access) -> Result<()> {
        let key = match file.is_encrypted() {
            true => Some(keys::file_key(&self.dir, file.catalog(), keys, access != Access::Read)?),
            false => None,
        };
        db.attach(file.catalog(), path, key.as_ref(), access)
    }
}

/// The id in a run's name, which is what people know it by.
pub fn id_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// See [`Run::tenant`].
pub fn tenant(project: &str, root_table: &str, root_key: &str, keys: &Keys) -> String {
    let digest = keys.salt.derive("tenant").mac(format!("{project}\0{root_table}\0{root_key}").as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn list_ids(workspace: &Path) -> Vec<String> {
    let mut ids: Vec<String> = std::fs::read_dir(workspace.join("data/runs"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("mig-"))
        .collect();
    ids.sort();
    ids
}
