//! How a closure words its questions: which columns, by which keys, whose rows, and where the answer goes.

use super::Closure;
use crate::catalog::{Column, Table, TableKind};
use crate::error::Result;
use crate::name::Ident;
use crate::slice::keys::{link_column, node_columns, node_text, not_null, when_column, within};
use crate::slice::{Carrier, Edge, How, identity, quoted};
use crate::store::{Filter, Output, Read, Tenant, Then, Wanted};
use arrow::record_batch::RecordBatch;

/// One read a store is asked for.
pub struct Ask<'a> {
    /// What to read.
    pub read: Read<'a>,
    /// The position of the table in the plan.
    pub table: usize,
    /// How the rows came in.
    pub how: How,
    /// The schema and table of staging its batches are appended to.
    pub into: (String, String),
    /// What the answer is.
    pub answer: Answer,
}

/// What the answer to an ask is.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// New rows, each once.
    Rows,
    /// Rows of which some may be there already, or miss a condition: merged before they count. With the
    /// edges that bring them, and from which parent rows.
    Candidates(Vec<(usize, String)>),
    /// Relationships, or their ends' keys: read for each node once.
    Pairs,
    /// Keys an edge names that belong to another tenant.
    ForeignKeys(usize),
    /// All rows of a table without a key, read again from the start.
    Anew,
}

