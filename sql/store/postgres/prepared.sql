-- The prepared transactions of this database whose names begin with a prefix: the name, and whether
-- the session lives that holds the advisory lock whose number ends the name.
SELECT
    prepared.gid,
    EXISTS (
        SELECT 1
        FROM pg_locks AS locks
        WHERE locks.locktype = 'advisory'
            AND locks.pid IS NOT NULL
            AND locks.classid::bigint = 731058839
            AND locks.objid::bigint = substring(prepared.gid FROM '[0-9]+$')::bigint
    )::text
FROM pg_prepared_xacts AS prepared
WHERE prepared.database = current_database()
    AND starts_with(prepared.gid, $prefix)
ORDER BY 1;
