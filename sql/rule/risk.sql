-- One check per table with quasi-identifiers, where the project sets k_min: rows about somebody
-- whose quasi-identifiers too few people share.
WITH
    cells AS (
        SELECT string_agg(
            format(
                'SELECT CAST(({}) AS VARCHAR) AS person, {} AS number, {} AS value FROM {} AS this',
                quasi.person, quasi.rowid, _text(quasi."column"), place.path
            ),
            ' UNION ALL '
            ORDER BY quasi.rowid
        ) AS statement
        FROM meta.quasi_identifier AS quasi
        JOIN _place AS place USING (store, "table")
    ),
    gated AS (
        SELECT DISTINCT
            quasi.store, quasi."table", quasi.person, quasi.k_min, place.path, place.key_sql
        FROM meta.quasi_identifier AS quasi
        JOIN _place AS place USING (store, "table")
        WHERE quasi.k_min IS NOT NULL
    )
SELECT
    format('{}.{}.k_anonymous', store, "table") AS id,
    'privacy' AS family,
    'error' AS severity,
    format(
        'WITH said AS ({0}), person AS (SELECT person, string_agg(DISTINCT number || chr(30) ||'
        || ' coalesce(value, chr(29)), chr(31)'
        || ' ORDER BY number || chr(30) || coalesce(value, chr(29)))'
        || ' AS profile FROM said WHERE person IS NOT NULL GROUP BY person),'
        || ' alone AS (SELECT person FROM person'
        || ' QUALIFY count(*) OVER (PARTITION BY profile) < {1})'
        || ' SELECT this.* FROM {2} AS this'
        || ' WHERE CAST(({3}) AS VARCHAR) IN (SELECT person FROM alone)',
        cells.statement, k_min, path, person
    ) AS sql,
    'sql/rule/risk.sql' AS "at",
    'k_anonymous' AS rule,
    store,
    "table",
    format('fewer than {} people share what the quasi-identifiers say', k_min) AS because,
    format('SELECT count(*) FROM {} AS this WHERE (true)', path) AS examined_sql,
    key_sql,
    true AS may_be_empty
FROM gated
CROSS JOIN cells;
