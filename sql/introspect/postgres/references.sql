-- One JSON array, one element per foreign key: child, columns, parent, key, deferrable. Partitions
-- are folded into the topmost table on both sides: a key on six partitions of seven is one.
-- NOT VALID ones count: they name what is meant, and the data may dangle either way.
WITH RECURSIVE family AS (
    SELECT
        oid AS root,
        oid AS member
    FROM pg_class
    WHERE relkind IN ('r', 'p')
        AND NOT relispartition
    UNION ALL
    SELECT
        family.root,
        inherits.inhrelid
    FROM family
    JOIN pg_inherits AS inherits ON inherits.inhparent = family.member
    JOIN pg_class AS class ON class.oid = inherits.inhrelid AND class.relispartition
),
declared AS (
    SELECT
        child.root AS child,
        (
            SELECT array_agg(attribute.attname::text ORDER BY part.position)
            FROM unnest(con.conkey) WITH ORDINALITY AS part (attnum, position)
            JOIN pg_attribute AS attribute
                ON attribute.attrelid = con.conrelid AND attribute.attnum = part.attnum
        ) AS columns,
        parent.root AS parent,
        (
            SELECT array_agg(attribute.attname::text ORDER BY part.position)
            FROM unnest(con.confkey) WITH ORDINALITY AS part (attnum, position)
            JOIN pg_attribute AS attribute
                ON attribute.attrelid = con.confrelid AND attribute.attnum = part.attnum
        ) AS key,
        con.condeferrable AS late
    FROM pg_constraint AS con
    JOIN family AS child ON child.member = con.conrelid
    JOIN family AS parent ON parent.member = con.confrelid
    WHERE con.contype = 'f'
),
folded AS (
    SELECT
        child,
        columns,
        parent,
        key,
        bool_and(late) AS late
    FROM declared
    GROUP BY child, columns, parent, key
)
SELECT
    coalesce(
        json_agg(
            json_build_object(
                'child', child::bigint,
                'columns', columns,
                'parent', parent::bigint,
                'key', key,
                'deferrable', late
            )
            ORDER BY child, columns, parent, key
        ),
        '[]'
    )::text
FROM folded;
