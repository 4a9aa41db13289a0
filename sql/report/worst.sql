-- The first checks that block a load, one line each: the check, how many rows or what is wrong with
-- it, why it matters.
SELECT
    c.id || ': '
    || CASE
        WHEN f.status = 'failed' THEN f.violations || ' of ' || f.examined || ' rows'
        ELSE f.message
    END
    || ' (' || c.because || ')' AS line
FROM meta.finding AS f
JOIN meta."check" AS c ON c.id = f.check_id
WHERE f.status IN ('error', 'skipped') OR (f.status = 'failed' AND f.severity = 'error')
ORDER BY f.violations DESC, c.id
LIMIT 5;
