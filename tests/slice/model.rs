//! A database small enough to think through: tables, references and rows as plain text, what a project
//! says about them, and the DDL and YAML that make them real.

use std::fmt::Write;

/// The value of a cell: every type as its text.
pub type Cell = Option<String>;

/// One database, one project, one root.
#[derive(Debug, Default)]
pub struct Case {
    /// What it was made from.
    pub seed: u64,
    /// Tables; the first one is the root's.
    pub tables: Vec<Table>,
    /// Declared ones before links.
    pub references: Vec<Reference>,
    /// Whether the project has a `tenant`.
    pub tenant: bool,
    /// The position of the root's key column in the first table.
    pub root_column: usize,
    /// The root's key.
    pub root_key: String,
}

#[derive(Debug, Default)]
pub struct Table {
    pub name: String,
    pub store: usize,
    pub columns: Vec<Column>,
    /// Positions of the primary key.
    pub key: Vec<usize>,
    /// A further unique column.
    pub unique: Option<usize>,
    /// A column that links name although it is not unique.
    pub group: Option<usize>,
    /// The tenant column.
    pub tenant: Option<usize>,
    pub expand: bool,
    pub whole: bool,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Debug)]
pub struct Column {
    pub name: String,
    /// A whole number, else text.
    pub is_number: bool,
    pub nullable: bool,
}

#[derive(Debug)]
pub struct Reference {
    pub child: usize,
    pub columns: Vec<usize>,
    pub parent: usize,
    pub key: Vec<usize>,
    pub kind: Kind,
    /// Whether parents of rows that are in come in.
    pub up: bool,
    /// Whether children of rows that descend come in.
    pub down: bool,
    /// Whether rows of other tenants are let in.
    pub take: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A foreign key.
    Declared,
    /// A link.
    Link,
    /// A link where this column has this value.
    When(usize, String),
    /// A link by the property `ref` of a JSON text.
    Json,
    /// A link by every key of a list: `1,2`, or `[1,2]` when true.
    List(bool),
}

