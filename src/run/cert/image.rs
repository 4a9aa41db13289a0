//! Images: what a target holds under the run's keys, read into `<catalog>.<store>.<table>`, and the SQL
//! that compares them with the run's rows.

use super::decide::at_once;
use super::{Landing, Store, kept_type};
use crate::catalog::{Column, TableKind};
use crate::duck::Db;
use crate::error::Result;
use crate::name::{Ident, Idents};
use crate::store::{Filter, Output, Read, Sink, arrow_type, in_chunks};
use crate::threads::side_by_side;
use arrow::datatypes::DataType;

/// Keys in one request.
const KEYS_MAX: usize = 16_384;

/// Reads the rows of one request: from a transaction or a snapshot.
pub type Reader<'a> = dyn FnMut(&Read<'_>, Sink<'_>) -> Result<()> + 'a;

/// How the rows of an image are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// In the way that costs least: also by reading everything and dropping what is not ours.
    Freely,
    /// Never for rows that are not ours, because what is read is locked.
    ByKey,
}

/// Takes the images of stores at the same time. `readers` has one reader per store.
pub fn take_all<R>(
    db: &Db,
    stores: &[&Store<'_>],
    catalog: &str,
    asking: Asking,
    readers: Vec<R>,
    told: &(dyn Fn(u64, &str) + Sync),
) -> Result<()>
where
    R: FnMut(&Read<'_>, Sink<'_>) -> Result<()> + Send,
{
    let jobs = stores.iter().zip(readers).map(|(store, reader)| Ok((db.another()?, *store, reader)));
    side_by_side(jobs.collect::<Result<_>>()?, |(db, store, mut reader)| {
        take(&db, catalog, store, asking, &mut reader, told)
    })?;
    Ok(())
}

/// Takes the images of one store's tables. `told` hears the rows of the run that were looked up.
fn take(
    db: &Db,
    catalog: &str,
    store: &Store<'_>,
    asking: Asking,
    read: &mut Reader<'_>,
    told: &dyn Fn(u64, &str),
) -> Result<()> {
    at_once(db, || {
        db.run(&format!("CREATE SCHEMA {catalog}.{}", Ident(&store.name)))?;
        store.tables.iter().try_for_each(|landing| create(db, landing, &landing.at(catalog)))
    })?;
    for landing in &store.tables {
        if landing.rows > 0 {
            fill(db, catalog, landing, asking, read)?;
        }
        told(landing.rows, &landing.table.path());
    }
    Ok(())
}

/// Makes an empty image.
pub fn create(db: &Db, landing: &Landing, image: &str) -> Result<()> {
    let column = |column: &Column| format!("{} {}", Ident(&column.name), kept_type(column));
    let columns: Vec<String> = landing.imaged().map(column).collect();
    db.run(&format!("CREATE TABLE {image} ({})", columns.join(", ")))
}

/// Whether rows of a table can be asked for without reading all of it.
pub fn can_look_up(landing: &Landing) -> bool {
    !lookup(landing).is_empty()
}

fn fill(db: &Db, catalog: &str, landing: &Landing, asking: Asking, read: &mut Reader<'_>) -> Result<()> {
    let names = lookup(landing);
    let is_small = landing.table.estimated_rows.is_some_and(|rows| rows <= 2 * landing.rows);
    let is_whole = names.is_empty() || (is_small && asking == Asking::Freely);
    if !is_whole {
        return look_up(db, catalog, landing, &landing.table.staged, &landing.at("memory"), read);
    }
    let image_db = db.another()?;
    let mut appender = image_db.appender(catalog, &landing.table.store, &landing.table.staged)?;
    read(&request(landing, Vec::new()), &mut |batch| Ok(appender.append_record_batch(batch)?))?;
    appender.flush()?;
    match names.is_empty() {
        true => Ok(()),
        // Reading the whole table costs less than asking for most of its keys.
        false => image_db.run(&drop_others(landing, catalog, &names)),
    }
}

/// Adds those rows to the image `into` that the target has under the keys of `from`.
pub fn look_up(
    db: &Db,
    catalog: &str,
    landing: &Landing,
    into: &str,
    from: &str,
    read: &mut Reader<'_>,
) -> Result<()> {
    look_up_by(db, catalog, landing, &lookup(landing), into, from, read)
}

/// Adds those rows to the image `into` that have the values of `from` in the columns `names`.
pub fn look_up_by(
    db: &Db,
    catalog: &str,
    landing: &Landing,
    names: &[&Column],
    into: &str,
    from: &str,
    read: &mut Reader<'_>,
) -> Result<()> {
    let (keys_db, image_db) = (db.another()?, db.another()?);
    let mut appender = image_db.appender(catalog, &landing.table.store, into)?;
    let keys: Vec<String> = names.iter().map(|column| key_value(column)).collect();
    let sql = format!("SELECT DISTINCT {} FROM {from}", keys.join(", "));
    let columns: Vec<String> = names.iter().map(|column| column.name.clone()).collect();
    in_chunks(KEYS_MAX, &mut |sink| keys_db.stream(&sql, sink), &mut |keys| {
        let keys = Filter::Keys { columns: columns.clone(), is_expression: false, keys };
        read(&request(landing, vec![keys]), &mut |batch| Ok(appender.append_record_batch(batch)?))
    })?;
    Ok(appender.flush()?)
}

fn request(landing: &Landing, any: Vec<Filter>) -> Read<'_> {
    let outputs = landing.imaged().map(Output::Column).collect();
    Read { table: &landing.table, outputs, any, tenant: None, between: None }
}

