-- Rows of tbl, with their columns, whose key is missing from other. Compared as text, because two
-- stores may write one key in two types.
CREATE OR REPLACE MACRO unmatched(tbl, key, other, other_key) AS TABLE
    WITH
        _keyed AS (SELECT key AS _key, * FROM query_table(tbl)),
        _others AS (SELECT other_key AS _other FROM query_table(other))
    SELECT _keyed.* EXCLUDE (_key)
    FROM _keyed
    ANTI JOIN _others ON CAST(_key AS VARCHAR) = CAST(_other AS VARCHAR)
    WHERE _key IS NOT NULL;

COMMENT ON MACRO TABLE unmatched IS
    'Rows of tbl whose key does not occur in another table, compared as text: for keys that '
    'two stores write in two types. NULL passes.';
