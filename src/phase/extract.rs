//! PROD to staging: the slice of one root, read in one snapshot per store, into an encrypted file that
//! appears under its name only when it is whole.

use crate::catalog::graph;
use crate::catalog::{Catalog, Equality, TableKind};
use crate::duck::Db;
use crate::error::{Error, Kind, Result};
use crate::name::{Ident, nearest};
use crate::project::Project;
use crate::run::event::{Events, Phase};
use crate::run::meta::{self, Side};
use crate::run::{Run, RunFile};
use crate::secret::Keys;
use crate::slice::closure::{Ask, Closure};
use crate::slice::keys::when_column;
use crate::slice::part::Part;
use crate::slice::{Plan, plan, quoted, settle, subset};
use crate::sql;
use crate::store::{Output, Read, Snapshot, Source};
use crate::threads::{share_out, side_by_side};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What an extract needs.
pub struct Request<'a> {
    /// The run to extract into.
    pub run: &'a Run,
    /// The project.
    pub project: &'a Project,
    /// The keys of the workspace.
    pub keys: &'a Keys,
    /// The stores of the source side, in the project's order.
    pub sources: &'a [(String, Box<dyn Source>)],
    /// The source's catalog, completed by the project.
    pub catalog: &'a Catalog,
    /// Columns that are discarded later and so never read: (table, column).
    pub unread: &'a (dyn Fn(usize, &str) -> bool + Sync),
    /// The part of the slice that is kept.
    pub sample: Option<&'a Part>,
    /// How many reads run side by side.
    pub jobs: usize,
    /// Where progress goes.
    pub events: &'a Events,
}

/// How often an extract is begun in all, when a store loses its snapshot.
const ATTEMPTS: usize = 3;

/// Extracts, and returns the rows and tables that came. A store that loses its snapshot on the way (a standby
/// cancels it, a connection breaks) is read again with all others, in new snapshots: nothing is lost by that.
pub fn execute(request: &Request<'_>) -> Result<(u64, u64)> {
    for _ in 1..ATTEMPTS {
        match attempt(request) {
            Err(error) if error.kind.is_retryable() => {
                let context = serde_json::json!({"because": error.message});
                request.events.decision(Phase::Extract, "begun_again_in_new_snapshots", context);
            }
            outcome => return outcome,
        }
    }
    attempt(request)
}

/// Extracts once, into a draft of its own.
fn attempt(request: &Request<'_>) -> Result<(u64, u64)> {
    let run = request.run;
    let plan = plan::build(request.catalog, request.project, &run.header.root_key)?;
    let db = run.db()?;
    run.attach_draft(&db, RunFile::Staging, request.keys)?;
    db.use_catalog("staging")?;
    meta::create(&db)?;
    meta::write_catalog(&db, Side::Prod, request.catalog)?;
    let seconds = slice(request, &plan, &db)?;
    record(request, &plan, &db, &seconds)?;
    let rows = db.one("SELECT CAST(coalesce(sum(rows), 0) AS UBIGINT) FROM meta.extracted", [])?;
    let tables = db.one(sql::get("extract/table_count.sql"), [])?;
    let manifest: String =
        db.one(sql::get("extract/manifest.sql"), [run.id.as_str(), &run.header.root_key])?;
    db.detach("staging")?;
    run.publish(RunFile::Staging)?;
    crate::run::keys::replace_file(&run.dir.join("extraction-manifest.json"), &manifest, 0o644)?;
    Ok((rows, tables))
}

