//! A stranger's database: nothing but a project of three lines and what `policy suggest` drafts takes one of two
//! tenants out of PostgreSQL, into a CERT with other rows, and out again. Its columns are called what our statements
//! call theirs.

use crate::support::{Workdir, postgres};

const SCHEMA: &str = r#"
CREATE SCHEMA app;
CREATE TABLE app.orgs (id uuid PRIMARY KEY, name text NOT NULL, settings jsonb);
CREATE TABLE app.users (
    id uuid PRIMARY KEY, org_id uuid NOT NULL REFERENCES app.orgs, email text NOT NULL UNIQUE, "Email" text,
    last_name text, born date, bits text, letters text, position int, "at" date, cells text, number int,
    digest text, value text, "select" boolean, "a""b" text,
    words tsvector NOT NULL DEFAULT to_tsvector('simple', 'zzarvax'),
    low text GENERATED ALWAYS AS (lower(email)) STORED UNIQUE
);
CREATE TABLE app.tasks (
    rowid bigint PRIMARY KEY, org_id uuid NOT NULL REFERENCES app.orgs, parent_rowid bigint REFERENCES app.tasks,
    "this" text, "select" text, watchers uuid[] NOT NULL
);
CREATE TABLE app.login (org_id uuid REFERENCES app.orgs, rowid text, email text);
"#;

const ROWS: &str = r#"
INSERT INTO app.orgs SELECT md5('o' || o)::uuid, 'Org' || o, jsonb_build_object('mail', 'zq' || o || '@o.example')
    FROM generate_series(1, 2) AS o;
INSERT INTO app.users
    SELECT md5('u' || u)::uuid, md5('o' || 1 + u % 2)::uuid, 'Zqorv' || u || '@u.example', 'zqplok' || u || '@v.example',
        'Zzarvax' || u, date '1970-01-01' + u * 31, 'Zqorv' || u || '@u.example', 'plain', u, date '2024-01-01' + u,
        'c', u, 'd', 'v', u % 3 = 0, ''
    FROM generate_series(1, 60) AS u;
INSERT INTO app.tasks
    SELECT 1000 - t, md5('o' || 1 + t % 2)::uuid, CASE WHEN t > 2 THEN 1002 - t END, 'zqorv' || t || '@u.example', 's',
        ARRAY[md5('u' || t)::uuid, md5('u' || 1 + (t + 1) % 60)::uuid]
    FROM generate_series(1, 60) AS t;
INSERT INTO app.login SELECT org_id, 'r', email FROM app.users;
INSERT INTO app.login SELECT org_id, 'r', email FROM app.users LIMIT 10;
"#;

/// A project of three lines over two databases, PROD with rows, CERT with one of somebody else.
fn workspace(name: &str) -> (Workdir, [String; 2]) {
    let urls = ["prod", "cert"].map(|side| postgres::database(&format!("{name}_{side}")));
    urls.iter().for_each(|url| drop(postgres::execute(url, SCHEMA)));
    postgres::execute(&urls[0], ROWS);
    postgres::execute(
        &urls[1],
        "INSERT INTO app.orgs VALUES (md5('qa')::uuid, 'QA', NULL); \
         INSERT INTO app.login VALUES (md5('qa')::uuid, 'r', 'qa@q.example')",
    );
    let mut workdir = Workdir::new(name);
    workdir
        .write("rules/own/project.yaml", "project: own\nstores: [db]\nroot: {table: db.app.orgs, key: id}\n");
    workdir.write(
        "rules/own/environments/demo.yaml",
        "prod: {db: \"${PROD_URL}\"}\ncert: {db: \"${CERT_URL}\"}\n",
    );
    workdir.set("PROD_URL", &urls[0]).set("CERT_URL", &urls[1]);
    (workdir, urls)
}

