-- The references to a table by which rows of others would go, or change, when rows of it are
-- deleted: the child as text, its place among the tables that are deleted from together, and how
-- `hangs`, its row, names `old`, the parent. What a partition inherits counts once, for the whole.
SELECT
    reference.conrelid::regclass::text AS child,
    array_position(
        ARRAY[$group]::regclass[],
        coalesce(pg_partition_root(reference.conrelid), reference.conrelid)::regclass
    )::text AS place,
    (
        SELECT string_agg(format('hangs.%I = old.%I', child.attname, parent.attname), ' AND ')
        FROM unnest(reference.conkey, reference.confkey) AS pair (child, parent)
        JOIN pg_attribute AS child
            ON child.attrelid = reference.conrelid AND child.attnum = pair.child
        JOIN pg_attribute AS parent
            ON parent.attrelid = reference.confrelid AND parent.attnum = pair.parent
    ) AS names
FROM pg_constraint AS reference
WHERE reference.contype = 'f'
    AND reference.conparentid = 0
    AND reference.confdeltype IN ('c', 'n', 'd')
    AND (
        reference.confrelid = $table::regclass
        OR reference.confrelid IN (SELECT relid FROM pg_partition_tree($table::regclass))
    )
ORDER BY 1, 3;
