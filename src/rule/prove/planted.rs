//! How the checks of the proof of anonymity fail: originals and fakes planted where they do not belong. No
//! guess is needed, and each try reads a whole table, so the most promising comes first.

use super::{Change, Place, Prover, Rows, To, What};
use crate::error::Result;
use crate::rule::expand::Check;
use crate::sql;
use duckdb::params;

/// What is tried: each time these changes together.
type Tries = Vec<Vec<Change>>;

impl Prover<'_> {
    /// The changes to try, in order; `None` for a check that is not of the proof.
    pub(super) fn planted(&self, check: &Check) -> Result<Option<Tries>> {
        let Some(place) = self.places.get(&check.path()) else { return Ok(None) };
        let own = check.column.as_deref().unwrap_or_default();
        let columns = |which: &str| {
            let select = sql::get("proof/plantable_columns.sql");
            self.db.rows(select, params![check.store, check.table, which], |row| row.get::<_, String>(0))
        };
        Ok(Some(match check.rule.as_str() {
            // Of values that chance explains, many must come back.
            "no_original" => {
                let some = [Rows::At(0), Rows::At(place.rows / 2), Rows::At(place.rows - 1), all(place)];
                some.map(|rows| vec![set(place, own, To::Original, rows)]).to_vec()
            }
            "no_collapse" => one_for_all(place, own).to_vec(),
            "replayed" => columns("masked")?.iter().flat_map(|column| one_for_all(place, column)).collect(),
            "no_twin" => {
                let (kept, masked) = (columns("kept")?, columns("masked")?);
                let of = |to: &String, from: &String| {
                    vec![set(place, to, To::OriginalOf(from.clone()), all(place))]
                };
                kept.iter().flat_map(|to| masked.iter().map(move |from| of(to, from))).collect()
            }
            "no_survivor" => self.survivors(place, &columns("kept")?, &columns("masked")?)?,
            _ => return Ok(None),
        }))
    }

    /// An original of another column, in each column; in a row that comes in where there is none.
    fn survivors(&self, place: &Place, kept: &[String], masked: &[String]) -> Result<Tries> {
        let originals = self.db.rows(sql::get("proof/plantable.sql"), [], |row| {
            Ok(To::Longest { table: row.get(0)?, of: row.get(1)? })
        })?;
        let add = What::Add { rows: vec![Vec::new()] };
        let row = (place.rows == 0).then(|| Change { table: place.name.clone(), what: add });
        let plant = |column: &String| {
            let with = |to: &To| {
                let planted = set(place, column, to.clone(), Rows::First(1));
                row.clone().into_iter().chain([planted]).collect()
            };
            originals.iter().map(with).collect::<Tries>()
        };
        Ok(kept.iter().chain(masked).flat_map(plant).collect())
    }
}

fn set(place: &Place, column: &str, to: To, rows: Rows) -> Change {
    Change { table: place.name.clone(), what: What::Set { column: column.to_owned(), to, rows } }
}

fn all(place: &Place) -> Rows {
    Rows::First(place.rows)
}

fn one_for_all(place: &Place, column: &str) -> [Vec<Change>; 2] {
    [To::Text("x".into()), To::Null].map(|to| vec![set(place, column, to, all(place))])
}
