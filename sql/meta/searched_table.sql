-- Where originals were searched for: the columns of each table, and its rows.
CREATE TABLE IF NOT EXISTS meta.searched_table (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    columns VARCHAR[] NOT NULL,
    cells BIGINT NOT NULL,
    PRIMARY KEY (store, "table")
);