/// Reads the slice into the current catalog of `db`, which is named `staging` and has `meta`; returns the
/// seconds spent per table.
pub fn slice(request: &Request<'_>, plan: &Plan<'_>, db: &Db) -> Result<HashMap<usize, f64>> {
    let snapshots = snapshots(request, db)?;
    let streams = Streams {
        events: request.events,
        project: request.project,
        snapshots,
        rows: AtomicU64::new(0),
        seconds: Mutex::default(),
    };
    let connections = (0..request.jobs).map(|_| db.another()).collect::<Result<Vec<Db>>>()?;
    let mut reader = Reader { connections, db, streams };
    let is_emptied =
        |at: usize, name: &str| plan.catalog.tables[at].emptied.iter().any(|known| known == name);
    let unread = |at: usize, name: &str| is_emptied(at, name) || (request.unread)(at, name);
    let mut closure = Closure::begin(plan, db, &unread)?;
    gather(&mut reader, &mut closure)?;
    settle::settle(plan, db)?;
    if let Some(part) = request.sample {
        subset::keep(plan, db, part, request.keys.salt.derive("sample").hex().expose())?;
    }
    let asks = closure.relationships()?;
    reader.answer(&mut closure, asks)?;
    settle::drop_loose_relationships(plan, db)?;
    let seconds = reader.streams.seconds.into_inner().unwrap_or_default();
    Ok(seconds)
}

/// Opens one snapshot per store, side by side, and notes them.
fn snapshots(request: &Request<'_>, db: &Db) -> Result<HashMap<String, Box<dyn Snapshot>>> {
    let opened = side_by_side(request.sources.iter().collect(), |(store, source)| {
        source.snapshot().map_err(|error| error.context(format!("store {store}")))
    })?;
    let mut snapshots = HashMap::new();
    for ((store, _), snapshot) in request.sources.iter().zip(opened) {
        db.change(
            "INSERT INTO meta.snapshot VALUES (?, ?, ?)",
            [store.as_str(), &snapshot.id(), &snapshot.taken_at()],
        )?;
        snapshots.insert(store.clone(), snapshot);
    }
    Ok(snapshots)
}

/// Runs the rounds of the closure to their fixpoint.
fn gather(reader: &mut Reader<'_>, closure: &mut Closure<'_>) -> Result<()> {
    let first = closure.first();
    reader.answer(closure, first)?;
    root_exists(reader, closure.plan)?;
    loop {
        while reader.round(closure, Closure::down)?
            | reader.round(closure, Closure::down_pairs)?
            | closure.is_open()
            || reader.round(closure, Closure::anew)?
        {}
        while reader.round(closure, Closure::up_pairs)? | reader.round(closure, Closure::up)? {}
        let is_any_foreign = settle::find_foreign(closure.plan, reader.db)?;
        let mut is_expanding = false;
        for at in 0..closure.plan.expand.len() {
            if let Some(rows) = settle::expandable(closure.plan, at, is_any_foreign) {
                is_expanding |= closure.descend(at, &rows, false)?;
            }
        }
        if !is_expanding {
            return Ok(());
        }
    }
}

/// A root that is not there is an error with near matches, never an empty success.
fn root_exists(reader: &Reader<'_>, plan: &Plan<'_>) -> Result<()> {
    let table = &plan.catalog.tables[plan.root];
    let rows: u64 = reader.db.one(&format!("SELECT count(*) FROM {}", quoted(table)), [])?;
    match rows {
        1 => return root_is_spelled(reader, plan),
        0 => {}
        rows => {
            return Err(Error::config(format!("{rows} rows of {} have this key", table.path()))
                .hint("`root.key` in project.yaml must name a unique column"));
        }
    }
    let error = Error::usage(format!("{} has no row \"{}\"", table.path(), plan.root_key));
    let Some(column) = table.column(&plan.root_column) else { return Err(error) };
    let mut names = Vec::new();
    let read =
        Read { table, outputs: vec![Output::Column(column)], any: Vec::new(), tenant: None, between: None };
    reader.streams.snapshots[&table.store].read(&read, &mut |batch| {
        let texts = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8)?;
        let texts = arrow::array::AsArray::as_string::<i32>(&texts);
        names.extend(texts.iter().flatten().map(str::to_owned));
        Ok(())
    })?;
    Err(match nearest(&plan.root_key, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
        None => error.hint("`datamig districts` lists the keys"),
    })
}

