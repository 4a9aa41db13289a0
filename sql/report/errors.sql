-- Checks that block a load: failed ones of severity error, and those that could not run.
SELECT
    c.id AS "check",
    c.store || '.' || c."table" AS "table",
    f.severity,
    f.status,
    f.violations,
    f.examined,
    f.message,
    c.because,
    c."at"
FROM meta.finding AS f
JOIN meta."check" AS c ON c.id = f.check_id
WHERE f.status IN ('error', 'skipped') OR (f.status = 'failed' AND f.severity = 'error')
ORDER BY f.violations DESC, c.id;
