//! The keys that rows of staging hold: which parents children name, and under which keys children may
//! name a parent. Keys are compared as values of the column they address: a text key of one engine and
//! a number of another meet as the type of the parent's column.

use super::{Carrier, Edge, Plan, identity, quoted};
use crate::catalog::{Column, Equality, Table, TableKind};
use crate::name::{Ident, Literal};

/// A value as a key of a column, so that equal values of any engine are equal keys: BIGINT for whole numbers,
/// else the text that the column's type gives it, as far as the engine tells texts apart. NULL for a value that
/// the type does not hold.
pub(super) fn key_value(table: &Table, column: &str, value: &str) -> String {
    let Some(column) = table.column(column) else { return format!("CAST({value} AS VARCHAR)") };
    match (column.duck_type.as_str(), column.equality) {
        ("BIGINT" | "INTEGER" | "SMALLINT", _) => format!("TRY_CAST({value} AS BIGINT)"),
        ("VARCHAR", Equality::Exact) => format!("CAST({value} AS VARCHAR)"),
        ("VARCHAR", Equality::Padded) => format!("rtrim(CAST({value} AS VARCHAR), ' ')"),
        ("VARCHAR", Equality::NoCase) => format!("lower(CAST({value} AS VARCHAR))"),
        ("VARCHAR", Equality::Loose) => {
            format!("lower(strip_accents(rtrim(CAST({value} AS VARCHAR), ' ')))")
        }
        (kind, _) => format!("CAST(TRY_CAST({value} AS {kind}) AS VARCHAR)"),
    }
}

/// A number that a column of text names: as numbers are written, since a store that is asked for `7` finds no `07`.
fn as_written(text: &Column, number: &str, at: usize) -> String {
    let written = match text.equality {
        Equality::Padded | Equality::Loose => format!("rtrim(v{at}, ' ')"),
        Equality::Exact | Equality::NoCase => format!("v{at}"),
    };
    format!("CASE WHEN CAST({number} AS VARCHAR) = {written} THEN {number} END")
}

/// The text a DuckDB condition `first <= rowid <= last` over ranges has; nothing matches no range.
pub fn within(ranges: &[(u64, u64)]) -> String {
    let parts: Vec<String> =
        ranges.iter().map(|(first, last)| format!("rowid BETWEEN {first} AND {last}")).collect();
    if parts.is_empty() { "false".into() } else { format!("({})", parts.join(" OR ")) }
}

