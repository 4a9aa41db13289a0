-- One row per rule that found anything in one of two runs (catalogs before and after): violations
-- that are new, fixed, or persist. Keys are masked, and under one salt the same row has the same
-- key in every run. Rows that look alike are counted, not merged.
WITH
    old AS (
        SELECT rule, check_id, "table", key, "column", count(*) AS rows
        FROM before.meta.violation
        JOIN (SELECT id AS check_id, rule FROM before.meta."check") USING (check_id)
        GROUP BY ALL
    ),
    new AS (
        SELECT rule, check_id, "table", key, "column", count(*) AS rows
        FROM after.meta.violation
        JOIN (SELECT id AS check_id, rule FROM after.meta."check") USING (check_id)
        GROUP BY ALL
    ),
    paired AS (
        SELECT
            coalesce(new.rule, old.rule) AS rule,
            coalesce(new.rows, 0) AS here,
            coalesce(old.rows, 0) AS there
        FROM new
        FULL JOIN old
            ON old.check_id = new.check_id
            AND old."table" = new."table"
            AND old.key IS NOT DISTINCT FROM new.key
            AND old."column" IS NOT DISTINCT FROM new."column"
    )
SELECT
    rule,
    CAST(sum(greatest(here - there, 0)) AS BIGINT) AS new,
    CAST(sum(greatest(there - here, 0)) AS BIGINT) AS fixed,
    CAST(sum(least(here, there)) AS BIGINT) AS persisting
FROM paired
GROUP BY rule
ORDER BY rule;
