//! A project: what `rules/<project>/project.yaml` says about the stores, the root, the tenant and the
//! references the databases do not declare.

pub mod endpoints;
mod exclude;
pub mod links;
pub mod loading;
pub mod pattern;
pub mod policy;
pub mod risk;
pub mod selection;
pub mod yaml;

use crate::error::{Error, Location, Result};
use crate::sql;
use loading::{Strategy, Triggers, TriggersWord};
use pattern::Pattern;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A named set of rules.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "the keys of a project: `project`, `stores`, `root` ...")]
pub struct Project {
    /// The name; the folder has it too.
    #[serde(rename = "project")]
    pub name: String,
    /// The stores, in the fixed order: later ones may reference earlier ones.
    pub stores: Vec<String>,
    /// The entity a slice starts from.
    pub root: Root,
    /// The column that says whose a row is.
    #[serde(default)]
    pub tenant: Option<TenantRule>,
    /// Node keys a graph does not declare.
    #[serde(default)]
    pub keys: BTreeMap<String, Vec<String>>,
    /// References the databases do not declare.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Tables whose rows descend whichever way they came.
    #[serde(default)]
    pub expand: Vec<Pattern>,
    /// How references are walked; the longest matching pattern decides.
    #[serde(default)]
    pub follow: BTreeMap<Pattern, Follow>,
    /// Tables taken whole.
    #[serde(default)]
    pub whole: Vec<Pattern>,
    /// Tables left out.
    #[serde(default)]
    pub exclude: Vec<Pattern>,
    /// References that may let a row of another tenant in.
    #[serde(default)]
    pub cross_tenant: BTreeMap<Pattern, CrossTenant>,
    /// Relationship types that point from parent to child.
    #[serde(default)]
    pub direction: BTreeMap<Pattern, Direction>,
    /// SQL over a row that names the person it is about: one person is one fake everywhere.
    #[serde(default)]
    pub person: BTreeMap<String, String>,
    /// Who belongs to one family: they get one surname.
    #[serde(default)]
    pub relatives: Vec<Relatives>,
    /// Columns whose values travel unchanged as text, whatever their type: `shop.orders.shipped`.
    #[serde(default)]
    pub as_text: Vec<String>,
    /// What could tell people apart, and how many must be alike.
    #[serde(default)]
    pub risk: Option<risk::Risk>,
    /// What to do with references that dangle in PROD already and that CERT would refuse.
    #[serde(default)]
    pub dangling: BTreeMap<Pattern, Dangling>,
    /// By what `datamig districts` ranks and recommends.
    #[serde(default)]
    pub selection: selection::Selection,
    /// How the rows of a table are loaded; what the target holds decides where nothing is said.
    #[serde(default)]
    pub strategy: BTreeMap<Pattern, Strategy>,
    /// What becomes of the triggers of a target's tables while they are loaded; without a word they refuse the load.
    #[serde(default)]
    pub triggers: BTreeMap<Pattern, Triggers>,
    /// The file.
    #[serde(skip)]
    pub at: Location,
    /// The workspace.
    #[serde(skip)]
    pub workspace: PathBuf,
    /// The text of the file.
    #[serde(skip)]
    text: String,
    /// The line of each link.
    #[serde(skip)]
    pub link_lines: Vec<usize>,
}

/// Schemas and catalogs that are there already where a store's tables are kept.
const RESERVED: [&str; 13] = [
    "main",
    "meta",
    "slice",
    "run",
    "staging",
    "backup",
    "memory",
    "temp",
    "system",
    "verify",
    "now",
    "information_schema",
    "pg_catalog",
];

impl yaml::File for Project {
    const LEAST: &str = "project.yaml needs at least these lines, with your names:
  project: shop
  stores: [db]
  root: {table: db.customers, key: id}";
}

/// The entity a slice starts from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{table: store.table, key: column}`")]
pub struct Root {
    /// `ids.districts`
    pub table: String,
    /// The column the argument of `migrate` is compared with.
    pub key: String,
}

/// The column that says whose a row is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{column: name}`")]
pub struct TenantRule {
    /// The column, in every table that has it.
    pub column: String,
    /// Tables in which it has another name.
    #[serde(default)]
    pub tables: BTreeMap<String, String>,
}

/// A reference the database does not declare.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{from: store.table, columns: [name], to: store.table}`")]
pub struct Link {
    /// The child table.
    pub from: String,
    /// Its columns.
    #[serde(default)]
    pub columns: Vec<String>,
    /// An expression over the child row, in the engine's SQL, instead of columns.
    #[serde(default)]
    pub expression: Option<String>,
    /// The parent table.
    pub to: String,
    /// Columns of the parent; its primary key when absent.
    #[serde(default)]
    pub key: Vec<String>,
    /// A condition on the child row under which the link applies.
    #[serde(default)]
    pub when: Option<String>,
    /// The column holds many keys.
    #[serde(default)]
    pub list: Option<crate::catalog::ListFormat>,
}

/// Two persons per row of a table who belong to one family.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{from: store.table, persons: [SQL, SQL]}`")]
pub struct Relatives {
    /// The table.
    pub from: String,
    /// SQL over its row: the person keys of the two.
    pub persons: [String; 2],
    /// Only those who have one surname in PROD.
    #[serde(default)]
    pub same_surname: bool,
}

