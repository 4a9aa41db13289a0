//! Which changes are tried on a check, the most promising first. What the catalog demands fails in one known
//! way each; a rule is searched: every column it names gets the constants it names and what lies beside them.

use super::{Change, Place, Prover, Rows, To, What};
use crate::error::Result;
use crate::name::Ident;
use crate::rule::expand::Check;
use crate::rule::guess::{self, Named};
use crate::rule::tree;

impl Prover<'_> {
    /// The changes to try, in order.
    pub(super) fn guesses(&self, check: &Check) -> Result<Vec<Change>> {
        let named = guess::named(&tree::parse(self.db, &check.sql)?);
        let mut found = self.demanded(check)?;
        // The table that is examined comes first, then the others that are named.
        let own = self.places.get(&check.path());
        let others = self.places.values().filter(|place| {
            place.name != check.path()
                && !place.name.starts_with("meta.")
                && named.tables.contains(&place.name)
        });
        let places: Vec<&Place> = own.into_iter().chain(others).collect();
        for place in &places {
            self.values(check, place, &named, &mut found)?;
        }
        for place in places.iter().filter(|place| place.rows > 0) {
            found.push(change(place, What::Remove { rows: Rows::At(0) }));
            found.push(change(place, What::Repeat { rows: Rows::At(0) }));
        }
        for place in places {
            found.push(change(place, What::Add { rows: vec![Vec::new()] }));
            found.push(change(place, What::Add { rows: vec![Vec::new(), Vec::new()] }));
            for (column, kind, length) in own_columns(check, place, &named) {
                let values = guess::values(kind, &named, *length).into_iter().map(Some).chain([None]);
                let row = |value| What::Add { rows: vec![vec![(column.clone(), value)]] };
                found.extend(values.map(|value| change(place, row(value))));
            }
        }
        Ok(found)
    }

    /// How a check of the catalog fails.
    fn demanded(&self, check: &Check) -> Result<Vec<Change>> {
        let Some(place) = self.places.get(&check.path()) else { return Ok(Vec::new()) };
        let entry = |what| Rows::Key(format!("{}.{}.{what}", check.store, check.table));
        let column = check.column.clone().unwrap_or_default();
        Ok(match check.rule.as_str() {
            "rows_extracted" if place.rows > 0 => vec![change(place, What::Remove { rows: Rows::At(0) })],
            "rows_extracted" | "needs_value" => {
                vec![change(place, What::Add { rows: vec![Vec::new()] })]
            }
            "primary_key" | "unique_key" => {
                // What is examined are the rows whose key has no NULL.
                let examined = check.examined_sql.replacen("count(*)", "rowid", 1);
                let found = format!("SELECT coalesce((FROM ({examined}) LIMIT 1), 0)");
                let position = self.db.one(&found, [])?;
                vec![change(place, What::Repeat { rows: Rows::At(position) })]
            }
            "fits_target" => {
                let rows = entry(&column);
                let gone =
                    Change { table: "meta.target_column".into(), what: What::Remove { rows: rows.clone() } };
                let to = To::Text("BLOB".into());
                let odd = What::Set { column: "duck_type".into(), to, rows };
                let position = self.first(place, "true")?;
                let null = What::Set { column, to: To::Null, rows: Rows::At(position) };
                vec![change(place, null), gone, Change { table: "meta.column".into(), what: odd }]
            }
            _ => Vec::new(),
        })
    }

    /// Every column that is named gets every value that may matter, in the first row that has one and in
    /// one of the middle.
    fn values(&self, check: &Check, place: &Place, named: &Named, found: &mut Vec<Change>) -> Result<()> {
        if place.rows == 0 {
            return Ok(());
        }
        let columns = own_columns(check, place, named);
        for (column, kind, length) in &columns {
            let position = self.first(place, &format!("{} IS NOT NULL", Ident(column)))?;
            let alike = columns.iter().filter(|(other, its_kind, _)| other != column && its_kind == kind);
            let texts = guess::values(kind, named, *length).into_iter().map(To::Text);
            let values = texts.chain([To::Null]).chain(alike.map(|(other, ..)| To::Column(other.clone())));
            for to in values {
                for position in [position, place.rows / 2] {
                    let (column, to, rows) = (column.clone(), to.clone(), Rows::At(position));
                    found.push(change(place, What::Set { column, to, rows }));
                }
            }
        }
        Ok(())
    }

    /// The position of the first row under a condition; 0 without one.
    fn first(&self, place: &Place, condition: &str) -> Result<i64> {
        let found =
            format!("SELECT coalesce((SELECT rowid FROM {} WHERE {condition} LIMIT 1), 0)", place.path);
        self.db.one(&found, [])
    }
}

fn change(place: &Place, what: What) -> Change {
    Change { table: place.name.clone(), what }
}

/// The columns of a table that a check names, the one it is about first.
fn own_columns<'a>(check: &Check, place: &'a Place, named: &Named) -> Vec<&'a (String, String, Option<u32>)> {
    let is_about = |name: &String| place.name == check.path() && check.column.as_ref() == Some(name);
    let is_named = |name: &String| named.columns.contains(&name.to_lowercase());
    let about = place.columns.iter().filter(|(name, ..)| is_about(name));
    let others = place.columns.iter().filter(|(name, ..)| !is_about(name) && is_named(name));
    about.chain(others).collect()
}
