-- How each column left production: exactly one row per column of the slice's tables.
CREATE TABLE IF NOT EXISTS meta.strategy (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    "column" VARCHAR NOT NULL,
    strategy VARCHAR NOT NULL,
    rule VARCHAR NOT NULL,
    "at" VARCHAR NOT NULL,
    because VARCHAR,
    expression VARCHAR NOT NULL,
    PRIMARY KEY (store, "table", "column")
);
