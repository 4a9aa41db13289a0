-- Every violating row by its masked key (a JSON list where the key has several columns), and the
-- column that is wrong where the check is about one.
CREATE TABLE IF NOT EXISTS meta.violation (
    check_id VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    key VARCHAR,
    "column" VARCHAR
);
