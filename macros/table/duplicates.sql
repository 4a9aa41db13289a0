-- Rows of tbl, with their columns, that share key with another row: all of them, not all but one.
CREATE OR REPLACE MACRO duplicates(tbl, key) AS TABLE
    WITH
        _keyed AS (SELECT key AS _key, * FROM query_table(tbl)),
        _repeated AS (
            SELECT _key AS _repeated
            FROM _keyed
            WHERE _key IS NOT NULL
            GROUP BY _key
            HAVING count(*) > 1
        )
    SELECT _keyed.* EXCLUDE (_key)
    FROM _keyed
    SEMI JOIN _repeated ON _key = _repeated;

COMMENT ON MACRO TABLE duplicates IS
    'All rows of tbl that share their key with another row; a NULL key repeats nothing. Many '
    'columns: duplicates(''t'', (a, b)), where only a plain NULL is exempt.';
