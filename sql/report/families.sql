-- One row per family of checks: how they ended.
SELECT
    c.family,
    count(*) AS checks,
    count(*) FILTER (WHERE f.status = 'passed') AS passed,
    count(*) FILTER (WHERE f.status = 'failed' AND f.severity = 'error') AS failed,
    count(*) FILTER (WHERE f.status = 'failed' AND f.severity <> 'error') AS warnings,
    count(*) FILTER (WHERE f.status IN ('error', 'skipped')) AS not_run,
    count(*) FILTER (WHERE f.status IN ('empty', 'waived')) AS empty_or_waived
FROM meta.finding AS f
JOIN meta."check" AS c ON c.id = f.check_id
GROUP BY c.family
ORDER BY c.family;
