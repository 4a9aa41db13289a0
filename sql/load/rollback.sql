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
    ),
    total AS (
        SELECT
            CAST(coalesce(sum(deleted), 0) AS BIGINT) AS deleted,
            CAST(coalesce(sum(restored), 0) AS BIGINT) AS restored
        FROM meta.rollback
    ),
    loaded AS (
        SELECT CAST(coalesce(sum(inserted), 0) AS BIGINT) AS inserted FROM meta.load
    )
SELECT
    CAST(json_object(
        'rollback_run_id', $1,
        'migration_run_id', run.id,
        'district_id', run.root_key,
        'rolled_back_at', $2,
        'status', 'SUCCESS',
        'deletions', (SELECT json_group_object(store, entry) FROM by_store),
        'total_rows_deleted', total.deleted,
        'total_rows_restored', total.restored,
        'verification', CASE
            WHEN total.deleted = loaded.inserted THEN 'PASSED'
            ELSE 'CHANGED_BY_OTHERS'
        END
    ) AS VARCHAR) AS report
FROM meta.run AS run, total, loaded;
