-- One row, one column: the rollback report, from meta alone. $1 is its id, $2 the time.
WITH
    by_store AS (
        SELECT
            store,
            json_object(
                'tables', count_if(deleted + restored > 0),
                'rows_deleted', CAST(sum(deleted) AS BIGINT),
                'rows_restored', CAST(sum(restored) AS BIGINT)
            ) AS entry
        FROM meta.rollback
        GROUP BY store
        ORDER BY store
    )
SELECT
    CAST(json_object(
        'rollback_run_id', $1,
        'migration_run_id', run.id,
        'district_id', run.root_key,
        'rolled_back_at', $2,
        'status', 'SUCCESS',
        'deletions', (SELECT json_group_object(store, entry) FROM by_store),
        'total_rows_deleted', (SELECT CAST(coalesce(sum(deleted), 0) AS BIGINT) FROM meta.rollback),
        'total_rows_restored', (SELECT CAST(coalesce(sum(restored), 0) AS BIGINT) FROM meta.rollback),
        'verification', CASE
            WHEN (SELECT sum(deleted) FROM meta.rollback) IS NOT DISTINCT FROM (SELECT sum(inserted) FROM meta.load)
                THEN 'PASSED'
            ELSE 'CHANGED_BY_OTHERS'
        END
    ) AS VARCHAR) AS report
FROM meta.run AS run;
