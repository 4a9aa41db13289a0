-- Rows of $path whose $column is shared or gone, where there are not as many distinct values as in
-- the extract; all rows where there are more.
WITH
    fake AS (SELECT $column AS value, count(*) AS rows FROM $path WHERE $column IS NOT NULL GROUP
        BY ALL),
    counted AS (
        SELECT
            (SELECT count(*) FROM fake) AS after,
            (SELECT count(DISTINCT $column) FROM staging.$path) AS before
    )
SELECT this.*
FROM $path AS this
WHERE
    (SELECT before <> after FROM counted)
    AND (
        this.$column IS NULL
        OR this.$column IN (SELECT value FROM fake WHERE rows > 1)
        OR (SELECT after > before FROM counted)
    )
