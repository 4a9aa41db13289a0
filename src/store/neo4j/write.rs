//! The transaction of a load: UNWIND batches by label and type, by key and never by internal id.

use super::model::{Model, OURS};
use super::read;
use super::rows::{self, cell, key_parts, parameters, properties, same};
use super::session::{Session, get};
use crate::catalog::{Column, Table, TableKind};
use crate::error::{Error, Result};
use crate::name::Backtick;
use crate::store::graph::cells::Value;
use crate::store::graph::{ENDS, LABELS};
use crate::store::{Filter, Mode, Read, Rows, Sink, Transaction, in_chunks, would_hang};
use arrow::array::RecordBatch;
use neo4rs::BoltType;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// One transaction; dropped, its connection closes and Neo4j rolls back.
pub(super) struct Writer {
    pub session: Session,
    pub model: Model,
    pub named: BTreeMap<String, Vec<String>>,
    /// Whether there may be sets of labels that the model does not know.
    pub has_written: bool,
}

/// Rows in one statement: enough for its planning to cost nothing beside its work.
const ROWS_MAX: usize = 10_000;
/// How long a free tenant may take to be claimed.
const CLAIM: Duration = Duration::from_secs(3);
/// How long nodes may take to be locked, as in PostgreSQL.
const HOLD: Duration = Duration::from_secs(30);

/// Rows of relationships by the labels of their ends.
type ByEnds = BTreeMap<[String; 2], Vec<Vec<BoltType>>>;

impl Writer {
    fn write_nodes(
        &mut self,
        table: &Table,
        columns: &[&Column],
        batch: &RecordBatch,
        mode: Mode,
    ) -> Result<u64> {
        let mut groups: BTreeMap<Vec<String>, Vec<Vec<BoltType>>> = BTreeMap::new();
        for at in 0..batch.num_rows() {
            let row = rows::row(batch, columns, at)?;
            let labels = rows::labels(table, columns, &row)?;
            groups.entry(labels).or_default().push(parameters(table, columns, &row)?);
        }
        let mut written = 0;
        for (labels, group) in groups {
            written += self.write_group(table, columns, &labels, rows::rows(group), mode)?;
        }
        Ok(written)
    }

