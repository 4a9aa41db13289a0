-- Rows of tbl, with their columns, for which cond is false. The relation is called this: inside a
-- subquery of cond an outer column must be written this.column, or it binds to the inner table.
CREATE OR REPLACE MACRO violates(tbl, cond) AS TABLE
    FROM query_table(tbl) AS this WHERE NOT cond;

COMMENT ON MACRO TABLE violates IS
    'Rows of tbl for which the condition is false; NULL passes. In a subquery, outer columns '
    'are this.column.';
