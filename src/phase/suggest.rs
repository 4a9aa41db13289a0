//! What in PROD looks personal and is kept, or nobody decided about: by the name of its column and by a look at
//! its values. Values are counted, never shown.

mod value;

use crate::catalog::{Catalog, Column, Reference, Table, TableKind};
use crate::error::{Error, Result};
use crate::name::Ident;
use crate::project::policy::{Policy, Strategy, looks, takes_texts};
use crate::project::yaml::list;
use crate::store::{Output, Read, Snapshot, Source};
use arrow::array::{Array, AsArray};
use serde::Serialize;
use std::collections::BTreeMap;

/// Less certain than this is not said.
const CONFIDENCE_MIN: f64 = 0.3;
/// How evidence begins that the name of the column gives.
const NAMED: &str = "the name has";
/// Characters of the shortest hash that stays unique.
const HASH_MIN: u32 = 16;
/// The type of columns that repeat the words of others.
const SEARCH: &str = "tsvector";

/// One column, or one place in it, that looks personal.
#[derive(Serialize)]
pub struct Suggestion {
    /// `store.table.column`.
    pub column: String,
    /// The JSON path, or `[text]` for what stands inside of longer texts; none for the whole value.
    pub place: Option<String>,
    /// The kind of personal data.
    pub kind: String,
    /// How certain that is, from 0 to 1.
    pub confidence: f64,
    /// Why, in words and counts.
    pub evidence: Vec<String>,
    /// The strategy the policy has for the column now; none where nobody decided.
    pub now: Option<String>,
    /// Whether the column holds numbers, which have no leading zeros.
    #[serde(skip)]
    is_number: bool,
    /// Whether all of it is JSON, with room for longer fakes.
    #[serde(skip)]
    is_json: bool,
}

impl Suggestion {
    /// Whether the column is kept or undecided.
    pub fn is_open(&self) -> bool {
        self.now.as_deref().is_none_or(|now| now == "preserve")
    }
}

/// Looks at `rows` rows of every table.
pub fn execute(
    policy: &Policy,
    catalog: &Catalog,
    sources: &[(String, Box<dyn Source>)],
    rows: usize,
) -> Result<Vec<Suggestion>> {
    let mut found = Vec::new();
    for (store, source) in sources {
        let snapshot = source.snapshot().map_err(|error| error.context(store))?;
        for (at, table) in catalog.tables.iter().enumerate().filter(|(_, table)| table.store == *store) {
            let looked = Looked::at(snapshot.as_ref(), table, rows)?;
            for (place, column) in table.columns.iter().enumerate() {
                // Labels and ends of the graph are its form; what is computed, the target computes anew.
                let is_form = column.name.starts_with('_') && table.kind != TableKind::Table;
                if !is_form && !column.generated && column.source_type != SEARCH {
                    let now = policy.decides(table, column).map(|entry| &entry.strategy);
                    found.extend(judge(catalog, at, column, &looked.columns[place], now));
                }
            }
        }
    }
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then_with(|| a.column.cmp(&b.column)));
    Ok(found)
}

/// What was counted in the values of a table, column by column.
struct Looked {
    columns: Vec<value::Counts>,
}

impl Looked {
    fn at(snapshot: &dyn Snapshot, table: &Table, rows: usize) -> Result<Looked> {
        let mut looked = Looked { columns: table.columns.iter().map(|_| value::Counts::default()).collect() };
        let names: Vec<String> =
            table.columns.iter().map(|column| Ident(table.own_name(&column.name)).to_string()).collect();
        let from = match table.schema.as_str() {
            "" => Ident(&table.name).to_string(),
            schema => format!("{}.{}", Ident(schema), Ident(&table.name)),
        };
        let query = format!("SELECT {} FROM {from} LIMIT {rows}", names.join(", "));
        let is_sql = table.kind == TableKind::Table;
        if let Some(answer) = if is_sql { snapshot.query(&query)? } else { None } {
            for row in answer {
                looked.take(row.iter().map(Option::as_deref));
            }
            return Ok(looked);
        }
        let mut left = rows;
        let read = Read {
            table,
            outputs: table.columns.iter().map(Output::Column).collect(),
            any: Vec::new(),
            tenant: None,
            between: None,
        };
        let outcome = snapshot.read(&read, &mut |batch| {
            let texts: Vec<_> = (batch.columns().iter())
                .map(|column| arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8))
                .collect::<std::result::Result<_, _>>()?;
            for row in 0..batch.num_rows().min(left) {
                let cell = |column: &'_ arrow::array::ArrayRef| column.is_valid(row).then_some(row);
                let row: Vec<Option<&str>> = texts
                    .iter()
                    .map(|column| cell(column).map(|row| column.as_string::<i32>().value(row)))
                    .collect();
                looked.take(row.into_iter());
            }
            left = left.saturating_sub(batch.num_rows());
            // Nothing more is wanted: the only way to end a stream is an error.
            if left == 0 { Err(Error::internal("enough was read")) } else { Ok(()) }
        });
        if left == 0 { Ok(looked) } else { outcome.map(|()| looked) }
    }

    fn take<'a>(&mut self, row: impl Iterator<Item = Option<&'a str>>) {
        for (counts, value) in self.columns.iter_mut().zip(row) {
            counts.take(value);
        }
    }
}

