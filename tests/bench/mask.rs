//! Masked values per second, strategy by strategy, beside Python's Faker row by row and the unkeyed `fake`
//! crate; text scanned per second; and ten million inputs that must not collide.

use crate::measure::Figures;
use crate::support::{cached, text_of};
use datamig::duck::udf::known::Known;
use datamig::duck::udf::register;
use datamig::secret::Key;
use duckdb::Connection;
use fake::Fake;
use fake::faker::internet::en::SafeEmail;
use fake::faker::name::en::FirstName;
use std::process::Command;
use std::time::Instant;

/// Values masked for one figure.
const VALUES: u32 = 2_000_000;
/// Inputs that must not collide.
const DISTINCT: u32 = 10_000_000;
/// Known values while texts are scanned, and rows of text.
const KNOWN: u32 = 100_000;
const TEXTS: u32 = 200_000;

/// Values by Faker, one call each, as a row-by-row masker makes them.
const FAKER: &str = "
import sys, time
from faker import Faker
fake = Faker()
for make in (fake.first_name, fake.email):
    begun = time.monotonic()
    for _ in range(20000):
        make()
    print(20000 / (time.monotonic() - begun))
";

/// A database of two threads with every mask, and a scanner that knows people.
fn masking() -> Connection {
    let conn = Connection::open_in_memory().expect("DuckDB");
    let known = register(&conn, &Key::from_bytes([7; 32])).expect("functions");
    for macros in datamig::sql::list(crate::support::repository(), "macros/mask", "sql").expect("macros") {
        conn.execute_batch(&macros.text).expect("a macro");
    }
    let mut values = Known::new(Vec::new());
    for number in 0..KNOWN {
        values.add(&format!("Vorname{number} Nachname{number}"), "", "Eva Ross");
    }
    assert!(known.set(values).is_ok());
    conn.execute_batch(&format!(
        "SET threads = 2; CREATE TABLE people AS SELECT 'Vorname' || range AS name, 'student:' || range AS person,
         'u' || range || '@school.edu' AS email, printf('312-867-%04d', range % 10000) AS phone,
         range || ' Main Street' AS street FROM range({VALUES})"
    ))
    .expect("inputs");
    conn
}

/// Seconds a query of one number takes.
fn seconds(conn: &Connection, query: &str) -> (f64, i64) {
    let begun = Instant::now();
    let number = conn.query_row(query, [], |row| row.get(0)).expect("a number");
    (begun.elapsed().as_secs_f64(), number)
}

/// Every strategy of the goals, and its references.
pub fn values() {
    let conn = masking();
    let mut figures = Figures::new("masked values per second, 2 threads");
    for (mask, goal) in [
        ("mask_first_name(name, person)", 5.0),
        ("mask_last_name(name, person)", 5.0),
        ("mask_hash(email, 'd')", 5.0),
        ("mask_phone(phone)", 5.0),
        ("mask_email(email, person)", 2.0),
        ("mask_street(street)", 2.0),
        ("mask_city(name, person, 'TX')", 2.0),
    ] {
        let (took, _) = seconds(&conn, &format!("SELECT sum(length({mask}))::BIGINT FROM people"));
        figures.at_least(mask, f64::from(VALUES) / took / 1e6, goal, "M/s");
    }
    let begun = Instant::now();
    let length: usize = (0..VALUES / 10).map(|_| FirstName().fake::<String>().len()).sum();
    let rate = |took: f64| format!("{:.2} M/s", f64::from(VALUES / 10) / took / 1e6);
    figures
        .note("reference: fake crate, unkeyed, first names, 1 thread", &rate(begun.elapsed().as_secs_f64()));
    let begun = Instant::now();
    let addresses: usize = (0..VALUES / 10).map(|_| SafeEmail().fake::<String>().len()).sum();
    figures.note("reference: fake crate, unkeyed, e-mails, 1 thread", &rate(begun.elapsed().as_secs_f64()));
    assert!(length > 0 && addresses > 0);
    let mut python = Command::new("python3");
    let faker = text_of(python.env("PYTHONPATH", cached("faker")).args(["-c", FAKER]));
    for (what, rate) in ["first names", "e-mails"].iter().zip(faker.lines()) {
        let rate: f64 = rate.parse().expect("a figure");
        figures
            .note(&format!("reference: Python Faker, {what}, row by row"), &format!("{:.3} M/s", rate / 1e6));
    }
    texts(&conn, &mut figures);
    figures.print();
}

fn texts(conn: &Connection, figures: &mut Figures) {
    conn.execute_batch(&format!(
        "CREATE TABLE texts AS SELECT repeat('The pupil was quiet and read a book about the sea. ', 8) || 'Vorname'
         || range || ' Nachname' || range || ' called (312) 867-5309 at ten.' AS t FROM range({TEXTS})"
    ))
    .expect("texts");
    let (_, bytes) = seconds(conn, "SELECT sum(strlen(t))::BIGINT FROM texts");
    let (took, _) = seconds(conn, "SELECT sum(strlen(mask_note(t)))::BIGINT FROM texts");
    #[allow(clippy::cast_precision_loss, reason = "some megabytes")]
    let megabytes = bytes as f64 / 1e6;
    figures.at_least("free text, 100,000 known values", megabytes / took, 100.0, "MB/s");
}

/// Ten million inputs, no fake twice.
pub fn distinct() {
    let conn = masking();
    let mut figures = Figures::new("ten million inputs, distinct fakes");
    for mask in [
        "mask_email(i || '@school.edu')",
        "mask_user_name('u' || i)",
        "mask_fpe(printf('%010d', i), 'd')",
        "mask_hash(i, 'd', length := 16)",
    ] {
        let query = format!(
            "SELECT count(*) FROM (SELECT 1 FROM range({DISTINCT}) AS t(i) GROUP BY {mask} HAVING count(*) > 1)"
        );
        let (took, twice) = seconds(&conn, &query);
        assert_eq!(twice, 0, "{mask} collides");
        figures.note(mask, &format!("no duplicate, {took:.1} s"));
    }
    figures.print();
}
