//! main
fn main() {
    println!(
        "{}",
        duckdb::Connection::open_in_memory()
            .unwrap()
            .query_row("select version()", [], |r| r.get::<_, String>(0))
            .unwrap()
    );
}
