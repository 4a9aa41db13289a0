-- The tables of the database but for ours, quoted, by name: what a canonical dump goes through.
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'datamig') ORDER BY 1
