-- What others cannot do until this transaction ends, table by table: one text each.
SELECT
    locks.relation::regclass::text
    || ' (' || string_agg(locks.mode, ', ' ORDER BY locks.mode) || ')'
FROM pg_locks AS locks
JOIN pg_class AS class ON class.oid = locks.relation
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE locks.pid = pg_backend_pid()
    AND locks.locktype = 'relation'
    AND class.relkind IN ('r', 'p')
    AND namespace.nspname !~ '^pg_'
    AND namespace.nspname <> 'datamig'
    AND locks.mode NOT IN ('AccessShareLock', 'RowShareLock')
GROUP BY locks.relation
ORDER BY 1;
