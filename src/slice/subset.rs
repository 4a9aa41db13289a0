//! Keeps a part of the staged slice. Some rows of one table are chosen; its other rows are treated as those of
//! another tenant are: a reference to one is emptied where it may be, else its row is left out, and so on for rows
//! that need it. In a sample what depends on a row goes with it.

use super::part::{Part, below, found, matching};
use super::sample::{came_down, digest, drop_others};
use super::settle::{Gone, empty_references};
use super::{Carrier, Plan, quoted, sample};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::sql;

/// Keeps the part that was asked for. `salt` makes the choice of rows unpredictable for who has it not, and
/// the same each time for who has.
pub fn keep(plan: &Plan<'_>, db: &Db, part: &Part, salt: &str) -> Result<()> {
    let (of, chosen, is_below) = match part {
        Part::Share(share) => return sample::keep(plan, db, *share, salt),
        Part::Rows { count, of } => {
            let of = found(plan.catalog, of)?;
            let order = format!("ORDER BY {}, rowid LIMIT {count}", digest(plan, of, salt));
            let rows = format!("SELECT rowid FROM {} AS this", quoted(&plan.catalog.tables[of]));
            (of, format!("{rows} WHERE {} {order}", came_down(of)), false)
        }
        Part::Below(condition) => {
            let of = below(plan.catalog, condition)?;
            let rows = matching(&plan.catalog.tables[of], condition);
            (of, format!("SELECT rowid FROM ({rows}) WHERE {}", came_down(of)), true)
        }
    };
    begin(plan, db, is_below)?;
    if db.change(&format!("INSERT INTO slice.part SELECT {of}, rowid, true FROM ({chosen})"), [])? == 0 {
        let path = plan.catalog.tables[of].path();
        return Err(Error::usage(format!("no row of {path} in this slice is what was asked for"))
            .hint("`datamig sql <run>` shows what a whole slice holds"));
    }
    if is_below {
        // What is chosen brings what is below it in its own table.
        let only = format!("edge.down AND edge.child_tab = {of} AND edge.parent_tab = {of}");
        let descends = sql::get("slice/part_descends.sql").replace("edge.down", &only);
        while db.change(&descends, [])? > 0 {}
    }
    db.run(&format!(
        "INSERT INTO slice.part_without SELECT {of}, rowid FROM {} WHERE rowid NOT IN (SELECT \"row\" FROM slice.part)",
        quoted(&plan.catalog.tables[of])
    ))?;
    if is_below {
        repeat(db, "slice/part_descends.sql")?;
    }
    repeat(db, "slice/part_without_spreads.sql")?;
    for (at, table) in plan.catalog.tables.iter().enumerate() {
        let rows = match (at == plan.root || plan.whole[at], is_below) {
            (true, _) => "true".to_owned(),
            (false, false) => came_down(at),
            (false, true) => continue,
        };
        db.run(&format!(
            "INSERT INTO slice.part SELECT {at}, rowid, false FROM {} WHERE {rows}",
            quoted(table)
        ))?;
    }
    db.run(sql::get("slice/part_leave_out.sql"))?;
    let spread = |name| db.change(sql::get(name), []);
    while (is_below && spread("slice/part_descends.sql")? > 0) | (spread("slice/part_needs.sql")? > 0) {}
    root_stays(plan, db)?;
    db.run(sql::get("slice/part_cut.sql"))?;
    empty_references(plan, db, Gone::Part)?;
    drop_others(plan, db, "slice.part")
}

/// Notes which staged row references which, and whether it can do without.
fn begin(plan: &Plan<'_>, db: &Db, is_below: bool) -> Result<()> {
    db.run(sql::get("slice/part_begin.sql"))?;
    for (at, edge) in plan.edges.iter().enumerate().filter(|(_, edge)| edge.up || edge.down) {
        let is_relationship = matches!(edge.by, Carrier::Relationship { .. });
        db.run(&format!(
            "INSERT INTO slice.part_edge SELECT {at}, {}, child._row, {}, parent._row, {}, {} AND child._row NOT IN \
             (SELECT \"row\" FROM slice.up_row WHERE tab = {}), {}, {}, {} FROM ({}) AS child JOIN ({}) AS parent ON {}",
            edge.child,
            edge.parent,
            edge.up,
            edge.down,
            edge.child,
            plan.expands(edge.parent, "parent._row"),
            !is_relationship && !edge.nullable,
            !is_below && edge.down,
            plan.child_keys(at, "true"),
            plan.parent_keys(at, "true"),
            plan.keys_equal(at, "child", "parent")
        ))?;
    }
    Ok(())
}

/// Refuses a part without the root.
fn root_stays(plan: &Plan<'_>, db: &Db) -> Result<()> {
    let is_in = "SELECT EXISTS (FROM slice.part WHERE tab = ?)";
    match db.one(is_in, [plan.root as i64])? {
        true => Ok(()),
        false => Err(Error::refused("the root itself needs a row that this part leaves out")
            .hint("ask for another part, or for the whole slice")),
    }
}

/// Runs an INSERT until it brings nothing new.
fn repeat(db: &Db, name: &str) -> Result<()> {
    while db.change(sql::get(name), [])? > 0 {}
    Ok(())
}
