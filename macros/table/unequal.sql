-- Rows of tbl, with their columns, whose partner in other has another value.
CREATE OR REPLACE MACRO unequal(tbl, key, value, other, other_key, other_value) AS TABLE
    WITH
        _ours AS (SELECT key AS _key, value AS _value, * FROM query_table(tbl)),
        _theirs AS (
            SELECT other_key AS _other_key, other_value AS _other_value FROM query_table(other)
        )
    SELECT _ours.* EXCLUDE (_key, _value)
    FROM _ours
    SEMI JOIN _theirs
        ON CAST(_key AS VARCHAR) = CAST(_other_key AS VARCHAR)
        AND _value IS DISTINCT FROM _other_value;

COMMENT ON MACRO TABLE unequal IS
    'Rows of tbl whose partner in another table, found by key, has another value. Rows '
    'without a partner pass: see unmatched.';
