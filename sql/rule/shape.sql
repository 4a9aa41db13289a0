-- One row: the columns of meta.<$1> as from_json wants them, to insert many rows with one
-- statement.
SELECT CAST(json_array(json_group_object(column_name, data_type)) AS VARCHAR) AS shape
FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = 'meta' AND table_name = $1;
