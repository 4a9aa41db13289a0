//! The reference graph: in which order tables are written, and where their circles are broken.

use super::{Catalog, TableKind};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet};

/// A circular dependency among several tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Positions of its tables, ascending.
    pub tables: Vec<usize>,
    /// The table whose references are taken last.
    pub break_point: usize,
    /// Why that one.
    pub reason: &'static str,
}

/// The tables of one store as groups: parents before children, tables that depend on each other in one
/// group. Relationships come after the nodes.
pub fn load_groups(catalog: &Catalog, store: &str) -> Vec<Vec<usize>> {
    let (mut nodes, mut relationships) = (Vec::new(), Vec::new());
    for (at, table) in catalog.tables.iter().enumerate().filter(|(_, table)| table.store == store) {
        if table.kind == TableKind::Relationship { relationships.push(at) } else { nodes.push(at) }
    }
    let mut groups = components(catalog, &nodes);
    groups.extend(relationships.into_iter().map(|at| vec![at]));
    groups
}

/// Every circle of two or more tables, over all stores. It is broken at the table that the fewest
/// others reference, the first one on a tie.
pub fn cycles(catalog: &Catalog) -> Vec<Cycle> {
    let all: Vec<usize> = (0..catalog.tables.len()).collect();
    let children = |table: usize| {
        let of = catalog.references.iter().filter(|reference| reference.parent == table);
        of.map(|reference| reference.child).filter(|child| *child != table).collect::<BTreeSet<_>>().len()
    };
    let mut cycles: Vec<Cycle> = components(catalog, &all)
        .into_iter()
        .filter(|tables| tables.len() > 1)
        .filter_map(|tables| {
            let break_point = *tables.iter().min_by_key(|table| children(**table))?;
            Some(Cycle { tables, break_point, reason: "Fewest downstream dependencies" })
        })
        .collect();
    cycles.sort_by(|one, other| one.tables.cmp(&other.tables));
    cycles
}

/// Strongly connected components of these tables, parents first.
fn components(catalog: &Catalog, tables: &[usize]) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let nodes: BTreeMap<usize, NodeIndex> = tables.iter().map(|at| (*at, graph.add_node(*at))).collect();
    for reference in &catalog.references {
        if let (Some(child), Some(parent)) = (nodes.get(&reference.child), nodes.get(&reference.parent)) {
            graph.update_edge(*child, *parent, ());
        }
    }
    // Tarjan's algorithm finds what is pointed at first.
    let mut groups: Vec<Vec<usize>> = tarjan_scc(&graph)
        .into_iter()
        .map(|group| group.into_iter().map(|node| graph[node]).collect())
        .collect();
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Origin, Reference, Table};

    fn catalog(names: &[&str], references: &[(usize, usize)]) -> Catalog {
        let table = |name: &&str| Table { store: "s".into(), staged: (*name).into(), ..Table::default() };
        let reference = |(child, parent): &(usize, usize)| Reference {
            id: String::new(),
            child: *child,
            columns: vec!["x".into()],
            parent: *parent,
            key: vec!["id".into()],
            origin: Origin::Declared,
            nullable: true,
            deferrable: false,
            when: None,
            is_expression: false,
            list: None,
        };
        Catalog {
            tables: names.iter().map(table).collect(),
            references: references.iter().map(reference).collect(),
        }
    }

    #[test]
    fn parents_come_first_and_circles_together() {
        // 0 grades -> 1 students -> 2 schools <-> 3 staff; 1 -> 1
        let catalog =
            catalog(&["grades", "students", "schools", "staff"], &[(0, 1), (1, 2), (2, 3), (3, 2), (1, 1)]);
        assert_eq!(load_groups(&catalog, "s"), [vec![2, 3], vec![1], vec![0]]);
        assert!(load_groups(&catalog, "other").is_empty());
    }

    #[test]
    fn a_circle_is_broken_where_the_fewest_depend_on_it() {
        let catalog = catalog(&["courses", "prerequisites", "classes"], &[(0, 1), (1, 0), (2, 0), (2, 2)]);
        let cycle = Cycle { tables: vec![0, 1], break_point: 1, reason: "Fewest downstream dependencies" };
        assert_eq!(cycles(&catalog), [cycle]);
    }
}
