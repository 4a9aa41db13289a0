-- extraction-manifest.json of run $1, district $2: the user guide's fields, and what it did not
-- have: tables, snapshots, cuts, dangling references.
WITH
    counted AS (
        SELECT extracted.*, t.kind
        FROM meta.extracted AS extracted
        JOIN meta."table" AS t USING (store, "table")
    ),
    stores AS (
        SELECT
            store,
            CASE
                WHEN bool_or(kind <> 'table') THEN json_object(
                    'nodes', sum(rows) FILTER (kind = 'node'),
                    'relationships', sum(rows) FILTER (kind = 'relationship')
                )
                ELSE json_object('tables', count(*), 'records', sum(rows))
            END AS body
        FROM counted
        GROUP BY store
    )
SELECT CAST(json_object(
    'run_id', $1,
    'district_id', $2,
    'extraction_timestamp', (SELECT max(taken_at) FROM meta.snapshot),
    'tables_extracted', (
        SELECT count(DISTINCT (store, CASE kind WHEN 'table' THEN "table" ELSE kind END))
            FROM counted
    ),
    'total_records', (SELECT sum(rows) FROM counted),
    'extraction_order', (SELECT list("table" ORDER BY position) FROM meta.extraction_order),
    'circular_dependencies', coalesce((
        SELECT list(json_object('tables', tables, 'break_point', break_point, 'reason', reason))
        FROM meta.cycle
    ), []),
    'store_breakdown', (SELECT json_group_object(store, body) FROM stores),
    'tables', (
        SELECT list(json_object(
            'table', store || '.' || "table", 'records', rows, 'root', root_rows, 'down', down_rows,
            'up', up_rows, 'whole', whole_rows, 'seconds', round(seconds, 3), 'note', note
        ) ORDER BY store, "table")
        FROM counted
    ),
    'snapshots', (
        SELECT list(json_object('store', store, 'snapshot', snapshot, 'taken_at', taken_at))
        FROM meta.snapshot
    ),
    'cuts', coalesce((
        SELECT list(json_object('reference', reference, 'action', action, 'rows', rows))
            FROM meta.cut
    ), []),
    'dangling', coalesce((
        SELECT list(json_object('reference', reference, 'rows', rows)) FROM meta.dangling
    ), [])
) AS VARCHAR);
