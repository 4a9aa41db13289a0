-- The originals that were searched for in the whole output, one row per masked column: distinct
-- values, those that are no chance words, and why a column was not searched.
CREATE TABLE IF NOT EXISTS meta.searched (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    "column" VARCHAR NOT NULL,
    originals BIGINT NOT NULL,
    searched BIGINT NOT NULL,
    note VARCHAR,
    PRIMARY KEY (store, "table", "column")
);
