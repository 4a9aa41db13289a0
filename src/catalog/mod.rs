//! What introspection found, on one side of an environment: tables (labels and relationship types
//! count as tables), columns, keys and references. It is written to `meta.catalog` as JSON, and SQL
//! projects `meta."table"`, `meta."column"` and `meta.reference` from that.

pub mod check;
pub mod fit;
pub mod graph;
mod index;
mod list;

use serde::{Deserialize, Serialize};

/// All tables of all stores of one side, and the references among them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// Tables in store order, then by name.
    pub tables: Vec<Table>,
    /// Declared keys, relationships of graphs, and links.
    pub references: Vec<Reference>,
}

/// One table, node label or relationship type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The store it lives in: `ids`.
    pub store: String,
    /// The database schema; empty where the engine has none.
    pub schema: String,
    /// The name the engine knows.
    pub name: String,
    /// The name inside `staging.<store>` and `run.<store>`; see [`name_staged`].
    pub staged: String,
    /// What the engine calls it.
    pub kind: TableKind,
    /// Whether its rows lie in partitions.
    #[serde(default)]
    pub partitioned: bool,
    /// Of nodes: the labels that some have besides that of the table.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Columns in the engine's order.
    pub columns: Vec<Column>,
    /// The columns of the primary key (of a node: its key property); empty when it has none.
    pub key: Vec<String>,
    /// Further unique keys.
    pub unique: Vec<Vec<String>>,
    /// CHECK conditions, as the engine prints them.
    pub checks: Vec<String>,
    /// Indexed column lists, keys included.
    pub indexes: Vec<Vec<String>>,
    /// User triggers, by name.
    pub triggers: Vec<String>,
    /// The engine's estimate of rows; `None` when it has none.
    pub estimated_rows: Option<u64>,
    /// Whether the project leaves all its rows out.
    #[serde(default)]
    pub excluded: bool,
    /// Columns read as NULL, because what they name is left out.
    #[serde(default)]
    pub emptied: Vec<String>,
}

/// What a table is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// A relational table.
    #[default]
    Table,
    /// The nodes of one key label.
    Node,
    /// The relationships of one type. Columns: `_start_label`, `_start_key`, `_end_label`,
    /// `_end_key`, then the properties.
    Relationship,
}

/// One column or property.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type in the engine's words: `character varying(40)`.
    pub source_type: String,
    /// The DuckDB type it is staged as: `VARCHAR`, `DECIMAL(10,2)`.
    pub duck_type: String,
    /// True when the engine's type has no DuckDB type and travels as the engine's own text.
    pub as_text: bool,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// The largest number of characters.
    pub length: Option<u32>,
    /// Whether the engine fills it when it is not named.
    pub has_default: bool,
    /// Computed by the engine from other columns: never written.
    pub generated: bool,
    /// The values of an enum, in order; empty for other types.
    pub values: Vec<String>,
    /// The sequence that numbers it (`serial`, identity), by qualified name.
    pub sequence: Option<String>,
    /// When the engine calls two of its texts equal.
    #[serde(default)]
    pub equality: Equality,
    /// The name the engine knows, where it is staged under another; see [`name_columns`].
    #[serde(default)]
    pub own_name: Option<String>,
}

/// When an engine calls two texts equal: keys are compared as it compares them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Equality {
    /// When they are the same.
    #[default]
    Exact,
    /// Blanks at the end do not count.
    Padded,
    /// Case does not count.
    NoCase,
    /// Neither case nor accents nor blanks at the end count.
    Loose,
}

/// Child columns that point at parent columns. Tables are positions in [`Catalog::tables`].
/// A relationship table has one per end and label: `_start_key` to the start label's key `when`
/// `_start_label` names it, and the same for the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Stable and readable: `ids.students.school_id`, `ids.grades.(class_id, student_id)`.
    pub id: String,
    /// The table that points.
    pub child: usize,
    /// Its columns, or expressions over it when `is_expression`.
    pub columns: Vec<String>,
    /// The table pointed at.
    pub parent: usize,
    /// The columns of one unique key of the parent, in the order of `columns`.
    pub key: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether a dangling one can be set to NULL: all its columns are plain and one is nullable.
    pub nullable: bool,
    /// Whether the engine checks it at commit only.
    pub deferrable: bool,
    /// An SQL condition on the child row under which the reference applies.
    pub when: Option<String>,
    /// `columns` are SQL expressions, not names.
    pub is_expression: bool,
    /// The column holds many keys.
    pub list: Option<ListFormat>,
}

/// How one column holds many keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListFormat {
    /// `1,2,3`
    Comma,
    /// `[1, 2, 3]`
    Json,
    /// `{1,2,3}`: an array of PostgreSQL.
    Array,
}

/// Who says that a reference exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A foreign key of the database.
    Declared,
    /// A `links:` entry of `project.yaml`.
    Link,
    /// An end of a relationship of a graph.
    Relationship,
}

impl Column {
    /// Whether it holds texts, and not values of a type that DuckDB has not.
    pub fn is_text(&self) -> bool {
        self.duck_type == "VARCHAR" && !self.as_text
    }

