-- Nothing lost on the way: per table as many rows as were extracted, and per table as many values
-- in each column as were extracted, where masking neither discards nor replaces them and no cut
-- may have nulled them.
WITH
    counted AS (
        SELECT here.store, here."table", here."column", _ident(here."column") AS name
        FROM meta."column" AS here
        JOIN meta.strategy AS strategy USING (store, "table", "column")
        WHERE
            strategy.strategy NOT IN ('nullify', 'constant', 'sql')
            AND here.nullable
            AND NOT EXISTS (
                SELECT 1
                FROM meta.reference AS reference
                WHERE
                    reference.child_store = here.store
                    AND reference.child_table = here."table"
                    AND list_contains(reference.child_columns, here."column")
            )
    ),
    counts AS (
        SELECT
            store,
            "table",
            format(
                'SELECT unnest([{}]) AS "column", unnest([{}]) AS found',
                string_agg(_literal("column"), ', ' ORDER BY "column"),
                string_agg(format('count({})', name), ', ' ORDER BY "column")
            ) AS counting
        FROM counted
        GROUP BY ALL
    )
SELECT
    format('{}.{}.rows_extracted', store, "table") AS id,
    'completeness' AS family,
    'error' AS severity,
    format(
        'SELECT * FROM (SELECT (SELECT count(*) FROM {}) AS found,'
        || ' (SELECT sum(rows) FROM meta.extracted WHERE store = {} AND "table" = {})'
        || ' AS extracted) AS this'
        || ' WHERE found IS DISTINCT FROM extracted',
        path, _literal(store), _literal("table")
    ) AS sql,
    'sql/rule/completeness.sql' AS "at",
    'rows_extracted' AS rule,
    store,
    "table",
    'a row that was extracted and is not here was lost on the way' AS because,
    'SELECT 1' AS examined_sql,
    'format(''{} of {} rows'', found, coalesce(extracted, 0))' AS key_sql,
    false AS needs_staging
FROM _place
UNION ALL BY NAME
SELECT
    format('{}.{}.values_extracted', store, "table") AS id,
    'completeness' AS family,
    'error' AS severity,
    format(
        'SELECT * FROM ({0} FROM {1}) AS this JOIN (SELECT "column", found AS extracted FROM ({0}'
        || ' FROM staging.{1})) AS staged USING ("column") WHERE found <> extracted',
        counting, path
    ) AS sql,
    'sql/rule/completeness.sql' AS "at",
    'values_extracted' AS rule,
    store,
    "table",
    'masking replaces values: it must not lose one or invent one' AS because,
    'SELECT 1' AS examined_sql,
    '"column"' AS key_sql,
    true AS needs_staging
FROM counts
JOIN _place USING (store, "table");
