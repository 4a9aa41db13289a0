-- anonymization-report.json of the run: the user guide's fields. There is no consistency map: a
-- fake is a function of its input, so that entry stays 0. The leak check is what the privacy checks
-- found; comparisons are the originals searched times the cells they were searched in.
WITH
    applied AS (
        SELECT
            strategy.rule,
            any_value(strategy.strategy) AS strategy,
            count(*) AS fields,
            sum(extracted.rows) AS records
        FROM meta.strategy AS strategy
        JOIN meta.extracted AS extracted USING (store, "table")
        WHERE strategy.rule NOT LIKE '(%'
        GROUP BY strategy.rule
    ),
    leaks AS (
        SELECT
            count(*) AS checks,
            count_if(finding.status NOT IN ('passed', 'waived', 'empty')) AS failed,
            coalesce(sum(finding.violations), 0) AS found
        FROM meta.finding AS finding
        JOIN meta."check" AS "check" ON "check".id = finding.check_id
        WHERE "check".family = 'privacy'
    ),
    proofs AS (
        SELECT
            "check".rule,
            json_object(
                'checks', count(*),
                'passed', count_if(finding.status IN ('passed', 'waived', 'empty')),
                'violations', sum(finding.violations)
            ) AS outcome
        FROM meta.finding AS finding
        JOIN meta."check" AS "check" ON "check".id = finding.check_id
        WHERE "check".family = 'privacy'
        GROUP BY "check".rule
    ),
    searched AS (
        SELECT
            coalesce((SELECT sum(searched) FROM meta.searched), 0) AS originals,
            coalesce((SELECT sum(cells) FROM meta.searched_table), 0) AS cells
    )
SELECT CAST(json_object(
    'run_id', run.id,
    'district_id', run.root_key,
    'anonymization_timestamp', strftime($1::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ'),
    'rules_applied', (
        SELECT list(json_object(
            'rule', rule, 'fields_matched', fields, 'records_anonymized', records, 'strategy',
                strategy
        ) ORDER BY rule)
        FROM applied
    ),
    'pii_fields_anonymized', (SELECT sum(fields) FROM applied WHERE strategy <> 'preserve'),
    'total_records_processed', (SELECT sum(rows) FROM meta.extracted),
    'consistency_map_entries', 0,
    'pii_leak_check', (
        SELECT CASE
            WHEN checks = 0 THEN 'NOT YET CHECKED'
            WHEN failed = 0 THEN 'PASSED (0 leaks detected)'
            ELSE 'FAILED (' || found || ' leaks detected)'
        END
        FROM leaks
    ),
    'proof', json_object(
        'originals_searched', searched.originals,
        'cells_searched', searched.cells,
        'comparisons', CAST(searched.originals AS DOUBLE) * searched.cells,
        'not_searched', coalesce((
            SELECT to_json(list(json_object(
                'column', store || '.' || "table" || '.' || "column", 'reason', note
            ) ORDER BY store, "table", "column"))
            FROM meta.searched
            WHERE note IS NOT NULL
        ), '[]'::JSON),
        'checks', coalesce(
            (SELECT to_json(map_from_entries(list((rule, outcome) ORDER BY rule))) FROM proofs),
                '{}'::JSON
        ),
        'risk', coalesce((
            SELECT to_json(map_from_entries(list((side, json_object(
                'people', people, 'groups', groups, 'k', k, 'people_alone', people_alone,
                'prosecutor_max', prosecutor_max, 'prosecutor_mean', prosecutor_mean,
                'journalist_max', journalist_max, 'journalist_mean', journalist_mean,
                'smallest_groups', CAST(worst AS JSON)
            )) ORDER BY side DESC)))
            FROM meta.risk
        ), '{}'::JSON)
    )
) AS VARCHAR)
FROM meta.run AS run
CROSS JOIN searched;
