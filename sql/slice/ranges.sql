-- Runs of consecutive row numbers of _descending, as (first, last).
WITH numbered AS (
    SELECT "row", "row" - row_number() OVER (ORDER BY "row") AS run
    FROM _descending
)
SELECT CAST(min("row") AS UBIGINT), CAST(max("row") AS UBIGINT)
FROM numbered
GROUP BY run
ORDER BY 1;
