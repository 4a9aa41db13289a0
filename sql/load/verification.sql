-- One row, one column: the report of a verification of CERT, from meta alone. $1 is its id, $2 the
-- time. What validation found already and let pass as a warning is no issue of the target.
WITH
    table_issue AS (
        SELECT
            1 AS rank,
            concat_ws('.', store, "table") AS place,
            concat_ws(
                ', ',
                CASE WHEN missing > 0 THEN format('{} of {} rows are missing', missing, rows) END,
                CASE WHEN differing > 0 THEN format('{} of {} rows differ', differing, rows) END,
                CASE
                    WHEN found + missing > rows
                        THEN
                            format('{} rows too many equal rows of the run', found + missing - rows)
                END
            ) AS words,
            (
                SELECT
                    to_json(list(json_object('key', key, 'problem', problem) ORDER BY problem, key))
                FROM meta.verified_row AS "row"
                WHERE "row".store = verified.store AND "row"."table" = verified."table"
            ) AS rows
        FROM meta.verified AS verified
        WHERE missing + differing > 0 OR found + missing > rows
    ),
    check_issue AS (
        SELECT
            2 AS rank,
            now.check_id AS place,
            now.status || ': ' || now.message AS words,
            NULL AS rows
        FROM meta.verified_check AS now
        LEFT JOIN meta.finding AS before USING (check_id)
        WHERE now.status IN ('failed', 'error')
            AND (
                before.status IS DISTINCT FROM now.status
                OR before.violations IS DISTINCT FROM now.violations
                OR now.severity = 'error'
            )
    ),
    issue AS (
        FROM table_issue
        UNION ALL
        FROM check_issue
    ),
    outcome AS (
        SELECT
            (SELECT count(*) FROM issue) = 0 AS valid,
            (
                SELECT count(*) FROM meta.verified WHERE missing > 0 OR found + missing > rows
            ) = 0 AS counts,
            (SELECT count(*) FROM meta.verified WHERE missing + differing > 0) = 0 AS contents,
            (
                SELECT count(*) FROM check_issue
                JOIN meta."check" AS "check" ON "check".id = check_issue.place
                WHERE "check".family IN ('referential', 'cross_store')
            ) = 0 AS keys,
            (
                SELECT count(*) FROM check_issue
                JOIN meta."check" AS "check" ON "check".id = check_issue.place
                WHERE "check".family NOT IN ('referential', 'cross_store')
            ) = 0 AS rules
    )
SELECT
    CAST(json_object(
        'validation_run_id', $1,
        'migration_run_id', run.id,
        'district_id', run.root_key,
        'validated_at', $2,
        'status', CASE WHEN valid THEN 'VALID' ELSE 'ISSUES_FOUND' END,
        'rows_compared', (SELECT CAST(coalesce(sum(rows), 0) AS BIGINT) FROM meta.verified),
        'checks', json_object(
            'record_counts', CASE WHEN counts THEN 'PASSED' ELSE 'FAILED' END,
            'fk_integrity', CASE WHEN keys THEN 'PASSED' ELSE 'FAILED' END,
            'business_rules', CASE WHEN rules THEN 'PASSED' ELSE 'FAILED' END,
            'data_accessibility', 'PASSED',
            'data_distribution', CASE WHEN contents THEN 'PASSED' ELSE 'FAILED' END
        ),
        'issues', coalesce((
            SELECT to_json(list(
                json_object('place', place, 'message', place || ': ' || words, 'rows', rows)
                ORDER BY rank, place
            ))
            FROM issue
        ), '[]'),
        'recommendations', CASE
            WHEN valid THEN ['CERT holds the run as it was validated: testing can start']
            ELSE [
                format('look at the rows under issues, in CERT and in `datamig repl {}`', run.id),
                'roll back and load again, or keep what testers changed knowingly'
            ]
        END
    ) AS VARCHAR) AS report
FROM meta.run AS run, outcome;
