-- One row per masked column, and place in JSON, whose originals were read: its number, store,
-- table, column, and the statements that return each distinct original (value) with the rows it
-- stands in, and what is in the run (kept). Of JSON the leaves count, of arrays the elements.
-- Columns with a keeper leave some of what they hold on purpose (an expression of the policy that
-- says why, a rounding; all that are scanned have one keeper), and what is left is no original.
-- words is the least number of words a value must have to be looked for: towns give their names to
-- schools, and `moved away` is a status too. is_shared says that a value which ten rows share names
-- nobody (a surname, a remark).
CREATE OR REPLACE TABLE memory.main.origin AS
WITH
    masked AS (
        SELECT
            strategy.*,
            here.duck_type,
            here.position,
            spot.path,
            _ident(here."column") AS name,
            strategy.strategy IN ('sql', 'generalize', 'scan') AS keeps_some
        FROM meta.strategy AS strategy
        JOIN meta."column" AS here
            ON here.store = strategy.store
            AND here."table" = strategy."table"
            AND strategy."column" = concat_ws('.', here."column", strategy.json_path)
        JOIN _place AS spot ON spot.store = strategy.store AND spot."table" = strategy."table"
        WHERE
            strategy.strategy <> 'preserve'
            AND (strategy.strategy NOT IN ('nullify', 'constant') OR strategy.json_path IS NOT NULL)
    ),
    sourced AS (
        SELECT
            *,
            CASE
                WHEN leaves IS NOT NULL
                    THEN 'SELECT leaf.atom ->> ''$'' AS value FROM {0} AS this,'
                        || ' json_tree(CASE WHEN {2} THEN CAST({1} AS JSON) END) AS leaf WHERE '
                        || replace(replace(leaves, '{', '{{'), '}', '}}')
                WHEN duck_type LIKE '%]'
                    THEN 'SELECT CAST(unnest({1}, recursive := true) AS VARCHAR) AS value FROM {0}'
                WHEN duck_type = 'JSON' OR keeps_some
                    THEN 'SELECT leaf.atom ->> ''$'' AS value FROM {0} AS this,'
                        || ' json_tree(CASE WHEN {2} THEN CAST({1} AS JSON) END) AS leaf'
                        || ' WHERE leaf.type = ''VARCHAR'''
                        || ' UNION ALL SELECT CAST({1} AS VARCHAR) FROM {0} WHERE NOT {2}'
                ELSE 'SELECT CAST({1} AS VARCHAR) AS value FROM {0}'
            END AS source,
            format(
                'coalesce(regexp_matches({0}, ''^\s*[\[{{]'') AND json_valid({0}), false)',
                'CAST(' || name || ' AS VARCHAR)'
            ) AS is_json
        FROM masked
        WHERE
            NOT starts_with(duck_type, 'DATE')
            AND NOT starts_with(duck_type, 'TIME')
            AND duck_type <> 'BOOLEAN'
    )
SELECT
    row_number() OVER (ORDER BY store, "table", position, json_path IS NULL, "column") AS origin,
    CASE
        WHEN strategy = 'scan' THEN 0
        WHEN keeps_some AND (strategy <> 'sql' OR because IS NOT NULL) THEN origin
    END AS keeper,
    store,
    "table",
    "column",
    format(
        'SELECT value, count(*) AS rows FROM ({}) WHERE value <> '''' GROUP BY value',
        format(source, 'staging.' || path, name, is_json)
    ) AS originals,
    format(source, path, name, is_json) AS kept,
    CASE
        WHEN regexp_matches(expression, 'mask_city\(') THEN 5
        WHEN regexp_matches(expression, 'mask_(text|note|json)\(') THEN 3
        ELSE 1
    END AS words,
    keeps_some
    OR regexp_matches(
        expression, 'mask_(first_name|last_name|name|city|zip|street|company|text)\('
    ) AS is_shared
FROM sourced;
