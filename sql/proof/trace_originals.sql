-- Every original of one column by what identifies it, unless its keeper left it in the run.
INSERT INTO memory.main.traced
SELECT
    CAST($number AS BIGINT),
    CASE WHEN rows < 10 OR NOT $is_shared THEN _trace(value, CAST($words AS BIGINT)) END
FROM ($found) AS found
WHERE
    $keeper IS NULL
    OR _trace(value, CAST(0 AS BIGINT))[1] IS NULL
    OR _trace(value, CAST(0 AS BIGINT))[1] NOT IN (
        SELECT fingerprint
        FROM memory.main.kept
        WHERE keeper = $keeper AND fingerprint IS NOT NULL
    )
