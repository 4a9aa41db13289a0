-- One check per column: the target has it, with a type, length, nullability and list of values
-- that every value fits. What can be said without a row (no such column, a type nothing converts
-- to) is asked of the catalog, the rest of the rows. A converted value must come back as it was,
-- so nothing is cut or rounded. A graph has no schema but its keys: what its target was seen to
-- hold binds nobody, only a type that no graph has is refused. And one check per column of the
-- target that needs a value and would get none.
WITH
    paired AS (
        SELECT
            place.path,
            place.key_sql,
            here.*,
            target."column" IS NOT NULL AS exists_there,
            target.nullable AS nullable_there,
            target.length AS length_there,
            target.duck_type AS type_there,
            target."values" AS values_there,
            here.as_text IS DISTINCT FROM target.as_text
            OR (
                here.as_text AND here.source_type IS DISTINCT FROM target.source_type
            ) AS text_differs,
            target.as_text AS text_there,
            "table".kind <> 'table' AS is_graph,
            _ident(here."column") AS name
        FROM meta."column" AS here
        JOIN meta."table" AS "table" USING (store, "table")
        JOIN _place AS place USING (store, "table")
        LEFT JOIN meta.target_column AS target USING (store, "table", "column")
    ),
    described AS (
        SELECT
            *,
            NOT is_graph AND (NOT exists_there OR (text_differs AND text_there)) AS impossible,
            list_filter([
                CASE
                    WHEN is_graph AND is_key OR NOT is_graph AND NOT nullable_there
                        THEN name || ' IS NOT NULL'
                END,
                CASE
                    WHEN length_there IS NOT NULL
                        THEN format('length({}) <= {}', name, length_there)
                END,
                CASE
                    WHEN len(values_there) > 0
                        THEN format(
                            '{} IN ({})',
                            name,
                            array_to_string(
                                list_transform(values_there, lambda v: _literal(v)), ', '
                            )
                        )
                END,
                CASE
                    WHEN NOT is_graph AND type_there <> duck_type AND type_there <> 'VARCHAR'
                        THEN format(
                            'coalesce(TRY_CAST(TRY_CAST({0} AS {1}) AS {2}) = {0}, {0} IS NULL)',
                            name, type_there, duck_type
                        )
                END
            ], lambda condition: condition IS NOT NULL) AS conditions
        FROM paired
    ),
    placed AS (
        SELECT
            *,
            NOT impossible AND len(conditions) > 0 AS is_of_rows,
            format('NOT ({})', array_to_string(conditions, ' AND ')) AS unfit,
            format(
                'this.store = {} AND this."table" = {} AND this."column" = {}',
                _literal(store), _literal("table"), _literal("column")
            ) AS entry,
            'NOT regexp_matches(this.duck_type,'
            || ' ''^(VARCHAR|BOOLEAN|BIGINT|INTEGER|DOUBLE|DATE|TIME|TIMESTAMP)'')' AS not_of_graph
        FROM described
    )
SELECT
    format('{}.{}.{}.fits_target', store, "table", "column") AS id,
    'schema' AS family,
    'error' AS severity,
    CASE
        WHEN is_of_rows THEN format('SELECT * FROM {} AS this WHERE {}', path, unfit)
        WHEN is_graph
            THEN format(
                'SELECT * FROM meta."column" AS this WHERE {} AND {}', entry, not_of_graph
            )
        ELSE format(
            'SELECT * FROM meta."column" AS this'
            || ' WHERE store = {0} AND "table" = {1} AND "column" = {2}'
            || ' AND NOT EXISTS (SELECT 1 FROM meta.target_column AS target'
            || ' WHERE target.store = {0} AND target."table" = {1} AND target."column" = {2}'
            || ' AND (target.source_type = this.source_type OR NOT target.as_text))',
            _literal(store), _literal("table"), _literal("column")
        )
    END AS sql,
    'sql/rule/schema.sql' AS "at",
    'fits_target' AS rule,
    store,
    "table",
    "column",
    CASE
        WHEN impossible AND NOT exists_there THEN 'the target has no such column'
        WHEN impossible THEN 'the target''s type cannot take it: ' || source_type
        ELSE 'a value that does not fit its column in the target stops the load'
    END AS because,
    CASE
        WHEN is_of_rows THEN format('SELECT count(*) FROM {} AS this WHERE (true)', path)
        ELSE 'SELECT 1'
    END AS examined_sql,
    CASE WHEN is_of_rows THEN key_sql ELSE '"column"' END AS key_sql,
    CASE
        WHEN is_of_rows THEN path || ' AS this'
        ELSE
            'meta."column" AS this'
            || ' LEFT JOIN meta.target_column AS target USING (store, "table", "column")'
    END AS source,
    CASE
        WHEN is_of_rows THEN unfit
        WHEN is_graph THEN entry || ' AND ' || not_of_graph
        ELSE
            entry || ' AND NOT coalesce('
            || 'target.source_type = this.source_type OR NOT target.as_text, false)'
    END AS suspect
FROM placed
UNION ALL BY NAME
SELECT
    format('{}.{}.{}.needs_value', store, "table", "column") AS id,
    'schema' AS family,
    'error' AS severity,
    format(
        'SELECT * FROM meta.target_column AS this'
        || ' WHERE store = {0} AND "table" = {1} AND "column" = {2}'
        || ' AND EXISTS (SELECT 1 FROM {3})',
        _literal(store), _literal("table"), _literal("column"), path
    ) AS sql,
    'sql/rule/schema.sql' AS "at",
    'needs_value' AS rule,
    store,
    "table",
    "column",
    'the target requires a value here and PROD has no such column' AS because,
    'SELECT 1' AS examined_sql,
    '"column"' AS key_sql
FROM meta.target_column AS target
JOIN _place AS place USING (store, "table")
ANTI JOIN meta."column" AS here USING (store, "table", "column")
JOIN meta."table" AS "table" USING (store, "table")
WHERE
    "table".kind = 'table'
    AND NOT target.nullable
    AND NOT target.has_default
    AND NOT target.generated;