impl<'a> Closure<'a> {
    /// A read of the staged columns of a table.
    pub(super) fn ask(&self, at: usize, any: Vec<Filter>, how: How, answer: Answer) -> Ask<'a> {
        let table = &self.plan.catalog.tables[at];
        let mut outputs: Vec<Output<'a>> = Vec::new();
        for column in &table.columns {
            outputs.push(match (self.unread)(at, &column.name) {
                true => Output::Null(column),
                false => Output::Column(column),
            });
        }
        outputs.extend(self.computed(at).into_iter().map(|(_, expression)| Output::Text(expression)));
        let into = match answer {
            Answer::Candidates(_) => self.candidates(),
            _ => (table.store.clone(), table.staged.clone()),
        };
        Ask { read: Read { table, outputs, any, tenant: None, between: None }, table: at, how, into, answer }
    }

    /// Where an answer goes that is looked through before it counts.
    fn candidates(&self) -> (String, String) {
        self.candidates.set(self.candidates.get() + 1);
        ("slice".to_owned(), format!("candidates_{}", self.candidates.get()))
    }

    /// A read of the keys that were asked for and belong to another tenant.
    pub(super) fn foreign(&self, at: usize, filter: Filter) -> Ask<'a> {
        let plan = self.plan;
        let edge = &plan.edges[at];
        let table = &plan.catalog.tables[edge.parent];
        let key = plan.parent_key(edge);
        let outputs = table.columns.iter().filter(|column| key.contains(&column.name));
        let mut outputs: Vec<_> = outputs.collect();
        outputs.sort_by_key(|column| key.iter().position(|name| *name == column.name));
        let outputs = outputs.into_iter().map(Output::Column).collect();
        let tenant = self.tenant(edge.parent, Wanted::Foreign);
        Ask {
            read: Read { table, outputs, any: vec![filter], tenant, between: None },
            table: edge.parent,
            how: How::Up,
            into: self.candidates(),
            answer: Answer::ForeignKeys(at),
        }
    }

    /// A read of the relationships of an edge one of whose ends is among some node rows: all they hold, into
    /// their table, or only the (child, parent) keys.
    pub(super) fn pairs(
        &self,
        at: usize,
        table: usize,
        end: &str,
        node: usize,
        rows: &str,
        is_whole: bool,
    ) -> Result<Option<Ask<'a>>> {
        let plan = self.plan;
        let nodes = &plan.catalog.tables[node];
        let key = node_text(nodes, "");
        let keys =
            self.db.batch(&format!("SELECT DISTINCT {key} AS k0 FROM {} WHERE {rows}", quoted(nodes)), [])?;
        let Carrier::Relationship { child_is_start, .. } = plan.edges[at].by else { return Ok(None) };
        if keys.num_rows() == 0 {
            return Ok(None);
        }
        let filter = Filter::Keys { columns: vec![format!("{end}_key")], is_expression: false, keys };
        let mut ask = self.ask(table, vec![filter], How::Down, Answer::Pairs);
        let label = |table: usize| plan.catalog.tables[table].name.as_str();
        let (child, parent) = (label(plan.edges[at].child), label(plan.edges[at].parent));
        ask.read.between = Some(if child_is_start { [child, parent] } else { [parent, child] });
        if !is_whole {
            let names = match child_is_start {
                true => ["_start_key", "_end_key"],
                false => ["_end_key", "_start_key"],
            };
            let columns = names.iter().filter_map(|name| ask.read.table.column(name));
            ask.read.outputs = columns.map(Output::Column).collect();
            ask.into = ("slice".to_owned(), format!("found_pairs_{at}"));
        }
        Ok(Some(ask))
    }

    /// The filter that finds the children of parent rows.
    pub(super) fn children(&self, at: usize, rows: &str) -> Result<Option<Filter>> {
        let Carrier::Columns { columns, is_expression, list, .. } = &self.plan.edges[at].by else {
            return Ok(None);
        };
        let count = columns.len();
        let names: Vec<String> = (0..count).map(|at| format!("k{at}")).collect();
        let known = match self.is_one_to_one(at) {
            // A child that is staged is the only one its parent has.
            true => format!(
                "ANTI JOIN ({}) AS known ON {}",
                self.plan.child_keys(at, "true"),
                self.plan.keys_equal(at, "parent", "known")
            ),
            false => String::new(),
        };
        let keys = format!(
            "SELECT DISTINCT {} FROM (FROM ({}) WHERE {}) AS parent {known} WHERE {}",
            names.join(", "),
            self.plan.parent_keys(at, rows),
            self.plan.can_be_named(at),
            not_null(count, "k")
        );
        let spelled =
            self.plan.spellings(at).into_iter().map(|spelled| format!("SELECT {spelled} FROM keys"));
        let spelled: Vec<String> = spelled.collect();
        let keys = self.db.batch(&format!("WITH keys AS ({keys}) {}", spelled.join(" UNION ")), [])?;
        if keys.num_rows() == 0 {
            return Ok(None);
        }
        if list.is_some() {
            // What is in a list only we can tell: every row that has one is looked through.
            let child = &self.plan.catalog.tables[self.plan.edges[at].child];
            let is_table = child.kind == TableKind::Table;
            return Ok(
                is_table.then(|| Filter::Sql(format!("{} IS NOT NULL", Ident(child.own_name(&columns[0])))))
            );
        }
        if let Some(then) = self.plan.chain(at) {
            return Ok(Some(Filter::Chain {
                columns: columns.clone(),
                then: Then::Columns(then.clone()),
                keys,
            }));
        }
        Ok(Some(Filter::Keys { columns: columns.clone(), is_expression: *is_expression, keys }))
    }

    /// The keys of a parent that child rows name and that are neither staged nor asked for, also as the table
    /// `_wanted`. A value that may name several rows is asked for although one of them is staged.
    pub(super) fn wanted(&self, at: usize, children: &str) -> Result<RecordBatch> {
        let plan = self.plan;
        let edge = &plan.edges[at];
        let known = match plan.names_one(edge) {
            true => format!(
                "ANTI JOIN ({}) AS known ON {}",
                plan.parent_keys(at, "true"),
                plan.keys_equal(at, "wanted", "known")
            ),
            false => String::new(),
        };
        self.db.run(&format!(
            "CREATE OR REPLACE TEMP TABLE _wanted AS SELECT DISTINCT COLUMNS('^k\\d+$') FROM ({children}) AS wanted \
             {known} ANTI JOIN {} AS asked ON {} WHERE {}",
            plan.asked_table(at),
            plan.keys_equal(at, "wanted", "asked"),
            not_null(plan.key_count(edge), "k"),
        ))?;
        match edge.by {
            Carrier::Relationship { .. } => {
                self.db.batch(&node_columns(&plan.catalog.tables[edge.parent], "FROM _wanted"), [])
            }
            Carrier::Columns { .. } => self.db.batch("FROM _wanted", []),
        }
    }

    /// Whether the columns of an edge are what tells its children apart, so that a parent has at most one.
    pub(super) fn is_one_to_one(&self, at: usize) -> bool {
        let edge = &self.plan.edges[at];
        let own = identity(&self.plan.catalog.tables[edge.child]);
        matches!(&edge.by, Carrier::Columns { columns, is_expression: false, when: None, list: None, .. }
            if columns.len() == own.len() && columns.iter().all(|column| own.contains(column)))
    }

    /// Of an edge walked up: that by which the parent's rows name further ones of their own table.
    pub(super) fn upward(&self, edge: &Edge) -> Option<Then> {
        let plan = self.plan;
        let own = plan.edges.iter().enumerate().find(|(at, other)| {
            let is_chain = plan.chain(*at).is_some() || plan.is_path(*at);
            other.up && other.take == edge.take && is_chain && plan.same_question(edge, other)
        });
        Some(match &own?.1.by {
            Carrier::Columns { columns, .. } => Then::Columns(columns.clone()),
            Carrier::Relationship { table, child_is_start } => {
                let name = plan.catalog.tables[*table].name.clone();
                Then::Relationships { name, is_forward: *child_is_start }
            }
        })
    }

    /// Every read that brings rows of a table without a key.
    pub(super) fn all_rows(&self, at: usize) -> Result<Vec<Ask<'a>>> {
        let plan = self.plan;
        let mut asks = Vec::new();
        if plan.whole[at] {
            let mut ask = self.ask(at, Vec::new(), How::Whole, Answer::Anew);
            ask.read.tenant = self.tenant(at, Wanted::OursOrNobodys);
            return Ok(vec![ask]);
        }
        let own = match &plan.tenant[at] {
            _ if at == plan.root => Some((&plan.root_column, How::Root)),
            tenant => tenant.as_ref().map(|column| (column, How::Down)),
        };
        if let Some((column, how)) = own {
            let filter = Filter::Equals { column: column.clone(), value: plan.root_key.clone() };
            asks.push(self.ask(at, vec![filter], how, Answer::Anew));
        }
        if !self.is_tenant_complete(at) {
            let (mut any, mut by) = (Vec::new(), Vec::new());
            for (edge_at, edge) in
                plan.edges.iter().enumerate().filter(|(_, edge)| edge.child == at && edge.down)
            {
                let parents = within(&self.descending[edge.parent]);
                if let Some(filter) = self.children(edge_at, &parents)? {
                    any.push(filter);
                    by.push((edge_at, parents));
                }
            }
            if !any.is_empty() {
                let mut ask = self.ask(at, any, How::Down, Answer::Candidates(by));
                ask.read.tenant = self.tenant(at, Wanted::Nobodys);
                asks.push(ask);
            }
        }
        Ok(asks)
    }

    /// Tables whose rows cannot be told apart are read once, when everything that leads to them is known.
    pub(super) fn is_read_anew(&self, at: usize) -> bool {
        let table = &self.plan.catalog.tables[at];
        identity(table).is_empty() || table.kind == TableKind::Relationship
    }

    /// Whether the tenant's rows are all rows that could come down: none is without an owner.
    pub(super) fn is_tenant_complete(&self, at: usize) -> bool {
        let table = &self.plan.catalog.tables[at];
        let column = self.plan.tenant[at].as_ref().and_then(|name| table.column(name));
        self.plan.whole[at]
            || column.is_some_and(|column| !column.nullable || table.key.contains(&column.name))
    }

    pub(super) fn tenant(&self, at: usize, wanted: Wanted) -> Option<Tenant> {
        let column = self.plan.tenant[at].clone()?;
        Some(Tenant { column, value: self.plan.root_key.clone(), wanted })
    }

    /// What the store computes of each row of a table, and the columns it is staged as: the values of links on an
    /// expression, and whether the conditions of links hold.
    fn computed(&self, at: usize) -> Vec<(String, String)> {
        let plan = self.plan;
        let mut found = Vec::new();
        for (edge_at, edge) in plan.edges.iter().enumerate().filter(|(_, edge)| edge.child == at) {
            let Carrier::Columns { columns, is_expression, when, .. } = &edge.by else { continue };
            if *is_expression {
                found.push((link_column(edge_at), columns[0].clone()));
            }
            if let (Some(when), true) = (when, plan.is_decided_by_store(edge_at)) {
                found.push((when_column(edge_at), format!("CASE WHEN ({when}) THEN 'true' END")));
            }
        }
        found
    }

    /// The columns of a staged table, for CREATE TABLE.
    pub(super) fn column_list(&self, at: usize) -> String {
        let table: &Table = &self.plan.catalog.tables[at];
        let mut parts: Vec<String> = table.columns.iter().map(definition).collect();
        parts.extend(self.computed(at).iter().map(|(name, _)| format!("{} VARCHAR", Ident(name))));
        parts.join(", ")
    }
}

/// A column, for CREATE TABLE.
pub(super) fn definition(column: &Column) -> String {
    let kind = if column.as_text { "VARCHAR" } else { column.duck_type.as_str() };
    format!("{} {kind}", Ident(&column.name))
}
