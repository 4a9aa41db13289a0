-- What is looked for: each fingerprint once. Where two originals share one, the odds of a chance
-- hit are those of the one that is harder to meet.
DROP TABLE memory.main.kept;

DROP TABLE memory.main.digest;

CREATE OR REPLACE TABLE memory.main.original AS
SELECT fingerprint, min(origin) AS origin, max(bits) AS bits, max(letters) AS letters, max(digits)
    AS digits
FROM (
    SELECT unnest(trace[:2] || trace[6:]) AS fingerprint, origin, trace[3] AS bits,
        trace[4] AS letters, trace[5] AS digits
    FROM (FROM memory.main.traced UNION ALL FROM memory.main.digested)
    WHERE trace IS NOT NULL
)
GROUP BY fingerprint;

-- How many originals look alike: the odds of a chance hit depend on it.
CREATE OR REPLACE TABLE memory.main.alike AS
SELECT bits, letters, digits, count(*) // 2 AS originals
FROM memory.main.original
GROUP BY ALL;
