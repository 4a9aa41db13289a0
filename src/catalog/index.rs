//! Which columns an engine finds rows by without reading the whole table.

use super::{Table, TableKind};

/// A table with fewer rows is read as fast as an index.
const FEW_ROWS: u64 = 1000;

impl Table {
    /// Whether the engine reads all of a large table to find rows by these columns. `estimate` is how many
    /// rows it has; unknown counts as many.
    pub fn is_scanned_for(&self, columns: &[String], estimate: Option<u64>) -> bool {
        let leads = |index: &Vec<String>| {
            let first = index.get(..columns.len());
            first.is_some_and(|first| first.iter().all(|name| columns.contains(name)))
        };
        self.kind == TableKind::Table
            && estimate.is_none_or(|rows| rows >= FEW_ROWS)
            && !self.indexes.iter().chain(self.unique_keys()).any(leads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_serves_its_leading_columns_in_any_order() {
        let list = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let table = Table { key: list(&["id"]), indexes: vec![list(&["a", "b", "c"])], ..Table::default() };
        for (columns, is_scanned) in
            [(&["id"][..], false), (&["a"], false), (&["b", "a"], false), (&["b"], true), (&["a", "c"], true)]
        {
            assert_eq!(table.is_scanned_for(&list(columns), None), is_scanned, "{columns:?}");
        }
        assert!(!table.is_scanned_for(&list(&["b"]), Some(10)));
    }
}
