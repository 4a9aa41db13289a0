-- One row: what the checks listed in $1 (JSON) found together in this run; status is NULL where it
-- ran none of them.
SELECT
    CAST(coalesce(sum(examined), 0) AS BIGINT) AS examined,
    CAST(coalesce(sum(violations), 0) AS BIGINT) AS violations,
    arg_min(
        status, list_position(['error', 'skipped', 'failed', 'waived', 'passed', 'empty'], status)
    ) AS status
FROM meta.finding
WHERE list_contains(CAST(CAST($1 AS JSON) AS VARCHAR[]), check_id);
