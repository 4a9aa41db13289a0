-- One check per primary and per unique key: all rows that share theirs with another row. A key
-- with any NULL is equal to none, as in SQL UNIQUE.
WITH
    keys AS (
        SELECT store, "table", key AS columns, 'primary_key' AS rule
        FROM meta."table"
        WHERE len(key) > 0
        UNION ALL
        SELECT store, "table", unnest("unique") AS columns, 'unique_key' AS rule FROM meta."table"
    ),
    described AS (
        SELECT
            *,
            array_to_string(list_transform(columns, lambda name: _ident(name)), ', ') AS names,
            array_to_string(
                list_transform(columns, lambda name: _ident(name) || ' IS NOT NULL'), ' AND '
            ) AS present
        FROM keys
        JOIN _place USING (store, "table")
    )
SELECT
    format('{}.{}.({}).{}', store, "table", array_to_string(columns, ', '), rule) AS id,
    'uniqueness' AS family,
    'error' AS severity,
    format(
        'SELECT * FROM {0} AS this SEMI JOIN (SELECT {1} FROM {0} WHERE {2} GROUP BY {1}'
        || ' HAVING count(*) > 1) AS repeated USING ({1})',
        path, names, present
    ) AS sql,
    'sql/rule/uniqueness.sql' AS "at",
    rule,
    store,
    "table",
    CASE WHEN len(columns) = 1 THEN columns[1] END AS "column",
    'two rows with one key cannot both be loaded, and references to it have two answers' AS because,
    format('SELECT count(*) FROM {} AS this WHERE {}', path, present) AS examined_sql,
    key_sql,
    rule = 'unique_key' AS may_be_empty
FROM described;