/// What the name and the counts of one column say.
fn judge(
    catalog: &Catalog,
    at: usize,
    column: &Column,
    counts: &value::Counts,
    now: Option<&Strategy>,
) -> Vec<Suggestion> {
    let path = format!("{}.{}", catalog.tables[at].path(), column.name);
    let is_key = catalog.tables[at].key.contains(&column.name)
        || catalog.references_of(at).any(|reference| reference.columns.contains(&column.name));
    let is_number = !column.as_text && column.duck_type != "VARCHAR";
    let by_accident = !looks::accidents(catalog, at, column).is_empty();
    let named = looks::looks(&column.name).into_iter().find(|look| look.is_whole && look.kind != "state");
    // What has parts is masked part by part.
    let named = named.filter(|_| !by_accident && !has_parts(column));
    let mut found = Vec::new();
    for (place, kind, hits, values) in counts.places() {
        #[allow(clippy::cast_precision_loss, reason = "a few thousand values")]
        let share = hits as f64 / values.max(1) as f64;
        let same_name = named.filter(|look| place.is_none() && look.kind == kind);
        let is_identifier = kind == "identifier";
        let is_day = kind == "date_of_birth";
        // Of names only a part is in any list; that all the others are written like names says the rest.
        let is_name = ["first_name", "name"].contains(&kind) && counts.are_names() && share >= 0.05;
        if ((is_identifier || is_day) && is_key)
            || (is_identifier && share < if is_number { 1.0 } else { 0.9 })
            || (is_identifier && is_number && counts.are_measured())
            || (place.is_none() && share < 0.2 && !is_name)
        {
            continue;
        }
        // A surname may be a first name too, and a number anything: the name of the column knows better.
        let is_vague = is_identifier || is_day || kind.ends_with("name");
        if place.is_none() && is_vague && named.is_some_and(|look| look.kind != kind) {
            continue;
        }
        let weight = if is_identifier || is_day || kind == "street_address" { 0.5 } else { 1.0 };
        let mut evidence = vec![format!("{hits} of {values} values")];
        let share = if is_name && place.is_none() { share.max(0.5) } else { share };
        let mut confidence = weight * if place.is_some() { share.max(0.5) } else { share };
        if let Some(look) = same_name {
            confidence = 1.0 - (1.0 - confidence) * 0.3;
            evidence.push(format!("{NAMED} \"{}\" in it", look.word));
        }
        found.push((place, kind.to_owned(), confidence, evidence));
    }
    if let Some(look) = named
        && !found.iter().any(|(place, kind, ..)| place.is_none() && kind == look.kind)
        && !is_key
    {
        let evidence = vec![format!("{NAMED} \"{}\" in it", look.word)];
        found.push((None, look.kind.to_owned(), if counts.is_empty() { 0.6 } else { 0.4 }, evidence));
    }
    // Of several readings of a value the most certain one.
    found.sort_by(|a, b| b.2.total_cmp(&a.2));
    let whole = found.iter().position(|(place, ..)| place.is_none());
    let mut at = 0;
    found.retain(|(place, _, confidence, _)| {
        at += 1;
        *confidence >= CONFIDENCE_MIN && (place.is_some() || whole == Some(at - 1))
    });
    let make = |(place, kind, confidence, evidence)| {
        let now = now.map(|strategy| strategy.word().to_owned());
        let is_json = column.length.is_none() && counts.is_json();
        Suggestion { column: path.clone(), place, kind, confidence, evidence, now, is_number, is_json }
    };
    found.into_iter().map(make).collect()
}

/// Whether a column holds JSON or many values.
fn has_parts(column: &Column) -> bool {
    let kind = column.source_type.as_str();
    column.duck_type == "JSON" || ["json", "jsonb"].contains(&kind) || kind.ends_with("[]")
}

/// Entries for the columns that nobody decided about and that look like nothing: keys are kept, texts scanned.
pub fn rest(policy: &Policy, catalog: &Catalog, found: &[Suggestion]) -> String {
    let mut entries: BTreeMap<(u8, &str, &str), Vec<String>> = BTreeMap::new();
    for (at, table) in catalog.tables.iter().enumerate() {
        for column in &table.columns {
            let path = format!("{}.{}", table.path(), column.name);
            let is_form = column.name.starts_with('_') && table.kind != TableKind::Table;
            if is_form
                || policy.decides(table, column).is_some()
                || found.iter().any(|one| one.column == path)
            {
                continue;
            }
            entries.entry(rest_of(catalog, at, column)).or_default().push(path);
        }
    }
    let entry = |((_, name, how), columns): (&(u8, &str, &str), &Vec<String>)| {
        format!("- name: {name}\n  columns: {}\n  {how}\n", list(columns))
    };
    entries.iter().map(entry).collect()
}

