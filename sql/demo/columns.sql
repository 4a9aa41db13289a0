-- The generated columns of one store ($1), in order: table, column, type. The hidden column _ours
-- says whether a row is in the slice of the first district and is no column of any store.
SELECT table_name, column_name, data_type
FROM duckdb_columns()
WHERE schema_name = $1 AND column_name <> '_ours'
ORDER BY table_name, column_index;
