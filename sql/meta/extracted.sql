-- What the extract brought, one row per table: how it was reached, how long reading took, and for
-- each column how many NULLs there were, so that nothing can get lost unseen later.
CREATE TABLE IF NOT EXISTS meta.extracted (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    rows UBIGINT NOT NULL,
    root_rows UBIGINT NOT NULL,
    down_rows UBIGINT NOT NULL,
    up_rows UBIGINT NOT NULL,
    whole_rows UBIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    note VARCHAR,
    PRIMARY KEY (store, "table")
);