/// Place, name and strategy of the entry for such a column.
fn rest_of(catalog: &Catalog, at: usize, column: &Column) -> (u8, &'static str, &'static str) {
    let table = &catalog.tables[at];
    let is_text = takes_texts(table, column);
    let names = |text: &String| text.contains(&column.name);
    let is_in = |one: &Reference| {
        one.columns.contains(&column.name)
            || one.is_expression && one.columns.iter().any(names)
            || one.when.as_ref().is_some_and(names)
    };
    let is_key = table.key.contains(&column.name)
        || catalog.references_of(at).any(is_in)
        || catalog.references.iter().any(|one| one.parent == at && one.key.contains(&column.name));
    let is_unique = is_text && table.unique_keys().any(|key| key.contains(&column.name));
    if column.generated {
        (1, "computed", "strategy: preserve\n  because: the target computes them anew")
    } else if is_key {
        (2, "keys", "strategy: preserve\n  because: the links between rows")
    } else if column.duck_type == "BLOB" && column.nullable {
        (3, "bytes", "strategy: nullify")
    } else if column.source_type == SEARCH && column.nullable {
        (3, "search_words", "strategy: nullify")
    } else if column.source_type == SEARCH {
        (3, "no_search_words", "strategy: constant\n  value: \"\"")
    } else if is_unique && column.length.is_some_and(|length| length < HASH_MIN) {
        (4, "short_unique_texts", "strategy: fpe\n  alphabet: alphanumeric")
    } else if is_unique {
        (4, "unique_texts", "strategy: hash")
    } else if is_text {
        (5, "texts", "strategy: scan\n  common_words: 20")
    } else {
        (6, "numbers_and_days", "strategy: preserve\n  because: nothing in them looked personal")
    }
}

/// Entries for places in JSON of which a scan knows nothing: it finds the other kinds by their form.
fn of_places(found: &[Suggestion], whole: &[&str]) -> String {
    let mut entries: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let is_meant = |one: &&Suggestion| {
        one.is_open()
            && one.is_json
            && !whole.contains(&one.column.as_str())
            && ["street_address", "first_name", "name"].contains(&one.kind.as_str())
    };
    for one in found.iter().filter(is_meant) {
        entries.entry((one.kind.as_str(), one.column.as_str())).or_default().extend(one.place.as_deref());
    }
    let entry = |((kind, column), places): (&(&str, &str), &Vec<&str>)| {
        format!(
            "- name: {}\n  columns: {}\n  json: {}\n  strategy: faker\n  faker_type: {kind}\n",
            serde_json::Value::from(format!("{kind} in {column}")),
            list(&[column]),
            list(places)
        )
    };
    entries.iter().map(entry).collect()
}

/// Entries for the policy to paste, one per kind of data, those for places in JSON first: they must stand before
/// the one that has the column scanned.
pub fn yaml(found: &[Suggestion]) -> String {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let whole: Vec<&str> =
        found.iter().filter(|one| one.place.is_none()).map(|one| one.column.as_str()).collect();
    for one in found.iter().filter(|one| one.is_open()) {
        let kind = match one.place {
            Some(_) if whole.contains(&one.column.as_str()) => continue,
            Some(_) => "in_texts",
            // A day is somebody's birth where the name of the column says so.
            None if one.kind == "date_of_birth" && !one.evidence.iter().any(|why| why.starts_with(NAMED)) => {
                "days"
            }
            None if one.kind == "identifier" && one.is_number => "identifying_number",
            None => one.kind.as_str(),
        };
        let columns = kinds.entry(kind).or_default();
        if !columns.contains(&one.column.as_str()) {
            columns.push(&one.column);
        }
    }
    let mut text = of_places(found, &whole);
    for (kind, columns) in kinds {
        let how = match kind {
            "ssn" => "strategy: hash".to_owned(),
            "days" => "strategy: faker\n  faker_type: date".to_owned(),
            "password" => "strategy: nullify".to_owned(),
            "identifier" => "strategy: fpe\n  alphabet: alphanumeric".to_owned(),
            "identifying_number" => "strategy: fpe\n  alphabet: integer".to_owned(),
            "in_texts" => "strategy: scan\n  common_words: 20".to_owned(),
            kind => format!("strategy: faker\n  faker_type: {kind}"),
        };
        text += &format!("- name: suggested_{kind}\n  columns: {}\n  {how}\n", list(&columns));
    }
    text
}
