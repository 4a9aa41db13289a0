//! Completes an introspected catalog with what the project knows: links, and the direction of
//! relationships.

use super::{Link, Project};
use crate::catalog::{Catalog, Origin, Reference, reference_id};
use crate::error::{Error, Location, Result};
use crate::name::nearest;

impl Project {
    /// Adds the project's links to the catalog, marks what is excluded, and refuses names the catalog has not, of
    /// `risk` too.
    pub fn complete(&self, catalog: &mut Catalog) -> Result<()> {
        catalog
            .tables
            .iter()
            .find(|table| table.path() == self.root.table)
            .ok_or_else(|| self.unknown_table(catalog, &self.root.table, self.at.clone()))?;
        let relatives = self.relatives.iter().map(|one| &one.from);
        for path in self.person.keys().chain(relatives) {
            catalog.find(path).ok_or_else(|| self.unknown_table(catalog, path, self.at.clone()))?;
        }
        for (at, link) in self.links.iter().enumerate() {
            let line = self.link_lines.get(at).copied().unwrap_or(0);
            let at = Location::new(&self.at.file, line);
            let reference = self.reference(catalog, link, &at)?;
            let same =
                |known: &&Reference| known.child == reference.child && known.columns == reference.columns;
            let known = catalog.references.iter().find(same);
            if known.is_some_and(|known| known.parent == reference.parent && known.when == reference.when) {
                return Err(Error::config(format!("the link {} is already declared", reference.id))
                    .at(at)
                    .hint("delete the entry"));
            }
            catalog.references.push(reference);
        }
        self.leave_out(catalog)?;
        self.quasi_identifiers(catalog).map(drop)
    }

    fn reference(&self, catalog: &Catalog, link: &Link, at: &Location) -> Result<Reference> {
        let table =
            |path: &str| catalog.find(path).ok_or_else(|| self.unknown_table(catalog, path, at.clone()));
        let (child, parent) = (table(&link.from)?, table(&link.to)?);
        let columns = match &link.expression {
            Some(expression) => vec![expression.clone()],
            None => link.columns.clone(),
        };
        let key = if link.key.is_empty() { catalog.tables[parent].key.clone() } else { link.key.clone() };
        if columns.is_empty() || columns.len() != key.len() {
            return Err(Error::config(format!(
                "the link from {} has {} columns, the key of {} has {}",
                link.from,
                columns.len(),
                link.to,
                key.len()
            ))
            .at(at.clone())
            .hint("name as many `columns` as `key` columns"));
        }
        let mut named = vec![(parent, &key)];
        if link.expression.is_none() {
            named.push((child, &columns));
        }
        for (table, names) in named {
            let table = &catalog.tables[table];
            if let Some(name) = names.iter().find(|name| table.column(name).is_none()) {
                let error =
                    Error::config(format!("{} has no column \"{name}\"", table.path())).at(at.clone());
                let near = nearest(name, table.columns.iter().map(|column| column.name.as_str()));
                return Err(match near {
                    Some(near) => error.hint(format!("did you mean \"{near}\"?")),
                    None => error,
                });
            }
        }
        let child_table = &catalog.tables[child];
        let is_nullable = |name: &String| child_table.column(name).is_some_and(|column| column.nullable);
        let mut id = reference_id(&link.from, &columns);
        if catalog.references.iter().any(|known| known.id == id) {
            id = format!("{id} -> {}", link.to);
        }
        Ok(Reference {
            id,
            child,
            nullable: link.expression.is_none() && link.list.is_none() && columns.iter().any(is_nullable),
            is_expression: link.expression.is_some(),
            columns,
            parent,
            key,
            origin: Origin::Link,
            deferrable: true,
            when: link.when.clone(),
            list: link.list,
        })
    }

    pub(super) fn unknown_table(&self, catalog: &Catalog, path: &str, at: Location) -> Error {
        let paths: Vec<String> = catalog.tables.iter().map(crate::catalog::Table::path).collect();
        let error = Error::config(format!("no store has a table {path}")).at(at);
        match nearest(path, paths.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint("`datamig analyze` lists the tables"),
        }
    }
}
