-- One row per store, in the project's order: what came out of it and what went into it. The nodes
-- and the relationships of a graph count as two tables.
SELECT
    extracted.store,
    CASE
        WHEN bool_or(known.kind <> 'table') THEN count(DISTINCT known.kind = 'relationship')
        ELSE count(*)
    END AS tables,
    CAST(sum(extracted.rows) AS BIGINT) AS extracted,
    CAST(sum(loaded.rows) AS BIGINT) AS loaded,
    CAST(sum(loaded.changed) AS BIGINT) AS changed,
    round(sum(extracted.seconds), 3) AS read_seconds,
    round(sum(loaded.seconds), 3) AS write_seconds
FROM meta.extracted AS extracted
LEFT JOIN meta."table" AS known
    ON known.store = extracted.store AND known."table" = extracted."table"
LEFT JOIN meta.load AS loaded
    ON loaded.store = extracted.store AND loaded."table" = extracted."table"
GROUP BY extracted.store
ORDER BY min(known.rowid);
