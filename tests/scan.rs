//! Free text and JSON: what is known of the slice gets the fake of its column, what looks personal a fake,
//! and the rest stays.

use crate::flow::pipeline::demo;
use crate::people::opened;
use datamig::duck::udf::known::Known;
use datamig::duck::udf::register;
use datamig::secret::Key;
use duckdb::Connection;
use std::path::Path;

/// A database whose scanner knows two children named Ana, one telephone and one number.
fn knowing() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    let known = register(&conn, &Key::from_bytes([7; 32])).unwrap();
    for macros in datamig::sql::list(Path::new("."), "macros/mask", "sql").unwrap() {
        conn.execute_batch(&macros.text).unwrap();
    }
    let mut all = Known::new(Vec::new());
    for (value, person, fake) in [
        ("Ana", "student:1", "Eva"),
        ("Ana", "student:2", "Ida"),
        ("Ana", "", "Ute"),
        ("Ana Díaz", "student:1", "Eva Ross"),
        ("Ana Díaz", "", "Eva Ross"),
        ("ana@school.edu", "", "eva.ross.x@mail.example.org"),
        ("900123456", "", "900777777"),
    ] {
        all.add(value, person, fake);
    }
    for word in ["likes", "to", "read", "and", "was", "at"] {
        all.add_common(word);
    }
    assert!(known.set(all).is_ok());
    conn
}

fn note(conn: &Connection, value: &str, persons: &str, rare: bool) -> String {
    let query = format!("SELECT mask_note(?, ?, rare := {rare})");
    conn.query_row(&query, [value, persons], |row| row.get(0)).unwrap()
}

#[test]
fn known_values_become_the_fakes_of_their_columns() {
    let conn = knowing();
    for (value, persons, fake) in [
        ("ANA DÍAZ was here.", "", "Eva Ross was here."),
        ("Ana likes Ana's book", "student:2", "Ida likes Ida's book"),
        ("Ana", "student:9\u{1e}student:1", "Eva"),
        ("Ana", "", "Ute"),
        ("Ana\u{200b}Díaz and A\u{ad}na", "", "Eva Ross and Ute"),
        ("AnaDíaz.pdf, fotoAna1", "", "Eva Ross.pdf, fotoAna1"),
        ("Anas Heft, das von Ana Díaz", "student:2", "Idas Heft, das von Eva Ross"),
        ("banana", "student:1", "banana"),
        ("write to ANA@school.edu, please", "", "write to eva.ross.x@mail.example.org, please"),
        ("id 900-123-456", "", "id 900777777"),
        ("", "", ""),
    ] {
        assert_eq!(note(&conn, value, persons, false), fake, "{value}");
    }
}

#[test]
fn what_looks_personal_becomes_a_fake_without_being_known() {
    let conn = knowing();
    for (value, form) in [
        ("mail max.mueller@web.de now", r"^mail [a-z.]+\.[a-z2-9]{13}@(mail|post|web)\.example\.org now$"),
        ("call (312) 867-5309!", r"^call \(\d{3}\) 555-01\d\d!$"),
        ("SSN 123-45-6789.", r"^SSN \d{3}-\d\d-\d{4}\.$"),
        ("card 4111 1111 1111 1111", r"^card 4\d{3} \d{4} \d{4} \d{4}$"),
        ("from 81.2.69.142", r"^from 10\.\d+\.\d+\.\d+$"),
        ("see https://x.org/u/max?a=1 there", r"^see https://www\.example\.org/[a-z2-9]{13} there$"),
        ("DE89 3704 0044 0532 0130 00", r"^DE\d\d( \d{4}){4} \d\d$"),
    ] {
        let fake = note(&conn, value, "", false);
        assert!(regex::Regex::new(form).unwrap().is_match(&fake) && fake != value, "{value} became {fake}");
    }
    for same in ["on 2024-09-01 at 10:30", "page 12 of 300", "1.5 and 99%", "room B-204"] {
        assert_eq!(note(&conn, same, "", false), same);
    }
}

#[test]
fn json_keeps_its_form_at_any_depth() {
    let conn = knowing();
    let value = r#"{"a":[1, {"name":"Ana \u0044\u00edaz","n":900123456,"t":[true,null,"x \"Ana\" y"]}],"ana@school.edu": 1.50,"in":"{\"who\":\"Ana\"}"}"#;
    let fake = r#"{"a":[1, {"name":"Eva Ross","n":900777777,"t":[true,null,"x \"Ida\" y"]}],"eva.ross.x@mail.example.org": 1.50,"in":"{\"who\":\"Ida\"}"}"#;
    assert_eq!(note(&conn, value, "student:2", false), fake);
    let deep = format!("{}\"Ana\"{}", "[".repeat(60), "]".repeat(60));
    assert_eq!(note(&conn, &deep, "", false), deep.replace("Ana", "Ute"));
    assert_eq!(note(&conn, "{not json, Ana}", "", false), "{not json, Ute}");
}

#[test]
fn rare_words_go_where_they_are_not_wanted() {
    let conn = knowing();
    let fake = note(&conn, "Ana likes to read Zqxmark and 4711 at 12", "student:1", true);
    let form = regex::Regex::new(r"^Eva likes to read ([A-Za-z]+) and (\d{4}) at 12$").unwrap();
    assert!(form.is_match(&fake) && !fake.contains("Zqx") && !fake.contains("4711"), "{fake}");
}

#[test]
fn texts_of_the_district_name_the_fakes() {
    let workdir = demo("scan");
    workdir.datamig("migrate district-001 --skip-load").ok();
    let db = opened(&workdir);
    let count = |query: &str| db.one::<i64, _>(query, []).unwrap();
    // A note that names its pupil in PROD names the fake pupil in the run; so do audit log and events.
    for (what, asked, told) in [
        (
            "notes",
            "SELECT original.id FROM staging.ids.students AS original WHERE contains(notes, first_name || ' \"')
             AND contains(notes, last_name) AND NOT contains(last_name, 'Zqx') AND NOT contains(first_name, 'Zqx')",
            "SELECT id FROM ids.students WHERE contains(notes, first_name || ' \"') AND contains(notes, last_name)",
        ),
        (
            "audit log",
            "SELECT log.id FROM staging.adb.audit_log AS log JOIN staging.ids.students AS pupil ON pupil.id = target_id
             WHERE target_type = 'student' AND detail = 'viewed the file of ' || first_name || ' ' || last_name",
            "SELECT log.id FROM adb.audit_log AS log JOIN ids.students AS pupil ON pupil.id = target_id
             WHERE lower(detail) = lower('viewed the file of ' || first_name || ' ' || last_name)",
        ),
        (
            "events",
            "SELECT event.id FROM staging.adb.events AS event JOIN staging.ids.students AS pupil ON pupil.id = student_id
             WHERE payload->>'$.student.name' = first_name",
            "SELECT event.id FROM adb.events AS event JOIN ids.students AS pupil ON pupil.id = student_id
             WHERE payload->>'$.student.name' = first_name AND (payload->>'$.student.id')::BIGINT = student_id",
        ),
    ] {
        assert!(count(&format!("SELECT count(*) FROM ({asked})")) > 1, "{what}: nothing to see");
        assert_eq!(count(&format!("SELECT count(*) FROM ({asked} EXCEPT {told})")), 0, "{what}");
    }
}
