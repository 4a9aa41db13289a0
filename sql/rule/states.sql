-- One row per rule of a validated run: its checks, the tables they examine, and the worst that came
-- of them.
SELECT
    "check".rule,
    any_value("check".family) AS family,
    any_value("check".severity) AS severity,
    string_agg(
        DISTINCT "check".store || '.' || "check"."table",
        chr(31)
        ORDER BY "check".store || '.' || "check"."table"
    ) AS tables,
    count(*) AS checks,
    arg_min(
        finding.status,
        list_position(['error', 'skipped', 'failed', 'waived', 'passed', 'empty'], finding.status)
    ) AS status,
    CAST(sum(finding.violations) AS BIGINT) AS violations,
    any_value("check"."at") AS "at"
FROM meta."check" AS "check"
JOIN meta.finding AS finding ON finding.check_id = "check".id
GROUP BY "check".rule
ORDER BY "check".rule;