/// What the stores are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Case {
    pub fn path(&self, table: usize) -> String {
        format!("s{}.{}", self.tables[table].store, self.tables[table].name)
    }

    pub fn stores(&self) -> usize {
        self.tables.iter().map(|table| table.store + 1).max().unwrap_or(0)
    }

    /// The id under which `follow` and `cross_tenant` know a reference; a link gets a longer one where
    /// the columns are taken.
    pub fn id(&self, at: usize, engine: Engine) -> String {
        let plain = |at: usize| {
            let reference = &self.references[at];
            let table = &self.tables[reference.child];
            let names: Vec<&str> =
                reference.columns.iter().map(|column| table.columns[*column].name.as_str()).collect();
            let columns = match (&reference.kind, names.as_slice()) {
                (Kind::Json, [name]) => expression(name, engine),
                (_, [name]) => (*name).to_owned(),
                _ => format!("({})", names.join(", ")),
            };
            format!("{}.{columns}", self.path(reference.child))
        };
        let id = plain(at);
        match self.references[at].kind != Kind::Declared && (0..at).any(|earlier| plain(earlier) == id) {
            true => format!("{id} -> {}", self.path(self.references[at].parent)),
            false => id,
        }
    }

    /// The rows a reference of a row names: none when a part of it is NULL.
    pub fn named(&self, at: usize, row: usize) -> Vec<usize> {
        let reference = &self.references[at];
        let cells = &self.tables[reference.child].rows[row];
        if let Kind::When(column, value) = &reference.kind
            && cells[*column].as_ref() != Some(value)
        {
            return Vec::new();
        }
        if let Kind::List(is_json) = reference.kind {
            let Some(text) = &cells[reference.columns[0]] else { return Vec::new() };
            let text = if is_json { text.trim_matches(['[', ']']) } else { text };
            let keys: Vec<&str> = text.split(',').map(|key| key.trim().trim_matches('"')).collect();
            let is_named =
                |row: &Vec<Cell>| row[reference.key[0]].as_deref().is_some_and(|key| keys.contains(&key));
            let parents = self.tables[reference.parent].rows.iter().enumerate();
            return parents.filter(|(_, row)| is_named(row)).map(|(at, _)| at).collect();
        }
        let mut wanted: Vec<Cell> = reference.columns.iter().map(|column| cells[*column].clone()).collect();
        if reference.kind == Kind::Json {
            wanted[0] = wanted[0].take().and_then(|text| {
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                value.get("ref").map(|value| value.as_str().map_or(value.to_string(), str::to_owned))
            });
        }
        if wanted.contains(&None) {
            return Vec::new();
        }
        let parents = self.tables[reference.parent].rows.iter().enumerate();
        let is_named =
            |row: &Vec<Cell>| reference.key.iter().zip(&wanted).all(|(at, value)| row[*at] == *value);
        parents.filter(|(_, row)| is_named(row)).map(|(at, _)| at).collect()
    }

    /// The DDL and rows of one store.
    pub fn ddl(&self, store: usize, engine: Engine) -> String {
        let pragma = if engine == Engine::Sqlite {
            "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; "
        } else {
            ""
        };
        let mut sql = format!("{pragma}BEGIN;\n");
        let mut late: Vec<String> = Vec::new();
        for (at, table) in self.tables.iter().enumerate().filter(|(_, table)| table.store == store) {
            let names = |at: &[usize]| {
                at.iter().map(|at| table.columns[*at].name.as_str()).collect::<Vec<_>>().join(", ")
            };
            let mut parts: Vec<String> = table
                .columns
                .iter()
                .map(|column| {
                    let kind = if column.is_number { "bigint" } else { "text" };
                    format!("{} {kind}{}", column.name, if column.nullable { "" } else { " NOT NULL" })
                })
                .collect();
            if !table.key.is_empty() {
                parts.push(format!("PRIMARY KEY ({})", names(&table.key)));
            }
            if let Some(unique) = table.unique {
                parts.push(format!("UNIQUE ({})", names(&[unique])));
            }
            let declared = |reference: &&Reference| reference.child == at && reference.kind == Kind::Declared;
            let mut keys = Vec::new();
            for reference in self.references.iter().filter(declared) {
                let parent = &self.tables[reference.parent];
                let key: Vec<&str> =
                    reference.key.iter().map(|at| parent.columns[*at].name.as_str()).collect();
                keys.push(format!(
                    "FOREIGN KEY ({}) REFERENCES {} ({})",
                    names(&reference.columns),
                    parent.name,
                    key.join(", ")
                ));
            }
            // SQLite takes keys that dangle; elsewhere they come after the rows.
            if engine == Engine::Sqlite {
                parts.append(&mut keys);
            }
            let _ = writeln!(sql, "CREATE TABLE {} ({});", table.name, parts.join(", "));
            for row in &table.rows {
                let cells: Vec<String> = row
                    .iter()
                    .map(|cell| cell.as_ref().map_or("NULL".into(), |text| format!("'{text}'")))
                    .collect();
                let _ = writeln!(sql, "INSERT INTO {} VALUES ({});", table.name, cells.join(", "));
            }
            for key in keys {
                late.push(format!("ALTER TABLE {} ADD {key} NOT VALID;", table.name));
            }
        }
        sql + &late.join("\n") + "\nCOMMIT;"
    }

    /// What the project says.
    pub fn yaml(&self, engine: Engine) -> String {
        let named = |is_named: fn(&Table) -> bool| {
            let tables = (0..self.tables.len()).filter(|at| is_named(&self.tables[*at]));
            tables.map(|at| self.path(at)).collect::<Vec<_>>().join(", ")
        };
        let root = &self.tables[0].columns[self.root_column].name;
        let stores: Vec<String> = (0..self.stores()).map(|store| format!("s{store}")).collect();
        let mut yaml = format!(
            "project: random\nstores: [{}]\nroot: {{table: {}, key: {root}}}\nexpand: [{}]\nwhole: [{}]\n",
            stores.join(", "),
            self.path(0),
            named(|table| table.expand),
            named(|table| table.whole)
        );
        if self.tenant {
            yaml += "tenant: {column: tenant_id}\n";
        }
        let (mut links, mut follow, mut take) = (String::new(), String::new(), String::new());
        for (at, reference) in self.references.iter().enumerate() {
            let child = &self.tables[reference.child];
            let names = |table: &Table, columns: &[usize]| {
                columns.iter().map(|at| table.columns[*at].name.clone()).collect::<Vec<_>>().join(", ")
            };
            let columns = names(child, &reference.columns);
            let from = match &reference.kind {
                Kind::Declared => String::new(),
                Kind::Link => format!("columns: [{columns}]"),
                Kind::When(column, value) => {
                    format!("columns: [{columns}], when: \"{} = '{value}'\"", child.columns[*column].name)
                }
                Kind::List(is_json) => {
                    format!("columns: [{columns}], list: {}", if *is_json { "json" } else { "comma" })
                }
                Kind::Json => format!("expression: \"{}\"", expression(&columns, engine)),
            };
            if reference.kind != Kind::Declared {
                let (to, key) =
                    (self.path(reference.parent), names(&self.tables[reference.parent], &reference.key));
                let _ = writeln!(
                    links,
                    "  - {{from: {}, {from}, to: {to}, key: [{key}]}}",
                    self.path(reference.child)
                );
            }
            let id = self.id(at, engine);
            match (reference.up, reference.down) {
                (true, true) => {}
                (true, false) => follow += &format!("  \"{id}\": up\n"),
                (false, _) => follow += &format!("  \"{id}\": none\n"),
            }
            if reference.take {
                take += &format!("  \"{id}\": take\n");
            }
        }
        for (name, lines) in [("links", links), ("follow", follow), ("cross_tenant", take)] {
            if !lines.is_empty() {
                yaml += &format!("{name}:\n{lines}");
            }
        }
        yaml
    }
}

fn expression(column: &str, engine: Engine) -> String {
    match engine {
        Engine::Sqlite => format!("json_extract({column}, '$.ref')"),
        Engine::Postgres => format!("({column}::json->>'ref')"),
    }
}
