-- One row per check. sql returns the violating rows; key_sql is an expression over one of them and
-- gives its (masked) key as text; examined_sql counts what was looked at. At most `known`
-- violations count with known_severity, more with severity: references that dangle in PROD already
-- are known. extracted_sql counts the same rows of the extract, where it is not the whole table:
-- nothing examined is right when that is 0. Where no row of source (what stands after FROM) meets
-- suspect, the check finds nothing: one scan of a source answers for all checks that name it.
-- column_sql gives the column that is wrong, where that differs from row to row.
CREATE TABLE IF NOT EXISTS meta."check" (
    id VARCHAR PRIMARY KEY,
    family VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    sql VARCHAR NOT NULL,
    "at" VARCHAR NOT NULL,
    rule VARCHAR NOT NULL,
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    "column" VARCHAR,
    because VARCHAR NOT NULL,
    examined_sql VARCHAR NOT NULL,
    key_sql VARCHAR NOT NULL,
    known BIGINT NOT NULL DEFAULT 0,
    known_severity VARCHAR NOT NULL DEFAULT 'warning',
    needs_staging BOOLEAN NOT NULL DEFAULT false,
    may_be_empty BOOLEAN NOT NULL DEFAULT false,
    extracted_sql VARCHAR
);

ALTER TABLE meta."check" ADD COLUMN IF NOT EXISTS source VARCHAR;

ALTER TABLE meta."check" ADD COLUMN IF NOT EXISTS suspect VARCHAR;

ALTER TABLE meta."check" ADD COLUMN IF NOT EXISTS column_sql VARCHAR;
