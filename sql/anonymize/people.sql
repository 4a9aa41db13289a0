-- Who is who in the slice, in memory alone. What the rows of all tables with a person say goes to
-- stated (one row each, in the order of the tables), kin (pairs of one family), reached (under
-- which e-mail address, login or telephone somebody is reached) and named (which row is who).
CREATE SCHEMA memory.people;

CREATE TABLE memory.people.stated (
    _key VARCHAR, _order INTEGER, _gender VARCHAR, _age INTEGER, _grade INTEGER, _first VARCHAR,
    _last VARCHAR
);

CREATE TABLE memory.people.kin (_one VARCHAR, _other VARCHAR, _same_surname BOOLEAN);

CREATE TABLE memory.people.reached (_kind VARCHAR, _value VARCHAR, _key VARCHAR);

CREATE TABLE memory.people.named (_table VARCHAR, _row VARCHAR, _key VARCHAR);
