-- One row per table with columns that can hold an original, in order: not days, times and truth
-- values, and not preserved numbers that are keys, which meet any number.
CREATE OR REPLACE TEMP TABLE _searched AS
WITH referring AS (
    SELECT child_store AS store, child_table AS "table", unnest(child_columns) AS "column"
    FROM meta.reference
)
SELECT
    place.store,
    place."table",
    place.path,
    place.key_sql,
    list(here."column" ORDER BY here.position) AS columns
FROM _place AS place
JOIN meta."column" AS here USING (store, "table")
JOIN meta.strategy AS strategy USING (store, "table", "column")
WHERE
    NOT regexp_matches(here.duck_type, '^(BOOLEAN|DATE|TIME|TINYINT|SMALLINT|UTINYINT|USMALLINT)')
    AND strategy.strategy NOT IN ('nullify', 'constant')
    AND NOT (
        regexp_matches(here.duck_type, '^U?(INTEGER|BIGINT|HUGEINT)$')
        AND strategy.strategy = 'preserve'
        AND (
            here.is_key
            OR EXISTS (
                SELECT 1
                FROM referring
                WHERE
                    referring.store = here.store
                    AND referring."table" = here."table"
                    AND referring."column" = here."column"
            )
        )
    )
GROUP BY ALL;