/// Takes the images of the rows that differ anew, from a reader that locks them: from here on they are what the
/// target holds, and stay so.
pub fn hold(db: &Db, catalog: &str, landing: &Landing, read: &mut Reader<'_>) -> Result<()> {
    let key: Vec<&str> = landing.key().unwrap_or_default().iter().map(String::as_str).collect();
    let image = landing.at(catalog);
    // Not a temporary table: the keys are streamed by another connection.
    let held = format!(
        "memory.{}.{}",
        Ident(&landing.table.store),
        Ident(&format!("{} held", landing.table.staged))
    );
    db.run(&format!("CREATE OR REPLACE TABLE {held} AS {}", differing(landing, catalog, "theirs", &key)))?;
    let same = key.iter().map(|name| format!("held.{0} = image.{0}", Ident(name)));
    let same = same.collect::<Vec<_>>().join(" AND ");
    db.run(&format!("DELETE FROM {image} AS image USING {held} AS held WHERE {same}"))?;
    look_up(db, catalog, landing, &landing.table.staged, &held, read)?;
    db.run(&format!("DROP TABLE {held}"))
}

/// Leaves only those rows of an image that looking them up would have brought.
fn drop_others(landing: &Landing, catalog: &str, names: &[&Column]) -> String {
    let same = |column: &&Column| format!("ours.{0} = theirs.{0}", Ident(&column.name));
    format!(
        "DELETE FROM {theirs} WHERE rowid NOT IN (SELECT theirs.rowid FROM {theirs} AS theirs SEMI JOIN {} AS ours ON {})",
        landing.at("memory"),
        names.iter().map(same).collect::<Vec<_>>().join(" AND "),
        theirs = landing.at(catalog)
    )
}

/// Leaves of the image of a table without a key only as many equal rows as the run has: the others are somebody
/// else's, and nothing in them says so.
pub fn drop_strangers(landing: &Landing, catalog: &str) -> String {
    let names: Vec<&str> = landing.columns().map(|column| column.name.as_str()).collect();
    let same = names.iter().map(|name| format!("ours.{0} IS NOT DISTINCT FROM theirs.{0}", Ident(name)));
    let same = same.collect::<Vec<_>>().join(" AND ");
    let (all, ours, theirs) = (Idents(&names), landing.at("memory"), landing.at(catalog));
    let nth = format!("row_number() OVER (PARTITION BY {all}) AS _nth_alike");
    format!(
        "DELETE FROM {theirs} WHERE rowid NOT IN (SELECT theirs._image_row FROM \
         (SELECT {all}, rowid AS _image_row, {nth} FROM {theirs}) AS theirs SEMI JOIN \
         (SELECT {all}, {nth} FROM {ours}) AS ours ON ours._nth_alike = theirs._nth_alike AND {same})"
    )
}

