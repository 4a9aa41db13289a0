-- Checks that did not hold, the most violations first. blocks: the load has to wait, because one of
-- severity error failed or any could not run.
SELECT
    c.id AS "check",
    c.store || '.' || c."table" AS "table",
    f.severity,
    f.status,
    f.status <> 'failed' OR f.severity = 'error' AS blocks,
    f.violations,
    f.examined,
    f.message,
    c.because,
    c."at"
FROM meta.finding AS f
JOIN meta."check" AS c ON c.id = f.check_id
WHERE f.status IN ('error', 'skipped', 'failed')
ORDER BY f.violations DESC, c.id;
