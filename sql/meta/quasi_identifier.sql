-- The columns that could tell people apart, as the project names them: with the SQL that says whom
-- a row is about, and the fewest people who must share what they say.
CREATE TABLE IF NOT EXISTS meta.quasi_identifier (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    "column" VARCHAR NOT NULL,
    person VARCHAR NOT NULL,
    k_min INTEGER,
    PRIMARY KEY (store, "table", "column")
);