/// The rows of the image of a table without a key that equal rows of the run, beyond as many as the run has.
pub fn extra(landing: &Landing, catalog: &str) -> String {
    let names: Vec<&str> = landing.columns().map(|column| column.name.as_str()).collect();
    let same = names.iter().map(|name| format!("ours.{0} IS NOT DISTINCT FROM theirs.{0}", Ident(name)));
    format!(
        "SELECT {all} FROM {} AS theirs SEMI JOIN {ours} AS ours ON {} EXCEPT ALL SELECT {all} FROM {ours}",
        landing.at(catalog),
        same.collect::<Vec<_>>().join(" AND "),
        all = Idents(&names),
        ours = landing.at("memory")
    )
}

/// The columns by which rows are looked up: the key, the ends of a relationship, or what is never NULL in
/// a table without a key. Empty: every row has to be looked at.
fn lookup(landing: &Landing) -> Vec<&Column> {
    let is_end = |column: &Column| column.name.starts_with("_start_") || column.name.starts_with("_end_");
    match (landing.key(), landing.table.kind) {
        (Some(key), _) => key.iter().filter_map(|name| landing.table.column(name)).collect(),
        (None, TableKind::Relationship) => landing.columns().filter(|column| is_end(column)).collect(),
        (None, _) => landing.columns().filter(|column| !column.nullable && is_plain(column)).collect(),
    }
}

/// Whether rows can be asked for by values of a column.
pub fn is_plain(column: &Column) -> bool {
    let kind = arrow_type(&column.duck_type);
    let is_key = matches!(kind, DataType::Utf8 | DataType::Int16 | DataType::Int32 | DataType::Int64);
    !column.as_text && is_key
}

/// A key column in one of the two forms in which keys cross.
fn key_value(column: &Column) -> String {
    let kind = match arrow_type(&column.duck_type) {
        DataType::Int16 | DataType::Int32 | DataType::Int64 => "BIGINT",
        _ => "VARCHAR",
    };
    let name = Ident(&column.name);
    format!("CAST({name} AS {kind}) AS {name}")
}

/// The run's rows that an image lacks, `columns` of them.
pub fn missing(landing: &Landing, image: &str, columns: &[&str]) -> String {
    let (ours, theirs) = (landing.at("memory"), landing.at(image));
    match landing.key() {
        Some(_) => {
            let on = same_key(landing);
            format!("SELECT {} FROM {ours} AS ours ANTI JOIN {theirs} AS theirs ON {on}", of("ours", columns))
        }
        None => {
            let all: Vec<&str> = landing.columns().map(|column| column.name.as_str()).collect();
            let all = Idents(&all);
            format!(
                "SELECT {} FROM (SELECT {all} FROM {ours} EXCEPT ALL SELECT {all} FROM {theirs}) AS ours",
                of("ours", columns)
            )
        }
    }
}

