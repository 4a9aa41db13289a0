-- Rows of $path whose $column is shared or gone, where there are not as many distinct values as
-- masking gives; all rows where there are more. Where it gives different values different fakes
-- ($is_one_to_one) there are as many as in the extract; values that differ in case, accents or
-- trailing spaces may be one to the engines, and have one fake then. Where it chooses freely from a
-- list, a fifth of them and at most ten are sure to differ, and one value may have several fakes.
WITH
    fake AS (SELECT $column AS value, count(*) AS rows FROM $path WHERE $column IS NOT NULL GROUP
        BY ALL),
    original AS (
        SELECT
            count(value) AS rows,
            count(DISTINCT value) AS differing,
            count(DISTINCT lower(strip_accents(rtrim(value)))) AS told_apart
        FROM (SELECT CAST($column AS VARCHAR) AS value FROM staging.$path)
    ),
    counted AS (
        SELECT
            (SELECT count(*) FROM fake) AS after,
            CASE
                WHEN $is_one_to_one THEN told_apart
                ELSE greatest(least(differing // 5, 10), least(differing, 1))
            END AS least,
            CASE WHEN $is_one_to_one THEN differing ELSE rows END AS most
        FROM original
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
