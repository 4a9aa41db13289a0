//! Catalog and project become a [`Plan`]: which references are walked, and how. Pure.

use super::keys::is_unique;
use super::{Carrier, Edge, Plan};
use crate::catalog::{Catalog, Reference, Table, TableKind};
use crate::error::{Error, Result};
use crate::name::{Literal, nearest};
use crate::project::pattern::{Pattern, most_specific};
use crate::project::{CrossTenant, Dangling, Direction, Follow, Project};

/// Plans the slice of one root.
pub fn build<'a>(catalog: &'a Catalog, project: &Project, root_key: &str) -> Result<Plan<'a>> {
    let root = catalog.find(&project.root.table).ok_or_else(|| {
        Error::config(format!("there is no table {}", project.root.table)).at(project.at.clone())
    })?;
    let named = |patterns: &[Pattern]| -> Vec<bool> {
        let is_named = |path: &str| patterns.iter().any(|pattern| pattern.matches(path));
        catalog.tables.iter().map(|table| !table.excluded && is_named(&table.path())).collect()
    };
    // Nothing leads to an excluded table: it has no references either.
    let tenant = |table: &Table| project.tenant_column(table).filter(|_| !table.excluded).map(str::to_owned);
    let tenant: Vec<Option<String>> = catalog.tables.iter().map(tenant).collect();
    let mut edges: Vec<Edge> = Vec::new();
    for reference in &catalog.references {
        if catalog.tables[reference.child].kind != TableKind::Relationship {
            edges.push(column_edge(project, reference));
        }
    }
    for (at, table) in catalog.tables.iter().enumerate() {
        if table.kind == TableKind::Relationship {
            edges.extend(relationship_edges(catalog, project, at));
        }
    }
    empties(catalog, &tenant, &mut edges);
    patterns_match(catalog, project, &edges)?;
    can_be_cured(project, &edges)?;
    Ok(Plan {
        catalog,
        root,
        root_column: project.root.key.clone(),
        root_key: root_key.to_owned(),
        tenant,
        expand: catalog.tables.iter().map(|table| expands(table, &project.expand)).collect(),
        whole: named(&project.whole),
        edges,
    })
}

/// The condition that a row expands: all of a table that is named, else the nodes with a label that is.
fn expands(table: &Table, patterns: &[Pattern]) -> Option<String> {
    let is_named = |path: &str| !table.excluded && patterns.iter().any(|pattern| pattern.matches(path));
    let named = |label: &&String| is_named(&format!("{}.{label}", table.store));
    let labels: Vec<String> =
        table.labels.iter().filter(named).map(|label| Literal(label).to_string()).collect();
    match (is_named(&table.path()), labels.is_empty()) {
        (true, _) => Some("true".to_owned()),
        (false, true) => None,
        (false, false) => {
            Some(format!("list_has_any(from_json(_labels, '[\"VARCHAR\"]'), [{}])", labels.join(", ")))
        }
    }
}

/// Says of every edge by columns what a cut does to the row: columns of the key stay, and so do the tenant
/// and what other references need, where the reference has another column that may be NULL. A column whose NULL
/// a CHECK may refuse is not emptied: without another one the row is left out. Of a list the member is taken out.
fn empties(catalog: &Catalog, tenant: &[Option<String>], edges: &mut [Edge]) {
    let columns_of = |edge: &Edge| match &edge.by {
        Carrier::Columns { columns, is_expression: false, list: None, .. } => columns.clone(),
        _ => Vec::new(),
    };
    let columns: Vec<Vec<String>> = edges.iter().map(columns_of).collect();
    for at in 0..edges.len() {
        let child = edges[at].child;
        let table = &catalog.tables[child];
        let mut clears = columns[at].clone();
        clears.retain(|name| {
            table.column(name).is_some_and(|column| column.nullable)
                && !table.key.contains(name)
                && !table.may_refuse_null(name)
        });
        let same = |other: &usize| edges[*other].child == child;
        let others: Vec<usize> = (0..edges.len()).filter(same).collect();
        let is_free = |name: &&String| {
            let is_used = others.iter().any(|other| *other != at && columns[*other].contains(name));
            !is_used && tenant[child].as_ref() != Some(*name)
        };
        let own: Vec<String> = clears.iter().filter(is_free).cloned().collect();
        let clears = if own.is_empty() { clears } else { own };
        let is_void = |other: &&usize| columns[**other].iter().any(|name| clears.contains(name));
        edges[at].voids = others.iter().filter(is_void).copied().collect();
        edges[at].nullable |= !clears.is_empty();
        if can_be_shortened(catalog, table, tenant[child].as_ref(), at, &others, edges) {
            edges[at].nullable = true;
            edges[at].voids = vec![at];
        }
        edges[at].clears = clears;
    }
}

/// Whether members can be taken out of a list: it is a column of its own, which is no key, nobody's tenant and no
/// other reference, and no CHECK could miss what is taken out.
fn can_be_shortened(
    catalog: &Catalog,
    table: &Table,
    tenant: Option<&String>,
    at: usize,
    others: &[usize],
    edges: &[Edge],
) -> bool {
    let Carrier::Columns { columns, is_expression: false, list: Some(_), key, .. } = &edges[at].by else {
        return false;
    };
    // A member that may name several rows is taken out for one of them: what becomes of the others?
    if !is_unique(&catalog.tables[edges[at].parent], key) {
        return false;
    }
    let names_it = |other: &&usize| match &edges[**other].by {
        Carrier::Columns { columns: named, is_expression: false, .. } => named == columns,
        _ => false,
    };
    let is_key = table.unique_keys().any(|key| key.contains(&columns[0]));
    let is_alone = others.iter().filter(names_it).count() == 1;
    let may_be_refused = match table.column(&columns[0]).is_some_and(|column| column.nullable) {
        true => table.may_refuse_null(&columns[0]),
        false => table.may_refuse_empty(&columns[0]),
    };
    is_alone && !is_key && tenant != Some(&columns[0]) && !may_be_refused
}

