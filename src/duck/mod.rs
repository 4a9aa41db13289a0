//! The one place that opens DuckDB: settings, encrypted files, macros, UDFs. The main database is in
//! memory; files are attached under fixed catalog names (`run`, `staging`, `backup`), so that a file
//! may have any name on disk and SQL reads the same everywhere.

pub mod macros;
pub mod survivor;
pub mod udf;

use crate::error::{Error, Result, duckdb_error};
use crate::name::{Ident, Literal};
use crate::secret::Key;
use crate::threads::{cores, share_out};
use arrow::record_batch::RecordBatch;
use duckdb::{Config, Connection, Params};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Memory DuckDB may use before it spills to the encrypted temp folder, in MiB.
const MEMORY_MAX_MIB: u32 = 512;

/// The extension whose signature this process has checked: that takes a tenth of a second each time.
static CIPHER: OnceLock<PathBuf> = OnceLock::new();

/// Compressions of texts that cost more than all the rest of writing a file that lives for a run.
const SLOW_COMPRESSIONS: &str = "dict_fsst,fsst,dictionary";

/// How a file is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only read: several processes may hold it.
    Read,
    /// Read and write: one process holds it. Created when missing.
    Write,
    /// The same for a file that is worthless until it is whole: without a write-ahead log.
    Draft,
}

/// A connection to the embedded database.
pub struct Db {
    connection: Connection,
}

impl Db {
    /// Opens an empty database in memory that spills to `temp`. With `encrypt`, what it spills is
    /// encrypted, and files can be: this needs the `httpfs` extension's safe cipher.
    pub fn open(temp: &Path, encrypt: bool) -> Result<Db> {
        let mut config = Config::default()
            .enable_autoload_extension(false)?
            .max_memory(&format!("{MEMORY_MAX_MIB}MiB"))?
            .with("temp_directory", temp.to_string_lossy())?;
        if encrypt && CIPHER.get().is_some() {
            config = config.allow_unsigned_extensions()?;
        }
        let db = Db { connection: Connection::open_in_memory_with_flags(config)? };
        // Progress bars of the engine would write to our terminal.
        db.run("SET enable_progress_bar = false; SET TimeZone = 'UTC'")?;
        if encrypt {
            db.load_cipher()?;
            db.run("SET allow_unsigned_extensions = false; SET temp_file_encryption = true")?;
        }
        Ok(db)
    }

    /// Another connection to the same database, with the same default catalog.
    pub fn another(&self) -> Result<Db> {
        let catalog: String = self.one("SELECT current_catalog()", [])?;
        let db = Db { connection: self.connection.try_clone()? };
        db.use_catalog(&catalog)?;
        Ok(db)
    }

    /// Runs `work` for each number below `count`, on as many connections as the machine has processors. For
    /// statements too small for the engine to share out itself.
    pub fn share_out(&self, count: usize, work: impl Fn(&Db, usize) -> Result<()> + Sync) -> Result<()> {
        let workers = cores().min(count);
        let mut connections = (0..workers).map(|_| self.another()).collect::<Result<Vec<Db>>>()?;
        self.share_out_to(&mut connections, count, work)
    }

    /// The same on these connections. Each statement keeps to the thread of its connection: one that waits for
    /// other threads of the engine keeps a processor busy with asking.
    pub fn share_out_to(
        &self,
        connections: &mut [Db],
        count: usize,
        work: impl Fn(&Db, usize) -> Result<()> + Sync,
    ) -> Result<()> {
        // In a cage no setting changes; who builds one decides before.
        let is_free = !self.one::<bool, _>("SELECT current_setting('lock_configuration')", [])?;
        if is_free {
            self.one_thread_each()?;
        }
        let done = share_out(connections.iter_mut().collect(), count, |db, at| work(db, at));
        if is_free {
            self.run("RESET threads")?;
        }
        done
    }

    /// From here on each statement keeps to the thread of its connection.
    pub fn one_thread_each(&self) -> Result<()> {
        self.run("SET threads = 1")
    }

