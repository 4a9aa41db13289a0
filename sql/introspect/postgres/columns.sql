-- One JSON array, one element per column of every ordinary or partitioned table, by table and
-- position: table, name, type (in words), base (the built-in type, or citext, under all domains,
-- with its modifier), nullable, default, generated, values (of an enum), sequence. `to_jsonb` reads
-- what PostgreSQL 11 does not have.
WITH RECURSIVE bases AS (
    SELECT
        type.oid AS domain,
        type.oid AS base,
        -1 AS modifier,
        false AS required,
        false AS defaulted
    FROM pg_type AS type
    UNION ALL
    SELECT
        bases.domain,
        type.typbasetype,
        CASE WHEN bases.modifier = -1 THEN type.typtypmod ELSE bases.modifier END,
        bases.required OR type.typnotnull,
        bases.defaulted OR type.typdefault IS NOT NULL
    FROM bases
    JOIN pg_type AS type ON type.oid = bases.base AND type.typtype = 'd'
),
labels AS (
    SELECT
        enumtypid,
        json_agg(enumlabel::text ORDER BY enumsortorder) AS labels
    FROM pg_enum
    GROUP BY enumtypid
),
sequences AS (
    -- Owned by the column (serial, identity), or only named by its default.
    SELECT
        depend.refobjid AS relation,
        depend.refobjsubid AS position,
        depend.objid AS sequence
    FROM pg_depend AS depend
    JOIN pg_class AS class ON class.oid = depend.objid AND class.relkind = 'S'
    WHERE depend.classid = 'pg_class'::regclass
        AND depend.refclassid = 'pg_class'::regclass
        AND depend.deptype IN ('a', 'i')
    UNION
    SELECT
        attrdef.adrelid,
        attrdef.adnum,
        depend.refobjid
    FROM pg_attrdef AS attrdef
    JOIN pg_depend AS depend
        ON depend.classid = 'pg_attrdef'::regclass
            AND depend.objid = attrdef.oid
            AND depend.refclassid = 'pg_class'::regclass
    JOIN pg_class AS class ON class.oid = depend.refobjid AND class.relkind = 'S'
)
SELECT
    coalesce(
        json_agg(
            json_build_object(
                'table', class.oid::bigint,
                'name', attribute.attname::text,
                'type', format_type(attribute.atttypid, attribute.atttypmod),
                'base', CASE
                    WHEN base.typnamespace = 'pg_catalog'::regnamespace OR base.typname = 'citext'
                        THEN base.typname::text
                    ELSE ''
                END,
                'modifier', greatest(attribute.atttypmod, bases.modifier),
                'nullable', NOT (attribute.attnotnull OR bases.required),
                'default', attribute.atthasdef OR attribute.attidentity <> '' OR bases.defaulted,
                'generated', attribute.atthasdef
                AND coalesce(to_jsonb(attribute) ->> 'attgenerated', '') <> '',
                'values', coalesce(labels.labels, '[]'),
                'sequence', (
                    SELECT min(sequences.sequence::regclass::text)
                    FROM sequences
                    WHERE sequences.relation = class.oid
                        AND sequences.position = attribute.attnum
                )
            )
            ORDER BY class.oid, attribute.attnum
        ),
        '[]'
    )::text
FROM pg_class AS class
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_attribute AS attribute
    ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
JOIN bases ON bases.domain = attribute.atttypid
JOIN pg_type AS base ON base.oid = bases.base AND base.typtype <> 'd'
LEFT JOIN labels ON labels.enumtypid = base.oid
WHERE class.relkind IN ('r', 'p')
    AND NOT class.relispartition
    AND namespace.nspname !~ '^pg_'
    AND namespace.nspname NOT IN ('information_schema', 'datamig');
