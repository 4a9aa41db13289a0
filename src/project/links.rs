//! Completes an introspected catalog with what the project knows: links, and the direction of
//! relationships.

use super::yaml::entry_line;
use super::{Link, Project};
use crate::catalog::{Catalog, Column, ListFormat, Origin, Reference, Table, reference_id};
use crate::error::{Error, Location, Result};
use crate::name::nearest;

impl Project {
    /// Adds the project's links to the catalog, marks what is excluded, and refuses names the catalog has not, of
    /// `risk` too.
    pub fn complete(&self, catalog: &mut Catalog) -> Result<()> {
        self.check_owners(catalog)?;
        let relatives = self.relatives.iter().map(|one| &one.from);
        for path in self.person.keys().chain(relatives) {
            catalog.find(path).ok_or_else(|| self.unknown_table(catalog, path, self.at.clone()))?;
        }
        for (at, link) in self.links.iter().enumerate() {
            let line = self.link_lines.get(at).copied();
            let at = Location::new(
                &self.at.file,
                line.unwrap_or_else(|| entry_line(&self.text, "links", &link.from)),
            );
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
        self.check_as_text(catalog)?;
        self.leave_out(catalog)?;
        self.quasi_identifiers(catalog).map(drop)
    }

    /// The root and its key, and the columns that say whose a row is: a name that nothing has would let rows of
    /// others in without a word.
    fn check_owners(&self, catalog: &Catalog) -> Result<()> {
        let find = |path: &str, key: &str| {
            let at = Location::new(&self.at.file, entry_line(&self.text, key, path));
            catalog.find(path).ok_or_else(|| self.unknown_table(catalog, path, at))
        };
        let root = find(&self.root.table, "root")?;
        self.check_column(&catalog.tables[root], &self.root.key, "root")?;
        let Some(tenant) = &self.tenant else { return Ok(()) };
        for (path, name) in &tenant.tables {
            let is_of = |store: &&String| path.starts_with(&format!("{store}."));
            // A store that could not be read says nothing about its tables.
            if self.stores.iter().find(is_of).is_some_and(|store| !catalog.stores().contains(&store.as_str()))
            {
                continue;
            }
            self.check_column(&catalog.tables[find(path, "tenant")?], name, "tenant")?;
        }
        let mut others = catalog.tables.iter().enumerate().filter(|(at, _)| *at != root);
        if tenant.tables.is_empty() && others.all(|(_, table)| table.column(&tenant.column).is_none()) {
            let names =
                catalog.tables.iter().flat_map(|table| &table.columns).map(|column| column.name.as_str());
            let near = nearest(&tenant.column, names).map(|near| format!("did you mean \"{near}\"?"));
            return Err(Error::config(format!("no table has the tenant column \"{}\"", tenant.column))
                .at(Location::new(&self.at.file, entry_line(&self.text, "tenant", "column")))
                .hint(near.unwrap_or_else(|| "without `tenant:` no row is another tenant's".into())));
        }
        Ok(())
    }

    /// A column that nothing has would stay as it is without a word.
    fn check_as_text(&self, catalog: &Catalog) -> Result<()> {
        let columns = |table: &Table| {
            let path = |column: &Column| {
                let own = column.own_name.as_ref().unwrap_or(&column.name);
                format!("{}.{own}", table.path())
            };
            table.columns.iter().map(path).collect::<Vec<_>>()
        };
        let columns: Vec<String> = catalog.tables.iter().flat_map(columns).collect();
        let is_read =
            |path: &String| catalog.stores().iter().any(|store| path.starts_with(&format!("{store}.")));
        let unknown = |path: &&String| is_read(path) && !columns.contains(path);
        let Some(path) = self.as_text.iter().find(unknown) else { return Ok(()) };
        let error = Error::config(format!("`as_text` names {path}, which no column is"))
            .at(self.entry("as_text", path));
        Err(match nearest(path, columns.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error,
        })
    }

    fn check_column(&self, table: &Table, name: &str, key: &str) -> Result<()> {
        if table.column(name).is_some() {
            return Ok(());
        }
        let at = Location::new(&self.at.file, entry_line(&self.text, key, name));
        Err(no_column(table, name, at))
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
                return Err(no_column(table, name, at.clone()));
            }
        }
        let child_table = &catalog.tables[child];
        let is_array =
            |name: &String| child_table.column(name).is_some_and(|column| column.source_type.ends_with("[]"));
        if link.expression.is_none() && columns.iter().any(is_array) && link.list != Some(ListFormat::Array) {
            return Err(Error::config(format!("{} is an array", reference_id(&link.from, &columns)))
                .at(at.clone())
                .hint("say `list: array`: each of its elements is a key"));
        }
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
        let some = match paths.len() {
            0..=30 => paths.join(", "),
            count => format!("{} and {} more", paths[..30].join(", "), count - 30),
        };
        match nearest(path, paths.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("the tables are {some}")),
        }
    }
}

fn no_column(table: &Table, name: &str, at: Location) -> Error {
    let error = Error::config(format!("{} has no column \"{name}\"", table.path())).at(at);
    match nearest(name, table.columns.iter().map(|column| column.name.as_str())) {
        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
        None => error,
    }
}
