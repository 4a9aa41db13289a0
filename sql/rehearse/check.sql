-- One row: the made-up rows of a table that fit a condition, and those of them that still do once
-- they are masked. A value that cannot be masked is none.
WITH
    original AS (
        SELECT rowid AS _row
        FROM staging.$table
        WHERE ($condition
        )
    ),
    masked AS (
        SELECT staged.*
        FROM (SELECT rowid AS _row, $masked FROM staging.$table) AS staged
        SEMI JOIN original ON original._row = staged._row
    )
SELECT count(*) FILTER (outcome IS NOT NULL), count(*) FILTER (outcome)
FROM (SELECT ($condition
    ) AS outcome FROM masked) AS judged;
