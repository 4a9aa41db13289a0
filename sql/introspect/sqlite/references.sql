-- One row per column of every foreign key; the parent column is NULL where the parent's primary
-- key is meant.
SELECT t.name, f.id, f."table", f."from", f."to"
FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS f
WHERE t.schema = 'main' AND t.type = 'table'
ORDER BY t.name, f.id DESC, f.seq
