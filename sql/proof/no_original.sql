-- Rows of $path that still hold their own original in $column, in any case. One that no fake is
-- ever made of is a leak at once. Of the others (a common name, a ZIP code, a day) chance explains
-- some: where masking chose freely, a row keeps its value as often as two rows taken at random
-- agree, so sum over the values of n_before * n_after / n rows are expected. More than the
-- tolerated for that number, or more than half of the rows, are leaks, all of them. Rows are
-- paired by their place in the table, which masking keeps: keys may be masked too.
WITH
    own AS MATERIALIZED (
        SELECT this.*, _trace(CAST(this.$column AS VARCHAR), CAST(0 AS BIGINT)) IS NULL AS
            _is_common
        FROM $path AS this
        POSITIONAL JOIN staging.$path AS original
        WHERE $own
    ),
    chance AS (
        SELECT
            (SELECT count($column) FROM $path) AS rows,
            coalesce(sum(before.rows * after.rows) / greatest(sum(before.rows), 1), 0) AS expected
        FROM (
            SELECT $column AS value, count(*) AS rows
            FROM staging.$path
            WHERE EXISTS (FROM own)
            GROUP BY ALL
        ) AS before
        LEFT JOIN (
            SELECT $column AS value, count(*) AS rows
            FROM $path
            WHERE EXISTS (FROM own)
            GROUP BY ALL
        ) AS after USING (value)
    ),
    tolerated AS (
        SELECT
            least(
                rows // 2,
                CASE
                    WHEN greatest(expected, rows * $odds) < 0.00001 THEN 0
                    ELSE ceil(
                        greatest(expected, rows * $odds) + 5 * sqrt(greatest(expected, rows *
                            $odds)) + 3
                    )
                END
            ) AS rows
        FROM chance
    )
SELECT this.* EXCLUDE (_is_common)
FROM own AS this
WHERE NOT _is_common OR (SELECT count(*) FROM own WHERE _is_common) > (SELECT rows FROM tolerated)
