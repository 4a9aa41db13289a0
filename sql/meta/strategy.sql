-- How each column left production: exactly one row per column of the slice's tables, and one per
-- place in JSON that has a strategy of its own ("column" is column.path then, json_path the path,
-- leaves which rows of json_tree, named leaf, are meant).
CREATE TABLE IF NOT EXISTS meta.strategy (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    "column" VARCHAR NOT NULL,
    strategy VARCHAR NOT NULL,
    rule VARCHAR NOT NULL,
    "at" VARCHAR NOT NULL,
    because VARCHAR,
    expression VARCHAR NOT NULL,
    json_path VARCHAR,
    leaves VARCHAR,
    PRIMARY KEY (store, "table", "column")
);
