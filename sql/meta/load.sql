-- What the load did to each table of the target.
CREATE TABLE IF NOT EXISTS meta.load (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    strategy VARCHAR NOT NULL,
    rows UBIGINT NOT NULL,
    changed UBIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    PRIMARY KEY (store, "table")
);
