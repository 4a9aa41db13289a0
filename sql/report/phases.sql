-- One row per phase of the run, in order: when it began (UTC), how long it took, what it handled.
SELECT
    phase,
    strftime(started_at, '%Y-%m-%dT%H:%M:%SZ') AS started_at,
    round(seconds, 3) AS seconds,
    count,
    CASE WHEN seconds > 0 AND count > 0 THEN CAST(count / seconds AS BIGINT) END AS per_second,
    summary
FROM meta.phase
ORDER BY meta.phase.started_at, phase;
