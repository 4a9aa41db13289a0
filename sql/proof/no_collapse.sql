-- Rows of $path whose $column is shared or gone, where there are not as many distinct values as in
-- the extract; all rows where there are more. Values that differ in case, accents or trailing
-- spaces may be one to the engines, and have one fake then.
WITH
    fake AS (SELECT $column AS value, count(*) AS rows FROM $path WHERE $column IS NOT NULL GROUP
        BY ALL),
    counted AS (
        SELECT
            (SELECT count(*) FROM fake) AS after,
            count(DISTINCT value) AS most,
            count(DISTINCT lower(strip_accents(rtrim(value)))) AS least
        FROM (SELECT CAST($column AS VARCHAR) AS value FROM staging.$path)
    )
SELECT this.*
FROM $path AS this
WHERE
    (SELECT after NOT BETWEEN least AND most FROM counted)
    AND (
        this.$column IS NULL
        OR this.$column IN (SELECT value FROM fake WHERE rows > 1)
        OR (SELECT after > most FROM counted)
    )
