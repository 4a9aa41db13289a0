-- 'true' when somebody holds this advisory lock in the same live database, else 'false'.
SELECT EXISTS (
    SELECT 1
    FROM pg_locks
    WHERE locktype = 'advisory'
        AND classid = $class
        AND objid = $signal
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)::text;