    /// Attaches a file under a catalog name, encrypted when a key is given.
    pub fn attach(&self, catalog: &str, file: &Path, key: Option<&Key>, access: Access) -> Result<()> {
        let mut options = Vec::new();
        if let Some(key) = key {
            options.push(format!("ENCRYPTION_KEY '{}'", key.hex().expose()));
        }
        match access {
            Access::Read => options.push("READ_ONLY".to_owned()),
            Access::Write => {}
            // Without a log, what others commit while a checkpoint runs is lost: there is one, when it is detached.
            Access::Draft => {
                options.push("RECOVERY_MODE no_wal_writes".to_owned());
                self.run(&format!(
                    "SET checkpoint_threshold = '1TB'; SET disabled_compression_methods = '{SLOW_COMPRESSIONS}'"
                ))?;
            }
        }
        let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
        let file_text = file.to_string_lossy();
        let statement = format!("ATTACH {} AS {}{options}", Literal(&file_text), Ident(catalog));
        self.connection.execute_batch(&statement).map_err(|cause| attach_error(file, &cause.to_string()))
    }

    /// Writes what is pending and lets go of a file.
    pub fn detach(&self, catalog: &str) -> Result<()> {
        self.run(&format!("USE memory; CHECKPOINT {0}; DETACH {0}", Ident(catalog)))
    }

    /// Makes a catalog the one that unqualified names mean.
    pub fn use_catalog(&self, catalog: &str) -> Result<()> {
        self.run(&format!("USE {}", Ident(catalog)))
    }

    /// Runs one or more statements.
    pub fn run(&self, sql: &str) -> Result<()> {
        Ok(self.connection.execute_batch(sql)?)
    }

    /// Runs one statement and returns how many rows it changed.
    pub fn change<P: Params>(&self, sql: &str, params: P) -> Result<u64> {
        Ok(self.connection.execute(sql, params)? as u64)
    }

    /// The first value of the first row.
    pub fn one<T: duckdb::types::FromSql, P: Params>(&self, sql: &str, params: P) -> Result<T> {
        Ok(self.connection.query_row(sql, params, |row| row.get(0))?)
    }

    /// Each row through `read`. For small results: `meta`, counts.
    pub fn rows<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        mut read: impl FnMut(&duckdb::Row<'_>) -> duckdb::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map(params, |row| read(row))?;
        Ok(rows.collect::<duckdb::Result<Vec<T>>>()?)
    }

    /// Streams the result of a query batch by batch. The connection can do nothing else meanwhile.
    pub fn stream(&self, sql: &str, sink: &mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        let mut statement = self.connection.prepare(sql)?;
        let mut batches = statement.stream_arrow([])?;
        // The iterator panics when the engine fails after the first batch.
        let broken = |_| Error::internal("DuckDB stopped in the middle of a result");
        while let Some(batch) = catch_unwind(AssertUnwindSafe(|| batches.next())).map_err(broken)? {
            sink(batch)?;
        }
        Ok(())
    }

    /// The whole result of a query that is known to be small, as one batch.
    pub fn batch<P: Params>(&self, sql: &str, params: P) -> Result<RecordBatch> {
        let mut statement = self.connection.prepare(sql)?;
        let result = statement.query_arrow(params)?;
        let schema = result.get_schema();
        let batches: Vec<RecordBatch> = result.collect();
        Ok(arrow::compute::concat_batches(&schema, &batches)?)
    }

    /// Opens an appender of Arrow batches to a table.
    pub fn appender(&self, catalog: &str, schema: &str, table: &str) -> Result<duckdb::Appender<'_>> {
        Ok(self.connection.appender_to_catalog_and_db(table, catalog, schema)?)
    }

    /// From here on no statement reads or writes any file that is not attached yet, but for `spool`, and no
    /// setting changes.
    pub fn cage(&self, spool: Option<&Path>) -> Result<()> {
        if let Some(spool) = spool {
            self.run(&format!("SET allowed_paths = [{}]", Literal(&spool.to_string_lossy())))?;
        }
        self.run("SET enable_external_access = false; SET lock_configuration = true")
    }

    /// What stops a running query from another thread.
    pub fn interrupt_handle(&self) -> std::sync::Arc<duckdb::InterruptHandle> {
        self.connection.interrupt_handle()
    }

    /// The connection itself, for what only the crate's own interface can do (UDFs, appenders).
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// DuckDB encrypts files safely only with the cipher of its `httpfs` extension.
    fn load_cipher(&self) -> Result<()> {
        let load = |file: &Path| {
            self.connection.execute_batch(&format!("LOAD {}", Literal(&file.to_string_lossy())))
        };
        if let Some(file) = CIPHER.get() {
            return Ok(load(file)?);
        }
        // Beside the library, or where `make setup` puts it also for who brings a library along.
        let folders =
            [option_env!("DUCKDB_LIB_DIR"), Some(concat!(env!("CARGO_MANIFEST_DIR"), "/.cache/duckdb"))];
        for folder in folders.into_iter().flatten() {
            let file = PathBuf::from(folder).join("httpfs.duckdb_extension");
            if file.exists() && load(&file).is_ok() {
                CIPHER.get_or_init(|| file);
                return Ok(());
            }
        }
        // DuckDB keeps what it once installed: the network is asked the first time only.
        self.connection.execute_batch("INSTALL httpfs; LOAD httpfs").map_err(|_| {
            Error::refused(
                "DuckDB's httpfs extension is missing: without its cipher no personal data is staged",
            )
            .hint("run `make setup`; without it DuckDB fetches the extension from extensions.duckdb.org")
        })
    }
}

