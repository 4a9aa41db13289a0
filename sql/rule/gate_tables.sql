-- One row per table of the run that a load would take: store, table, its columns with their types
-- in order, and the statement that gives its rows and the two order-free sums of their digests.
-- The digest of a row is a chain of hashes that begins with a secret ($1, $2: one for each sum) and
-- takes in one column after the other; texts are hashed behind the secret, because without it a
-- second text of the same hash is easily made.
WITH
    columns AS (
        SELECT
            schema_name AS store,
            table_name AS "table",
            column_index AS position,
            column_name || ' ' || data_type AS described,
            CASE
                WHEN data_type IN ('VARCHAR', 'JSON')
                    THEN 'CAST($S AS VARCHAR) || ' || _text(column_name)
                WHEN data_type = 'BLOB'
                    THEN 'CAST(CAST($S AS VARCHAR) AS BLOB) || ' || _ident(column_name)
                ELSE _ident(column_name)
            END AS value
        FROM duckdb_columns()
        JOIN (
            SELECT store AS schema_name, "table" AS table_name FROM meta."table"
        ) USING (schema_name, table_name)
        WHERE database_name = current_database()
    ),
    chained AS (
        SELECT
            store,
            "table",
            string_agg(described, chr(31) ORDER BY position) AS columns,
            repeat('hash(', count(*)) || 'hash(CAST($S AS VARCHAR))'
            || string_agg(', ' || value || ')', '' ORDER BY position) AS digest
        FROM columns
        GROUP BY ALL
    )
SELECT
    store,
    "table",
    columns,
    format(
        'SELECT count(*), concat_ws(''.'', coalesce(sum({}), 0), coalesce(sum({}), 0)) FROM {}.{}',
        replace(digest, '$S', '$1'), replace(digest, '$S', '$2'), _ident(store), _ident("table")
    ) AS digesting
FROM chained
ORDER BY store, "table";
