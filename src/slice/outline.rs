//! How the rows of each table would be found, told from catalog and project alone: nothing is read.

use super::{Carrier, Plan};
use crate::catalog::TableKind;
use crate::name::{Idents, Literal};
use std::collections::VecDeque;

/// How the rows of one table would be found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The references from the root to the table, the root's side first; `None` where none leads there.
    pub path: Option<Vec<String>>,
    /// What a row must meet, any one of these.
    pub any: Vec<String>,
    /// About how many rows that is: the engine's estimate, shared among the roots; `None` where nobody knows.
    pub rows: Option<u64>,
}

/// A way from the root, and whether it only goes down.
type Way = Option<(Vec<String>, bool)>;

impl Plan<'_> {
    /// One outline per table of the catalog.
    pub fn outline(&self) -> Vec<Outline> {
        self.ways().into_iter().enumerate().map(|(at, way)| self.outline_of(at, way)).collect()
    }

    fn outline_of(&self, at: usize, way: Way) -> Outline {
        let table = &self.catalog.tables[at];
        let roots = self.catalog.tables[self.root].estimated_rows.filter(|rows| *rows > 0);
        let is_down = way.as_ref().is_some_and(|(_, is_down)| *is_down);
        let rows = match () {
            () if table.excluded => Some(0),
            () if at == self.root => Some(1),
            () if self.whole[at] => table.estimated_rows,
            () if is_down || table.kind == TableKind::Relationship => {
                table.estimated_rows.zip(roots).map(|(rows, roots)| rows.div_ceil(roots))
            }
            () => None,
        };
        Outline { any: self.conditions(at), rows, path: way.map(|(path, _)| path) }
    }

    /// Per table the shortest way from the root, and whether it only goes down: those first, else by what
    /// the rows found that way need.
    fn ways(&self) -> Vec<Way> {
        let mut paths: Vec<Way> = vec![None; self.catalog.tables.len()];
        paths[self.root] = Some((Vec::new(), true));
        for is_down in [true, false] {
            let mut next: VecDeque<usize> = (0..paths.len()).filter(|at| paths[*at].is_some()).collect();
            while let Some(from) = next.pop_front() {
                for edge in &self.edges {
                    let to = match is_down {
                        true if edge.down && edge.parent == from => edge.child,
                        false if edge.up && edge.child == from => edge.parent,
                        _ => continue,
                    };
                    if let (None, Some((path, _))) = (&paths[to], paths[from].clone()) {
                        paths[to] = Some(([path, vec![edge.id.clone()]].concat(), is_down));
                        next.push_back(to);
                    }
                }
            }
        }
        paths
    }

    /// What a row of a table must meet, in words that look like SQL.
    fn conditions(&self, at: usize) -> Vec<String> {
        let table = &self.catalog.tables[at];
        let path = |at: usize| self.catalog.tables[at].path();
        let equals = |column: &String| format!("{column} = {}", Literal(&self.root_key));
        match &self.tenant[at] {
            _ if table.excluded => return vec!["false: excluded".to_owned()],
            _ if at == self.root => return vec![equals(&self.root_column)],
            _ if table.kind == TableKind::Relationship => return vec!["both its ends are in".to_owned()],
            _ if self.whole[at] => return vec!["true: taken whole".to_owned()],
            _ => {}
        }
        let mut any: Vec<String> = self.tenant[at].iter().map(equals).collect();
        for edge in self.edges.iter().filter(|edge| edge.down && edge.child == at) {
            any.push(match &edge.by {
                Carrier::Columns { columns, is_expression: true, .. } => {
                    format!("{} is a row of {}", columns.join(", "), path(edge.parent))
                }
                Carrier::Columns { columns, .. } => {
                    format!("({}) is a row of {}", Idents(columns), path(edge.parent))
                }
                Carrier::Relationship { .. } => {
                    format!("{} leads to a row of {}", edge.id, path(edge.parent))
                }
            });
        }
        let needed = self.edges.iter().filter(|edge| edge.up && edge.parent == at && edge.child != at);
        any.extend(needed.map(|edge| format!("a row named by {}", edge.id)));
        any
    }
}