fn attach_error(file: &Path, text: &str) -> Error {
    let file = file.display();
    if text.contains("Wrong encryption key") || text.contains("without a key") {
        return Error::config(format!("{file} cannot be opened with this DATAMIG_KEY"))
            .hint("use the key of the workspace in which the run was made");
    }
    if text.contains("Conflicting lock") || text.contains("Could not set lock") {
        // Who reads keeps writers out, too: a shell that was left open.
        return Error::busy(format!("another process has {file} open"))
            .hint("wait for it (`datamig status`), or leave the shell that reads it");
    }
    let error = duckdb_error(text).context(format!("opening {file}"));
    match text.contains("Could not read enough bytes")
        || text.contains("not a valid DuckDB")
        || text.contains("orrupt")
    {
        true => error.hint("the file is damaged: put a copy of it back, or move the data anew"),
        false => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_file_opens_with_its_key_only() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.duckdb");
        let db = Db::open(dir.path(), true).unwrap();
        let key = Key::random();
        db.attach("staging", &file, Some(&key), Access::Write).unwrap();
        db.run("CREATE TABLE staging.t AS SELECT 42 AS x").unwrap();
        db.detach("staging").unwrap();
        assert!(db.attach("staging", &file, None, Access::Read).is_err());
        assert!(db.attach("staging", &file, Some(&Key::random()), Access::Read).is_err());
        db.attach("staging", &file, Some(&key), Access::Read).unwrap();
        assert_eq!(db.one::<i32, _>("SELECT x FROM staging.t", []).unwrap(), 42);
    }

    /// How often a marked value stands in the bytes of the files of a folder.
    fn marks(folder: &Path) -> usize {
        let pattern = regex::bytes::Regex::new("zqxmark-[0-9]+-[0-9a-f]{32}").unwrap();
        let files =
            std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        files.map(|bytes| pattern.find_iter(&bytes).count()).sum()
    }

    #[test]
    fn what_is_spilled_or_logged_shows_nothing_without_the_key() {
        let rows = |count| {
            format!("SELECT 'zqxmark-' || i || '-' || md5(i::VARCHAR) AS v FROM range({count}) AS r(i)")
        };
        for encrypt in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let (spilled, logged) = (dir.path().join("spilled"), dir.path().join("logged"));
            std::fs::create_dir(&logged).unwrap();
            let db = Db::open(&spilled, encrypt).unwrap();
            let key = encrypt.then(Key::random);
            db.attach("logged", &logged.join("x.duckdb"), key.as_ref(), Access::Write).unwrap();
            db.run("CREATE TABLE logged.t (v VARCHAR)").unwrap();
            db.run(&format!("INSERT INTO logged.t {}", rows(1000))).unwrap();
            db.run(&format!("SET memory_limit = '40MB'; CREATE TEMP TABLE t AS {}", rows(1_000_000)))
                .unwrap();
            // In plain files the same search finds them.
            assert_eq!((marks(&spilled) > 1000, marks(&logged) > 100), (!encrypt, !encrypt));
        }
    }

    #[test]
    fn a_file_that_somebody_reads_is_not_called_written() {
        let error = attach_error(Path::new("x"), "IO Error: Could not set lock on file \"x\"");
        assert_eq!(error.message, "another process has x open");
    }

    #[test]
    fn a_caged_connection_touches_no_files() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        db.cage(None).unwrap();
        assert!(db.run("SELECT * FROM read_text('/etc/passwd')").is_err());
        assert!(db.run("SET enable_external_access = true").is_err());
    }
}