/// Rows that the run and an image have under the same key with other content. `side` says whose values
/// are returned: `ours` or `theirs`. A table without a key has none.
pub fn differing(landing: &Landing, image: &str, side: &str, columns: &[&str]) -> String {
    let (ours, theirs) = (landing.at("memory"), landing.at(image));
    let own = of(side, columns);
    let Some(key) = landing.key() else {
        return format!("SELECT {own} FROM {theirs} AS {side} WHERE false");
    };
    let (json, plain): (Vec<&Column>, Vec<&Column>) =
        landing.columns().filter(|column| !key.contains(&column.name)).partition(|column| is_json(column));
    let plain = all(plain.into_iter().map(same_content));
    let joined = format!("{ours} AS ours JOIN {theirs} AS theirs ON {}", same_key(landing));
    if json.is_empty() {
        return format!("SELECT {own} FROM {joined} WHERE NOT ({plain})");
    }
    // What JSON means is worked out only where its text differs: it costs more than all the rest.
    let pairs = json.iter().enumerate().map(|(at, column)| {
        format!(
            "ours.{0} AS \"datamig ours {at}\", theirs.{0} AS \"datamig theirs {at}\"",
            Ident(&column.name)
        )
    });
    let texts = all(json.iter().map(|column| same_content(column)));
    let meanings = all((0..json.len()).map(|at| {
        let [ours, theirs] = ["ours", "theirs"].map(|side| format!("apart.\"datamig {side} {at}\""));
        format!(
            "({ours} IS NOT DISTINCT FROM {theirs} OR coalesce({} = {}, false))",
            meaning(&ours),
            meaning(&theirs)
        )
    }));
    format!(
        "WITH apart AS MATERIALIZED (SELECT {own}, {}, {plain} AS \"datamig same\" FROM {joined} \
         WHERE NOT ({plain} AND {texts})) \
         SELECT {} FROM apart WHERE NOT (apart.\"datamig same\" AND {meanings})",
        pairs.collect::<Vec<_>>().join(", "),
        of("apart", columns)
    )
}

/// All of these conditions.
fn all(conditions: impl Iterator<Item = String>) -> String {
    let conditions: Vec<String> = conditions.collect();
    if conditions.is_empty() { "true".into() } else { conditions.join(" AND ") }
}

/// The masked key of a row as one text, from `ours`.
pub fn key_text(landing: &Landing) -> String {
    match landing.key() {
        Some([name]) => format!("CAST(ours.{} AS VARCHAR)", Ident(name)),
        Some(key) => format!("CAST(to_json([{}]) AS VARCHAR)", casts(key.iter().map(String::as_str))),
        None => {
            let names =
                landing.columns().map(|column| column.name.as_str()).filter(|name| name.starts_with('_'));
            format!("CAST(to_json([{}]) AS VARCHAR)", casts(names))
        }
    }
}

fn casts<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("CAST(ours.{} AS VARCHAR)", Ident(name))).collect::<Vec<_>>().join(", ")
}

fn of(side: &str, columns: &[&str]) -> String {
    columns.iter().map(|name| format!("{side}.{}", Ident(name))).collect::<Vec<_>>().join(", ")
}

/// The join condition of the same key on both sides.
pub fn same_key(landing: &Landing) -> String {
    let same = |name: &String| format!("ours.{0} = theirs.{0}", Ident(name));
    landing.key().unwrap_or_default().iter().map(same).collect::<Vec<_>>().join(" AND ")
}

/// The condition of the same content. Blanks that fill up a `char(n)` do not count: the target's engine rewrites them.
fn same_content(column: &Column) -> String {
    let name = Ident(&column.name);
    let kind = column.source_type.to_ascii_lowercase();
    match kind.starts_with("character(") || kind.starts_with("char(") {
        true => format!("rtrim(ours.{name}) IS NOT DISTINCT FROM rtrim(theirs.{name})"),
        false => format!("ours.{name} IS NOT DISTINCT FROM theirs.{name}"),
    }
}

/// JSON is compared by meaning: the target's engine rewrites its text.
fn is_json(column: &Column) -> bool {
    column.source_type.eq_ignore_ascii_case("json") || column.source_type.eq_ignore_ascii_case("jsonb")
}

/// A JSON value as the sorted list of its paths, types and atoms.
fn meaning(value: &str) -> String {
    format!(
        "(SELECT list(concat(fullkey, ' ', type, ' ', atom) ORDER BY fullkey) \
         FROM json_tree(CASE WHEN json_valid({value}) THEN {value} END))"
    )
}
