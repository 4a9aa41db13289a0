-- One row per kind of privacy check: how they ended, what they examined and found.
SELECT
    "check".rule AS proof,
    count(*) AS checks,
    count_if(finding.status IN ('passed', 'empty', 'waived')) AS passed,
    count_if(finding.status IN ('failed', 'error', 'skipped')) AS failed,
    CAST(sum(finding.examined) AS BIGINT) AS examined,
    CAST(sum(finding.violations) AS BIGINT) AS found
FROM meta.finding AS finding
JOIN meta."check" AS "check" ON "check".id = finding.check_id
WHERE "check".family = 'privacy'
GROUP BY "check".rule
ORDER BY "check".rule;
