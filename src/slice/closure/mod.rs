//! The closure, round by round: which rows to ask the stores for next. *Down* runs to its fixpoint
//! before *up*, so that a row that comes up could not have come down, except below `expand` tables.

mod arrive;
mod ask;

pub use ask::{Answer, Ask};

use super::keys::{node_columns, node_text, pairs_table, within};
use super::{Carrier, Edge, How, Plan, quoted};
use crate::catalog::TableKind;
use crate::duck::Db;
use crate::error::Result;
use crate::name::Ident;
use crate::sql;
use crate::store::{Filter, Output, Then, Wanted};
use std::collections::{HashMap, HashSet};

/// Row ranges of a table, both ends included.
type Ranges = Vec<(u64, u64)>;

/// The state of a closure over the staging catalog, which is the current one of `db`.
pub struct Closure<'a> {
    /// The plan.
    pub plan: &'a Plan<'a>,
    db: &'a Db,
    /// Columns that are discarded and so never read: (table, column).
    unread: &'a dyn Fn(usize, &str) -> bool,
    /// Per table, how many rows are staged.
    rows: Vec<u64>,
    /// Per table, ranges of rows that descend, in order of arrival.
    descending: Vec<Ranges>,
    /// Per edge, how many of the parent's ranges were asked for.
    down_done: Vec<usize>,
    /// Per relationship edge, of how many of the parent's ranges the pairs were asked for.
    pairs_done: Vec<usize>,
    /// Per edge, how many child rows were asked for.
    up_done: Vec<u64>,
    /// Per relationship edge, of how many child rows the relationships were read.
    related: Vec<u64>,
    /// Per table, whether rows of it came up.
    came_up: Vec<bool>,
    /// Per table without a key, how many descending rows its last read knew, and one more.
    anew_done: Vec<u64>,
    /// Numbers the tables of candidates.
    candidates: std::cell::Cell<u32>,
    round: u32,
}

