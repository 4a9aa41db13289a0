-- Circular dependencies, and where the order of the tables breaks them.
SELECT array_to_string(tables, ' -> ') AS tables, break_point, reason
FROM meta.cycle
ORDER BY ALL;
