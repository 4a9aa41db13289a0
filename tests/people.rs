//! One person stays one person: over the whole demo district, in all five stores and between them, the fakes
//! of one person agree, and those of a family share what a family shares.

use crate::flow::pipeline::{attach, demo, memory};
use crate::support::repository;
use datamig::duck::Db;
use datamig::run::RunFile;

/// What must not exist: a name for the message, and a query that returns the offenders.
const OFFENDERS: &[(&str, &str)] = &[
    (
        "first name and gender",
        "SELECT gender, first_name AS name FROM (SELECT gender, first_name FROM ids.students UNION ALL
         SELECT gender, first_name FROM ids.staff UNION ALL SELECT gender, preferred_name FROM ids.students
         UNION ALL SELECT gender, middle_name FROM ids.students) WHERE gender IN ('F', 'M') AND first_name <> ''
         AND (lower(first_name), gender) NOT IN
             (SELECT (lower(name), CASE gender WHEN 'female' THEN 'F' ELSE 'M' END) FROM known_names)",
    ),
    (
        "full name is first and last name",
        "SELECT full_name FROM named WHERE lower(full_name) <> lower(first_name || ' ' || last_name)",
    ),
    (
        "name in the graph",
        "SELECT id FROM ids.students JOIN sp.\"Student\" AS node USING (id)
         WHERE (node.first_name, node.last_name) <> (students.first_name, students.last_name)",
    ),
    (
        "e-mail is made of the name",
        "SELECT email FROM named WHERE email <> ''
         AND NOT starts_with(email, plain(first_name) || '.' || plain(last_name) || '.')",
    ),
    (
        "login is made of the name",
        "SELECT login FROM named WHERE login <> ''
         AND NOT starts_with(login, plain(first_name[1]) || plain(last_name) || '_')",
    ),
    (
        "one address has one fake everywhere",
        "SELECT was FROM (SELECT original.email AS was, here.email FROM ids.users AS here JOIN staging.ids.users AS original USING (id)
            UNION ALL SELECT original.email, here.email FROM hcp1.accounts AS here JOIN staging.hcp1.accounts AS original USING (id)
            UNION ALL SELECT original.email, here.email FROM ids.students AS here JOIN staging.ids.students AS original USING (id)
            UNION ALL SELECT original.email, here.email FROM sp.\"Staff\" AS here JOIN staging.sp.\"Staff\" AS original USING (id)
            UNION ALL SELECT original.recipient_email, here.recipient_email FROM hcp2.outbound_emails AS here
                JOIN staging.hcp2.outbound_emails AS original USING (id))
         WHERE was <> '' GROUP BY was HAVING count(DISTINCT email) > 1",
    ),
    (
        "who is written to has the name",
        "SELECT mail.id FROM hcp2.outbound_emails AS mail JOIN staging.hcp2.outbound_emails AS original USING (id)
         JOIN staging.ids.students AS pupil ON pupil.email = original.recipient_email
         JOIN ids.students AS fake ON fake.id = pupil.id
         WHERE NOT starts_with(mail.recipient_email, plain(fake.first_name) || '.' || plain(fake.last_name) || '.')",
    ),
    (
        "siblings have one surname",
        "SELECT one.id FROM hcp1.sibling_links AS link JOIN ids.students AS one ON one.id = link.student_id
         JOIN ids.students AS other ON other.id = link.sibling_id WHERE one.last_name <> other.last_name",
    ),
    (
        "parents keep the family's surname",
        "SELECT pupil.id FROM hcp1.student_guardians AS link JOIN staging.ids.students AS was ON was.id = link.student_id
         JOIN staging.hcp1.guardians AS parent_was ON parent_was.id = link.guardian_id AND parent_was.last_name = was.last_name
         JOIN ids.students AS pupil ON pupil.id = link.student_id JOIN hcp1.guardians AS parent ON parent.id = link.guardian_id
         WHERE lower(parent.last_name) <> lower(pupil.last_name)",
    ),
    (
        "city fits state and ZIP code",
        "SELECT city, state, zip FROM (SELECT city, state, zip FROM ids.students UNION ALL SELECT city, state, zip FROM ids.schools
            UNION ALL SELECT city, state, zip FROM ids.districts UNION ALL SELECT city, state, postal_code FROM hcp1.addresses)
         WHERE city <> '' AND zip <> '' AND (lower(city), state, left(zip, 3)) NOT IN
             (SELECT (lower(city), state, zip3) FROM known_places)",
    ),
    (
        "one birth date everywhere",
        "SELECT id FROM ids.students JOIN sp.\"Student\" AS node USING (id)
            JOIN adb.student_snapshots AS snapshot ON snapshot.student_id = id
         WHERE node.birth_date <> students.birth_date OR snapshot.birth_date <> students.birth_date",
    ),
    (
        "the age stays",
        "SELECT id FROM ids.students WHERE date_sub('year', birth_date, DATE '2024-09-01') <> age",
    ),
    (
        "neighbours stay neighbours",
        "SELECT was.zip FROM staging.ids.students AS was JOIN ids.students AS fake USING (id) WHERE was.zip <> ''
         GROUP BY was.zip, was.state HAVING count(DISTINCT (fake.zip, fake.city)) > 1",
    ),
];

