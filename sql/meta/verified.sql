-- What the last verification found in each table of the target: rows of the run, those that CERT
-- has, with the copies that are too many in a table without a key, those it lacks, those with other
-- content.
CREATE TABLE IF NOT EXISTS meta.verified (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    rows UBIGINT NOT NULL,
    found UBIGINT NOT NULL,
    missing UBIGINT NOT NULL,
    differing UBIGINT NOT NULL,
    PRIMARY KEY (store, "table")
);
