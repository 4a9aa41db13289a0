//! The functions as DuckDB calls them, through the macros: golden values, uniqueness, and what a person
//! keeps from table to table.

use datamig::duck::udf::register;
use datamig::secret::Key;
use duckdb::Connection;
use std::path::Path;

/// A database with every function and macro, keyed by a salt of one repeated byte.
fn salted(salt: u8) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    register(&conn, &Key::from_bytes([salt; 32])).unwrap();
    for macros in datamig::sql::list(Path::new("."), "macros/mask", "sql").unwrap() {
        conn.execute_batch(&macros.text).unwrap_or_else(|e| panic!("{}: {e}", macros.path.display()));
    }
    conn
}

/// The one value of a query, as text; NULL as `NULL`.
fn one(conn: &Connection, sql: &str) -> String {
    let sql = format!("SELECT coalesce(({sql})::VARCHAR, 'NULL')");
    conn.query_row(&sql, [], |row| row.get(0)).unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// Every macro with a value and what it becomes under the salt of sevens. A change here is a change of
/// every fake in every test environment: it must never happen by itself.
const GOLDEN: &[(&str, &str)] = &[
    ("mask_birth_date('2015-03-04', 'student:1', min_age := 5, max_age := 85)", "1994-10-01"),
    ("mask_birth_date(DATE '2015-03-04', age := 10)", "2015-10-06"),
    ("mask_card('4111 1111 1111 1111')", "4812 9497 0878 8946"),
    ("mask_city('Springfield', 'student:1', 'IL')", "Rockford"),
    ("mask_city('Springfield')", "Oklahoma City"),
    ("mask_company('Acme Inc')", "Bartell, O'Connell Group"),
    ("mask_constant('x', 'y')", "y"),
    ("mask_date(DATE '2015-03-04')", "2017-02-25"),
    ("mask_digest('value', 'domain')", "bdf21e6e19c3ff12cd0da9c3ca41b248"),
    ("mask_email('mia@school.edu', 'student:1')", "teresa.roob.emzqa6dbzdsy8@mail.example.org"),
    ("mask_email('mia@school.edu', 'student:1', 'F')", "teresa.roob.emzqa6dbzdsy8@mail.example.org"),
    ("mask_email('mia@school.edu', preserve_domain := true)", "bradley.von.emzqa6dbzdsy8@school.edu"),
    ("mask_email('mia@school.edu', max_length := 36)", "bradleemzqa6dbzdsy8@post.example.org"),
    ("mask_first_name('Mia', 'student:1', 'F')", "Teresa"),
    ("mask_first_name('Mia', 'student:1', 'M')", "Stuart"),
    ("mask_first_name('MIA')", "NORA"),
    ("mask_fpe('123-45-6789', 'ssn')", "338-62-2759"),
    ("mask_fpe('AB-1234-xy', 'student_number', 'alphanumeric')", "KO-1631-bz"),
    ("mask_fpe(1234567, 'account', 'integer')", "5805366"),
    ("mask_fpe('4111111111111111', 'card')", "2504794333753197"),
    ("mask_hash('123-45-6789', 'ssn')", "934e45320695ff44c9f906e78f6b536743612cf093f8dcb232db7e7779a8d240"),
    ("mask_hash('123-45-6789', 'ssn', 'sha512', 20)", "b1810f93f577b561b27c"),
    ("mask_iban('DE89 3704 0044 0532 0130 00')", "DE59 5532 5316 3205 0924 00"),
    ("mask_ip('81.2.69.142')", "10.129.116.170"),
    ("mask_ip('2a02:908::1/64')", "2001:db8:f1fb:4a28:67b2:26bd:411b:72d0/64"),
    ("mask_last_name('Okafor', 'student:1')", "Roob"),
    ("mask_last_name('Okafor')", "Lesch"),
    ("mask_name('Mia Okafor', 'student:1', 'F')", "Teresa Roob"),
    ("mask_name('Okafor, Mia')", "Lesch, Nora"),
    ("mask_name('Mia Okafor', mask_person('student:1', 'family:9', 'F'))", "Teresa O'Keefe"),
    ("mask_phone('(312) 867-5309')", "(262) 555-0159"),
    ("mask_phone('+1 312 867 5309 x12')", "+1 373 555 0107 x22"),
    ("mask_phone('+49 30 901820')", "+49 20 238056"),
    ("mask_shift(DATE '2015-03-04', 'student:1', 90)::DATE", "2015-05-24"),
    ("mask_shift(TIMESTAMP '2015-03-04 05:06:07', 'student:1', 90)", "2015-05-24 05:06:07"),
    ("mask_street('12 Main St')", "9375 Kirlin Boulevard"),
    ("mask_text('She likes to read.')", "maiores commodi re"),
    ("mask_token(17)", "TOKEN_00000017"),
    ("mask_unique_text('Room 12', 'room')", "fuga_voluptas_wqth4tfdps3vw"),
    ("mask_unique_text('Room 12', 'room', 16)", "wqth4tfdps3vw"),
    ("mask_url('http://okafor.net/mia?x=1')", "http://www.example.org/7izrk66hm8xc5"),
    ("mask_user_name('mokafor', 'student:1', 'F')", "troob_debrm35umjkqh"),
    ("mask_uuid('value', 'domain')", "bdf21e6e-19c3-4f12-8d0d-a9c3ca41b248"),
    ("mask_year(DATE '2015-03-04')", "2015-01-01 00:00:00"),
    ("mask_zip('62704', 'student:1', 'IL')", "61142"),
    ("mask_zip('62704-1234', state := 'Illinois')", "61622-8979"),
    ("mask_zip3('62704-1234')", "62700-0000"),
];

#[test]
fn fakes_never_change() {
    let conn = salted(7);
    for (call, fake) in GOLDEN {
        assert_eq!(one(&conn, &format!("SELECT {call}")), *fake, "{call}");
    }
}

#[test]
fn another_salt_shares_nothing() {
    let (one_salt, other) = (salted(7), salted(8));
    // What says next to nothing (a state's three cities, a number handed in) may coincide by chance.
    let small = ["mask_constant", "mask_token", "mask_year", "mask_zip", "mask_city"];
    for (call, _) in GOLDEN.iter().filter(|(call, _)| !small.iter().any(|small| call.starts_with(small))) {
        let sql = format!("SELECT {call}");
        assert_ne!(one(&one_salt, &sql), one(&other, &sql), "{call}");
    }
}

#[test]
fn null_stays_null_and_empty_stays_empty() {
    let conn = salted(7);
    for call in [
        "mask_card(v)",
        "mask_city(v)",
        "mask_company(v)",
        "mask_digest(v, 'd')",
        "mask_email(v, 'p')",
        "mask_first_name(v)",
        "mask_fpe(v, 'd')",
        "mask_hash(v, 'd')",
        "mask_iban(v)",
        "mask_ip(v)",
        "mask_json(v, '[]')",
        "mask_last_name(v)",
        "mask_name(v, 'p')",
        "mask_note(v)",
        "mask_phone(v)",
        "mask_street(v)",
        "mask_text(v)",
        "mask_unique_text(v, 'd')",
        "mask_url(v)",
        "mask_user_name(v)",
        "mask_uuid(v, 'd')",
        "mask_zip(v)",
    ] {
        let sql = format!(
            "SELECT list({call} ORDER BY v NULLS FIRST)[1:2] FROM (VALUES (NULL), (''), ('12345678')) AS t(v)"
        );
        assert_eq!(one(&conn, &sql), "[NULL, '']", "{call}");
    }
    for call in ["mask_birth_date(NULL)", "mask_date(NULL)", "mask_shift(NULL::DATE)", "mask_token(NULL)"] {
        assert_eq!(one(&conn, &format!("SELECT {call}")), "NULL", "{call}");
    }
}

/// How many distinct values a mask makes of so many distinct values.
fn distinct(conn: &Connection, mask: &str, values: u32) -> String {
    one(conn, &format!("SELECT count(DISTINCT {mask}) FROM (SELECT range AS i FROM range({values}))"))
}

#[test]
fn unique_stays_unique() {
    let conn = salted(7);
    for mask in [
        "mask_email(i || '@school.edu', 'student:' || i // 7)",
        "mask_fpe(printf('%03d-%02d-%04d', 1 + i // 9999, 17, 1 + i % 9999), 'ssn')",
    ] {
        assert_eq!(distinct(&conn, mask, 100_000), "100000", "{mask}");
    }
    for mask in [
        "mask_email(i || '@school.edu', max_length := 32)",
        "mask_user_name(i)",
        "mask_url(i)",
        "mask_uuid(i, 'd')",
        "mask_hash(i, 'd', length := 16)",
        "mask_unique_text(i, 'd', 13)",
        "mask_fpe(printf('%09d', i), 'ssn')",
        "mask_fpe(1000000 + i, 'account', 'integer')::BIGINT",
        "mask_fpe(printf('ab%05d', i), 'number', 'alphanumeric')",
    ] {
        assert_eq!(distinct(&conn, mask, 20_000), "20000", "{mask}");
    }
}

#[test]
fn threads_and_row_order_do_not_matter() {
    let conn = salted(7);
    let mut seen = Vec::new();
    for (threads, order) in [(1, "ASC"), (2, "DESC"), (4, "ASC")] {
        conn.execute_batch(&format!("SET threads = {threads}")).unwrap();
        seen.push(one(&conn, &format!(
            "SELECT bit_xor(hash(i, e, n)) FROM (SELECT i, mask_email(i) AS e, mask_name(i, 'p' || i % 99) AS n
             FROM (SELECT range AS i FROM range(20000) ORDER BY range {order}))"
        )));
    }
    assert!(seen.iter().all(|hash| *hash == seen[0]), "{seen:?}");
}

