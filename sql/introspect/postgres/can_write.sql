-- 't' when the account could change a row of any table that is not the system's or ours, else 'f'.
SELECT (
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    OR EXISTS (
        SELECT 1
        FROM pg_class AS class
        JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.relkind IN ('r', 'p')
            AND namespace.nspname !~ '^pg_'
            AND namespace.nspname NOT IN ('information_schema', 'datamig')
            AND has_table_privilege(class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    )
)::text;
