-- One check per reference: child rows whose key no parent row has. Both sides are evaluated each
-- in a SELECT over its own table only, so no name of one can capture a name of the other. A
-- reference with any NULL references nothing. Keys of different types are compared as text, UUIDs
-- however they are written, and texts as the parent's engine compares them. What dangles in PROD
-- already is known: a warning where the target enforces no key, an error where it does.
WITH
    sides AS (
        SELECT
            reference.*,
            unnest(child_columns) AS child_column,
            unnest(parent_columns) AS parent_column,
            generate_subscripts(child_columns, 1) AS position
        FROM meta.reference AS reference
    ),
    typed AS (
        SELECT
            sides.id,
            sides.position,
            CASE
                WHEN sides.list IS NOT NULL
                    THEN format(
                        'unnest({})',
                        replace(
                            CASE sides.list
                                WHEN 'comma' THEN $members_of_comma
                                WHEN 'json' THEN $members_of_json
                                WHEN 'array' THEN $members_of_array
                            END,
                            '$list',
                            _ident(child_column)
                        )
                    )
                WHEN sides.is_expression THEN '(' || child_column || ')'
                ELSE _ident(child_column)
            END AS child_value,
            _ident(parent_column) AS parent_value,
            child.duck_type IS DISTINCT FROM parent.duck_type OR sides.list IS NOT NULL AS as_text,
            parent.duck_type = 'UUID' AS is_uuid,
            CASE parent.equality
                WHEN 'padded' THEN 'rtrim(CAST({} AS VARCHAR))'
                WHEN 'no_case' THEN 'lower(CAST({} AS VARCHAR))'
                WHEN 'loose' THEN 'lower(strip_accents(rtrim(CAST({} AS VARCHAR))))'
            END AS folded
        FROM sides
        LEFT JOIN meta."column" AS child
            ON child.store = child_store
            AND child."table" = child_table
            AND child."column" = child_column
        LEFT JOIN meta."column" AS parent
            ON parent.store = parent_store
            AND parent."table" = parent_table
            AND parent."column" = parent_column
    ),
    joined AS (
        SELECT
            id,
            string_agg(format('{} AS _fk{}', child_value, position), ', ' ORDER BY position) AS fks,
            string_agg(
                format('{} AS _pk{}', parent_value, position), ', ' ORDER BY position
            ) AS pks,
            string_agg(
                CASE
                    WHEN folded IS NOT NULL
                        THEN format(folded, '_fk' || position) || ' = '
                            || format(folded, '_pk' || position)
                    WHEN as_text AND is_uuid
                        THEN format(
                            'TRY_CAST(_fk{0} AS UUID) = TRY_CAST(_pk{0} AS UUID)', position
                        )
                    WHEN as_text
                        THEN format('CAST(_fk{0} AS VARCHAR) = CAST(_pk{0} AS VARCHAR)', position)
                    ELSE format('_fk{0} = _pk{0}', position)
                END,
                ' AND ' ORDER BY position
            ) AS matches,
            string_agg(format('_fk{} IS NOT NULL', position), ' AND ' ORDER BY position) AS present,
            string_agg(child_value || ' IS NOT NULL', ' AND ' ORDER BY position) AS values_present
        FROM typed
        GROUP BY id
    ),
    conditioned AS (
        SELECT
            reference.*,
            CASE
                WHEN "when" IS NULL THEN 'true'
                -- Nodes have no SQL of their own; of tables their store decided.
                WHEN "table".kind <> 'table' THEN "when"
                ELSE
                    format(
                        'rowid IN (SELECT "row" FROM meta.applying WHERE reference = {})',
                        _literal(id)
                    )
            END AS applies
        FROM meta.reference AS reference
        LEFT JOIN meta."table" AS "table" ON store = child_store AND "table"."table" = child_table
    ),
    described AS (
        SELECT
            reference.*,
            child.key_sql,
            child.path AS child_path,
            format(
                'FROM (SELECT *, {} FROM {} WHERE {}) AS this',
                joined.fks, child.path, reference.applies
            ) AS children,
            format('(SELECT {} FROM {}) AS parent', joined.pks, parent.path) AS parents,
            joined.matches,
            joined.present,
            joined.values_present,
            coalesce(dangling.rows, 0) AS known,
            EXISTS (
                SELECT 1
                FROM meta.target_reference AS target
                WHERE
                    target.origin = 'declared'
                    AND target.child_store = reference.child_store
                    AND target.child_table = reference.child_table
                    AND target.child_columns = reference.child_columns
            ) AS is_enforced
        FROM conditioned AS reference
        JOIN joined USING (id)
        JOIN _place AS child ON child.store = child_store AND child."table" = child_table
        JOIN _place AS parent ON parent.store = parent_store AND parent."table" = parent_table
        LEFT JOIN (
            SELECT reference AS id, sum(rows) AS rows
            FROM meta.dangling
            WHERE cure IS NULL
            GROUP BY ALL
        ) AS dangling USING (id)
    )
SELECT
    id || '.references' AS id,
    'referential' AS family,
    'error' AS severity,
    format('SELECT * {} ANTI JOIN {} ON {} WHERE {}', children, parents, matches, present) AS sql,
    'sql/rule/referential.sql' AS "at",
    'references' AS rule,
    child_store AS store,
    child_table AS "table",
    CASE WHEN len(child_columns) = 1 AND NOT is_expression THEN child_columns[1] END AS "column",
    format(
        'every row it names in {}.{} must have come along', parent_store, parent_table
    ) AS because,
    CASE
        WHEN list IS NULL
            THEN format(
                'SELECT count(*) FROM {} AS this WHERE ({}) AND {}',
                child_path, applies, values_present
            )
        ELSE format('SELECT count(*) {} WHERE {}', children, present)
    END AS examined_sql,
    key_sql,
    known,
    CASE WHEN is_enforced THEN 'error' ELSE 'warning' END AS known_severity,
    true AS may_be_empty
FROM described;
