-- One check per masked text column: rows that still hold their own original. The rule for chance:
-- a value does not count when it is one of the words fakes are chosen from, or was also given to a
-- row with another original; and of ZIP codes, cities and dates, of which there are few, one row
-- in twenty and three more, but never all, may come back. Where the key is masked too, rows cannot
-- be paired, and any value that was an original of the column counts.
WITH
    masked AS (
        SELECT
            strategy.store,
            strategy."table",
            strategy."column",
            strategy.strategy,
            _ident(strategy."column") AS name,
            place.path,
            place.key_sql,
            "table".key,
            regexp_matches(strategy.expression, 'mask_(zip|city|birth_date|date)') AS is_few,
            len("table".key) > 0
            AND NOT EXISTS (
                SELECT 1
                FROM meta.strategy AS other
                WHERE
                    other.store = strategy.store
                    AND other."table" = strategy."table"
                    AND list_contains("table".key, other."column")
                    AND other.strategy <> 'preserve'
            ) AS is_paired
        FROM meta.strategy AS strategy
        JOIN meta."column" AS here USING (store, "table", "column")
        JOIN meta."table" AS "table" USING (store, "table")
        JOIN _place AS place USING (store, "table")
        WHERE
            strategy.strategy IN ('faker', 'hash', 'tokenize', 'fpe')
            AND here.duck_type = 'VARCHAR'
    ),
    described AS (
        SELECT
            *,
            -- Never all rows: a check of a table of one row must be able to fail.
            CASE
                WHEN is_few
                    THEN format(
                        '(SELECT greatest(least(3, count({0}) - 1), 0) + count({0}) // 20'
                        || ' FROM {1})',
                        name, path
                    )
                ELSE '0'
            END AS tolerated,
            array_to_string(list_transform(key, lambda k: _ident(k)), ', ') AS keys
        FROM masked
    )
SELECT
    format('{}.{}.{}.no_original', store, "table", "column") AS id,
    'privacy' AS family,
    'error' AS severity,
    CASE
        WHEN is_paired
            THEN format(
                'WITH same AS MATERIALIZED (SELECT {2}, {0} FROM {1}'
                || ' SEMI JOIN staging.{1} AS original USING ({2}, {0})'
                || ' ANTI JOIN meta.common AS common ON lower({0}) = common.value'
                || ' WHERE {0} <> ''''),'
                || ' fakes AS (SELECT here.{0} FROM'
                || ' (SELECT {2}, {0} FROM {1} SEMI JOIN same USING ({0})) AS here'
                || ' JOIN (SELECT {2}, {0} AS _original FROM staging.{1}) AS original USING ({2})'
                || ' WHERE here.{0} <> _original),'
                || ' own AS (SELECT * FROM same ANTI JOIN fakes USING ({0}))'
                || ' SELECT * FROM own AS this WHERE (SELECT count(*) FROM own) > {3}',
                name, path, keys, tolerated
            )
        ELSE format(
            'WITH own AS (SELECT * FROM {1} SEMI JOIN staging.{1} AS original USING ({0})'
            || ' ANTI JOIN meta.common AS common ON lower({0}) = common.value WHERE {0} <> '''')'
            || ' SELECT * FROM own AS this WHERE (SELECT count(*) FROM own) > {2}',
            name, path, tolerated
        )
    END AS sql,
    'sql/rule/privacy.sql' AS "at",
    'no_original' AS rule,
    store,
    "table",
    "column",
    format(
        'masked by {}: an original here is a person''s data in a test system', strategy
    ) AS because,
    format('SELECT count(*) FROM {} AS this WHERE ({} IS NOT NULL)', path, name) AS examined_sql,
    key_sql,
    CASE
        WHEN is_paired
            THEN format('{0} AS this JOIN staging.{0} AS original USING ({1})', path, keys)
    END AS source,
    CASE
        WHEN is_paired THEN format('this.{0} = original.{0} AND this.{0} <> ''''', name)
    END AS suspect,
    true AS needs_staging,
    true AS may_be_empty
FROM described;
