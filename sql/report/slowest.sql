-- The slowest table of each phase that keeps time per table.
WITH
    timed AS (
        SELECT 'extract' AS phase, store || '.' || "table" AS "table", rows, seconds
        FROM meta.extracted
        UNION ALL
        SELECT 'anonymize', store || '.' || "table", rows, seconds FROM meta.anonymized
        UNION ALL
        SELECT 'validate', c.store || '.' || c."table", max(f.examined), sum(f.duration_ms) / 1000
        FROM meta.finding AS f
        JOIN meta."check" AS c ON c.id = f.check_id
        GROUP BY ALL
        UNION ALL
        SELECT 'load', store || '.' || "table", rows, seconds FROM meta.load
    )
SELECT phase, "table", CAST(rows AS BIGINT) AS rows, round(seconds, 3) AS seconds
FROM timed
QUALIFY row_number() OVER (PARTITION BY phase ORDER BY timed.seconds DESC, "table") = 1
ORDER BY list_position(['extract', 'anonymize', 'validate', 'load'], phase);
