-- Every original by what identifies it, from (origin, keeper, value, rows, words, is_shared),
-- unless its keeper left it in the run, from (keeper, value). trace is NULL where the value is too
-- common to be looked for.
CREATE OR REPLACE TABLE memory.main.kept AS
SELECT DISTINCT keeper, _trace(value, CAST(0 AS BIGINT))[1] AS fingerprint
FROM ($kept) AS left_there;

CREATE OR REPLACE TABLE memory.main.traced AS
SELECT
    origin, CASE WHEN rows < 10 OR NOT is_shared THEN _trace(value, CAST(words AS BIGINT)) END AS
        trace
FROM (
    SELECT
        *,
        CASE WHEN keeper IS NOT NULL THEN _trace(value, CAST(0 AS BIGINT))[1] END AS fingerprint
    FROM ($originals) AS found
) AS original
ANTI JOIN memory.main.kept AS kept USING (keeper, fingerprint);

DROP TABLE memory.main.kept;

CREATE OR REPLACE TABLE memory.main.original AS
SELECT DISTINCT ON (fingerprint) fingerprint, origin, bits, letters, digits
FROM (
    SELECT unnest(trace[:2]) AS fingerprint, origin, trace[3] AS bits, trace[4] AS letters,
        trace[5] AS digits
    FROM memory.main.traced
    WHERE trace IS NOT NULL
)
ORDER BY fingerprint, origin;

-- How many originals look alike: the odds of a chance hit depend on it.
CREATE OR REPLACE TABLE memory.main.alike AS
SELECT bits, letters, digits, count(*) // 2 AS originals
FROM memory.main.original
GROUP BY ALL;
