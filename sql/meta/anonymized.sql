-- How long writing each anonymized table took.
CREATE TABLE IF NOT EXISTS meta.anonymized (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    rows UBIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    PRIMARY KEY (store, "table")
);
