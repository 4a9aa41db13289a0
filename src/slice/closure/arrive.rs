//! What comes in: rows are counted, merged where they may be there already, and descend.

use super::{Answer, Ask, Closure};
use crate::error::Result;
use crate::name::{Ident, Idents};
use crate::slice::keys::within;
use crate::slice::{Carrier, Edge, How, identity, quoted};
use crate::sql;

impl Closure<'_> {
    /// Takes in what an ask brought.
    pub fn accept(&mut self, ask: &Ask<'_>) -> Result<()> {
        match &ask.answer {
            Answer::Rows | Answer::Anew => self.arrived(ask.table, ask.how),
            Answer::Candidates(edges) => self.merge(ask, edges),
            Answer::ForeignKeys(edge) => {
                let found = format!("slice.{}", Ident(&ask.into.1));
                self.db.run(&format!(
                    "INSERT INTO {} SELECT DISTINCT COLUMNS('^k\\d+$') FROM ({}); DROP TABLE {found}",
                    self.plan.foreign_table(*edge),
                    self.plan.parent_keys_in(*edge, &found, "true")
                ))
            }
            Answer::Pairs => Ok(()),
        }
    }

    /// Rows of a table that descend although they came up or whole. Those that came down by a reference as
    /// well are no longer rows that only others need.
    pub fn descend(&mut self, table: usize, rows: &str, came_down: bool) -> Result<bool> {
        self.db.run(&format!("CREATE OR REPLACE TEMP TABLE _descending AS {rows}"))?;
        let query = sql::get("slice/ranges.sql");
        let ranges = self.db.rows(query, [], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?)))?;
        if ranges.is_empty() {
            return Ok(false);
        }
        self.db.run(&format!(
            "INSERT INTO slice.descended SELECT {table}, \"row\", {came_down} FROM _descending"
        ))?;
        if came_down {
            self.db.run(&format!(
                "DELETE FROM slice.up_row WHERE tab = {table} AND \"row\" IN (SELECT \"row\" FROM _descending)"
            ))?;
        }
        self.descending[table].extend(ranges);
        Ok(true)
    }

    /// Whether rows descend that nobody was asked about yet.
    pub fn is_open(&self) -> bool {
        self.plan.edges.iter().enumerate().any(|(at, edge)| {
            edge.down
                && !self.is_read_anew(edge.child)
                && self.down_done[at] < self.descending[edge.parent].len()
        })
    }

    /// Rows of tables taken whole descend as well where they reference what descends.
    pub(super) fn descend_whole(&mut self) -> Result<()> {
        let is_columns = |edge: &Edge| matches!(edge.by, Carrier::Columns { .. });
        let mut is_new = true;
        while is_new {
            is_new = false;
            for (at, edge) in self.plan.edges.iter().enumerate() {
                let ranges = &self.descending[edge.parent][self.down_done[at]..];
                let is_whole = self.plan.whole[edge.child] && !self.is_read_anew(edge.child);
                if is_whole && edge.down && is_columns(edge) && !ranges.is_empty() {
                    let parents = within(ranges);
                    self.down_done[at] = self.descending[edge.parent].len();
                    is_new |= self.descend_by(at, &parents)?;
                }
            }
        }
        Ok(())
    }

    /// Rows of a table taken whole and read from the start descend where they reference what descends by now, its own
    /// rows among them.
    fn descend_anew(&mut self, child: usize) -> Result<()> {
        let is_own =
            |edge: &Edge| edge.child == child && edge.down && matches!(edge.by, Carrier::Columns { .. });
        let mut is_new = true;
        while is_new {
            is_new = false;
            for (at, edge) in self.plan.edges.iter().enumerate().filter(|(_, edge)| is_own(edge)) {
                let parents = &self.descending[edge.parent];
                if !parents.is_empty() {
                    is_new |= self.descend_by(at, &within(parents))?;
                }
            }
        }
        Ok(())
    }

    /// The staged children of some parents descend, by one edge.
    pub(super) fn descend_by(&mut self, at: usize, parents: &str) -> Result<bool> {
        let child = self.plan.edges[at].child;
        let rows = format!(
            "SELECT DISTINCT child._row AS \"row\" FROM ({}) AS child ANTI JOIN \
             (FROM slice.descended WHERE tab = {child} AND came_down) AS known ON known.\"row\" = child._row",
            self.plan.children_of(at, &quoted(&self.plan.catalog.tables[child]), parents)
        );
        self.descend(child, &rows, true)
    }

    /// The staged children of some parents that came up and are nobody's descend: no store has to be asked.
    pub(super) fn descend_staged(&mut self, at: usize, parents: &str) -> Result<()> {
        let child = self.plan.edges[at].child;
        if !self.came_up[child] {
            return Ok(());
        }
        let table = quoted(&self.plan.catalog.tables[child]);
        let nobodys = match &self.plan.tenant[child] {
            Some(column) => format!("(SELECT rowid AS \"row\" FROM {table} WHERE {} IS NULL)", Ident(column)),
            None => format!("(SELECT rowid AS \"row\" FROM {table})"),
        };
        let rows = format!(
            "SELECT DISTINCT child._row AS \"row\" FROM ({}) AS child \
             SEMI JOIN (FROM slice.up_row WHERE tab = {child}) AS up ON up.\"row\" = child._row \
             SEMI JOIN {nobodys} AS free ON free.\"row\" = child._row",
            self.plan.children_of(at, &table, parents)
        );
        self.descend(child, &rows, true)?;
        Ok(())
    }

    /// Counts the rows that were appended to a table.
    fn arrived(&mut self, at: usize, how: How) -> Result<()> {
        let table = &self.plan.catalog.tables[at];
        let first = self.rows[at];
        let now: u64 = self.db.one(&format!("SELECT count(*) FROM {}", quoted(table)), [])?;
        if now == first {
            return Ok(());
        }
        self.rows[at] = now;
        self.db.change(
            "INSERT INTO slice.step VALUES (?, ?, ?, ?, ?)",
            duckdb::params![at as i64, first, now - 1, how.word(), self.round],
        )?;
        match how {
            How::Root | How::Down => self.descending[at].push((first, now - 1)),
            How::Up => {
                self.came_up[at] = true;
                self.db
                    .run(&format!("INSERT INTO slice.up_row SELECT {at}, unnest(range({first}, {now}))"))?;
            }
            How::Whole => {
                if let Some(ours) = self.plan.is_ours(at) {
                    let rows = format!("SELECT rowid AS \"row\" FROM {} WHERE {ours}", quoted(table));
                    self.descend(at, &rows, true)?;
                }
                if self.is_read_anew(at) {
                    self.descend_anew(at)?;
                }
            }
        }
        Ok(())
    }

    /// Moves candidates that are not staged yet into their table; those that had only come up now descend.
    /// Where a store was asked for more than a reference means (`when`, lists), only those that some of
    /// `edges` brings are taken.
    fn merge(&mut self, ask: &Ask<'_>, edges: &[(usize, String)]) -> Result<()> {
        let at = ask.table;
        let table = quoted(&self.plan.catalog.tables[at]);
        let candidates = format!("slice.{}", Ident(&ask.into.1));
        if edges.iter().any(|(edge, _)| self.plan.is_narrowed(*edge)) {
            let brought: Vec<String> = edges
                .iter()
                .map(|(edge, parents)| {
                    format!("SELECT _row FROM ({})", self.plan.children_of(*edge, &candidates, parents))
                })
                .collect();
            self.db.run(&format!(
                "DELETE FROM {candidates} WHERE rowid NOT IN ({})",
                brought.join(" UNION ALL ")
            ))?;
        }
        let known = match identity(&self.plan.catalog.tables[at]) {
            // Of rows that cannot be told apart as many are added as there are more of them.
            [] if ask.how == How::Up => format!("EXCEPT ALL FROM {table}"),
            [] => String::new(),
            key => {
                let rows = format!(
                    "SELECT known.rowid AS \"row\" FROM {table} AS known SEMI JOIN {candidates} AS candidate \
                     USING ({keys}) SEMI JOIN (FROM slice.up_row WHERE tab = {at}) AS up ON up.\"row\" = known.rowid",
                    keys = Idents(key),
                );
                if ask.how == How::Down {
                    self.descend(at, &rows, true)?;
                }
                format!("ANTI JOIN {table} AS known USING ({})", Idents(key))
            }
        };
        self.db.run(&format!(
            "INSERT INTO {table} FROM {candidates} AS candidate {known}; DROP TABLE {candidates}"
        ))?;
        self.arrived(at, ask.how)
    }

    /// Empties a table that is read anew: its rows are to descend, and to be asked for, once more.
    pub(super) fn forget(&mut self, at: usize) -> Result<()> {
        self.rows[at] = 0;
        let columns = self.column_list(at);
        let table = quoted(&self.plan.catalog.tables[at]);
        self.descending[at].clear();
        for (edge_at, edge) in self.plan.edges.iter().enumerate() {
            if edge.child == at || edge.parent == at {
                self.up_done[edge_at] = 0;
            }
            if edge.parent == at {
                self.down_done[edge_at] = 0;
                let (asked, foreign) = (self.plan.asked_table(edge_at), self.plan.foreign_table(edge_at));
                self.db.run(&format!("DELETE FROM {asked}; DELETE FROM {foreign}"))?;
            }
        }
        self.db.run(&format!(
            "CREATE OR REPLACE TABLE {table} ({columns}); DELETE FROM slice.step WHERE tab = {at}; \
             DELETE FROM slice.up_row WHERE tab = {at}; DELETE FROM slice.descended WHERE tab = {at}"
        ))
    }
}