/// Other stores compare with the key as it was typed, and a tenant is known by it: `01` finds the row 1 of a store of
/// numbers, and nothing of it where the number is a text.
fn root_is_spelled(reader: &Reader<'_>, plan: &Plan<'_>) -> Result<()> {
    let table = &plan.catalog.tables[plan.root];
    let own = format!("SELECT CAST({} AS VARCHAR) FROM {}", Ident(&plan.root_column), quoted(table));
    let own: Option<String> = reader.db.one(&own, [])?;
    let is_padded = table.column(&plan.root_column).is_some_and(|column| column.equality == Equality::Padded);
    match own.as_deref().map(|own| if is_padded { own.trim_end() } else { own }) {
        Some(own) if own != plan.root_key => {
            Err(Error::usage(format!("{} has no row \"{}\", but \"{own}\"", table.path(), plan.root_key))
                .hint("write the key as its store does"))
        }
        _ => Ok(()),
    }
}

/// Reads what the closure asks for.
struct Reader<'a> {
    /// One per read that may run at the same time.
    connections: Vec<Db>,
    db: &'a Db,
    streams: Streams<'a>,
}

/// What the reading threads share.
struct Streams<'a> {
    events: &'a Events,
    project: &'a Project,
    snapshots: HashMap<String, Box<dyn Snapshot>>,
    /// Rows read so far.
    rows: AtomicU64,
    /// Seconds spent per table.
    seconds: Mutex<HashMap<usize, f64>>,
}

impl Reader<'_> {
    /// One round; false when there was nothing to ask.
    fn round<'a>(
        &mut self,
        closure: &mut Closure<'a>,
        ask: fn(&mut Closure<'a>) -> Result<Vec<Ask<'a>>>,
    ) -> Result<bool> {
        let asks = ask(closure)?;
        let is_more = !asks.is_empty();
        self.answer(closure, asks)?;
        Ok(is_more)
    }

    /// Reads all asks, several side by side, and hands them to the closure.
    fn answer<'a>(&mut self, closure: &mut Closure<'a>, asks: Vec<Ask<'a>>) -> Result<()> {
        for ask in &asks {
            closure.prepare(ask)?;
        }
        // Everything is borrowed but `self`: its own connection stays on this thread.
        let (streams, shared) = (&self.streams, &asks);
        let connections: Vec<&mut Db> = self.connections.iter_mut().take(asks.len()).collect();
        share_out(connections, asks.len(), |db, at| streams.read(db, &shared[at]))?;
        asks.iter().try_for_each(|ask| closure.accept(ask))
    }
}

impl Streams<'_> {
    /// Streams one read into staging.
    fn read(&self, db: &Db, ask: &Ask<'_>) -> Result<()> {
        let begun = Instant::now();
        let table = ask.read.table;
        let path = table.path();
        let snapshot = self
            .snapshots
            .get(&table.store)
            .ok_or_else(|| Error::config(format!("the environment has no store {}", table.store)))?;
        let mut appender = db.appender("staging", &ask.into.0, &ask.into.1)?;
        snapshot
            .read(&ask.read, &mut |batch| {
                let count = batch.num_rows() as u64;
                appender.append_record_batch(batch)?;
                let done = self.rows.fetch_add(count, Ordering::Relaxed) + count;
                self.events.progress(Phase::Extract, done, None, "rows", &path);
                Ok(())
            })
            .map_err(|error| self.located(error, ask).context(&path))?;
        appender.flush()?;
        if let Ok(mut seconds) = self.seconds.lock() {
            *seconds.entry(ask.table).or_default() += begun.elapsed().as_secs_f64();
        }
        Ok(())
    }
}

