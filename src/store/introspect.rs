//! Introspects the stores of one side, all at once, into one catalog.

use super::Source;
use crate::catalog::{Catalog, name_columns, name_staged};
use crate::error::Result;
use crate::threads::side_by_side;

/// A store's name and how to read it.
pub type Named<'a> = (&'a str, &'a dyn Source);

/// The catalog of all stores, in the order given.
pub fn introspect(stores: &[Named<'_>]) -> Result<Catalog> {
    let found = side_by_side(stores.to_vec(), |(store, source)| {
        source.introspect().map_err(|error| error.context(format!("store {store}")))
    })?;
    let mut catalog = Catalog::default();
    for ((store, _), mut found) in stores.iter().zip(found) {
        name_staged(&mut found.tables);
        name_columns(&mut found.tables, &mut found.references);
        let first = catalog.tables.len();
        for table in &mut found.tables {
            (*store).clone_into(&mut table.store);
        }
        for reference in &mut found.references {
            // A store does not know what the project calls it; the ids of references begin with that.
            reference.id = format!("{store}.{}", reference.id.trim_start_matches('.'));
            reference.child += first;
            reference.parent += first;
        }
        catalog.tables.extend(found.tables);
        catalog.references.extend(found.references);
    }
    Ok(catalog)
}
