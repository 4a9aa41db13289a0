-- extraction-manifest.json of run $1, district $2: the user guide's fields, and what it did not
-- have: ways, tables, snapshots, cuts, dangling references. Of those that cross stores the ones
-- whose child store was read later may be skew: the parent was younger than its store's snapshot.
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
    'ways_by_store', (
        SELECT json_group_object(store, ways)
        FROM (
            SELECT
                store,
                json_object(
                    'root', sum(root_rows), 'down', sum(down_rows), 'up', sum(up_rows),
                    'whole', sum(whole_rows)
                ) AS ways
            FROM counted
            GROUP BY store
        )
    ),
    'whole_tables', coalesce((
        SELECT list(store || '.' || "table" ORDER BY store, "table")
        FROM counted
        WHERE note = 'taken whole'
    ), []),
    'tables', (
        SELECT list(json_object(
            'table', store || '.' || "table", 'records', rows, 'root', root_rows, 'down', down_rows,
            'up', up_rows, 'whole', whole_rows, 'seconds', round(seconds, 3),
            'records_per_second', round(rows / nullif(seconds, 0)), 'note', note
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
        SELECT list(json_object('reference', reference, 'rows', rows, 'cure', cure))
        FROM meta.dangling
    ), []),
    'skew', coalesce((
        SELECT list(json_object(
            'reference', dangling.reference,
            'rows', dangling.rows,
            'seconds', epoch(CAST(child.taken_at AS TIMESTAMP) - CAST(parent.taken_at AS TIMESTAMP))
        ) ORDER BY dangling.reference)
        FROM meta.dangling AS dangling
        JOIN meta.reference AS reference ON reference.id = dangling.reference
        JOIN meta.snapshot AS child ON child.store = reference.child_store
        JOIN meta.snapshot AS parent ON parent.store = reference.parent_store
        WHERE dangling.cure IS NULL
            AND child.store <> parent.store
            AND CAST(child.taken_at AS TIMESTAMP) > CAST(parent.taken_at AS TIMESTAMP)
    ), [])
) AS VARCHAR);