/// How a reference is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Follow {
    /// Not at all.
    None,
    /// From child to parent only.
    Up,
    /// Both ways.
    Both,
}

/// What happens to a reference to another tenant's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrossTenant {
    /// It is cut: the default.
    Cut,
    /// The row is let in and listed.
    Take,
}

/// Which end of a relationship is the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The start node references the end node: the default.
    StartToEnd,
    /// The end node references the start node.
    EndToStart,
}

/// The cure for a reference that dangles in PROD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Option<String>")]
pub enum Dangling {
    /// Set it to NULL.
    Null,
    /// Leave the row out.
    LeaveOut,
}

impl TryFrom<Option<String>> for Dangling {
    type Error = String;

    /// In YAML a bare `null` is no text.
    fn try_from(word: Option<String>) -> std::result::Result<Dangling, String> {
        match word.as_deref() {
            None | Some("null") => Ok(Dangling::Null),
            Some("leave_out") => Ok(Dangling::LeaveOut),
            Some(other) => Err(format!("`{other}` is no cure: `null` or `leave_out`")),
        }
    }
}

impl Project {
    /// Reads `rules/<name>/project.yaml` of the workspace, or the embedded one.
    pub fn load(workspace: &Path, name: &str) -> Result<Project> {
        let path = format!("rules/{name}/project.yaml");
        let Some(text) = sql::find(workspace, &path)? else {
            return Err(Error::config(format!("there is no project \"{name}\""))
                .at(Location::new(path, 0))
                .hint(format!(
                    "--project names a folder of rules/: {}; to begin one, write the file: {}",
                    sql::folders(workspace, "rules").join(", "),
                    <Project as yaml::File>::LEAST
                )));
        };
        let mut project: Project = yaml::parse(&text)?;
        project.at = Location::new(&text.path, 0);
        project.workspace = workspace.to_owned();
        project.text = text.text.to_string();
        project.link_lines = yaml::item_lines(&text.text, "from");
        if project.name != name {
            return Err(Error::config(format!(
                "the folder is {name}, but the project calls itself {}",
                project.name
            ))
            .at(Location::new(&text.path, 0))
            .hint(format!("write `project: {name}`")));
        }
        project.stores_are_named()?;
        let root_store = project.root.table.split('.').next().unwrap_or_default();
        if !project.stores.iter().any(|store| store == root_store) {
            return Err(Error::config(format!("the root {} is in no store of `stores`", project.root.table))
                .at(project.at.clone()));
        }
        Ok(project)
    }

    /// Refuses names of stores that mean something else inside a run, or that cannot be told from a table's.
    fn stores_are_named(&self) -> Result<()> {
        for (at, store) in self.stores.iter().enumerate() {
            let folded = store.to_lowercase();
            let why = if RESERVED.contains(&folded.as_str()) {
                "is a name of the workbench itself"
            } else if store.is_empty() || store.contains('.') {
                "is no name of a store"
            } else if self.stores[..at].iter().any(|other| other.to_lowercase() == folded) {
                "is there twice"
            } else {
                continue;
            };
            return Err(Error::config(format!("`stores`: \"{store}\" {why}")).at(self.at.clone()).hint(
                "a store becomes a schema of the run: give it another name here and in environments/",
            ));
        }
        Ok(())
    }

    /// The tenant column of a table, if it has one.
    pub fn tenant_column<'a>(&'a self, table: &'a crate::catalog::Table) -> Option<&'a str> {
        let path = table.path();
        if path == self.root.table {
            return self.tenant.as_ref().map(|_| self.root.key.as_str());
        }
        let tenant = self.tenant.as_ref()?;
        let name = tenant.tables.get(&path).unwrap_or(&tenant.column);
        table.column(name).map(|column| column.name.as_str())
    }

    /// How the rows of a table are to be loaded.
    pub fn strategy(&self, table: &str) -> Option<Strategy> {
        pattern::most_specific(&self.strategy, table).copied()
    }

    /// Whether the triggers of a table are switched off while it is loaded.
    pub fn triggers_off(&self, table: &str) -> bool {
        pattern::most_specific(&self.triggers, table) == Some(&Triggers::Word(TriggersWord::Off))
    }

    /// The tables that the triggers of a table write while it is loaded; `None` where they are not to fire.
    pub fn fired(&self, table: &str) -> Option<&[String]> {
        match pattern::most_specific(&self.triggers, table)? {
            Triggers::Fire { fire } => Some(fire),
            Triggers::Word(TriggersWord::Off) => None,
        }
    }

    /// How a reference is walked: the most specific pattern decides, `both` without one.
    pub fn follow(&self, reference: &str) -> Follow {
        pattern::most_specific(&self.follow, reference).copied().unwrap_or(Follow::Both)
    }

    /// Columns of one store to carry as text, as `table.column`.
    pub fn as_text(&self, store: &str) -> Vec<String> {
        let column = |path: &String| path.strip_prefix(store)?.strip_prefix('.').map(str::to_owned);
        self.as_text.iter().filter_map(column).collect()
    }

    /// Node keys of one store by label.
    pub fn node_keys(&self, store: &str) -> std::collections::HashMap<String, Vec<String>> {
        let label = |path: &String| path.strip_prefix(store)?.strip_prefix('.').map(str::to_owned);
        self.keys.iter().filter_map(|(path, key)| Some((label(path)?, key.clone()))).collect()
    }
}
