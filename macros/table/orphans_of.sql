-- Rows of tbl, with their columns, whose list of columns fks names no row of parent (MATCH SIMPLE:
-- a key with any NULL references nothing, which a row value (a, b) could not say).
CREATE OR REPLACE MACRO orphans_of(tbl, fks, parent, pks) AS TABLE
    WITH
        _children AS (SELECT fks AS _fks, * FROM query_table(tbl)),
        _parents AS (SELECT pks AS _pks FROM query_table(parent))
    SELECT _children.* EXCLUDE (_fks)
    FROM _children
    ANTI JOIN _parents ON _fks = _pks
    WHERE len(list_filter(_fks, lambda _x: _x IS NULL)) = 0;

COMMENT ON MACRO TABLE orphans_of IS
    'orphans for keys of several columns, as lists of one type: orphans_of(''t'', [a, b], '
    '''p'', [x, y]). A partly NULL key references nothing.';