impl Plan<'_> {
    /// `SELECT rowid AS _row, k0, k1 ...`: the parent keys that the child rows under `condition` name,
    /// cast to the types of the parent's key. Rows with a NULL part name nothing.
    pub fn child_keys(&self, at: usize, condition: &str) -> String {
        self.child_keys_in(at, &quoted(&self.catalog.tables[self.edges[at].child]), condition)
    }

    /// The same over another table with the columns of the child.
    pub fn child_keys_in(&self, at: usize, from: &str, condition: &str) -> String {
        self.child_values(at, from, condition, &not_null(self.key_count(&self.edges[at]), "k"))
    }

    /// The child rows that hold a value which is no key of the parent at all: `x` where keys are numbers. None of a
    /// list, and where every value may be a key.
    pub fn nameless(&self, at: usize) -> Option<String> {
        let edge = &self.edges[at];
        let (child, parent) = (&self.catalog.tables[edge.child], &self.catalog.tables[edge.parent]);
        let Carrier::Columns { columns, is_expression, key, list: None, .. } = &edge.by else { return None };
        let may_fail = columns.iter().zip(key).any(|(column, key)| {
            let is_text = *is_expression || child.column(column).is_some_and(Column::is_text);
            is_text && parent.column(key).is_some_and(|key| key.duck_type != "VARCHAR")
        });
        let is_no_key = format!("{} AND NOT ({})", not_null(key.len(), "v"), not_null(key.len(), "k"));
        may_fail.then(|| self.child_values(at, &quoted(child), "true", &is_no_key))
    }

    /// The keys of child rows under a condition on `k0`, `k1` ..., and on the values `v0`, `v1` ... they are made of.
    fn child_values(&self, at: usize, from: &str, condition: &str, wanted: &str) -> String {
        let edge = &self.edges[at];
        match &edge.by {
            Carrier::Columns { columns, is_expression, key, list, .. } => {
                let parent = &self.catalog.tables[edge.parent];
                let source = |column: &String| match is_expression {
                    true => Ident(&link_column(at)).to_string(),
                    false => Ident(column).to_string(),
                };
                let value = |column: &String| match list {
                    None => source(column),
                    Some(list) => format!("unnest({})", list.members(&source(column))),
                };
                let plain: Vec<String> = columns
                    .iter()
                    .enumerate()
                    .map(|(at, column)| format!("{} AS v{at}", value(column)))
                    .collect();
                let child = &self.catalog.tables[edge.child];
                let is_plain = !is_expression && list.is_none();
                let texts = |at: usize| child.column(&columns[at]).filter(|one| is_plain && one.is_text());
                let cast: Vec<String> = key
                    .iter()
                    .enumerate()
                    .map(|(at, column)| {
                        let value = key_value(parent, column, &format!("v{at}"));
                        let value = match (texts(at), parent.column(column)) {
                            (Some(text), Some(number)) if number.is_whole() => as_written(text, &value, at),
                            _ => value,
                        };
                        format!("{value} AS k{at}")
                    })
                    .collect();
                let applies = self.applies(at).map_or(String::new(), |applies| format!(" AND ({applies})"));
                format!(
                    "SELECT _row, {} FROM (SELECT rowid AS _row, {} FROM {from} WHERE {condition}{applies}) WHERE {wanted}",
                    cast.join(", "),
                    plain.join(", ")
                )
            }
            Carrier::Relationship { .. } => {
                let child = &self.catalog.tables[edge.child];
                format!(
                    "SELECT child.rowid AS _row, pair.parent AS k0 FROM (SELECT rowid, * FROM {from} WHERE {condition}) \
                     AS child JOIN {} AS pair ON pair.child = {}",
                    pairs_table(at),
                    node_text(child, "child.")
                )
            }
        }
    }

    /// The condition that a conditional edge applies to a staged row: what its store said when the row was read, as
    /// DuckDB may understand the same SQL in another way. Nodes of graphs have no SQL but ours.
    pub fn applies(&self, at: usize) -> Option<String> {
        let Carrier::Columns { when: Some(when), .. } = &self.edges[at].by else { return None };
        Some(match self.is_decided_by_store(at) {
            true => format!("{} IS NOT NULL", Ident(&when_column(at))),
            false => when.clone(),
        })
    }

    /// Whether an edge has a condition that its store decides.
    pub fn is_decided_by_store(&self, at: usize) -> bool {
        let edge = &self.edges[at];
        matches!(edge.by, Carrier::Columns { when: Some(_), .. })
            && self.catalog.tables[edge.child].kind == TableKind::Table
    }

    /// `SELECT rowid AS _row, k0, k1 ...`: the keys under which the edge addresses the parent rows
    /// under `condition`.
    pub fn parent_keys(&self, at: usize, condition: &str) -> String {
        self.parent_keys_in(at, &quoted(&self.catalog.tables[self.edges[at].parent]), condition)
    }

    /// The same over another table with the key columns of the parent.
    pub fn parent_keys_in(&self, at: usize, from: &str, condition: &str) -> String {
        let edge = &self.edges[at];
        let parent = &self.catalog.tables[edge.parent];
        let parts: Vec<String> = match &edge.by {
            Carrier::Relationship { .. } => vec![format!("{} AS k0", node_text(parent, ""))],
            Carrier::Columns { key, .. } => {
                let value = |(at, column): (usize, &String)| {
                    format!("{} AS k{at}", key_value(parent, column, &Ident(column).to_string()))
                };
                key.iter().enumerate().map(value).collect()
            }
        };
        format!("SELECT rowid AS _row, {} FROM {from} WHERE {condition}", parts.join(", "))
    }

    /// `k0, k1 ...` in every way in which rows of the child are asked for: a UUID may stand in a column of text in
    /// capitals, without hyphens or in braces. No row has two of them, so that it comes once.
    pub fn spellings(&self, at: usize) -> Vec<String> {
        let edge = &self.edges[at];
        let (child, parent) = (&self.catalog.tables[edge.child], &self.catalog.tables[edge.parent]);
        let mut ways = vec![Vec::new()];
        if let Carrier::Columns { columns, is_expression, key, .. } = &edge.by {
            for (at, (column, key)) in columns.iter().zip(key).enumerate() {
                let is_uuid = parent.column(key).is_some_and(|key| key.duck_type == "UUID");
                let texts = child.column(column).filter(|column| column.duck_type == "VARCHAR");
                let forms: &[&str] = match texts.filter(|_| is_uuid && !is_expression) {
                    None => &["$k"],
                    Some(column) if matches!(column.equality, Equality::Exact | Equality::Padded) => &[
                        "$k",
                        "replace($k, '-', '')",
                        "'{' || $k || '}'",
                        "upper($k)",
                        "upper(replace($k, '-', ''))",
                        "upper('{' || $k || '}')",
                    ],
                    Some(_) => &["$k", "replace($k, '-', '')", "'{' || $k || '}'"],
                };
                let form = |form: &&str| format!("{} AS k{at}", form.replace("$k", &format!("k{at}")));
                let with = |way: &Vec<String>| {
                    forms.iter().map(|one| [way.as_slice(), &[form(one)]].concat()).collect::<Vec<_>>()
                };
                ways = ways.iter().flat_map(with).collect();
            }
        }
        ways.iter().map(|way| way.join(", ")).collect()
    }

    /// The condition that texts `k0`, `k1` ... of the parent are written as the child's columns of other types are: a
    /// store that is asked for `07` in a column of numbers finds 7, which names another row.
    pub fn can_be_named(&self, at: usize) -> String {
        let edge = &self.edges[at];
        let (child, parent) = (&self.catalog.tables[edge.child], &self.catalog.tables[edge.parent]);
        let Carrier::Columns { columns, is_expression: false, key, list: None, .. } = &edge.by else {
            return "true".to_owned();
        };
        let mut parts = vec!["true".to_owned()];
        for (at, (column, key)) in columns.iter().zip(key).enumerate() {
            if let (Some(column), Some(key)) = (child.column(column), parent.column(key))
                && key.is_text()
                && column.duck_type != "VARCHAR"
            {
                parts.push(format!("CAST(TRY_CAST(k{at} AS {}) AS VARCHAR) = k{at}", column.duck_type));
            }
        }
        parts.join(" AND ")
    }

    /// `SELECT _row, k0 ...`: the rows of `from`, which has the columns of the edge's child, that name one of
    /// the staged parents under a condition.
    pub fn children_of(&self, at: usize, from: &str, parents: &str) -> String {
        format!(
            "SELECT child.* FROM ({}) AS child SEMI JOIN ({}) AS parent ON {}",
            self.child_keys_in(at, from, "true"),
            self.parent_keys(at, parents),
            self.keys_equal(at, "child", "parent")
        )
    }

    /// Of an edge from a table to itself that a store can follow over many levels at once: the key it addresses.
    pub fn chain(&self, at: usize) -> Option<&Vec<String>> {
        let edge = &self.edges[at];
        let table = &self.catalog.tables[edge.child];
        match &edge.by {
            Carrier::Columns { is_expression: false, key, when: None, list: None, .. } => {
                (edge.child == edge.parent && !identity(table).is_empty()).then_some(key)
            }
            _ => None,
        }
    }

    /// Whether an edge is a type of relationship between nodes of one label that a store can follow over many levels.
    pub fn is_path(&self, at: usize) -> bool {
        let edge = &self.edges[at];
        let is_relationship = matches!(edge.by, Carrier::Relationship { .. });
        is_relationship && edge.child == edge.parent && self.catalog.tables[edge.child].key.len() == 1
    }

    /// Of how many values the keys are by which an edge names parents: a relationship names a node by one text.
    pub fn key_count(&self, edge: &Edge) -> usize {
        match &edge.by {
            Carrier::Columns { key, .. } => key.len(),
            Carrier::Relationship { .. } => 1,
        }
    }

    /// Whether a value names one row of the parent at most: a link may name columns that are not unique.
    pub fn names_one(&self, edge: &Edge) -> bool {
        is_unique(&self.catalog.tables[edge.parent], &self.parent_key(edge))
    }

    /// Whether a store is asked for more children than the edge means.
    pub fn is_narrowed(&self, at: usize) -> bool {
        matches!(&self.edges[at].by, Carrier::Columns { when, list, .. } if when.is_some() || list.is_some())
    }

    /// The condition that a staged row says it is ours, where rows of the table say whose they are.
    pub fn is_ours(&self, table: usize) -> Option<String> {
        self.owner(table).map(|(column, ours)| format!("{column} = {ours}"))
    }

    /// The condition that a staged row says it is another tenant's.
    pub fn is_theirs(&self, table: usize) -> Option<String> {
        self.owner(table).map(|(column, ours)| format!("{column} <> {ours}"))
    }

    /// The tenant column, and our value in its type.
    fn owner(&self, table: usize) -> Option<(String, String)> {
        let column = self.catalog.tables[table].column(self.tenant[table].as_ref()?)?;
        let ours = format!("TRY_CAST({} AS {})", Literal(&self.root_key), column.duck_type);
        Some((Ident(&column.name).to_string(), ours))
    }

    /// `k0 = k0 AND ...` between two sub-queries of an edge.
    pub fn keys_equal(&self, at: usize, left: &str, right: &str) -> String {
        let count = self.key_count(&self.edges[at]);
        let parts: Vec<String> = (0..count).map(|at| format!("{left}.k{at} = {right}.k{at}")).collect();
        parts.join(" AND ")
    }

    /// The staged name of a table's foreign keys: those of its rows that belong to another tenant.
    pub fn foreign_table(&self, at: usize) -> String {
        let edge = &self.edges[at];
        asked_name("foreign", edge, &self.parent_key(edge))
    }

    /// The staged name of the keys of a table that were asked for already.
    pub fn asked_table(&self, at: usize) -> String {
        let edge = &self.edges[at];
        asked_name("asked", edge, &self.parent_key(edge))
    }

    /// Creates the table that pairs found on the way down are appended to, and the view of all pairs of an edge.
    /// Those found on the way up are the ends of the relationships that are staged then.
    pub fn create_pairs(&self, at: usize) -> String {
        let edge = &self.edges[at];
        let Carrier::Relationship { table, child_is_start } = edge.by else { return String::new() };
        let (child, parent) = if child_is_start { ("_start", "_end") } else { ("_end", "_start") };
        let label = |table: usize| &self.catalog.tables[table].name;
        format!(
            "CREATE TABLE slice.found_pairs_{at} (child VARCHAR, parent VARCHAR); \
             CREATE VIEW {} AS SELECT child, parent FROM slice.found_pairs_{at} UNION \
             SELECT {child}_key, {parent}_key FROM {} WHERE {child}_label = {} AND {parent}_label = {}",
            pairs_table(at),
            quoted(&self.catalog.tables[table]),
            Literal(label(edge.child)),
            Literal(label(edge.parent))
        )
    }

    /// Whether two edges address the same parent by the same key in the same types.
    pub fn same_question(&self, left: &Edge, right: &Edge) -> bool {
        left.parent == right.parent
            && left.take == right.take
            && self.parent_key(left) == self.parent_key(right)
            && matches!(left.by, Carrier::Relationship { .. })
                == matches!(right.by, Carrier::Relationship { .. })
    }
}

