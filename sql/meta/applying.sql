-- Rows to which a reference of a table with a condition applies, as the store decided when it read
-- them: DuckDB may understand the condition in another way, and masked rows may meet another one.
-- `row` is the rowid of the masked row.
CREATE TABLE IF NOT EXISTS meta.applying (
    reference VARCHAR NOT NULL,
    "row" BIGINT NOT NULL
);
