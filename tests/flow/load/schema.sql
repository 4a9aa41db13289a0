-- A small district for load tests, for SQLite and PostgreSQL: a circle (schools, staff), a self-reference, a shared
-- table, a table without a key. Parts begin with a line `-- store`.
-- ids
CREATE TABLE grade_levels (level smallint PRIMARY KEY, title varchar(40) NOT NULL);
CREATE TABLE districts (id varchar(40) PRIMARY KEY, name varchar(100) NOT NULL);
CREATE TABLE schools (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL REFERENCES districts (id),
    name varchar(100) NOT NULL UNIQUE
);
CREATE TABLE staff (
    id bigint PRIMARY KEY,
    school_id bigint NOT NULL REFERENCES schools (id),
    boss_id bigint REFERENCES staff (id),
    paid numeric(10, 2),
    born date,
    seen timestamp
);
ALTER TABLE schools ADD COLUMN principal_id bigint REFERENCES staff (id);
CREATE TABLE students (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL REFERENCES districts (id),
    school_id bigint NOT NULL REFERENCES schools (id),
    grade smallint REFERENCES grade_levels (level),
    name varchar(60) NOT NULL,
    note text
);
CREATE TABLE visits (student_id bigint NOT NULL REFERENCES students (id), "when" timestamp NOT NULL, what text);
-- hcp1
CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    student_id bigint NOT NULL,
    email varchar(120) UNIQUE,
    active boolean NOT NULL
);
CREATE TABLE grants (
    account_id bigint NOT NULL REFERENCES accounts (id),
    role varchar(20) NOT NULL,
    since date,
    PRIMARY KEY (account_id, role)
);
