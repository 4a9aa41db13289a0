//! The query of all keys that a reference of a table to itself leads to, in the SQL that SQLite and PostgreSQL share.

use crate::name::Ident;

/// `WITH RECURSIVE ...`: the keys that `begun`, a query, gives, and of the rows of `relation` that have them under
/// `columns`, and meet `condition`, what they hold in `then`. `cast` makes a value of the type of the key at a place.
pub(super) fn query(
    relation: &str,
    [columns, then]: [&[String]; 2],
    begun: &str,
    condition: Option<&str>,
    cast: &dyn Fn(usize, &str) -> String,
) -> String {
    let each = |form: &dyn Fn(usize) -> String, between: &str| {
        (0..columns.len()).map(form).collect::<Vec<_>>().join(between)
    };
    let row = each(&|at| format!("{} AS c{at}, {} AS n{at}", Ident(&columns[at]), Ident(&then[at])), ", ");
    let condition = condition.map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
    format!(
        "WITH RECURSIVE chain ({}) AS ({begun} UNION SELECT {} FROM (SELECT {row} FROM {relation}{condition}) AS this \
         JOIN chain ON {}) SELECT * FROM chain",
        each(&|at| format!("k{at}"), ", "),
        each(&|at| cast(at, &format!("this.n{at}")), ", "),
        each(&|at| format!("this.c{at} = chain.k{at}"), " AND ")
    )
}
