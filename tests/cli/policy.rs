//! `datamig policy`: what it says about the shipped policy, and what it finds when that forgets something.

use super::{MIGRATED, workspace};
use crate::support::repository;

/// A workspace whose policy keeps e-mail addresses, as if they named nobody.
fn careless(name: &str) -> crate::support::Workdir {
    let work = workspace(name);
    let policy = std::fs::read_to_string(repository().join("rules/district/anonymize.yaml")).unwrap();
    let (before, after) = policy.split_once("  - name: email_addresses\n").unwrap();
    let after = after.split_once("preserve_domain: false\n").unwrap().1;
    let kept = "  - name: email_addresses\n    field_pattern: \".*email.*\"\n    strategy: preserve\n    because: careless\n";
    work.write("rules/district/anonymize.yaml", format!("{before}{kept}{after}"));
    work
}

#[test]
fn every_column_is_explained_by_its_line() {
    let (work, _) = &*MIGRATED;
    let all = work.datamig("policy explain --json").ok().json();
    let all = all.as_array().unwrap();
    assert!(all.len() > 500);
    for one in all {
        let at = one["at"].as_str().unwrap();
        assert!(at.starts_with("rules/district/anonymize.yaml"), "{one}");
        assert!(one["strategy"].is_string() && one["entry"].is_string(), "{one}");
    }
    work.datamig("policy explain ids.students.first_name").ok().says("faker first_name").says("first_names");
}

#[test]
fn what_a_pattern_catches_by_accident_is_said() {
    let (work, _) = &*MIGRATED;
    work.datamig("policy explain hcp2.message_recipients.email_id").ok().says("looks like email, is a key");
    work.datamig("policy explain ids.schools.capacity").ok().says("\"city\" is only a part of a word");
    work.datamig("policy explain mission_statement").ok().says("\"state\" is only a part of a word");
    work.datamig("policy explain ids.users.last_login_ip").ok().says("looks like user_name and like ipv4");
    work.datamig("policy explain ids.students.email").ok().never_says("look at");
}

#[test]
fn what_is_kept_and_looks_personal_is_found_without_a_value() {
    let work = careless("policy-suggest");
    let found = work.datamig("policy suggest --json").ok();
    let report = found.json();
    let of = |column: &str| {
        let all = report["suggestions"].as_array().unwrap();
        all.iter()
            .find(|one| one["column"] == column)
            .unwrap_or_else(|| panic!("{column} is not found"))
            .clone()
    };
    for column in ["ids.students.email", "hcp2.outbound_emails.recipient_email", "sp.Student.email"] {
        let one = of(column);
        assert!(one["kind"] == "email" && one["confidence"].as_f64().unwrap() > 0.9, "{one}");
        assert_eq!(one["now"], "preserve");
    }
    assert!(report["yaml"].as_str().unwrap().contains("faker_type: email"));
    let found = found.never_says("example\"").never_says("@district").never_says("Zqxmark");
    // With the shipped policy the same columns are masked.
    assert!(found.stdout.len() > 100);
    let (shipped, _) = &*MIGRATED;
    shipped.datamig("policy suggest email --json").ok().never_says("ids.students.email");
    let all = shipped.datamig("policy suggest --all --json").ok().json();
    let kinds: Vec<&str> =
        all["suggestions"].as_array().unwrap().iter().filter_map(|one| one["kind"].as_str()).collect();
    for kind in ["email", "phone_number", "ssn", "first_name", "name", "street_address", "ipv4", "identifier"]
    {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    let places: Vec<&str> =
        all["suggestions"].as_array().unwrap().iter().filter_map(|one| one["place"].as_str()).collect();
    assert!(places.contains(&"$.student.name") && places.contains(&"[text]"), "{places:?}");
}

#[test]
fn values_are_tried_before_anything_moves() {
    let (work, id) = &*MIGRATED;
    let all = work.datamig("policy test ids.students. --json").ok().json();
    let of = |column: &str| {
        let all = all.as_array().unwrap();
        all.iter()
            .find(|one| one["column"] == column)
            .unwrap_or_else(|| panic!("{column} is not tried"))
            .clone()
    };
    let first = of("ids.students.first_name")["after"].as_str().unwrap().to_lowercase();
    let last = of("ids.students.last_name")["after"].as_str().unwrap().to_lowercase().replace('\'', "");
    let email = of("ids.students.email");
    assert_eq!(email["before"], "ada.lovelace.students@school.example");
    assert!(email["after"].as_str().unwrap().starts_with(&format!("{first}.{last}.")), "{email}");
    let note = of("ids.students.notes");
    assert!(!note["after"].as_str().unwrap().contains("Lovelace"), "{note}");
    work.datamig("policy test capacity").ok().never_says("capacity");
    work.datamig(&format!("policy test --run {id} --show-pii")).exits(5).says("on a terminal only");
}

#[test]
fn a_draft_masks_what_a_class_has_in_common_and_fits_its_columns() {
    let mut rows =
        "CREATE TABLE pupils (id INTEGER PRIMARY KEY, birthdate DATE, born DATE, pass VARCHAR(8) NOT NULL \
                    UNIQUE, insured INTEGER, doc TEXT); "
            .to_owned();
    for pupil in 1..=30 {
        let day = pupil % 28 + 1;
        rows += &format!(
            "INSERT INTO pupils VALUES ({pupil}, '2015-05-{day:02}', '2015-05-{day:02}', 'ab{:05}', {}, \
             '{{\"home\": {{\"street\": \"{pupil} {} Lane\"}}}}'); ",
            pupil * 7,
            pupil * 100_003 + 1_000_000,
            ["Zabble", "Quorn", "Vexley", "Umber", "Orrin", "Nettle", "Yarrow", "Ibis", "Tansy", "Wold"]
                [pupil % 10]
        );
    }
    let work = crate::support::Workdir::new("policy-class");
    work.write("rules/own/project.yaml", "project: own\nstores: [db]\nroot: {table: db.pupils, key: id}\n");
    work.write(
        "rules/own/environments/demo.yaml",
        "prod: {db: \"sqlite:prod.sqlite\"}\ncert: {db: \"sqlite:cert.sqlite\"}\n",
    );
    for side in ["prod", "cert"] {
        let connection = rusqlite::Connection::open(work.path(&format!("{side}.sqlite"))).unwrap();
        connection.execute_batch(&rows).unwrap();
    }
    let draft =
        work.datamig("--project own policy suggest --json").ok().json()["yaml"].as_str().unwrap().to_owned();
    for entry in [
        "[\"db.pupils.birthdate\", \"db.pupils.born\"]\n  strategy: faker\n  faker_type: date_of_birth\n",
        "[\"db.pupils.pass\"]\n  strategy: fpe\n  alphabet: alphanumeric\n",
        "[\"db.pupils.doc\"]\n  json: [\"$.home.street\"]\n  strategy: faker\n  faker_type: street_address\n",
        "[\"db.pupils.insured\"]\n  strategy: fpe\n  alphabet: integer\n",
    ] {
        assert!(draft.contains(entry), "{entry} is not in {draft}");
    }
    // What goes to a file is the draft and nothing else; the shell makes the file before.
    work.write("rules/own/anonymize.yaml", "");
    let redirected = work.datamig("--project own policy suggest").ok();
    assert_eq!(redirected.stdout, draft);
    assert!(redirected.stderr.contains("looks like"), "{}", redirected.stderr);
    work.write("rules/own/anonymize.yaml", draft);
    work.datamig("--project own policy explain").ok();
}
