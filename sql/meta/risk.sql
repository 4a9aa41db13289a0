-- The risk that somebody is told apart by the quasi-identifiers, in the extract (before) and in
-- the run (after). A group are the people who share all of them; k is the size of the smallest.
-- Prosecutor: somebody known to be in the data is found, 1 / size of the group. Journalist:
-- somebody of the extract is found, 1 / size of the same group there. worst lists the smallest
-- groups as size and number.
CREATE TABLE IF NOT EXISTS meta.risk (
    side VARCHAR PRIMARY KEY,
    people BIGINT NOT NULL,
    groups BIGINT NOT NULL,
    k BIGINT NOT NULL,
    people_alone BIGINT NOT NULL,
    prosecutor_max DOUBLE NOT NULL,
    prosecutor_mean DOUBLE NOT NULL,
    journalist_max DOUBLE NOT NULL,
    journalist_mean DOUBLE NOT NULL,
    worst VARCHAR NOT NULL
);
