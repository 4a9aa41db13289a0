-- Rows that differ between the run and CERT, by masked key; at most 100 per table. problem is
-- missing or differing.
CREATE TABLE IF NOT EXISTS meta.verified_row (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    key VARCHAR,
    problem VARCHAR NOT NULL
);