/// Everybody with a full name, an e-mail address or a login somewhere, beside the name of the first store.
const NAMED: &str = "
    CREATE TEMP VIEW people AS
        SELECT 'student' AS kind, id, first_name, last_name FROM ids.students
        UNION ALL SELECT 'staff', id, first_name, last_name FROM ids.staff
        UNION ALL SELECT 'guardian', id, first_name, last_name FROM hcp1.guardians;
    CREATE TEMP VIEW named AS
        SELECT first_name, last_name, full_name, email, login FROM people JOIN (
            SELECT person_type AS kind, person_id AS id, display_name AS full_name, email, username AS login FROM ids.users
            UNION ALL SELECT account_type, coalesce(student_id, staff_id), display_name, email, username FROM hcp1.accounts
            UNION ALL SELECT 'guardian', id, full_name, email, NULL FROM hcp1.guardians
            UNION ALL SELECT 'student', student_id, full_name, email, NULL FROM adb.student_snapshots
            UNION ALL SELECT 'student', id, full_name, email, NULL FROM sp.\"Student\"
            UNION ALL SELECT 'staff', id, full_name, email, NULL FROM sp.\"Staff\"
        ) AS said USING (kind, id)";

/// Both files of the newest run, and what fakes are chosen from.
pub fn opened(workdir: &crate::support::Workdir) -> Db {
    let db = memory(workdir);
    attach(workdir, &db, RunFile::Staging);
    attach(workdir, &db, RunFile::Run);
    db.use_catalog("run").unwrap();
    let reference = repository().join("data/reference").display().to_string();
    db.run(&format!(
        "CREATE TEMP TABLE known_names AS FROM read_csv('{reference}/first_names.csv');
         CREATE TEMP TABLE known_places AS SELECT column0 AS state, column2 AS city, column3 AS zip3
            FROM read_csv('{reference}/us_places.csv', header = false, skip = 1, all_varchar = true);
         CREATE TEMP MACRO plain(words) AS regexp_replace(lower(words), '[^a-z]', '', 'g'); {NAMED}"
    ))
    .unwrap();
    db
}

#[test]
fn one_person_stays_one_person_in_all_stores() {
    let workdir = demo("people");
    workdir.datamig("migrate district-001 --skip-load").ok();
    let db = opened(&workdir);
    for (what, offenders) in OFFENDERS {
        let found = db.one::<i64, _>(&format!("SELECT count(*) FROM ({offenders})"), []).unwrap();
        assert_eq!(found, 0, "{what}");
    }
    // Nothing of this is true because there is nothing: people are many, and two stay two.
    let count = |query: &str| db.one::<i64, _>(query, []).unwrap();
    assert!(count("SELECT count(*) FROM named") > 500);
    assert!(count("SELECT count(*) FROM hcp1.sibling_links") > 20);
    let students = count("SELECT count(*) FROM ids.students");
    let distinct = count("SELECT count(DISTINCT (first_name, last_name, birth_date)) FROM ids.students");
    assert_eq!(distinct, students);
    assert!(count("SELECT count(DISTINCT last_name) FROM ids.students") > students / 4);
}