impl<'a> Closure<'a> {
    /// Creates the staged tables and the state.
    pub fn begin(
        plan: &'a Plan<'a>,
        db: &'a Db,
        unread: &'a dyn Fn(usize, &str) -> bool,
    ) -> Result<Closure<'a>> {
        db.run("BEGIN")?;
        db.run(sql::get("slice/state.sql"))?;
        for store in plan.catalog.stores() {
            db.run(&format!("CREATE SCHEMA {}", Ident(store)))?;
        }
        let count = plan.catalog.tables.len();
        let closure = Closure {
            plan,
            db,
            unread,
            rows: vec![0; count],
            descending: vec![Vec::new(); count],
            down_done: vec![0; plan.edges.len()],
            pairs_done: vec![0; plan.edges.len()],
            up_done: vec![0; plan.edges.len()],
            related: vec![0; plan.edges.len()],
            came_up: vec![false; count],
            anew_done: vec![0; count],
            candidates: std::cell::Cell::new(0),
            round: 0,
        };
        for (at, table) in plan.catalog.tables.iter().enumerate() {
            let columns = closure.column_list(at);
            db.run(&format!("CREATE TABLE {} ({columns})", quoted(table)))?;
        }
        let mut walks = Vec::new();
        let mut named = HashSet::new();
        for (at, edge) in plan.edges.iter().enumerate() {
            let both = edge.up && edge.down;
            walks.push(serde_json::json!({
                "edge": at, "id": edge.id, "both": both, "nullable": edge.nullable, "take": edge.take,
                "is_list": edge.is_list(), "voids": edge.voids
            }));
            if matches!(edge.by, Carrier::Relationship { .. }) {
                db.run(&plan.create_pairs(at))?;
            }
            let keys = plan.parent_keys(at, "false").replace("rowid AS _row, ", "");
            for name in [plan.asked_table(at), plan.foreign_table(at)] {
                if !named.contains(&name) {
                    db.run(&format!("CREATE TABLE {name} AS {keys} LIMIT 0"))?;
                    named.insert(name);
                }
            }
        }
        db.change(sql::get("slice/walk.sql"), [serde_json::json!(walks).to_string()])?;
        db.run("COMMIT")?;
        Ok(closure)
    }

    /// The first reads: the root, the tenant's rows, and tables taken whole.
    pub fn first(&mut self) -> Vec<Ask<'a>> {
        let plan = self.plan;
        let mut asks = Vec::new();
        for at in 0..plan.catalog.tables.len() {
            let (how, column) = match &plan.tenant[at] {
                _ if at == plan.root => (How::Root, Some(&plan.root_column)),
                _ if self.is_read_anew(at) => continue,
                _ if plan.whole[at] => (How::Whole, None),
                Some(column) => (How::Down, Some(column)),
                None => continue,
            };
            let equals =
                |column: &String| Filter::Equals { column: column.clone(), value: plan.root_key.clone() };
            let mut ask = self.ask(at, column.map(equals).into_iter().collect(), how, Answer::Rows);
            if how == How::Whole {
                ask.read.tenant = self.tenant(at, Wanted::OursOrNobodys);
            }
            asks.push(ask);
        }
        asks
    }

    /// Reads of children whose parents descend and were not asked for yet. Empty at the fixpoint.
    pub fn down(&mut self) -> Result<Vec<Ask<'a>>> {
        self.round += 1;
        self.descend_whole()?;
        let plan = self.plan;
        let waiting = self.waiting();
        let mut asks: Vec<Ask<'a>> = Vec::new();
        for (at, edge) in plan.edges.iter().enumerate() {
            let ranges = self.descending[edge.parent][self.down_done[at]..].to_vec();
            if !edge.down || ranges.is_empty() || self.is_read_anew(edge.child) || waiting[edge.child] {
                continue;
            }
            if let Carrier::Relationship { table, child_is_start } = edge.by {
                let parent_end = if child_is_start { "_end" } else { "_start" };
                asks.extend(self.pairs(at, table, parent_end, edge.parent, &within(&ranges), false)?);
                self.pairs_done[at] = self.descending[edge.parent].len();
                continue;
            }
            self.down_done[at] = self.descending[edge.parent].len();
            if self.is_tenant_complete(edge.child) {
                continue;
            }
            let Some(filter) = self.children(at, &within(&ranges))? else { continue };
            let by = (at, within(&ranges));
            // Reads of one table could overlap: they are one.
            match asks.iter_mut().find(|ask| ask.table == edge.child) {
                Some(Ask { answer: Answer::Candidates(edges), read, .. }) => {
                    edges.push(by);
                    read.any.push(filter);
                }
                _ => {
                    let answer = Answer::Candidates(vec![by]);
                    let mut ask = self.ask(edge.child, vec![filter], How::Down, answer);
                    ask.read.tenant = self.tenant(edge.child, Wanted::Nobodys);
                    asks.push(ask);
                }
            }
        }
        for ask in &mut asks {
            // The first rows of a table are no copies of others.
            if let Answer::Candidates(edges) = &ask.answer
                && self.rows[ask.table] == 0
                && !edges.iter().any(|(edge, _)| plan.is_narrowed(*edge))
            {
                ask.answer = Answer::Rows;
                ask.into = (ask.read.table.store.clone(), ask.read.table.staged.clone());
            }
        }
        Ok(asks)
    }

    /// Per table, whether it is asked for later: while a table above it still waits for rows, those that
    /// come would ask for the same rows of this one again.
    fn waiting(&self) -> Vec<bool> {
        let count = self.rows.len();
        let is_open = |at: usize, edge: &Edge| {
            edge.down
                && self.down_done[at] < self.descending[edge.parent].len()
                && matches!(edge.by, Carrier::Columns { .. })
                && !self.is_read_anew(edge.child)
                && !self.is_tenant_complete(edge.child)
        };
        let edges = self.plan.edges.iter().enumerate();
        let open: HashSet<usize> =
            edges.filter(|(at, edge)| is_open(*at, edge)).map(|(_, edge)| edge.child).collect();
        let below: HashMap<usize, HashSet<usize>> =
            open.iter().map(|table| (*table, self.plan.below(*table))).collect();
        let waits = |table: usize| {
            let above = open.iter().filter(|other| below[other].contains(&table));
            // Tables of one cycle ask for each other: none of them can wait for another.
            above.into_iter().any(|other| !below.get(&table).is_some_and(|below| below.contains(other)))
        };
        (0..count).map(waits).collect()
    }

    /// Reads of the children that relationships name, after their pairs have been read.
    pub fn down_pairs(&mut self) -> Result<Vec<Ask<'a>>> {
        let plan = self.plan;
        let mut asks = Vec::new();
        for (at, edge) in plan.edges.iter().enumerate() {
            let ranges = &self.descending[edge.parent]
                [self.down_done[at]..self.pairs_done[at].max(self.down_done[at])];
            if !matches!(edge.by, Carrier::Relationship { .. }) || !edge.down || ranges.is_empty() {
                continue;
            }
            let parent = &plan.catalog.tables[edge.parent];
            let child = &plan.catalog.tables[edge.child];
            let parents = within(ranges);
            self.down_done[at] = self.pairs_done[at];
            if plan.whole[edge.child] {
                self.descend_by(at, &parents)?;
                continue;
            } else if self.is_tenant_complete(edge.child) {
                continue;
            }
            self.descend_staged(at, &parents)?;
            let query = format!(
                "SELECT DISTINCT pair.child AS k0 FROM {} AS pair SEMI JOIN (SELECT * FROM {} WHERE {}) AS parent \
                 ON pair.parent = {} ANTI JOIN {} AS known ON pair.child = {}",
                pairs_table(at),
                quoted(parent),
                parents,
                node_text(parent, "parent."),
                quoted(child),
                node_text(child, "known.")
            );
            let keys = self.db.batch(&node_columns(child, &query), [])?;
            if keys.num_rows() > 0 {
                let columns = child.key.clone();
                let filter = match edge.by {
                    Carrier::Relationship { table, child_is_start } if plan.is_path(at) => {
                        let name = plan.catalog.tables[table].name.clone();
                        let then = Then::Relationships { name, is_forward: !child_is_start };
                        Filter::Chain { columns, then, keys }
                    }
                    _ => Filter::Keys { columns, is_expression: false, keys },
                };
                let answer = Answer::Candidates(Vec::new());
                let mut ask = self.ask(edge.child, vec![filter], How::Down, answer);
                ask.read.tenant = self.tenant(edge.child, Wanted::Nobodys);
                asks.push(ask);
            }
        }
        Ok(asks)
    }

    /// Reads of the relationships of child rows that were not asked for yet. A relationship has one child and
    /// so comes once.
    pub fn up_pairs(&mut self) -> Result<Vec<Ask<'a>>> {
        let plan = self.plan;
        let mut asks = Vec::new();
        for (at, edge) in plan.edges.iter().enumerate() {
            if let Carrier::Relationship { table, child_is_start } = edge.by
                && edge.up
                && self.related[at] < self.rows[edge.child]
            {
                let child_end = if child_is_start { "_start" } else { "_end" };
                let new = format!("rowid >= {}", self.related[at]);
                self.related[at] = self.rows[edge.child];
                asks.extend(self.pairs(at, table, child_end, edge.child, &new, true)?);
            }
        }
        Ok(asks)
    }

    /// Reads of parents that new child rows name and that are not staged. Empty at the fixpoint. Each
    /// parent and key is asked once for all edges, so that the same row never comes twice.
    pub fn up(&mut self) -> Result<Vec<Ask<'a>>> {
        let plan = self.plan;
        let mut asks: Vec<Ask<'a>> = Vec::new();
        for (first, edge) in plan.edges.iter().enumerate() {
            // One question per parent and round: two unique keys may name the same row.
            if asks.iter().any(|ask| ask.table == edge.parent) {
                continue;
            }
            let mut wanted = Vec::new();
            for (at, other) in plan.edges.iter().enumerate().skip(first) {
                if other.up && plan.same_question(edge, other) && self.up_done[at] < self.rows[other.child] {
                    wanted.push(plan.child_keys(at, &format!("rowid >= {}", self.up_done[at])));
                    self.up_done[at] = self.rows[other.child];
                }
            }
            if wanted.is_empty() {
                continue;
            }
            let keys = self.wanted(first, &wanted.join(" UNION ALL "))?;
            if keys.num_rows() == 0 {
                continue;
            }
            self.db.run(&format!("INSERT INTO {} FROM _wanted", plan.asked_table(first)))?;
            let columns = plan.parent_key(edge);
            let mut ask = match self.upward(edge) {
                Some(then) => {
                    let chain = Filter::Chain { columns: columns.clone(), then, keys: keys.clone() };
                    // What it leads to may be staged already.
                    self.ask(edge.parent, vec![chain], How::Up, Answer::Candidates(Vec::new()))
                }
                None => {
                    let keys =
                        Filter::Keys { columns: columns.clone(), is_expression: false, keys: keys.clone() };
                    let answer = match plan.names_one(edge) {
                        true => Answer::Rows,
                        // Some of the rows that one value names may be staged already.
                        false => Answer::Candidates(Vec::new()),
                    };
                    self.ask(edge.parent, vec![keys], How::Up, answer)
                }
            };
            if let (false, Some(tenant)) = (edge.take, self.tenant(edge.parent, Wanted::OursOrNobodys)) {
                ask.read.tenant = Some(tenant);
                asks.push(self.foreign(first, Filter::Keys { columns, is_expression: false, keys }));
            }
            asks.push(ask);
        }
        Ok(asks)
    }

    /// Reads of tables without a key, with every condition at once, so that each row comes once. Empty
    /// when nothing descends that their last read did not know.
    pub fn anew(&mut self) -> Result<Vec<Ask<'a>>> {
        let plan = self.plan;
        let mut asks = Vec::new();
        for at in 0..plan.catalog.tables.len() {
            if !self.is_read_anew(at) || plan.catalog.tables[at].kind == TableKind::Relationship {
                continue;
            }
            let parents = plan.edges.iter().filter(|edge| edge.child == at && edge.down);
            let ranges = parents.flat_map(|edge| &self.descending[edge.parent]);
            let known = 1 + ranges.map(|(first, last)| last - first + 1).sum::<u64>();
            if known <= self.anew_done[at] {
                continue;
            }
            self.anew_done[at] = known;
            self.forget(at)?;
            asks.extend(self.all_rows(at)?);
        }
        Ok(asks)
    }

    /// Reads of the relationships that are not walked up, and so not staged yet; run once, when all nodes are
    /// settled.
    pub fn relationships(&self) -> Result<Vec<Ask<'a>>> {
        let mut asks = Vec::new();
        for (at, edge) in self.plan.edges.iter().enumerate() {
            if let Carrier::Relationship { table, child_is_start } = edge.by
                && !edge.up
            {
                let child_end = if child_is_start { "_start" } else { "_end" };
                asks.extend(self.pairs(at, table, child_end, edge.child, "true", true)?);
            }
        }
        Ok(asks)
    }

    /// Creates the table candidates are appended to.
    pub fn prepare(&self, ask: &Ask<'_>) -> Result<()> {
        let columns = match ask.answer {
            Answer::Candidates(_) => self.column_list(ask.table),
            Answer::ForeignKeys(_) => {
                let columns = ask.read.outputs.iter().filter_map(|output| match output {
                    Output::Column(column) => Some(ask::definition(column)),
                    _ => None,
                });
                columns.collect::<Vec<_>>().join(", ")
            }
            Answer::Rows | Answer::Anew | Answer::Pairs => return Ok(()),
        };
        self.db.run(&format!("CREATE TABLE slice.{} ({columns})", Ident(&ask.into.1)))
    }
}
