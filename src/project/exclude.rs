//! `exclude:`: tables of which no row is ever extracted. They stay in the catalog, empty. A column that names
//! one of their rows is emptied; where it may not be NULL, or a CHECK could refuse that, and the database declares
//! it, the project is refused.
//! What cannot be emptied (lists, expressions, conditions, links on NOT NULL) keeps its value, and nobody checks it.

use super::{Project, yaml};
use crate::catalog::{Catalog, Origin, Reference, Table, TableKind};
use crate::error::{Error, Location, Result};

impl Project {
    /// Marks what is excluded and drops the references to and from it.
    pub(super) fn leave_out(&self, catalog: &mut Catalog) -> Result<()> {
        for (key, patterns) in [("exclude", &self.exclude), ("whole", &self.whole)] {
            for pattern in patterns {
                if !catalog.tables.iter().any(|table| pattern.matches(&table.path())) {
                    return Err(self.unknown_table(catalog, &pattern.0, self.entry(key, &pattern.0)));
                }
            }
        }
        for table in &mut catalog.tables {
            let path = table.path();
            let by = self.exclude.iter().find(|pattern| pattern.matches(&path));
            if let Some(pattern) = by.filter(|_| path == self.root.table) {
                return Err(Error::config(format!("the root {path} is excluded"))
                    .at(self.entry("exclude", &pattern.0)));
            }
            table.excluded = by.is_some();
        }
        let mut emptied: Vec<(usize, String)> = Vec::new();
        for reference in &catalog.references {
            let (child, parent) = (&catalog.tables[reference.child], &catalog.tables[reference.parent]);
            if child.excluded || !parent.excluded || child.kind == TableKind::Relationship {
                continue;
            }
            let columns = self.emptied(catalog, reference);
            if columns.is_empty() && reference.origin == Origin::Declared {
                let path = parent.path();
                let pattern = self.exclude.iter().find(|pattern| pattern.matches(&path));
                return Err(Error::config(format!(
                    "{} needs a row of {path}, which is excluded, and allows no NULL, or a CHECK may refuse it",
                    reference.id
                ))
                .at(self.entry("exclude", pattern.map_or("", |pattern| &pattern.0)))
                .hint(format!("exclude {} too, or neither", child.path())));
            }
            emptied.extend(columns.into_iter().map(|name| (reference.child, name)));
        }
        for (at, name) in emptied {
            if !catalog.tables[at].emptied.contains(&name) {
                catalog.tables[at].emptied.push(name);
            }
        }
        let Catalog { tables, references } = catalog;
        references.retain(|one| !tables[one.child].excluded && !tables[one.parent].excluded);
        Ok(())
    }

    /// The columns that are emptied so that a reference names nothing: those that nothing else needs, where
    /// there are some.
    fn emptied(&self, catalog: &Catalog, reference: &Reference) -> Vec<String> {
        let child: &Table = &catalog.tables[reference.child];
        if reference.is_expression || reference.list.is_some() || reference.when.is_some() {
            return Vec::new();
        }
        let mut columns = reference.columns.clone();
        columns.retain(|name| {
            child.column(name).is_some_and(|column| column.nullable)
                && !child.key.contains(name)
                && !child.may_refuse_null(name)
        });
        let is_free = |name: &&String| {
            let others = catalog.references_of(reference.child).filter(|other| other.id != reference.id);
            let is_used = others.flat_map(|other| &other.columns).any(|other| other == *name);
            !is_used && self.tenant_column(child) != Some(name)
        };
        let own: Vec<String> = columns.iter().filter(is_free).cloned().collect();
        if own.is_empty() { columns } else { own }
    }

    /// Where an entry of project.yaml stands.
    pub fn entry(&self, key: &str, entry: &str) -> Location {
        Location::new(&self.at.file, yaml::entry_line(&self.text, key, entry))
    }
}
