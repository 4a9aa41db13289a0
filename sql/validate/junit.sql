-- One row, one column: the validation as JUnit XML, one suite per family. A failed error is a
-- failure, a check that could not run an error; a warning passes and says so in its output.
WITH
    outcome AS (
        SELECT
            "check".family,
            "check".id,
            "check".rule,
            finding.status,
            finding.severity,
            finding.duration_ms / 1000 AS seconds,
            replace(replace(replace(replace(
                finding.message, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'
            ) AS message
        FROM meta.finding AS finding
        JOIN meta."check" AS "check" ON "check".id = finding.check_id
    ),
    cases AS (
        SELECT
            *,
            CASE
                WHEN status = 'error' THEN format('<error message="{}"/>', message)
                WHEN status = 'skipped' THEN format('<skipped message="{}"/>', message)
                WHEN status = 'failed' AND severity = 'error'
                    THEN format('<failure message="{}"/>', message)
                WHEN status = 'passed' THEN ''
                ELSE format('<system-out>{}: {}</system-out>', status, message)
            END AS body
        FROM outcome
    ),
    suites AS (
        SELECT
            family,
            format(
                '  <testsuite name="{}" tests="{}" failures="{}" errors="{}" skipped="{}"'
                || ' time="{:.3f}">{}</testsuite>',
                family,
                count(*),
                count_if(starts_with(body, '<failure')),
                count_if(status = 'error'),
                count_if(status = 'skipped'),
                sum(seconds),
                string_agg(
                    format(
                        '{}    <testcase name="{}" classname="{}" time="{:.3f}">{}</testcase>',
                        chr(10),
                        replace(replace(replace(id, '&', '&amp;'), '<', '&lt;'), '"', '&quot;'),
                        rule,
                        seconds,
                        body
                    ),
                    ''
                    ORDER BY id
                ) || chr(10) || '  '
            ) AS suite
        FROM cases
        GROUP BY family
    )
SELECT
    '<?xml version="1.0" encoding="UTF-8"?>' || chr(10)
    || format('<testsuites name="{}">', (SELECT run_id FROM meta.validation)) || chr(10)
    || coalesce(string_agg(suite, chr(10) ORDER BY family), '') || chr(10)
    || '</testsuites>' || chr(10) AS report
FROM suites;
