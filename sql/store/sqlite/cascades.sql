-- The references to the table ?1 by which rows of others would go, or change, when rows of it are
-- deleted: the child, and how `hangs`, its row, names `old`, the parent. A reference that names no
-- column means the primary key. SQLite folds the case of names.
SELECT
    child.name,
    group_concat(
        format(
            'old."%w" = hangs."%w"',
            coalesce(reference."to", parent_key.name),
            reference."from"
        ),
        ' AND '
    )
FROM pragma_table_list AS child, pragma_foreign_key_list(child.name) AS reference
LEFT JOIN pragma_table_info(?1) AS parent_key ON parent_key.pk = reference.seq + 1
WHERE child.schema = 'main'
    AND child.type = 'table'
    AND lower(reference."table") = lower(?1)
    AND reference.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT')
GROUP BY child.name, reference.id
ORDER BY child.name, reference.id;