impl Streams<'_> {
    /// What a server does not understand in a table with links is an expression or a condition of theirs.
    fn located(&self, error: Error, ask: &Ask<'_>) -> Error {
        let is_text = |output: &Output<'_>| matches!(output, Output::Text(_));
        let is_own = error.kind == Kind::Config && error.hint.is_none() && error.at.is_none();
        if !is_own || !ask.read.outputs.iter().any(is_text) {
            return error;
        }
        let path = ask.read.table.path();
        error
            .at(self.project.entry("links", &path))
            .hint(format!("`when` and `expression` of links from {path} are SQL of its own database"))
    }
}

/// Writes what the extract found to `meta`.
fn record(request: &Request<'_>, plan: &Plan<'_>, db: &Db, seconds: &HashMap<usize, f64>) -> Result<()> {
    db.share_out(plan.catalog.tables.len(), |db, at| record_table(request, plan, db, seconds, at))?;
    for at in (0..plan.edges.len()).filter(|at| plan.is_decided_by_store(*at)) {
        let statement = sql::get("extract/applying.sql")
            .replace("$column", &Ident(&when_column(at)).to_string())
            .replace("$table", &quoted(&plan.catalog.tables[plan.edges[at].child]));
        db.change(&statement, [&plan.edges[at].id])?;
    }
    for at in db.rows("SELECT DISTINCT edge FROM slice.parted", [], |row| row.get::<_, i64>(0))? {
        let edge = &plan.edges[at as usize];
        if edge.down {
            let table = quoted(&plan.catalog.tables[edge.child]);
            let statement = sql::get("extract/came_by.sql").replace("$table", &table);
            db.run(&statement.replace("$edge", &at.to_string()))?;
        }
    }
    db.run(sql::get("extract/cuts.sql"))?;
    db.run(sql::get("extract/cured.sql"))?;
    for (at, rows) in settle::dangling(plan, db)? {
        db.change("INSERT INTO meta.dangling VALUES (?, ?, NULL)", duckdb::params![plan.edges[at].id, rows])?;
    }
    for cycle in graph::cycles(plan.catalog) {
        let paths: Vec<String> = cycle.tables.iter().map(|at| plan.catalog.tables[*at].path()).collect();
        let list = serde_json::json!(paths).to_string();
        let break_point = plan.catalog.tables[cycle.break_point].path();
        db.change(
            "INSERT INTO meta.cycle SELECT from_json(?, '[\"VARCHAR\"]'), ?, ?",
            [list.as_str(), &break_point, cycle.reason],
        )?;
        request.events.decision(
            Phase::Extract,
            "circular_dependency_break",
            serde_json::json!({"tables": paths, "break_point": break_point, "reason": cycle.reason}),
        );
    }
    let order: Vec<String> = plan
        .catalog
        .stores()
        .iter()
        .flat_map(|store| graph::load_groups(plan.catalog, store).into_iter().flatten())
        .map(|at| plan.catalog.tables[at].path())
        .collect();
    let order = serde_json::json!(order).to_string();
    db.change(sql::get("extract/order.sql"), [order])?;
    Ok(())
}

/// Writes what the extract found about one table.
fn record_table(
    request: &Request<'_>,
    plan: &Plan<'_>,
    db: &Db,
    seconds: &HashMap<usize, f64>,
    at: usize,
) -> Result<()> {
    let table = &plan.catalog.tables[at];
    let statement = sql::get("extract/extracted.sql").replace("$name", &quoted(table));
    let note = match plan.edges.iter().any(|edge| edge.child == at && edge.down) || plan.tenant[at].is_some()
    {
        _ if table.excluded => Some("excluded"),
        _ if plan.whole[at] => Some("taken whole"),
        false if at != plan.root && table.kind == TableKind::Table => {
            Some("no reference leads to the root: only rows that others need")
        }
        _ => None,
    };
    let took = seconds.get(&at).copied().unwrap_or(0.0);
    db.change(&statement, duckdb::params![table.store, table.staged, at as i64, took, note])?;
    for column in table.columns.iter().filter(|column| (request.unread)(at, &column.name)) {
        db.change("INSERT INTO slice.unread VALUES (?, ?)", [&table.path(), &column.name])?;
    }
    Ok(())
}