    /// Writes nodes that carry the same labels. An upsert adds labels and takes none away.
    fn write_group(
        &mut self,
        table: &Table,
        columns: &[&Column],
        labels: &[String],
        rows: Vec<(String, BoltType)>,
        mode: Mode,
    ) -> Result<u64> {
        let own: Vec<(String, String)> = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.name != LABELS)
            .map(|(at, column)| (Backtick(&column.name).to_string(), cell(column, at)))
            .collect();
        let set: Vec<String> = own.iter().map(|(name, cell)| format!("{name}: {cell}")).collect();
        let all: String = labels.iter().map(|label| format!(":{}", Backtick(label))).collect();
        let create = format!("CREATE (n{all} {{{}}}) RETURN count(n) AS count", set.join(", "));
        let by_key = format!("(n:{} {{{}}})", Backtick(&table.name), rows::key(table, columns)?);
        let find = format!("UNWIND $rows AS row MATCH {by_key} RETURN count(n) AS count");
        let found = self.session.count(find, rows.clone())?;
        if found > 0 && mode == Mode::Insert {
            return Err(Error::config(format!(
                "{}: {found} nodes with the same keys exist already",
                table.path()
            ))
            .hint("another load or a person made them; load with upsert, or look at them first"));
        }
        if found == 0 {
            return self.session.count(format!("UNWIND $rows AS row {create}"), rows);
        }
        // Change first: what is created afterwards equals its row already.
        let mut differs: Vec<String> =
            own.iter().map(|(name, cell)| format!("NOT {}", same(&format!("n.{name}"), cell))).collect();
        differs.extend(labels.iter().map(|label| format!("NOT n:{}", Backtick(label))));
        let changes: Vec<String> = own.iter().map(|(name, cell)| format!("n.{name} = {cell}")).collect();
        let update = format!(
            "UNWIND $rows AS row MATCH {by_key} WHERE {} SET {}, n{all} RETURN count(n) AS count",
            differs.join(" OR "),
            changes.join(", ")
        );
        let changed = self.session.count(update, rows.clone())?;
        let create = format!(
            "UNWIND $rows AS row OPTIONAL MATCH {by_key} WITH row, n AS old WHERE old IS NULL {create}"
        );
        Ok(changed + self.session.count(create, rows)?)
    }

    /// Each different row of a batch once, followed by what the keys of its ends may be and by how many such
    /// relationships there are to be, counting those `seen` before.
    fn by_ends(
        table: &Table,
        columns: &[&Column],
        batch: &RecordBatch,
        seen: &mut HashMap<String, i64>,
    ) -> Result<ByEnds> {
        let mut groups: BTreeMap<[String; 2], BTreeMap<String, Vec<BoltType>>> = BTreeMap::new();
        for at in 0..batch.num_rows() {
            let row = rows::row(batch, columns, at)?;
            let mut ends: [Option<String>; 4] = Default::default();
            for (value, column) in row.iter().zip(columns) {
                if let Some(end) = ENDS.iter().position(|end| *end == column.name) {
                    ends[end] = value.text().map(Into::into);
                }
            }
            let [Some(start), Some(first), Some(end), Some(second)] = ends else {
                return Err(Error::config(format!("{}: an end of a relationship is NULL", table.path())));
            };
            let contents: Vec<serde_json::Value> = row.iter().map(Value::to_json).collect();
            let contents = serde_json::Value::Array(contents).to_string();
            let wanted = seen.entry(contents.clone()).or_default();
            *wanted += 1;
            let mut cells = parameters(table, columns, &row)?;
            cells.extend([key_parts(&first), key_parts(&second), (*wanted).into()]);
            groups.entry([start, end]).or_default().insert(contents, cells);
        }
        Ok(groups.into_iter().map(|(ends, group)| (ends, group.into_values().collect())).collect())
    }

    /// The MATCH of both ends of a row.
    fn ends(&self, table: &Table, ends: &[String; 2], width: usize) -> Result<String> {
        let mut patterns = Vec::new();
        for (at, (variable, label)) in ["a", "b"].into_iter().zip(ends).enumerate() {
            let key = self.model.key(label).ok_or_else(|| {
                Error::config(format!(
                    "{}: the nodes labelled {label} have no key in the target",
                    table.path()
                ))
                .hint("make a unique constraint, or name the key under `keys` in project.yaml")
            })?;
            let part = |(part, name): (usize, &String)| {
                format!("{variable}.{} IN row[{}][{part}]", Backtick(name), width + at)
            };
            let parts: Vec<String> = key.iter().enumerate().map(part).collect();
            patterns.push(format!("MATCH ({variable}:{}) WHERE {}", Backtick(label), parts.join(" AND ")));
        }
        Ok(patterns.join(" "))
    }

    fn write_relationships(
        &mut self,
        table: &Table,
        columns: &[&Column],
        batch: &RecordBatch,
        mode: Mode,
        seen: &mut HashMap<String, i64>,
    ) -> Result<u64> {
        let kind = Backtick(&table.name);
        let (values, equal) = properties(columns);
        let (find, have) = match mode {
            Mode::Insert => (String::new(), "0"),
            Mode::Upsert => (format!("OPTIONAL MATCH (a)-[r:{kind}]->(b) WHERE {equal}"), "count(r)"),
        };
        let mut written = 0;
        for (ends, group) in Self::by_ends(table, columns, batch, seen)? {
            let matched = self.ends(table, &ends, columns.len())?;
            let misled = || {
                Error::config(format!(
                    "{}: relationships from {} to {} name nodes that do not exist, or several with one key",
                    table.path(),
                    ends[0],
                    ends[1]
                ))
            };
            let count = group.len() as u64;
            let copies: i64 = group.iter().map(|cells| copies(cells)).sum();
            let rows = rows::rows(group);
            if mode == Mode::Upsert {
                let both = format!("UNWIND $rows AS row {matched} RETURN count(*) AS count");
                if self.session.count(both, rows.clone())? != count {
                    return Err(misled());
                }
            }
            let create = format!(
                "UNWIND $rows AS row {matched} {find} WITH row, a, b, {have} AS have \
                 UNWIND range(have + 1, row[{}]) AS copy \
                 CREATE (a)-[x:{kind} {{{values}}}]->(b) RETURN count(x) AS count",
                columns.len() + 2
            );
            let created = self.session.count(create, rows)?;
            if mode == Mode::Insert && i64::try_from(created) != Ok(copies) {
                return Err(misled());
            }
            written += created;
        }
        if mode == Mode::Insert {
            seen.clear();
        }
        Ok(written)
    }

    fn delete_relationships(
        &mut self,
        table: &Table,
        columns: &[&Column],
        keys: &RecordBatch,
    ) -> Result<u64> {
        let mut deleted = 0;
        for (ends, group) in Self::by_ends(table, columns, keys, &mut HashMap::new())? {
            let cypher = format!(
                "UNWIND $rows AS row {} MATCH (a)-[r:{}]->(b) WHERE {} \
                 WITH row, collect(r)[..row[{}]] AS found UNWIND found AS r DELETE r RETURN count(*) AS count",
                self.ends(table, &ends, columns.len())?,
                Backtick(&table.name),
                properties(columns).1,
                columns.len() + 2
            );
            deleted += self.session.count(cypher, rows::rows(group))?;
        }
        Ok(deleted)
    }

    fn delete_nodes(&mut self, table: &Table, columns: &[&Column], keys: &RecordBatch) -> Result<u64> {
        let all = 0..keys.num_rows();
        let group = all.map(|at| parameters(table, columns, &rows::row(keys, columns, at)?));
        let rows = rows::rows(group.collect::<Result<_>>()?);
        let by_key = format!("(n:{} {{{}}})", Backtick(&table.name), rows::key(table, columns)?);
        // Our relationships are gone. Neo4j would refuse the others only at the commit, after other stores.
        let hanging = format!(
            "UNWIND $rows AS row MATCH {by_key}-[r]-() RETURN type(r) AS kind, count(DISTINCT r) AS count ORDER BY kind"
        );
        let mut left: Option<(String, u64)> = None;
        let shown = self.session.address.shown.clone();
        self.session.each(hanging, rows.clone(), |row| {
            left = Some((get(&row, "kind", &shown)?, get(&row, "count", &shown)?));
            Ok(())
        })?;
        if let Some((kind, count)) = left {
            return Err(would_hang(&table.path(), count, &kind));
        }
        let cypher = format!("UNWIND $rows AS row MATCH {by_key} DELETE n RETURN count(*) AS count");
        self.session.count(cypher, rows)
    }
}

