-- One row, one column: validation-report.json with the user guide's fields, from meta alone. A
-- warning is a check that passed, with a warning; checks that could not run count as failed.
WITH
    samples AS (
        SELECT violation.check_id, min(violation.key, limits.keys) AS keys
        FROM meta.violation AS violation
        CROSS JOIN (
            SELECT greatest(CAST(settings ->> 'record_sample_size' AS BIGINT), 1) AS keys
            FROM meta.validation
        ) AS limits
        GROUP BY violation.check_id
    ),
    outcome AS (
        SELECT
            "check".family,
            "check".rule,
            "check".id,
            finding.severity,
            finding.violations,
            finding.message,
            finding.status,
            coalesce(to_json(samples.keys), '[]'::JSON) AS sample_keys,
            finding.status = 'failed' AND finding.severity = 'warning' AS warns,
            finding.status IN ('error', 'skipped')
            OR (finding.status = 'failed' AND finding.severity = 'error') AS fails
        FROM meta.finding AS finding
        JOIN meta."check" AS "check" ON "check".id = finding.check_id
        LEFT JOIN samples ON samples.check_id = finding.check_id
    ),
    counted AS (
        SELECT
            family,
            count(*) AS run,
            count_if(fails) AS failed,
            count_if(warns) AS warnings,
            count_if(status = 'waived') AS waived,
            CASE
                WHEN count_if(fails) > 0 THEN 'FAILED'
                WHEN count_if(warns) > 0 THEN 'PASSED_WITH_WARNINGS'
                ELSE 'PASSED'
            END AS status
        FROM outcome
        GROUP BY family
    ),
    families AS (
        SELECT
            to_json(map_from_entries(list((
                CASE family
                    WHEN 'schema' THEN 'schema_validation'
                    WHEN 'referential' THEN 'referential_integrity'
                    WHEN 'business' THEN 'business_rules'
                    ELSE family
                END,
                CASE family
                    WHEN 'referential'
                        THEN json_object(
                            'status', status, 'fk_checks', run, 'fk_passed', run - failed,
                            'fk_failed', failed, 'warnings', warnings, 'waived', waived
                        )
                    WHEN 'business'
                        THEN json_object(
                            'status', status, 'rules_checked', run,
                            'passed', run - failed - warnings, 'warnings', warnings,
                            'errors', failed, 'waived', waived
                        )
                    ELSE json_object(
                        'status', status, 'checks_run', run, 'checks_passed', run - failed,
                        'checks_failed', failed, 'warnings', warnings, 'waived', waived
                    )
                END
            ) ORDER BY family))) AS checks
        FROM counted
    ),
    listed AS (
        SELECT
            warns,
            fails,
            json_object(
                'check', id, 'rule', rule, 'severity', upper(severity), 'status', status,
                'count', violations, 'message', message, 'sample_keys', sample_keys
            ) AS entry,
            id
        FROM outcome
    )
SELECT CAST(json_object(
    'run_id', validation.run_id,
    'district_id', validation.root,
    'validation_timestamp', strftime(validation.started_at, '%Y-%m-%dT%H:%M:%SZ'),
    'overall_status', validation.status,
    'duration_seconds', round(validation.duration_ms / 1000, 3),
    'checks_run', (SELECT count(*) FROM outcome),
    'checks', families.checks,
    'warnings', coalesce(
        (SELECT to_json(list(entry ORDER BY id)) FROM listed WHERE warns), '[]'::JSON
    ),
    'errors', coalesce(
        (SELECT to_json(list(entry ORDER BY id)) FROM listed WHERE fails), '[]'::JSON
    )
) AS VARCHAR) AS report
FROM meta.validation AS validation
CROSS JOIN families;
