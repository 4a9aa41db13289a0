-- What the last rollback did to each table of the target.
CREATE TABLE IF NOT EXISTS meta.rollback (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    deleted UBIGINT NOT NULL,
    restored UBIGINT NOT NULL,
    PRIMARY KEY (store, "table")
);
