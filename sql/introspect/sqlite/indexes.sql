-- One row per column of every index: whether the index makes the whole table unique, and NULL for a
-- column that is an expression.
SELECT t.name, i.name, i."unique" = 1 AND i.partial = 0, i.origin = 'pk', k.name
FROM pragma_table_list AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS k
WHERE t.schema = 'main' AND t.type = 'table'
ORDER BY t.name, i.seq DESC, k.seqno