/// How many relationships a row of [`Writer::by_ends`] stands for.
fn copies(cells: &[BoltType]) -> i64 {
    match cells.last() {
        Some(BoltType::Integer(copies)) => copies.value,
        _ => 0,
    }
}

impl Transaction for Writer {
    fn write(&mut self, tables: &mut [Rows<'_>], mode: Mode) -> Result<Vec<u64>> {
        self.has_written = true;
        let mut written = Vec::new();
        for rows in tables {
            let (table, columns) = (rows.table, rows.columns.clone());
            let mut seen = HashMap::new();
            let mut count = 0;
            if table.kind != TableKind::Relationship {
                self.model.use_key(&table.name, &table.key);
            }
            in_chunks(ROWS_MAX, rows.batches, &mut |batch| {
                count += match table.kind {
                    TableKind::Relationship => {
                        self.write_relationships(table, &columns, &batch, mode, &mut seen)?
                    }
                    _ => self.write_nodes(table, &columns, &batch, mode)?,
                };
                Ok(())
            })?;
            written.push(count);
        }
        Ok(written)
    }

    fn delete(&mut self, table: &Table, keys: &RecordBatch) -> Result<u64> {
        let schema = keys.schema();
        let columns: Option<Vec<&Column>> =
            schema.fields().iter().map(|field| table.column(field.name())).collect();
        let columns =
            columns.ok_or_else(|| Error::internal(format!("{}: a key column is missing", table.path())))?;
        match table.kind {
            TableKind::Relationship => self.delete_relationships(table, &columns, keys),
            _ => self.delete_nodes(table, &columns, keys),
        }
    }

    fn is_marked(&mut self) -> Result<bool> {
        super::is_marked(&mut self.session)
    }

    fn read(&mut self, request: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        if std::mem::take(&mut self.has_written) {
            self.model = Model::read(&mut self.session, &self.named)?;
        }
        if request.table.kind != TableKind::Relationship {
            self.model.use_key(&request.table.name, &request.table.key);
        }
        read::rows(&mut self.session, &mut self.model, request, sink)
    }

    fn decisions(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        let shown = self.session.address.shown.clone();
        let mut found = Vec::new();
        let cypher = format!(
            "MATCH (n:{OURS}) WHERE n.run STARTS WITH $prefix RETURN n.run AS run, n.decision AS word"
        );
        self.session.each(cypher, vec![("prefix".into(), prefix.into())], |row| {
            found.push((get(&row, "run", &shown)?, get(&row, "word", &shown)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// On a node that is made first, in a transaction of its own. Neo4j has no lock that is tried without waiting:
    /// one that is not had soon is somebody else's.
    fn claim(&mut self, tenant: &str) -> Result<()> {
        let name = format!("claim {tenant}");
        let mut session = Session::begin(&self.session.address)?;
        let run = || vec![("run".into(), name.as_str().into())];
        session.count(format!("MERGE (n:{OURS} {{run: $run}}) RETURN count(n) AS count"), run())?;
        session.commit()?;
        let take =
            format!("MATCH (n:{OURS} {{run: $run}}) SET n.decision = 'claim' RETURN count(n) AS count");
        match self.session.count_within(CLAIM, take, run())? {
            Some(_) => Ok(()),
            None => Err(Error::busy(format!(
                "{}: another process is loading this tenant",
                self.session.address.shown
            ))
            .hint("wait until it is done; a repetition is safe")),
        }
    }

    /// Writing a property locks its node: the key is written as it is. Relationships are never changed, and not held.
    fn hold(&mut self, request: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        if let (TableKind::Node, [Filter::Keys { keys, .. }]) = (request.table.kind, request.any.as_slice()) {
            let (table, schema) = (request.table, keys.schema());
            let columns: Vec<&Column> =
                schema.fields().iter().filter_map(|field| table.column(field.name())).collect();
            let group =
                (0..keys.num_rows()).map(|at| parameters(table, &columns, &rows::row(keys, &columns, at)?));
            let same: Vec<String> =
                table.key.iter().map(|name| format!("n.{0} = n.{0}", Backtick(name))).collect();
            let cypher = format!(
                "UNWIND $rows AS row MATCH (n:{} {{{}}}) SET {} RETURN count(n) AS count",
                Backtick(&table.name),
                rows::key(table, &columns)?,
                same.join(", ")
            );
            let held = self.session.count_within(HOLD, cypher, rows::rows(group.collect::<Result<_>>()?))?;
            if held.is_none() {
                let path = table.path();
                return Err(Error::busy(format!("{path}: somebody else holds rows that would change")).hint(
                    "wait until that transaction ends; nothing was changed, and a repetition is safe",
                ));
            }
        }
        self.read(request, sink)
    }

    fn locks(&mut self) -> Result<Vec<String>> {
        Ok(vec!["the nodes and relationships that change".into()])
    }

    fn decide(&mut self, run: &str, decision: &str) -> Result<()> {
        let cypher =
            format!("MERGE (n:{OURS} {{run: $run}}) SET n.decision = $decision RETURN count(n) AS count");
        let parameters = vec![("run".into(), run.into()), ("decision".into(), decision.into())];
        self.session.count(cypher, parameters).map(drop)
    }

    fn commit(self: Box<Self>) -> Result<()> {
        self.session.commit()
    }
}