#[test]
fn one_person_stays_one_person() {
    let conn = salted(7);
    conn.execute_batch(
        "CREATE TABLE people AS
         SELECT mask_person('student:' || range, 'family:' || range // 3, g) AS p, range AS i, g,
            mask_first_name('Real', p) AS first, mask_last_name('Person', p) AS last,
            mask_name('Real Person', p) AS full_name, mask_name('Person, Real', p) AS turned,
            mask_email(range || '@school.edu', p) AS email, mask_user_name('u' || range, p) AS login,
            mask_city('Springfield', p, 'TX') AS city, mask_zip('62704', p, 'Texas') AS zip
         FROM range(3000), (VALUES ('F'), ('Male')) AS genders(g)",
    )
    .unwrap();
    for (what, sql) in [
        ("full name", "full_name <> first || ' ' || last OR turned <> last || ', ' || first"),
        ("e-mail", "NOT starts_with(email, lower(first || '.' || replace(last, '''', '')) || '.')"),
        ("form of e-mail", "NOT regexp_matches(email, '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$')"),
        ("login", "NOT starts_with(login, lower(first[1] || replace(last, '''', '')) || '_')"),
        ("texas", "city NOT IN ('Austin', 'Dallas', 'El Paso', 'Fort Worth', 'Houston', 'San Antonio')"),
        ("zip", "(city = 'Austin') <> (zip LIKE '787%') OR (city = 'Dallas') <> (zip LIKE '752%')"),
        ("person key in another table", "first <> mask_first_name('Other', 'student:' || i, g)"),
    ] {
        assert_eq!(one(&conn, &format!("SELECT count(*) FROM people WHERE {sql}")), "0", "{what}");
    }
    let split = "SELECT count(*) FROM (SELECT 1 FROM people GROUP BY i // 3 HAVING count(DISTINCT last) > 1)";
    assert_eq!(one(&conn, split), "0", "siblings");
    let both = "SELECT count(*) FROM (SELECT first FROM people GROUP BY first HAVING count(DISTINCT g) > 1)";
    assert_eq!(one(&conn, both), "0", "gender");
    assert!(one(&conn, "SELECT count(DISTINCT first) FROM people").parse::<u32>().unwrap() > 500);
}

#[test]
fn a_name_without_a_person_agrees_with_its_parts() {
    let conn = salted(7);
    let sql =
        "SELECT mask_name('Mia Anne OKAFOR') = mask_first_name('Mia') || ' ' || mask_last_name('Okafor')";
    assert_eq!(one(&conn, sql), "true");
}

#[test]
fn birth_dates_keep_the_age() {
    let conn = salted(7);
    let wrong = "SELECT count(*) FROM (SELECT range AS i, 5 + i % 18 AS age FROM range(20000))
        WHERE date_sub('year', mask_birth_date(DATE '2010-01-01', i, age := age, as_of := DATE '2026-03-15'),
            DATE '2026-03-15') <> age";
    assert_eq!(one(&conn, wrong), "0");
    let limits = "SELECT min(age) || '-' || max(age) FROM (SELECT date_sub('year', mask_birth_date(
            DATE '2010-01-01', range, min_age := 5, max_age := 85), DATE '2026-01-01') AS age FROM range(20000))";
    assert_eq!(one(&conn, limits), "5-85");
}