/// Whether some unique key of a table is among these columns.
pub fn is_unique(table: &Table, columns: &[String]) -> bool {
    table.unique_keys().any(|unique| unique.iter().all(|name| columns.contains(name)))
}

/// The text by which relationships name a node: its key, of several columns a JSON list. `of` stands before columns.
pub fn node_text(table: &Table, of: &str) -> String {
    let names: Vec<String> = table.key.iter().map(|name| format!("{of}{}", Ident(name))).collect();
    match names.as_slice() {
        [name] => format!("CAST({name} AS VARCHAR)"),
        names => format!("CAST(json_array({}) AS VARCHAR)", names.join(", ")),
    }
}

/// The columns of a node's key as `k0`, `k1` ..., of the texts that a query gives as `k0`.
pub fn node_columns(table: &Table, texts: &str) -> String {
    if table.key.len() == 1 {
        return texts.to_owned();
    }
    let parts: Vec<String> =
        (0..table.key.len()).map(|at| format!("json_extract_string(k0, '$[{at}]') AS k{at}")).collect();
    format!("SELECT {} FROM ({texts})", parts.join(", "))
}

/// The staged column that holds the value of an expression link.
pub fn link_column(edge: usize) -> String {
    format!("_link_{edge}")
}

/// The staged column that is not NULL where the condition of a link holds.
pub fn when_column(edge: usize) -> String {
    format!("_when_{edge}")
}

/// The (child, parent) node keys that relationships of an edge connect.
pub fn pairs_table(edge: usize) -> String {
    format!("slice.pairs_{edge}")
}

/// `k0 IS NOT NULL AND ...`
pub fn not_null(count: usize, prefix: &str) -> String {
    let parts: Vec<String> = (0..count).map(|at| format!("{prefix}{at} IS NOT NULL")).collect();
    parts.join(" AND ")
}

fn asked_name(kind: &str, edge: &Edge, key: &[String]) -> String {
    let whose = if edge.take { "any" } else { "own" };
    format!("slice.{}", Ident(&format!("{kind}_{whose}_{}_{}", edge.parent, key.join(","))))
}