/// A pattern that names no reference is a slip of the pen: it would change nothing without a word.
fn patterns_match(catalog: &Catalog, project: &Project, edges: &[Edge]) -> Result<()> {
    let mut names: Vec<String> = edges.iter().map(|edge| edge.id.clone()).collect();
    names.extend(catalog.references.iter().map(|reference| reference.id.clone()));
    names.extend(catalog.tables.iter().map(Table::path));
    if catalog.tables.iter().any(|table| table.excluded) {
        // References to and from excluded tables are not in the catalog any more.
        let columns = |table: &Table| -> Vec<String> {
            table.columns.iter().map(|column| format!("{}.{}", table.path(), column.name)).collect()
        };
        names.extend(catalog.tables.iter().flat_map(columns));
    }
    let written = [
        ("expand", project.expand.iter().collect::<Vec<_>>()),
        ("follow", project.follow.keys().collect()),
        ("cross_tenant", project.cross_tenant.keys().collect()),
        ("direction", project.direction.keys().collect()),
        ("dangling", project.dangling.keys().collect()),
    ];
    let mut patterns = written.iter().flat_map(|(key, all)| all.iter().map(move |pattern| (key, pattern)));
    let labels = |table: &Table| {
        table.labels.iter().map(|label| format!("{}.{label}", table.store)).collect::<Vec<_>>()
    };
    let labels: Vec<String> = catalog.tables.iter().flat_map(labels).collect();
    let is_idle = |(key, pattern): &(&&str, &&Pattern)| {
        let labels = if **key == "expand" { &labels[..] } else { &[] };
        !names.iter().chain(labels).any(|name| pattern.matches(name))
    };
    let Some((key, Pattern(pattern))) = patterns.find(is_idle) else { return Ok(()) };
    let error = Error::config(format!("`{key}` names {pattern}, which no reference or table is"))
        .at(project.entry(key, pattern));
    Err(match nearest(pattern, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("`datamig analyze` lists tables and references"),
    })
}

/// Refuses to empty what allows no NULL.
fn can_be_cured(project: &Project, edges: &[Edge]) -> Result<()> {
    let is_wrong = |edge: &&Edge| edge.cure == Some(Dangling::Null) && edge.clears.is_empty();
    let Some(edge) = edges.iter().find(is_wrong) else { return Ok(()) };
    let pattern = project.dangling.keys().find(|pattern| pattern.matches(&edge.id));
    Err(Error::config(format!("`dangling` asks to empty {}, which cannot be emptied", edge.id))
        .at(project.entry("dangling", pattern.map_or("", |pattern| &pattern.0)))
        .hint("`leave_out` leaves out the rows"))
}

fn column_edge(project: &Project, reference: &Reference) -> Edge {
    let follow = project.follow(&reference.id);
    Edge {
        id: reference.id.clone(),
        child: reference.child,
        parent: reference.parent,
        up: follow != Follow::None,
        down: follow == Follow::Both,
        take: most_specific(&project.cross_tenant, &reference.id) == Some(&CrossTenant::Take),
        nullable: false,
        clears: Vec::new(),
        voids: Vec::new(),
        cure: most_specific(&project.dangling, &reference.id).copied(),
        by: Carrier::Columns {
            columns: reference.columns.clone(),
            is_expression: reference.is_expression,
            key: reference.key.clone(),
            when: reference.when.clone(),
            list: reference.list,
        },
    }
}

/// One edge per pair of start and end label of a relationship type.
fn relationship_edges(catalog: &Catalog, project: &Project, table: usize) -> Vec<Edge> {
    let ends =
        |column: &'static str| catalog.references_of(table).filter(move |reference| reference.is_end(column));
    let mut edges = Vec::new();
    for start in ends("_start_key") {
        for end in ends("_end_key") {
            let relationship = &catalog.tables[table];
            let label = |at: usize| catalog.tables[at].name.as_str();
            let id = format!(
                "{}.{}-{}->{}",
                relationship.store,
                label(start.parent),
                relationship.name,
                label(end.parent)
            );
            let kind = relationship.path();
            let follow =
                most_specific(&project.follow, &id).copied().unwrap_or_else(|| project.follow(&kind));
            let direction =
                most_specific(&project.direction, &id).or_else(|| most_specific(&project.direction, &kind));
            let child_is_start = direction != Some(&Direction::EndToStart);
            let (child, parent) = match child_is_start {
                true => (start.parent, end.parent),
                false => (end.parent, start.parent),
            };
            edges.push(Edge {
                id,
                child,
                parent,
                up: follow != Follow::None,
                down: follow == Follow::Both,
                take: most_specific(&project.cross_tenant, &kind) == Some(&CrossTenant::Take),
                nullable: true,
                clears: Vec::new(),
                voids: Vec::new(),
                cure: None,
                by: Carrier::Relationship { table, child_is_start },
            });
        }
    }
    edges
}
