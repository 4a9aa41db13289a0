-- A small run: two stores, four tables, staged and masked, as the phases before validation leave it.
ATTACH ':memory:' AS staging;
CREATE SCHEMA ids;
CREATE SCHEMA hcp1;
CREATE SCHEMA staging.ids;
CREATE SCHEMA staging.hcp1;

CREATE TABLE meta."table" (
    store VARCHAR, "table" VARCHAR, kind VARCHAR, key VARCHAR[], "unique" VARCHAR[][]
);
INSERT INTO meta."table" VALUES
    ('ids', 'schools', 'table', ['id'], []),
    ('ids', 'students', 'table', ['id'], [['email']]),
    ('ids', 'grades', 'table', ['student_id', 'term'], []),
    ('hcp1', 'accounts', 'table', ['id'], []);
CREATE TABLE meta."column" (
    store VARCHAR, "table" VARCHAR, "column" VARCHAR, position INTEGER, source_type VARCHAR,
    duck_type VARCHAR, as_text BOOLEAN, nullable BOOLEAN, length INTEGER, generated BOOLEAN,
    has_default BOOLEAN, is_key BOOLEAN, "values" VARCHAR[]
);
INSERT INTO meta."column" VALUES
    ('ids', 'schools', 'id', 1, 'bigint', 'BIGINT', false, false, NULL, false, false, true, []),
    ('ids', 'schools', 'name', 2, 'text', 'VARCHAR', false, false, NULL, false, false, false, []),
    ('ids', 'students', 'id', 1, 'bigint', 'BIGINT', false, false, NULL, false, false, true, []),
    ('ids', 'students', 'student_id', 2, 'text', 'VARCHAR', false, true, NULL, false, false, false, []),
    ('ids', 'students', 'school_id', 3, 'bigint', 'BIGINT', false, true, NULL, false, false, false, []),
    ('ids', 'students', 'email', 4, 'varchar(40)', 'VARCHAR', false, true, 40, false, false, false, []),
    ('ids', 'students', 'age', 5, 'integer', 'INTEGER', false, true, NULL, false, false, false, []),
    ('ids', 'students', 'active', 6, 'boolean', 'BOOLEAN', false, false, NULL, false, true, false, []),
    ('ids', 'grades', 'student_id', 1, 'bigint', 'BIGINT', false, false, NULL, false, false, true, []),
    ('ids', 'grades', 'term', 2, 'text', 'VARCHAR', false, false, NULL, false, false, true, []),
    ('ids', 'grades', 'grade', 3, 'grade', 'VARCHAR', false, true, NULL, false, false, false, ['A', 'B']),
    ('hcp1', 'accounts', 'id', 1, 'bigint', 'BIGINT', false, false, NULL, false, false, true, []),
    ('hcp1', 'accounts', 'student', 2, 'text', 'VARCHAR', false, true, NULL, false, false, false, []);
ALTER TABLE meta."column" ADD COLUMN equality VARCHAR;
CREATE TABLE meta.target_column AS FROM meta."column";
CREATE TABLE meta.target_table AS FROM meta."table";
CREATE TABLE meta.reference (
    id VARCHAR, child_store VARCHAR, child_table VARCHAR, child_columns VARCHAR[], parent_store VARCHAR,
    parent_table VARCHAR, parent_columns VARCHAR[], origin VARCHAR, nullable BOOLEAN, "when" VARCHAR,
    is_expression BOOLEAN, list VARCHAR
);
INSERT INTO meta.reference VALUES
    (
        'ids.students.school_id', 'ids', 'students', ['school_id'], 'ids', 'schools', ['id'], 'declared',
        true, NULL, false, NULL
    ),
    (
        'ids.grades.student_id', 'ids', 'grades', ['student_id'], 'ids', 'students', ['id'], 'declared',
        false, NULL, false, NULL
    ),
    (
        'hcp1.accounts.student', 'hcp1', 'accounts', ['student'], 'ids', 'students', ['id'], 'link', true,
        NULL, false, NULL
    );
CREATE TABLE meta.target_reference AS FROM meta.reference;
INSERT INTO meta.extracted
SELECT *, 0, 0, 0, 0, 0, NULL
FROM (VALUES ('ids', 'schools', 2), ('ids', 'students', 3), ('ids', 'grades', 3), ('hcp1', 'accounts', 2));
INSERT INTO meta.strategy
SELECT
    store,
    "table",
    "column",
    CASE "column" WHEN 'email' THEN 'faker' ELSE 'preserve' END,
    'all',
    'anonymize.yaml:1',
    NULL,
    '',
    NULL,
    NULL
FROM meta."column";

CREATE TABLE staging.ids.schools (id BIGINT, name VARCHAR);
INSERT INTO staging.ids.schools VALUES (1, 'North'), (2, 'South');
CREATE TABLE staging.ids.students (
    id BIGINT, student_id VARCHAR, school_id BIGINT, email VARCHAR, age INTEGER, active BOOLEAN
);
INSERT INTO staging.ids.students VALUES
    (1, 'S1', 1, 'zoe@real.org', 7, true),
    (2, 'S2', 2, 'bob@real.org', 17, true),
    (3, NULL, NULL, NULL, NULL, false);
CREATE TABLE staging.ids.grades (student_id BIGINT, term VARCHAR, grade VARCHAR);
INSERT INTO staging.ids.grades VALUES (1, 't1', 'A'), (1, 't2', 'B'), (2, 't1', NULL);
CREATE TABLE staging.hcp1.accounts (id BIGINT, student VARCHAR);
INSERT INTO staging.hcp1.accounts VALUES (1, '1'), (2, '2');

CREATE TABLE ids.schools AS FROM staging.ids.schools;
CREATE TABLE ids.students AS
SELECT * REPLACE (CASE WHEN email IS NOT NULL THEN 'user' || id || '@example.org' END AS email)
FROM staging.ids.students;
CREATE TABLE ids.grades AS FROM staging.ids.grades;
CREATE TABLE hcp1.accounts AS FROM staging.hcp1.accounts;
INSERT INTO meta.replay
SELECT 'ids', 'students', rowid, [md5(coalesce(email, chr(31)))]
FROM ids.students;