#[test]
fn a_project_grows_from_three_lines() {
    let (workdir, [prod, cert]) = workspace("stranger");
    let own = |words: &str| workdir.datamig(&format!("--project own {words}"));
    own("doctor").exits(3).says("`datamig policy suggest` drafts the file");
    let more =
        "tenant: {column: org_id}\nlinks:\n  - {from: db.app.tasks, columns: [watchers], to: db.app.users}\n";
    workdir.write("rules/own/project.yaml", workdir.read("rules/own/project.yaml") + more);
    own("analyze")
        .exits(3)
        .says("db.app.tasks.watchers is an array")
        .says("project.yaml:6")
        .says("list: array");
    let text = workdir.read("rules/own/project.yaml").replace("db.app.users}", "db.app.users, list: array}");
    workdir.write("rules/own/project.yaml", text);
    let draft = own("policy suggest --json").ok().json()["yaml"].as_str().unwrap().to_owned();
    for part in [
        r#"db.app.users.a\"b"#,
        "db.app.users.email~2",
        "db.app.tasks.rowid~2",
        "version: \"1.0\"",
        "- name: no_search_words\n  columns: [\"db.app.users.words\"]\n  strategy: constant\n",
    ] {
        assert!(draft.contains(part), "{part} is not in {draft}");
    }
    workdir.write("rules/own/anonymize.yaml", draft);
    let (_, database) = cert.rsplit_once('/').unwrap();
    workdir.datamig_typing("--project own doctor --mark-target", &format!("{database}\n")).ok();
    let before = postgres::dump(&cert);
    let key = postgres::execute(&prod, "SELECT md5('o1')::uuid");
    own(&format!("migrate {}", key.trim())).ok();
    own("verify mig-").exits(2);
    own(&format!("verify {}", key.trim())).ok().says("VALID");

    let kept = "SELECT string_agg(concat_ws('|', t.rowid, t.parent_rowid, t.org_id, \"select\"), ';' ORDER BY t.rowid) \
                FROM app.tasks AS t WHERE org_id = md5('o1')::uuid";
    assert_eq!(postgres::execute(&cert, kept), postgres::execute(&prod, kept));
    let watched = "SELECT count(*) FROM app.tasks, unnest(watchers) AS one JOIN app.users ON id = one";
    let ours = format!("{watched} WHERE app.tasks.org_id = md5('o1')::uuid");
    assert_eq!(postgres::execute(&cert, watched), postgres::execute(&prod, &ours));
    let found = "SELECT count(*) FROM (SELECT CAST(u AS text) AS row FROM app.users AS u UNION ALL \
                 SELECT CAST(t AS text) FROM app.tasks AS t UNION ALL SELECT CAST(l AS text) FROM app.login AS l UNION \
                 ALL SELECT CAST(o AS text) FROM app.orgs AS o) AS all_rows WHERE row ~* 'zqorv|zqplok|zzarvax|@o.example'";
    assert_eq!(postgres::execute(&cert, found).trim(), "0");
    assert_ne!(postgres::execute(&prod, found).trim(), "0");
    own(&format!("rollback {} --yes", key.trim())).ok();
    assert_eq!(postgres::dump(&cert), before);
}

#[test]
fn names_that_nothing_has_are_refused() {
    let (workdir, _) = workspace("stranger_names");
    let plain = workdir.read("rules/own/project.yaml");
    for (text, words) in [
        (plain.replace("orgs, key: id", "orgs, key: idd"), "did you mean \"id\"?"),
        (format!("{plain}as_text: [db.app.users.borne]\n"), "did you mean db.app.users.born?"),
        (format!("{plain}tenant: {{column: orgid}}\n"), "did you mean \"org_id\"?"),
        (
            format!("{plain}tenant: {{column: org_id, tables: {{db.app.users: nobody}}}}\n"),
            "no column \"nobody\"",
        ),
        (plain.replace("app.orgs", "zzz"), "the tables are db.app.login, db.app.orgs"),
        (plain.replace("project: own", "project: other"), "calls itself other"),
        (
            plain.replace("{table: db.app.orgs, key: id}", "db.app.orgs"),
            "`{table: store.table, key: column}`",
        ),
        ("project: own\n".to_owned(), "needs at least these lines"),
    ] {
        workdir.write("rules/own/project.yaml", text);
        workdir.datamig("--project own policy suggest").exits(3).says(words).says("rules/own/project.yaml");
    }
    workdir.datamig("--project nope doctor").exits(3).says("a folder of rules/: district, own");
    workdir.datamig("--json doctor --nope").exits(2).says("{\"error\":\"unexpected argument");
}

#[test]
fn keys_that_differ_in_case_are_one_key_where_the_engine_says_so() {
    let schema = "CREATE EXTENSION citext; CREATE TABLE orgs (id int PRIMARY KEY); \
        CREATE TABLE people (id int PRIMARY KEY, org_id int REFERENCES orgs, mail citext UNIQUE, code citext UNIQUE); \
        CREATE TABLE accounts (id int PRIMARY KEY, person_id int REFERENCES people, \
            mail citext REFERENCES people (mail), code citext REFERENCES people (code));";
    let rows = "INSERT INTO orgs VALUES (1); \
        INSERT INTO people SELECT p, 1, 'Zqorv' || p || '@u.example', 'c' || p FROM generate_series(1, 9) AS p; \
        INSERT INTO accounts SELECT id, id, upper(mail), upper(code) FROM people;";
    let urls = ["prod", "cert"].map(|side| postgres::database(&format!("alike_{side}")));
    urls.iter().for_each(|url| drop(postgres::execute(url, schema)));
    postgres::execute(&urls[0], rows);
    let mut workdir = Workdir::new("alike");
    workdir.write("rules/own/project.yaml", "project: own\nstores: [db]\nroot: {table: db.orgs, key: id}\n");
    workdir.write(
        "rules/own/environments/demo.yaml",
        "prod: {db: \"${PROD_URL}\"}\ncert: {db: \"${CERT_URL}\"}\n",
    );
    workdir.write(
        "rules/own/anonymize.yaml",
        "version: \"1.0\"\nrules:\n\
         - {name: mails, field_pattern: \"^mail$\", strategy: faker, faker_type: email}\n\
         - {name: keys, field_pattern: \"id$|^code$\", strategy: preserve, because: keys}\n",
    );
    workdir.set("PROD_URL", &urls[0]).set("CERT_URL", &urls[1]);
    let (_, database) = urls[1].rsplit_once('/').unwrap();
    workdir.datamig_typing("--project own doctor --mark-target", &format!("{database}\n")).ok();
    workdir.datamig("--project own migrate 1").ok();
    let joined = "SELECT count(*) FROM accounts JOIN people USING (mail, code) WHERE mail ~* 'example.org'";
    assert_eq!(postgres::execute(&urls[1], joined).trim(), "9");
}
