//! Which rows belong to a root: the rules of "What belongs to a slice", as key sets in staging that SQL
//! grows to a fixpoint. This module says what to read and settles what stays; it reads no store itself.
//!
//! 1. [`plan`] turns catalog and project into edges child -> parent, and says how each is walked.
//! 2. [`closure`] asks for rows, round by round: *down* until nothing new comes, then *up*. What it
//!    gathers may be too much where rows without an owner turn out to be another tenant's.
//! 3. [`settle`] decides whose rows they are, cuts references to foreign ones, and drops what only those needed.
//! 4. [`subset`] and [`sample`] keep the deterministic, referentially whole [`part`] that is asked for, if one is.

pub mod closure;
pub mod keys;
pub mod known;
pub mod outline;
pub mod part;
pub mod people;
pub mod plan;
pub mod sample;
pub mod settle;
pub mod subset;
pub mod why;

use crate::catalog::{Catalog, ListFormat, Table};
use crate::name::Ident;
use crate::project::Dangling;
use std::collections::HashSet;

/// What to walk, from which root.
pub struct Plan<'a> {
    /// The source's catalog, links included.
    pub catalog: &'a Catalog,
    /// The root's table, a position in the catalog.
    pub root: usize,
    /// The column the root's key is compared with.
    pub root_column: String,
    /// The root's key, which is the tenant value too.
    pub root_key: String,
    /// Per table, the column that says whose a row is.
    pub tenant: Vec<Option<String>>,
    /// Per table, which of its rows descend whichever way they came: a condition, if some do.
    pub expand: Vec<Option<String>>,
    /// Per table, whether all its rows are taken.
    pub whole: Vec<bool>,
    /// References as they are walked.
    pub edges: Vec<Edge>,
}

/// A reference from child rows to parent rows.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The id people know: of the reference, or `sp.Student-KNOWS->Student`.
    pub id: String,
    /// The table that points.
    pub child: usize,
    /// The table pointed at.
    pub parent: usize,
    /// Whether parents of included children come in.
    pub up: bool,
    /// Whether children of descending parents come in.
    pub down: bool,
    /// Whether a foreign parent is let in and listed.
    pub take: bool,
    /// Whether a cut leaves its row in: the reference can be emptied, or the member taken out of its list.
    pub nullable: bool,
    /// The columns that a cut empties: those that nothing else needs, where there are some. None of a list.
    pub clears: Vec<String>,
    /// The edges that reference nothing once these are empty, itself among them.
    pub voids: Vec<usize>,
    /// What is done about rows whose reference dangles in PROD; nothing where nobody said.
    pub cure: Option<Dangling>,
    /// What carries it.
    pub by: Carrier,
}

/// What carries a reference.
#[derive(Clone, Debug)]
pub enum Carrier {
    /// Columns of the child row.
    Columns {
        /// Columns (or one expression) of the child.
        columns: Vec<String>,
        /// Whether `columns` is an engine expression, staged as `_link_<edge>`.
        is_expression: bool,
        /// Columns of the parent.
        key: Vec<String>,
        /// A condition on the child row; of a table one of its engine, staged as `_when_<edge>`.
        when: Option<String>,
        /// The column holds many keys.
        list: Option<ListFormat>,
    },
    /// A relationship of a graph.
    Relationship {
        /// Its table.
        table: usize,
        /// Whether its start node is the child.
        child_is_start: bool,
    },
}

/// How rows came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The root row, or by the root table's key.
    Root,
    /// By a reference from child to an included parent, or by the tenant's value.
    Down,
    /// Because an included row references it.
    Up,
    /// Because its table is taken whole.
    Whole,
}

impl How {
    /// The word in `slice.step` and in the manifest.
    pub fn word(self) -> &'static str {
        match self {
            How::Root => "root",
            How::Down => "down",
            How::Up => "up",
            How::Whole => "whole",
        }
    }
}

/// The table in DuckDB, quoted: `"ids"."students"`.
pub fn quoted(table: &Table) -> String {
    format!("{}.{}", Ident(&table.store), Ident(&table.staged))
}

/// The columns by which rows of a table are told apart: its key, else its first unique key without NULLs.
pub fn identity(table: &Table) -> &[String] {
    let is_total = |key: &&Vec<String>| {
        **key == table.key || key.iter().all(|name| table.column(name).is_some_and(|column| !column.nullable))
    };
    table.unique_keys().find(is_total).map_or(&[], Vec::as_slice)
}

impl Edge {
    /// Whether a column of the child holds many keys.
    pub fn is_list(&self) -> bool {
        matches!(self.by, Carrier::Columns { list: Some(_), .. })
    }
}

/// The columns that name a parent row of an edge.
impl Plan<'_> {
    /// The key columns of the parent that `edge` addresses.
    pub fn parent_key(&self, edge: &Edge) -> Vec<String> {
        match &edge.by {
            Carrier::Columns { key, .. } => key.clone(),
            Carrier::Relationship { .. } => self.catalog.tables[edge.parent].key.clone(),
        }
    }

    /// The condition that a row of a table, whose number is `row`, descends whichever way it came.
    pub fn expands(&self, table: usize, row: &str) -> String {
        match self.expand[table].as_deref() {
            None => "false".to_owned(),
            Some("true") => "true".to_owned(),
            Some(condition) => {
                format!(
                    "{row} IN (SELECT rowid FROM {} WHERE {condition})",
                    quoted(&self.catalog.tables[table])
                )
            }
        }
    }

    /// The tables that rows of `table` may bring, directly or not.
    pub fn below(&self, table: usize) -> HashSet<usize> {
        let mut below = HashSet::new();
        let mut next = vec![table];
        while let Some(parent) = next.pop() {
            let edges = self.edges.iter().filter(|edge| edge.down && edge.parent == parent);
            next.extend(edges.map(|edge| edge.child).filter(|child| below.insert(*child)));
        }
        below
    }
}