#[test]
fn dates_of_one_person_move_together() {
    let conn = salted(7);
    let apart = "SELECT count(*) FROM range(5000) AS t(i) WHERE
        epoch(mask_shift(DATE '2020-05-01' + i::INTEGER, i, 20)) - epoch(mask_shift(TIMESTAMP '2020-05-01 03:00:00', i, 20))
            <> i * 86400 - 10800
        OR abs(date_diff('day', DATE '2020-05-01', mask_shift(DATE '2020-05-01', i, 20))) NOT BETWEEN 1 AND 20";
    assert_eq!(one(&conn, apart), "0");
}

/// The remainder that ISO 7064 wants to be 1: the first four characters go last, letters count from 10.
fn mod97(account: &str) -> u32 {
    let digits = format!("{}{}", &account[4..], &account[..4]);
    digits.chars().fold(0, |rest, letter| match letter.to_digit(36) {
        Some(digit @ 0..10) => (rest * 10 + digit) % 97,
        Some(letter) => (rest * 100 + letter) % 97,
        None => panic!("{account} is no account"),
    })
}

#[test]
fn checksums_and_formats_hold() {
    let conn = salted(7);
    conn.execute_batch(
        "CREATE TEMP MACRO luhn(v) AS (SELECT sum(CASE WHEN k % 2 = 1 THEN d // 5 + d * 2 % 10 ELSE d END) % 10 = 0
            FROM (SELECT length(v) - range - 1 AS k, v[range + 1]::INTEGER AS d FROM range(length(v))))",
    )
    .unwrap();
    for (what, sql) in [
        ("card", "NOT luhn(mask_card('4111111111' || printf('%06d', i)))"),
        ("fpe keeps Luhn", "luhn(printf('4111%012d', i)) <> luhn(mask_fpe(printf('4111%012d', i), 'card'))"),
        (
            "fpe keeps SSN",
            "NOT regexp_matches(mask_fpe(printf('123-45-%04d', 1 + i), 'ssn'),
            '^(00[1-9]|0[1-9]\\d|[1-578]\\d\\d|6([0-57-9]\\d|6[0-57-9]))-(0[1-9]|[1-9]\\d)-\\d{4}$')
            OR mask_fpe(printf('123-45-%04d', 1 + i), 'ssn') LIKE '%-0000'",
        ),
        (
            "fpe keeps the layout",
            "NOT regexp_matches(mask_fpe(printf('Ab-%04d/x', i), 'n', 'alphanumeric'), '^[A-Z][a-z]-\\d{4}/[a-z]$')",
        ),
        ("integers have no leading zero", "mask_fpe(1000000 + i, 'n', 'integer') LIKE '0%'"),
        (
            "phone",
            "NOT regexp_matches(mask_phone(printf('312-867-%04d', i)), '^[2-9][0-8]\\d-555-01\\d\\d$')",
        ),
        ("no number is its own fake", "mask_phone(i::VARCHAR) = i::VARCHAR"),
        ("ip", "NOT regexp_matches(mask_ip('81.2.69.' || i), '^10(\\.\\d{1,3}){3}$')"),
        ("length of text", "length(mask_text(repeat('é', i::INTEGER % 50))) <> i % 50"),
    ] {
        assert_eq!(
            one(&conn, &format!("SELECT count(*) FROM range(2000) AS t(i) WHERE {sql}")),
            "0",
            "{what}"
        );
    }
    for account in ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NO9386011117947"] {
        let fake = one(&conn, &format!("SELECT mask_iban('{account}')"));
        assert_eq!(mod97(&fake.replace(' ', "")), 1, "{fake}");
        assert!(fake != account && fake[..2] == account[..2] && fake.len() == account.len(), "{fake}");
    }
}

#[test]
fn what_cannot_be_masked_is_an_error_that_quotes_nothing() {
    let conn = salted(7);
    for (call, words) in [
        ("mask_fpe('98765', 'd')", "too short"),
        ("mask_fpe('JOSÉ98765432', 'd', 'alphanumeric')", "letters beyond ASCII"),
        ("mask_fpe(repeat('98765', 9), 'd')", "too long"),
        ("mask_fpe('98765432', 'd', 'hex')", "parameter"),
        ("mask_hash('98765', 'd', 'md5')", "parameter"),
        ("mask_email('98765@x.org', max_length := 20)", "too short for a unique fake"),
        ("mask_birth_date('98765', as_of := 'JOSÉ')", "a date"),
    ] {
        let failure = conn.query_row(&format!("SELECT {call}::VARCHAR"), [], |row| row.get::<_, String>(0));
        let error = datamig::error::Error::from(failure.unwrap_err()).to_string();
        assert!(
            error.contains(words) && !error.contains("98765") && !error.contains("JOS"),
            "{call}: {error}"
        );
    }
}
