//! Where an index is missing: in PROD for what a slice is found by, in CERT for what a deletion checks.

use super::probe::{Probe, State};
use crate::catalog::{Catalog, Origin, reference_id};
use crate::error::Result;
use crate::project::Project;
use crate::slice::{Carrier, plan};
use std::collections::BTreeSet;

/// So many are named; the others are counted.
const SHOWN: usize = 5;

/// Looks at both sides. The rows of a table of CERT are estimated by PROD's: CERT may be empty still.
pub(super) fn probes(project: &Project, prod: &Catalog, cert: Result<Catalog>) -> Vec<Probe> {
    let checked = cert.map(|cert| checked(prod, &cert));
    let why = "a rollback reads those tables whole for each row it deletes";
    vec![
        Probe {
            what: "prod indexes".into(),
            state: verdict(
                sought(project, prod),
                "a slice is found by",
                "each extract reads those tables whole",
            ),
        },
        Probe {
            what: "cert indexes".into(),
            state: verdict(checked, "points at rows a rollback deletes", why),
        },
    ]
}

fn verdict(slow: Result<BTreeSet<String>>, what: &str, why: &str) -> State {
    let slow = match slow {
        Ok(slow) => slow,
        Err(error) => return State::Problem(error),
    };
    if slow.is_empty() {
        return State::Good(format!("all there for what {what}"));
    }
    let more = slow.len().saturating_sub(SHOWN);
    let names: Vec<&str> = slow.iter().take(SHOWN).map(String::as_str).collect();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    State::Warning(format!("no index for {}{more}: {why}", names.join(", ")))
}

/// Columns of PROD by which a slice finds rows, and the engine only by reading the table.
fn sought(project: &Project, prod: &Catalog) -> Result<BTreeSet<String>> {
    let plan = plan::build(prod, project, "")?;
    let mut slow = BTreeSet::new();
    let mut look = |at: usize, columns: &[String]| {
        let table = &prod.tables[at];
        if !plan.whole[at] && table.is_scanned_for(columns, table.estimated_rows) {
            slow.insert(reference_id(&table.path(), columns));
        }
    };
    for (at, tenant) in plan.tenant.iter().enumerate() {
        if let Some(column) = tenant {
            look(at, std::slice::from_ref(column));
        }
    }
    for edge in plan.edges.iter().filter(|edge| edge.down && plan.tenant[edge.child].is_none()) {
        if let Carrier::Columns { columns, is_expression: false, list: None, .. } = &edge.by {
            look(edge.child, columns);
        }
    }
    Ok(slow)
}

/// Declared references of CERT that the engine follows back only by reading the child.
fn checked(prod: &Catalog, cert: &Catalog) -> BTreeSet<String> {
    let declared = cert.references.iter().filter(|one| one.origin == Origin::Declared);
    let scanned = declared.filter(|one| {
        let table = &cert.tables[one.child];
        let twin = prod.find(&table.path()).map(|at| &prod.tables[at]);
        twin.is_some_and(|twin| table.is_scanned_for(&one.columns, twin.estimated_rows))
    });
    scanned.map(|one| one.id.clone()).collect()
}
