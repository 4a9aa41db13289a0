-- One row per table that violates a check or rule ($1): where it came from in words, and the
-- expression that gives a staged row its masked key (NULL where the table has no key).
SELECT DISTINCT
    here.store,
    here."table",
    format(
        '{} of {}, key {}, read {}',
        CASE WHEN here.schema = '' THEN '' ELSE here.schema || '.' END || here.name,
        here.store,
        array_to_string(here.key, ', '),
        coalesce(snapshot.taken_at || ' in snapshot ' || snapshot.snapshot, 'at an unknown time')
    ) AS source,
    (
        SELECT
            CASE count(*)
                WHEN 0 THEN NULL
                WHEN 1 THEN any_value(format('CAST(({}) AS VARCHAR)', strategy.expression))
                ELSE
                    'CAST(to_json(['
                    || string_agg(
                        format('CAST(({}) AS VARCHAR)', strategy.expression),
                        ', '
                        ORDER BY list_position(here.key, strategy."column")
                    )
                    || ']) AS VARCHAR)'
            END
        FROM meta.strategy AS strategy
        WHERE
            strategy.store = here.store
            AND strategy."table" = here."table"
            AND list_contains(here.key, strategy."column")
    ) AS key_sql
FROM meta."check" AS "check"
JOIN meta.violation AS violation ON violation.check_id = "check".id
JOIN meta."table" AS here ON here.store || '.' || here."table" = violation."table"
LEFT JOIN meta.snapshot AS snapshot ON snapshot.store = here.store
WHERE $1 IN ("check".id, "check".rule)
ORDER BY ALL;
