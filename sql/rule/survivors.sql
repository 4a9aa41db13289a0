-- The checks of whole tables: no_survivor where originals are searched for, no_twin where a kept
-- column could say what a masked one said, replayed where some are masked. Of a table without rows
-- only the first has anything to look at. Texts that are scanned have no twins: whom a copy names
-- is found by no_survivor. Each placeholder is the statement of that name, whose own placeholders
-- are filled in here.
WITH
    listed AS (
        SELECT
            place.store,
            place."table",
            place.path,
            place.key_sql,
            list_transform(
                searched.columns, lambda name: 'coalesce(' || _text(name) || ', '''')'
            ) AS texts,
            list_transform(searched.columns, lambda name: _literal(name)) AS searched,
            list(_text(here."column") ORDER BY here.position)
                FILTER (WHERE strategy.strategy = 'preserve') AS kept,
            list(_literal(here."column") ORDER BY here.position)
                FILTER (WHERE strategy.strategy = 'preserve') AS kept_names,
            list(_text(here."column") ORDER BY here.position)
                FILTER (WHERE strategy.strategy NOT IN ('preserve', 'nullify', 'constant'))
                AS masked,
            list(_literal(here."column") ORDER BY here.position)
                FILTER (WHERE strategy.strategy NOT IN ('preserve', 'nullify', 'constant'))
                AS masked_names,
            list(_text(here."column") ORDER BY here.position)
                FILTER (
                    WHERE strategy.strategy NOT IN ('preserve', 'nullify', 'constant', 'scan')
                ) AS changed,
            list(CASE WHEN here.as_text THEN 'VARCHAR' ELSE here.duck_type END)
                FILTER (WHERE strategy.strategy = 'preserve') AS kept_types,
            list(CASE WHEN here.as_text THEN 'VARCHAR' ELSE here.duck_type END)
                FILTER (
                    WHERE strategy.strategy NOT IN ('preserve', 'nullify', 'constant', 'scan')
                ) || ['VARCHAR'] AS changed_types,
            any_value(extracted.rows) IS DISTINCT FROM 0 AS has_rows
        FROM _place AS place
        JOIN meta."column" AS here USING (store, "table")
        JOIN meta.strategy AS strategy USING (store, "table", "column")
        LEFT JOIN _searched AS searched USING (store, "table")
        LEFT JOIN meta.extracted AS extracted USING (store, "table")
        GROUP BY ALL
    ),
    described AS (
        SELECT
            store,
            "table",
            'no_survivor' AS rule,
            replace(replace(replace(replace(
                $no_survivor,
                '$path', path),
                '$key', key_sql),
                '$texts', array_to_string(texts, ', ')),
                '$columns', array_to_string(searched, ', ')
            ) AS sql,
            format('SELECT count(*) FROM {} AS this WHERE (true)', path) AS examined_sql,
            true AS may_be_empty,
            'an original of a masked column here is a person''s data in a test system' AS because
        FROM listed
        WHERE searched IS NOT NULL
        UNION ALL
        SELECT
            store,
            "table",
            'no_twin' AS rule,
            replace(replace(replace(replace(replace(
                $no_twin,
                '$path', path),
                '$key', key_sql),
                '$kept', array_to_string(kept, ', ')),
                '$masked', array_to_string(changed, ', ')),
                '$columns', array_to_string(kept_names, ', ')
            ) AS sql,
            format('SELECT count(*) FROM {} AS this WHERE (true)', path) AS examined_sql,
            true AS may_be_empty,
            'a kept column that says what a masked one said makes its masking vain' AS because
        FROM listed
        WHERE has_rows AND changed IS NOT NULL AND list_has_any(kept_types, changed_types)
        UNION ALL
        SELECT
            store,
            "table",
            'replayed' AS rule,
            replace(replace(replace(replace(replace(replace(
                $replayed,
                '$path', path),
                '$key', key_sql),
                '$columns', array_to_string(masked_names, ', ')),
                '$digests', array_to_string(list_transform(
                    masked, lambda text: 'md5(coalesce(' || text || ', chr(31)))'
                ), ', ')),
                '$store', _literal(store)),
                '$table', _literal("table")
            ) AS sql,
            format(
                'SELECT count(*) FROM meta.replay WHERE store = {} AND "table" = {}',
                _literal(store), _literal("table")
            ) AS examined_sql,
            false AS may_be_empty,
            'a cell that is not the fake of its own row is somebody else''s' AS because
        FROM listed
        WHERE has_rows AND masked IS NOT NULL
    )
SELECT
    format('{}.{}.{}', store, "table", rule) AS id,
    'privacy' AS family,
    'error' AS severity,
    sql,
    format('sql/proof/{}.sql', rule) AS "at",
    rule,
    store,
    "table",
    because,
    examined_sql,
    '_key' AS key_sql,
    '_column' AS column_sql,
    true AS needs_staging,
    may_be_empty
FROM described;