    /// Whether it holds whole numbers of at most 64 bits.
    pub fn is_whole(&self) -> bool {
        matches!(self.duck_type.as_str(), "SMALLINT" | "INTEGER" | "BIGINT")
    }
}

impl Reference {
    /// Whether it is that of an end of a relationship: `_start_key`, of a key of several columns `_start_key ->> 0` ...
    pub fn is_end(&self, column: &str) -> bool {
        let rest = self.columns.first().and_then(|first| first.strip_prefix(column));
        self.origin == Origin::Relationship
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ->> "))
    }
}

impl Table {
    /// `ids.students`, as people and YAML name it.
    pub fn path(&self) -> String {
        format!("{}.{}", self.store, self.staged)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The name by which the engine knows a column.
    pub fn own_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.column(name).and_then(|column| column.own_name.as_deref()).unwrap_or(name)
    }

    /// Every set of columns whose values are unique, the primary key first.
    pub fn unique_keys(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.key).filter(|key| !key.is_empty()).chain(&self.unique)
    }
}

impl Catalog {
    /// The position of `store.table`, by its staged name.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.path() == path)
    }

    /// References whose child is `table`.
    pub fn references_of(&self, table: usize) -> impl Iterator<Item = &Reference> {
        self.references.iter().filter(move |reference| reference.child == table)
    }

    /// The stores, in order of first appearance.
    pub fn stores(&self) -> Vec<&str> {
        let mut stores: Vec<&str> = Vec::new();
        for table in &self.tables {
            if !stores.contains(&table.store.as_str()) {
                stores.push(&table.store);
            }
        }
        stores
    }
}

/// The id of a reference: child path and columns.
pub fn reference_id(child: &str, columns: &[String]) -> String {
    match columns {
        [column] => format!("{child}.{column}"),
        _ => format!("{child}.({})", columns.join(", ")),
    }
}

/// Gives each table of one store its name in DuckDB: `table` in PostgreSQL's `public` and where there
/// is no schema, else `<schema>.<table>`; one that differs from an earlier one by case only gets `~2`,
/// because DuckDB folds case.
pub fn name_staged(tables: &mut [Table]) {
    let mut taken = std::collections::HashSet::new();
    for table in tables {
        let plain = match table.schema.as_str() {
            "" | "public" => table.name.clone(),
            schema => format!("{schema}.{}", table.name),
        };
        let mut name = plain.clone();
        let mut count = 1;
        while !taken.insert(name.to_lowercase()) {
            count += 1;
            name = format!("{plain}~{count}");
        }
        table.staged = name;
    }
}

/// Gives columns that DuckDB cannot tell apart, because it folds case, or has itself (`rowid`), the suffix `~2`:
/// the later ones by name, so that both sides agree whatever the order of their columns.
pub fn name_columns(tables: &mut [Table], references: &mut [Reference]) {
    for (at, table) in tables.iter_mut().enumerate() {
        let mut taken = std::collections::HashSet::from(["rowid".to_owned()]);
        let mut names: Vec<&String> = table.columns.iter().map(|column| &column.name).collect();
        names.sort();
        let mut renamed = std::collections::HashMap::new();
        for plain in names {
            let mut name = plain.clone();
            let mut count = 1;
            while !taken.insert(name.to_lowercase()) {
                count += 1;
                name = format!("{plain}~{count}");
            }
            if name != *plain {
                renamed.insert(plain.clone(), name);
            }
        }
        if renamed.is_empty() {
            continue;
        }
        for column in table.columns.iter_mut().filter(|column| renamed.contains_key(&column.name)) {
            column.own_name = Some(column.name.clone());
        }
        let columns = table.columns.iter_mut().map(|column| &mut column.name);
        let lists = table.unique.iter_mut().chain(&mut table.indexes).chain([&mut table.key]).flatten();
        let ends = references.iter_mut().flat_map(|one| {
            let child = one.columns.iter_mut().filter(|_| one.child == at);
            child.chain(one.key.iter_mut().filter(|_| one.parent == at))
        });
        for name in columns.chain(lists).chain(ends) {
            if let Some(new) = renamed.get(name) {
                name.clone_from(new);
            }
        }
    }
}

impl Catalog {
    /// Adds the tables and references of another catalog.
    pub fn append(&mut self, mut other: Catalog) {
        let first = self.tables.len();
        for reference in &mut other.references {
            reference.child += first;
            reference.parent += first;
        }
        self.tables.append(&mut other.tables);
        self.references.append(&mut other.references);
    }

    /// The catalog without some tables, and without the references that touch them.
    pub fn without(self, is_dropped: impl Fn(&Table) -> bool) -> Catalog {
        let mut places = Vec::new();
        let mut tables = Vec::new();
        for table in self.tables {
            places.push((!is_dropped(&table)).then_some(tables.len()));
            if places.last() != Some(&None) {
                tables.push(table);
            }
        }
        let moved = |mut reference: Reference| {
            reference.child = places[reference.child]?;
            reference.parent = places[reference.parent]?;
            Some(reference)
        };
        let references = self.references.into_iter().filter_map(moved).collect();
        Catalog { tables, references }
    }
}
