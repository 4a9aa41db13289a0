-- What the files beside this one share, for one connection: the twins of name.rs, and one row per
-- table of the run (extracted, or there) with its quoted path and the expression that gives a
-- row's key as text.
CREATE OR REPLACE TEMP MACRO _ident(name) AS '"' || replace(name, '"', '""') || '"';

CREATE OR REPLACE TEMP MACRO _literal(text) AS '''' || replace(text, '''', '''''') || '''';

CREATE OR REPLACE TEMP MACRO _text(name) AS 'CAST(' || _ident(name) || ' AS VARCHAR)';

-- The key of a row is its primary key, of a relationship both ends, else the digest of the whole
-- row.
CREATE OR REPLACE TEMP TABLE _place AS
WITH keyed AS (
    SELECT
        store,
        "table",
        _ident(store) || '.' || _ident("table") AS path,
        CASE
            WHEN len(key) > 0 THEN key
            WHEN kind = 'relationship' THEN ['_start_label', '_start_key', '_end_label', '_end_key']
            ELSE []
        END AS key
    FROM meta."table" AS "table"
    WHERE
        EXISTS (
            SELECT 1
            FROM meta.extracted AS extracted
            WHERE extracted.store = "table".store AND extracted."table" = "table"."table"
        )
        OR EXISTS (
            SELECT 1
            FROM duckdb_tables() AS present
            WHERE
                present.database_name = current_database()
                AND present.schema_name = "table".store
                AND present.table_name = "table"."table"
        )
)
SELECT
    store,
    "table",
    path,
    CASE len(key)
        WHEN 0 THEN 'md5(CAST(this AS VARCHAR))'
        WHEN 1 THEN _text(key[1])
        ELSE
            'CAST(to_json(['
            || array_to_string(list_transform(key, lambda name: _text(name)), ', ')
            || ']) AS VARCHAR)'
    END AS key_sql
FROM keyed;
