-- One JSON array, one element per table that is ours to move, `public` first, then by schema and
-- name: id, schema, name, partitioned, checks, indexes, triggers, estimate. Partitions are folded
-- into the topmost table (`family` maps each table to it). Not ours: system schemas, datamig's own,
-- and what an extension owns.
WITH RECURSIVE family AS (
    SELECT
        class.oid AS root,
        class.oid AS member
    FROM pg_class AS class
    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'p')
        AND class.relpersistence <> 't'
        AND NOT class.relispartition
        AND namespace.nspname !~ '^pg_'
        AND namespace.nspname NOT IN ('information_schema', 'datamig')
        AND NOT EXISTS (
            SELECT 1
            FROM pg_depend AS depend
            WHERE depend.classid = 'pg_class'::regclass
                AND depend.objid = class.oid
                AND depend.deptype = 'e'
        )
    UNION ALL
    SELECT
        family.root,
        inherits.inhrelid
    FROM family
    JOIN pg_inherits AS inherits ON inherits.inhparent = family.member
    JOIN pg_class AS class ON class.oid = inherits.inhrelid AND class.relispartition
),
estimates AS (
    -- A table that was never analyzed has -1, before PostgreSQL 14 0 on 0 pages: no estimate.
    SELECT
        family.root,
        sum(class.reltuples)::bigint AS estimate
    FROM family
    JOIN pg_class AS class ON class.oid = family.member AND class.relkind = 'r'
    WHERE class.reltuples > 0
        OR (class.reltuples = 0 AND class.relpages > 0)
    GROUP BY family.root
),
triggers AS (
    SELECT
        family.root,
        json_agg(DISTINCT trigger.tgname::text) AS triggers
    FROM family
    JOIN pg_trigger AS trigger
        ON trigger.tgrelid = family.member
        AND NOT trigger.tgisinternal
        AND trigger.tgenabled IN ('O', 'A')
    GROUP BY family.root
),
checks AS (
    SELECT
        conrelid AS root,
        json_agg(pg_get_expr(conbin, conrelid) ORDER BY conname) AS checks
    FROM pg_constraint
    WHERE contype = 'c'
    GROUP BY conrelid
),
indexes AS (
    SELECT
        index.indrelid AS root,
        json_agg(
            json_build_object(
                'columns', names.columns,
                'unique', index.indisunique,
                'primary', index.indisprimary
            )
            ORDER BY index.indexrelid
        ) AS indexes
    FROM pg_index AS index
    CROSS JOIN LATERAL (
        SELECT json_agg(attribute.attname::text ORDER BY part.position) AS columns
        FROM unnest(index.indkey::int2[]) WITH ORDINALITY AS part (attnum, position)
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = index.indrelid AND attribute.attnum = part.attnum
        WHERE part.position <= index.indnkeyatts
    ) AS names
    -- A partial index or one on an expression says nothing about the columns of every row.
    WHERE index.indpred IS NULL
        AND index.indexprs IS NULL
        AND index.indisvalid
    GROUP BY index.indrelid
)
SELECT
    coalesce(
        json_agg(
            json_build_object(
                'id', class.oid::bigint,
                'schema', namespace.nspname::text,
                'name', class.relname::text,
                'partitioned', class.relkind = 'p',
                'checks', coalesce(checks.checks, '[]'),
                'indexes', coalesce(indexes.indexes, '[]'),
                'triggers', coalesce(triggers.triggers, '[]'),
                'estimate', estimates.estimate
            )
            ORDER BY namespace.nspname <> 'public', namespace.nspname, class.relname
        ),
        '[]'
    )::text
FROM pg_class AS class
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN checks ON checks.root = class.oid
LEFT JOIN indexes ON indexes.root = class.oid
LEFT JOIN triggers ON triggers.root = class.oid
LEFT JOIN estimates ON estimates.root = class.oid
WHERE class.oid IN (SELECT family.root FROM family WHERE family.root = family.member);
